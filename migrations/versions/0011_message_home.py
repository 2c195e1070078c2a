"""message home: who sends word to whom, what was agreed, and all that left"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

APPEND_ONLY = ("message_approval", "message_attempt", "message_sending")
TABLES = (
    "left_message",
    "message_thread",
    "message_wrong_try",
    "message_alert",
    "message_nudge",
    "message_party",
    "message_police_notice",
    "message_proof",
    "message",
    "message_reply",
    "message_sending",
    "message_approval",
    "message_attempt",
    "message_link",
)


def upgrade() -> None:
    op.create_table(
        "left_message",
        sa.Column("enquiry_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name_mark", sa.LargeBinary(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("given_in", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["staff_member.id"],
            name=op.f("fk_left_message_decided_by_staff_member"),
        ),
        sa.ForeignKeyConstraint(
            ["enquiry_id"],
            ["enquiry.id"],
            name=op.f("fk_left_message_enquiry_id_enquiry"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("enquiry_id", name=op.f("pk_left_message")),
    )
    op.create_index(op.f("ix_left_message_name_mark"), "left_message", ["name_mark"], unique=False)
    op.create_table(
        "message_thread",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("caller_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("rights_explained_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("born", sa.Text(), nullable=True),
        sa.Column("name_mark", sa.LargeBinary(), nullable=False),
        sa.Column("age", sa.String(length=40), nullable=False),
        sa.Column("is_detained", sa.String(length=40), nullable=False),
        sa.Column("is_at_risk", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("word_hash", sa.Text(), nullable=False),
        sa.Column("duress_hash", sa.Text(), nullable=False),
        sa.Column("wrong_tries", sa.Integer(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wish", sa.String(length=40), nullable=False),
        sa.Column("return_path", sa.String(length=40), nullable=False),
        sa.Column("safe_caller_id", sa.Uuid(), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why_stopped", sa.Text(), nullable=True),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(return_path = 'safe_number') = (safe_caller_id IS NOT NULL)",
            name=op.f("ck_message_thread_collect_only_has_no_number"),
        ),
        sa.ForeignKeyConstraint(
            ["caller_id"], ["caller.id"], name=op.f("fk_message_thread_caller_id_caller")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_message_thread_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["safe_caller_id"], ["caller.id"], name=op.f("fk_message_thread_safe_caller_id_caller")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_message_thread_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_thread")),
        sa.UniqueConstraint("form_key", name=op.f("uq_message_thread_form_key")),
        sa.UniqueConstraint("id", "return_path", name="uq_message_thread_id_return_path"),
        sa.UniqueConstraint("reference", name=op.f("uq_message_thread_reference")),
    )
    op.create_index(
        op.f("ix_message_thread_caller_id"), "message_thread", ["caller_id"], unique=False
    )
    op.create_index(
        "ix_message_thread_locked",
        "message_thread",
        ["locked_at"],
        unique=False,
        postgresql_where=sa.text("locked_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_message_thread_name_mark"), "message_thread", ["name_mark"], unique=False
    )
    op.create_table(
        "message_wrong_try",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_message_wrong_try_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_wrong_try")),
    )
    op.create_index(
        op.f("ix_message_wrong_try_contact_id"), "message_wrong_try", ["contact_id"], unique=False
    )
    op.create_table(
        "message_alert",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["seen_by"], ["staff_member.id"], name=op.f("fk_message_alert_seen_by_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["message_thread.id"],
            name=op.f("fk_message_alert_thread_id_message_thread"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_alert")),
    )
    op.create_index(
        "ix_message_alert_open",
        "message_alert",
        ["at"],
        unique=False,
        postgresql_where=sa.text("seen_at IS NULL"),
    )
    op.create_table(
        "message_nudge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("return_path", sa.String(length=40), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "over_at IS NOT NULL OR return_path IS NOT DISTINCT FROM 'safe_number'",
            name=op.f("ck_message_nudge_only_to_a_safe_number"),
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"],
            ["consent_entry.id"],
            name=op.f("fk_message_nudge_consent_id_consent_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_message_nudge_staff_id_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["thread_id", "return_path"],
            ["message_thread.id", "message_thread.return_path"],
            name="fk_message_nudge_only_to_a_safe_number",
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["message_thread.id"],
            name=op.f("fk_message_nudge_thread_id_message_thread"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_nudge")),
        sa.UniqueConstraint("form_key", name=op.f("uq_message_nudge_form_key")),
    )
    op.create_index(
        op.f("ix_message_nudge_thread_id"), "message_nudge", ["thread_id"], unique=False
    )
    op.create_table(
        "message_party",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=False),
        sa.Column("fact_asked", sa.Text(), nullable=False),
        sa.Column("fact_answer", sa.Text(), nullable=False),
        sa.Column("caller_id", sa.Uuid(), nullable=True),
        sa.Column("way", sa.String(length=40), nullable=False),
        sa.Column("stored_hours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("may_leave_voicemail", sa.Boolean(), nullable=False),
        sa.Column("may_text", sa.Boolean(), nullable=False),
        sa.Column("owner_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner_confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("is_unwanted", sa.Boolean(), nullable=False),
        sa.Column("wants_no_more_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wants_to_talk", sa.Boolean(), nullable=False),
        sa.Column("harm", sa.String(length=40), nullable=False),
        sa.Column("court_order", sa.String(length=40), nullable=False),
        sa.Column("is_monitored", sa.String(length=40), nullable=False),
        sa.Column("unsafe_others", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cleared_by", sa.Uuid(), nullable=True),
        sa.Column("why_cleared", sa.Text(), nullable=True),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["caller_id"], ["caller.id"], name=op.f("fk_message_party_caller_id_caller")
        ),
        sa.ForeignKeyConstraint(
            ["cleared_by"],
            ["staff_member.id"],
            name=op.f("fk_message_party_cleared_by_staff_member"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_confirmed_by"],
            ["staff_member.id"],
            name=op.f("fk_message_party_owner_confirmed_by_staff_member"),
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["message_thread.id"],
            name=op.f("fk_message_party_thread_id_message_thread"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_party")),
        sa.UniqueConstraint("form_key", name=op.f("uq_message_party_form_key")),
    )
    op.create_index(
        op.f("ix_message_party_caller_id"), "message_party", ["caller_id"], unique=False
    )
    op.create_index(
        op.f("ix_message_party_thread_id"), "message_party", ["thread_id"], unique=False
    )
    op.create_table(
        "message_police_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("force", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_by", sa.Uuid(), nullable=True),
        sa.Column("force_reference", sa.Text(), nullable=True),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consent_id"],
            ["consent_entry.id"],
            name=op.f("fk_message_police_notice_consent_id_consent_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_member.id"],
            name=op.f("fk_message_police_notice_staff_id_staff_member"),
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["message_thread.id"],
            name=op.f("fk_message_police_notice_thread_id_message_thread"),
        ),
        sa.ForeignKeyConstraint(
            ["told_by"],
            ["staff_member.id"],
            name=op.f("fk_message_police_notice_told_by_staff_member"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_police_notice")),
        sa.UniqueConstraint("form_key", name=op.f("uq_message_police_notice_form_key")),
    )
    op.create_index(
        op.f("ix_message_police_notice_thread_id"),
        "message_police_notice",
        ["thread_id"],
        unique=False,
    )
    op.create_table(
        "message_proof",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("is_duress", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_message_proof_staff_id_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["message_thread.id"],
            name=op.f("fk_message_proof_thread_id_message_thread"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_proof")),
    )
    op.create_index(
        op.f("ix_message_proof_contact_id"), "message_proof", ["contact_id"], unique=False
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("reply_to", sa.Text(), nullable=True),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("read_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("approval_id", sa.Uuid(), nullable=True),
        sa.Column("sent_back_why", sa.Text(), nullable=True),
        sa.Column("with_id", sa.Uuid(), nullable=True),
        sa.Column("last_with_id", sa.Uuid(), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'attempting') OR approval_id IS NOT NULL",
            name=op.f("ck_message_goes_only_when_approved"),
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consent_entry.id"], name=op.f("fk_message_consent_id_consent_entry")
        ),
        sa.ForeignKeyConstraint(
            ["last_with_id"], ["staff_member.id"], name=op.f("fk_message_last_with_id_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["message_party.id"], name=op.f("fk_message_party_id_message_party")
        ),
        sa.ForeignKeyConstraint(
            ["with_id"], ["staff_member.id"], name=op.f("fk_message_with_id_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["written_by"], ["staff_member.id"], name=op.f("fk_message_written_by_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("form_key", name=op.f("uq_message_form_key")),
    )
    op.create_index(op.f("ix_message_party_id"), "message", ["party_id"], unique=False)
    op.create_index("ix_message_state", "message", ["state", "state_since"], unique=False)
    op.create_table(
        "message_reply",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("words_mark", sa.LargeBinary(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["staff_member.id"],
            name=op.f("fk_message_reply_decided_by_staff_member"),
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["message_party.id"], name=op.f("fk_message_reply_party_id_message_party")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_message_reply_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_reply")),
        sa.UniqueConstraint("form_key", name=op.f("uq_message_reply_form_key")),
    )
    op.create_index(op.f("ix_message_reply_party_id"), "message_reply", ["party_id"], unique=False)
    op.create_index(
        "ix_message_reply_state", "message_reply", ["state", "state_since"], unique=False
    )
    op.create_table(
        "message_sending",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("told", sa.String(length=40), nullable=False),
        sa.Column("about", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_text", sa.Boolean(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("promise_id", sa.Uuid(), nullable=True),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("proof_id", sa.Uuid(), nullable=True),
        sa.Column("words_mark", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "(consent_id IS NULL) <> (proof_id IS NULL)",
            name=op.f("ck_message_sending_rests_on_something"),
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"],
            ["consent_entry.id"],
            name=op.f("fk_message_sending_consent_id_consent_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["message_party.id"],
            name=op.f("fk_message_sending_party_id_message_party"),
        ),
        sa.ForeignKeyConstraint(
            ["proof_id"],
            ["message_proof.id"],
            name=op.f("fk_message_sending_proof_id_message_proof"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_message_sending_staff_id_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["message_thread.id"],
            name=op.f("fk_message_sending_thread_id_message_thread"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_sending")),
        sa.UniqueConstraint("number", name=op.f("uq_message_sending_number")),
        info={"append_only": True},
    )
    op.create_index(op.f("ix_message_sending_about"), "message_sending", ["about"], unique=False)
    op.create_index(
        op.f("ix_message_sending_promise_id"), "message_sending", ["promise_id"], unique=False
    )
    op.create_index(
        op.f("ix_message_sending_thread_id"), "message_sending", ["thread_id"], unique=False
    )
    op.create_table(
        "message_approval",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.String(length=40), nullable=False),
        sa.Column("words_mark", sa.LargeBinary(), nullable=False),
        sa.Column("passed_flags", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_message_approval_message_id_message")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_member.id"],
            name=op.f("fk_message_approval_staff_id_staff_member"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_approval")),
        info={"append_only": True},
    )
    op.create_index(
        op.f("ix_message_approval_message_id"), "message_approval", ["message_id"], unique=False
    )
    op.create_table(
        "message_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_message_attempt_message_id_message")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_message_attempt_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_attempt")),
        sa.UniqueConstraint("form_key", name=op.f("uq_message_attempt_form_key")),
        info={"append_only": True},
    )
    op.create_index(
        op.f("ix_message_attempt_message_id"), "message_attempt", ["message_id"], unique=False
    )
    op.create_table(
        "message_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("token_mark", sa.LargeBinary(), nullable=False),
        sa.Column("reply_mark", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wrong_tries", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_message_link_message_id_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_link")),
        sa.UniqueConstraint("reply_mark", name=op.f("uq_message_link_reply_mark")),
        sa.UniqueConstraint("token_mark", name=op.f("uq_message_link_token_mark")),
    )
    op.create_index(
        op.f("ix_message_link_message_id"), "message_link", ["message_id"], unique=False
    )
    for table in APPEND_ONLY:
        op.execute(
            f"""
            CREATE TRIGGER {table}_is_append_only
            BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_what_is_kept()
            """
        )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
