"""Closed hours, from the call to the deleted recording; and all of it with the news lost."""

from datetime import time, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from helpline import audit
from helpline.accounts.models import Role
from helpline.clock import in_london, now
from helpline.confidentiality.hours import Window
from helpline.contacts.models import ContactState, Ending, Note, Stream
from helpline.directory import line_hours
from helpline.directory.line_hours import Door, Hours
from helpline.voice.voicemails import Voicemail, VoicemailState
from tests.helpline import making
from tests.journeys.conftest import OnlyContact
from tests.journeys.telephones import GREETING, PRIYAS_DESK, SAM, find_news_again, lose_news
from tests.system import Console, Handset, System


def close(system: System, *doors: Door) -> None:
    """Close doors at this hour of the day, whatever it is."""
    opens = (in_london(now()) + timedelta(hours=3)).hour
    hours = Hours((Window(frozenset(range(7)), time(opens), time((opens + 1) % 24)),))
    with system.transaction() as session:
        by = making.staff_member(session, making.Availability.off_shift)
        for door in doors or (Door.every_call,):
            line_hours.change(session, door, hours, by=by.id, at=now())


def voicemail(system: System) -> Voicemail:
    with system.transaction() as session:
        return session.scalars(sa.select(Voicemail)).one()


def kept_by_carrier(system: System) -> list[object]:
    found = system.worker.carrier._client.recordings.list()  # type: ignore[attr-defined]
    return list(found)


@pytest.fixture
def sam(system: System) -> Handset:
    return system.handset(SAM)


def leaves_words(system: System, sam: Handset, *, seconds: int = 20) -> None:
    sam.dial()
    system.advance(3)
    sam.press("3")
    system.advance(2)
    assert "We are closed for this kind of call" in sam.heard
    sam.press("1")
    system.advance(25)
    assert "Press any key when you have finished" in sam.heard
    system.advance(seconds)


def test_closed_hours_lead_to_a_voicemail_that_is_heard_dealt_with_and_deleted_there(
    system: System, sam: Handset, only_contact: OnlyContact
) -> None:
    close(system)
    priya = system.call_taker("Priya", PRIYAS_DESK)
    leaves_words(system, sam)
    sam.press("#")
    assert "We have your message" in sam.heard
    contact = only_contact()
    assert (contact.state, contact.ending, contact.stream) == (
        ContactState.closed,
        Ending.left_voicemail,
        Stream.family,
    )
    found = voicemail(system)
    assert found.state is VoicemailState.kept
    assert found.seconds >= 20
    assert found.deleted_at is not None
    assert kept_by_carrier(system) == []

    page = priya.page("/voicemails").text
    assert contact.caller.reference in page
    assert priya.get(f"/voicemails/{found.id}").status_code == 404, "not theirs before they take it"
    assert priya.get(f"/voicemails/{found.id}/sound").status_code == 404
    assert priya.post(f"/voicemails/{found.id}/take").status_code == 204
    sound = priya.get(f"/voicemails/{found.id}/sound")
    assert sound.content.startswith(b"RIFF")
    assert sound.headers["Cache-Control"] == "no-store"
    assert "Nothing agreed yet" in priya.page(f"/voicemails/{found.id}").text

    done = priya.post(
        f"/voicemails/{found.id}/done",
        outcome="passed_on",
        words="Wants the poster taken down.",
        form_key="6f3b62f0-3f0c-4a53-9e6c-0f7b1f8f5a11",
    )
    assert done.status_code == 303
    assert "No voicemail waits" in priya.page("/voicemails").text
    with system.transaction() as session:
        assert session.scalars(sa.select(Note.words)).one() == "Wants the poster taken down."
        heard = sa.select(audit.AuditEntry.who).where(
            audit.AuditEntry.act == audit.Act.voicemail_heard
        )
        assert session.scalars(heard).all() == [priya.staff_id]


def test_a_voicemail_is_not_for_everybody(
    system: System, sam: Handset, only_contact: OnlyContact
) -> None:
    close(system)
    leaves_words(system, sam)
    sam.hang_up()
    found = voicemail(system)
    tom = system.call_taker("Tom", None)
    liaison = system.call_taker("Lee", None, Role.partner_liaison)
    morgan = system.call_taker("Morgan", None, Role.supervisor)
    assert tom.get(f"/voicemails/{found.id}/sound").status_code == 404
    assert liaison.get("/voicemails").status_code == 403
    assert liaison.get(f"/voicemails/{found.id}/sound").status_code == 403
    assert morgan.get(f"/voicemails/{found.id}/sound").status_code == 200
    assert only_contact().ending is Ending.left_voicemail


def test_a_caller_who_hangs_up_after_speaking_is_heard_all_the_same(
    system: System, sam: Handset, only_contact: OnlyContact
) -> None:
    close(system)
    leaves_words(system, sam)
    sam.hang_up()
    assert voicemail(system).state is VoicemailState.kept
    assert only_contact().ending is Ending.left_voicemail


def test_a_voicemail_of_which_all_news_was_lost_is_found_at_the_carrier(
    system: System, sam: Handset, only_contact: OnlyContact
) -> None:
    close(system)
    leaves_words(system, sam)
    lose_news(system, "/tw/voice/recording/")
    lose_news(system, "/tw/voice/voicemail/")
    sam.hang_up()
    find_news_again(system)
    assert voicemail(system).state is VoicemailState.begun

    with time_machine.travel(now() + timedelta(minutes=5), tick=False):
        system.worker.look_after_voicemails()
        system.settle()

    assert voicemail(system).state is VoicemailState.kept
    assert only_contact().ending is Ending.left_voicemail
    assert kept_by_carrier(system) == []


def test_every_news_of_a_voicemail_three_times_makes_one(
    system: System, sam: Handset, only_contact: OnlyContact
) -> None:
    close(system)
    system.carrier_fails({"webhooks": {"match": "/tw/voice/", "kind": "duplicate", "times": 60}})
    leaves_words(system, sam)
    sam.press("#")
    assert voicemail(system).state is VoicemailState.kept
    assert only_contact().ending is Ending.left_voicemail


def test_a_carrier_that_is_away_while_it_is_fetched_loses_nothing(
    system: System, sam: Handset
) -> None:
    close(system)
    leaves_words(system, sam)
    system.carrier_fails({"rest": {"path": "Recordings", "kind": "500-before", "times": 1}})
    sam.press("#")
    assert voicemail(system).state is VoicemailState.left
    with system.transaction() as session:
        session.execute(sa.text("UPDATE promise SET due_at = made_at"))
    system.settle()
    assert voicemail(system).state is VoicemailState.kept


def test_whoever_waits_can_leave_a_voicemail_instead(
    system: System, sam: Handset, only_contact: OnlyContact
) -> None:
    sam.dial()
    system.advance(GREETING + 15)
    system.advance(15)
    assert "To leave us a message, press 3" in sam.heard
    sam.press("3")
    system.advance(25)
    system.advance(10)
    sam.press("1")
    assert only_contact().ending is Ending.left_voicemail
    assert voicemail(system).state is VoicemailState.kept


def test_a_child_is_put_through_although_the_line_is_closed(
    system: System, sam: Handset, only_contact: OnlyContact
) -> None:
    close(system, Door.every_call, Door.young_person)
    priya: Console = system.call_taker("Priya", PRIYAS_DESK).ready()
    sam.dial()
    system.advance(3)
    sam.press("1")
    system.advance(4)
    contact = only_contact()
    assert contact.state is ContactState.waiting
    assert contact.is_child
    assert "closed" not in sam.heard
    assert contact.caller.reference in priya.waiting().text
