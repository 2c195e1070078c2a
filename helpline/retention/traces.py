"""Where a person leaves traces: every table that holds something of a caller, and which rows.

A table with a foreign key to any of these that is not named here fails a test, so that a new one
can't be forgotten when somebody is to be forgotten.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.clock import in_london
from helpline.confidentiality.consent import ConsentEntry
from helpline.confidentiality.models import Disclosure, DisclosureFact, DisclosureStep
from helpline.confidentiality.reveal import Reveal
from helpline.confidentiality.safe_contact import SafeContactPlan
from helpline.confidentiality.vault import VaultEntry
from helpline.contacts.alarms import Alarm
from helpline.contacts.models import Caller, Contact, Note, TimelineEntry, WrapUp
from helpline.contacts.night_plans import NightPlan
from helpline.contacts.presence import Presence
from helpline.contacts.records import PersonRecord, RecordLink, RecordOfContact, RecordWord
from helpline.database import Base
from helpline.messages import ties
from helpline.outbox import Promise
from helpline.retention.models import LegalHold, RightsRequest
from helpline.signposting.models import Signpost, UnmetNeed
from helpline.sms.models import Text
from helpline.sms.pictures import Picture
from helpline.textsafe import ties as textsafe_ties
from helpline.voice.bars import CallerBar
from helpline.voice.call_backs import CallBack
from helpline.voice.call_outs import CallOut
from helpline.voice.first_minute import FirstMinute
from helpline.voice.models import Bridge, Leg
from helpline.voice.professional_messages import ProfessionalMessage
from helpline.voice.voicemails import Voicemail
from helpline.web.events import CarrierEvent

Condition = sa.ColumnElement[bool]
Rows = Callable[["Person"], Condition]


@dataclass(frozen=True)
class Person:
    """One caller, and the ids under which they stand in other tables."""

    caller_id: uuid.UUID
    number_token: uuid.UUID | None
    contact_ids: Sequence[uuid.UUID]
    text_ids: Sequence[uuid.UUID]
    leg_ids: Sequence[uuid.UUID]
    voicemail_ids: Sequence[uuid.UUID]
    record_ids: Sequence[uuid.UUID]
    """Records of people onto which no other caller's contacts were put."""
    carrier_ids: Sequence[str]
    kept_disclosures: Sequence[uuid.UUID]
    """Breaches of confidence whose own period is not over: they stay, with the bare caller."""
    kept_contact_ids: Sequence[uuid.UUID]
    """Contacts that those name, without anything that was said."""

    @property
    def is_kept(self) -> bool:
        """Whether the bare caller has to stay."""
        return bool(self.kept_disclosures)

    @property
    def ids(self) -> list[uuid.UUID]:
        """All that a promise may be about."""
        inside = (self.contact_ids, self.text_ids, self.leg_ids, self.voicemail_ids)
        return [self.caller_id, *(each for ids in inside for each in ids)]


def kept_disclosures(on: date) -> sa.ColumnElement[bool]:
    """Return the condition under which a breach of confidence must still be on record."""
    return Disclosure.keep_until >= on


def find(session: Session, caller: Caller, *, at: datetime, with_events: bool = True) -> Person:
    """Gather under which ids a caller stands in other tables.

    `with_events`: the carrier's events too, which are gone by themselves after a month.
    """
    contact_ids = _all(session, sa.select(Contact.id).where(Contact.caller_id == caller.id))
    texts = session.execute(
        sa.select(Text.id, Text.carrier_sid).where(Text.contact_id.in_(contact_ids))
    ).all()
    legs = session.execute(
        sa.select(Leg.id, Leg.call_sid).where(Leg.contact_id.in_(contact_ids))
    ).all()
    rooms = session.execute(
        sa.select(Contact.conference_name, Contact.conference_sid).where(
            Contact.id.in_(contact_ids)
        )
    ).all()
    carrier_ids = [text.carrier_sid for text in texts] + [leg.call_sid for leg in legs]
    carrier_ids += [name for room in rooms for name in room]
    kept = session.execute(
        sa.select(Disclosure.id, Disclosure.contact_id).where(
            Disclosure.caller_id == caller.id, kept_disclosures(in_london(at).date())
        )
    ).all()
    return Person(
        caller_id=caller.id,
        number_token=caller.number_token,
        contact_ids=contact_ids,
        text_ids=[text.id for text in texts],
        leg_ids=[leg.id for leg in legs],
        voicemail_ids=_all(
            session, sa.select(Voicemail.id).where(Voicemail.contact_id.in_(contact_ids))
        ),
        record_ids=_records_of_nobody_else(session, contact_ids),
        carrier_ids=[each for each in carrier_ids if each and with_events],
        kept_disclosures=[each.id for each in kept],
        kept_contact_ids=[each.contact_id for each in kept if each.contact_id],
    )


