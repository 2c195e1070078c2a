"""Passkeys (WebAuthn): the browser signs what we ask, with the person's finger, face or PIN."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import webauthn
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from helpline.accounts.models import Passkey, PasskeyChallenge, StaffMember

MOST_PASSKEYS = 10
MOST_NAME_LETTERS = 60
_ANSWER_WITHIN = timedelta(minutes=5)
# Whatever else a strange browser may send, it is no passkey.
_UNREADABLE = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, IndexError)


@dataclass(frozen=True)
class Site:
    """Where a passkey belongs: it opens nowhere else, so it can't be phished."""

    host: str
    """Host name without port."""
    origin: str
    """Scheme, host and port, as the browser shows them."""


@dataclass(frozen=True)
class Answer:
    """What a browser sent back, and from where it should have come."""

    json: str
    site: Site


class NotAPasskeyError(Exception):
    """What the browser sent can't be kept as a passkey."""


def of(session: Session, staff_id: uuid.UUID) -> Sequence[Passkey]:
    """Return the passkeys of one person, the oldest first."""
    return session.scalars(
        sa.select(Passkey).where(Passkey.staff_id == staff_id).order_by(Passkey.made_at)
    ).all()


def ask_to_make(
    session: Session, holder: uuid.UUID, staff: StaffMember, site: Site, *, at: datetime
) -> str:
    """Return what a browser needs to make a passkey, as JSON.

    Raises:
        NotAPasskeyError: the person has as many as one may have.

    """
    known = of(session, staff.id)
    if len(known) >= MOST_PASSKEYS:
        raise NotAPasskeyError("Remove a passkey that you no longer use first")
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name="116 000 Helpline",
        user_id=staff.id.bytes,
        user_name=staff.email,
        user_display_name=staff.display_name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_named(known),
    )
    _remember(session, holder, options.challenge, at)
    return webauthn.options_to_json(options)


def keep(
    session: Session, holder: uuid.UUID, staff_id: uuid.UUID, answer: Answer, *, at: datetime
) -> Passkey:
    """Keep the passkey that a browser made.

    Raises:
        NotAPasskeyError: it answers nothing we asked, or the person wasn't verified.

    """
    challenge = _take(session, holder, at)
    try:
        made = webauthn.verify_registration_response(
            credential=answer.json,
            expected_challenge=challenge,
            expected_rp_id=answer.site.host,
            expected_origin=answer.site.origin,
            require_user_verification=True,
        )
    except _UNREADABLE:
        raise NotAPasskeyError("The passkey could not be made. Try again") from None
    kept = Passkey(
        id=uuid.uuid4(),
        staff_id=staff_id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=_readable(""),
        made_at=at,
        used_at=None,
    )
    if session.scalar(sa.select(sa.exists().where(Passkey.credential_id == made.credential_id))):
        raise NotAPasskeyError("This passkey is kept already")
    session.add(kept)
    session.flush()
    return kept


def ask_to_sign(
    session: Session, holder: uuid.UUID, staff_id: uuid.UUID, site: Site, *, at: datetime
) -> str:
    """Return what a browser needs to sign with a passkey, as JSON."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        allow_credentials=_named(of(session, staff_id)),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    _remember(session, holder, options.challenge, at)
    return webauthn.options_to_json(options)


def accept(
    session: Session, holder: uuid.UUID, staff_id: uuid.UUID, answer: Answer, *, at: datetime
) -> bool:
    """Whether the browser signed what we asked, just now, with a passkey of this person."""
    try:
        challenge = _take(session, holder, at)
        credential_id = base64url_to_bytes(str(json.loads(answer.json)["rawId"]))
    except (NotAPasskeyError, *_UNREADABLE):
        return False
    known = session.scalar(
        sa.select(Passkey)
        .where(Passkey.staff_id == staff_id, Passkey.credential_id == credential_id)
        .with_for_update()
    )
    if known is None:
        return False
    try:
        signed = webauthn.verify_authentication_response(
            credential=answer.json,
            expected_challenge=challenge,
            expected_rp_id=answer.site.host,
            expected_origin=answer.site.origin,
            credential_public_key=known.public_key,
            # One that counts backwards is a copy: the library refuses it.
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
    except _UNREADABLE:
        return False
    known.sign_count, known.used_at = signed.new_sign_count, at
    return True


def rename(passkey: Passkey, name: str) -> None:
    """Call a passkey something else."""
    passkey.name = _readable(name)


def _named(known: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=each.credential_id) for each in known]


def _readable(name: str) -> str:
    return " ".join(name.split())[:MOST_NAME_LETTERS] or "Passkey"


def _remember(session: Session, holder: uuid.UUID, challenge: bytes, at: datetime) -> None:
    old = PasskeyChallenge.made_at < at - _ANSWER_WITHIN
    session.execute(sa.delete(PasskeyChallenge).where(old))
    row = {"challenge": challenge, "made_at": at}
    session.execute(
        insert(PasskeyChallenge)
        .values(holder=holder, **row)
        .on_conflict_do_update(index_elements=[PasskeyChallenge.holder], set_=row)
    )


def _take(session: Session, holder: uuid.UUID, at: datetime) -> bytes:
    challenge: bytes | None = session.scalar(
        sa.delete(PasskeyChallenge)
        .where(PasskeyChallenge.holder == holder, PasskeyChallenge.made_at > at - _ANSWER_WITHIN)
        .returning(PasskeyChallenge.challenge)
    )
    if challenge is None:
        raise NotAPasskeyError("That took too long. Try again")
    return challenge
