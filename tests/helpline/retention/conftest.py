"""Somebody with a whole life in the helpline's tables."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.accounts.models import Role, StaffMember
from helpline.clock import now
from helpline.confidentiality import consent, disclosures, reveal, safe_contact, vault
from helpline.confidentiality.models import PersonTold, Recipient, Threshold
from helpline.contacts import alarms, contacts, night_plans, presence, records, wrap_up
from helpline.contacts.alarms import AlarmKind
from helpline.contacts.models import Caller, Contact
from helpline.contacts.records import RecordKind
from helpline.contacts.wrap_up import Coding
from helpline.directory import services
from helpline.directory.entries import Entry
from helpline.outbox import Promise, State
from helpline.phone_numbers import PhoneNumber
from helpline.retention import holds
from helpline.signposting.models import Signpost, SignpostState, UnmetNeed
from helpline.sms import conversations, inbox
from helpline.sms.models import Text
from helpline.sms.pictures import Picture, PictureState
from helpline.voice import calls, grounds, professional_messages, voicemails
from helpline.voice.bars import BarReason, CallerBar
from helpline.voice.call_backs import CallBack, Stage
from helpline.voice.call_outs import CallOut, Came, Ground
from helpline.voice.first_minute import FirstMinute
from helpline.voice.models import Bridge, Leg
from helpline.web import events
from tests.helpline import making
from tests.helpline.voice.bridging import a_partner
from tests.system import System

SECRETS = (
    "Rumpelstiltskin",
    "the mill by the weir",
    "she asked for her aunt",
    "Grimhilde",
    "spun gold",
    "ask for Gretel",
    "a claim in court",
    "an order of the court",
)
"""Words of one person's life, each in another table."""


@dataclass(frozen=True)
class Life:
    caller_id: uuid.UUID
    reference: str
    number: PhoneNumber
    token: uuid.UUID
    contact_id: uuid.UUID
    staff_id: uuid.UUID

    @property
    def signs(self) -> list[str]:
        """All by which somebody would know them in a dump of the database, words apart."""
        return [self.reference, str(self.caller_id), str(self.token), self.number.e164]


Live = Callable[..., Life]


@pytest.fixture
def staff(system: System) -> StaffMember:
    with system.transaction() as session:
        return making.staff_member(session, role=Role.supervisor)


@pytest.fixture
def officer(system: System) -> uuid.UUID:
    with system.transaction() as session:
        return making.staff_member(session, role=Role.data_protection_officer).id


@pytest.fixture
def live(system: System, staff: StaffMember) -> Live:
    """Let somebody text, be answered, noted and wrapped up at a time; gives what to look for."""

    def live_through(
        at: datetime | None = None, *, sender: PhoneNumber | None = None, closes: bool = True
    ) -> Life:
        number = sender or making.number()
        with system.transaction() as session:
            text = inbox.text_arrived(session, making.incoming(SECRETS[0], number), at=at or now())
            contact = making.contact_of(session, text)
            life = _life(contact, number, staff)
            if closes:
                _talk_and_close(session, contact, staff, at or now())
        return life

    return live_through


@pytest.fixture
def live_fully(system: System, live: Live, staff: StaffMember) -> Live:
    """Let somebody leave a trace in every table that can hold one."""

    def live_through(at: datetime, *, has_disclosure: bool = False) -> Life:
        life = live(at)
        with system.transaction() as session:
            contact = session.get_one(Contact, life.contact_id)
            _leave_traces(session, contact, staff, at)
            if has_disclosure:
                _break_confidence(session, contact, staff, at)
        return life

    return live_through


def _life(contact: Contact, number: PhoneNumber, staff: StaffMember) -> Life:
    caller = contact.caller
    assert caller.number_token is not None
    return Life(caller.id, caller.reference, number, caller.number_token, contact.id, staff.id)


def _talk_and_close(session: Session, contact: Contact, staff: StaffMember, at: datetime) -> None:
    contacts.take(session, contact, staff.id, at=at)
    newest = conversations.newest_incoming(session, contact.id)
    answer = conversations.Reply("We are here.", newest, uuid.uuid4())
    conversations.reply(session, contact, staff.id, answer, at=at)
    session.execute(sa.update(Promise).values(state=State.accepted, settled_at=at))
    contacts.write_note(session, contact, staff.id, SECRETS[1], uuid.uuid4(), at=at)
    conversations.end_conversation(session, contact, staff.id, at=at)
    coding = Coding(
        contact_type="adult_away",
        age_band="25_39",
        situation="missing_now",
        tonight="friends",
        risk="concern",
        outcome="listened_only",
        other_words=SECRETS[2],
    )
    wrap_up.wrap_up(session, contact, staff.id, coding, at=at)


def _leave_traces(session: Session, contact: Contact, staff: StaffMember, at: datetime) -> None:
    caller = contact.caller
    agreed = consent.Agreed(
        scopes=frozenset({consent.Scope.safe_and_well}),
        towards=consent.Towards.family,
        words=SECRETS[4],
        heard=consent.Heard.text,
        form_key=uuid.uuid4(),
        contact_id=contact.id,
    )
    entry = consent.record(session, caller.id, agreed, by=staff.id, at=at)
    taken_back = consent.TakenBack(entry.id, "no", consent.Heard.text, uuid.uuid4())
    consent.withdraw(session, caller.id, taken_back, by=staff.id, at=at)
    wishes = safe_contact.Wishes(
        form_key=uuid.uuid4(), may_text=True, may_call=False, words_first=SECRETS[5]
    )
    safe_contact.agree(session, caller.id, wishes, by=staff.id, at=at)
    _put_on_record(session, contact, staff, at)
    hold = holds.place(
        session, caller, holds.Wanted(SECRETS[6], None, uuid.uuid4()), by=staff.id, at=at
    )
    holds.lift(session, hold, by=staff.id, at=at)
    assert caller.number_token is not None
    reveal.reveal(
        session,
        caller.number_token,
        about=contact.id,
        staff_id=staff.id,
        role=staff.role,
        purpose=reveal.Purpose.court_order,
        reason=SECRETS[7],
        at=at,
    )
    _call(session, caller.number_token, at)
    _bring_in_a_partner(session, contact, staff, at)
    _point_to_a_service(session, contact, staff, at)
    presence.here(session, contact.id, staff.id, is_writing=False, at=at)
    _send_a_picture(session, contact)


