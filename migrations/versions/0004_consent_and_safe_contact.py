"""consent ledger and safe-to-contact plans; promises say on what they rest and whom they reach"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consent_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("caller_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("towards", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("heard", sa.String(length=40), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdraws", sa.Uuid(), nullable=True),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["caller_id"], ["caller.id"], name=op.f("fk_consent_entry_caller_id_caller")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_consent_entry_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_consent_entry_staff_id_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["withdraws"],
            ["consent_entry.id"],
            name=op.f("fk_consent_entry_withdraws_consent_entry"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_entry")),
        sa.UniqueConstraint("caller_id", "number", name=op.f("uq_consent_entry_caller_id")),
        sa.UniqueConstraint("form_key", name=op.f("uq_consent_entry_form_key")),
    )
    op.create_index("uq_consent_entry_withdraws", "consent_entry", ["withdraws"], unique=True)
    op.create_table(
        "safe_contact_plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("caller_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("may_text", sa.Boolean(), nullable=False),
        sa.Column("may_call", sa.Boolean(), nullable=False),
        sa.Column("stored_hours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("may_leave_voicemail", sa.Boolean(), nullable=False),
        sa.Column("is_shared_phone", sa.Boolean(), nullable=False),
        sa.Column("words_first", sa.Text(), nullable=True),
        sa.Column("others_who_answer", sa.Text(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["caller_id"], ["caller.id"], name=op.f("fk_safe_contact_plan_caller_id_caller")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_member.id"],
            name=op.f("fk_safe_contact_plan_staff_id_staff_member"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safe_contact_plan")),
        sa.UniqueConstraint("caller_id", "version", name=op.f("uq_safe_contact_plan_caller_id")),
        sa.UniqueConstraint("form_key", name=op.f("uq_safe_contact_plan_form_key")),
    )
    op.add_column("text", sa.Column("kept_back", sa.String(length=40), nullable=True))
    op.add_column("text", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
    _let_promises_say_on_what_they_rest()
    # Rows leave only when a whole person is forgotten: whoever does that says so for one
    # transaction (SET LOCAL helpline.forgetting = 'yes'). They are never changed.
    op.execute(
        """
        CREATE FUNCTION refuse_change_of_what_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND current_setting('helpline.forgetting', true) = 'yes' THEN
                RETURN NULL;
            END IF;
            RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER consent_entry_is_append_only
        BEFORE UPDATE OR DELETE OR TRUNCATE ON consent_entry
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_what_is_kept()
        """
    )


def _let_promises_say_on_what_they_rest() -> None:
    op.add_column("promise", sa.Column("basis", sa.String(length=40), nullable=True))
    op.add_column("promise", sa.Column("relies_on", sa.Uuid(), nullable=True))
    op.add_column("promise", sa.Column("reaches", sa.Uuid(), nullable=True))
    op.add_column("promise", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE promise SET basis = "
        "CASE WHEN kind = 'send_text' THEN 'conversation' ELSE 'call_in_progress' END"
    )
    op.execute(
        "UPDATE promise SET reaches = contact.caller_id FROM text "
        "JOIN contact ON contact.id = text.contact_id "
        "WHERE promise.kind = 'send_text' AND text.id = promise.about"
    )
    op.alter_column("promise", "basis", nullable=False)
    op.create_foreign_key(
        op.f("fk_promise_relies_on_consent_entry"),
        "promise",
        "consent_entry",
        ["relies_on"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_promise_reaches_caller"), "promise", "caller", ["reaches"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_promise_consent_names_its_entry"),
        "promise",
        "basis <> 'consent' OR relies_on IS NOT NULL",
    )
    op.create_index(
        "ix_promise_relies_on",
        "promise",
        ["relies_on"],
        postgresql_where=sa.text("relies_on IS NOT NULL"),
    )
    op.create_index(
        "ix_promise_held",
        "promise",
        ["reaches"],
        postgresql_where=sa.text("held_until IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_promise_held", table_name="promise")
    op.drop_index("ix_promise_relies_on", table_name="promise")
    op.drop_constraint(op.f("ck_promise_consent_names_its_entry"), "promise", type_="check")
    op.drop_constraint(op.f("fk_promise_reaches_caller"), "promise", type_="foreignkey")
    op.drop_constraint(op.f("fk_promise_relies_on_consent_entry"), "promise", type_="foreignkey")
    for column in ("held_until", "reaches", "relies_on", "basis"):
        op.drop_column("promise", column)
    op.drop_column("text", "held_until")
    op.drop_column("text", "kept_back")
    op.drop_table("safe_contact_plan")
    op.drop_table("consent_entry")
    op.execute("DROP FUNCTION refuse_change_of_what_is_kept()")
