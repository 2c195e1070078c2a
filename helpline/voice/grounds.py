"""On what ground a partner may be told of a caller: their agreement, or serious harm without it.

Source: domain.md 1g, C3: consent is sought first; and 4.4: without it only above the threshold, and
only once it may be told (`confidentiality/disclosures.py`). Without a ground nobody is rung.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.confidentiality import consent
from helpline.confidentiality.consent import Agreed, ConsentEntry, Heard, Scope, Towards
from helpline.confidentiality.models import Disclosure, Recipient
from helpline.contacts.models import Contact
from helpline.directory.models import Partner, PartnerKind
from helpline.voice.models import Bridge

SCOPES = frozenset({Scope.three_way, Scope.share_with_partner})
"""What somebody agrees to who agrees to be brought together with a partner."""
FOR_A_MESSAGE = frozenset({Scope.pass_message, Scope.share_with_partner})
"""What somebody agrees to who wants a partner told something, and no more."""
TOWARDS = {
    PartnerKind.council_childrens_services: Towards.social_worker,
    PartnerKind.police: Towards.police,
    PartnerKind.hospital: Towards.partner_service,
    PartnerKind.other: Towards.partner_service,
}
_TOLD = {
    PartnerKind.council_childrens_services: {Recipient.childrens_services},
    PartnerKind.police: {Recipient.police},
    PartnerKind.hospital: {Recipient.health, Recipient.ambulance},
    PartnerKind.other: {Recipient.another_service, Recipient.adult_services},
}


class NoGroundError(Exception):
    """Nobody agreed that this partner is told, and nothing else allows it; the words say so."""


@dataclass(frozen=True)
class Ground:
    """Exactly one of the two."""

    consent_id: uuid.UUID | None = None
    disclosure_id: uuid.UUID | None = None

    @classmethod
    def of(cls, bridge: Bridge) -> "Ground":
        """Return the ground of a bridge."""
        return cls(bridge.consent_id, bridge.disclosure_id)


def agreed(  # noqa: PLR0913 - each is a fact of what was agreed
    session: Session,
    contact: Contact,
    partner: Partner,
    words: str,
    form_key: uuid.UUID,
    *,
    by: uuid.UUID,
    at: datetime,
    for_message: bool = False,
) -> Ground:
    """Enter in the ledger that the caller agrees, and on which conditions.

    Raises:
        consent.ConsentRefusedError: it isn't written down what they said, or at too great a length.

    """
    wish = Agreed(
        scopes=FOR_A_MESSAGE if for_message else SCOPES,
        towards=TOWARDS[partner.kind],
        recipient=partner.name,
        words=words,
        heard=Heard.call,
        contact_id=contact.id,
        form_key=form_key,
    )
    entry = consent.record(session, contact.caller_id, wish, by=by, at=at)
    return Ground(consent_id=entry.id)


def check(  # noqa: PLR0913 - each is a fact of the question
    session: Session,
    contact: Contact,
    partner: Partner,
    ground: Ground,
    *,
    at: datetime,
    for_message: bool = False,
) -> None:
    """Make sure that this partner may be told of this caller now.

    Whoever agreed to talk with a partner agreed that they are told; not the other way round.

    Raises:
        NoGroundError: says what is missing.

    """
    least = frozenset({Scope.share_with_partner}) if for_message else SCOPES
    if not _is_about(session, contact, partner, ground, least):
        raise NoGroundError("Note first what they agreed to, or why it is told without agreement")
    if not holds(session, ground, at=at):
        raise NoGroundError(
            "They took their agreement back: ask them again"
            if ground.consent_id is not None
            else "A second person must agree before anything is told"
        )


def holds(session: Session, ground: Ground, *, at: datetime) -> bool:
    """Whether a ground still stands: not taken back, and decided where two must decide."""
    if ground.consent_id is not None:
        return consent.holds(session, ground.consent_id, at=at)
    if ground.disclosure_id is None:
        return False
    found = session.get(Disclosure, ground.disclosure_id, populate_existing=True)
    return found is not None and (found.may_be_made or found.made is not None)


def that_may_be_told(session: Session, contact: Contact, partner: Partner) -> Sequence[Disclosure]:
    """List the disclosures about this caller under which this partner may be told now."""
    found = session.scalars(
        sa.select(Disclosure)
        .where(
            Disclosure.caller_id == contact.caller_id,
            Disclosure.recipient.in_(_TOLD[partner.kind]),
        )
        .order_by(Disclosure.raised_at.desc())
    ).all()
    return [
        each for each in found if holds(session, Ground(disclosure_id=each.id), at=each.raised_at)
    ]


def _is_about(
    session: Session, contact: Contact, partner: Partner, ground: Ground, least: frozenset[Scope]
) -> bool:
    if ground.consent_id is not None:
        entry = session.get(ConsentEntry, ground.consent_id)
        return (
            entry is not None
            and entry.caller_id == contact.caller_id
            and set(entry.scopes) >= least
            and entry.towards is TOWARDS[partner.kind]
            and entry.recipient == partner.name
        )
    found = session.get(Disclosure, ground.disclosure_id) if ground.disclosure_id else None
    return (
        found is not None
        and found.caller_id == contact.caller_id
        and found.recipient in _TOLD[partner.kind]
    )
