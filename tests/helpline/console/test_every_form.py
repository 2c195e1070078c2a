"""Every form of the house, posted as badly as can be, is answered and never breaks."""

import functools
import re
import uuid
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
import requests
import sqlalchemy as sa
from wtforms.fields.core import UnboundField

from helpline.accounts.models import Availability, Role
from helpline.clock import now
from helpline.sms import conversations
from helpline.sms.models import Direction, Text
from helpline.web.access import Audience, audience_of, roles_of
from helpline.web.forms import HelplineForm
from tests.helpline import making
from tests.helpline.textsafe import asking
from tests.system import System

Fields = list[tuple[str, str]]

AS_A_FORM = {"Content-Type": "application/x-www-form-urlencoded"}

# Stands for the key of a form until it is sent.
A_KEY = "a-key-of-its-own"

SPOILT: dict[str, Callable[[str], list[str]]] = {
    "empty": lambda _: [""],
    "doubled": lambda _: ["1", "2"],
    "of many letters": lambda _: ["a" * 3000],
    "of NUL": lambda _: ["\x00", "a\x00b"],
    "of a number too big": lambda _: ["9" * 40],
    "below nought": lambda _: ["-1"],
    "that looks like code": lambda _: ["😀\u202e<script>'\"{{7*7}}%00../../etc"],
    "right, but the words are empty": lambda name: [A_KEY] if name == "form_key" else ["0"],
}


# What is sent in the place of a form.
NO_FORMS = (b"[1]", b'{"words": 7}', b"{", b"null", b"\xff\xfe")


def every_form(form: type = HelplineForm) -> Iterator[type]:
    for heir in form.__subclasses__():
        yield heir
        yield from every_form(heir)


def field_names() -> list[str]:
    names = {
        name
        for form in every_form()
        for base in form.__mro__
        for name, field in vars(base).items()
        if isinstance(field, UnboundField)
    }
    return sorted(names - {"csrf_token", "submit"})


# Written once: half a million letters take as long to write as a server takes to refuse them.
@functools.cache
def as_sent(kind: str) -> str:
    spoil = SPOILT[kind]
    return urlencode([(name, value) for name in field_names() for value in spoil(name)])


def spoilt_form(kind: str) -> str:
    """Give every field there is, each spoilt in one way, under a key that no form had before."""
    return as_sent(kind).replace(A_KEY, str(uuid.uuid4()))


class Browser:
    """Somebody signed in by a training door, with a token for every form."""

    def __init__(self, system: System, role: Role) -> None:
        self.system, self.role = system, role
        with system.transaction() as session:
            if role is Role.police_partner:
                self.staff_id = asking.officer(session, asking.force(session)).id
            else:
                self.staff_id = making.staff_member(session, Availability.ready, role=role).id
        self.sign_in()

    def sign_in(self) -> None:
        self.http = requests.Session()
        self.take_token("/sign-in")
        self.post(f"/training/be/{self.staff_id}", [])
        self.take_token("/sign-in")

    def take_token(self, path: str) -> None:
        page = self.http.get(self.system.web + path, timeout=20).text
        found = re.search(r'name="csrf[-_]token"[^>]*?(?:value|content)="([^"]+)"', page)
        assert found is not None, path
        self.http.headers["X-CSRFToken"] = found.group(1)

    def post(self, path: str, fields: Fields | str) -> requests.Response:
        return self.http.post(
            self.system.web + path,
            data=fields,
            headers=AS_A_FORM if isinstance(fields, str) else None,
            timeout=20,
            allow_redirects=False,
        )

    def breaks(self, path: str, body: bytes) -> bool:
        headers = {"Content-Type": "application/json"}
        url = self.system.web + path
        answer = self.http.post(url, data=body, headers=headers, timeout=20, allow_redirects=False)
        return answer.status_code >= 500


def contact_with_a_text_of(system: System, staff_id: uuid.UUID) -> dict[str, uuid.UUID]:
    with system.transaction() as session:
        staff = session.get_one(making.StaffMember, staff_id)
        contact = making.conversation(session, staff)
        seen = conversations.newest_incoming(session, contact.id)
        answer = conversations.Reply("hello", seen, uuid.uuid4())
        conversations.reply(session, contact, staff_id, answer, at=now())
        session.flush()
        ours = sa.select(Text.id).where(Text.direction == Direction.outbound)
        return {
            "contact_id": contact.id,
            "text_id": session.scalars(ours.limit(1)).one(),
            "staff_id": staff_id,
        }