def _records_of_nobody_else(session: Session, contact_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """List the records that would be nobody's: theirs alone, and those joined to one of these."""
    other = sa.orm.aliased(RecordOfContact)
    theirs = _all(
        session,
        sa.select(RecordOfContact.record_id)
        .where(
            RecordOfContact.contact_id.in_(contact_ids),
            ~sa.exists().where(
                other.record_id == RecordOfContact.record_id,
                other.contact_id.not_in(contact_ids),
            ),
        )
        .distinct(),
    )
    joined = _all(
        session,
        sa.select(PersonRecord.id).where(
            nobodys_record(),
            sa.exists().where(
                sa.or_(
                    sa.and_(
                        RecordLink.family_id == PersonRecord.id,
                        RecordLink.missing_person_id.in_(theirs),
                    ),
                    sa.and_(
                        RecordLink.missing_person_id == PersonRecord.id,
                        RecordLink.family_id.in_(theirs),
                    ),
                )
            ),
        ),
    )
    return [*theirs, *joined]


def nobodys_record() -> sa.ColumnElement[bool]:
    """Return the condition that no contact is on a record any more."""
    return ~sa.exists().where(RecordOfContact.record_id == PersonRecord.id)


def _all(session: Session, ids: sa.Select[uuid.UUID]) -> list[uuid.UUID]:
    return list(session.scalars(ids))


def _of_a_record(person: Person) -> Condition:
    return sa.or_(
        RecordLink.missing_person_id.in_(person.record_ids),
        RecordLink.family_id.in_(person.record_ids),
    )


def _disclosures(person: Person) -> Condition:
    return sa.and_(
        Disclosure.caller_id == person.caller_id, Disclosure.id.not_in(person.kept_disclosures)
    )


def _of_disclosures(column: sa.orm.InstrumentedAttribute[uuid.UUID]) -> "Rows":
    return lambda person: column.in_(sa.select(Disclosure.id).where(_disclosures(person)))


def _promises(person: Person) -> Condition:
    relied_on = sa.select(ConsentEntry.id).where(ConsentEntry.caller_id == person.caller_id)
    return sa.or_(
        Promise.about.in_(person.ids),
        Promise.lane.in_(person.ids),
        Promise.reaches == person.caller_id,
        Promise.relies_on.in_(relied_on),
    )


def _events(person: Person) -> Condition:
    named = [CarrierEvent.key.contains(each, autoescape=True) for each in person.carrier_ids]
    return sa.or_(sa.false(), *named)


def _caller(person: Person) -> Condition:
    return sa.and_(Caller.id == person.caller_id, sa.literal(not person.is_kept))


def _contacts(person: Person) -> Condition:
    return sa.and_(
        Contact.caller_id == person.caller_id, Contact.id.not_in(person.kept_contact_ids)
    )


def _of_relay(table: type[Base]) -> Rows:
    return lambda person: ties.ROWS[table](person.caller_id, person.contact_ids)


def _of_textsafe(table: type[Base]) -> Rows:
    return lambda person: textsafe_ties.ROWS[table](person.caller_id)


ROWS: Mapping[type[Base], Rows] = {
    Caller: _caller,
    Contact: _contacts,
    Text: lambda person: Text.contact_id.in_(person.contact_ids),
    Picture: lambda person: Picture.text_id.in_(person.text_ids),
    Note: lambda person: Note.contact_id.in_(person.contact_ids),
    WrapUp: lambda person: WrapUp.contact_id.in_(person.contact_ids),
    TimelineEntry: lambda person: TimelineEntry.contact_id.in_(person.contact_ids),
    Presence: lambda person: Presence.contact_id.in_(person.contact_ids),
    Leg: lambda person: Leg.contact_id.in_(person.contact_ids),
    CallerBar: lambda person: CallerBar.caller_id == person.caller_id,
    Voicemail: lambda person: Voicemail.contact_id.in_(person.contact_ids),
    Alarm: lambda person: Alarm.contact_id.in_(person.contact_ids),
    Bridge: lambda person: Bridge.contact_id.in_(person.contact_ids),
    ProfessionalMessage: lambda person: ProfessionalMessage.contact_id.in_(person.contact_ids),
    NightPlan: lambda person: NightPlan.contact_id.in_(person.contact_ids),
    FirstMinute: lambda person: FirstMinute.contact_id.in_(person.contact_ids),
    CallBack: lambda person: CallBack.contact_id.in_(person.contact_ids),
    CallOut: lambda person: sa.or_(
        CallOut.contact_id.in_(person.contact_ids), CallOut.caller_id == person.caller_id
    ),
    Signpost: lambda person: Signpost.contact_id.in_(person.contact_ids),
    UnmetNeed: lambda person: UnmetNeed.contact_id.in_(person.contact_ids),
    Promise: _promises,
    CarrierEvent: _events,
    ConsentEntry: lambda person: ConsentEntry.caller_id == person.caller_id,
    SafeContactPlan: lambda person: SafeContactPlan.caller_id == person.caller_id,
    Reveal: lambda person: Reveal.about.in_(person.ids),
    RecordOfContact: lambda person: RecordOfContact.contact_id.in_(person.contact_ids),
    RecordLink: _of_a_record,
    RecordWord: lambda person: RecordWord.record_id.in_(person.record_ids),
    PersonRecord: lambda person: PersonRecord.id.in_(person.record_ids),
    LegalHold: lambda person: LegalHold.caller_id == person.caller_id,
    Disclosure: _disclosures,
    DisclosureFact: _of_disclosures(DisclosureFact.disclosure_id),
    DisclosureStep: _of_disclosures(DisclosureStep.disclosure_id),
    **{table: _of_relay(table) for table in ties.ROWS},
    **{table: _of_textsafe(table) for table in textsafe_ties.ROWS},
}
"""Every table with rows of a person, and which rows are theirs."""

UNTIED: Mapping[type[Base], str] = {RightsRequest: "caller_id"}
"""Tables whose rows stay, without saying any more whom they were about."""


def count(session: Session, person: Person) -> dict[str, int]:
    """Count the rows of a person, table by table."""
    rows = {
        table.__tablename__: session.scalar(
            sa.select(sa.func.count()).select_from(table).where(of(person))
        )
        for table, of in ROWS.items()
    }
    rows[VaultEntry.__tablename__] = 1 if _number_is_theirs_alone(session, person) else 0
    return {name: int(number) for name, number in rows.items() if number}


def remove(session: Session, person: Person) -> dict[str, int]:
    """Delete all rows of a person; says how many in each table."""
    takes_number = _number_is_theirs_alone(session, person)
    session.execute(
        sa.update(Caller).where(Caller.id == person.caller_id).values(number_token=None)
    )
    for untied, column in UNTIED.items():
        field = getattr(untied, column)
        session.execute(sa.update(untied).where(field == person.caller_id).values({column: None}))
    ties.untie(session, person.caller_id)
    tables = {table.__table__: table for table in ROWS}
    gone = {}
    for stored in reversed(Base.metadata.sorted_tables):
        if stored in tables:
            table = tables[stored]
            gone[stored.name] = delete(session, table, ROWS[table](person))
    if takes_number:
        gone[VaultEntry.__tablename__] = delete(
            session, VaultEntry, VaultEntry.token == person.number_token
        )
    session.expire_all()
    return {name: number for name, number in gone.items() if number}


def delete(session: Session, table: type[Base], condition: Condition) -> int:
    """Delete rows of one table, of an append-only one too: whole rows may go, never change."""
    is_append_only = bool(table.__table__.info.get("append_only"))  # type: ignore[attr-defined]
    if is_append_only:
        _say_forgetting(session, "yes")
    first = next(iter(table.__table__.primary_key))
    gone = session.execute(
        sa.delete(table).where(condition).returning(first),
        execution_options={"synchronize_session": False},
    ).all()
    if is_append_only:
        _say_forgetting(session, "")
    return len(gone)


def _say_forgetting(session: Session, word: str) -> None:
    """Let the triggers of append-only tables pass for whoever forgets a whole person."""
    session.execute(sa.select(sa.func.set_config("helpline.forgetting", word, True)))  # noqa: FBT003 - for this transaction only


def _number_is_theirs_alone(session: Session, person: Person) -> bool:
    if person.number_token is None:
        return False
    token = person.number_token
    in_use = [
        sa.exists().where(column == token, *_not_theirs(column, person))
        for column in numbers_in_use()
    ]
    return not session.scalar(sa.select(sa.or_(sa.false(), *in_use)))


def _not_theirs(column: sa.Column[uuid.UUID], person: Person) -> list[Condition]:
    if column.table is Caller.__table__:
        return [Caller.id != person.caller_id]
    for table, of in ROWS.items():
        if table.__table__ is column.table:
            return [~of(person)]
    return []


def numbers_in_use() -> list[sa.Column[uuid.UUID]]:
    """List every column of every table that refers to a number in the vault."""
    token = VaultEntry.__table__.c.token
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.column is token for key in column.foreign_keys)
    ]
