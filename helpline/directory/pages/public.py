"""The directory for everybody: searched without an account, a cookie, or a trace kept by us.

What is looked for is posted, so that it stands in no address, no history and no log; the page needs
no script. It says how to hide one's own tracks, and leaves at once when asked.
"""

from flask import Blueprint, Response, make_response, render_template, request

from helpline.clock import now
from helpline.database import transaction
from helpline.directory import searching, services, wording
from helpline.directory.forms import FindServiceForm
from helpline.web.access import Audience, audience

blueprint = Blueprint("public_directory", __name__, url_prefix="/find-help")

MOST_SHOWN = 20


@blueprint.route("", methods=["GET", "POST"])
@audience(Audience.public)
def find() -> Response:
    """Show the search, and what was found. No token and so no cookie: nothing is changed here."""
    form = FindServiceForm(meta={"csrf": False})
    form.validate_on_submit()
    is_asked = form.is_submitted()
    found = []
    if is_asked:
        with transaction() as session:
            wish = form.wish(is_typing=False)
            found = searching.find(session, wish, at=now(), most=MOST_SHOWN)
    page = render_template(
        "outside/find_help.html",
        form=form,
        found=found,
        is_asked=is_asked,
        is_large="large" in request.form,
        standing=services.standing,
        say=wording,
        now=now(),
    )
    answer = make_response(page)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@blueprint.get("/hide-your-tracks")
@audience(Audience.public)
def hide_tracks() -> Response:
    """Say how to leave no trace of a visit."""
    answer = make_response(render_template("outside/hide_tracks.html"))
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
