"""Voicemails: words left after a tone, fetched once, kept locked, deleted at the carrier.

Only a caller who chose it is recorded, alone, after they were told; a conversation never is. News
of a recording comes twice (W12, W13), in any order, or not at all: then the carrier is asked.
"""

import base64
import enum
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from helpline import outbox
from helpline.accounts.models import StaffMember
from helpline.carrier import TRY_AGAIN, Accepted, Carrier, Outcome, RecordingSeen
from helpline.contacts import contacts, need
from helpline.contacts.models import Contact, ContactState, Ending, Happening, Need
from helpline.database import Base, EncryptedText, Id
from helpline.directory import line_hours
from helpline.outbox import Kind, Promise
from helpline.voice import call_plan, legs
from helpline.voice.call_plan import GoTo, HangUp, Plan, Record, Say
from helpline.voice.models import Leg, LegRole, LegState

LONGEST_SECONDS = 120
SILENCE_SECONDS = 10
MOST_BYTES = 5_000_000
"""Two minutes as the carrier sends them are two million."""
URGENT_WITHIN = timedelta(minutes=10)
"""A child, or somebody in danger, is listened to within so long, at any hour."""
OTHERS_WITHIN = timedelta(hours=1)
"""Of the hours in which their kind of call is answered."""
ASK_AFTER = timedelta(minutes=2)
_DELETE_AGAIN_AFTER = timedelta(hours=1)
_MOST_AT_ONCE = 20
_NOT_YET = (ContactState.arriving, ContactState.waiting)


class VoicemailState(enum.StrEnum):
    begun = "begun"
    """The caller was asked to speak."""
    left = "left"
    """Something was said. It is being fetched."""
    kept = "kept"
    empty = "empty"
    """Nothing was said."""
    not_had = "not_had"
    """The carrier did not give it. It is still there: somebody can ask again."""


class VoicemailOutcome(enum.StrEnum):
    """What came of a voicemail."""

    reached = "reached"
    passed_on = "passed_on"
    not_reached = "not_reached"
    no_answer_wanted = "no_answer_wanted"
    no_safe_way = "no_safe_way"
    silent = "silent"
    abusive = "abusive"


class Voicemail(Base):
    """One voicemail, and what is done about it."""

    __tablename__ = "voicemail"

    id: Mapped[Id]
    contact_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contact.id"), index=True)
    state: Mapped[VoicemailState]
    began_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    seconds: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    recording_sid: Mapped[str | None] = mapped_column(unique=True)
    deleted_at: Mapped[datetime | None]
    """When the carrier deleted its copy."""
    body: Mapped[str | None] = mapped_column(EncryptedText("voicemail.body"), deferred=True)
    """The sound as a WAV file, in base64."""
    is_urgent: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    due_at: Mapped[datetime | None]
    taken_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    taken_at: Mapped[datetime | None]
    done_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    done_at: Mapped[datetime | None]
    outcome: Mapped[VoicemailOutcome | None]

    contact: Mapped[Contact] = relationship(lazy="joined", innerjoin=True)
    taken_by: Mapped[StaffMember | None] = relationship(
        lazy="joined", foreign_keys="Voicemail.taken_by_id"
    )

    __table_args__ = (
        sa.Index(
            "ix_voicemail_open",
            sa.text("is_urgent DESC"),
            "due_at",
            postgresql_where=sa.text("done_at IS NULL"),
        ),
        # Begun twice for the same call, it is begun once.
        sa.Index(
            "uq_voicemail_begun",
            "contact_id",
            unique=True,
            postgresql_where=sa.text("state = 'begun'"),
        ),
    )


def begin(session: Session, contact: Contact, *, at: datetime) -> Plan:
    """Let a caller speak after a tone. The contact's row must be locked.

    Meanwhile no phone rings for them; and until something was said nothing is closed, so that
    whoever hangs up or stays silent is treated as before.
    """
    if _begun(session, contact.id) is None:
        session.add(Voicemail(contact_id=contact.id, state=VoicemailState.begun, began_at=at))
        contacts.happened(session, contact, Happening.voicemail_begun, at=at)
    caller = legs.live_caller(session, contact.id)
    if caller is not None and contact.state is ContactState.waiting:
        caller.is_in_menu, caller.menu_at = True, at + timedelta(seconds=LONGEST_SECONDS)
    return plan(contact)


def plan(contact: Contact) -> Plan:
    """Tell a caller what becomes of their words, then record them. Silence goes on."""
    done = f"/tw/voice/voicemail/{contact.id}/done"
    told = f"/tw/voice/recording/{contact.id}{TRY_AGAIN}"
    record = Record(done, told, LONGEST_SECONDS, SILENCE_SECONDS)
    return (Say("leave_message", contact.language), record, GoTo(done))


