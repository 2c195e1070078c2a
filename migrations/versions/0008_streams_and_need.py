"""streams and need: what brings a contact, in which language, and why it goes first"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_IS_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    for column in (
        sa.Column("stream", sa.String(40), server_default="not_chosen", nullable=False),
        sa.Column("language", sa.String(40), server_default="en", nullable=False),
        sa.Column("is_child", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("need", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("need_because", sa.ARRAY(sa.String(40)), server_default="{}", nullable=False),
    ):
        op.add_column("contact", column)
    op.execute(
        "UPDATE contact SET need = 100, need_because = '{cut_off}' "
        "WHERE is_urgent AND state = 'waiting'"
    )
    op.drop_column("contact", "is_urgent")
    op.drop_index("ix_contact_waiting", table_name="contact")
    op.create_index(
        "ix_contact_waiting",
        "contact",
        [sa.text("need DESC"), "waiting_since"],
        postgresql_where=_IS_WAITING,
    )


def downgrade() -> None:
    op.drop_index("ix_contact_waiting", table_name="contact")
    op.add_column(
        "contact", sa.Column("is_urgent", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.alter_column("contact", "is_urgent", server_default=None)
    op.execute("UPDATE contact SET is_urgent = true WHERE need > 0 AND state = 'waiting'")
    for column in ("stream", "language", "is_child", "need", "need_because"):
        op.drop_column("contact", column)
    op.create_index(
        "ix_contact_waiting", "contact", ["waiting_since"], postgresql_where=_IS_WAITING
    )
