"""conversations: handing over, who has one open, replies that are saved, a second channel"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "saved_reply",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(40), nullable=False),
        sa.Column("retired_at", _WHEN, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_reply")),
    )
    op.create_table(
        "saved_reply_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reply_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("made_at", _WHEN, nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by_id"],
            ["staff_member.id"],
            name=op.f("fk_saved_reply_version_made_by_id_staff_member"),
        ),
        sa.ForeignKeyConstraint(
            ["reply_id"],
            ["saved_reply.id"],
            name=op.f("fk_saved_reply_version_reply_id_saved_reply"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_reply_version")),
        sa.UniqueConstraint("reply_id", "number", name="uq_saved_reply_version_number"),
    )
    op.create_table(
        "presence",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", _WHEN, nullable=False),
        sa.Column("wrote_at", _WHEN, nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_presence_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_presence_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("contact_id", "staff_id", name=op.f("pk_presence")),
    )
    op.create_index("ix_presence_seen", "presence", ["seen_at"])
    op.add_column("text", sa.Column("saved_reply_version_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_text_saved_reply_version_id_saved_reply_version"),
        "text",
        "saved_reply_version",
        ["saved_reply_version_id"],
        ["id"],
    )
    op.add_column("contact", sa.Column("also_by", sa.String(40), nullable=True))
    op.add_column("contact", sa.Column("kept_until", _WHEN, nullable=True))
    for column in ("offered_to_id", "kept_for_id"):
        op.add_column("contact", sa.Column(column, sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_contact_{column}_staff_member"),
            "contact",
            "staff_member",
            [column],
            ["id"],
        )
    op.create_index(
        "ix_contact_offered",
        "contact",
        ["offered_to_id"],
        postgresql_where=sa.text("offered_to_id IS NOT NULL"),
    )
    _one_open_conversation("(channel = 'sms' OR also_by = 'sms') AND state <> 'closed'")


def downgrade() -> None:
    _one_open_conversation("channel = 'sms' AND state <> 'closed'")
    op.drop_index("ix_contact_offered", table_name="contact")
    for column in ("kept_for_id", "offered_to_id", "kept_until", "also_by"):
        op.drop_column("contact", column)
    op.drop_column("text", "saved_reply_version_id")
    for table in ("presence", "saved_reply_version", "saved_reply"):
        op.drop_table(table)


def _one_open_conversation(where: str) -> None:
    op.drop_index("uq_contact_open_sms", table_name="contact")
    op.create_index(
        "uq_contact_open_sms",
        "contact",
        ["caller_id"],
        unique=True,
        postgresql_where=sa.text(where),
    )
