"""Who else has a contact open is known for as long as they have, and not a moment longer."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from helpline.accounts.models import StaffMember
from helpline.clock import now
from helpline.contacts import presence
from helpline.contacts.presence import LOOKS_FOR, WRITES_FOR, Presence
from tests.helpline import making
from tests.system import System


class Desk:
    def __init__(self, system: System) -> None:
        self.system = system
        self.at = now()
        with system.transaction() as session:
            self.priya: StaffMember = making.staff_member(session)
            self.tom: StaffMember = making.staff_member(session)
            self.contact = making.conversation(session, self.priya)

    def here(
        self, who: StaffMember, *, is_writing: bool = False, at: datetime | None = None
    ) -> list[str]:
        """Say that somebody looks or writes; returns what consoles are told."""
        with self.system.transaction() as session:
            presence.here(session, self.contact.id, who.id, is_writing=is_writing, at=at or self.at)
            return list(session.info.get("live_topics", {}))

    def others(self, at: datetime | None = None) -> list[tuple[str, bool]]:
        with self.system.transaction() as session:
            found = presence.others(session, self.contact.id, self.priya.id, at=at or self.at)
            return [(each.name, each.is_writing) for each in found]


@pytest.fixture
def desk(system: System) -> Desk:
    return Desk(system)


def test_a_colleague_who_looks_is_named(desk: Desk) -> None:
    desk.here(desk.tom)
    assert desk.others() == [(desk.tom.display_name, False)]


def test_nobody_sees_themselves(desk: Desk) -> None:
    desk.here(desk.priya)
    assert desk.others() == []


def test_a_colleague_who_writes_is_said_to_write_for_a_few_seconds(desk: Desk) -> None:
    desk.here(desk.tom, is_writing=True)
    assert desk.others() == [(desk.tom.display_name, True)]
    assert desk.others(desk.at + WRITES_FOR) == [(desk.tom.display_name, False)]


def test_a_page_that_says_nothing_any_more_counts_as_closed(desk: Desk) -> None:
    desk.here(desk.tom)
    assert desk.others(desk.at + LOOKS_FOR) == []


def test_a_page_that_is_closed_is_gone_at_once(desk: Desk) -> None:
    desk.here(desk.tom)
    with desk.system.transaction() as session:
        presence.gone(session, desk.contact.id, desk.tom.id)
    assert desk.others() == []


def test_consoles_are_told_when_something_changes_and_not_every_20_seconds(desk: Desk) -> None:
    topic = f"presence:{desk.contact.id}"
    assert desk.here(desk.tom) == [topic]
    later = desk.at + timedelta(seconds=20)
    assert desk.here(desk.tom, at=later) == []
    assert desk.here(desk.tom, is_writing=True, at=later) == [topic]
    assert desk.here(desk.tom, at=later) == [topic]


def test_what_is_old_is_deleted_by_the_next_who_looks(desk: Desk) -> None:
    desk.here(desk.tom)
    desk.here(desk.priya, at=desk.at + 3 * LOOKS_FOR)
    with desk.system.transaction() as session:
        assert session.scalars(sa.select(Presence.staff_id)).all() == [desk.priya.id]
