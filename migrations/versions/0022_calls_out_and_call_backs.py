"""people whom we ring: each time and what came of it, and who waits to be rung back"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_OTHERS = {
    "contact_id": "contact",
    "caller_id": "caller",
    "asked_by_id": "staff_member",
    "leg_id": "leg",
}


def upgrade() -> None:
    op.create_table(
        "call_back",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stage", sa.String(40), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name="fk_call_back_contact_id_contact"
        ),
        sa.PrimaryKeyConstraint("contact_id", name="pk_call_back"),
    )
    op.create_index(
        "ix_call_back_open", "call_back", ["until"], postgresql_where=sa.text("stage <> 'over'")
    )
    op.create_table(
        "call_out",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("caller_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.String(40), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("number_token", sa.Uuid(), nullable=False),
        sa.Column("leg_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("came", sa.String(40), nullable=True),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_call_out_{column}_{table}")
            for column, table in _OTHERS.items()
        ),
        sa.ForeignKeyConstraint(
            ["number_token"], ["vault_entry.token"], name="fk_call_out_number_token_vault_entry"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_call_out"),
        sa.UniqueConstraint("leg_id", name="uq_call_out_leg_id"),
    )
    op.create_index("ix_call_out_caller", "call_out", ["caller_id", "made_at"])
    op.create_index("ix_call_out_contact", "call_out", ["contact_id", "made_at"])
    op.create_index(
        "uq_call_out_under_way",
        "call_out",
        ["contact_id"],
        unique=True,
        postgresql_where=sa.text("over_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("call_out")
    op.drop_table("call_back")
