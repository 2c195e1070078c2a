"""when the line is open, and voicemails"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "line_hours",
        sa.Column("door", sa.String(40), nullable=False),
        sa.Column("stored_hours", postgresql.JSONB(), nullable=False),
        sa.Column("on_bank_holidays", sa.String(40), nullable=False),
        sa.Column("closed_days", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("door", name="pk_line_hours"),
    )
    op.create_table(
        "voicemail",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconds", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("recording_sid", sa.Text(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("is_urgent", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_by_id", sa.Uuid(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Uuid(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(40), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name="fk_voicemail_contact_id_contact"
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], ["staff_member.id"], name=f"fk_voicemail_{column}_staff_member"
            )
            for column in ("taken_by_id", "done_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_voicemail"),
        sa.UniqueConstraint("recording_sid", name="uq_voicemail_recording_sid"),
    )
    op.create_index("ix_voicemail_contact_id", "voicemail", ["contact_id"])
    op.create_index(
        "ix_voicemail_open",
        "voicemail",
        [sa.literal_column("is_urgent DESC"), "due_at"],
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_index(
        "uq_voicemail_begun",
        "voicemail",
        ["contact_id"],
        unique=True,
        postgresql_where=sa.text("state = 'begun'"),
    )


def downgrade() -> None:
    op.drop_table("voicemail")
    op.drop_table("line_hours")
