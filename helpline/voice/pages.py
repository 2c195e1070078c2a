"""The browser phone: its page, the token it registers with, and its signs of life."""

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from wtforms import HiddenField
from wtforms.validators import AnyOf

from helpline.accounts.models import Role
from helpline.carrier.twilio_carrier import browser_phone_token
from helpline.clock import now
from helpline.database import transaction
from helpline.voice import softphones
from helpline.web import headers
from helpline.web.access import Audience, audience, person
from helpline.web.carrier_webhooks import settings
from helpline.web.forms import HelplineForm

blueprint = Blueprint("voice", __name__)

CALL_TAKERS = (Role.call_taker, Role.supervisor)
_TOO_MANY = 429


class SignOfLifeForm(HelplineForm):
    state = HiddenField(validators=[AnyOf(["on", "off"])])


@blueprint.get("/phone")
@audience(Audience.staff, *CALL_TAKERS)
def phone() -> Response:
    """Show the browser phone, in a window of its own: a call outlives the console's pages."""
    plain_host = headers.exchange_host(settings(), request.host)
    answer = make_response(render_template("voice/softphone.html", plain_host=plain_host))
    answer.headers["Content-Security-Policy"] = headers.policy_with_phone(settings())
    return answer


@blueprint.post("/phone/token")
@audience(Audience.staff, *CALL_TAKERS)
def token() -> Response:
    """Make the token with which this person's browser registers at the carrier."""
    staff_id, at = person().id, now()
    try:
        with transaction() as session:
            softphones.may_have_token(session, staff_id, at=at)
    except softphones.TooOftenError:
        return make_response("", _TOO_MANY, {"Retry-After": "2"})
    life = int(softphones.TOKEN_LIFE.total_seconds())
    made = browser_phone_token(settings(), softphones.identity(staff_id), life)
    return jsonify(token=made, seconds=life)


@blueprint.post("/phone/here")
@audience(Audience.staff, *CALL_TAKERS)
def here() -> Response:
    """Hear from a browser phone that it is on, or was turned off."""
    form = SignOfLifeForm()
    if not form.validate():
        return make_response("", 422)
    with transaction() as session:
        if form.state.data == "on":
            softphones.here(session, person().id, at=now())
        else:
            softphones.gone(session, person().id)
    return make_response("", 204)
