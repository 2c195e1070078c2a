"""Who is phoning or texting: one caller for each number, a new one where it is withheld."""

import secrets
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from helpline.confidentiality import vault
from helpline.contacts.models import Caller
from helpline.phone_numbers import PhoneNumber

# No letter or digit that is mistaken for another one when it is read out: 0 O, 1 I L, 5 S, 8 B.
_LETTERS = "ACDEFGHJKMNPQRTUVWXYZ"
_MARKS = _LETTERS + "234679"


def recognise(session: Session, number: PhoneNumber | None, *, at: datetime) -> Caller:
    """Return the caller with this number, made now if it is new.

    The number goes into the vault; what comes back knows only a reference and a token.
    """
    if number is None:
        return _new(session, None, at)
    token = vault.keep(session, number)
    known = session.scalar(sa.select(Caller).where(Caller.number_token == token))
    caller = known or _new(session, token, at)
    if caller.is_mobile is None:
        caller.is_mobile = number.is_mobile
    return caller


def _new(session: Session, token: vault.Token | None, at: datetime) -> Caller:
    while True:
        added: Caller | None = session.scalar(
            insert(Caller)
            .values(reference=new_reference(), number_token=token, first_seen_at=at)
            .on_conflict_do_nothing()
            .returning(Caller)
        )
        if added is not None:
            return added
        # Either the reference was taken, or the same number arrived in the same instant.
        if token is not None:
            known = session.scalar(sa.select(Caller).where(Caller.number_token == token))
            if known is not None:
                return known


def new_reference() -> str:
    """Make a reference that can be read out: `K7F-2Q`. It says nothing about the caller."""
    first = secrets.choice(_LETTERS) + "".join(secrets.choice(_MARKS) for _ in range(2))
    return f"{first}-{''.join(secrets.choice(_MARKS) for _ in range(3))}"
