"""A chain of seals over the record of who did what; holds, rights and what was forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
APPEND_ONLY = ("audit_seal", "retention_log")


def upgrade() -> None:
    op.add_column("audit_entry", sa.Column("mark", sa.LargeBinary(), nullable=True))
    op.add_column(
        "audit_entry",
        sa.Column(
            "transaction_number",
            sa.BigInteger(),
            nullable=False,
            server_default=sa.text("(pg_current_xact_id()::text::bigint)"),
        ),
    )
    op.create_index("ix_audit_entry_who_id", "audit_entry", ["who", "id"])
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"], postgresql_using="brin")
    # A number that is no longer needed goes; the fingerprint that recognises it stays.
    op.alter_column("vault_entry", "locked_number", nullable=True)
    _make_tables()
    _make_append_only()


def _make_tables() -> None:
    op.create_table(
        "audit_seal",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("oldest", sa.BigInteger(), nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.Column("sealed_at", TIME, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_seal"),
        sa.UniqueConstraint("entry_id", name="uq_audit_seal_entry_id"),
    )
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("caller_id", sa.Uuid(), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=False),
        sa.Column("placed_at", TIME, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("lifted_at", TIME, nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_legal_hold"),
        sa.UniqueConstraint("form_key", name="uq_legal_hold_form_key"),
        sa.ForeignKeyConstraint(
            ["caller_id"], ["caller.id"], name="fk_legal_hold_caller_id_caller"
        ),
        sa.ForeignKeyConstraint(
            ["placed_by"], ["staff_member.id"], name="fk_legal_hold_placed_by_staff_member"
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by"], ["staff_member.id"], name="fk_legal_hold_lifted_by_staff_member"
        ),
    )
    op.create_index("ix_legal_hold_caller_id", "legal_hold", ["caller_id"])
    op.create_table(
        "rights_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("verified", sa.String(length=40), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("caller_id", sa.Uuid(), nullable=True),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("logged_by", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("refusal", sa.String(length=40), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", TIME, nullable=True),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rights_request"),
        sa.UniqueConstraint("form_key", name="uq_rights_request_form_key"),
        sa.ForeignKeyConstraint(
            ["caller_id"], ["caller.id"], name="fk_rights_request_caller_id_caller"
        ),
        sa.ForeignKeyConstraint(
            ["logged_by"], ["staff_member.id"], name="fk_rights_request_logged_by_staff_member"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["staff_member.id"], name="fk_rights_request_decided_by_staff_member"
        ),
    )
    op.create_index("ix_rights_request_mark", "rights_request", ["mark"])
    op.create_index("ix_rights_request_caller_id", "rights_request", ["caller_id"])
    op.create_index(
        "ix_rights_request_open",
        "rights_request",
        ["due_on"],
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "retention_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("how_many", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_retention_log"),
    )
    op.create_index("ix_retention_log_at", "retention_log", ["at"])


def _make_append_only() -> None:
    # Forgetting whole rows when their period ends is the one way out: the transaction has to name
    # the table, so nothing is deleted by mistake. Changing a row stays impossible.
    op.execute(
        """
        CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE'
                AND current_setting('helpline.forgetting', true) = TG_TABLE_NAME
            THEN
                RETURN NULL;
            END IF;
            RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP;
        END $$
        """
    )
    for table in APPEND_ONLY:
        op.execute(
            f"""
            CREATE TRIGGER {table}_is_append_only
            BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
            """
        )
    # Runs with its owner's rights: the application itself has no right to delete these rows, and
    # can't have this delete any that are younger. The last seal stays, as the chain's beginning.
    op.execute(
        """
        CREATE FUNCTION forget_old_audit() RETURNS bigint
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        DECLARE
            last_place bigint;
            gone bigint;
        BEGIN
            SELECT max(number) INTO last_place FROM audit_seal
            WHERE sealed_at < now() - interval '6 years';
            PERFORM set_config('helpline.forgetting', 'audit_entry', true);
            DELETE FROM audit_entry USING audit_seal
            WHERE audit_seal.entry_id = audit_entry.id AND audit_seal.number <= last_place;
            GET DIAGNOSTICS gone = ROW_COUNT;
            PERFORM set_config('helpline.forgetting', 'audit_seal', true);
            DELETE FROM audit_seal WHERE number < last_place;
            PERFORM set_config('helpline.forgetting', '', true);
            RETURN gone;
        END $$
        """
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION forget_old_audit()")
    for table in ("retention_log", "rights_request", "legal_hold", "audit_seal"):
        op.drop_table(table)
    op.execute(
        """
        CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'audit_entry is append-only: % refused', TG_OP;
        END $$
        """
    )
    # The older program can't do without a number; one that is gone opens no more than before.
    op.execute("UPDATE vault_entry SET locked_number = '' WHERE locked_number IS NULL")
    op.alter_column("vault_entry", "locked_number", nullable=False)
    op.drop_index("ix_audit_entry_at", "audit_entry")
    op.drop_index("ix_audit_entry_who_id", "audit_entry")
    op.drop_column("audit_entry", "transaction_number")
    op.drop_column("audit_entry", "mark")
