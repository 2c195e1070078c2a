"""Partner organisations, whose people and programs work with the helpline."""

import re
import uuid
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit
from helpline.accounts.models import Organisation, OrganisationKind, Role, StaffMember

_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


class CannotKeepError(ValueError):
    """The organisation can't be kept like that; the words say why."""


def add(  # noqa: PLR0913 - each is a fact of the organisation
    session: Session,
    name: str,
    kind: OrganisationKind,
    mail_domains: str,
    *,
    by: uuid.UUID,
    at: datetime,
) -> Organisation:
    """Add an organisation.

    Raises:
        CannotKeepError: no name, a name that is taken, or a domain that can't be one.

    """
    plain = " ".join(name.split())
    if not plain:
        raise CannotKeepError("Give the organisation's name")
    if session.scalar(sa.select(sa.exists().where(Organisation.name == plain))):
        raise CannotKeepError("There is an organisation of this name already")
    added = Organisation(
        id=uuid.uuid4(),
        name=plain,
        kind=kind,
        mail_domains=read_domains(mail_domains),
        is_active=True,
        made_at=at,
    )
    session.add(added)
    session.flush()
    audit.note(session, audit.Act.organisation_added, at=at, who=by, about=added.id)
    return added


def set_active(
    session: Session, organisation_id: uuid.UUID, *, active: bool, by: uuid.UUID, at: datetime
) -> None:
    """Stop or resume working with a partner. While stopped, none of its keys opens anything."""
    session.get_one(Organisation, organisation_id).is_active = active
    audit.note(session, audit.Act.organisation_changed, at=at, who=by, about=organisation_id)


def everybody(session: Session) -> Sequence[Organisation]:
    """List all organisations by name."""
    return session.scalars(sa.select(Organisation).order_by(Organisation.name)).all()


def lets_in(session: Session, person: StaffMember) -> bool:
    """Whether somebody may sign in as far as their organisation goes; staff always may.

    An officer may while we work with their force and their address ends in one of its domains.
    """
    if person.role is not Role.police_partner:
        return True
    force = session.get(Organisation, person.organisation_id) if person.organisation_id else None
    if force is None or not force.is_active or force.kind is not OrganisationKind.police:
        return False
    return has_domain(force, person.email)


def has_domain(organisation: Organisation, email: str) -> bool:
    """Whether an e-mail address ends in one of an organisation's mail domains."""
    return email.strip().lower().rpartition("@")[2] in organisation.mail_domains


def change_domains(
    session: Session, organisation_id: uuid.UUID, written: str, *, by: uuid.UUID, at: datetime
) -> None:
    """Let an organisation have other mail domains. Whose address ends in none is let in no more.

    Raises:
        CannotKeepError: one of them can't be a domain.

    """
    session.get_one(Organisation, organisation_id).mail_domains = read_domains(written)
    audit.note(session, audit.Act.organisation_changed, at=at, who=by, about=organisation_id)


def read_domains(typed: str) -> list[str]:
    """Read domains written one after another, with or without an @ before each.

    Raises:
        CannotKeepError: one of them can't be a domain.

    """
    found = [each.lstrip("@") for each in re.split(r"[\s,;]+", typed.lower()) if each]
    wrong = next((each for each in found if not _DOMAIN.fullmatch(each)), None)
    if wrong is not None:
        raise CannotKeepError("A mail domain looks like example.police.uk")
    return list(dict.fromkeys(found))
