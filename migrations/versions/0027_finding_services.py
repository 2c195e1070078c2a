"""what services are found by, and the words of their names"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A trusted extension: whoever owns the database may add it. It comes with every PostgreSQL
    # (Debian: in `postgresql`; Red Hat: in `postgresql-contrib`).
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "service_word",
        sa.Column("word", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_service_word")),
    )
    op.create_index(
        "ix_service_word_alike",
        "service_word",
        ["word"],
        postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
    )
    op.create_table(
        "service_index",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.Column("topics", sa.ARRAY(sa.String(length=40)), nullable=False),
        sa.Column("audiences", sa.ARRAY(sa.String(length=40)), nullable=False),
        sa.Column("nations", sa.ARRAY(sa.String(length=40)), nullable=False),
        sa.Column("areas", sa.ARRAY(sa.String(length=120)), nullable=False),
        sa.Column("languages", sa.ARRAY(sa.String(length=40)), nullable=False),
        sa.Column("access", sa.ARRAY(sa.String(length=40)), nullable=False),
        sa.Column("min_age", sa.Integer(), nullable=True),
        sa.Column("max_age", sa.Integer(), nullable=True),
        sa.Column("suits_under_18s", sa.Boolean(), nullable=False),
        sa.Column("opens", postgresql.INT4MULTIRANGE(), nullable=True),
        sa.Column("is_answered_on_holidays", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_service_index_service_id_service")
        ),
        sa.PrimaryKeyConstraint("service_id", name=op.f("pk_service_index")),
    )
    op.create_index("ix_service_index_words", "service_index", ["words"], postgresql_using="gin")
    op.create_index("ix_service_index_topics", "service_index", ["topics"], postgresql_using="gin")
    op.create_index("ix_service_index_areas", "service_index", ["areas"], postgresql_using="gin")
    op.create_index("ix_service_index_name", "service_index", ["name"])


def downgrade() -> None:
    op.drop_table("service_index")
    op.drop_table("service_word")
    op.execute("DROP EXTENSION IF EXISTS pg_trgm")
