"""What is forgotten when its period ends: one rule for each period, each in small steps.

A rule deletes at most so many things and says what it deleted, table by table. Doing it again
deletes nothing more, so it may be stopped at any moment and done by any worker.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit
from helpline.accounts.models import FailedSignIn
from helpline.clock import in_london
from helpline.confidentiality import vault
from helpline.confidentiality.models import Disclosure, DisclosureFact, DisclosureStep
from helpline.confidentiality.vault import VaultEntry
from helpline.contacts.enquiries import Enquiry
from helpline.contacts.models import Caller, Contact, ContactState, TimelineEntry
from helpline.contacts.records import PersonRecord, RecordLink, RecordWord
from helpline.database import Base
from helpline.directory.models import PartnerFault
from helpline.messages import ties
from helpline.outbox import SETTLED, Promise
from helpline.retention import traces
from helpline.retention.holds import holds
from helpline.retention.models import ForgottenRows, LegalHold, RequestState, RightsRequest
from helpline.retention.periods import over_before
from helpline.voice.bars import CallerBar
from helpline.voice.voicemails import Voicemail
from helpline.web.events import CarrierEvent

Gone = Mapping[str, int]
Rule = Callable[[Session, datetime, int], Gone]
STEP = 25
"""Persons, or hundreds of other rows, in one transaction: short, so that no caller waits for it."""
_ROWS_FOR_EACH = 100


def forget(session: Session, rule: str, *, at: datetime) -> Gone:
    """Do one step of one rule and write down what went; an empty answer means that all is done."""
    gone = {kind: number for kind, number in RULES[rule](session, at, STEP).items() if number}
    log(session, rule, gone, at=at)
    return gone


def log(session: Session, rule: str, gone: Gone, *, at: datetime) -> None:
    """Write down what was deleted: how many rows of which table, and nothing of what they said."""
    for kind, number in sorted(gone.items()):
        session.add(ForgottenRows(at=at, rule=rule, kind=kind, how_many=number))
    session.flush()


def due_persons(at: datetime, *, is_identified: bool) -> sa.Select[Caller]:
    """Select the callers whose period is over and whom nothing holds, longest over first."""
    name = "identified_person" if is_identified else "unidentified_person"
    last = _last_contacts()
    ended = sa.func.coalesce(last.c.ended_at, Caller.first_seen_at)
    return (
        sa.select(Caller)
        .outerjoin(last, last.c.caller_id == Caller.id)
        .where(
            Caller.is_identified == is_identified,
            ended < over_before(name, at),
            sa.func.coalesce(last.c.is_closed, sa.true()),
            _has_more_than_disclosures(at),
            *_nothing_holds(at),
        )
        .order_by(ended)
    )


def due_numbers(at: datetime) -> sa.Select[Caller]:
    """Select the callers whose number is no longer needed to reach them."""
    last = _last_contacts()
    is_kept = sa.exists().where(
        VaultEntry.token == Caller.number_token, VaultEntry.locked_number.is_not(None)
    )
    is_owed = sa.exists().where(Promise.reaches == Caller.id, Promise.state.not_in(SETTLED))
    theirs = {table.__table__ for table in traces.ROWS}
    elsewhere = [
        sa.exists().where(column == Caller.number_token)
        for column in traces.numbers_in_use()
        if column.table not in theirs
    ]
    return (
        sa.select(Caller)
        .join(last, last.c.caller_id == Caller.id)
        .where(
            is_kept,
            last.c.is_closed,
            last.c.ended_at < over_before("number", at),
            ~is_owed,
            ~sa.or_(sa.false(), *elsewhere),
            *_nothing_holds(at),
        )
        .order_by(last.c.ended_at)
    )


def _last_contacts() -> sa.Subquery:
    ended = sa.func.max(sa.func.coalesce(Contact.closed_at, Contact.opened_at))
    return (
        sa.select(
            Contact.caller_id,
            ended.label("ended_at"),
            sa.func.bool_and(Contact.state == ContactState.closed).label("is_closed"),
        )
        .group_by(Contact.caller_id)
        .subquery("last")
    )


def _has_more_than_disclosures(at: datetime) -> sa.ColumnElement[bool]:
    """Whether there is anything to forget: of some persons only what must be kept is left."""
    kept = sa.exists().where(
        Disclosure.caller_id == Caller.id, traces.kept_disclosures(in_london(at).date())
    )
    said = sa.exists().where(Contact.caller_id == Caller.id, TimelineEntry.contact_id == Contact.id)
    return sa.or_(~kept, said)


def _nothing_holds(at: datetime) -> list[sa.ColumnElement[bool]]:
    asked = sa.exists().where(
        RightsRequest.caller_id == Caller.id, RightsRequest.state == RequestState.open
    )
    return [~sa.exists().where(LegalHold.caller_id == Caller.id, holds(at)), ~asked]


def _persons(session: Session, at: datetime, most: int, *, is_identified: bool) -> Gone:
    gone: dict[str, int] = {}
    due = due_persons(at, is_identified=is_identified).limit(most)
    for caller in session.scalars(due.with_for_update(of=Caller, skip_locked=True)).all():
        caller_id = caller.id
        # Asked again now that the row is ours: they may have come back in between.
        if session.scalar(
            due_persons(at, is_identified=is_identified).where(Caller.id == caller_id)
        ):
            person = traces.find(session, caller, at=at, with_events=False)
            for kind, number in traces.remove(session, person).items():
                gone[kind] = gone.get(kind, 0) + number
            audit.note(session, audit.Act.person_forgotten, at=at, about=caller_id)
    return gone


def _numbers(session: Session, at: datetime, most: int) -> Gone:
    due = due_numbers(at).limit(most * _ROWS_FOR_EACH).with_only_columns(Caller.number_token)
    tokens = [each for each in session.scalars(due) if each is not None]
    session.execute(
        sa.select(VaultEntry.token).where(VaultEntry.token.in_(tokens)).with_for_update()
    )
    # Asked again under the lock: whoever comes back meanwhile waits for it, or came first.
    still = due_numbers(at).with_only_columns(Caller.number_token)
    tokens = [
        each for each in session.scalars(still.where(Caller.number_token.in_(tokens))) if each
    ]
    return {"vault_entry": vault.forget_numbers(session, tokens)}


def _old_rows(table: type[Base], is_over: Callable[[datetime], sa.ColumnElement[bool]]) -> Rule:
    def rule(session: Session, at: datetime, most: int) -> Gone:
        key = next(iter(table.__table__.primary_key))
        old = sa.select(key).where(is_over(at)).limit(most * _ROWS_FOR_EACH)
        gone = session.execute(
            sa.delete(table).where(key.in_(old)).returning(key),
            execution_options={"synchronize_session": False},
        ).all()
        return {table.__tablename__: len(gone)}

    return rule


def _disclosures(session: Session, at: datetime, most: int) -> Gone:
    """Let breaches of confidence go whose own day has come (a child's later than an adult's)."""
    held = sa.exists().where(LegalHold.caller_id == Disclosure.caller_id, holds(at))
    due = sa.select(Disclosure.id).where(~traces.kept_disclosures(in_london(at).date()), ~held)
    ids = session.scalars(due.order_by(Disclosure.keep_until).limit(most)).all()
    tables = {
        DisclosureFact: DisclosureFact.disclosure_id,
        DisclosureStep: DisclosureStep.disclosure_id,
        Disclosure: Disclosure.id,
    }
    return {
        table.__tablename__: traces.delete(session, table, column.in_(ids))
        for table, column in tables.items()
    }


def _records(session: Session, at: datetime, most: int) -> Gone:
    """Let records of people go onto which no contact is put (any more)."""
    over = PersonRecord.made_at < over_before("record_of_nobody", at)
    due = sa.select(PersonRecord.id).where(over, traces.nobodys_record()).limit(most)
    ids = session.scalars(due).all()
    conditions = {
        RecordWord: RecordWord.record_id.in_(ids),
        RecordLink: sa.or_(RecordLink.missing_person_id.in_(ids), RecordLink.family_id.in_(ids)),
        PersonRecord: PersonRecord.id.in_(ids),
    }
    return {
        table.__tablename__: traces.delete(session, table, condition)
        for table, condition in conditions.items()
    }


def _message_words(session: Session, at: datetime, most: int) -> Gone:
    """Let go of the words of what is over; that it was sent, and under what, stays."""
    held = sa.select(LegalHold.caller_id).where(holds(at))
    over = over_before("message_words", at)
    return ties.forget_words(session, over, held, most=most * _ROWS_FOR_EACH)


def _audit(session: Session, at: datetime, most: int) -> Gone:
    """Let the database itself forget the oldest part of the record; it alone has the right to."""
    del at, most
    gone = session.scalar(sa.select(sa.func.forget_old_audit()))
    return {"audit_entry": int(gone or 0)}


RULES: Mapping[str, Rule] = {
    "disclosure": _disclosures,
    "identified_person": lambda session, at, most: _persons(session, at, most, is_identified=True),
    "unidentified_person": lambda session, at, most: _persons(
        session, at, most, is_identified=False
    ),
    "record_of_nobody": _records,
    "number": _numbers,
    "enquiry": _old_rows(Enquiry, lambda at: Enquiry.at < over_before("enquiry", at)),
    "rights_request": _old_rows(
        RightsRequest, lambda at: RightsRequest.decided_at < over_before("rights_request", at)
    ),
    "message_words": _message_words,
    "carrier_event": _old_rows(
        CarrierEvent, lambda at: CarrierEvent.at < over_before("carrier_event", at)
    ),
    "promise": _old_rows(
        Promise,
        lambda at: sa.and_(
            Promise.state.in_(SETTLED), Promise.settled_at < over_before("promise", at)
        ),
    ),
    "failed_sign_in": _old_rows(
        FailedSignIn, lambda at: FailedSignIn.at < over_before("failed_sign_in", at)
    ),
    "voicemail": _old_rows(Voicemail, lambda at: Voicemail.done_at < over_before("voicemail", at)),
    "caller_bar": _old_rows(
        CallerBar,
        lambda at: (
            sa.func.least(CallerBar.until, CallerBar.lifted_at) < over_before("caller_bar", at)
        ),
    ),
    "partner_fault": _old_rows(
        PartnerFault, lambda at: PartnerFault.mended_at < over_before("partner_fault", at)
    ),
    "audit": _audit,
}
"""How each period of `periods.json` ends."""