def spoken(
    session: Session, contact_id: uuid.UUID, recording_sid: str, seconds: int, *, at: datetime
) -> Plan:
    """Go on when a caller has finished speaking, or has said nothing (W12)."""
    contact = contacts.locked(session, contact_id)
    if contact is None:
        return call_plan.goodbye()
    if recording_sid and seconds:
        _came(session, contact, recording_sid, seconds, at)
        return (Say("message_left", contact.language), HangUp())
    _nothing_said(session, contact)
    if legs.live_caller(session, contact_id) is None or contact.state is ContactState.closed:
        return call_plan.goodbye()
    return (Say("nothing_heard", contact.language), call_plan.caller_joins(contact))


def told(  # noqa: PLR0913 - each is a fact that the carrier tells
    session: Session,
    contact_id: uuid.UUID,
    recording_sid: str,
    seconds: int,
    *,
    is_there: bool,
    at: datetime,
) -> None:
    """Hear from the carrier that the sound can be fetched, or that there is none (W13)."""
    contact = contacts.locked(session, contact_id)
    if contact is None or not recording_sid:
        return
    if not is_there or not seconds:
        _nothing_said(session, contact)
        return
    voicemail = _came(session, contact, recording_sid, seconds, at)
    if voicemail.state is VoicemailState.left:
        _fetch(session, voicemail, at)


def unheard_of(session: Session, *, at: datetime) -> Sequence[tuple[uuid.UUID, str]]:
    """List calls that are over, in which a voicemail was begun and nothing was heard of it since.

    Each with its contact.
    """
    rows = session.execute(
        sa.select(Voicemail.contact_id, Leg.call_sid)
        .join(Leg, sa.and_(Leg.contact_id == Voicemail.contact_id, Leg.role == LegRole.caller))
        .where(
            Voicemail.state == VoicemailState.begun,
            Leg.state == LegState.ended,
            Leg.call_sid.is_not(None),
            Leg.ended_at < at - ASK_AFTER,
        )
        .order_by(Voicemail.began_at)
        .limit(_MOST_AT_ONCE)
    )
    return [(row[0], str(row[1])) for row in rows]


def fetch_untold(session: Session, *, at: datetime) -> int:
    """Fetch those that were left and that nobody told us to fetch; returns how many."""
    asked = sa.exists().where(Promise.about == Voicemail.id, Promise.kind == Kind.fetch_recording)
    untold = session.scalars(
        sa.select(Voicemail)
        .where(Voicemail.state == VoicemailState.left, Voicemail.left_at < at - ASK_AFTER, ~asked)
        .limit(_MOST_AT_ONCE)
        .with_for_update(skip_locked=True, of=Voicemail)
    ).all()
    for each in untold:
        _fetch(session, each, at)
    return len(untold)


def found(
    session: Session, contact_id: uuid.UUID, seen: Sequence[RecordingSeen], *, at: datetime
) -> int:
    """Go on with what the carrier has of a call; returns how many voicemails that were.

    With nothing there after a while, nothing was said.
    """
    ready = [each for each in seen if each.is_ready and each.seconds]
    for each in ready:
        told(session, contact_id, each.sid, each.seconds, is_there=True, at=at)
    if not seen:
        contact = contacts.locked(session, contact_id)
        if contact is not None:
            _nothing_said(session, contact)
    return len(ready)


def prepare(session: Session, promise: Promise) -> Callable[[Carrier], Outcome] | None:
    """Prepare fetching a voicemail, or deleting it at the carrier."""
    sid = str(promise.details["recording_sid"])
    if promise.kind is Kind.delete_recording:
        return lambda carrier: carrier.delete_recording(sid)
    voicemail = session.get(Voicemail, promise.about)
    if voicemail is None or voicemail.state not in (VoicemailState.left, VoicemailState.not_had):
        return None
    return lambda carrier: carrier.fetch_recording(sid, most_bytes=MOST_BYTES)


def settled(session: Session, promise: Promise, outcome: Outcome, *, at: datetime) -> None:
    """Keep what was fetched, then have the carrier forget it; note when it has."""
    voicemail = session.get(
        Voicemail, promise.about, populate_existing=True, with_for_update={"of": Voicemail}
    )
    if voicemail is None:
        return
    if promise.kind is Kind.delete_recording:
        if isinstance(outcome, Accepted):
            voicemail.deleted_at = at
    elif isinstance(outcome, Accepted):
        voicemail.body = base64.b64encode(outcome.body).decode()
        voicemail.state = VoicemailState.kept
        _delete(session, voicemail, at)
    elif promise.state in outbox.SETTLED:
        voicemail.state = VoicemailState.not_had
    contacts.tell_changed(session, voicemail.contact)