def _point_to_a_service(
    session: Session, contact: Contact, staff: StaffMember, at: datetime
) -> None:
    """Leave the rows of a service that was given, and of a need for which there was none."""
    entry = Entry.model_validate({"name": "A line", "topics": ("debt",)})
    service = services.add(session, uuid.uuid4().hex, entry, by=None, at=at)
    given = Signpost(
        contact_id=contact.id,
        service_id=service.id,
        version_id=services.versions(session, service.id)[0].id,
        topic="debt",
        state=SignpostState.offered,
        given_by=staff.id,
        given_at=at,
        form_key=uuid.uuid4(),
    )
    unmet = UnmetNeed(contact_id=contact.id, topic="housing", at=at, staff_id=staff.id)
    session.add_all([given, unmet])
    session.flush()


def _bring_in_a_partner(
    session: Session, contact: Contact, staff: StaffMember, at: datetime
) -> None:
    """Leave the rows of a bridge, of a plan for tonight, and of a message to a professional."""
    partner = a_partner(session, staff.id, rungs=(), at=at)
    ground = grounds.agreed(session, contact, partner, SECRETS[4], uuid.uuid4(), by=staff.id, at=at)
    bridge = Bridge(
        contact_id=contact.id,
        partner=partner,
        opened_by_id=staff.id,
        opened_at=at,
        consent_id=ground.consent_id,
        closed_at=at,
    )
    session.add(bridge)
    agreed = night_plans.Agreed(uuid.uuid4(), why_none=SECRETS[1])
    night_plans.agree(session, contact, agreed, by=staff.id, at=at)
    wish = professional_messages.Wish(SECRETS[2], uuid.uuid4(), making.number())
    professional_messages.ask(session, contact, partner, ground, wish, by=staff.id, at=at)


def _send_a_picture(session: Session, contact: Contact) -> None:
    text_id = session.scalars(sa.select(Text.id).where(Text.contact_id == contact.id)).first()
    assert text_id is not None
    session.add(
        Picture(text_id=text_id, number=1, state=PictureState.kept, body=f"drawn: {SECRETS[3]}")
    )


def _put_on_record(session: Session, contact: Contact, staff: StaffMember, at: datetime) -> None:
    missing, family = (
        records.open_record(
            session,
            contact,
            staff,
            kind=kind,
            name=SECRETS[3],
            summary="",
            form_key=uuid.uuid4(),
            at=at,
        )
        for kind in (RecordKind.missing_person, RecordKind.family)
    )
    records.link(session, staff, missing, family, at=at)


def _call(session: Session, token: uuid.UUID, at: datetime) -> None:
    """Let the same person phone, leave a voicemail and hang up, and the carrier tell us so."""
    number = vault.number_for_carrier(session, token)
    leg = making.arriving_call(session, at=at, sender=number)
    _be_rung(session, leg, token, at)
    events.is_new(session, f"call:{leg.call_sid}:completed", at=at)
    voicemails.told(session, leg.contact_id, making.sid("RE"), 20, is_there=True, at=at)
    calls.caller_left(session, leg, at=at)
    staff = session.scalars(sa.select(StaffMember)).first()
    assert staff is not None
    bar = CallerBar(
        caller_id=leg.contact.caller_id,
        since=at,
        until=at,
        reason=BarReason.other,
        words=SECRETS[3],
        by_id=staff.id,
    )
    session.add(bar)
    session.flush()


def _be_rung(session: Session, leg: Leg, token: uuid.UUID, at: datetime) -> None:
    """Leave the rows of a first minute, an alarm, and of being rung back."""
    staff = session.scalars(sa.select(StaffMember)).first()
    contact = session.get_one(Contact, leg.contact_id)
    assert staff is not None
    alarms.sound(session, AlarmKind.gone, staff.id, contact.id, at=at)
    minute = FirstMinute(contact_id=contact.id, staff_id=staff.id, at=at, number_token=token)
    wish = CallBack(contact_id=contact.id, asked_at=at, until=at, next_at=at, stage=Stage.over)
    out = CallOut(
        contact_id=contact.id,
        caller_id=contact.caller_id,
        asked_by_id=staff.id,
        ground=Ground.cut_off,
        number_token=token,
        leg_id=leg.id,
        made_at=at,
        came=Came.no_answer,
        over_at=at,
    )
    session.add_all([minute, wish, out])
    session.flush()


def _break_confidence(session: Session, contact: Contact, staff: StaffMember, at: datetime) -> None:
    proposal = disclosures.Proposal(
        threshold=Threshold.immediate_danger,
        reason="they said where the river is",
        recipient=Recipient.police,
        recipient_name="control room",
        facts=("a bridge",),
        person_told=PersonTold.told_first,
        why_not_told="",
        review_on=(at + timedelta(days=7)).date(),
        form_key=uuid.uuid4(),
        contact_id=contact.id,
    )
    disclosures.raise_(session, contact.caller_id, proposal, by=staff.id, at=at)


def caller_of(session: Session, life: Life) -> Caller:
    return session.get_one(Caller, life.caller_id, populate_existing=True)
