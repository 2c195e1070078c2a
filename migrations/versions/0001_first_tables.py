"""first tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("who", sa.Uuid(), nullable=True),
        sa.Column("about", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_about"), ["about"], unique=False)

    op.create_table(
        "carrier_event",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_carrier_event")),
    )
    with op.batch_alter_table("carrier_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_carrier_event_at"), ["at"], unique=False)

    op.create_table(
        "failed_sign_in",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("who", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_sign_in")),
    )
    with op.batch_alter_table("failed_sign_in", schema=None) as batch_op:
        batch_op.create_index("ix_failed_sign_in_who_at", ["who", "at"], unique=False)

    op.create_table(
        "heartbeat",
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("carrier_answers", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "promise",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("about", sa.Uuid(), nullable=False),
        sa.Column("lane", sa.Uuid(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("carrier_sid", sa.Text(), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
    )
    with op.batch_alter_table("promise", schema=None) as batch_op:
        batch_op.create_index("ix_promise_about", ["about"], unique=False)
        batch_op.create_index(
            "ix_promise_lane",
            ["lane", "number"],
            unique=False,
            postgresql_where=sa.text("state IN ('waiting', 'claimed')"),
        )
        batch_op.create_index(
            "ix_promise_open",
            ["due_at", "number"],
            unique=False,
            postgresql_where=sa.text("state IN ('waiting', 'claimed')"),
        )
        batch_op.create_index(
            "ix_promise_unsure",
            ["claimed_at"],
            unique=False,
            postgresql_where=sa.text("state = 'unsure'"),
        )

    op.create_table(
        "vault_entry",
        sa.Column("token", sa.Uuid(), nullable=False),
        sa.Column("locked_number", sa.Text(), nullable=False),
        sa.Column("blind_index", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_vault_entry")),
        sa.UniqueConstraint("blind_index", name=op.f("uq_vault_entry_blind_index")),
    )
    op.create_table(
        "caller",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("number_token", sa.Uuid(), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["number_token"], ["vault_entry.token"], name=op.f("fk_caller_number_token_vault_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caller")),
        sa.UniqueConstraint("number_token", name=op.f("uq_caller_number_token")),
        sa.UniqueConstraint("reference", name=op.f("uq_caller_reference")),
    )
    op.create_table(
        "staff_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("phone_token", sa.Uuid(), nullable=True),
        sa.Column("availability", sa.String(length=40), nullable=False),
        sa.Column("availability_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["phone_token"],
            ["vault_entry.token"],
            name=op.f("fk_staff_member_phone_token_vault_entry"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_member")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_member_email")),
    )
    with op.batch_alter_table("staff_member", schema=None) as batch_op:
        batch_op.create_index(
            "ix_staff_member_ready",
            ["ready_since"],
            unique=False,
            postgresql_where=sa.text("availability = 'ready'"),
        )

    op.create_table(
        "availability_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("availability", sa.String(length=40), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_member.id"],
            name=op.f("fk_availability_change_staff_id_staff_member"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability_change")),
    )
    with op.batch_alter_table("availability_change", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_availability_change_staff_id"), ["staff_id"], unique=False
        )

    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("caller_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ending", sa.String(length=40), nullable=True),
        sa.Column("conference_name", sa.Text(), nullable=True),
        sa.Column("conference_sid", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["caller_id"], ["caller.id"], name=op.f("fk_contact_caller_id_caller")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["staff_member.id"], name=op.f("fk_contact_owner_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("conference_name", name=op.f("uq_contact_conference_name")),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index("ix_contact_caller", ["caller_id", "opened_at"], unique=False)
        batch_op.create_index(
            "ix_contact_closed",
            ["closed_at"],
            unique=False,
            postgresql_where=sa.text("state = 'closed'"),
        )
        batch_op.create_index(
            "ix_contact_open",
            ["owner_id"],
            unique=False,
            postgresql_where=sa.text("state IN ('with_call_taker', 'wrapping_up')"),
        )
        batch_op.create_index(
            "ix_contact_waiting",
            ["waiting_since"],
            unique=False,
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.create_index(
            "uq_contact_open_sms",
            ["caller_id"],
            unique=True,
            postgresql_where=sa.text("channel = 'sms' AND state <> 'closed'"),
        )

    op.create_table(
        "sign_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_sign_in_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "leg",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("call_sid", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_because", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_leg_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_leg_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leg")),
        sa.UniqueConstraint("call_sid", name=op.f("uq_leg_call_sid")),
    )
    with op.batch_alter_table("leg", schema=None) as batch_op:
        batch_op.create_index("ix_leg_contact", ["contact_id", "made_at"], unique=False)
        batch_op.create_index(
            "ix_leg_live", ["made_at"], unique=False, postgresql_where=sa.text("state <> 'ended'")
        )
        batch_op.create_index(
            "uq_leg_offered_contact",
            ["contact_id"],
            unique=True,
            postgresql_where=sa.text("role = 'call_taker' AND state <> 'ended'"),
        )
        batch_op.create_index(
            "uq_leg_offered_staff",
            ["staff_id"],
            unique=True,
            postgresql_where=sa.text("role = 'call_taker' AND state <> 'ended'"),
        )

    op.create_table(
        "note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_note_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_note_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
        sa.UniqueConstraint("form_key", name=op.f("uq_note_form_key")),
    )
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.create_index("ix_note_contact", ["contact_id", "at"], unique=False)

    op.create_table(
        "text",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("direction", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("carrier_sid", sa.Text(), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("pictures", sa.Integer(), nullable=False),
        sa.Column("form_key", sa.Uuid(), nullable=True),
        sa.Column("sent_again_as", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_text_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["sent_again_as"], ["text.id"], name=op.f("fk_text_sent_again_as_text")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_text_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text")),
        sa.UniqueConstraint("form_key", name=op.f("uq_text_form_key")),
    )
    with op.batch_alter_table("text", schema=None) as batch_op:
        batch_op.create_index("ix_text_carrier_sid", ["carrier_sid"], unique=False)
        batch_op.create_index("ix_text_contact", ["contact_id", "number"], unique=False)

    op.create_table(
        "timeline_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_timeline_entry_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_timeline_entry_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline_entry")),
    )
    with op.batch_alter_table("timeline_entry", schema=None) as batch_op:
        batch_op.create_index("ix_timeline_entry_contact", ["contact_id", "id"], unique=False)

    op.create_table(
        "wrap_up",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taxonomy_version", sa.Text(), nullable=False),
        sa.Column("contact_type", sa.Text(), nullable=False),
        sa.Column("age_band", sa.Text(), nullable=False),
        sa.Column("situation", sa.Text(), nullable=False),
        sa.Column("tonight", sa.Text(), nullable=False),
        sa.Column("risk", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("other_words", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_wrap_up_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_wrap_up_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrap_up")),
    )
    with op.batch_alter_table("wrap_up", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wrap_up_contact_id"), ["contact_id"], unique=False)

    # The record of who saw what can be added to, and nothing else, by anybody but its owner.
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'audit_entry is append-only: % refused', TG_OP;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER audit_entry_is_append_only
        BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """
    )


