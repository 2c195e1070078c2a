"""The one text that answers by itself: once in an hour, never to a machine, and only if safe."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from helpline.accounts import availability
from helpline.accounts.models import Availability
from helpline.clock import in_london, now
from helpline.confidentiality import safe_contact, vault
from helpline.contacts.models import Contact, ContactState, Language
from helpline.directory import line_hours
from helpline.directory.line_hours import Door, Hours
from helpline.phone_numbers import PhoneNumber
from helpline.settings import Settings
from helpline.sms import first_answers, inbox, segments, wording
from helpline.sms.first_answers import Answering, Line
from helpline.sms.models import Automatic, Text
from tests.helpline import making
from tests.system import System

SAM = PhoneNumber("+447700900123")
ALWAYS = Answering()


class Sam:
    """Somebody on shift, and Sam, who texts."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.at = now()
        with system.transaction() as session:
            self.staff_id = making.staff_member(session).id

    def text(
        self,
        words: str = "hello",
        *,
        after: timedelta = timedelta(0),
        how: Answering = ALWAYS,
        sender: PhoneNumber = SAM,
    ) -> Contact:
        self.at += after
        with self.system.transaction() as session:
            incoming = making.incoming(words, sender)
            text = inbox.text_arrived(session, incoming, at=self.at, how=how)
            return making.contact_of(session, text)

    def said(self) -> list[Automatic]:
        with self.system.transaction() as session:
            automatic = sa.select(Text.automatic).where(Text.automatic.is_not(None))
            return [each for each in session.scalars(automatic.order_by(Text.number)) if each]


def test_the_first_answer_follows_the_page_on_opening_hours(system: System) -> None:
    """With the greeting of a call and the TextSafe text (domain.md 9, rule 19)."""
    line = Sam(system)
    with system.transaction() as session:
        today = in_london(line.at).date()
        shut = Hours(closed_days=frozenset({today, today - timedelta(days=1)}))
        line_hours.change(session, Door.texts, shut, by=line.staff_id, at=line.at)
    line.text()
    assert line.said() == [Automatic.out_of_hours]


@pytest.fixture
def line(system: System) -> Sam:
    return Sam(system)


@pytest.mark.parametrize("kind", Automatic)
@pytest.mark.parametrize("language", Language)
def test_every_first_answer_is_one_part_and_names_999_and_samaritans(
    kind: Automatic, language: Language
) -> None:
    words = wording.texted(kind, language)
    assert segments.measure(words).parts == 1
    assert "999" in words
    assert "116 123" in words


def test_the_first_text_is_answered_by_itself(line: Sam) -> None:
    line.text()
    assert line.said() == [Automatic.acknowledgement]


def test_a_second_text_within_the_hour_is_not(line: Sam) -> None:
    line.text()
    line.text("are you there", after=timedelta(minutes=59))
    assert len(line.said()) == 1


def test_after_an_hour_of_waiting_it_is_said_again(line: Sam) -> None:
    line.text()
    line.text("are you there", after=timedelta(minutes=61))
    assert len(line.said()) == 2


def test_nothing_is_said_by_itself_while_a_call_taker_has_the_conversation(line: Sam) -> None:
    with line.system.transaction() as session:
        staff = making.staff_member(session)
        making.conversation(session, staff)
        contact = session.scalars(sa.select(Contact)).one()
        assert contact.state is ContactState.with_call_taker
        sender = inbox_number(session, contact)
    line.text("go on", sender=sender)
    assert line.said() == []


def inbox_number(session: sa.orm.Session, contact: Contact) -> PhoneNumber:
    assert contact.caller.number_token is not None
    return vault.number_for_carrier(session, contact.caller.number_token)


def test_nobody_on_shift_is_said_honestly(line: Sam) -> None:
    with line.system.transaction() as session:
        staff = availability.locked(session, line.staff_id)
        availability.become(session, staff, Availability.off_shift, at=line.at)
    line.text()
    assert line.said() == [Automatic.out_of_hours]


def test_outside_the_hours_that_is_said(line: Sam, system: System) -> None:
    settings = system.settings.model_copy(
        update={"first_answers": True, "texting_hours": "Mon-Fri 09:00-17:00, Sat 10:00-12:00"}
    )
    how = first_answers.from_settings(settings)
    assert how is not None
    quiet = Line(
        sent_today=0, has_plan=False, is_anybody_here=True, others_waiting=0, has_hours=False
    )
    saturday = datetime(2026, 6, 6, 13, tzinfo=UTC)
    monday = datetime(2026, 6, 8, 13, tzinfo=UTC)
    with system.transaction() as session:
        assert first_answers.kind(session, quiet, how, at=saturday) is Automatic.out_of_hours
        assert first_answers.kind(session, quiet, how, at=monday) is Automatic.acknowledgement


@pytest.mark.parametrize(
    "wrong", ["always", "Mon 9-17", "Mon-Fri 09:00-25:00", "Mo-Fr 09:00-17:00"]
)
def test_hours_that_cannot_be_read_are_refused_when_the_program_starts(
    system: System, wrong: str
) -> None:
    given = system.settings.model_dump() | {"texting_hours": wrong}
    with pytest.raises(ValueError, match="texting_hours"):
        Settings(**given)


def test_a_surge_is_said_honestly(line: Sam) -> None:
    how = Answering(surge_waiting=3)
    for _ in range(3):
        line.text(how=how, sender=making.number())
    assert line.said()[-1] is Automatic.surge


@pytest.mark.parametrize(
    "words",
    [
        "This is an automated reply. I am out of the office.",
        "I'm driving and will see your text later",
        "Do not reply to this message",
        "Ateb awtomatig: allan o'r swyddfa",
    ],
)
def test_a_machine_is_not_answered(line: Sam, words: str) -> None:
    line.text(words)
    assert line.said() == []


def test_the_same_words_again_and_again_are_not_answered(line: Sam) -> None:
    for _ in range(10):
        line.text("we have your text", after=timedelta(minutes=25))
    # The first, and none after: what comes back every time is a machine.
    assert len(line.said()) <= 2


def test_two_machines_that_thank_each_other_stop_at_once(line: Sam) -> None:
    for _ in range(20):
        line.text(wording.texted("acknowledgement", Language.en), after=timedelta(seconds=2))
    assert len(line.said()) == 1


def test_a_landline_is_not_answered(line: Sam) -> None:
    line.text(sender=PhoneNumber("+442079460123"))
    assert line.said() == []


def test_somebody_whose_plan_forbids_texts_is_not_answered(line: Sam) -> None:
    contact = line.text()
    with line.system.transaction() as session:
        wishes = safe_contact.Wishes(form_key=uuid.uuid4(), may_text=False, may_call=True)
        safe_contact.agree(session, contact.caller_id, wishes, by=line.staff_id, at=line.at)
    line.text("hello again", after=timedelta(hours=2))
    assert len(line.said()) == 1


def test_when_the_day_is_full_nothing_more_is_said_by_itself(line: Sam) -> None:
    line.text(how=Answering(most_a_day=0))
    assert line.said() == []


def test_with_the_setting_off_nothing_is_said(system: System) -> None:
    settings = system.settings.model_copy(update={"first_answers": False})
    assert first_answers.from_settings(settings) is None
