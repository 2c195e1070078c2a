"""kinds of call that go to a switchboard for some hours"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "divert",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("partner_number_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_by_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["partner_number_id"],
            ["partner_number.id"],
            name=op.f("fk_divert_partner_number_id_partner_number"),
        ),
        sa.ForeignKeyConstraint(
            ["began_by_id"], ["staff_member.id"], name=op.f("fk_divert_began_by_id_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["staff_member.id"], name=op.f("fk_divert_ended_by_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_divert")),
    )
    op.create_index(
        "uq_divert_on",
        "divert",
        ["stream"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("uq_divert_on", table_name="divert")
    op.drop_table("divert")
