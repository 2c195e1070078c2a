"""One kind of call goes to a switchboard for some hours, and comes back if nobody answers there.

A supervisor starts it, with a checked number of the directory; it ends by itself. Callers hear
words and choose; the switchboard joins them in their own room, so neither sees a number and
whoever is not answered there has never left the line.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from helpline import audit, live
from helpline.accounts.models import StaffMember
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState, Happening, Stream
from helpline.database import Base, Id, one_at_a_time
from helpline.directory import ladder
from helpline.directory.models import Partner, PartnerKind, PartnerNumber
from helpline.voice import call_plan, legs, parties
from helpline.voice.call_plan import Ask, GoTo, Plan, Say
from helpline.voice.models import Leg, LegEnding, LegRole, LegState

LASTS = timedelta(hours=4)
PUT_THROUGH = "1"
_BEFORE = (ContactState.arriving, ContactState.waiting)


class CannotDivertError(ValueError):
    """Calls can't go there now; the words say why and what to do."""


class Divert(Base):
    __tablename__ = "divert"

    id: Mapped[Id]
    stream: Mapped[Stream]
    partner_number_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("partner_number.id"))
    began_at: Mapped[datetime]
    began_by_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    until: Mapped[datetime]
    """When it ends by itself, unless somebody renews it."""
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))

    to: Mapped[PartnerNumber] = relationship(lazy="joined", innerjoin=True)
    began_by: Mapped[StaffMember] = relationship(
        lazy="joined", innerjoin=True, foreign_keys="Divert.began_by_id"
    )

    __table_args__ = (
        sa.Index(
            "uq_divert_on", "stream", unique=True, postgresql_where=sa.text("ended_at IS NULL")
        ),
    )


def switchboards(session: Session, *, at: datetime) -> list[PartnerNumber]:
    """List the numbers to which calls may go: of partners that are no council, force or hospital.

    Checked, in date, and answered at this hour.
    """
    found = session.scalars(
        sa.select(PartnerNumber)
        .join(Partner)
        .where(
            Partner.kind == PartnerKind.other,
            Partner.is_active,
            PartnerNumber.retired_at.is_(None),
        )
        .order_by(Partner.name, PartnerNumber.made_at)
    ).all()
    return [each for each in found if _answers(each, at)]


def start(
    session: Session, stream: Stream, number_id: uuid.UUID, *, by: uuid.UUID, at: datetime
) -> Divert:
    """Let calls of one kind go to a switchboard from now on. On already, it lasts longer.

    Raises:
        CannotDivertError: the number may not be rung, or the kind goes elsewhere at the moment.

    """
    one_at_a_time(session, f"divert:{stream}")
    number = session.get(PartnerNumber, number_id)
    if number is None or number.partner.kind is not PartnerKind.other or not _answers(number, at):
        raise CannotDivertError("Choose a number that is checked and answered at this hour")
    is_on = _open(session, stream)
    if is_on is not None and is_on.until > at:
        if is_on.partner_number_id != number_id:
            raise CannotDivertError("These calls go to another number now. End that first")
        renew(session, is_on.id, by=by, at=at)
        return is_on
    if is_on is not None:
        is_on.ended_at = is_on.until
        session.flush()
    made = Divert(
        id=uuid.uuid4(),
        stream=stream,
        partner_number_id=number_id,
        began_at=at,
        began_by_id=by,
        until=at + LASTS,
    )
    session.add(made)
    session.flush()
    audit.note(session, audit.Act.stream_diverted, at=at, who=by, about=made.id)
    live.tell(session, "shift")
    return made


