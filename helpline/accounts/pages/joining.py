"""Joining the staff with an invitation.

The secret stands behind the # of the link: browsers don't send that part, so it is in no log of
ours or of a proxy. A script puts it into the form; without one it is typed.
"""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from helpline.accounts import half_sign_in, invitations, staff
from helpline.accounts.forms import JoinForm
from helpline.accounts.pages.edge import (
    TOO_MANY,
    WRONG,
    blueprint,
    remember_half,
    wait_words,
)
from helpline.accounts.throttle import TooManyTriesError
from helpline.clock import now
from helpline.database import transaction
from helpline.web.access import Audience, audience


@blueprint.route("/join", methods=["GET", "POST"])
@audience(Audience.public)
def join() -> Response | tuple[str, int]:
    """Take the invitation and a password; a second factor follows."""
    form = JoinForm()
    if not form.validate_on_submit():
        return _page(form, WRONG if form.is_submitted() else 200)
    try:
        with transaction() as session:
            secret, password = form.code.data or "", form.password.data or ""
            joined = invitations.accept(session, secret, password, at=now())
            remember_half(half_sign_in.begin(session, joined, at=now()).id)
    except invitations.InvitationOverError:
        form.code.errors = ["This invitation is used, withdrawn or over. Ask for a new one"]
        return _page(form, WRONG)
    except TooManyTriesError as error:
        form.password.errors = [wait_words(error.until)]
        return _page(form, TOO_MANY)
    except staff.CannotAddError as error:
        form.password.errors = [str(error)]
        return _page(form, WRONG)
    return redirect(url_for("accounts.set_up"), 303)


def _page(form: JoinForm, status: int) -> tuple[str, int]:
    return render_template("accounts/join.html", form=form), status
