"""directory of partners: who can be brought onto a call, and by which checked number"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "partner",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("nation", sa.String(length=40), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner")),
        sa.UniqueConstraint("name", name=op.f("uq_partner_name")),
    )
    op.create_table(
        "partner_number",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("rung", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token", sa.Uuid(), nullable=False),
        sa.Column("stored_windows", postgresql.JSONB(), nullable=False),
        sa.Column("on_bank_holidays", sa.String(length=40), nullable=False),
        sa.Column("minutes_before_next", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("checked_how", sa.Text(), nullable=False),
        sa.Column("next_check", sa.Date(), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "minutes_before_next BETWEEN 1 AND 30", name=op.f("ck_partner_number_minutes")
        ),
        sa.CheckConstraint("rung <> 'by_hand'", name=op.f("ck_partner_number_rung_has_a_number")),
        sa.ForeignKeyConstraint(
            ["checked_by"],
            ["staff_member.id"],
            name=op.f("fk_partner_number_checked_by_staff_member"),
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_partner_number_partner_id_partner")
        ),
        sa.ForeignKeyConstraint(
            ["token"], ["vault_entry.token"], name=op.f("fk_partner_number_token_vault_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_number")),
        sa.UniqueConstraint("form_key", name=op.f("uq_partner_number_form_key")),
    )
    op.create_index(op.f("ix_partner_number_partner_id"), "partner_number", ["partner_id"])
    op.create_table(
        "partner_fault",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("number_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.Column("mended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mended_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mended_by"], ["staff_member.id"], name=op.f("fk_partner_fault_mended_by_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["number_id"],
            ["partner_number.id"],
            name=op.f("fk_partner_fault_number_id_partner_number"),
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_partner_fault_partner_id_partner")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_partner_fault_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_fault")),
        sa.UniqueConstraint("form_key", name=op.f("uq_partner_fault_form_key")),
    )
    op.create_index(op.f("ix_partner_fault_partner_id"), "partner_fault", ["partner_id"])
    op.create_index(
        "ix_partner_fault_open",
        "partner_fault",
        ["at"],
        postgresql_where=sa.text("mended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("partner_fault")
    op.drop_table("partner_number")
    op.drop_table("partner")
