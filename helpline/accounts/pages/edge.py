"""What the pages of accounts share: the blueprint, who is signed in, what the browser keeps."""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Request, current_app, request, url_for
from flask import session as browser
from flask.sessions import SessionMixin
from flask_login import UserMixin, current_user
from sqlalchemy.orm import Session

from helpline.accounts import sign_in
from helpline.accounts.browsers import kind
from helpline.accounts.models import Proof, Role, StaffMember
from helpline.accounts.pages import known_browsers
from helpline.accounts.passkeys import Site
from helpline.clock import now
from helpline.database import db, transaction
from helpline.settings import Settings

blueprint = Blueprint("accounts", __name__)

# Those who take no calls begin elsewhere.
_BEGINS_AT = {
    Role.administrator: "accounts.staff_list",
    Role.safeguarding_lead: "people.flagged",
    Role.partner_liaison: "people.search",
    Role.data_protection_officer: "record.read",
    Role.police_partner: "police.listed",
}
WRONG = 422
TOO_MANY = 429
# A path of ours in plain signs: "//", "/\\" and "/<tab>/" begin another site's address to browsers.
_OUR_PAGE = re.compile(r"/(?:[\w.~:@%?=&+-][\w.~:@%?=&+/-]*)?", re.ASCII)
_SIGN_IN = "sign_in"
_HALF = "half_sign_in"


@dataclass
class Person(UserMixin):  # type: ignore[misc, unused-ignore]
    """Who is signed in, as pages see them."""

    id: uuid.UUID
    display_name: str
    role: Role
    sign_in_id: uuid.UUID
    proved_at: datetime


def load_person(_: Request) -> Person | None:
    """Return whoever is signed in in this browser, if the sign-in still holds."""
    sign_in_id = _kept(_SIGN_IN)
    if sign_in_id is None:
        return None
    at = now()
    found = sign_in.current(
        db.session(),
        sign_in_id,
        at=at,
        longest=longest(),
        idle=idle(),
        password_is_enough=settings().training,
    )
    if found is None:
        return None
    if sign_in.needs_touch(found, at=at):
        with transaction() as session:
            sign_in.touch(session, sign_in_id, at=at)
    staff = found.staff
    return Person(staff.id, staff.display_name, staff.role, sign_in_id, found.proved_at)


def me() -> Person:
    """Return whoever is signed in. Only in routes for staff."""
    person: Person = current_user._get_current_object()  # noqa: SLF001 - the only way past the proxy
    return person


def let_in(session: Session, staff: StaffMember, proof: Proof) -> None:
    """Sign somebody in, in this browser."""
    begun = sign_in.begin(
        session, staff, at=now(), proof=proof, browser=kind(request.user_agent.string)
    )
    remember(begun.id)
    known_browsers.mark(staff.email)


def remember(sign_in_id: uuid.UUID) -> None:
    """Let this browser be known by a sign-in, and by nothing it was known by before."""
    # A new session at each step, so that an older cookie can't be planted on somebody.
    _start_anew()[_SIGN_IN] = str(sign_in_id)


def remember_half(half_id: uuid.UUID) -> None:
    """Let this browser be known as one in which the password was right."""
    _start_anew()[_HALF] = str(half_id)


def half_id() -> uuid.UUID | None:
    """Return the half sign-in of this browser, None if it has none."""
    return _kept(_HALF)


def forget_browser() -> None:
    """Keep nothing in this browser."""
    browser.clear()


def where_to_go(role: Role) -> str:
    """Return the page that was asked for before signing in, else the one where work begins."""
    wanted = request.args.get("next", "")
    return wanted if _OUR_PAGE.fullmatch(wanted) else landing(role)


def landing(role: Role) -> str:
    """Return where people of one role begin."""
    return url_for(_BEGINS_AT.get(role, "console.console"))


def on_to(page: str) -> str:
    """Return the address of the next step, which carries on what was asked for at first."""
    return url_for(page, next=request.args.get("next"))


def site() -> Site:
    """Return where passkeys of this system belong."""
    known = settings()
    # Learners may use "localhost" where the settings say 127.0.0.1, on which no passkey works.
    origin = request.host_url.rstrip("/") if known.training else known.public_base_url
    return Site(urlsplit(origin).hostname or "", origin)


def wait_words(until: datetime) -> str:
    """Say how long to wait after too many wrong tries."""
    minutes = max(1, -int((now() - until).total_seconds() // 60))
    length = "a minute" if minutes == 1 else f"{minutes} minutes"
    return f"Too many wrong tries. Wait {length}, then try again"


def settings() -> Settings:
    """Return the settings of this application."""
    found: Settings = current_app.extensions["helpline_settings"]
    return found


def longest() -> timedelta:
    """Return how long a sign-in lasts at most."""
    return timedelta(hours=settings().session_hours)


def idle() -> timedelta:
    """Return how long a sign-in lasts without a click."""
    return timedelta(minutes=settings().session_idle_minutes)


def _start_anew() -> SessionMixin:
    browser.clear()
    browser.permanent = True
    return browser


def _kept(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(browser.get(name, "")))
    except ValueError:
        return None