def renew(session: Session, divert_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """Let it last for another four hours from now. Over already, nothing changes."""
    found = _locked(session, divert_id)
    if found is not None and found.ended_at is None and found.until > at:
        found.until = at + LASTS
        audit.note(session, audit.Act.divert_renewed, at=at, who=by, about=found.id)
        live.tell(session, "shift")


def end(session: Session, divert_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """Take the calls back. Who is at the switchboard stays there."""
    found = _locked(session, divert_id)
    if found is not None and found.ended_at is None:
        found.ended_at, found.ended_by_id = at, by
        audit.note(session, audit.Act.divert_ended, at=at, who=by, about=found.id)
        live.tell(session, "shift")


def on_now(session: Session, *, at: datetime) -> Sequence[Divert]:
    """List what goes to a switchboard at this moment, as banners say."""
    return session.scalars(
        sa.select(Divert)
        .where(Divert.ended_at.is_(None), Divert.until > at)
        .order_by(Divert.began_at)
    ).all()


def question(session: Session, contact: Contact, *, at: datetime) -> Plan | None:
    """Ask a caller whose kind of call is diverted; None where it is not.

    Asked once a stream is known and before anybody's phone rings. Silence waits for one of us.
    """
    is_on = _on(session, contact.stream, at)
    if is_on is None or not _answers(is_on.to, at):
        return None
    answer = f"/tw/voice/divert/{contact.id}"
    asks = Ask("divert", answer, call_plan.ANSWER_SECONDS, contact.language)
    return (asks, asks, GoTo(answer))


def chosen(session: Session, contact_id: uuid.UUID, digits: str, *, at: datetime) -> Plan:
    """Go on as a caller chose: the switchboard is rung while they wait with us; or they wait."""
    contact = contacts.locked(session, contact_id)
    if contact is None or legs.live_caller(session, contact_id) is None:
        return call_plan.goodbye()
    is_on = _on(session, contact.stream, at)
    words = "wait_on"
    if digits == PUT_THROUGH and is_on is not None and contact.state in _BEFORE:
        parties.ring(
            session,
            contact,
            LegRole.switchboard,
            asked_by=is_on.began_by_id,
            partner_number_id=is_on.partner_number_id,
            at=at,
        )
        contacts.happened(session, contact, Happening.switchboard_rung, at=at)
        words = "divert_rings"
    return (Say(words, contact.language), call_plan.caller_joins(contact))


def is_ringing(session: Session, contact_id: uuid.UUID) -> bool:
    """Whether a switchboard is being rung for a caller: meanwhile nobody else is."""
    return bool(parties.live(session, contact_id, LegRole.switchboard))


def is_wanted(session: Session, contact: Contact, leg: Leg) -> bool:
    """Whether the switchboard should still be rung: nobody of ours has the caller yet."""
    if leg.state is LegState.ended or contact.state is ContactState.with_call_taker:
        return False
    goes_on = contact.state in (*_BEFORE, ContactState.with_switchboard)
    return goes_on and legs.live_caller(session, contact.id) is not None


def accepted(session: Session, contact: Contact, leg: Leg, at: datetime) -> Plan:
    """Bring the switchboard to the caller. It begins the talk: nobody of ours is there."""
    if contact.state in _BEFORE:
        contacts.step(contact, ContactState.with_switchboard)
        contacts.happened(session, contact, Happening.put_through, at=at)
        contacts.tell_changed(session, contact)
    return call_plan.party_joins(contact, leg, starts_it=True)


def ended(session: Session, contact: Contact, leg: Leg, because: LegEnding, at: datetime) -> None:
    """Bring a caller back to those who wait when the switchboard did not answer, or has gone."""
    del because
    caller = legs.live_caller(session, contact.id)
    if caller is None or contact.state not in (*_BEFORE, ContactState.with_switchboard):
        return
    contacts.happened(session, contact, Happening.back_from_switchboard, at=at)
    if contact.state is ContactState.with_switchboard:
        contacts.start_waiting(session, contact, at=at)
    if leg.joined_at is not None and caller.call_sid is not None:
        # The room has begun: alone in it they would hear silence.
        parties.hold(session, contact, caller, held=True, at=at)
    contacts.tell_changed(session, contact)


def _answers(number: PartnerNumber, at: datetime) -> bool:
    return ladder.may_be_rung(number, at=at) and ladder.is_answered(
        number, number.partner.nation, at=at
    )


def _open(session: Session, stream: Stream) -> Divert | None:
    return session.scalars(
        sa.select(Divert)
        .where(Divert.stream == stream, Divert.ended_at.is_(None))
        .with_for_update(of=Divert)
    ).first()


def _on(session: Session, stream: Stream, at: datetime) -> Divert | None:
    return session.scalars(
        sa.select(Divert).where(
            Divert.stream == stream, Divert.ended_at.is_(None), Divert.until > at
        )
    ).first()


def _locked(session: Session, divert_id: uuid.UUID) -> Divert | None:
    return session.scalars(
        sa.select(Divert)
        .where(Divert.id == divert_id)
        .with_for_update(of=Divert)
        .execution_options(populate_existing=True)
    ).first()
