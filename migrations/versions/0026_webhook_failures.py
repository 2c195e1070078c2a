"""how many webhooks were refused or failed, by the hour"""

import sqlalchemy as sa
from alembic import op

<<<<<<<< 8d98c297f5826df6f044f9ccee80a0004450b95e:migrations/versions/0026_webhook_failures.py
revision = "0026"
down_revision = "0025"
========
revision = "0021"
down_revision = "0020"
>>>>>>>> 45d8aea20476cd2527de946acb19307f265945d1:migrations/versions/0021_webhook_failures.py
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook_failure",
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "kind", name=op.f("pk_webhook_failure")),
    )


def downgrade() -> None:
    op.drop_table("webhook_failure")
