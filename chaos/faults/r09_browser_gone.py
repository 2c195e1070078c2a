"""R9: a call-taker's telephone is gone at any moment of an offer or a call, with news or without.

By the real rules on a driven clock (simulation/): a thousand rounds would take a night otherwise.
"""

import random
import uuid
from datetime import UTC, datetime, timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chaos.ledger import Findings
from chaos.place import Place
from chaos.size import Size
from helpline.accounts import availability
from helpline.accounts.models import Availability, StaffMember
from helpline.contacts.models import Contact, ContactState
from helpline.voice import ringing
from helpline.voice.models import Leg, LegRole, LegState
from simulation.agenda import Agenda
from simulation.line import RING_SECONDS, Line
from simulation.people import Chance, Habits

NAME, WHAT = "R9", "a call-taker's telephone gone while offered and in a call"
_ROUNDS = 1_000
_AWAY = timedelta(seconds=60)
_SILENT_TOO = timedelta(seconds=RING_SECONDS + 45 + 12)
"""Where even the carrier says nothing, an offer is given up after so long (ringing.py)."""


def run(place: Place, size: Size) -> Findings:
    """Every caller gets another call-taker, or left; nobody seems busy or rung for ever."""
    found = Findings()
    begins = datetime(2026, 3, 2, tzinfo=UTC)
    patient = Habits(handling=30, patience=1e6, greeting=1)
    line = Vanishing(place.app, Agenda(begins), Chance(9), patient)
    line.hire(3)
    line.on_shift(3)
    rounds = size.of(_ROUNDS, 12)
    for number in range(rounds):
        line.agenda.at(begins + timedelta(seconds=120 * number), line.rings)
    line.agenda.run(begins + timedelta(seconds=120 * rounds, hours=1))
    found.contacts, found.kills = rounds, line.vanished
    found.stranded += sum(each.answered is None for each in line.calls)
    found.stranded += line.do(_stuck)
    longest = max((each.waited or 0.0 for each in line.calls), default=0.0)
    found.stranded += _late(line)
    found.notes.append(f"longest until somebody answered: {longest:.0f} s")
    return found


class Vanishing(Line):
    """A line whose call-takers' telephones may be gone whenever they ring or talk."""

    vanished = 0

    def _picked_up(self, leg_id: uuid.UUID, sid: str) -> None:
        if not self.chance.happens(0.4):
            super()._picked_up(leg_id, sid)
            return
        self.vanished += 1
        self._back_later()
        if self.chance.happens(0.5):
            # The carrier says that nobody answered; otherwise nobody says anything.
            self.agenda.after(RING_SECONDS, lambda: self._phone(leg_id, sid, "no-answer"))
        elif self.chance.happens(0.5):
            # Gone after it was picked up, before a key was pressed.
            self.do(lambda s: ringing.phone_answered(s, leg_id, sid, at=self.agenda.now))

    def _back_later(self) -> None:
        """Whoever missed two rings is away; after a while they are back at their desk."""

        def back() -> None:
            for person in self.staff:
                self.do(partial(_return, person=person, at=self.agenda.now))
            self.carry_out()

        most = _AWAY.total_seconds()
        self.agenda.after(random.uniform(most / 3, most), back)  # noqa: S311 - not a secret


def _late(line: Line) -> int:
    """Count callers who waited longer than the telephones that were gone for them account for.

    Among a thousand some meet six and more of them in a row, by chance.
    """
    rung = sa.select(Leg.contact_id, sa.func.count()).where(Leg.role == LegRole.call_taker)
    times = dict(line.do(lambda session: session.execute(rung.group_by(Leg.contact_id)).all()))
    each_costs = (_SILENT_TOO + _AWAY).total_seconds()
    return sum(
        (each.waited or 0.0) > each_costs * times.get(each.contact_id, 0)
        for each in line.calls
        if each.contact_id is not None
    )


def _return(session: Session, person: uuid.UUID, at: datetime) -> None:
    if availability.locked(session, person).availability is Availability.away:
        availability.choose(session, person, Availability.ready, at=at)


def _stuck(session: Session) -> int:
    """Count offers and calls that never ended, and call-takers who seem busy."""
    legs = sa.select(sa.func.count()).where(
        Leg.role == LegRole.call_taker, Leg.state != LegState.ended
    )
    busy = sa.select(sa.func.count()).where(StaffMember.availability == Availability.busy)
    open_ = sa.select(sa.func.count()).where(
        Contact.state.in_((ContactState.waiting, ContactState.with_call_taker))
    )
    return sum(int(session.scalar(each) or 0) for each in (legs, busy, open_))
