"""We ring a person: only where they wished it, our own phone first, and nobody sees a number."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from helpline.accounts.models import Availability, Role
from helpline.clock import now
from helpline.confidentiality import consent, safe_contact
from helpline.confidentiality.consent import Agreed, Heard, Scope, Towards
from helpline.contacts import alarms
from helpline.contacts.alarms import AlarmKind
from helpline.contacts.models import Contact, ContactState, Ending, Happening, TimelineEntry
from helpline.outbox import Kind, Promise, State
from helpline.voice.call_outs import CallOut, Came, Ground
from helpline.voice.models import Leg, LegRole
from tests.journeys.telephones import (
    GREETING,
    PRIYAS_DESK,
    SAM,
    availability,
    in_a_call,
    is_ringing,
    look_after_calls,
    lose_news,
    pick_up,
    talk,
)
from tests.system import Console, Handset, System

OnlyContact = Callable[[], Contact]
RINGS_OUT = 45


@pytest.fixture
def sam(system: System) -> Handset:
    return system.handset(SAM)


@pytest.fixture
def desk(system: System) -> Handset:
    return system.handset(PRIYAS_DESK)


@pytest.fixture
def priya(system: System, desk: Handset) -> Console:
    return system.call_taker("Priya", PRIYAS_DESK).ready()


def cut_off(system: System, sam: Handset, desk: Handset, priya: Console, wish: str) -> uuid.UUID:
    """Let Sam be cut off after saying what we shall do then; gives the contact."""
    talk(system, sam, desk)
    with system.transaction() as session:
        contact_id = session.scalars(sa.select(Contact.id).order_by(Contact.opened_at)).all()[-1]
    answers = {"safe_to_talk": "yes", "in_danger": "no", "if_cut_off": wish, "where": "the pier"}
    path = f"/console/contacts/{contact_id}/first-minute"
    assert priya.post(path, **answers).status_code == 204
    sam.hang_up()
    return contact_id


def ring(system: System, priya: Console, contact_id: uuid.UUID) -> int:
    answer = priya.post(f"/console/contacts/{contact_id}/ring")
    system.settle()
    return answer.status_code


def outs(system: System) -> list[CallOut]:
    with system.transaction() as session:
        return list(session.scalars(sa.select(CallOut).order_by(CallOut.made_at)))


def timeline(system: System) -> list[Happening]:
    with system.transaction() as session:
        return list(session.scalars(sa.select(TimelineEntry.what).order_by(TimelineEntry.id)))


def rung_promises(system: System) -> int:
    with system.transaction() as session:
        found = sa.select(sa.func.count()).where(Promise.kind == Kind.ring_person)
        return int(session.scalar(found) or 0)


def plan(system: System, contact: Contact, by: Console, **wishes: object) -> None:
    known = {"may_text": True, "may_call": True} | wishes
    with system.transaction() as session:
        made = safe_contact.Wishes(form_key=uuid.uuid4(), **known)  # type: ignore[arg-type]
        safe_contact.agree(session, contact.caller_id, made, by=by.staff_id, at=now())


def wrap_up_then(system: System, sam: Handset, desk: Handset, priya: Console) -> uuid.UUID:
    """Let a call end without a wish, still to be wrapped up."""
    return cut_off(system, sam, desk, priya, "not_asked")


def test_whoever_was_cut_off_and_wished_it_is_rung_back_with_one_button(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    contact_id = cut_off(system, sam, desk, priya, "ring_back")
    assert only_contact().state is ContactState.wrapping_up
    page = priya.page(f"/console/contacts/{contact_id}").text
    assert "Ring back now" in page
    assert "Was the line cut?" in page

    assert ring(system, priya, contact_id) == 204
    assert is_ringing(desk)
    assert not is_ringing(sam), "the call-taker must be in the room first"
    pick_up(desk)
    assert is_ringing(sam)
    assert "Their telephone is ringing" in desk.heard

    sam.answer()
    assert "There is a call for you" in sam.heard
    for secret in ("116", "helpline", "missing"):
        assert secret not in sam.heard.lower(), "nothing of what it is about"
    assert only_contact().state is ContactState.with_call_taker
    sam.press("5")
    assert in_a_call(sam), "any key takes it: they may be in a hurry"
    assert in_a_call(desk)
    assert outs(system)[0].came is Came.taken
    assert "7700" not in str(desk.call)

    assert priya.end(contact_id).status_code == 204
    assert not in_a_call(sam)
    assert only_contact().state is ContactState.wrapping_up
    assert availability(system, priya) is Availability.wrapping_up
    assert priya.wrap_up(contact_id).status_code == 204
    assert availability(system, priya) is Availability.ready


def test_nobody_is_rung_back_by_itself_and_nobody_who_did_not_wish_it(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    sam.dial()
    system.advance(GREETING)
    sam.hang_up()
    system.advance(600)
    assert only_contact().ending is Ending.left_while_waiting
    assert rung_promises(system) == 0, "an abandoned call"

    contact_id = cut_off(system, sam, desk, priya, "do_not_ring")
    system.advance(600)
    assert rung_promises(system) == 0, "a call that was cut off"
    answer = priya.post(f"/console/contacts/{contact_id}/ring")
    assert answer.status_code == 422
    assert "They have not said that we may ring them" in answer.text
    assert outs(system) == []


def test_a_withheld_number_is_refused_with_the_reason(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    sam.dial(withheld=True)
    system.advance(GREETING)
    pick_up(desk)
    contact_id = only_contact().id
    priya.post(f"/console/contacts/{contact_id}/first-minute", if_cut_off="ring_back")
    sam.hang_up()
    answer = priya.post(f"/console/contacts/{contact_id}/ring")
    assert "Their number is withheld" in answer.text


def test_they_are_rung_on_the_telephone_that_they_named(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    box = system.handset("01632 960555")
    sam.dial(withheld=True)
    system.advance(GREETING)
    pick_up(desk)
    contact_id = only_contact().id
    wish = {"if_cut_off": "ring_back", "number": "01632 960555"}
    assert priya.post(f"/console/contacts/{contact_id}/first-minute", **wish).status_code == 204
    sam.hang_up()
    assert ring(system, priya, contact_id) == 204
    pick_up(desk)
    assert is_ringing(box)
    assert not is_ringing(sam)
    assert "960555" not in priya.get(f"/console/contacts/{contact_id}").text.replace(" ", "")


@pytest.mark.parametrize("how", ["no answer", "busy", "voicemail"])
def test_who_is_not_reached_hears_nothing_and_the_try_stands_on_the_timeline(
    system: System,
    priya: Console,
    desk: Handset,
    sam: Handset,
    only_contact: OnlyContact,
    how: str,
) -> None:
    contact_id = cut_off(system, sam, desk, priya, "ring_back")
    ring(system, priya, contact_id)
    pick_up(desk)
    if how == "busy":
        sam.decline()
    elif how == "voicemail":
        sam.answer()
        system.advance(RINGS_OUT)
    else:
        system.advance(RINGS_OUT)
    expected = {"no answer": Came.no_answer, "busy": Came.busy, "voicemail": Came.not_taken}[how]
    assert outs(system)[0].came is expected
    assert not in_a_call(desk), "the call-taker is not left in an empty room"
    assert only_contact().state is ContactState.wrapping_up
    assert availability(system, priya) is Availability.wrapping_up

    answer = priya.post(f"/console/contacts/{contact_id}/ring")
    assert "Try again in 1 minute" in answer.text, "not again at once"
    with time_machine.travel(now() + timedelta(minutes=2), tick=False):
        assert ring(system, priya, contact_id) == 204
        assert is_ringing(desk)


def test_a_call_taker_whose_phone_goes_away_lets_nobodys_telephone_ring_on(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    contact_id = cut_off(system, sam, desk, priya, "ring_back")
    ring(system, priya, contact_id)
    pick_up(desk)
    assert is_ringing(sam)
    desk.hang_up()
    assert not is_ringing(sam)
    assert outs(system)[0].came is Came.taken_back
    assert only_contact().state is ContactState.wrapping_up


def test_a_call_taker_who_does_not_answer_has_nobody_rung(
    system: System, priya: Console, desk: Handset, sam: Handset
) -> None:
    contact_id = cut_off(system, sam, desk, priya, "ring_back")
    ring(system, priya, contact_id)
    desk.decline()
    assert outs(system)[0].came is Came.own_phone
    assert rung_promises(system) == 0
    assert ring(system, priya, contact_id) == 204, "that was no try: again at once"


def test_a_plan_that_says_never_stands_above_every_wish_also_at_the_last_moment(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    contact_id = cut_off(system, sam, desk, priya, "ring_back")
    ring(system, priya, contact_id)
    plan(system, only_contact(), priya, may_call=False)
    pick_up(desk)
    assert not is_ringing(sam)
    assert outs(system)[0].came is Came.kept_back
    assert not in_a_call(desk)
    answer = priya.post(f"/console/contacts/{contact_id}/ring")
    assert "we may never ring them" in answer.text


def test_a_plan_or_a_consent_lets_somebody_be_rung_and_a_consent_can_be_taken_back(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    contact_id = wrap_up_then(system, sam, desk, priya)
    agreed = Agreed(
        frozenset({Scope.call_back}), Towards.themselves, "ring me", Heard.call, uuid.uuid4()
    )
    with system.transaction() as session:
        entry = consent.record(
            session, only_contact().caller_id, agreed, by=priya.staff_id, at=now()
        )
    ring(system, priya, contact_id)
    assert outs(system)[0].ground is Ground.consent
    with system.transaction() as session:
        back = consent.TakenBack(entry.id, "no more", Heard.call, uuid.uuid4())
        consent.withdraw(session, only_contact().caller_id, back, by=priya.staff_id, at=now())
    pick_up(desk)
    assert not is_ringing(sam), "a withdrawal is never too late for what still waits"
    assert outs(system)[0].came is Came.kept_back

    plan(system, only_contact(), priya, words_first="Ask for Sammy")
    page = priya.page(f"/console/contacts/{contact_id}").text
    assert "Ask for Sammy" in page, "what to say first is read before it rings"
    ring(system, priya, contact_id)
    assert outs(system)[1].ground is Ground.plan
    pick_up(desk)
    pick_up(sam)
    assert in_a_call(sam)


def test_a_carrier_that_never_answers_leaves_it_open_and_rings_nobody_twice(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    contact_id = cut_off(system, sam, desk, priya, "ring_back")
    ring(system, priya, contact_id)
    system.carrier_fails(
        {"rest": {"path": "Calls", "kind": "drop-after", "times": 1, "method": "POST"}}
    )
    pick_up(desk)
    with system.transaction() as session:
        states = set(
            session.scalars(sa.select(Promise.state).where(Promise.kind == Kind.ring_person))
        )
    assert states == {State.unsure}
    assert is_ringing(sam), "it was placed after all"
    pick_up(sam)
    assert in_a_call(sam)
    assert rung_promises(system) == 1
    assert outs(system)[0].came is Came.taken


def test_a_busy_carrier_is_asked_again_while_the_call_taker_waits(
    system: System, priya: Console, desk: Handset, sam: Handset
) -> None:
    contact_id = cut_off(system, sam, desk, priya, "ring_back")
    ring(system, priya, contact_id)
    system.carrier_fails({"rest": {"path": "Calls", "kind": "429", "times": 1, "method": "POST"}})
    pick_up(desk)
    assert not is_ringing(sam)
    with time_machine.travel(now() + timedelta(seconds=5), tick=False):
        system.settle()
    assert is_ringing(sam)
    assert rung_promises(system) == 1


def test_a_call_taker_whose_coming_was_never_told_is_found_in_the_room_and_the_person_rung(
    system: System, priya: Console, desk: Handset, sam: Handset
) -> None:
    contact_id = cut_off(system, sam, desk, priya, "ring_back")
    ring(system, priya, contact_id)
    lose_news(system, "/tw/voice/conf/")
    pick_up(desk)
    assert not is_ringing(sam)
    system.carrier_fails({})
    look_after_calls(system)
    assert in_a_call(desk)
    assert is_ringing(sam)


def test_a_child_who_is_cut_off_alarms_the_supervisors_who_may_ring_back(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    hers = system.handset("020 7946 0110")
    morgan = system.call_taker("Morgan", "020 7946 0110", Role.supervisor)
    talk(system, sam, desk)
    contact_id = only_contact().id
    wish = {"if_cut_off": "ring_back", "is_child": "y"}
    priya.post(f"/console/contacts/{contact_id}/first-minute", **wish)
    sam.hang_up()

    seen = morgan.page("/shift/parts/alarms").text
    assert "Was cut off from a child" in seen
    assert morgan.post(f"/shift/contacts/{contact_id}/ring-back").status_code == 204
    system.settle()
    pick_up(hers)
    pick_up(sam)
    assert in_a_call(sam)
    assert only_contact().owner_id == morgan.staff_id
    with system.transaction() as session:
        (alarm,) = alarms.unseen(session, morgan.staff_id)
    assert alarm.kind is AlarmKind.gone
    assert morgan.post(f"/shift/alarms/{alarm.id}/look-after").status_code == 204
    assert "Was cut off" not in morgan.page("/shift/parts/alarms").text


def test_from_texts_to_a_call_and_back_within_one_contact(
    system: System,
    priya: Console,
    desk: Handset,
    sam: Handset,
    only_contact: OnlyContact,
    newest: Callable[[uuid.UUID], int],
) -> None:
    sam.text("can i talk to someone")
    contact_id = only_contact().id
    priya.take(contact_id)
    assert priya.post(f"/console/contacts/{contact_id}/ring").status_code == 422
    assert priya.post(f"/console/contacts/{contact_id}/by-voice").status_code == 204
    assert ring(system, priya, contact_id) == 204
    pick_up(desk)
    pick_up(sam)
    assert in_a_call(sam)
    assert priya.end(contact_id).status_code == 422, "the conversation ends after the call"
    away = {"hand-back": {}, "hand-over": {"colleague": str(uuid.uuid4())}}
    for what, fields in away.items():
        answer = priya.post(f"/console/contacts/{contact_id}/{what}", **fields)
        assert "on the telephone with them" in answer.text, "nobody is left alone on the line"
    assert only_contact().state is ContactState.with_call_taker

    sam.text("typing while we talk")
    assert priya.post(f"/console/contacts/{contact_id}/end-talk").status_code == 204
    system.settle()
    assert not in_a_call(sam)
    contact = only_contact()
    assert contact.state is ContactState.with_call_taker, "the texts go on"
    assert availability(system, priya) is Availability.ready
    seen = newest(contact_id)
    assert priya.reply(contact_id, "We can go on here", last_seen=seen).status_code == 204
    system.settle()
    system.advance(30)
    assert sam.received == ["We can go on here"]
    assert priya.end(contact_id).status_code == 204
    assert priya.wrap_up(contact_id).status_code == 204
    assert only_contact().state is ContactState.closed, "wrapped up once"


def test_somebody_on_the_telephone_in_a_conversation_by_text_is_not_left_alone(
    system: System, priya: Console, desk: Handset, sam: Handset, only_contact: OnlyContact
) -> None:
    sam.text("can i talk to someone")
    contact_id = only_contact().id
    priya.take(contact_id)
    priya.post(f"/console/contacts/{contact_id}/by-voice")
    ring(system, priya, contact_id)
    pick_up(desk)
    pick_up(sam)
    desk.hang_up()
    assert in_a_call(sam)
    assert only_contact().state is ContactState.waiting
    with time_machine.travel(now() + timedelta(seconds=15), tick=False):
        system.settle()
    assert is_ringing(desk)
    pick_up(desk)
    assert only_contact().state is ContactState.with_call_taker
    sam.hang_up()
    assert only_contact().state is ContactState.with_call_taker
    assert not in_a_call(desk)


def test_a_closed_contact_is_followed_up_in_a_new_one(
    system: System, priya: Console, desk: Handset, sam: Handset
) -> None:
    contact_id = wrap_up_then(system, sam, desk, priya)
    priya.wrap_up(contact_id)
    with system.transaction() as session:
        plan(system, session.get_one(Contact, contact_id), priya)
    priya.post(f"/console/contacts/{contact_id}/ring-anew")
    system.settle()
    pick_up(desk)
    system.advance(RINGS_OUT)
    with system.transaction() as session:
        fresh = session.scalars(sa.select(Contact).where(Contact.id != contact_id)).one()
        assert (fresh.state, fresh.ending) == (ContactState.closed, Ending.not_reached)
        roles = set(session.scalars(sa.select(Leg.role).where(Leg.contact_id == fresh.id)))
    assert roles == {LegRole.call_taker, LegRole.called}
    assert availability(system, priya) is Availability.ready
    assert Happening.person_not_there in timeline(system)
