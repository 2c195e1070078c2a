"""Nothing goes to a person outside their plan, by any route, whatever happens in between."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session

from helpline import outbox
from helpline.carrier import Accepted, Outcome, TextToSend, Unavailable
from helpline.clock import LONDON, now
from helpline.confidentiality import consent, departures, safe_contact
from helpline.confidentiality.consent import Agreed, Heard, Scope, TakenBack, Towards
from helpline.confidentiality.hours import Window
from helpline.confidentiality.safe_contact import KeptBack, PlanRefusedError, Way, Wishes
from helpline.contacts.models import Contact
from helpline.sms import conversations, inbox
from helpline.sms.models import Direction, Text, TextState
from helpline.worker import Worker
from tests.helpline import making
from tests.system import System

EVERY_DAY = frozenset(range(7))
EVENINGS = Window(EVERY_DAY, time(18), time(22))
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday


@dataclass
class Post:
    """A telephone company that only notes what it is given, and can be out of order."""

    is_down: bool = False
    sent: list[tuple[datetime, str]] = field(default_factory=list)

    def send_text(self, text: TextToSend) -> Outcome:
        if self.is_down:
            return Unavailable("down")
        self.sent.append((now(), text.words))
        return Accepted(making.sid())

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"Nobody asked for {name}")


@dataclass
class Room:
    """One conversation, its call-taker, and a worker in front of the noting telephone company."""

    system: System
    post: Post
    worker: Worker
    contact_id: uuid.UUID
    caller_id: uuid.UUID
    staff_id: uuid.UUID
    sender: Any

    def writes(self, words: str = "hello") -> None:
        with self.system.transaction() as session:
            inbox.text_arrived(session, making.incoming(words, self.sender), at=now())

    def wishes(self, **changed: Any) -> None:
        with self.system.transaction() as session:
            safe_contact.agree(
                session, self.caller_id, wishes(**changed), by=self.staff_id, at=now()
            )

    def reply(self, words: str = "we are here") -> uuid.UUID:
        with self.system.transaction() as session:
            contact = session.get_one(Contact, self.contact_id)
            seen = conversations.newest_incoming(session, contact.id)
            answer = conversations.Reply(words, seen, uuid.uuid4())
            return conversations.reply(session, contact, self.staff_id, answer, at=now()).id

    def text(self, text_id: uuid.UUID) -> Text:
        with self.system.transaction() as session:
            return session.get_one(Text, text_id, populate_existing=True)

    @property
    def arrived(self) -> list[str]:
        self.worker.work_off()
        return [words for _, words in self.post.sent]


def wishes(**changed: Any) -> Wishes:
    facts = {"form_key": uuid.uuid4(), "may_text": True, "may_call": False}
    return Wishes(**(facts | changed))


def furnish(system: System) -> Room:
    """Furnish a room; the person wrote at this moment."""
    post = Post()
    sender = making.number()
    with system.transaction() as session:
        staff = making.staff_member(session)
        text = inbox.text_arrived(session, making.incoming("hi", sender), at=now())
        contact = making.contact_of(session, text)
        making.contacts.take(session, contact, staff.id, at=now())
        ids = (contact.id, contact.caller_id, staff.id)
    worker = Worker(system.app, system.settings, post)
    return Room(system, post, worker, *ids, sender)


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def room(system: System, clock: Any) -> Any:
    made = furnish(system)
    yield made
    made.worker.close()


def test_without_a_plan_an_answer_goes_at_any_hour(room: Room, clock: Any) -> None:
    clock.shift(timedelta(hours=15))
    room.reply()
    assert room.arrived == ["we are here"]


def test_an_answer_outside_the_hours_is_held_and_sent_when_they_begin(
    room: Room, clock: Any
) -> None:
    room.wishes(windows=(EVENINGS,))
    clock.shift(timedelta(hours=1))
    text_id = room.reply()

    assert room.arrived == []
    held = room.text(text_id)
    assert (held.state, held.kept_back) == (TextState.held, KeptBack.outside_hours)
    assert held.held_until == datetime(2026, 11, 23, 18, tzinfo=UTC)

    clock.move_to(datetime(2026, 11, 23, 17, 59, 59, tzinfo=UTC))
    assert room.arrived == []
    clock.move_to(datetime(2026, 11, 23, 18, tzinfo=UTC))
    assert room.arrived == ["we are here"]
    sent = room.text(text_id)
    assert (sent.state, sent.held_until, sent.kept_back) == (TextState.accepted, None, None)


def test_an_answer_goes_at_once_to_somebody_who_wrote_in_the_last_half_hour(
    room: Room, clock: Any
) -> None:
    room.wishes(windows=(EVENINGS,))
    clock.shift(timedelta(minutes=30))
    room.reply()
    assert room.arrived == ["we are here"]


def test_half_an_hour_and_a_second_is_too_long(room: Room, clock: Any) -> None:
    room.wishes(windows=(EVENINGS,))
    clock.shift(timedelta(minutes=30, seconds=1))
    room.reply()
    assert room.arrived == []


def test_what_is_held_does_not_hold_up_an_answer_to_what_they_write_meanwhile(
    room: Room, clock: Any
) -> None:
    room.wishes(windows=(EVENINGS,))
    clock.shift(timedelta(hours=1))
    room.reply("thinking of you")
    assert room.arrived == []
    room.writes("are you there")
    room.reply("yes")
    assert room.arrived == ["yes"]
    clock.move_to(datetime(2026, 11, 23, 18, tzinfo=UTC))
    assert room.arrived == ["yes", "thinking of you"]


def test_a_plan_that_says_never_text_stops_even_an_answer_and_says_so(room: Room) -> None:
    room.wishes(may_text=False, may_call=True)
    text_id = room.reply()
    assert room.arrived == []
    text = room.text(text_id)
    assert (text.state, text.kept_back) == (TextState.failed, KeptBack.never_this_way)


def test_sending_again_by_hand_meets_the_plan_as_well(room: Room) -> None:
    room.wishes(may_text=False, may_call=True)
    text_id = room.reply()
    assert room.arrived == []
    with room.system.transaction() as session:
        contact = session.get_one(Contact, room.contact_id)
        conversations.send_again(session, contact, room.staff_id, text_id, uuid.uuid4(), at=now())
    assert room.arrived == []


def test_sending_again_by_hand_needs_the_consent_that_the_text_relied_on(room: Room) -> None:
    with room.system.transaction() as session:
        wish = Agreed(
            frozenset({Scope.text_back}), Towards.themselves, "text me", Heard.text, uuid.uuid4()
        )
        entry = consent.record(session, room.caller_id, wish, by=room.staff_id, at=now())
        text_id = _plan_text(session, room, "as you asked", entry.id, now())
    room.wishes(may_text=False)
    assert room.arrived == []
    with room.system.transaction() as session:
        no = TakenBack(entry.id, "no", Heard.text, uuid.uuid4())
        consent.withdraw(session, room.caller_id, no, by=room.staff_id, at=now())
    room.wishes(may_text=True)
    with room.system.transaction() as session:
        contact = session.get_one(Contact, room.contact_id)
        conversations.send_again(session, contact, room.staff_id, text_id, uuid.uuid4(), at=now())
    assert room.arrived == []


def test_after_the_last_day_of_a_plan_only_answers_go(room: Room, clock: Any) -> None:
    room.wishes(valid_until=date(2026, 11, 23))
    clock.move_to(datetime(2026, 11, 24, 0, 0, tzinfo=UTC))
    text_id = room.reply()
    assert room.arrived == []
    assert room.text(text_id).kept_back is KeptBack.plan_ended
    room.writes()
    room.reply("good to hear from you")
    assert room.arrived == ["good to hear from you"]


def test_a_new_plan_lets_go_what_the_old_one_held(room: Room, clock: Any) -> None:
    room.wishes(windows=(EVENINGS,))
    clock.shift(timedelta(hours=1))
    room.reply()
    assert room.arrived == []
    room.wishes()
    assert room.arrived == ["we are here"]


def test_a_plan_made_after_a_text_was_promised_still_binds_it(room: Room, clock: Any) -> None:
    clock.shift(timedelta(hours=1))
    room.reply()
    room.wishes(windows=(EVENINGS,))
    assert room.arrived == []


def test_a_second_try_meets_the_plan_again(room: Room, clock: Any) -> None:
    room.wishes(windows=(Window(EVERY_DAY, time(13), time(14)),))
    clock.move_to(datetime(2026, 11, 23, 13, 59, 59, tzinfo=UTC))
    room.post.is_down = True
    room.reply()
    assert room.arrived == []
    room.post.is_down = False
    clock.move_to(datetime(2026, 11, 23, 14, 5, tzinfo=UTC))
    assert room.arrived == []
    clock.move_to(datetime(2026, 11, 24, 13, 0, tzinfo=UTC))
    assert room.arrived == ["we are here"]


def test_a_held_text_can_be_taken_back(room: Room, clock: Any) -> None:
    room.wishes(windows=(EVENINGS,))
    clock.shift(timedelta(hours=1))
    text_id = room.reply()
    assert room.arrived == []
    with room.system.transaction() as session:
        contact = session.get_one(Contact, room.contact_id)
        conversations.take_back(session, contact, room.staff_id, text_id, at=now())
    assert room.text(text_id).state is TextState.taken_back
    clock.move_to(datetime(2026, 11, 23, 19, tzinfo=UTC))
    assert room.arrived == []


def test_a_text_on_its_way_cannot_be_taken_back(room: Room) -> None:
    text_id = room.reply()
    assert room.arrived == ["we are here"]
    with room.system.transaction() as session:
        contact = session.get_one(Contact, room.contact_id)
        with pytest.raises(conversations.CannotSendError, match="too late"):
            conversations.take_back(session, contact, room.staff_id, text_id, at=now())


def test_all_versions_are_kept_and_the_newest_counts(room: Room) -> None:
    room.wishes(may_text=False)
    room.wishes(words_first="Ask for Jo")
    with room.system.transaction() as session:
        plan = safe_contact.current(session, room.caller_id)
        assert plan is not None
        assert (plan.version, plan.words_first, plan.may_text) == (2, "Ask for Jo", True)
        kept = safe_contact.versions(session, room.caller_id)
        assert [each.version for each in kept] == [2, 1]


def test_the_same_form_twice_is_one_version(room: Room) -> None:
    key = uuid.uuid4()
    room.wishes(form_key=key)
    room.wishes(form_key=key)
    with room.system.transaction() as session:
        assert len(safe_contact.versions(session, room.caller_id)) == 1


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"windows": (Window(frozenset(), time(1), time(2)),)}, "Choose the days"),
        ({"valid_until": date(2026, 11, 22)}, "today or later"),
        ({"words_first": "x" * 1001}, "Shorten"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(
    room: Room, wrong: dict[str, Any], says: str
) -> None:
    with pytest.raises(PlanRefusedError, match=says):
        room.wishes(**wrong)


@pytest.mark.parametrize("way", list(Way))
def test_whoever_held_the_telephone_a_moment_ago_is_reached_outside_their_hours(
    room: Room, way: Way
) -> None:
    """By text after a text of theirs, by telephone only after their line was cut (may_ring.py)."""
    room.wishes(may_call=True, windows=(EVENINGS,))
    with room.system.transaction() as session:
        plan = safe_contact.current(session, room.caller_id)
        found = safe_contact.verdict(plan, way, at=now(), last_wrote=now())
        long_ago = now() - timedelta(hours=1)
        later = safe_contact.verdict(plan, way, at=now(), last_wrote=long_ago)
    assert found.may_leave
    assert later == safe_contact.verdict(plan, way, at=now())


def test_a_promise_to_text_that_names_nobody_never_leaves(room: Room) -> None:
    text_id = room.reply()
    with room.system.transaction() as session:
        session.execute(sa.update(outbox.Promise).values(reaches=None))
    assert room.arrived == []
    assert room.text(text_id).kept_back is KeptBack.nobody_named


# --- whatever happens, in whatever order ---------------------------------------------------


@dataclass(frozen=True)
class Known:
    """What the test itself knows of a plan, judged by the face of the clock."""

    may_text: bool
    windows: Sequence[Window]
    valid_until: date | None

    def allows(self, at: datetime, *, answers_within: timedelta | None) -> bool:
        if not self.may_text:
            return False
        if answers_within is not None and answers_within <= timedelta(minutes=30):
            return True
        there = at.astimezone(LONDON)
        if self.valid_until is not None and there.date() > self.valid_until:
            return False
        return not self.windows or any(_shows(window, there) for window in self.windows)


def _shows(window: Window, there: datetime) -> bool:
    today, clock = there.weekday(), there.time()
    if window.end > window.start:
        return today in window.days and window.start <= clock < window.end
    return (today in window.days and clock >= window.start) or (
        (today - 1) % 7 in window.days and clock < window.end
    )


hours_of_day = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
windows_ = st.builds(
    Window,
    st.sampled_from([EVERY_DAY, frozenset({0, 1}), frozenset({5, 6})]),
    start=hours_of_day,
    end=hours_of_day,
)


class Helpline(RuleBasedStateMachine):
    """A person, a call-taker, the clock and a telephone company that fails now and then."""

    system: System

    @initialize(start=st.sampled_from([datetime(2026, 3, 28, 20, tzinfo=UTC), NOON]))
    def begin(self, start: datetime) -> None:
        self.system.reset()
        self.travel = time_machine.travel(start, tick=False)
        self.clock = self.travel.start()
        self.room = furnish(self.system)
        self.plan = Known(may_text=True, windows=(), valid_until=None)
        self.last_wrote = now()
        self.leaning: dict[str, uuid.UUID] = {}
        self.ended: dict[uuid.UUID, datetime] = {}
        self.consents: list[uuid.UUID] = []
        self.is_away = False
        self.seen = 0
        self.count = 0

    def words(self) -> str:
        self.count += 1
        return f"text {self.count}"

    @rule(minutes=st.sampled_from([1, 20, 31, 90, 600, 1500]))
    def time_passes(self, minutes: int) -> None:
        self.clock.shift(timedelta(minutes=minutes))

    @rule()
    def they_write(self) -> None:
        self.room.writes()
        self.last_wrote = now()

    @rule(
        may_text=st.sampled_from([True, True, True, False]),
        windows=st.lists(windows_, max_size=2),
        days=st.sampled_from([None, None, 0, 1]),
    )
    def they_tell_how_to_reach_them(
        self, may_text: bool, windows: list[Window], days: int | None
    ) -> None:
        last = None if days is None else now().astimezone(LONDON).date() + timedelta(days=days)
        self.room.wishes(may_text=may_text, windows=tuple(windows), valid_until=last)
        self.plan = Known(may_text, windows, last)

    @rule()
    def the_call_taker_answers(self) -> None:
        self.room.reply(self.words())

    @rule()
    def a_failed_text_is_sent_again_by_hand(self) -> None:
        with self.system.transaction() as session:
            failed = session.scalars(
                sa.select(Text).where(Text.state == TextState.failed, Text.sent_again_as.is_(None))
            ).first()
            if failed is not None:
                contact = session.get_one(Contact, self.room.contact_id)
                conversations.send_again(
                    session, contact, self.room.staff_id, failed.id, uuid.uuid4(), at=now()
                )

    @rule(hours=st.sampled_from([None, 3]))
    def they_agree(self, hours: int | None) -> None:
        self.they_agree_to_be_texted(hours)

    def they_agree_to_be_texted(self, hours: int | None) -> None:
        until = now() + timedelta(hours=hours) if hours else None
        with self.system.transaction() as session:
            entry = consent.record(
                session,
                self.room.caller_id,
                Agreed(
                    frozenset({Scope.text_back}),
                    Towards.themselves,
                    "text me",
                    Heard.text,
                    uuid.uuid4(),
                    valid_until=until,
                ),
                by=self.room.staff_id,
                at=now(),
            )
            self.consents.append(entry.id)
        if until is not None:
            self.ended[entry.id] = until

    @rule(minutes=st.sampled_from([0, 5, 200]))
    def a_text_is_planned_on_their_consent(self, minutes: int) -> None:
        if not self.consents:
            self.they_agree_to_be_texted(None)
        words, entry_id = self.words(), self.consents[-1]
        with self.system.transaction() as session:
            _plan_text(session, self.room, words, entry_id, now() + timedelta(minutes=minutes))
        self.leaning[words] = entry_id

    @rule()
    def they_take_a_consent_back(self) -> None:
        if not self.consents:
            return
        entry_id = self.consents[-1]
        with self.system.transaction() as session:
            wish = TakenBack(entry_id, "no", Heard.text, uuid.uuid4())
            consent.withdraw(session, self.room.caller_id, wish, by=self.room.staff_id, at=now())
        self.ended[entry_id] = min(self.ended.get(entry_id, now()), now())

    @rule(is_down=st.booleans())
    def the_carrier_fails_or_recovers(self, is_down: bool) -> None:
        self.room.post.is_down = is_down

    @rule(is_away=st.booleans())
    def the_worker_goes_away_or_comes_back(self, is_away: bool) -> None:
        self.is_away = is_away

    @invariant()
    def nothing_left_outside_the_plan_or_without_its_consent(self) -> None:
        if not hasattr(self, "room"):
            return
        if not self.is_away:
            self.room.worker.work_off()
        for at, words in self.room.post.sent[self.seen :]:
            entry_id = self.leaning.get(words)
            assert entry_id is None or at < self.ended.get(entry_id, at + timedelta(1)), words
            answers = None if entry_id else at - self.last_wrote
            assert self.plan.allows(at, answers_within=answers), (at, words, self.plan)
        self.seen = len(self.room.post.sent)

    @invariant()
    def nothing_is_dropped_in_silence(self) -> None:
        if not hasattr(self, "room"):
            return
        with self.system.transaction() as session:
            for text in session.scalars(
                sa.select(Text).where(
                    Text.direction == Direction.outbound, Text.staff_id.is_not(None)
                )
            ):
                made = outbox.of(session, text.id, outbox.Kind.send_text)
                assert made is not None
                if made.state is outbox.State.cancelled and text.form_key is not None:
                    assert (text.state, text.kept_back is None) == (TextState.failed, False)
                if made.held_until is not None:
                    assert text.state is TextState.held

    def teardown(self) -> None:
        if hasattr(self, "room"):
            self.room.worker.close()
            self.travel.stop()


def _plan_text(session: Session, room: Room, words: str, entry_id: uuid.UUID, at: datetime) -> None:
    """Plan a text for later on a consent, as issues to come will."""
    text = Text(
        id=uuid.uuid4(),
        contact_id=room.contact_id,
        direction=Direction.outbound,
        words=words,
        at=now(),
        state=TextState.waiting,
        state_since=now(),
    )
    session.add(text)
    session.flush()
    outbox.promise(
        session,
        outbox.Kind.send_text,
        about=text.id,
        lane=text.id,
        reaches=room.caller_id,
        relies_on=entry_id,
        at=at,
    )
    return text.id


def test_whatever_happens_nothing_leaves_outside_the_plan_or_after_a_consent_ends(
    system: System,
) -> None:
    class Here(Helpline):
        pass

    Here.system = system
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_of_every_kind_of_promise_it_is_known_whether_it_reaches_a_person() -> None:
    assert set(departures.WAYS) | departures.REACHES_NOBODY == set(outbox.Kind)
    assert not set(departures.WAYS) & departures.REACHES_NOBODY
