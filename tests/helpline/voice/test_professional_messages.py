"""Messages to professionals: owned, due, chased up the ladder by the clock, closed by a person."""

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from helpline.confidentiality import consent
from helpline.confidentiality.consent import Heard, TakenBack
from helpline.contacts import contacts
from helpline.contacts.alarms import Alarm, AlarmKind
from helpline.contacts.models import Happening
from helpline.directory.models import Partner, RungKind
from helpline.phone_numbers import PhoneNumber
from helpline.voice import grounds, professional_messages
from helpline.voice.grounds import Ground
from helpline.voice.professional_messages import CannotPassOnError, ProfessionalMessage, Wish
from tests.helpline.voice.bridging import BridgeLine
from tests.system import System

WORDS = "Please ring Lucy back. She wants to talk about tonight."
BOX = PhoneNumber("+442079460801")


@pytest.fixture
def line(system: System) -> BridgeLine:
    return BridgeLine(system)


def ask(line: BridgeLine, **changes) -> ProfessionalMessage:
    wish = Wish(**{"words": WORDS, "form_key": uuid.uuid4(), "call_back": BOX} | changes)
    with line.work() as (session, contact):
        partner = session.get_one(Partner, line.partner_id)
        ground = grounds.agreed(
            session,
            contact,
            partner,
            "yes, tell her",
            uuid.uuid4(),
            by=line.staff_id,
            at=line.later(),
            for_message=True,
        )
        return professional_messages.ask(
            session, contact, partner, ground, wish, by=line.staff_id, at=line.later()
        )


def read(line: BridgeLine, message: ProfessionalMessage) -> ProfessionalMessage:
    with line.system.transaction() as session:
        return session.get_one(ProfessionalMessage, message.id, populate_existing=True)


def do(line: BridgeLine, message: ProfessionalMessage, rule, *more, **fields) -> None:
    with line.work() as (session, _):
        found = professional_messages.locked(session, message.id)
        rule(session, found, *more, by=line.staff_id, at=line.later(), **fields)


def minutes_pass(line: BridgeLine, minutes: float) -> None:
    line.at += timedelta(minutes=minutes)
    with line.system.transaction() as session:
        professional_messages.chase(session, at=line.at)


def alarms_of(line: BridgeLine) -> list[AlarmKind]:
    with line.system.transaction() as session:
        return list(session.scalars(sa.select(Alarm.kind)))


def test_it_has_an_owner_a_rung_and_ten_minutes(line: BridgeLine) -> None:
    message = read(line, ask(line))
    assert message.owner_id == line.staff_id
    assert message.number.rung is RungKind.social_worker
    assert message.confirm_by - message.asked_at == timedelta(minutes=10)


def test_the_same_form_again_is_one_message(line: BridgeLine) -> None:
    key = uuid.uuid4()
    assert ask(line, form_key=key).id == ask(line, form_key=key).id


def test_nothing_is_passed_on_without_a_ground(line: BridgeLine) -> None:
    with line.work() as (session, contact):
        partner = session.get_one(Partner, line.partner_id)
        with pytest.raises(grounds.NoGroundError):
            professional_messages.ask(
                session,
                contact,
                partner,
                Ground(),
                Wish(WORDS, uuid.uuid4()),
                by=line.staff_id,
                at=line.later(),
            )


def test_who_agreed_to_a_message_did_not_agree_to_a_bridge(line: BridgeLine) -> None:
    message = read(line, ask(line))
    with line.work() as (session, contact):
        partner = session.get_one(Partner, line.partner_id)
        with pytest.raises(grounds.NoGroundError):
            grounds.check(session, contact, partner, Ground(message.consent_id), at=line.later())


def test_it_climbs_the_ladder_by_the_clock_and_alarms_within_twenty_minutes(
    line: BridgeLine,
) -> None:
    message = ask(line)
    minutes_pass(line, 9)
    assert read(line, message).number.rung is RungKind.social_worker
    minutes_pass(line, 1)
    assert read(line, message).number.rung is RungKind.duty_team
    minutes_pass(line, 5)
    assert read(line, message).number.rung is RungKind.team_manager
    assert alarms_of(line) == []
    minutes_pass(line, 5)
    assert alarms_of(line) == [AlarmKind.not_confirmed]
    minutes_pass(line, 30)
    assert line.timeline().count(Happening.professional_no_rung_left) == 1, "alarmed once"


def test_whoever_was_not_reached_is_followed_by_the_next_at_once(line: BridgeLine) -> None:
    message = ask(line)
    for rung in (RungKind.duty_team, RungKind.team_manager):
        do(line, message, professional_messages.not_reached)
        assert read(line, message).number.rung is rung
    do(line, message, professional_messages.not_reached)
    assert read(line, message).number is None
    assert alarms_of(line) == [AlarmKind.not_confirmed]


def test_a_person_has_it_only_by_name_and_must_ring_back_before_the_half_hour(
    line: BridgeLine,
) -> None:
    message = ask(line)
    with pytest.raises(CannotPassOnError, match="who has it"):
        do(line, message, professional_messages.confirm, "  ")
    minutes_pass(line, 18)
    do(line, message, professional_messages.confirm, "Ann Hill, duty social worker")
    known = read(line, message)
    assert known.ring_back_by <= known.asked_at + timedelta(minutes=25)
    minutes_pass(line, 8)
    assert AlarmKind.not_rung_back in alarms_of(line)


def test_it_is_over_when_they_rang_back_or_a_person_says_why(line: BridgeLine) -> None:
    message = ask(line)
    with pytest.raises(CannotPassOnError, match="Write why"):
        do(line, message, professional_messages.close, "", rang_back=False)
    do(line, message, professional_messages.close, "", rang_back=True)
    minutes_pass(line, 60)
    assert alarms_of(line) == []
    assert line.timeline()[-1] is Happening.professional_rang_back


def test_its_numbers_are_opened_on_record_and_only_while_it_is_agreed(line: BridgeLine) -> None:
    message = ask(line)
    with line.work() as (session, contact):
        found = professional_messages.locked(session, message.id)
        shown = professional_messages.to_read_out(session, found, to=line.staff_id, at=line.later())
        assert shown.call_back == BOX
        assert shown.dial is not None
        assert "801" not in repr(shown)
        back = TakenBack(found.consent_id, "no, leave it", Heard.call, uuid.uuid4())
        consent.withdraw(session, contact.caller_id, back, by=line.staff_id, at=line.later())
        with pytest.raises(CannotPassOnError):
            professional_messages.to_read_out(session, found, to=line.staff_id, at=line.later())


def test_only_whoever_has_the_contact_leaves_one(line: BridgeLine) -> None:
    line.staff_id = uuid.uuid4()
    with pytest.raises((contacts.NotYoursError, sa.exc.IntegrityError)):
        ask(line)
