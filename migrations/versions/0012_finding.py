"""finding: contacts in the order of their opening, all of them and one's own"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_contact_opened", "contact", ["opened_at", "id"])
    op.create_index("ix_contact_owner", "contact", ["owner_id", "opened_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_contact_owner", table_name="contact")
    op.drop_index("ix_contact_opened", table_name="contact")
