"""callers whose calls are not taken for a while"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "caller_bar",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("caller_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["caller_id"], ["caller.id"], name="fk_caller_bar_caller_id_caller"
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], ["staff_member.id"], name=f"fk_caller_bar_{column}_staff_member"
            )
            for column in ("by_id", "lifted_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_caller_bar"),
    )
    op.create_index(
        "uq_caller_bar_open",
        "caller_bar",
        ["caller_id"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("caller_bar")
