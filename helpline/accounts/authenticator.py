"""Authenticator apps: codes of six digits that change every half minute (RFC 6238)."""

import base64
import hmac
import io
import secrets
import uuid
from datetime import datetime, timedelta
from urllib.parse import quote

import segno
import sqlalchemy as sa
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy.orm import Session

from helpline.accounts.models import Authenticator

STEP_SECONDS = 30
DIGITS = 6
# A telephone's clock may be half a minute off, either way.
_DRIFT = (-1, 0, 1)
_SECRET_BYTES = 20
_SET_UP_WITHIN = timedelta(hours=1)
_ISSUER = "116 000 Helpline"


def start(session: Session, staff_id: uuid.UUID, *, at: datetime) -> Authenticator:
    """Make a secret for an app to read. It counts from the first right code on."""
    session.execute(
        sa.delete(Authenticator).where(
            Authenticator.staff_id == staff_id, Authenticator.confirmed_at.is_(None)
        )
    )
    secret = base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    begun = Authenticator(
        id=uuid.uuid4(),
        staff_id=staff_id,
        secret=secret,
        made_at=at,
        confirmed_at=None,
        last_step=0,
    )
    session.add(begun)
    session.flush()
    return begun


def being_set_up(session: Session, staff_id: uuid.UUID, *, at: datetime) -> Authenticator | None:
    """Return the one whose first code is awaited, for an hour."""
    return session.scalar(
        sa.select(Authenticator).where(
            Authenticator.staff_id == staff_id,
            Authenticator.confirmed_at.is_(None),
            Authenticator.made_at > at - _SET_UP_WITHIN,
        )
    )


def confirmed(session: Session, staff_id: uuid.UUID, *, lock: bool = False) -> Authenticator | None:
    """Return the one whose codes open, None if there is none."""
    wanted = sa.select(Authenticator).where(
        Authenticator.staff_id == staff_id, Authenticator.confirmed_at.is_not(None)
    )
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return session.scalar(wanted)


def confirm(session: Session, staff_id: uuid.UUID, typed: str, *, at: datetime) -> bool:
    """Let the app's first right code make it count, in place of an earlier app."""
    begun = being_set_up(session, staff_id, at=at)
    if begun is None:
        return False
    step = _step_of(begun.secret, typed, at, after=0)
    if step is None:
        return False
    session.execute(
        sa.delete(Authenticator).where(
            Authenticator.staff_id == staff_id, Authenticator.confirmed_at.is_not(None)
        )
    )
    begun.confirmed_at, begun.last_step = at, step
    session.flush()
    return True


def accept(session: Session, staff_id: uuid.UUID, typed: str, *, at: datetime) -> bool:
    """Whether this code opens now. Each code opens once (RFC 6238 section 5.2)."""
    known = confirmed(session, staff_id, lock=True)
    if known is None:
        return False
    step = _step_of(known.secret, typed, at, after=known.last_step)
    if step is None:
        return False
    known.last_step = step
    session.flush()
    return True


def code_at(secret: str, step: int) -> str:
    """Return the code of one half minute, counted from 1970."""
    totp = TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - as RFC 6238 has it  # nosec B303
    return totp.generate(step * STEP_SECONDS).decode()


def address(secret: str, email: str) -> str:
    """Return what an app reads from the picture (`otpauth://`)."""
    label = quote(f"{_ISSUER}:{email}")
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(_ISSUER)}"


def picture(what: str) -> bytes:
    """Draw a QR code as SVG: dark on light in any theme, with no style of its own."""
    out = io.BytesIO()
    segno.make(what, error="m").save(
        out, kind="svg", scale=5, border=4, light="#fff", svgclass=None, lineclass=None
    )
    return out.getvalue()


def _step_of(secret: str, typed: str, at: datetime, *, after: int) -> int | None:
    digits = "".join(typed.split()).replace("-", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) == DIGITS):
        return None
    this_step = int(at.timestamp()) // STEP_SECONDS
    for step in (this_step + drift for drift in _DRIFT):
        if step > after and hmac.compare_digest(code_at(secret, step), digits):
            return step
    return None
