"""skills and waiting: what call-takers take, how waits widen, breaks, a choice for who waits"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_FIGURES = (
    "second_after",
    "third_after",
    "anybody_after",
    "choice_after",
    "choice_after_rings",
    "choice_every",
)


def upgrade() -> None:
    for column in _staff():
        op.add_column("staff_member", column)
    op.add_column("leg", sa.Column("menu_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "leg", sa.Column("is_in_menu", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_table(
        "skill",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.CheckConstraint("tier BETWEEN 1 AND 3", name=op.f("ck_skill_tier")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_skill_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("staff_id", "stream", name=op.f("pk_skill")),
    )
    op.create_table(
        "wait_rule",
        sa.Column("stream", sa.String(length=40), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in _FIGURES),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_wait_rule")),
    )
    op.create_index(
        "ix_contact_taken",
        "contact",
        ["taken_at"],
        postgresql_where=sa.text("channel = 'voice' AND taken_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_contact_taken", table_name="contact")
    op.drop_table("wait_rule")
    op.drop_table("skill")
    op.drop_column("leg", "is_in_menu")
    op.drop_column("leg", "menu_at")
    for column in reversed(_staff()):
        op.drop_column("staff_member", column.name)


def _staff() -> list[sa.Column]:
    return [
        sa.Column("because", sa.String(length=40), nullable=True),
        sa.Column("away_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missed_rings", sa.Integer(), server_default="0", nullable=False),
        sa.Column("languages", postgresql.JSONB(), server_default='["en"]', nullable=False),
        sa.Column("text_capacity", sa.Integer(), server_default="3", nullable=False),
        sa.Column("texts_beside_call", sa.Integer(), server_default="2", nullable=False),
    ]
