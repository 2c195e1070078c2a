"""Browser phones: rung while they are on, and known to the carrier by a name that tells nothing."""

import uuid
from datetime import datetime, timedelta

import jwt
import pytest
import sqlalchemy as sa

from helpline.accounts.models import Role
from helpline.carrier import BrowserPhone
from helpline.clock import now
from helpline.voice import calls, ringing, routing, softphones
from helpline.voice.models import Leg, LegEnding, LegRole, LegState
from tests.helpline import making
from tests.system import System

SECOND = timedelta(seconds=1)


@pytest.fixture
def at() -> datetime:
    return now()


def browser_of(system: System, staff_id: uuid.UUID, at: datetime) -> BrowserPhone | None:
    with system.transaction() as session:
        return softphones.phone_of(session, staff_id, at=at)


def add(system: System, **options: object) -> uuid.UUID:
    with system.transaction() as session:
        return making.staff_member(session, **options).id  # type: ignore[arg-type]


def offered(system: System) -> Leg | None:
    with system.transaction() as session:
        return session.scalars(
            sa.select(Leg).where(Leg.role == LegRole.call_taker, Leg.state != LegState.ended)
        ).first()


def test_a_browser_phone_is_on_for_as_long_as_it_shows_signs_of_life(system, at):
    staff_id = add(system)
    assert browser_of(system, staff_id, at) is None
    with system.transaction() as session:
        softphones.here(session, staff_id, at=at)
    assert browser_of(system, staff_id, at + 74 * SECOND) is not None
    assert browser_of(system, staff_id, at + 76 * SECOND) is None


def test_a_browser_phone_that_was_turned_off_is_off_at_once(system, at):
    staff_id = add(system)
    with system.transaction() as session:
        softphones.here(session, staff_id, at=at)
        softphones.gone(session, staff_id)
    assert browser_of(system, staff_id, at) is None


def test_the_name_of_a_browser_phone_is_one_the_carrier_takes_and_tells_nothing(system):
    staff_id = add(system)
    assert softphones.identity(staff_id) == f"taker_{staff_id.hex}"


def test_somebody_without_any_phone_is_not_rung_until_their_browser_phone_is_on(system, at):
    staff_id = add(system, has_phone=False)
    with system.transaction() as session:
        making.waiting_call(session, at=at)
    assert offered(system) is None
    with system.transaction() as session:
        softphones.here(session, staff_id, at=at)
        routing.offer_waiting(session, at=at)
    leg = offered(system)
    assert leg is not None
    assert leg.staff_id == staff_id


def test_a_call_answered_in_a_browser_is_taken_at_once(system, at):
    add(system)
    with system.transaction() as session:
        making.waiting_call(session, at=at)
    leg = offered(system)
    with system.transaction() as session:
        ringing.phone_answered(session, leg.id, making.sid("CA"), at=at, in_browser=True)
    assert offered(system).state is LegState.accepted


def test_a_call_answered_by_a_telephone_still_asks_for_a_key(system, at):
    add(system)
    with system.transaction() as session:
        making.waiting_call(session, at=at)
    leg = offered(system)
    with system.transaction() as session:
        ringing.phone_answered(session, leg.id, making.sid("CA"), at=at)
    assert offered(system).state is LegState.answered


def test_an_answer_in_a_browser_that_comes_too_late_takes_nothing(system, at):
    add(system)
    with system.transaction() as session:
        making.waiting_call(session, at=at)
    leg_id = offered(system).id
    with system.transaction() as session:
        leg = session.get_one(Leg, leg_id)
        calls.call_taker_leg_ended(session, leg, LegEnding.not_answered, at=at)
    with system.transaction() as session:
        ringing.phone_answered(session, leg_id, making.sid("CA"), at=at, in_browser=True)
        assert session.get_one(Leg, leg_id).state is LegState.ended


def test_a_token_is_for_whoever_is_signed_in_and_only_to_be_rung(system: System):
    priya = system.call_taker("Priya", None)
    answer = priya.post("/phone/token")
    assert answer.status_code == 200
    secret = system.settings.carrier_api_key_secret
    claims = jwt.decode(answer.json()["token"], secret, algorithms=["HS256"])
    assert claims["grants"]["identity"] == softphones.identity(priya.staff_id)
    assert claims["grants"]["voice"] == {"incoming": {"allow": True}}
    assert claims["exp"] - claims["nbf"] <= 3600


def test_tokens_asked_for_in_quick_succession_are_refused(system: System):
    priya = system.call_taker("Priya", None)
    assert priya.post("/phone/token").status_code == 200
    assert priya.post("/phone/token").status_code == 429


def test_a_token_needs_the_forms_own_token(system: System):
    priya = system.call_taker("Priya", None)
    assert priya.http.post(system.web + "/phone/token", timeout=10).status_code == 400


def test_who_does_not_talk_with_callers_gets_no_token(system: System):
    dan = system.call_taker("Dan", None, Role.administrator)
    assert dan.post("/phone/token").status_code == 403
    assert dan.get("/phone").status_code == 403


def test_a_sign_of_life_that_says_neither_on_nor_off_is_refused(system: System):
    priya = system.call_taker("Priya", None)
    assert priya.post("/phone/here", state="maybe").status_code == 422
    assert priya.post("/phone/here", state="on").status_code == 204
    assert browser_of(system, priya.staff_id, now()) is not None


def test_only_the_phones_own_page_may_talk_to_the_carrier(system: System):
    priya = system.call_taker("Priya", None)
    host = f"ws://127.0.0.1:{system.exchange_port}"
    assert host in priya.get("/phone").headers["Content-Security-Policy"]
    assert host not in priya.get("/console").headers["Content-Security-Policy"]
