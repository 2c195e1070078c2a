"""What the journeys share: a question or two to the database."""

import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from helpline.contacts.models import Contact
from helpline.sms import conversations
from tests.system import System

OnlyContact = Callable[[], Contact]


@pytest.fixture
def only_contact(system: System) -> OnlyContact:
    """Read the one contact that there is, as it is now."""

    def read() -> Contact:
        with system.transaction() as session:
            return session.scalars(
                sa.select(Contact).execution_options(populate_existing=True)
            ).one()

    return read


@pytest.fixture
def newest(system: System) -> Callable[[uuid.UUID], int]:
    """Read the number of the newest incoming text, as a console shows it."""

    def read(contact_id: uuid.UUID) -> int:
        with system.transaction() as session:
            return conversations.newest_incoming(session, contact_id)

    return read
