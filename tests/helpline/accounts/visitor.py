"""Somebody at a browser without scripts, before a helpline that is no training instance."""

import re
import uuid
from dataclasses import dataclass, field

from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from helpline.accounts import authenticator, staff
from helpline.accounts.models import Role
from helpline.clock import now
from tests.system import PASSWORD, System

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass
class Visitor:
    app: Flask
    address: str = "203.0.113.7"
    http: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.http = self.app.test_client()

    def get(self, path: str) -> TestResponse:
        return self.http.get(path, environ_base=self._from)

    def post(self, path: str, *, page: str = "/sign-in", **fields: str) -> TestResponse:
        """Post a form with the token that `page` carries."""
        token = self._token(page)
        return self.http.post(path, data=fields | {"csrf_token": token}, environ_base=self._from)

    def give_password(self, email: str, password: str = PASSWORD, then: str = "") -> TestResponse:
        path = f"/sign-in?next={then}" if then else "/sign-in"
        return self.post(path, email=email, password=password)

    def cookie(self) -> str:
        return next((one.value for one in self.http._cookies.values() if one.key == "helpline"), "")

    def is_in(self) -> bool:
        return self.get("/me").status_code == 200

    @property
    def _from(self) -> dict[str, str]:
        return {"REMOTE_ADDR": self.address, "HTTP_USER_AGENT": FIREFOX}

    def _token(self, page: str) -> str:
        shown = self.get(page)
        found = BeautifulSoup(shown.text, "html5lib").find("input", {"name": "csrf_token"})
        assert found is not None, f"{page} answers {shown.status_code}"
        return str(found["value"])


@dataclass
class Known:
    """A member of staff whose authenticator app the test holds."""

    system: System
    staff_id: uuid.UUID
    email: str
    secret: str

    def code(self) -> str:
        """Give the code of now, and let it open once more, as half a minute later would."""
        step = int(now().timestamp()) // 30
        with self.system.transaction() as session:
            app = authenticator.confirmed(session, self.staff_id)
            assert app is not None
            app.last_step = step - 2
        return authenticator.code_at(self.secret, step)


def known(system: System, name: str, role: Role = Role.call_taker) -> Known:
    """Add somebody whose authenticator app is set up."""
    email = f"{name.lower()}@example.org"
    with system.transaction() as session:
        added = staff.add(session, email, name, role, PASSWORD, None, at=now())
        begun = authenticator.start(session, added.id, at=now())
        begun.confirmed_at = now()
        return Known(system, added.id, email, begun.secret)


def sign_in(visitor: Visitor, person: Known) -> Visitor:
    """Go both steps."""
    visitor.give_password(person.email)
    answer = visitor.post("/sign-in/second-step", page="/sign-in/second-step", code=person.code())
    assert answer.status_code == 303, re.sub(r"\s+", " ", answer.text)[:500]
    return visitor
