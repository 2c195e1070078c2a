"""disclosures: confidences that were broken, by whom, why and how far"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("disclosure", "disclosure_fact", "disclosure_step")


def upgrade() -> None:
    op.create_table(
        "disclosure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("caller_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by", sa.Uuid(), nullable=False),
        sa.Column("threshold", sa.String(length=40), nullable=False),
        sa.Column("is_child", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recipient", sa.String(length=40), nullable=False),
        sa.Column("recipient_name", sa.Text(), nullable=False),
        sa.Column("person_told", sa.String(length=40), nullable=False),
        sa.Column("why_not_told", sa.Text(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=False),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["caller_id"], ["caller.id"], name=op.f("fk_disclosure_caller_id_caller")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_disclosure_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["raised_by"], ["staff_member.id"], name=op.f("fk_disclosure_raised_by_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure")),
        sa.UniqueConstraint("form_key", name=op.f("uq_disclosure_form_key")),
        sa.UniqueConstraint("number", name=op.f("uq_disclosure_number")),
    )
    op.create_index(op.f("ix_disclosure_caller_id"), "disclosure", ["caller_id"])
    op.create_table(
        "disclosure_fact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("disclosure_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["disclosure_id"],
            ["disclosure.id"],
            name=op.f("fk_disclosure_fact_disclosure_id_disclosure"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_fact")),
        sa.UniqueConstraint(
            "disclosure_id", "place", name=op.f("uq_disclosure_fact_disclosure_id")
        ),
    )
    op.create_table(
        "disclosure_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("disclosure_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("incident_number", sa.Text(), nullable=True),
        sa.Column("next_review_on", sa.Date(), nullable=True),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["disclosure_id"],
            ["disclosure.id"],
            name=op.f("fk_disclosure_step_disclosure_id_disclosure"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_disclosure_step_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_step")),
        sa.UniqueConstraint("form_key", name=op.f("uq_disclosure_step_form_key")),
    )
    op.create_index(op.f("ix_disclosure_step_disclosure_id"), "disclosure_step", ["disclosure_id"])
    for table in TABLES:
        op.execute(
            f"""
            CREATE TRIGGER {table}_is_append_only
            BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_what_is_kept()
            """
        )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
