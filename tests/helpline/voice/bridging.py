"""A call with a partner of the directory at hand: what tests of the bridge do again and again."""

import uuid
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import outbox
from helpline.clock import in_london
from helpline.confidentiality.bank_holidays import Nation
from helpline.contacts import contacts
from helpline.contacts.models import Contact
from helpline.directory import numbers, partners
from helpline.directory.models import OnBankHolidays, Partner, PartnerKind, PartnerNumber, RungKind
from helpline.voice import bridge_standing, bridges, grounds, ringing
from helpline.voice.bridge_standing import Standing
from helpline.voice.call_plan import Plan
from helpline.voice.models import Bridge, Leg, LegState
from tests.helpline import making
from tests.helpline.voice.test_calls import Line

RUNGS = (RungKind.social_worker, RungKind.duty_team, RungKind.team_manager)
AGREED = "Yes, tell her I ran away. Don't say which phone box."


def a_partner(
    session: Session, by: uuid.UUID, rungs: Sequence[RungKind] = RUNGS, *, at=None
) -> Partner:
    """Add a council whose numbers answer at any hour, each tried for five minutes."""
    at = at or making.now()
    name = f"Council of {uuid.uuid4().hex[:8]}"
    about = partners.About(
        name, PartnerKind.council_childrens_services, "Northmoor", Nation.england
    )
    partner = partners.add(session, about, by=by, at=at)
    for rung in rungs:
        what = numbers.About(rung, rung.value, (), OnBankHolidays.as_usual, 5)
        key = uuid.uuid4()
        added = numbers.add(session, partner, making.number(), what, key, by=by, at=at)
        until = in_london(at).date() + timedelta(days=90)
        numbers.check(session, added, "rang them", until, by=by, at=at)
    session.flush()
    return partner


class BridgeLine(Line):
    """One caller who talks with a call-taker, and a council whose people can be rung."""

    def __init__(self, system, rungs: Sequence[RungKind] = RUNGS) -> None:
        super().__init__(system)
        with system.transaction() as session:
            self.partner_id = a_partner(session, self.staff_id, rungs, at=self.at).id
        self.taker = self.talk()
        self.carry_out()

    def work(self):
        """Open a unit of work with the contact locked."""
        return _Locked(self)

    def carry_out(self) -> None:
        """Let the worker do all that was promised, and the carrier do it."""
        with self.system.transaction() as session:
            session.execute(
                sa.update(outbox.Promise)
                .where(outbox.Promise.state == outbox.State.waiting)
                .values(state=outbox.State.accepted)
            )

    def begin(self, words: str = AGREED) -> uuid.UUID:
        with self.work() as (session, contact):
            partner = session.get_one(Partner, self.partner_id)
            ground = grounds.agreed(
                session, contact, partner, words, uuid.uuid4(), by=self.staff_id, at=self.later()
            )
            made = bridges.open_bridge(
                session, contact, partner, ground, by=self.staff_id, at=self.later()
            )
            self.bridge_id = made.id
        return self.bridge_id

    def number_of(self, rung: RungKind) -> uuid.UUID:
        with self.system.transaction() as session:
            return session.scalars(
                sa.select(PartnerNumber.id).where(
                    PartnerNumber.partner_id == self.partner_id, PartnerNumber.rung == rung
                )
            ).one()

    def ring(self, rung: RungKind = RungKind.social_worker) -> Leg:
        number_id = self.number_of(rung)
        with self.work() as (session, contact):
            bridge = session.get_one(Bridge, self.bridge_id)
            return bridges.ring(
                session, contact, bridge, number_id, by=self.staff_id, at=self.later()
            )

    def answer(self, leg: Leg) -> Plan:
        with self.system.transaction() as session:
            return ringing.phone_answered(session, leg.id, f"CA{leg.id.hex}", at=self.later())

    def press(self, leg: Leg, key: str = "1") -> Plan:
        with self.system.transaction() as session:
            return ringing.key_pressed(session, leg.id, key, at=self.later())

    def knock(self, leg: Leg) -> Plan:
        with self.system.transaction() as session:
            return ringing.enter(session, leg.id, 1, at=self.later())

    def comes_in(self, leg: Leg) -> Leg:
        """Let somebody answer, press 1, be let in, and be in the room."""
        self.answer(leg)
        self.press(leg)
        self.carry_out()
        self.knock(leg)
        self.conference("participant-join", f"CA{leg.id.hex}")
        self.carry_out()
        return self.read(leg)

    def do(self, what, *more) -> None:
        """Do one of the bridge's rules as its call-taker."""
        with self.work() as (session, contact):
            bridge = session.get_one(Bridge, self.bridge_id)
            what(session, contact, bridge, *more, by=self.staff_id, at=self.later())

    def joined(self) -> Leg:
        """Bring caller and partner together."""
        self.begin()
        leg = self.comes_in(self.ring())
        self.do(bridges.join)
        self.carry_out()
        return self.read(leg)

    @property
    def standing(self) -> Standing:
        with self.work() as (session, contact):
            bridge = session.get_one(Bridge, self.bridge_id)
            return bridge_standing.standing(session, contact, bridge, at=self.at)

    @property
    def caller(self) -> Leg:
        with self.system.transaction() as session:
            contact = session.get_one(Contact, self.contact_id)
            leg = making.caller_leg(session, contact)
            session.refresh(leg)
            return leg

    def live_legs(self) -> list[Leg]:
        with self.system.transaction() as session:
            mine = sa.select(Leg).where(
                Leg.contact_id == self.contact_id, Leg.state != LegState.ended
            )
            return list(session.scalars(mine.order_by(Leg.made_at)))


class _Locked:
    def __init__(self, line: BridgeLine) -> None:
        self._line = line
        self._work = line.system.transaction()

    def __enter__(self):
        session = self._work.__enter__()
        contact = contacts.locked(session, self._line.contact_id)
        assert contact is not None
        return session, contact

    def __exit__(self, *failure):
        return self._work.__exit__(*failure)
