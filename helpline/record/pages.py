"""The record of who saw or changed what, for those whom the matrix lets read it."""

import uuid
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined, unused-ignore]

from helpline import audit, audit_chain
from helpline.accounts.models import Role, StaffMember
from helpline.audit import Act
from helpline.clock import in_london, now
from helpline.confidentiality.access import Data, Fact, Sight, may
from helpline.contacts.models import Caller
from helpline.database import transaction
from helpline.record import entries
from helpline.record.entries import Wanted
from helpline.record.forms import FilterForm
from helpline.retention import requests
from helpline.web.access import Audience, audience, person
from helpline.web.freshness import fresh

blueprint = Blueprint("record", __name__)

# For now there is one team: every supervisor's.
READERS = tuple(role for role in Role if may(role, Data.audit, Fact.is_team) is Sight.whole)
_INVALID = 422


@blueprint.get("/audit")
@audience(Audience.staff, *READERS)
def read() -> str:
    """Show the record, newest first. Reading it is recorded too."""
    with transaction() as session:
        return _page(session, _wanted(), FilterForm())


@blueprint.post("/audit")
@audience(Audience.staff, *READERS)
def choose() -> Answer | tuple[str, int]:
    """Turn what was asked into ids, so that no reference stands in an address."""
    form = FilterForm()
    with transaction() as session:
        _name_staff(session, form)
        caller = None
        if form.validate() and form.reference.data:
            caller = requests.find_caller(session, form.reference.data, by=person().id, at=now())
            if caller is None:
                form.reference.errors = ["Nobody has this reference now"]
        if form.errors:
            return _page(session, _wanted(), form), _INVALID
        wanted = Wanted(
            caller_id=caller.id if caller is not None else None,
            who=uuid.UUID(form.who.data) if form.who.data else None,
            act=Act(form.act.data) if form.act.data else None,
            first_day=form.first_day.data,
            last_day=form.last_day.data,
        )
    return redirect(url_for("record.read", **wanted.as_query()), 303)


@blueprint.post("/audit/export")
@audience(Audience.staff, *READERS)
@fresh
def export() -> Response:
    """Hand out the rows that were asked for as a table, and record that."""
    with transaction() as session:
        written = entries.as_csv(session, _wanted())
        audit.note(session, audit.Act.audit_exported, at=now(), who=person().id)
    name = f"record-{in_london(now()).date().isoformat()}.csv"
    return Response(
        written,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _wanted() -> Wanted:
    """Read what is asked from the address; what can't be read is not asked."""
    asked = request.args
    return Wanted(
        caller_id=asked.get("caller_id", type=uuid.UUID),
        who=asked.get("who", type=uuid.UUID),
        act=asked.get("act", type=Act),
        first_day=asked.get("first_day", type=date.fromisoformat),
        last_day=asked.get("last_day", type=date.fromisoformat),
        before=asked.get("before", type=_row_number),
    )


def _row_number(written: str) -> int:
    return min(int(written), 2**62)


def _page(session: Session, wanted: Wanted, form: FilterForm) -> str:
    _name_staff(session, form)
    if not form.is_submitted():
        _fill(session, wanted, form)
    found = entries.page(session, wanted)
    about = wanted.caller_id
    audit.note(session, audit.Act.audit_read, at=now(), who=person().id, about=about)
    return render_template(
        "record/audit.html",
        form=form,
        page=found,
        wanted=wanted,
        head=audit_chain.head(session),
    )


def _fill(session: Session, wanted: Wanted, form: FilterForm) -> None:
    caller = session.get(Caller, wanted.caller_id) if wanted.caller_id else None
    values: dict[str, Any] = {
        "reference": caller.reference if caller is not None else "",
        "who": str(wanted.who or ""),
        "act": wanted.act.value if wanted.act else "",
        "first_day": wanted.first_day,
        "last_day": wanted.last_day,
    }
    for name, value in values.items():
        form[name].data = value


def _name_staff(session: Session, form: FilterForm) -> None:
    people = session.execute(
        sa.select(StaffMember.id, StaffMember.display_name).order_by(StaffMember.display_name)
    )
    form.who.choices = [
        SelectChoice("", "Anybody"),
        *(SelectChoice(str(staff_id), name) for staff_id, name in people),
    ]
