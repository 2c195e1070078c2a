"""bridges: partners brought onto calls; plans for tonight; messages to professionals"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def _refers_to(table: str, column: str, other: str, **more: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, **more)


def upgrade() -> None:
    op.create_table(
        "night_plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.Column("why_none", sa.Text(), nullable=True),
        sa.Column("tonight", sa.Text(), nullable=True),
        sa.Column("collected_by", sa.Text(), nullable=True),
        sa.Column("collected_when", sa.Text(), nullable=True),
        sa.Column("safe_to_wait", sa.String(length=40), nullable=True),
        sa.Column("arrives_by", _TIME, nullable=True),
        sa.Column("arrival", sa.String(length=40), nullable=True),
        sa.Column("arrival_by_id", sa.Uuid(), nullable=True),
        sa.Column("arrival_at", _TIME, nullable=True),
        sa.Column("arrival_words", sa.Text(), nullable=True),
        sa.Column("alarmed_at", _TIME, nullable=True),
        _refers_to("night_plan", "arrival_by_id", "staff_member"),
        _refers_to("night_plan", "contact_id", "contact"),
        _refers_to("night_plan", "staff_id", "staff_member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_night_plan")),
        sa.UniqueConstraint("form_key", name=op.f("uq_night_plan_form_key")),
    )
    op.create_index(op.f("ix_night_plan_contact_id"), "night_plan", ["contact_id"])
    op.create_index(
        "ix_night_plan_to_confirm",
        "night_plan",
        ["arrives_by"],
        postgresql_where=sa.text("arrives_by IS NOT NULL AND arrival IS NULL"),
    )
    op.create_table(
        "bridge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("opened_by_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("disclosure_id", sa.Uuid(), nullable=True),
        sa.Column("joined_at", _TIME, nullable=True),
        sa.Column("closed_at", _TIME, nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(consent_id, disclosure_id) < 2", name=op.f("ck_bridge_has_one_ground")
        ),
        _refers_to("bridge", "consent_id", "consent_entry"),
        _refers_to("bridge", "contact_id", "contact"),
        _refers_to("bridge", "disclosure_id", "disclosure", ondelete="SET NULL"),
        _refers_to("bridge", "opened_by_id", "staff_member"),
        _refers_to("bridge", "partner_id", "partner"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bridge")),
    )
    op.create_index(op.f("ix_bridge_contact_id"), "bridge", ["contact_id"])
    op.create_index(
        "uq_bridge_open",
        "bridge",
        ["contact_id", "partner_id"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "professional_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", _TIME, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("disclosure_id", sa.Uuid(), nullable=True),
        sa.Column("number_token", sa.Uuid(), nullable=True),
        sa.Column("number_id", sa.Uuid(), nullable=True),
        sa.Column("confirm_by", _TIME, nullable=False),
        sa.Column("confirmed_at", _TIME, nullable=True),
        sa.Column("confirmed_who", sa.Text(), nullable=True),
        sa.Column("ring_back_by", _TIME, nullable=True),
        sa.Column("closed_at", _TIME, nullable=True),
        sa.Column("rang_back", sa.Boolean(), nullable=False),
        sa.Column("closed_words", sa.Text(), nullable=True),
        sa.Column("alarmed_at", _TIME, nullable=True),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        _refers_to("professional_message", "consent_id", "consent_entry"),
        _refers_to("professional_message", "contact_id", "contact"),
        _refers_to("professional_message", "disclosure_id", "disclosure", ondelete="SET NULL"),
        _refers_to("professional_message", "number_id", "partner_number"),
        sa.ForeignKeyConstraint(
            ["number_token"],
            ["vault_entry.token"],
            name=op.f("fk_professional_message_number_token_vault_entry"),
        ),
        _refers_to("professional_message", "owner_id", "staff_member"),
        _refers_to("professional_message", "partner_id", "partner"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_professional_message")),
        sa.UniqueConstraint("form_key", name=op.f("uq_professional_message_form_key")),
    )
    op.create_index(
        op.f("ix_professional_message_contact_id"), "professional_message", ["contact_id"]
    )
    op.create_index(
        "ix_professional_message_open",
        "professional_message",
        ["confirm_by"],
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.add_column("leg", sa.Column("bridge_id", sa.Uuid(), nullable=True))
    op.add_column(
        "leg", sa.Column("takes_over", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_index(op.f("ix_leg_bridge_id"), "leg", ["bridge_id"])
    op.create_foreign_key(op.f("fk_leg_bridge_id_bridge"), "leg", "bridge", ["bridge_id"], ["id"])


def downgrade() -> None:
    op.drop_column("leg", "takes_over")
    op.drop_column("leg", "bridge_id")
    op.drop_table("professional_message")
    op.drop_table("bridge")
    op.drop_table("night_plan")
