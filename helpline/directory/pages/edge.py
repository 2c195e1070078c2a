"""What the pages of the directory share: who looks, who keeps it, names of colleagues."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.accounts.models import Role, StaffMember
from helpline.confidentiality.access import Data, Sight, may
from helpline.directory import faults, numbers
from helpline.web.forms import HelplineForm

INVALID = 422
READERS = tuple(each for each in Role if may(each, Data.directory) in {Sight.whole, Sight.edit})
KEEPERS = tuple(each for each in Role if may(each, Data.directory) is Sight.edit)


def to_do(session: Session, role: str, at: datetime) -> int:
    """Count what waits for those who keep the directory; nothing for anybody else."""
    if role not in KEEPERS:
        return 0
    return len(faults.to_mend(session)) + len(numbers.to_check(session, at=at))


def names(session: Session, ids: set[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    """Return the names of members of staff by id."""
    rows = session.execute(
        sa.select(StaffMember.id, StaffMember.display_name).where(StaffMember.id.in_(ids - {None}))
    )
    return {row.id: row.display_name for row in rows}


def status(form: HelplineForm) -> int:
    """Return the status of a page with a form."""
    return INVALID if form.errors else 200
