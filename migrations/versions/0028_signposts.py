"""services given to people, and needs for which nothing was found"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unmet_need",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_unmet_need_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_unmet_need_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unmet_need")),
        sa.UniqueConstraint("contact_id", "topic", name=op.f("uq_unmet_need_contact_id")),
    )
    op.create_index("ix_unmet_need_at", "unmet_need", ["at"])
    op.create_index(op.f("ix_unmet_need_contact_id"), "unmet_need", ["contact_id"])

    op.create_table(
        "signpost",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("text_words", sa.Text(), nullable=True),
        sa.Column("text_standing", sa.String(length=40), nullable=True),
        sa.Column("texted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("follow_up_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("outcome_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome_by", sa.Uuid(), nullable=True),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_signpost_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["given_by"], ["staff_member.id"], name=op.f("fk_signpost_given_by_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["outcome_by"], ["staff_member.id"], name=op.f("fk_signpost_outcome_by_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_signpost_service_id_service")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["service_version.id"],
            name=op.f("fk_signpost_version_id_service_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signpost")),
        sa.UniqueConstraint("contact_id", "service_id", name=op.f("uq_signpost_contact_id")),
        sa.UniqueConstraint("form_key", name=op.f("uq_signpost_form_key")),
    )
    op.create_index(
        "ix_signpost_due",
        "signpost",
        ["follow_up_on"],
        postgresql_where=sa.text("follow_up_on IS NOT NULL AND outcome IS NULL"),
    )
    op.create_index("ix_signpost_given", "signpost", ["given_at"])
    op.create_index(op.f("ix_signpost_service_id"), "signpost", ["service_id"])


def downgrade() -> None:
    op.drop_table("signpost")
    op.drop_table("unmet_need")
