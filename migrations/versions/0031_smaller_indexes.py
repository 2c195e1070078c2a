"""smaller indexes: no entry for nobody, the carrier's ids hashed, no order that is sorted anyway

Built beside the line and swapped at the end (docs/decisions/0186-smaller-indexes.md). A step that
failed can be taken again: what it built stays, but for an index that was not finished.
"""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_NEW = {
    "ix_audit_entry_acted": "INDEX {} ON audit_entry (who, id) WHERE who IS NOT NULL",
    "ix_contact_owned": "INDEX {} ON contact (owner_id, opened_at, id) WHERE owner_id IS NOT NULL",
    "ix_contact_opened_at": "INDEX {} ON contact (opened_at)",
    "ix_contact_of_caller": "INDEX {} ON contact (caller_id)",
    "uq_contact_conference": (
        "UNIQUE INDEX {} ON contact (conference_name) WHERE conference_name IS NOT NULL"
    ),
    "ix_text_of_contact": "INDEX {} ON text (contact_id)",
    "ix_text_sid": "INDEX {} ON text USING hash (carrier_sid)",
    "uq_text_form": "UNIQUE INDEX {} ON text (form_key) WHERE form_key IS NOT NULL",
    "pk_timeline_entry_new": "UNIQUE INDEX {} ON timeline_entry (contact_id, id)",
}
_OLD = {
    "ix_audit_entry_who_id": "INDEX {} ON audit_entry (who, id)",
    "ix_contact_owner": "INDEX {} ON contact (owner_id, opened_at, id)",
    "ix_contact_opened": "INDEX {} ON contact (opened_at, id)",
    "ix_contact_caller": "INDEX {} ON contact (caller_id, opened_at)",
    "uq_contact_conference_name_new": "UNIQUE INDEX {} ON contact (conference_name)",
    "ix_text_contact": "INDEX {} ON text (contact_id, number)",
    "ix_text_carrier_sid": "INDEX {} ON text (carrier_sid)",
    "uq_text_form_key_new": "UNIQUE INDEX {} ON text (form_key)",
    "ix_timeline_entry_contact": "INDEX {} ON timeline_entry (contact_id, id)",
    "pk_timeline_entry_new": "UNIQUE INDEX {} ON timeline_entry (id)",
}
_KEY = (
    "ALTER TABLE timeline_entry DROP CONSTRAINT IF EXISTS pk_timeline_entry, "
    "ADD CONSTRAINT pk_timeline_entry PRIMARY KEY USING INDEX pk_timeline_entry_new"
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        _build(_NEW)
        op.execute(_KEY)
        op.execute("ALTER TABLE contact DROP CONSTRAINT IF EXISTS uq_contact_conference_name")
        op.execute("ALTER TABLE text DROP CONSTRAINT IF EXISTS uq_text_form_key")
        _drop(_OLD)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        _build(_OLD)
        op.execute(_KEY)
        for table, name in (
            ("contact", "uq_contact_conference_name"),
            ("text", "uq_text_form_key"),
        ):
            op.execute(
                f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}, "
                f"ADD CONSTRAINT {name} UNIQUE USING INDEX {name}_new"
            )
        _drop(_NEW)


def _build(wanted: dict[str, str]) -> None:
    """Build indexes while rows are read and written; waits for whoever is at work."""
    _patiently()
    for name, form in wanted.items():
        is_whole = sa.text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
        if op.get_bind().scalar(is_whole, {"name": name}) is False:
            op.execute(f"DROP INDEX CONCURRENTLY {name}")
        op.execute(f"CREATE {form.format(f'CONCURRENTLY IF NOT EXISTS {name}')}")
    _as_ever()


def _drop(names: Iterable[str]) -> None:
    _patiently()
    for name in names:
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    _as_ever()


def _patiently() -> None:
    # To build and to drop an index of years takes longer than a statement may, and locks nobody.
    op.execute("SET statement_timeout = 0")
    op.execute("SET lock_timeout = 0")


def _as_ever() -> None:
    op.execute("RESET statement_timeout")
    op.execute("RESET lock_timeout")