def fetch_again(session: Session, voicemail: Voicemail, *, at: datetime) -> None:
    """Ask the carrier once more for one that it did not give."""
    if voicemail.state is VoicemailState.not_had:
        voicemail.state = VoicemailState.left
        _fetch(session, voicemail, at)


def delete_what_stayed(session: Session, *, at: datetime) -> int:
    """Ask the carrier again to delete what it still has although we have it; returns how many."""
    asked = sa.exists().where(
        Promise.about == Voicemail.id,
        Promise.kind == Kind.delete_recording,
        Promise.made_at > at - _DELETE_AGAIN_AFTER,
    )
    stayed = session.scalars(
        sa.select(Voicemail)
        .where(
            Voicemail.state.in_((VoicemailState.kept, VoicemailState.empty)),
            Voicemail.recording_sid.is_not(None),
            Voicemail.deleted_at.is_(None),
            ~asked,
        )
        .limit(_MOST_AT_ONCE)
        .with_for_update(skip_locked=True, of=Voicemail)
    ).all()
    for each in stayed:
        _delete(session, each, at)
    return len(stayed)


def opened(session: Session, voicemail_id: uuid.UUID) -> bytes | None:
    """Return the sound of one, as a WAV file; None where there is none."""
    body = session.scalar(sa.select(Voicemail.body).where(Voicemail.id == voicemail_id))
    return base64.b64decode(body) if body else None


def _begun(session: Session, contact_id: uuid.UUID) -> Voicemail | None:
    return session.scalars(
        sa.select(Voicemail).where(
            Voicemail.contact_id == contact_id, Voicemail.state == VoicemailState.begun
        )
    ).first()


def _came(
    session: Session, contact: Contact, recording_sid: str, seconds: int, at: datetime
) -> Voicemail:
    """Note a voicemail that was left, once, however often it is told."""
    known = session.scalars(
        sa.select(Voicemail).where(Voicemail.recording_sid == recording_sid)
    ).first()
    if known is not None:
        return known
    voicemail = _begun(session, contact.id) or Voicemail(
        id=uuid.uuid4(), contact_id=contact.id, began_at=at
    )
    session.add(voicemail)
    voicemail.state, voicemail.recording_sid = VoicemailState.left, recording_sid
    voicemail.seconds, voicemail.left_at = seconds, at
    voicemail.is_urgent = contact.is_child or Need.danger in need.reasons(contact)
    voicemail.due_at = _due(session, contact, at, is_urgent=voicemail.is_urgent)
    contacts.happened(session, contact, Happening.voicemail_left, at=at)
    if contact.state in _NOT_YET:
        contacts.close(session, contact, Ending.left_voicemail, at=at)
    elif contact.owner_id is None:
        # They hung up first: it was closed as if they had left without a word.
        contact.ending = Ending.left_voicemail
        contacts.tell_changed(session, contact)
    session.flush()
    return voicemail


def _nothing_said(session: Session, contact: Contact) -> None:
    begun = _begun(session, contact.id)
    if begun is not None:
        begun.state = VoicemailState.empty
        contacts.tell_changed(session, contact)


def _due(session: Session, contact: Contact, at: datetime, *, is_urgent: bool) -> datetime:
    if is_urgent:
        return at + URGENT_WITHIN
    hours = line_hours.of(session, line_hours.door_of(contact.stream))
    return (hours.next_open(at) or at) + OTHERS_WITHIN


def _fetch(session: Session, voicemail: Voicemail, at: datetime) -> None:
    waits = sa.exists().where(
        Promise.about == voicemail.id,
        Promise.kind == Kind.fetch_recording,
        Promise.state.not_in(outbox.SETTLED),
    )
    if not session.scalar(sa.select(waits)):
        _promise(session, Kind.fetch_recording, voicemail, at)


def _delete(session: Session, voicemail: Voicemail, at: datetime) -> None:
    _promise(session, Kind.delete_recording, voicemail, at)


def _promise(session: Session, kind: Kind, voicemail: Voicemail, at: datetime) -> None:
    outbox.promise(
        session,
        kind,
        about=voicemail.id,
        lane=voicemail.id,
        at=at,
        details={"recording_sid": voicemail.recording_sid},
    )
