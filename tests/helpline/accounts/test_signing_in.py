"""Two steps to come in, over HTTP, before a line that is no training instance."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from helpline.accounts import authenticator, staff
from helpline.accounts.models import Role, SignIn
from helpline.app import create_app
from helpline.clock import now
from helpline.database import db
from tests.helpline.accounts.visitor import Known, Visitor, known, sign_in
from tests.system import PASSWORD, System

Come = Callable[..., Visitor]
SECOND = "/sign-in/second-step"


@pytest.fixture
def priya(system: System) -> Known:
    return known(system, "Priya")


@pytest.fixture
def robin(system: System) -> Known:
    return known(system, "Robin", Role.administrator)


def test_password_and_code_let_in_where_one_wanted_to_go(visitor: Come, priya: Known):
    her = visitor()
    answer = her.give_password(priya.email, then="/me")
    assert answer.location == f"{SECOND}?next=/me"
    assert not her.is_in()
    answer = her.post(answer.location, page=SECOND, code=priya.code())
    assert (answer.status_code, answer.location) == (303, "/me")
    assert her.is_in()
    assert "Firefox on Windows" in her.get("/me").text


def test_nobody_is_led_to_another_site(visitor: Come, priya: Known):
    her = visitor()
    her.give_password(priya.email)
    for elsewhere in ("https://evil.example", "//evil.example", "/\\evil.example"):
        answer = her.post(f"{SECOND}?next={elsewhere}", page=SECOND, code=priya.code())
        assert answer.location == "/console"
        her.http.post("/sign-out")
        her = visitor()
        her.give_password(priya.email)


def test_a_code_that_was_used_opens_nothing(visitor: Come, priya: Known):
    code = priya.code()
    statuses = []
    for _ in range(2):
        her = visitor()
        her.give_password(priya.email)
        statuses.append(her.post(SECOND, page=SECOND, code=code).status_code)
    assert statuses == [303, 422]


def test_the_password_alone_opens_no_page_and_no_door(visitor: Come, priya: Known):
    her = visitor()
    her.give_password(priya.email)
    for path in ("/console", "/me", "/prove", "/second-factors/recovery-codes", "/staff"):
        assert her.get(path).location.startswith("/sign-in"), path
    # Who has a factor must show it: a stolen password must not be enough to add another.
    added = her.post("/second-factors/authenticator", page=SECOND)
    assert added.location == SECOND
    assert her.get("/sign-in/set-up").location == SECOND
    assert her.post(f"/training/be/{priya.staff_id}", page=SECOND).status_code == 404


def test_without_the_password_there_is_no_second_step(visitor: Come, priya: Known):
    stranger = visitor()
    for path in (SECOND, "/sign-in/recovery-code", "/sign-in/set-up"):
        assert stranger.get(path).location == "/sign-in"
    assert stranger.post(SECOND, code=priya.code()).location == "/sign-in"


def test_who_has_no_second_factor_sets_one_up_before_anything_else(system: System, visitor: Come):
    with system.transaction() as session:
        staff.add(session, "kim@example.org", "Kim", Role.call_taker, PASSWORD, None, at=now())
    kim = visitor()
    assert kim.give_password("kim@example.org").location == "/sign-in/set-up"
    assert not kim.is_in()
    kim.post("/second-factors/authenticator", page="/sign-in/set-up")
    page = "/second-factors/authenticator"
    wrong = kim.post(f"{page}/confirm", page=page, code="000000")
    assert (wrong.status_code, kim.is_in()) == (422, False)
    assert kim.get(f"{page}/picture.svg").mimetype == "image/svg+xml"
    with system.transaction() as session:
        kims = staff.everybody(session)[0].person.id
        secret = authenticator.being_set_up(session, kims, at=now()).secret
    code = authenticator.code_at(secret, int(now().timestamp()) // 30)
    done = kim.post(f"{page}/confirm", page=page, code=code)
    assert done.location == "/second-factors/recovery-codes"
    assert kim.is_in()
    shown = kim.post(done.location, page=done.location)
    assert shown.text.count("<li><code>") == 10
    assert "<li><code>" not in kim.get(done.location).text


def test_five_wrong_codes_send_back_to_the_password_and_make_everybody_wait(
    visitor: Come, priya: Known
):
    her = visitor()
    her.give_password(priya.email)
    assert [her.post(SECOND, page=SECOND, code="000000").status_code for _ in range(5)][:4] == [
        422
    ] * 4
    assert her.get(SECOND).location == "/sign-in"
    again = visitor()
    again.give_password(priya.email)
    held = again.post(SECOND, page=SECOND, code=priya.code())
    assert held.status_code == 429
    assert "Wait a minute" in held.text


def test_known_and_unknown_people_get_the_same_answers_when_the_password_is_wrong(
    visitor: Come, priya: Known
):
    def answers(email: str, address: str) -> list[tuple[int, bool]]:
        somebody = visitor(address)
        said = [somebody.give_password(email, "wrong password!") for _ in range(7)]
        return [(one.status_code, "Too many wrong tries" in one.text) for one in said]

    hers = answers(priya.email, "203.0.113.1")
    assert hers == answers("nobody@example.org", "203.0.113.2")
    assert hers == [(422, False)] * 5 + [(429, True)] * 2


def test_guessing_from_elsewhere_keeps_nobody_out_of_a_browser_they_know(
    visitor: Come, priya: Known, robin: Known
):
    desk = sign_in(visitor(), priya)
    desk.post("/me/sign-ins/end-all", page="/me")
    guesser = visitor("203.0.113.66")
    for _ in range(6):
        held = guesser.give_password(priya.email, "wrong password!")
    assert held.status_code == 429
    assert visitor("203.0.113.5").give_password(priya.email).status_code == 429
    # The mark is hers alone, and wrong tries count there too.
    assert desk.give_password(priya.email).status_code == 303
    wrong = [desk.give_password(priya.email, "wrong password!").status_code for _ in range(6)]
    assert wrong == [422] * 5 + [429]
    for _ in range(5):
        guesser.give_password(robin.email, "wrong password!")
    assert desk.give_password(robin.email).status_code == 429


def test_a_network_that_tries_many_accounts_must_wait_and_others_need_not(
    visitor: Come, priya: Known
):
    guesser = visitor("203.0.113.66")
    statuses = [
        guesser.give_password(f"{n}@example.org", "wrong password!").status_code for n in range(31)
    ]
    assert statuses == [422] * 30 + [429]
    assert guesser.give_password(priya.email).status_code == 429
    assert visitor("203.0.113.5").give_password(priya.email).status_code == 303


def test_each_step_gives_the_browser_another_session(system: System, visitor: Come, priya: Known):
    her = visitor()
    planted = her._token("/sign-in")
    cookies = [her.cookie()]
    her.give_password(priya.email)
    cookies.append(her.cookie())
    her.post(SECOND, page=SECOND, code=priya.code())
    cookies.append(her.cookie())
    # Nothing of the session before is left, not even its token.
    assert her.http.post("/sign-out", data={"csrf_token": planted}).status_code == 400
    with time_machine.travel(now() + timedelta(minutes=20), tick=True):
        assert her.post("/prove", page="/prove", code=fresh_code(priya)).status_code == 303
        cookies.append(her.cookie())
    assert len(set(cookies)) == 4
    with system.transaction() as session:
        ended = session.scalars(sa.select(SignIn.ended_at).order_by(SignIn.proved_at)).all()
    assert [each is None for each in ended] == [False, True]


def fresh_code(person: Known) -> str:
    return authenticator.code_at(person.secret, int(now().timestamp()) // 30)


def test_dangerous_acts_ask_again_after_ten_minutes(visitor: Come, robin: Known):
    his = sign_in(visitor(), robin)
    assert his.get("/staff/invite").status_code == 200
    at = now()
    with time_machine.travel(at + timedelta(minutes=11), tick=True):
        assert his.get("/staff").status_code == 200
        asked = his.get("/staff/invite")
        assert asked.location == "/prove?next=/staff/invite"
        refused = his.post(f"/staff/{robin.staff_id}/deactivate", page="/me")
        assert refused.location.startswith("/prove")
        wrong = his.post(asked.location, page="/prove", code="000000")
        assert wrong.status_code == 422
        done = his.post(asked.location, page="/prove", code=fresh_code(robin))
        assert done.location == "/staff/invite"
        assert his.get("/staff/invite").status_code == 200


def test_a_password_that_is_known_does_not_stand_in_for_the_second_step(
    visitor: Come, priya: Known
):
    """At a console left open, it would open the setting up of another second step."""
    her = sign_in(visitor(), priya)
    with time_machine.travel(now() + timedelta(minutes=11), tick=True):
        assert her.get("/me/password").location == "/prove?next=/me/password"
        asked = her.post("/me/password", page="/me", old=PASSWORD, new="seven quiet otters")
        assert asked.location.startswith("/prove")
        assert her.get("/second-factors/recovery-codes").location.startswith("/prove")


def test_a_sign_in_ends_when_unused_and_after_a_day_s_work_even_when_proved_again(
    visitor: Come, priya: Known
):
    her = sign_in(visitor(), priya)
    at = now()
    for minutes in range(50, 720, 50):
        with time_machine.travel(at + timedelta(minutes=minutes), tick=True):
            assert her.is_in(), minutes
            if minutes == 600:
                her.post("/prove", page="/prove", code=fresh_code(priya))
    with time_machine.travel(at + timedelta(hours=12, minutes=1), tick=True):
        assert not her.is_in()
    other = sign_in(visitor(), priya)
    with time_machine.travel(now() + timedelta(minutes=61), tick=True):
        assert not other.is_in()


def test_a_sign_in_with_a_password_alone_holds_in_training_only(
    system: System, real_line: Flask, visitor: Come
):
    trainee = system.call_taker("Tom", None)
    assert trainee.get("/me").status_code == 200
    there = visitor()
    there.http.set_cookie("helpline", str(trainee.http.cookies["helpline"]))
    assert not there.is_in()


def test_somebody_signs_out_one_browser_the_others_or_all(visitor: Come, priya: Known):
    desk, phone, tablet = (sign_in(visitor(), priya) for _ in range(3))
    assert desk.get("/me").text.count("Sign out there") == 2
    desk.post("/me/sign-ins/end-others", page="/me")
    assert [each.is_in() for each in (desk, phone, tablet)] == [True, False, False]
    sign_in(phone, priya)
    phone.post("/me/sign-ins/end-all", page="/me")
    assert [each.is_in() for each in (desk, phone)] == [False, False]


def test_nobody_signs_out_a_browser_of_somebody_else(
    system: System, visitor: Come, priya: Known, robin: Known
):
    her, his = sign_in(visitor(), priya), sign_in(visitor(), robin)
    with system.transaction() as session:
        hers = session.scalars(sa.select(SignIn.id).where(SignIn.staff_id == priya.staff_id)).one()
    his.post(f"/me/sign-ins/{hers}/end", page="/me")
    assert her.is_in()


def test_an_administrator_lets_somebody_go_and_they_are_out_at_their_next_click(
    visitor: Come, priya: Known, robin: Known
):
    her, his = sign_in(visitor(), priya), sign_in(visitor(), robin)
    page = f"/staff/{priya.staff_id}"
    assert "Firefox on Windows" in his.get(page).text
    assert his.post(f"{page}/deactivate", page=page).location == page
    assert not her.is_in()
    assert her.give_password(priya.email).status_code == 422
    his.post(f"{page}/reactivate", page=page)
    assert her.give_password(priya.email).status_code == 303


def test_a_reset_leads_to_setting_up_anew(visitor: Come, priya: Known, robin: Known):
    her, his = sign_in(visitor(), priya), sign_in(visitor(), robin)
    page = f"/staff/{priya.staff_id}"
    his.post(f"{page}/reset", page=page, reason="Lost her phone, met in person")
    assert not her.is_in()
    assert her.give_password(priya.email).location == "/sign-in/set-up"


def test_after_a_reset_nobody_goes_on_from_a_password_given_before(
    visitor: Come, priya: Known, robin: Known
):
    thief, his = visitor(), sign_in(visitor(), robin)
    thief.give_password(priya.email)
    page = f"/staff/{priya.staff_id}"
    his.post(f"{page}/reset", page=page, reason="Lost her phone, met in person")
    assert thief.get("/sign-in/set-up").location == "/sign-in"


@pytest.mark.parametrize(
    "path", ["/staff", "/staff/invite", f"/staff/{uuid.UUID(int=1)}", "/partners"]
)
def test_pages_of_administrators_are_for_them_alone(visitor: Come, priya: Known, path: str):
    assert sign_in(visitor(), priya).get(path).status_code == 403


def test_every_form_needs_a_token_against_forgery(visitor: Come, robin: Known):
    his = sign_in(visitor(), robin)
    app = his.app
    posts = [
        rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and rule.endpoint.startswith("accounts.")
    ]
    assert len(posts) > 30
    for rule in posts:
        values = dict.fromkeys(rule.arguments, uuid.UUID(int=1)) | (
            {"what": "stop"} if "what" in rule.arguments else {}
        )
        with app.test_request_context():
            path = app.url_map.bind("localhost").build(rule.endpoint, values, method="POST")
        answer = his.http.post(path, data={"email": "x"})
        assert (answer.status_code, "open too long" in answer.text) == (400, True), path


def test_over_tls_the_cookie_belongs_to_this_host_alone(system: System):
    secure = system.settings.model_copy(update={"secure_cookies": True, "training": False})
    app = create_app(secure)
    answer = app.test_client().get("/sign-in", base_url="https://line.example.org")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-helpline=")
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert part in cookie
    assert "Domain" not in cookie
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    with app.app_context():
        db.engine.dispose()
