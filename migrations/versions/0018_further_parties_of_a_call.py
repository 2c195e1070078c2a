"""further parties of a call: whom of a partner's numbers is rung, held, muted, and who asked"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_NAMES = {
    "partner_number_id": "partner_number",
    "asked_by_id": "staff_member",
}
_SWITCHES = ("is_held", "is_muted")


def upgrade() -> None:
    for column, table in _NAMES.items():
        op.add_column("leg", sa.Column(column, sa.Uuid(), nullable=True))
        op.create_foreign_key(op.f(f"fk_leg_{column}_{table}"), "leg", table, [column], ["id"])
    for column in _SWITCHES:
        op.add_column(
            "leg", sa.Column(column, sa.Boolean(), server_default=sa.false(), nullable=False)
        )


def downgrade() -> None:
    for column in (*_SWITCHES, *_NAMES):
        op.drop_column("leg", column)
