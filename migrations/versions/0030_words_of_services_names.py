"""the words of services' names, indexed by themselves"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    words = "to_tsvector('english'::regconfig, replace(name, '''', ''))"
    op.add_column(
        "service_index",
        sa.Column("in_name", postgresql.TSVECTOR(), sa.Computed(words, persisted=True)),
    )
    op.alter_column("service_index", "in_name", nullable=False)
    op.create_index(
        "ix_service_index_in_name", "service_index", ["in_name"], postgresql_using="gin"
    )


def downgrade() -> None:
    op.drop_index("ix_service_index_in_name", "service_index")
    op.drop_column("service_index", "in_name")
