"""the texting line: two numbers, who wants no outreach, first answers, pace"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "outreach_stop",
        sa.Column("number_mark", sa.LargeBinary(), nullable=False),
        sa.Column("since", _WHEN, nullable=False),
        sa.PrimaryKeyConstraint("number_mark", name=op.f("pk_outreach_stop")),
    )
    op.create_table(
        "pace",
        sa.Column("sender", sa.String(40), nullable=False),
        sa.Column("left", sa.Float(), nullable=False),
        sa.Column("filled_at", _WHEN, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sender", name=op.f("pk_pace")),
    )
    op.add_column("caller", sa.Column("is_mobile", sa.Boolean(), nullable=True))
    op.add_column("caller", sa.Column("last_outreach_at", _WHEN, nullable=True))
    op.add_column("caller", sa.Column("blocked_since", _WHEN, nullable=True))
    op.create_index(
        "ix_caller_blocked",
        "caller",
        ["blocked_since"],
        postgresql_where=sa.text("blocked_since IS NOT NULL"),
    )
    op.add_column("text", sa.Column("automatic", sa.String(40), nullable=True))
    op.add_column(
        "text",
        sa.Column("sender", sa.String(40), server_default="conversation", nullable=False),
    )


def downgrade() -> None:
    for column in ("sender", "automatic"):
        op.drop_column("text", column)
    op.drop_index("ix_caller_blocked", table_name="caller")
    for column in ("blocked_since", "last_outreach_at", "is_mobile"):
        op.drop_column("caller", column)
    op.drop_table("pace")
    op.drop_table("outreach_stop")
