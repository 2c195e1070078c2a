"""Inviting people to the staff: a secret that opens once, for three days, and is kept nowhere."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, encryption
from helpline.accounts import staff
from helpline.accounts.models import Invitation, Role, StaffMember
from helpline.confidentiality import vault
from helpline.phone_numbers import PhoneNumber

LASTS = timedelta(hours=72)
_SECRET_BYTES = 32


class InvitationOverError(Exception):
    """Used, withdrawn, too old, or never made: one answer for all of them."""


@dataclass(frozen=True)
class Invited:
    """Who is invited, as the administrator wrote it."""

    email: str
    name: str
    role: Role
    phone: PhoneNumber | None
    form_key: uuid.UUID
    """Asked twice with one form, there is one invitation."""
    organisation_id: uuid.UUID | None = None
    """The force of an officer."""


def invite(session: Session, invited: Invited, *, by: uuid.UUID, at: datetime) -> str:
    """Invite somebody and return the secret of the link, which can't be shown again.

    An earlier invitation to the same address no longer opens.

    Raises:
        CannotAddError: no e-mail address, or a colleague's; or no name.

    """
    address = staff.read_address(session, invited.email)
    if not invited.name.strip():
        raise staff.CannotAddError("Give the name that colleagues know them by")
    if session.get(Invitation, invited.form_key) is not None:
        raise staff.CannotAddError("This invitation is made already. Invite them anew for a link")
    for each in open_ones(session, at=at):
        if each.email == address:
            withdraw(session, each.id, by=by, at=at)
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    made = Invitation(
        id=invited.form_key,
        email=address,
        display_name=invited.name.strip(),
        role=invited.role,
        organisation_id=invited.organisation_id,
        phone_token=vault.keep(session, invited.phone) if invited.phone is not None else None,
        fingerprint=_fingerprint(secret),
        made_by=by,
        made_at=at,
        expires_at=at + LASTS,
    )
    session.add(made)
    session.flush()
    audit.note(session, audit.Act.staff_invited, at=at, who=by, about=made.id)
    return secret


def open_ones(session: Session, *, at: datetime) -> Sequence[Invitation]:
    """List the invitations that still open, the newest first."""
    return session.scalars(
        sa.select(Invitation).where(*_still_opens(at)).order_by(Invitation.made_at.desc())
    ).all()


def withdraw(session: Session, invitation_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """Let an invitation open nothing any more."""
    session.execute(
        sa.update(Invitation)
        .where(Invitation.id == invitation_id, *_still_opens(at))
        .values(withdrawn_at=at)
    )
    audit.note(session, audit.Act.invitation_withdrawn, at=at, who=by, about=invitation_id)


def accept(session: Session, secret: str, password: str, *, at: datetime) -> StaffMember:
    """Join the staff with the secret of an invitation and a password of one's own.

    Raises:
        InvitationOverError: it opens nothing (any more).
        CannotAddError: the password won't do, or the address has been given to somebody since.

    """
    invitation = session.scalar(
        sa.select(Invitation)
        .where(Invitation.fingerprint == _fingerprint(secret.strip()), *_still_opens(at))
        .with_for_update()
    )
    if invitation is None:
        raise InvitationOverError
    joined = staff.add(
        session,
        invitation.email,
        invitation.display_name,
        invitation.role,
        password,
        None,
        at=at,
    )
    joined.phone_token = invitation.phone_token
    joined.organisation_id = invitation.organisation_id
    invitation.used_at = at
    return joined


def _still_opens(at: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Invitation.used_at.is_(None),
        Invitation.withdrawn_at.is_(None),
        Invitation.expires_at > at,
    )


def _fingerprint(secret: str) -> bytes:
    return encryption.blind_index(f"invitation:{secret}", encryption.index_key())
