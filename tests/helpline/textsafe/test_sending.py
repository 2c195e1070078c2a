"""When a text goes, in which words, and what keeps it back, up to the instant of its leaving."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import outbox
from helpline.carrier import Accepted, Refused, Sender, Unavailable
from helpline.clock import LONDON, now
from helpline.confidentiality import departures, safe_contact
from helpline.contacts import callers, outreach
from helpline.contacts.models import Caller, Language
from helpline.outbox import Kind, Promise, State
from helpline.sms import inbox, segments
from helpline.textsafe import (
    approval,
    delivery,
    incidents,
    jobs,
    sending,
    stopping,
    wording,
)
from helpline.textsafe.approval import Why
from helpline.textsafe.models import (
    AgeBand,
    Answer,
    Basis,
    Course,
    Decision,
    Ending,
    HowItShowed,
    Risk,
    TextSafeRequest,
    TextSafeText,
    TextState,
)
from tests.helpline import making
from tests.helpline.textsafe import asking
from tests.system import System

SAM = "+447700900123"
NOON, NIGHT = datetime(2026, 11, 25, 12, tzinfo=UTC), datetime(2026, 11, 25, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def turn(session: Session, at: datetime) -> int:
    return sending.leave_due(session, per_second=50, at=at)


def promises(session: Session) -> list[Promise]:
    wanted = sa.select(Promise).where(Promise.kind == Kind.send_outreach).order_by(Promise.number)
    return list(session.scalars(wanted))


def leaves(system: System, session: Session, at: datetime) -> bool:
    """Take the newest promise as a worker does; says whether its text is handed over."""
    promise = promises(session)[-1]
    known = departures.plans(session, [promise])
    verdict = departures.verdict(session, promise, known, at=at)
    if verdict.may_leave:
        verdict = jobs.verdict(session, promise, at)
    if not verdict.may_leave:
        departures.keep_back(session, promise, verdict, at=at)
        jobs.kept_back(session, promise, verdict, at)
        return False
    assert jobs.prepare(session, promise, system.settings, at=at) is not None
    outbox.settle(session, promise, Accepted("SM" + uuid.uuid4().hex), at=at)
    jobs.settled(session, promise, Accepted(""), at)
    return True


def course(session: Session, request: TextSafeRequest) -> Course:
    return session.get_one(Course, request.id, populate_existing=True)


# --- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize("age", list(AgeBand))
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("is_open", [True, False])
def test_every_wording_is_one_part_with_the_longest_address_of_the_page(
    age: AgeBand, language: Language, is_open: bool
) -> None:
    words = wording.texted(age, language, is_open=is_open, page="x" * wording.LONGEST_PAGE)
    assert segments.measure(words).parts == 1
    assert "STOP" in words
    assert "116000" in words


@pytest.mark.parametrize("age", list(AgeBand))
@pytest.mark.parametrize("is_open", [True, False])
def test_only_the_text_for_adults_offers_a_message_home(age: AgeBand, is_open: bool) -> None:
    english = wording.texted(age, Language.en, is_open=is_open, page="x")
    welsh = wording.texted(age, Language.cy, is_open=is_open, page="x")
    assert ("message home" in english) is (age is AgeBand.adult)
    assert ("neges adref" in welsh) is (age is AgeBand.adult)
    for words in (english.lower(), welsh.lower()):
        assert not any(word in words for word in ("police", "heddlu", "missing", "donate"))


def test_while_nobody_answers_the_text_says_where_help_is(system: System) -> None:
    with system.transaction() as session:
        asking.request(session, asking.force(session), NIGHT, mobile=SAM)
        turn(session, NIGHT)
        closed = system.settings.model_copy(update={"texting_hours": "Mon-Sun 09:00-23:00"})
        promise = promises(session)[-1]
        assert jobs.prepare(session, promise, closed, at=NIGHT) is not None
        text = session.get_one(TextSafeText, promise.about)
        assert "Samaritans" in (text.words or "")
        assert jobs.prepare(session, promise, closed, at=NOON) is not None
        assert "Samaritans" not in (text.words or "")


# --- approval -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, []),
        ({"age_band": AgeBand.under_18}, [Why.child]),
        ({"age_band": AgeBand.not_known}, [Why.age_not_known]),
        ({"risk": Risk.high}, [Why.high_risk]),
        ({"basis": Basis.vital_interests, "why": "x" * 30}, [Why.no_consent]),
        ({"in_other_hands": Answer.yes}, [Why.other_hands]),
    ],
)
def test_a_second_person_is_needed_where_the_rule_says(
    system: System, changed: dict[str, object], why: list[Why]
) -> None:
    with system.transaction() as session:
        request = asking.request(session, asking.force(session), **changed)
        assert approval.needed_because(request) == why
        assert (request.decision is Decision.to_approve) is bool(why)
        assert turn(session, now()) == (0 if why else 1)


def test_a_request_goes_once_a_second_person_agreed_and_not_before(system: System) -> None:
    with system.transaction() as session:
        request = asking.request(session, asking.force(session), risk=Risk.high)
        assert turn(session, now()) == 0
        liaison = making.staff_member(session)
        approval.approve(session, request.id, by=liaison.id, at=now())
        assert turn(session, now()) == 1
        with pytest.raises(approval.DecidedAlreadyError):
            approval.approve(session, request.id, by=liaison.id, at=now())


def test_whoever_asked_can_not_agree(system: System) -> None:
    with system.transaction() as session:
        request = asking.request(session, asking.force(session), risk=Risk.high)
        request.officer_id = making.staff_member(session).id
        session.flush()
        with pytest.raises(approval.SamePersonError):
            approval.approve(session, request.id, by=request.officer_id, at=now())


def test_what_is_found_while_it_waits_can_not_be_approved_any_more(system: System) -> None:
    with system.transaction() as session:
        force = asking.force(session)
        request = asking.request(session, force, risk=Risk.high)
        stopping.found(session, force.id, request.id, by=None, at=now())
        with pytest.raises(approval.DecidedAlreadyError):
            approval.approve(session, request.id, by=making.staff_member(session).id, at=now())


# --- when ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("risk", "hours"),
    [(Risk.low, 5), (Risk.very_low, 5), (Risk.medium, 0), (Risk.high, 0), (Risk.not_told, 0)],
)
def test_low_risk_waits_for_the_morning_and_high_risk_goes_at_once(
    system: System, risk: Risk, hours: int
) -> None:
    with system.transaction() as session:
        request = asking.request(session, asking.force(session), NIGHT, risk=risk)
        assert sending.not_at_night(request, at=NIGHT) == NIGHT + timedelta(hours=hours)
        assert sending.not_at_night(request, at=NOON) == NOON


def test_in_training_mode_all_is_done_but_the_text(system: System) -> None:
    with system.transaction() as session:
        request = asking.request(session, asking.force(session, live=False))
        assert turn(session, now()) == 1
        assert promises(session) == []
        assert request.dealt_with_at is not None
        assert course(session, request).ending is Ending.training


def test_a_text_leaves_from_the_number_for_outreach_on_the_basis_of_the_request(
    system: System,
) -> None:
    with system.transaction() as session:
        asking.request(session, asking.force(session), mobile=SAM)
        turn(session, now())
        promise = promises(session)[-1]
        assert promise.details == {"sender": Sender.outreach}
        assert promise.basis is outbox.Basis.police_request
        assert leaves(system, session, now())
        caller = session.get_one(Caller, promise.reaches)
        assert outreach.may_answer(caller, at=now())


def test_repeats_go_once_a_day_and_end_after_seven_days(system: System) -> None:
    with system.transaction() as session:
        request = asking.request(session, asking.force(session), NOON, repeat_wanted=True)
        sent = []
        for hour in range(24 * 10):
            at = NOON + timedelta(hours=hour)
            stopping.sweep(session, at=at)
            if turn(session, at) and leaves(system, session, at):
                sent.append(at)
        assert sent == [NOON + DAY * day for day in range(7)]
        assert course(session, request).ending is Ending.expired


def test_without_a_wish_for_repeats_there_is_one(system: System) -> None:
    with system.transaction() as session:
        request = asking.request(session, asking.force(session), NOON)
        turn(session, NOON)
        assert leaves(system, session, NOON)
        assert turn(session, NOON + DAY * 2) == 0
        assert course(session, request).ending is Ending.all_sent


def test_no_repeat_falls_into_the_night_because_the_clocks_went_back(system: System) -> None:
    before = datetime(2026, 10, 24, 7, 30, tzinfo=LONDON).astimezone(UTC)
    with system.transaction() as session:
        force = asking.force(session)
        request = asking.request(session, force, before, risk=Risk.low, repeat_wanted=True)
        assert turn(session, before) == 1
        next_at = course(session, request).next_at
    assert next_at == datetime(2026, 10, 25, 7, tzinfo=LONDON)


def test_a_turn_put_off_for_another_force_does_not_come_at_night(system: System) -> None:
    with system.transaction() as session:
        asking.request(session, asking.force(session), NIGHT, mobile=SAM, risk=Risk.medium)
        turn(session, NIGHT)
        assert leaves(system, session, NIGHT)
        later = asking.request(session, asking.force(session), NOON, mobile=SAM, risk=Risk.low)
        turn(session, NOON)
        assert course(session, later).next_at == NIGHT + DAY + timedelta(hours=5)


def test_two_forces_together_send_one_text_a_day(system: System) -> None:
    with system.transaction() as session:
        mine = asking.request(session, asking.force(session), NOON, mobile=SAM)
        theirs = asking.request(session, asking.force(session), NOON, mobile=SAM)
        assert turn(session, NOON) == 2
        assert len(promises(session)) == 2
        assert leaves(system, session, NOON)
        first = promises(session)[0]
        assert not jobs.verdict(session, first, NOON).may_leave
        assert mine.dealt_with_at == theirs.dealt_with_at == NOON


# --- what stops it, before it is promised and after ---------------------------------------------


def _texted(session: Session, request: TextSafeRequest, at: datetime) -> None:
    inbox.text_arrived(
        session, inbox.IncomingText(making.sid(), making.PhoneNumber(SAM), "hi"), at=at
    )


def _rang(session: Session, request: TextSafeRequest, at: datetime) -> None:
    making.calls.call_arrived(session, "CA" + uuid.uuid4().hex, making.PhoneNumber(SAM), at=at)


def _said_stop(session: Session, request: TextSafeRequest, at: datetime) -> None:
    outreach.stop(session, request.caller, at=at)


def _found(session: Session, request: TextSafeRequest, at: datetime) -> None:
    stopping.found(session, request.organisation_id, request.id, by=None, at=at)


def _withdrawn(session: Session, request: TextSafeRequest, at: datetime) -> None:
    stopping.withdraw(session, request.organisation_id, request.id, by=None, at=at)


def _wrong_number(session: Session, request: TextSafeRequest, at: datetime) -> None:
    by = making.staff_member(session)
    noted = incidents.Noted(HowItShowed.they_told_us, "Said sorry", uuid.uuid4())
    incidents.note(session, request.id, noted, by=by.id, at=at)


def _force_stopped(session: Session, request: TextSafeRequest, at: datetime) -> None:
    request.organisation.is_active = False
    session.flush()


STOPS = {
    Ending.in_touch: _texted,
    Ending.asked_to_stop: _said_stop,
    Ending.found: _found,
    Ending.withdrawn: _withdrawn,
    Ending.wrong_number: _wrong_number,
    Ending.force_stopped: _force_stopped,
}
Stop = Callable[[Session, TextSafeRequest, datetime], None]


@pytest.mark.parametrize(("ending", "stop"), STOPS.items(), ids=[str(each) for each in STOPS])
def test_what_happens_before_its_turn_keeps_a_text_from_being_promised(
    system: System, ending: Ending, stop: Stop
) -> None:
    with system.transaction() as session:
        request = asking.request(session, asking.force(session), NOON, mobile=SAM)
        stop(session, request, NOON)
        turn(session, NOON)
        assert promises(session) == []
        assert course(session, request).ending is ending


@pytest.mark.parametrize("stop", [*STOPS.values(), _rang], ids=lambda each: each.__name__)
def test_what_happens_between_promise_and_leaving_keeps_the_text_from_leaving(
    system: System, stop: Stop
) -> None:
    with system.transaction() as session:
        request = asking.request(session, asking.force(session), NOON, mobile=SAM)
        turn(session, NOON)
        stop(session, request, NOON)
        assert not leaves(system, session, NOON + timedelta(seconds=1))
        text = session.scalars(sa.select(TextSafeText)).one()
        assert text.state is TextState.not_sent
        assert text.left_at is None


@pytest.mark.parametrize(
    "stop", [_texted, _said_stop, _wrong_number], ids=lambda each: each.__name__
)
def test_what_somebody_does_before_the_turn_does_not_keep_the_turn_from_coming(
    system: System, stop: Stop
) -> None:
    """Otherwise a force would read "accepted" for ever, and know why."""
    with system.transaction() as session:
        request = asking.request(session, asking.force(session), NIGHT, mobile=SAM, risk=Risk.low)
        stop(session, request, NIGHT)
        stopping.sweep(session, at=NIGHT + timedelta(hours=1))
        morning = NIGHT + timedelta(hours=5)
        turn(session, morning)
        assert request.dealt_with_at == morning
        assert promises(session) == []


@pytest.mark.parametrize("stop", [*STOPS.values(), _rang], ids=lambda each: each.__name__)
def test_no_repeat_follows_either(system: System, stop: Stop) -> None:
    with system.transaction() as session:
        request = asking.request(
            session, asking.force(session), NOON, mobile=SAM, repeat_wanted=True
        )
        turn(session, NOON)
        assert leaves(system, session, NOON)
        stop(session, request, NOON + timedelta(hours=1))
        turn(session, NOON + DAY)
        assert len(promises(session)) == 1


def test_a_plan_that_says_never_text_holds_here_too(system: System) -> None:
    with system.transaction() as session:
        sam = callers.recognise(session, making.PhoneNumber(SAM), at=NOON)
        wishes = safe_contact.Wishes(uuid.uuid4(), may_text=False, may_call=True)
        safe_contact.agree(session, sam.id, wishes, by=making.staff_member(session).id, at=NOON)
        asking.request(session, asking.force(session), NOON, mobile=SAM)
        turn(session, NOON)
        assert not leaves(system, session, NOON)


def test_without_a_request_that_holds_no_text_leaves(system: System) -> None:
    with system.transaction() as session:
        caller = callers.recognise(session, making.PhoneNumber(SAM), at=NOON)
        made = outbox.promise(
            session,
            Kind.send_outreach,
            about=uuid.uuid4(),
            lane=caller.id,
            reaches=caller.id,
            at=NOON,
        )
        session.flush()
        assert not jobs.verdict(session, made, NOON).may_leave


# --- what became of it --------------------------------------------------------------------------


def _begun(system: System, session: Session) -> tuple[TextSafeText, Promise]:
    asking.request(session, asking.force(session), NOON, mobile=SAM)
    turn(session, NOON)
    promise = outbox.claim(session, at=NOON, most=5)[0]
    jobs.prepare(session, promise, system.settings, at=NOON)
    session.flush()
    return session.scalars(sa.select(TextSafeText)).one(), promise


def test_a_worker_that_dies_leaves_a_text_that_counts_for_the_day(system: System) -> None:
    with system.transaction() as session:
        text, promise = _begun(system, session)
        assert outbox.leases_that_ended(session, at=NOON + timedelta(minutes=2)) == [promise]
        assert outbox.end_lease(session, promise, at=NOON + timedelta(minutes=2))
        jobs.left_unsure(session, promise, at=NOON + timedelta(minutes=2))
        assert text.state is TextState.unsure
        assert sending.last_left(session, text.caller_id) == NOON


def test_a_text_that_the_carrier_refused_does_not_count_for_the_day(system: System) -> None:
    with system.transaction() as session:
        text, promise = _begun(system, session)
        outbox.settle(session, promise, Refused(21211, ""), at=NOON)
        jobs.settled(session, promise, Refused(21211, ""), NOON)
        assert (text.state, text.left_at, text.code) == (TextState.failed, None, 21211)


def test_a_carrier_that_can_not_be_reached_is_tried_again(system: System) -> None:
    with system.transaction() as session:
        text, promise = _begun(system, session)
        outbox.settle(session, promise, Unavailable(""), at=NOON)
        jobs.settled(session, promise, Unavailable(""), NOON)
        assert (text.state, text.left_at) == (TextState.waiting, None)
        assert jobs.verdict(session, promise, NOON + timedelta(minutes=1)).may_leave


def test_news_of_the_carrier_only_moves_up_and_settles_what_was_unsure(system: System) -> None:
    with system.transaction() as session:
        text, promise = _begun(system, session)
        outbox.end_lease(session, promise, at=NOON + timedelta(minutes=2))
        jobs.left_unsure(session, promise, at=NOON + timedelta(minutes=2))
        for status in ("sent", "delivered", "sent", "failed"):
            delivery.status_changed(session, text.id, "SM1", status, at=NOON)
        assert (text.state, promise.state) == (TextState.delivered, State.accepted)


def test_a_line_of_ten_thousand_never_fills_the_outbox(system: System) -> None:
    with system.transaction() as session:
        force = asking.force(session)
        for _ in range(30):
            asking.request(session, force, NOON)
        assert sending.leave_due(session, per_second=5, at=NOON) == 10
        assert sending.leave_due(session, per_second=5, at=NOON) == 0
        for promise in promises(session)[:4]:
            promise.state = State.accepted
        session.flush()
        assert sending.leave_due(session, per_second=5, at=NOON) == 4


def test_what_does_not_open_of_a_request_keeps_no_text_back_of_it_or_of_any_other(
    system: System,
) -> None:
    with system.transaction() as session:
        force = asking.force(session)
        asking.request(session, force, NOON)
        asking.request(session, force, NOON, mobile=SAM)
    with system.transaction() as session:
        # Past the column's own lock, as a damaged page or another line's backup would leave it.
        damage = "UPDATE textsafe_request SET officer = 't1:damaged' WHERE number = 1"
        session.execute(sa.text(damage))
    with system.transaction() as session:
        assert stopping.sweep(session, at=NOON) == 0
    with system.transaction() as session:
        assert turn(session, NOON) == 2
        damaged, whole = promises(session)
    for promise in (damaged, whole):
        with system.transaction() as session:
            assert jobs.verdict(session, promise, NOON).may_leave
            assert jobs.prepare(session, promise, system.settings, at=NOON) is not None
