"""Who is phoning or texting: one caller for each number, a new one where it is withheld."""

import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import round_trips
from helpline.confidentiality import vault
from helpline.contacts.models import Caller
from helpline.phone_numbers import PhoneNumber
from helpline.round_trips import Question, column_names

# No letter or digit that is mistaken for another one when it is read out: 0 O, 1 I L, 5 S, 8 B.
_LETTERS = "ACDEFGHJKMNPQRTUVWXYZ"
_MARKS = _LETTERS + "234679"


# Both rows are held, so that two texts of one person come one after the other, and nothing forgets
# a number while its owner is coming back. Not the strongest lock: an answer that is being promised
# refers to the caller meanwhile, holds the conversation that we need next, and would wait for us as
# we for it.
_KNOWN = (
    f"SELECT vault_entry.locked_number IS NULL, {column_names(Caller)} "  # noqa: S608 - our own names
    "FROM caller JOIN vault_entry ON vault_entry.token = caller.number_token "
    "WHERE vault_entry.blind_index = %(mark)s FOR NO KEY UPDATE OF caller, vault_entry"
)
_IS_NEW = (
    "WITH added AS (INSERT INTO vault_entry (token, locked_number, blind_index) "
    "VALUES (%(token)s, %(locked_number)s, %(mark)s) ON CONFLICT DO NOTHING RETURNING token) "
    "INSERT INTO caller (id, reference, number_token, first_seen_at, is_identified, is_mobile) "
    "SELECT %(id)s, %(reference)s, token, %(at)s, false, %(is_mobile)s FROM added "
    "ON CONFLICT DO NOTHING RETURNING id"
)
_ADD = (
    "INSERT INTO caller (id, reference, number_token, first_seen_at, is_identified) "
    "VALUES (%(id)s, %(reference)s, %(token)s, %(at)s, false) ON CONFLICT DO NOTHING RETURNING id"
)


def who_is(number: PhoneNumber | None) -> Question:
    """Ask who has a number, and hold their row; for `recognise`."""
    return Question(_KNOWN, {"mark": vault.mark(number)})


def recognise(
    session: Session,
    number: PhoneNumber | None,
    *,
    at: datetime,
    found: Sequence[Any] | None = None,
) -> Caller:
    """Return the caller with this number, made now if it is new; the row is held.

    The number goes into the vault; what comes back knows only a reference and a token. `found` is
    the answer to `who_is`, where that was asked already.
    """
    if number is None:
        return _new(session, None, at)
    if found is None:
        (found,) = round_trips.ask(session, who_is(number))
    if not found:
        return _first_time(session, number, at)
    is_forgotten, *values = found[0]
    caller = round_trips.known(session, Caller, values)
    if is_forgotten:
        vault.keep(session, number)
    if caller.is_mobile is None:
        caller.is_mobile = number.is_mobile
    return caller


def add(session: Session, number: PhoneNumber, *, at: datetime) -> Caller | None:
    """Put a number and its caller down in one statement; None where the number is known already.

    So it is too where the same number arrived in the same instant: then that one has committed.
    """
    entry = vault.new_entry(number)
    caller = Caller(
        id=uuid.uuid4(),
        reference=new_reference(),
        number_token=entry.token,
        first_seen_at=at,
        is_identified=False,
        is_mobile=number.is_mobile,
    )
    row = {
        "token": entry.token,
        "locked_number": entry.locked_number,
        "mark": entry.blind_index,
        "id": caller.id,
        "reference": caller.reference,
        "at": at,
        "is_mobile": caller.is_mobile,
    }
    (added,) = round_trips.ask(session, Question(_IS_NEW, row))
    if not added:
        return None
    round_trips.stored(session, caller)
    return caller


def _first_time(session: Session, number: PhoneNumber, at: datetime) -> Caller:
    """Put number and caller down; step by step where one of them is known already."""
    added = add(session, number, at=at)
    if added is not None:
        return added
    token = vault.keep(session, number)
    known = session.scalar(sa.select(Caller).where(Caller.number_token == token))
    caller = known or _new(session, token, at)
    if caller.is_mobile is None:
        caller.is_mobile = number.is_mobile
    lock = sa.select(Caller.id).where(Caller.id == caller.id).with_for_update(key_share=True)
    session.execute(lock)
    return caller


def _new(session: Session, token: vault.Token | None, at: datetime) -> Caller:
    while True:
        caller = Caller(
            id=uuid.uuid4(),
            reference=new_reference(),
            number_token=token,
            first_seen_at=at,
            is_identified=False,
        )
        row = {"id": caller.id, "reference": caller.reference, "token": token, "at": at}
        (added,) = round_trips.ask(session, Question(_ADD, row))
        if added:
            round_trips.stored(session, caller)
            return caller
        # Either the reference was taken, or the same number arrived in the same instant.
        if token is not None:
            known = session.scalar(sa.select(Caller).where(Caller.number_token == token))
            if known is not None:
                return known


def new_reference() -> str:
    """Make a reference that can be read out: `K7F-2Q`. It says nothing about the caller."""
    first = secrets.choice(_LETTERS) + "".join(secrets.choice(_MARKS) for _ in range(2))
    return f"{first}-{''.join(secrets.choice(_MARKS) for _ in range(3))}"
