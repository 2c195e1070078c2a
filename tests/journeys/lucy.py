"""The people and telephones of Lucy's story (domain.md 1g), and what they do again and again."""

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
import time_machine

from helpline import phone_numbers
from helpline.accounts.models import Role
from helpline.clock import now
from helpline.confidentiality.bank_holidays import Nation
from helpline.contacts import contacts
from helpline.contacts.models import Contact, Happening, TimelineEntry
from helpline.directory import numbers, partners
from helpline.directory.models import OnBankHolidays, PartnerKind, PartnerNumber, RungKind
from helpline.directory.sample import NIGHTS, OFFICE
from helpline.voice import first_minute
from helpline.voice.first_minute import Answer, Answers, IfCutOff
from helpline.voice.models import Bridge
from tests.journeys.telephones import PRIYAS_DESK, TOMS_DESK, pick_up
from tests.system import Console, System

# A Thursday in November, a quarter to nine in the evening.
EVENING = datetime.fromisoformat("2026-11-26T20:45:00+00:00")
THE_BOX, DUTY, MANAGER, OFFICE_DESK = (
    "020 7946 0801",
    "020 7946 0402",
    "020 7946 0403",
    "020 7946 0401",
)
ALL_NUMBERS = [each.replace(" ", "")[1:] for each in (THE_BOX, DUTY, MANAGER, OFFICE_DESK)]
COUNCIL = "Northmoor Council"
SHE_AGREES = "Yes, tell the social worker I ran away and that I want to talk. Not which phone box."


class Story:
    """Everybody in the story: Lucy in her phone box, Priya, Tom, Morgan, and the council."""

    def __init__(self, system: System, *, with_duty_team: bool = True) -> None:
        self.system = system
        self.clock = time_machine.travel(EVENING, tick=True)
        self.clock.start()
        self.morgan = system.call_taker("Morgan", None, Role.supervisor)
        self.lucy = system.handset(THE_BOX)
        self.desk, self.toms_desk = system.handset(PRIYAS_DESK), system.handset(TOMS_DESK)
        self.duty, self.manager = system.handset(DUTY), system.handset(MANAGER)
        self.priya = system.call_taker("Priya", PRIYAS_DESK).ready()
        with system.transaction() as session:
            self.partner_id = _council(session, self.priya.staff_id, with_duty_team=with_duty_team)

    def close(self) -> None:
        self.clock.stop()

    def minutes_pass(self, minutes: float) -> None:
        """Let time pass for everybody, and the worker look after what is due."""
        at = now() + timedelta(minutes=minutes)
        self.clock.stop()
        self.clock = time_machine.travel(at, tick=True)
        self.clock.start()
        self.system.advance(1)

    def lucy_rings(self) -> None:
        """Let Lucy ring, choose what young people choose, and Priya answer."""
        self.lucy.dial()
        self.system.advance(3)
        self.lucy.press("1")
        self.system.advance(5)
        pick_up(self.desk)

    @property
    def contact(self) -> Contact:
        """Lucy's newest call."""
        with self.system.transaction() as session:
            newest = sa.select(Contact).order_by(Contact.opened_at.desc()).limit(1)
            return session.scalars(newest.execution_options(populate_existing=True)).unique().one()

    def path(self, rest: str = "") -> str:
        return f"/console/contacts/{self.contact.id}{rest}"

    def first_minute(self) -> None:
        """Note what Lucy answers first: safe to talk, where she is, and the box's own number."""
        with self.system.transaction() as session:
            contact = contacts.locked(session, self.contact.id)
            answers = Answers(
                safe_to_talk=Answer.yes,
                in_danger=Answer.no,
                if_cut_off=IfCutOff.ring_back,
                number=phone_numbers.read(THE_BOX),
                where="Phone box at the corner of Station Road",
            )
            first_minute.note(session, contact, self.priya.staff_id, answers, at=now())

    def page(self, console: Console | None = None) -> str:
        return (console or self.priya).page(self.path()).get_text(" ", strip=True)

    def asks_for_the_bridge(self, words: str = SHE_AGREES) -> None:
        """Note that Lucy agrees, which rings the first who answers at this hour."""
        answer = self.priya.post(
            self.path(f"/bridge/{self.partner_id}"),
            ground="agreed",
            agreed_words=words,
            form_key=str(uuid.uuid4()),
        )
        assert answer.status_code == 303, answer.text
        self.system.settle()

    @property
    def bridge_id(self) -> uuid.UUID:
        with self.system.transaction() as session:
            return session.scalars(sa.select(Bridge.id).where(Bridge.closed_at.is_(None))).one()

    def on_the_bridge(self, deed: str, **fields: str) -> None:
        answer = self.priya.post(self.path(f"/bridges/{self.bridge_id}/{deed}"), **fields)
        assert answer.status_code == 204, answer.text
        self.system.settle()

    def ring(self, rung: RungKind) -> None:
        with self.system.transaction() as session:
            number_id = session.scalars(
                sa.select(PartnerNumber.id).where(
                    PartnerNumber.partner_id == self.partner_id, PartnerNumber.rung == rung
                )
            ).one()
        self.on_the_bridge("ring", number=str(number_id))

    def comes_in(self, phone) -> None:
        """Let somebody of the council answer, press 1, and be let in."""
        pick_up(phone)
        self.system.advance(10)

    def all_together(self) -> None:
        self.asks_for_the_bridge()
        self.comes_in(self.duty)
        self.on_the_bridge("join")

    def agrees_a_plan(self) -> None:
        answer = self.priya.post(
            self.path("/plan"),
            tonight="Back at the home, in her own room",
            collected_by="Ann Hill, duty social worker",
            collected_when="in twenty minutes",
            safe_to_wait="yes",
            arrives_by="22:00",
            form_key=str(uuid.uuid4()),
        )
        assert answer.status_code == 303, answer.text

    def timeline(self) -> list[Happening]:
        with self.system.transaction() as session:
            return list(
                session.scalars(
                    sa.select(TimelineEntry.what)
                    .where(TimelineEntry.contact_id == self.contact.id)
                    .order_by(TimelineEntry.id)
                )
            )


def _council(session, by: uuid.UUID, *, with_duty_team: bool) -> uuid.UUID:
    kind = PartnerKind.council_childrens_services
    about = partners.About(COUNCIL, kind, "Northmoor, Ashby Vale", Nation.england)
    council = partners.add(session, about, by=by, at=now())
    rungs = [(RungKind.social_worker, "Children's social care", OFFICE_DESK, OFFICE, 5)]
    if with_duty_team:
        rungs.append((RungKind.duty_team, "Emergency duty team", DUTY, NIGHTS, 5))
        rungs.append((RungKind.team_manager, "Manager on call", MANAGER, (), 3))
    for rung, name, phone, windows, minutes in rungs:
        what = numbers.About(rung, name, windows, OnBankHolidays.as_usual, minutes)
        number = phone_numbers.read(phone)
        added = numbers.add(session, council, number, what, uuid.uuid4(), by=by, at=now())
        numbers.check(session, added, "rang them", by=by, at=now())
    return council.id
