"""alarms to supervisors, and what was asked in the first minute of a call"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alarm",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_by_id", sa.Uuid(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], ["staff_member.id"], name=f"fk_alarm_{column}_staff_member"
            )
            for column in ("staff_id", "seen_by_id")
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name="fk_alarm_contact_id_contact"),
        sa.PrimaryKeyConstraint("id", name="pk_alarm"),
    )
    op.create_index("ix_alarm_contact_id", "alarm", ["contact_id"])
    op.create_index(
        "uq_alarm_open",
        "alarm",
        ["kind", "staff_id", "contact_id"],
        unique=True,
        postgresql_where=sa.text("seen_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "first_minute",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("safe_to_talk", sa.String(40), nullable=True),
        sa.Column("in_danger", sa.String(40), nullable=True),
        sa.Column("if_cut_off", sa.String(40), nullable=False),
        sa.Column("number_token", sa.Uuid(), nullable=True),
        sa.Column("where", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name="fk_first_minute_contact_id_contact"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name="fk_first_minute_staff_id_staff_member"
        ),
        sa.ForeignKeyConstraint(
            ["number_token"], ["vault_entry.token"], name="fk_first_minute_number_token_vault_entry"
        ),
        sa.PrimaryKeyConstraint("contact_id", name="pk_first_minute"),
    )


def downgrade() -> None:
    op.drop_table("first_minute")
    op.drop_table("alarm")
