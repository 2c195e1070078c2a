"""Keys by which partners' programs are known: made, replaced without a gap, revoked, checked.

A key reads `hl_<prefix>_<secret>`. The prefix may be shown; of the secret, 256 random bits, only
the SHA-256 is kept. A key says what its holder may do (scopes) and always runs out.
"""

import enum
import hashlib
import hmac
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from helpline import audit
from helpline.accounts.models import ApiKey, Organisation

LONGEST_DAYS = 365
LONGEST_OVERLAP_DAYS = 30
MOST_A_MINUTE = 60
_KIND = "hl"
_PARTS = 3
_MOST_LETTERS = 100
_PREFIX_BYTES, _SECRET_BYTES = 4, 32
_NOBODYS_SHA256 = hashlib.sha256(b"nobody").digest()


class Scope(enum.StrEnum):
    """What a key may open."""

    textsafe_request = "textsafe:request"
    textsafe_read = "textsafe:read"
    directory_read = "directory:read"


class UnknownKeyError(Exception):
    """No such key, or it no longer opens anything: one answer for all of them."""


class ScopeMissingError(Exception):
    """The key opens other things."""


class TooOftenError(Exception):
    """More questions than a key may ask in a minute."""


class CannotMakeError(ValueError):
    """The key can't be made like that; the words say why."""


@dataclass(frozen=True)
class Wanted:
    """What a key shall open, and for how long."""

    scopes: tuple[str, ...]
    days: int
    key_id: uuid.UUID
    """The key of the form it was asked with: asked twice, there is one."""


@dataclass(frozen=True)
class Holder:
    """Who asks, as an API may know them."""

    key_id: uuid.UUID
    organisation_id: uuid.UUID
    organisation: str
    scopes: frozenset[str]
    expires_at: datetime


def make(
    session: Session, organisation_id: uuid.UUID, wanted: Wanted, *, by: uuid.UUID, at: datetime
) -> str:
    """Make a key and return it whole, which is never possible again.

    Raises:
        CannotMakeError: no scope, one that there isn't, too many days, or made already.

    """
    scopes = [each.value for each in Scope if each.value in wanted.scopes]
    if not scopes:
        raise CannotMakeError("Choose what the key may open")
    if not 1 <= wanted.days <= LONGEST_DAYS:
        raise CannotMakeError(f"A key lasts from 1 to {LONGEST_DAYS} days")
    if session.get(ApiKey, wanted.key_id) is not None:
        raise CannotMakeError("That key is made already. Replace it if nobody noted it down")
    key, words = _new(organisation_id, scopes, by=by, at=at)
    key.id, key.expires_at = wanted.key_id, at + timedelta(days=wanted.days)
    session.add(key)
    session.flush()
    audit.note(session, audit.Act.api_key_made, at=at, who=by, about=key.id)
    return words


def replace(
    session: Session, key_id: uuid.UUID, overlap_days: int, *, by: uuid.UUID, at: datetime
) -> str:
    """Make a key in place of another, which goes on opening for some days more.

    Raises:
        CannotMakeError: too long an overlap, or the old one opens nothing any more.

    """
    if not 0 <= overlap_days <= LONGEST_OVERLAP_DAYS:
        raise CannotMakeError(f"The old key may go on for 0 to {LONGEST_OVERLAP_DAYS} days")
    old = session.get_one(ApiKey, key_id, with_for_update=True, populate_existing=True)
    if old.revoked_at is not None or old.expires_at <= at:
        raise CannotMakeError("That key opens nothing any more. Make a new one")
    if session.scalar(sa.select(sa.exists().where(ApiKey.rotated_from == old.id))):
        raise CannotMakeError("That key is replaced already. Replace the new one instead")
    lasted = old.expires_at - old.made_at
    key, words = _new(old.organisation_id, old.scopes, by=by, at=at)
    key.rotated_from, key.expires_at = old.id, at + lasted
    old.expires_at = min(old.expires_at, at + timedelta(days=overlap_days))
    session.add(key)
    session.flush()
    audit.note(session, audit.Act.api_key_replaced, at=at, who=by, about=old.id)
    return words


def revoke(session: Session, key_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """Let a key open nothing from now on."""
    key = session.get_one(ApiKey, key_id)
    if key.revoked_at is None:
        key.revoked_at = at
        audit.note(session, audit.Act.api_key_revoked, at=at, who=by, about=key_id)


def of(session: Session, organisation_id: uuid.UUID) -> Sequence[ApiKey]:
    """List an organisation's keys, the newest first."""
    return session.scalars(
        sa.select(ApiKey)
        .where(ApiKey.organisation_id == organisation_id)
        .order_by(ApiKey.made_at.desc(), ApiKey.id)
    ).all()


def check(session: Session, words: str, scope: Scope | None, *, at: datetime) -> Holder:
    """Find who asks with this key, and count the question.

    Raises:
        UnknownKeyError: no such key, revoked, run out, or its organisation is stopped.
        TooOftenError: 60 questions were asked with it in this minute already.
        ScopeMissingError: it doesn't open this.

    """
    prefix, secret = _read(words)
    key = session.scalar(
        sa.select(ApiKey)
        .join(ApiKey.organisation)
        .options(contains_eager(ApiKey.organisation))
        .where(ApiKey.prefix == prefix)
    )
    # An unknown prefix takes as long as a wrong secret.
    known = key.secret_sha256 if key is not None else _NOBODYS_SHA256
    is_right = hmac.compare_digest(known, hashlib.sha256(secret.encode()).digest())
    if key is None or not is_right or not opens(key, key.organisation, at=at):
        raise UnknownKeyError
    if _counted(session, key.id, at) > MOST_A_MINUTE:
        raise TooOftenError
    if scope is not None and scope.value not in key.scopes:
        raise ScopeMissingError
    return Holder(
        key.id,
        key.organisation_id,
        key.organisation.name,
        frozenset(key.scopes),
        key.expires_at,
    )


def opens(key: ApiKey, organisation: Organisation, *, at: datetime) -> bool:
    """Whether a key still opens anything."""
    return organisation.is_active and key.revoked_at is None and key.expires_at > at


def _new(
    organisation_id: uuid.UUID, scopes: Sequence[str], *, by: uuid.UUID, at: datetime
) -> tuple[ApiKey, str]:
    prefix, secret = secrets.token_hex(_PREFIX_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
    key = ApiKey(
        id=uuid.uuid4(),
        organisation_id=organisation_id,
        prefix=prefix,
        secret_sha256=hashlib.sha256(secret.encode()).digest(),
        scopes=list(scopes),
        made_by=by,
        made_at=at,
        asked=0,
    )
    return key, f"{_KIND}_{prefix}_{secret}"


def _read(words: str) -> tuple[str, str]:
    # A secret may hold underscores itself; a prefix never does.
    parts = words.strip().split("_", _PARTS - 1)
    if len(words) > _MOST_LETTERS or len(parts) != _PARTS or parts[0] != _KIND:
        return "", ""
    return parts[1], parts[2]


def _counted(session: Session, key_id: uuid.UUID, at: datetime) -> int:
    minute = at.replace(second=0, microsecond=0)
    asked = sa.case((ApiKey.minute == minute, ApiKey.asked + 1), else_=1)
    counted: int | None = session.scalar(
        sa.update(ApiKey)
        .where(ApiKey.id == key_id)
        .values(minute=minute, asked=asked, last_used_at=minute)
        .returning(ApiKey.asked)
    )
    return counted or 0
