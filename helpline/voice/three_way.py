"""The author and somebody at home in one call, with one of us on the line: only where both want it.

The author is here, proved with reference and word, and agreed in the ledger; the other side said
that they would talk. Neither sees a number. The author is held, with words, from before the other
telephone rings until the call-taker has made sure who answered: nobody hears them before that
(domain.md 3.2, "Verifying the recipient"; L9 in 1g).
"""

import uuid
from contextlib import suppress
from datetime import datetime

from sqlalchemy.orm import Session

from helpline import audit
from helpline.confidentiality import consent, safe_contact
from helpline.confidentiality.consent import Scope
from helpline.confidentiality.safe_contact import Verdict, Way
from helpline.contacts import contacts
from helpline.contacts.models import Caller, Contact, ContactState, Happening
from helpline.messages import safety, sendings
from helpline.messages.models import Party, Wish
from helpline.voice import (
    call_outs,
    call_plan,
    calling_out,
    company,
    holding,
    legs,
    may_ring,
)
from helpline.voice.bridges import CannotBridgeError
from helpline.voice.call_outs import CallOut, Came, Ground
from helpline.voice.call_plan import Plan
from helpline.voice.may_ring import MayNotRingError
from helpline.voice.models import Leg, LegEnding, LegRole, LegState

_TALKS = (Wish.open, Wish.none_from_named)


def invite(
    session: Session, contact: Contact, party: Party, staff_id: uuid.UUID, *, at: datetime
) -> CallOut:
    """Hold the author and ring the other side. The contact's row must be locked.

    Raises:
        contacts.NotYoursError: somebody else has the author's call.
        MayNotRingError: not both want it, something stands against it, or they may not be rung.

    """
    if contact.owner_id != staff_id:
        raise contacts.NotYoursError
    known = call_outs.under_way(session, contact.id)
    if known is not None and known.ground is Ground.three_way:
        return known
    _check_call(session, contact)
    entry_id = _both_want_it(session, contact, party, at)
    recipient = _who_is_rung(session, party, at)
    holding.hold_caller(session, contact, staff_id, held=True, at=at)
    out = CallOut(
        id=uuid.uuid4(),
        contact_id=contact.id,
        caller_id=recipient.id,
        asked_by_id=staff_id,
        ground=Ground.three_way,
        consent_id=entry_id,
        number_token=recipient.number_token,
        made_at=at,
    )
    theirs = Leg(
        id=uuid.uuid4(),
        contact_id=contact.id,
        role=LegRole.invited,
        asked_by_id=staff_id,
        state=LegState.promised,
        made_at=at,
    )
    session.add(theirs)
    session.flush()
    out.leg_id = theirs.id
    session.add(out)
    session.flush()
    calling_out.promise_to_ring(session, out, theirs, at=at)
    contacts.happened(session, contact, Happening.ringing_begun, at=at, staff_id=staff_id)
    audit.note(session, audit.Act.person_rung, at=at, who=staff_id, about=contact.id)
    contacts.tell_changed(session, contact)
    return out


def is_wanted(session: Session, contact: Contact, leg: Leg) -> bool:
    """Whether the other side should be rung: the author is held, and a call-taker there."""
    caller = legs.live_caller(session, contact.id)
    return calling_out.is_wanted(session, contact, leg) and caller is not None and caller.is_held


def accepted(session: Session, contact: Contact, leg: Leg, at: datetime) -> Plan:
    """Let the other side in once the carrier says that the author is held."""
    if leg.state is not LegState.joined and not company.become_private(
        session, contact, leg, at=at
    ):
        return call_plan.one_moment(leg)
    out = call_outs.of_leg(session, leg.id)
    if out is not None and out.over_at is None:
        calling_out.end(session, contact, out, Came.taken, at=at)
    return call_plan.party_joins(contact, leg)


def ended(session: Session, contact: Contact, leg: Leg, because: LegEnding, at: datetime) -> None:
    """Go on when the other side was not reached, or has left: the author is taken off hold."""
    calling_out.person_ended(session, contact, leg, because, at)
    caller = legs.live_caller(session, contact.id)
    taker = calling_out.call_taker_in(session, contact)
    if caller is None or not caller.is_held or not taker or contact.owner_id is None:
        return
    # Beside a partner who has not met them yet, only a person lets an author be heard.
    with suppress(CannotBridgeError):
        holding.hold_caller(session, contact, contact.owner_id, held=False, at=at)


def _check_call(session: Session, contact: Contact) -> None:
    if contact.state is not ContactState.with_call_taker or not legs.live_caller(
        session, contact.id
    ):
        raise MayNotRingError("The author has to be on the telephone with you")


def _both_want_it(session: Session, contact: Contact, party: Party, at: datetime) -> uuid.UUID:
    thread = party.thread
    if sendings.newest_proof(session, thread.id, contact.id) is None:
        raise MayNotRingError("Ask for reference and word first")
    if thread.stopped_at is not None or thread.wish not in _TALKS or party.is_unwanted:
        raise MayNotRingError("The author wants nobody brought together with them")
    if not party.wants_to_talk or party.wants_no_more_at is not None:
        raise MayNotRingError("The other side has not said that they would talk")
    if not safety.is_resolved(thread, party):
        raise MayNotRingError("Something stands against it. A supervisor decides first")
    agreed = consent.in_force(session, contact.caller_id, at=at, scope=Scope.three_way)
    own = consent.in_force(session, thread.caller_id, at=at, scope=Scope.three_way)
    if not agreed and not own:
        raise MayNotRingError("Note first in the ledger that the author agrees to a three-way call")
    return (agreed or own)[0].id


def _who_is_rung(session: Session, party: Party, at: datetime) -> Caller:
    found = session.get(Caller, party.caller_id) if party.caller_id is not None else None
    if found is None or found.number_token is None:
        raise MayNotRingError("There is no number any more")
    verdict: Verdict = safe_contact.verdict(
        safe_contact.current(session, found.id), Way.call, at=at
    )
    if not verdict.may_leave:
        raise MayNotRingError("It is not a time at which they may be reached")
    may_ring.check_tries(session, found.id, at=at)
    return found
