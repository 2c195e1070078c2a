"""Records of people, enquiries, reveals, proofs of keys."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    for table, column in (
        ("staff_member", "works_with_families"),
        ("caller", "is_identified"),
        ("contact", "is_flagged"),
    ):
        # The default lets old code go on writing while the new code starts.
        op.add_column(
            table, sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.create_index(
        "ix_contact_flagged", "contact", ["opened_at"], postgresql_where=sa.text("is_flagged")
    )
    op.create_table(
        "person_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person_record"),
        sa.UniqueConstraint("reference", name="uq_person_record_reference"),
        sa.UniqueConstraint("form_key", name="uq_person_record_form_key"),
        sa.ForeignKeyConstraint(
            ["made_by"], ["staff_member.id"], name="fk_person_record_made_by_staff_member"
        ),
    )
    op.create_table(
        "record_word",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_record_word"),
        sa.ForeignKeyConstraint(
            ["record_id"], ["person_record.id"], name="fk_record_word_record_id_person_record"
        ),
    )
    op.create_index("ix_record_word_record_id", "record_word", ["record_id"])
    op.create_index("ix_record_word_fingerprint", "record_word", ["fingerprint"])
    op.create_table(
        "record_link",
        sa.Column("missing_person_id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("missing_person_id", "family_id", name="pk_record_link"),
        sa.ForeignKeyConstraint(
            ["missing_person_id"],
            ["person_record.id"],
            name="fk_record_link_missing_person_id_person_record",
        ),
        sa.ForeignKeyConstraint(
            ["family_id"], ["person_record.id"], name="fk_record_link_family_id_person_record"
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["staff_member.id"], name="fk_record_link_made_by_staff_member"
        ),
    )
    op.create_table(
        "record_of_contact",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", name="pk_record_of_contact"),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name="fk_record_of_contact_contact_id_contact"
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["person_record.id"], name="fk_record_of_contact_record_id_person_record"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name="fk_record_of_contact_staff_id_staff_member"
        ),
    )
    op.create_index("ix_record_of_contact_record_id", "record_of_contact", ["record_id"])
    op.create_table(
        "enquiry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("asker", sa.Text(), nullable=False),
        sa.Column("asker_phone", sa.Uuid(), nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_enquiry"),
        sa.UniqueConstraint("reference", name="uq_enquiry_reference"),
        sa.UniqueConstraint("form_key", name="uq_enquiry_form_key"),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name="fk_enquiry_staff_id_staff_member"
        ),
        sa.ForeignKeyConstraint(
            ["asker_phone"], ["vault_entry.token"], name="fk_enquiry_asker_phone_vault_entry"
        ),
    )
    op.create_table(
        "reveal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.Uuid(), nullable=False),
        sa.Column("about", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reviewed_at", TIME, nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_reveal"),
        sa.ForeignKeyConstraint(
            ["token"], ["vault_entry.token"], name="fk_reveal_token_vault_entry"
        ),
    )
    op.create_index("ix_reveal_staff_id", "reveal", ["staff_id"])
    op.create_index(
        "ix_reveal_unreviewed", "reveal", ["at"], postgresql_where=sa.text("reviewed_at IS NULL")
    )
    op.create_table(
        "key_proof",
        sa.Column("ring", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("index_proof", sa.LargeBinary(), nullable=True),
        sa.Column("first_used_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("ring", "key_id", name="pk_key_proof"),
    )


def downgrade() -> None:
    for table in (
        "key_proof",
        "reveal",
        "enquiry",
        "record_of_contact",
        "record_link",
        "record_word",
        "person_record",
    ):
        op.drop_table(table)
    op.drop_index("ix_contact_flagged", "contact")
    for table, column in (
        ("contact", "is_flagged"),
        ("caller", "is_identified"),
        ("staff_member", "works_with_families"),
    ):
        op.drop_column(table, column)