def downgrade() -> None:
    with op.batch_alter_table("wrap_up", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wrap_up_contact_id"))

    op.drop_table("wrap_up")
    with op.batch_alter_table("timeline_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_timeline_entry_contact")

    op.drop_table("timeline_entry")
    with op.batch_alter_table("text", schema=None) as batch_op:
        batch_op.drop_index("ix_text_contact")
        batch_op.drop_index("ix_text_carrier_sid")

    op.drop_table("text")
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.drop_index("ix_note_contact")

    op.drop_table("note")
    with op.batch_alter_table("leg", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_leg_offered_staff",
            postgresql_where=sa.text("role = 'call_taker' AND state <> 'ended'"),
        )
        batch_op.drop_index(
            "uq_leg_offered_contact",
            postgresql_where=sa.text("role = 'call_taker' AND state <> 'ended'"),
        )
        batch_op.drop_index("ix_leg_live", postgresql_where=sa.text("state <> 'ended'"))
        batch_op.drop_index("ix_leg_contact")

    op.drop_table("leg")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_staff_id"))

    op.drop_table("sign_in")
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_contact_open_sms", postgresql_where=sa.text("channel = 'sms' AND state <> 'closed'")
        )
        batch_op.drop_index("ix_contact_waiting", postgresql_where=sa.text("state = 'waiting'"))
        batch_op.drop_index(
            "ix_contact_open",
            postgresql_where=sa.text("state IN ('with_call_taker', 'wrapping_up')"),
        )
        batch_op.drop_index("ix_contact_closed", postgresql_where=sa.text("state = 'closed'"))
        batch_op.drop_index("ix_contact_caller")

    op.drop_table("contact")
    with op.batch_alter_table("availability_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_availability_change_staff_id"))

    op.drop_table("availability_change")
    with op.batch_alter_table("staff_member", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_staff_member_ready", postgresql_where=sa.text("availability = 'ready'")
        )

    op.drop_table("staff_member")
    op.drop_table("caller")
    op.drop_table("vault_entry")
    with op.batch_alter_table("promise", schema=None) as batch_op:
        batch_op.drop_index("ix_promise_unsure", postgresql_where=sa.text("state = 'unsure'"))
        batch_op.drop_index(
            "ix_promise_open", postgresql_where=sa.text("state IN ('waiting', 'claimed')")
        )
        batch_op.drop_index(
            "ix_promise_lane", postgresql_where=sa.text("state IN ('waiting', 'claimed')")
        )
        batch_op.drop_index("ix_promise_about")

    op.drop_table("promise")
    op.drop_table("heartbeat")
    with op.batch_alter_table("failed_sign_in", schema=None) as batch_op:
        batch_op.drop_index("ix_failed_sign_in_who_at")

    op.drop_table("failed_sign_in")
    with op.batch_alter_table("carrier_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_carrier_event_at"))

    op.drop_table("carrier_event")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_about"))

    op.drop_table("audit_entry")
    op.execute("DROP FUNCTION refuse_change()")