def addresses(
    system: System, ids: dict[str, uuid.UUID], only: Callable[[frozenset[str]], bool] | None = None
) -> list[str]:
    """Give the address of every form, with ids that exist where there are some.

    `only` chooses by the roles that a form is kept to.
    """

    def fill(match: re.Match[str]) -> str:
        return str(ids.get(match.group(1), uuid.UUID(int=7)))

    def filled(rule: str) -> str:
        chosen = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule)
        return re.sub(r"<[^>]*>", "1", re.sub(r"<uuid:(\w+)>", fill, chosen))

    return sorted(
        filled(rule.rule)
        for rule in system.app.url_map.iter_rules()
        if "POST" in (rule.methods or set())
        and audience_of(system.app, rule.endpoint) is not Audience.carrier
        and (only is None or only(roles_of(system.app, rule.endpoint)))
    )


@pytest.mark.parametrize("role", list(Role))
def test_no_form_breaks_however_badly_it_is_filled_in(system: System, role: Role) -> None:
    browser = Browser(system, role)
    ids = contact_with_a_text_of(system, browser.staff_id)
    assert len(field_names()) > 10
    broken = []
    # What everybody may post is posted by a call-taker; the others post what is theirs alone.
    own = lambda roles: role in roles or (role is Role.call_taker and not roles)  # noqa: E731
    for path in addresses(system, ids, own):
        for kind in SPOILT:
            status = browser.post(path, spoilt_form(kind)).status_code
            if status >= 500:
                broken.append(f"{path} with every field {kind}: {status}")
            if "sign-out" in path or "/be/" in path:
                browser.sign_in()
                break
        broken += [f"{path} with {body!r}" for body in NO_FORMS if browser.breaks(path, body)]
    assert broken == []


def test_a_form_that_is_too_big_is_refused(system: System) -> None:
    browser = Browser(system, Role.call_taker)
    ids = contact_with_a_text_of(system, browser.staff_id)
    huge = [("words", "a" * 600_000), ("form_key", str(uuid.uuid4()))]
    for path in addresses(system, ids):
        assert browser.post(path, huge).status_code in {400, 401, 403, 413}, path


def test_no_form_is_taken_without_its_token(system: System) -> None:
    browser = Browser(system, Role.call_taker)
    ids = contact_with_a_text_of(system, browser.staff_id)
    token = browser.http.headers.pop("X-CSRFToken")
    # Not the last letter: two of its bits mean nothing, and another letter may mean the same.
    whole = str(token)
    forged = whole[:-5] + ("y" if whole[-5] == "x" else "x") + whole[-4:]
    for wrong in (None, "", "nonsense", forged):
        if wrong is not None:
            browser.http.headers["X-CSRFToken"] = wrong
        for path in addresses(system, ids):
            # Programs of partners bring a key instead; the page of a recipient, its link. Whoever
            # looks for a service has no cookie, and changes nothing.
            if path.startswith(("/api/", "/message/", "/find-help")):
                continue
            assert browser.post(path, []).status_code == 400, path


def test_a_token_of_another_browser_is_not_taken(system: System) -> None:
    mine, theirs = Browser(system, Role.call_taker), Browser(system, Role.call_taker)
    mine.http.headers["X-CSRFToken"] = theirs.http.headers["X-CSRFToken"]
    answer = mine.post("/console/availability", [("availability", "away")])
    assert answer.status_code == 400


def test_a_refused_reply_keeps_the_words_on_the_screen(system: System) -> None:
    """A script gets the sentence alone and leaves what was typed where it is."""
    browser = Browser(system, Role.call_taker)
    ids = contact_with_a_text_of(system, browser.staff_id)
    browser.http.headers["HX-Request"] = "true"
    answer = browser.post(
        f"/console/contacts/{ids['contact_id']}/reply",
        [("words", "a" * 1601), ("last_seen", "999"), ("form_key", str(uuid.uuid4()))],
    )
    assert answer.status_code == 422
    assert "1,601 characters" in answer.text
    assert "<textarea" not in answer.text
