"""A supervisor in a call, from button to conference: who hears whom, and who is told."""

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from helpline.accounts.models import Role
from helpline.carrier import PartySeen
from helpline.clock import now
from helpline.contacts import alarms
from helpline.contacts.alarms import AlarmKind
from helpline.contacts.models import Contact, ContactState
from helpline.voice.models import Leg, LegRole, Manner
from tests.journeys.telephones import (
    MORGANS_DESK,
    PRIYAS_DESK,
    SAM,
    in_a_call,
    is_ringing,
    pick_up,
    talk,
)
from tests.system import Console, System

OnlyContact = Callable[[], Contact]


class Shift:
    """A call that goes on, and a supervisor at a console."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.sam, self.desk = system.handset(SAM), system.handset(PRIYAS_DESK)
        self.priya = system.call_taker("Priya", PRIYAS_DESK).ready()
        self.morgan = system.call_taker("Morgan", MORGANS_DESK, Role.supervisor)
        self.phone = system.handset(MORGANS_DESK)
        talk(system, self.sam, self.desk)
        with system.transaction() as session:
            self.id = session.scalars(sa.select(Contact.id)).one()

    def press(self, manner: Manner, because: str = "help_asked") -> None:
        answer = self.morgan.post(
            f"/console/contacts/{self.id}/listen", manner=manner.value, because=because
        )
        assert answer.status_code == 204, answer.text
        self.system.settle()

    def leg(self, role: LegRole) -> Leg:
        with self.system.transaction() as session:
            newest = sa.select(Leg).where(Leg.role == role).order_by(Leg.made_at.desc())
            return session.scalars(newest.execution_options(populate_existing=True)).first()

    def seat(self) -> PartySeen:
        """Look up, at the carrier, how the supervisor is in the conference."""
        with self.system.transaction() as session:
            room = session.get_one(Contact, self.id).conference_sid
        sid = self.leg(LegRole.supervisor).call_sid
        (found,) = [each for each in self.system.worker.carrier.parties(room)
                    if each.call_sid == sid]  # fmt: skip
        return found

    def talk_part(self, who: Console) -> str:
        return who.page(f"/console/contacts/{self.id}/parts/talk").get_text(" ", strip=True)


@pytest.fixture
def shift(system: System) -> Shift:
    return Shift(system)


def test_listening_then_whispering_then_joining_in(shift: Shift) -> None:
    shift.press(Manner.listen)
    assert "Morgan is about to come in" in shift.talk_part(shift.priya)
    pick_up(shift.phone)
    assert "Nobody hears you" in shift.phone.heard
    assert (shift.seat().is_muted, shift.seat().coaches) == (True, "")
    assert "Morgan listens. Nobody hears them" in shift.talk_part(shift.priya)

    shift.press(Manner.whisper)
    priyas = shift.leg(LegRole.call_taker).call_sid
    assert (shift.seat().is_muted, shift.seat().coaches) == (False, priyas)
    assert "Morgan talks to you alone" in shift.talk_part(shift.priya)

    shift.press(Manner.join_in)
    assert (shift.seat().is_muted, shift.seat().coaches) == (False, "")
    assert "Morgan has joined in" in shift.talk_part(shift.priya)
    assert "Say who you are" in shift.talk_part(shift.morgan)

    shift.press(Manner.listen)
    assert shift.seat().is_muted
    assert "Morgan" not in shift.sam.heard


def test_a_supervisor_who_leaves_leaves_the_others_talking(shift: Shift) -> None:
    shift.press(Manner.join_in)
    pick_up(shift.phone)
    shift.morgan.post(f"/console/contacts/{shift.id}/listen/leave")
    shift.system.settle()
    assert not in_a_call(shift.phone)
    assert in_a_call(shift.sam)
    assert in_a_call(shift.desk)
    assert "Morgan" not in shift.talk_part(shift.priya).split("Timeline")[0]


def test_a_whisper_is_muted_when_the_call_takers_phone_goes_away(
    shift: Shift, only_contact: OnlyContact
) -> None:
    shift.press(Manner.whisper)
    pick_up(shift.phone)
    shift.desk.hang_up()
    assert only_contact().state is ContactState.waiting
    assert shift.seat().is_muted
    assert "listen. Nobody hears you" in shift.talk_part(shift.morgan)
    pick_up(shift.desk)
    assert shift.seat().is_muted, "and stays so until they choose anew"


def test_after_a_quiet_call_for_help_nothing_on_the_call_takers_screen_says_that_it_came(
    shift: Shift,
) -> None:
    with shift.system.transaction() as session:
        alarms.sound(session, AlarmKind.quiet, shift.priya.staff_id, shift.id, at=now())
    alarm = shift.morgan.page("/shift/parts/alarms").find("form", action=re.compile("/listen$"))
    fields = {each["name"]: each["value"] for each in alarm.find_all("input", value=True)}
    assert (fields["manner"], fields["because"]) == ("listen", "alarm"), "one click from the alarm"
    shift.press(Manner.listen, "alarm")
    assert is_ringing(shift.phone)
    assert "Morgan" not in shift.talk_part(shift.priya)
    pick_up(shift.phone)
    assert "Morgan" not in shift.talk_part(shift.priya)
    assert "listen. Nobody hears you" in shift.talk_part(shift.morgan)


def test_a_call_taken_over_is_the_supervisors_and_the_call_taker_may_leave(
    shift: Shift, only_contact: OnlyContact
) -> None:
    shift.press(Manner.whisper)
    pick_up(shift.phone)
    answer = shift.morgan.post(f"/console/contacts/{shift.id}/take-over")
    assert answer.status_code == 204, answer.text
    shift.system.settle()
    assert only_contact().owner_id == shift.morgan.staff_id
    with shift.system.transaction() as session:
        room = session.get_one(Contact, shift.id).conference_sid
    seats = shift.system.worker.carrier.parties(room)
    assert all(not each.is_muted and not each.coaches for each in seats), "all hear each other"
    shift.desk.hang_up()
    assert in_a_call(shift.sam)
    assert in_a_call(shift.phone)
    assert only_contact().state is ContactState.with_call_taker
    assert shift.morgan.end(shift.id).status_code == 204
    assert not in_a_call(shift.sam)


def test_only_supervisors_may_listen_and_only_with_a_reason(shift: Shift) -> None:
    path = f"/console/contacts/{shift.id}/listen"
    tom = shift.system.call_taker("Tom", None)
    assert tom.post(path, manner="listen", because="help_asked").status_code == 403
    refused = shift.morgan.post(path, manner="listen", because="")
    assert refused.status_code == 422
    assert "why" in refused.text
    assert shift.leg(LegRole.supervisor) is None


def test_the_board_says_who_does_what_and_who_listens(shift: Shift) -> None:
    shift.press(Manner.listen, "quality")
    pick_up(shift.phone)
    board = shift.morgan.page("/shift/parts/board").get_text(" ", strip=True)
    assert "Priya On a call" in board
    assert "Morgan listens" in board
    wall = shift.morgan.page("/shift/wall").get_text(" ", strip=True)
    assert "Priya" in wall
    with shift.system.transaction() as session:
        reference = session.get_one(Contact, shift.id).caller.reference
    assert reference in board
    assert reference not in wall, "a wall names no caller"


def test_today_is_told_in_words_in_a_chart_and_in_a_table(shift: Shift) -> None:
    page = shift.morgan.page("/shift/parts/service?by_stream=yes")
    assert "were answered within 20 seconds" in page.get_text(" ", strip=True)
    assert page.find("svg", {"role": "img"})["aria-label"].startswith("Calls today")
    assert page.find("th", string="Answered within 20 seconds") is not None
