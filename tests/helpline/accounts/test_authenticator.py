"""Codes of six digits, as RFC 6238 has them, each good once."""

import base64
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from helpline.accounts import authenticator
from tests.helpline import making
from tests.system import System

AT = datetime(2026, 11, 22, 20, 0, 5, tzinfo=UTC)
STEP = int(AT.timestamp()) // 30


def app_of(session: Session, staff_id: uuid.UUID) -> str:
    """Set an app up, with its first code; return what it knows."""
    secret = authenticator.start(session, staff_id, at=AT - timedelta(hours=1)).secret
    at = AT - timedelta(minutes=50)
    code = authenticator.code_at(secret, int(at.timestamp()) // 30)
    assert authenticator.confirm(session, staff_id, code, at=at)
    return secret


@pytest.mark.parametrize(
    ("second", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(second: int, code: str):
    """Appendix B of RFC 6238, of whose eight digits the last six are ours."""
    secret = base64.b32encode(b"12345678901234567890").decode()
    assert authenticator.code_at(secret, second // 30) == code


@pytest.mark.parametrize(
    ("drift", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_half_a_minute_off_and_no_more(system: System, drift: int, opens: bool):
    with system.transaction() as session:
        staff_id = making.staff_member(session).id
        secret = app_of(session, staff_id)
        code = authenticator.code_at(secret, STEP + drift)
        assert authenticator.accept(session, staff_id, code, at=AT) is opens


def test_a_code_opens_once_and_older_ones_no_more(system: System):
    with system.transaction() as session:
        staff_id = making.staff_member(session).id
        secret = app_of(session, staff_id)
        assert authenticator.accept(session, staff_id, authenticator.code_at(secret, STEP), at=AT)
        for step in (STEP, STEP - 1):
            older = authenticator.code_at(secret, step)
            assert not authenticator.accept(session, staff_id, older, at=AT)


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "abcdef", "\uff11\uff12\uff13\uff14\uff15\uff16", "12 34 5"]
)
def test_what_is_no_code_opens_nothing(system: System, typed: str):
    with system.transaction() as session:
        staff_id = making.staff_member(session).id
        app_of(session, staff_id)
        assert not authenticator.accept(session, staff_id, typed, at=AT)


def test_an_app_opens_nothing_before_its_first_code(system: System):
    with system.transaction() as session:
        staff_id = making.staff_member(session).id
        secret = authenticator.start(session, staff_id, at=AT).secret
        code = authenticator.code_at(secret, STEP)
        assert not authenticator.accept(session, staff_id, code, at=AT)
        assert not authenticator.confirm(session, staff_id, code, at=AT + timedelta(hours=2))
        assert authenticator.confirm(session, staff_id, code, at=AT)
        # The code that set it up is used up.
        assert not authenticator.accept(session, staff_id, code, at=AT)


def test_a_new_app_takes_the_place_of_the_old_one_only_when_it_works(system: System):
    with system.transaction() as session:
        staff_id = making.staff_member(session).id
        old = app_of(session, staff_id)
        new = authenticator.start(session, staff_id, at=AT).secret
        assert authenticator.accept(session, staff_id, authenticator.code_at(old, STEP), at=AT)
        assert authenticator.confirm(session, staff_id, authenticator.code_at(new, STEP), at=AT)
        later = AT + timedelta(seconds=30)
        for secret, opens in ((old, False), (new, True)):
            code = authenticator.code_at(secret, STEP + 1)
            assert authenticator.accept(session, staff_id, code, at=later) is opens


def test_the_picture_needs_no_style_that_the_policy_forbids():
    drawn = authenticator.picture(authenticator.address("ABCD", "priya@example.org")).decode()
    assert "<svg" in drawn
    assert "style" not in drawn
    assert "script" not in drawn
