"""Adding members of staff."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.accounts.models import Role, StaffMember
from helpline.accounts.sign_in import hash_password
from helpline.confidentiality import vault
from helpline.phone_numbers import PhoneNumber

LEAST_LETTERS = 12


class CannotAddError(ValueError):
    """The person can't be added; the words say why."""


def add(  # noqa: PLR0913, PLR0917 - each is a fact of the person
    session: Session,
    email: str,
    name: str,
    role: Role,
    password: str,
    phone: PhoneNumber | None,
    *,
    at: datetime,
) -> StaffMember:
    """Add a member of staff, off shift.

    Raises:
        CannotAddError: the address is taken or no address, or the password is short.

    """
    address = email.strip().lower()
    if "@" not in address:
        raise CannotAddError("Give an e-mail address, like priya@example.org")
    if len(password) < LEAST_LETTERS:
        raise CannotAddError(f"Choose a password of {LEAST_LETTERS} characters or more")
    if session.scalar(sa.select(sa.exists().where(StaffMember.email == address))):
        raise CannotAddError("Somebody with this e-mail address is there already")
    added = StaffMember(
        id=uuid.uuid4(),
        email=address,
        display_name=name.strip(),
        role=role,
        password_hash=hash_password(password),
        phone_token=vault.keep(session, phone) if phone is not None else None,
        availability_since=at,
    )
    session.add(added)
    session.flush()
    return added
