"""One line: the real rules over the real database, told what a carrier would tell them."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from helpline import outbox
from helpline.accounts import availability
from helpline.accounts.models import Availability, Role, StaffMember
from helpline.carrier import Accepted
from helpline.confidentiality import vault
from helpline.contacts import contacts
from helpline.contacts.models import Channel, Contact, ContactState, Ending
from helpline.database import transaction
from helpline.outbox import Kind, Promise, Taken
from helpline.phone_numbers import PhoneNumber
from helpline.sms import delivery
from helpline.statements import Written
from helpline.voice import calls, jobs, legs, overflow, ringing, routing
from helpline.voice.calls import ConferenceEvent
from helpline.voice.models import LegRole
from simulation.agenda import Agenda
from simulation.people import Chance, Habits

Result = TypeVar("Result")
RING_SECONDS = 20
_MOST_CLAIMED = 50
_LOOK_SECONDS = 10
# Those who text are looked after by nobody's clock: whoever is free takes them.
_SOMEBODY_WAITS = Written(
    lambda: sa.select(
        sa.exists().where(Contact.state == ContactState.waiting, Contact.channel == Channel.voice)
    )
)


@dataclass
class Call:
    """One caller, and what became of them."""

    arrived: datetime
    sid: str
    contact_id: uuid.UUID | None = None
    room: str = ""
    waits_since: datetime | None = None
    answered: datetime | None = None
    left: datetime | None = None
    patience: float = 0.0
    talks: float = 0.0
    wraps: float = 0.0
    choices: int = 0
    cut_off: int = 0

    @property
    def waited(self) -> float | None:
        """Seconds from the waiting room until somebody answered or the caller gave up."""
        end = self.answered or self.left
        if self.waits_since is None or end is None:
            return None
        return (end - self.waits_since).total_seconds()


@dataclass
class Line:
    """A line with its staff, on an agenda."""

    app: Flask
    agenda: Agenda
    chance: Chance
    habits: Habits
    calls: list[Call] = field(default_factory=list)
    staff: list[uuid.UUID] = field(default_factory=list)
    going: set[uuid.UUID] = field(default_factory=set)
    """Those whose shift is over as soon as they have wrapped up."""
    offers: int = 0
    _by_sid: dict[str, Call] = field(default_factory=dict)
    _by_contact: dict[uuid.UUID, Call] = field(default_factory=dict)
    _looks: bool = False
    _has_work: bool = False

    # --- staff ---------------------------------------------------------------------------------

    def hire(self, number: int) -> None:
        """Add call-takers, off shift, each with a telephone."""
        with self.app.app_context(), transaction() as session:
            for each in range(number):
                phone = PhoneNumber(f"+442079460{len(self.staff) % 1000:03}")
                person = StaffMember(
                    id=uuid.uuid4(),
                    email=f"{uuid.uuid4().hex}@example.org",
                    display_name=f"Call-taker {each}",
                    role=Role.call_taker,
                    password_hash="none",  # noqa: S106 - opens nothing
                    phone_token=vault.keep(session, phone),
                    availability=Availability.off_shift,
                    availability_since=self.agenda.now,
                )
                session.add(person)
                self.staff.append(person.id)

    def on_shift(self, number: int) -> None:
        """Let so many be on shift from now on; whoever talks ends that call first."""
        rota = self.staff[:number]
        for person in self.staff[number:]:
            self.going.add(person)
        for person in rota:
            self.going.discard(person)
        state = dict(self.do(_availabilities))
        for person in self.staff:
            here = state[person] is not Availability.off_shift
            if person in rota and not here:
                self._choose(person, Availability.ready)
            elif person in self.going and state[person] is Availability.ready:
                self._choose(person, Availability.off_shift)
        self.do(lambda s: routing.offer_waiting(s, at=self.agenda.now))
        self.carry_out()

    def _choose(self, person: uuid.UUID, chosen: Availability) -> None:
        self.do(lambda s: availability.choose(s, person, chosen, at=self.agenda.now))

    # --- callers -------------------------------------------------------------------------------

    def rings(self) -> Call:
        """Let somebody ring the helpline now."""
        call = Call(self.agenda.now, f"CA{uuid.uuid4().hex}")
        handling = self.chance.around(self.habits.handling)
        call.talks = handling * self.habits.talking_share
        call.wraps = handling - call.talks
        call.patience = self.chance.around(self.habits.patience)
        self.calls.append(call)
        self._by_sid[call.sid] = call
        self.agenda.after(self.habits.greeting, lambda: self._comes_into_waiting_room(call))
        return call

    def _comes_into_waiting_room(self, call: Call) -> None:
        call.waits_since = self.agenda.now
        call.room = f"CF{uuid.uuid4().hex}"

        def arrive(session: Session) -> uuid.UUID:
            calls.call_arrived(session, call.sid, None, at=call.arrived)
            leg = legs.by_sid(session, call.sid)
            assert leg is not None  # noqa: S101 - it has just come
            joined = ConferenceEvent("participant-join", call.room, call.sid, "in-progress")
            calls.conference_changed(session, leg.contact_id, joined, at=self.agenda.now)
            return leg.contact_id

        call.contact_id = self.do(arrive)
        self._by_contact[call.contact_id] = call
        self.agenda.after(call.patience, lambda: self._gives_up(call))
        self.carry_out()
        self._look_after_waiting()

    def _gives_up(self, call: Call) -> None:
        if call.answered is None and call.left is None:
            call.left = self.agenda.now
            self._hangs_up(call)

    def _hangs_up(self, call: Call) -> None:
        self.do(
            lambda s: calls.caller_call_changed(s, call.sid, "completed", None, at=self.agenda.now)
        )
        self.carry_out()

    # --- the carrier ---------------------------------------------------------------------------

    def carry_out(self) -> None:
        """Do what the worker does when it is woken: claim, ask the carrier, settle."""
        while self._has_work:
            self._has_work = False
            self.do(self._carry_out)

    def _carry_out(self, session: Session) -> int:
        claimed = outbox.claim(session, at=self.agenda.now, most=_MOST_CLAIMED)
        texts = [each for each in claimed if each.kind is Kind.send_text]
        if texts:
            sent = [Taken(each.id, each.about, f"SM{uuid.uuid4().hex}") for each in texts]
            delivery.accepted_together(session, sent, at=self.agenda.now)
        for promise in claimed:
            if promise.kind is Kind.send_text:
                continue
            if promise.kind is Kind.ring_call_taker:
                self._ring(session, promise)
            elif promise.kind is Kind.redirect_caller and not overflow.is_still_wanted(
                session, promise.about
            ):
                promise.state, promise.settled_at = outbox.State.cancelled, self.agenda.now
            else:
                self._tell(promise)
                outbox.settle(session, promise, Accepted(""), at=self.agenda.now)
        return len(claimed)

    def _ring(self, session: Session, promise: Promise) -> None:
        if jobs.prepare_ringing(session, promise, "http://line", RING_SECONDS) is None:
            promise.state, promise.settled_at = outbox.State.cancelled, self.agenda.now
            return
        sid, leg_id = f"CA{uuid.uuid4().hex}", promise.about
        outcome = Accepted(sid)
        ringing.lock(session, leg_id)
        outbox.settle(session, promise, outcome, at=self.agenda.now)
        jobs.ringing_settled(session, promise, outcome, at=self.agenda.now)
        self.offers += 1
        if self.chance.happens(self.habits.missed):
            self.agenda.after(RING_SECONDS, lambda: self._phone(leg_id, sid, "no-answer"))
        else:
            self.agenda.after(self.habits.pick_up, lambda: self._picked_up(leg_id, sid))

    def _tell(self, promise: Promise) -> None:
        """Let the carrier's news follow what it was asked for."""
        sid = str(promise.details.get("call_sid") or "")
        if promise.kind is Kind.end_call:
            leg_id = promise.about
            self.agenda.after(0, lambda: self._phone(leg_id, sid, "completed"))
        elif promise.kind is Kind.redirect_caller and (call := self._by_sid.get(sid)):
            call.choices += 1
            self.agenda.after(self.habits.back_after_choice, lambda: self._comes_back(call))

    def _comes_back(self, call: Call) -> None:
        if call.left is not None or call.answered is not None or call.contact_id is None:
            return
        call.room = f"CF{uuid.uuid4().hex}"
        contact_id = call.contact_id
        joined = ConferenceEvent("participant-join", call.room, call.sid, "in-progress")
        self.do(lambda s: calls.conference_changed(s, contact_id, joined, at=self.agenda.now))
        self.carry_out()

    def _phone(self, leg_id: uuid.UUID, sid: str, status: str) -> None:
        def changed(session: Session) -> None:
            leg = legs.read(session, leg_id)
            if leg is not None and leg.role is LegRole.caller:
                calls.caller_call_changed(session, sid, status, None, at=self.agenda.now)
            else:
                ringing.leg_changed(session, leg_id, sid, status, at=self.agenda.now)

        self.do(changed)
        self.carry_out()

    def _picked_up(self, leg_id: uuid.UUID, sid: str) -> None:
        def takes(session: Session) -> Contact | None:
            at = self.agenda.now
            ringing.phone_answered(session, leg_id, sid, at=at)
            ringing.key_pressed(session, leg_id, ringing.TAKE_IT, at=at)
            leg = legs.read(session, leg_id)
            contact = legs.lock_contact(session, leg) if leg is not None else None
            if (
                contact is None
                or contact.state is not ContactState.with_call_taker
                or contact.owner_id is None
            ):
                ringing.leg_changed(session, leg_id, sid, "completed", at=at)
                return None
            joined = ConferenceEvent(
                "participant-join", str(contact.conference_sid), sid, "in-progress"
            )
            calls.conference_changed(session, contact.id, joined, at=at)
            return contact

        contact = self.do(takes)
        if contact is not None:
            call = self._by_contact[contact.id]
            call.answered = self.agenda.now
            owner = contact.owner_id
            # The time that the phone rang is part of a call-taker's time, not of the talk.
            self.agenda.after(call.talks, lambda: self._ends(call, owner))
        self.carry_out()

    def _ends(self, call: Call, owner: uuid.UUID | None) -> None:
        self._hangs_up(call)
        self.agenda.after(call.wraps, lambda: self._wraps_up(call, owner))

    def _wraps_up(self, call: Call, owner: uuid.UUID | None) -> None:
        if call.contact_id is None or owner is None:
            return
        contact_id = call.contact_id

        def close(session: Session) -> None:
            contact = contacts.locked(session, contact_id)
            if contact is not None and contact.state is ContactState.wrapping_up:
                if owner in self.going:
                    availability.choose(session, owner, Availability.off_shift, at=self.agenda.now)
                contacts.close(session, contact, Ending.wrapped_up, at=self.agenda.now)
                calls.wrapped_up(session, owner, at=self.agenda.now)

        self.do(close)
        self.carry_out()

    # --- the clock -----------------------------------------------------------------------------

    def _look_after_waiting(self) -> None:
        """Do what the worker does every second; here every ten, and only while somebody waits."""
        if not self._looks:
            self._looks = True
            self.agenda.after(_LOOK_SECONDS, self._look)

    def _look(self) -> None:
        self._looks = False
        at = self.agenda.now

        def look(session: Session) -> bool:
            ringing.give_up_on_silent_legs(session, at=at, ring_seconds=RING_SECONDS)
            routing.offer_waiting(session, at=at)
            overflow.give_choices(session, at=at)
            return bool(_SOMEBODY_WAITS.value(session))

        if self.do(look):
            self._look_after_waiting()
        self.carry_out()

    def do(self, what: Callable[[Session], Result]) -> Result:
        """Do something in a unit of work of its own."""
        with self.app.app_context(), transaction() as session:
            done = what(session)
            # The same note by which a commit wakes a worker (live.py).
            self._has_work = self._has_work or bool(session.info.get("live_work"))
            return done


def _availabilities(session: Session) -> list[tuple[uuid.UUID, Availability]]:
    return [
        (row.id, row.availability)
        for row in session.execute(sa.select(StaffMember.id, StaffMember.availability))
    ]
