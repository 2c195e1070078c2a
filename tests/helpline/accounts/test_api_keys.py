"""Keys of partners' programs: shown once, scoped, replaced without a gap, revoked."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from helpline.accounts import api_keys, organisations
from helpline.accounts.api_keys import Scope
from helpline.accounts.models import ApiKey, Organisation, OrganisationKind, Role
from helpline.clock import now
from tests.helpline import making
from tests.system import System

AT = datetime(2026, 11, 22, 20, 0, 30, tzinfo=UTC)
ASK = (Scope.textsafe_request.value,)


def partner(session: Session, name: str = "Example Police") -> tuple[Organisation, uuid.UUID]:
    by = making.staff_member(session, role=Role.administrator, has_phone=False).id
    kind = OrganisationKind.police
    return organisations.add(session, name, kind, "@Example.police.uk", by=by, at=AT), by


def key_for(session: Session, *, days: int = 90, at: datetime = AT) -> str:
    organisation, by = partner(session)
    wanted = api_keys.Wanted(ASK, days, uuid.uuid4())
    return api_keys.make(session, organisation.id, wanted, by=by, at=at)


def only_key(session: Session) -> ApiKey:
    return session.scalars(sa.select(ApiKey)).one()


def test_a_key_says_whose_it_is_and_opens_its_scopes_only(system: System):
    with system.transaction() as session:
        words = key_for(session)
        who = api_keys.check(session, words, Scope.textsafe_request, at=AT)
        assert who.organisation == "Example Police"
        assert who.scopes == {Scope.textsafe_request}
        assert api_keys.check(session, words, None, at=AT) == who
        with pytest.raises(api_keys.ScopeMissingError):
            api_keys.check(session, words, Scope.directory_read, at=AT)


def test_its_secret_is_not_kept_and_a_changed_one_opens_nothing(system: System):
    with system.transaction() as session:
        words = key_for(session)
        kept = only_key(session)
        secret = words.split("_", 2)[2]
        assert len(secret) == 43
        assert secret.encode() not in kept.secret_sha256
        wrong = words[:-1] + ("A" if words[-1] != "A" else "B")
        for sent in (wrong, "", "hl", words.replace("hl_", "xx_"), f"hl__{secret}", "hl_" * 99):
            with pytest.raises(api_keys.UnknownKeyError):
                api_keys.check(session, sent, None, at=AT)


def test_a_key_runs_out_is_revoked_or_stopped_with_its_partner(system: System):
    with system.transaction() as session:
        words = key_for(session, days=90)
        key = only_key(session)
        with pytest.raises(api_keys.UnknownKeyError):
            api_keys.check(session, words, None, at=AT + timedelta(days=90))
        organisations.set_active(session, key.organisation_id, active=False, by=key.made_by, at=AT)
        with pytest.raises(api_keys.UnknownKeyError):
            api_keys.check(session, words, None, at=AT)
        organisations.set_active(session, key.organisation_id, active=True, by=key.made_by, at=AT)
        api_keys.check(session, words, None, at=AT)
        api_keys.revoke(session, key.id, by=key.made_by, at=AT)
        with pytest.raises(api_keys.UnknownKeyError):
            api_keys.check(session, words, None, at=AT)


def test_a_key_is_replaced_without_a_gap_and_the_old_one_goes_after_the_days_agreed(
    system: System,
):
    with system.transaction() as session:
        old = key_for(session)
        key = only_key(session)
        new = api_keys.replace(session, key.id, 7, by=key.made_by, at=AT)
        for words in (old, new):
            api_keys.check(session, words, Scope.textsafe_request, at=AT + timedelta(days=6))
        with pytest.raises(api_keys.UnknownKeyError):
            api_keys.check(session, old, None, at=AT + timedelta(days=7))
        api_keys.check(session, new, None, at=AT + timedelta(days=89))
        with pytest.raises(api_keys.CannotMakeError):
            api_keys.replace(session, key.id, 7, by=key.made_by, at=AT)


def test_the_same_form_sent_twice_makes_one_key(system: System):
    with system.transaction() as session:
        organisation, by = partner(session)
        wanted = api_keys.Wanted(ASK, 30, uuid.uuid4())
        api_keys.make(session, organisation.id, wanted, by=by, at=AT)
        with pytest.raises(api_keys.CannotMakeError):
            api_keys.make(session, organisation.id, wanted, by=by, at=AT)


@pytest.mark.parametrize(
    ("scopes", "days"), [((), 30), (("everything",), 30), (ASK, 0), (ASK, 366)]
)
def test_a_key_without_a_scope_or_without_an_end_is_not_made(
    system: System, scopes: tuple[str, ...], days: int
):
    with system.transaction() as session:
        organisation, by = partner(session)
        wanted = api_keys.Wanted(scopes, days, uuid.uuid4())
        with pytest.raises(api_keys.CannotMakeError):
            api_keys.make(session, organisation.id, wanted, by=by, at=AT)


def test_a_key_may_ask_sixty_times_a_minute(system: System):
    with system.transaction() as session:
        words = key_for(session)
        for _ in range(60):
            api_keys.check(session, words, None, at=AT)
        with pytest.raises(api_keys.TooOftenError):
            api_keys.check(session, words, None, at=AT)
        api_keys.check(session, words, None, at=AT + timedelta(minutes=1))
        assert only_key(session).last_used_at == AT.replace(second=0) + timedelta(minutes=1)


@pytest.mark.parametrize("typed", ["police", "a b@c", "-x.uk", "x.uk/../"])
def test_what_is_no_mail_domain_is_refused(typed: str):
    with pytest.raises(organisations.CannotKeepError):
        organisations.read_domains(typed)


def test_over_http_a_program_reads_who_it_is_or_why_not(system: System, real_line: Flask):
    with system.transaction() as session:
        words = key_for(session, at=now())
    ask = asker(real_line)
    told = ask(f"Bearer {words}")
    assert told.status_code == 200
    assert told.json["organisation"] == "Example Police"
    assert told.json["scopes"] == ["textsafe:request"]
    for sent in ("", "Bearer", f"Basic {words}", f"Bearer {words}x"):
        refused = ask(sent)
        assert (refused.status_code, refused.mimetype) == (401, "application/problem+json")
        assert refused.headers["WWW-Authenticate"] == "Bearer"
        assert words not in refused.text
    for _ in range(60):
        last = ask(f"Bearer {words}")
    assert last.status_code == 429
    assert last.headers["Retry-After"] == "60"


def test_over_http_a_network_that_guesses_keys_must_wait(system: System, real_line: Flask):
    ask = asker(real_line)
    statuses = [ask(f"Bearer hl_00000000_{n}").status_code for n in range(32)]
    assert statuses == [401] * 30 + [429] * 2


def asker(app: Flask) -> Callable:
    client = app.test_client()
    return lambda sent: client.get(
        "/api/v1/whoami",
        headers={"Authorization": sent} if sent else {},
        environ_base={"REMOTE_ADDR": "203.0.113.9"},
    )
