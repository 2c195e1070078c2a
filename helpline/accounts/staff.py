"""Members of staff: adding, changing, letting go."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit
from helpline.accounts import availability, half_sign_in, passwords, sign_in, throttle
from helpline.accounts.models import (
    Authenticator,
    Availability,
    Passkey,
    Role,
    SignIn,
    StaffMember,
)
from helpline.confidentiality import vault
from helpline.phone_numbers import PhoneNumber


class CannotAddError(ValueError):
    """The person can't be added; the words say why."""


class NotOneselfError(Exception):
    """Administrators can't take their own rights away: somebody must be left who can give them."""


@dataclass(frozen=True)
class Colleague:
    """One line of the list of staff."""

    person: StaffMember
    last_signed_in: datetime | None
    factors: int
    """Second factors set up."""


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
        CannotAddError: the address is taken or no address, or the password won't do.

    """
    address = read_address(session, email)
    try:
        passwords.check(password, name=name, email=address)
    except passwords.WeakPasswordError as error:
        raise CannotAddError(str(error)) from None
    added = StaffMember(
        id=uuid.uuid4(),
        email=address,
        display_name=name.strip(),
        role=role,
        password_hash=sign_in.hash_password(password),
        phone_token=vault.keep(session, phone) if phone is not None else None,
        availability_since=at,
    )
    session.add(added)
    session.flush()
    audit.note(session, audit.Act.staff_added, at=at, about=added.id)
    return added


def read_address(session: Session, email: str) -> str:
    """Return a new colleague's e-mail address as it is kept.

    Raises:
        CannotAddError: it is no address, or a colleague's.

    """
    address = email.strip().lower()
    local, _, domain = address.partition("@")
    if not local or "." not in domain or any(sign.isspace() for sign in address):
        raise CannotAddError("Give an e-mail address, like priya@example.org")
    if session.scalar(sa.select(sa.exists().where(StaffMember.email == address))):
        raise CannotAddError("Somebody with this e-mail address is there already")
    return address


def everybody(session: Session) -> Sequence[Colleague]:
    """List all staff, those who work here first, by name. Officers stand with their force."""
    last = (
        sa.select(SignIn.staff_id, sa.func.max(SignIn.began_at).label("at"))
        .group_by(SignIn.staff_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(StaffMember, last.c.at, _number_of(Passkey) + _number_of(Authenticator))
        .outerjoin(last, last.c.staff_id == StaffMember.id)
        .where(StaffMember.role != Role.police_partner)
        .order_by(StaffMember.is_active.desc(), StaffMember.display_name, StaffMember.id)
    )
    return [Colleague(person, at, factors) for person, at, factors in rows]


def change_role(
    session: Session, staff_id: uuid.UUID, role: Role, *, by: uuid.UUID, at: datetime
) -> None:
    """Give somebody another role. They sign in anew, so no page of the old one stays open.

    Raises:
        NotOneselfError: one's own role.

    """
    if staff_id == by:
        raise NotOneselfError("Ask another administrator to change your own role")
    person = availability.locked(session, staff_id)
    if Role.police_partner in {person.role, role}:
        raise NotOneselfError("An officer stays one, and nobody becomes one: invite them instead")
    if person.role is not role:
        person.role = role
        sign_in.end_all(session, staff_id, at=at, by=by)
        audit.note(session, audit.Act.staff_changed, at=at, who=by, about=staff_id)


def change_phone(
    session: Session, staff_id: uuid.UUID, phone: PhoneNumber | None, *, by: uuid.UUID, at: datetime
) -> None:
    """Let another telephone ring for somebody's calls, or none."""
    person = availability.locked(session, staff_id)
    person.phone_token = vault.keep(session, phone) if phone is not None else None
    audit.note(session, audit.Act.staff_changed, at=at, who=by, about=staff_id)


def deactivate(session: Session, staff_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """Let somebody go: out of every browser at once, and off shift unless a call is going on.

    Raises:
        NotOneselfError: one's own account.

    """
    if staff_id == by:
        raise NotOneselfError("Ask another administrator to deactivate your own account")
    person = availability.locked(session, staff_id)
    person.is_active = False
    sign_in.end_all(session, staff_id, at=at, by=by)
    half_sign_in.end_all(session, staff_id)
    if person.availability is not Availability.busy:
        availability.become(session, person, Availability.off_shift, at=at)
    audit.note(session, audit.Act.staff_deactivated, at=at, who=by, about=staff_id)


def reactivate(session: Session, staff_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """Let somebody sign in again."""
    availability.locked(session, staff_id).is_active = True
    audit.note(session, audit.Act.staff_reactivated, at=at, who=by, about=staff_id)


def free(session: Session, staff_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """Forget somebody's wrong tries, so that they need not wait."""
    person = session.get_one(StaffMember, staff_id)
    throttle.forget(session, throttle.account(person.email), throttle.second_factor(staff_id))
    audit.note(session, audit.Act.sign_in_freed, at=at, who=by, about=staff_id)


def is_held(session: Session, person: StaffMember, *, at: datetime) -> bool:
    """Whether somebody must wait after too many wrong tries."""
    targets = (throttle.account(person.email), throttle.second_factor(person.id))
    return any(throttle.is_held(session, each, at=at) for each in targets)


def change_password(  # noqa: PLR0913 - each decides
    session: Session,
    staff_id: uuid.UUID,
    old: str,
    new: str,
    *,
    at: datetime,
    staying: uuid.UUID,
) -> bool:
    """Change one's own password, and sign out every browser but the one called `staying`.

    False if the old one is wrong. That is counted, so the caller must let the transaction commit.

    Raises:
        TooManyTriesError: too many wrong old ones lately.
        WeakPasswordError: the new one won't do.

    """
    person = availability.locked(session, staff_id)
    target = throttle.account(person.email)
    throttle.check(session, target, at=at)
    if not sign_in.is_password_of(person, old):
        throttle.count(session, target, at=at)
        audit.note(session, audit.Act.sign_in_failed, at=at, about=staff_id)
        return False
    passwords.check(new, name=person.display_name, email=person.email)
    person.password_hash = sign_in.hash_password(new)
    throttle.forget(session, target)
    sign_in.end_all(session, staff_id, at=at, by=staff_id, but=staying)
    half_sign_in.end_all(session, staff_id)
    audit.note(session, audit.Act.password_changed, at=at, who=staff_id, about=staff_id)
    return True


def _number_of(table: type[Passkey | Authenticator]) -> sa.ScalarSelect[int]:
    counted = sa.select(sa.func.count()).where(table.staff_id == StaffMember.id)
    if table is Authenticator:
        counted = counted.where(Authenticator.confirmed_at.is_not(None))
    return counted.scalar_subquery()
