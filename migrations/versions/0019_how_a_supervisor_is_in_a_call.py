"""how a supervisor is in a call, and from when to when a caller waited the first time"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_CODES = ("manner", "listens_because")
_TIMES = ("first_waited_at", "first_taken_at")


def upgrade() -> None:
    for column in _CODES:
        op.add_column("leg", sa.Column(column, sa.String(length=40), nullable=True))
    op.add_column("leg", sa.Column("whispers_to_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_leg_whispers_to_id_leg"), "leg", "leg", ["whispers_to_id"], ["id"]
    )
    for column in _TIMES:
        op.add_column("contact", sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_contact_calls",
        "contact",
        ["opened_at"],
        postgresql_where=sa.text("channel = 'voice'"),
    )


def downgrade() -> None:
    op.drop_index("ix_contact_calls", table_name="contact")
    for column in _TIMES:
        op.drop_column("contact", column)
    op.drop_column("leg", "whispers_to_id")
    for column in _CODES:
        op.drop_column("leg", column)
