"""Pages of signposting: whom to ask what came of it, and figures without anybody in them."""

import csv
import io
import uuid

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from helpline import audit
from helpline.accounts.models import Role
from helpline.clock import now
from helpline.contacts.models import Contact
from helpline.database import transaction
from helpline.directory import services, upkeep
from helpline.signposting import figures, giving, wording
from helpline.signposting.forms import OutcomeForm
from helpline.signposting.models import Outcome
from helpline.web.access import Audience, audience, person

blueprint = Blueprint("signposts", __name__, url_prefix="/signposts")

TALKERS = (Role.call_taker, Role.supervisor)
COUNTERS = (Role.supervisor, Role.partner_liaison, Role.administrator, Role.data_protection_officer)
_REFUSED = 422


@blueprint.get("")
@audience(Audience.staff, *TALKERS)
def due() -> str:
    """List whom to ask what came of a service: one's own, a supervisor everybody's."""
    with transaction() as session:
        by = None if person().role == Role.supervisor else person().id
        listed = [
            (each, services.read_entry(each.version), session.get_one(Contact, each.contact_id))
            for each in giving.due(session, by=by, at=now())
        ]
        return render_template(
            "signposting/due.html", listed=listed, form=OutcomeForm(), say=wording
        )


@blueprint.post("/<uuid:signpost_id>/outcome")
@audience(Audience.staff, *TALKERS)
def outcome(signpost_id: uuid.UUID) -> Answer:
    """Note what came of it."""
    form = OutcomeForm()
    with transaction() as session:
        found = giving.locked(session, signpost_id)
        if found is None or (person().role != Role.supervisor and found.given_by != person().id):
            abort(404)
        if form.validate():
            chosen = Outcome(form.outcome.data)
            giving.note_outcome(session, found, chosen, by=person().id, at=now())
            flash("It is noted")
        else:
            flash("Choose what came of it")
    return redirect(url_for("signposts.due"), 303)


@blueprint.get("/figures")
@audience(Audience.staff, *COUNTERS)
def counted() -> str:
    """Show figures of whole months; small ones are held back."""
    months = _months()
    with transaction() as session:
        audit.note(session, audit.Act.signpost_figures_seen, at=now(), who=person().id)
        return render_template(
            "signposting/figures.html",
            tables=figures.tables(session, months, at=now()),
            upkeep=upkeep.counted(session, at=now()),
            months=months,
            choices=figures.MONTHS,
            least=figures.LEAST_SHOWN,
        )


@blueprint.get("/figures.csv")
@audience(Audience.staff, *COUNTERS)
def as_csv() -> Response:
    """Give the same figures as a file."""
    months = _months()
    with transaction() as session:
        audit.note(session, audit.Act.signpost_figures_seen, at=now(), who=person().id)
        tables = figures.tables(session, months, at=now())
    written = io.StringIO()
    out = csv.writer(written)
    out.writerow(("table", "row", "count"))
    for table in tables:
        for row in table.rows:
            held_back = f"under {figures.LEAST_SHOWN} or held back"
            out.writerow((table.title, _plain(row.label), row.count or held_back))
    headers = {"Content-Disposition": f"attachment; filename=signposts-{months}-months.csv"}
    return Response(written.getvalue(), mimetype="text/csv", headers=headers)


def _months() -> int:
    asked = request.args.get("months", "3")
    return int(asked) if asked in {str(each) for each in figures.MONTHS} else 3


def _plain(label: str) -> str:
    """Keep a name from being taken for a formula by a spreadsheet."""
    return f"'{label}" if label[:1] in "=+-@\t\r" else label
