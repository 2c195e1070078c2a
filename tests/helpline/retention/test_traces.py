"""Every table that can hold something of a person is known to whoever forgets a person."""

import pytest
import sqlalchemy as sa

from helpline.accounts.models import Invitation, StaffMember
from helpline.confidentiality.vault import VaultEntry
from helpline.contacts.enquiries import Enquiry
from helpline.contacts.models import Caller, Contact
from helpline.database import Base
from helpline.directory.models import PartnerNumber
from helpline.retention import traces

KNOWN = {table.__table__ for table in (*traces.ROWS, *traces.UNTIED)}
# Whom they are about is not a caller: staff, partners, and those who ask about others.
OF_OTHERS = {each.__table__ for each in (StaffMember, Invitation, Enquiry, PartnerNumber)}


def unknown(metadata: sa.MetaData) -> set[str]:
    """Name the tables that refer to something of a person and that nobody would look into."""
    return {
        table.name
        for table in metadata.sorted_tables
        if table not in KNOWN
        and any(
            key.column.table.name in {known.name for known in KNOWN} for key in table.foreign_keys
        )
    }


@pytest.mark.usefixtures("system")
def test_every_table_that_refers_to_a_person_is_known() -> None:
    assert unknown(Base.metadata) == set(), "name it in helpline/retention/traces.py"


@pytest.mark.usefixtures("system")
def test_every_table_that_refers_to_a_number_is_known() -> None:
    holders = {column.table for column in traces.numbers_in_use()}
    assert holders <= KNOWN | OF_OTHERS, "say in helpline/retention whose number it is"


def test_a_new_table_about_a_contact_would_be_noticed() -> None:
    metadata = sa.MetaData()
    for table in Base.metadata.sorted_tables:
        table.to_metadata(metadata)
    sa.Table(
        "new_kind_of_note",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("contact_id", sa.ForeignKey("contact.id")),
    )
    assert "new_kind_of_note" in unknown(metadata)


def test_the_tables_that_everything_hangs_on_are_known() -> None:
    assert {Caller.__table__, Contact.__table__} <= KNOWN
    assert VaultEntry.__table__ not in KNOWN, "a number may be of more than one person"
