"""Figures for whoever watches, and the checks of a deployment."""

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests

from helpline import outbox
from helpline.clock import now
from helpline.encryption import new_key
from helpline.operations import checks, failures, figures
from tests.helpline import making
from tests.system import System

SECRET = "a-secret-for-whoever-watches"


@pytest.fixture
def watched(system: System) -> Iterator[System]:
    known = system.settings.model_copy(update={"operator_secret": SECRET})
    system.app.extensions["helpline_settings"] = known
    yield system
    system.app.extensions["helpline_settings"] = system.settings


def read(system: System, secret: str = SECRET) -> requests.Response:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return requests.get(f"{system.web}/metrics", headers=headers, timeout=20)


def test_only_whoever_has_the_secret_reads_the_figures(watched: System) -> None:
    assert read(watched).status_code == 200
    assert read(watched, "").status_code == 404
    assert read(watched, "another").status_code == 404
    # Without a secret in the settings there is nothing to guess.
    watched.app.extensions["helpline_settings"] = watched.settings
    assert read(watched, "").status_code == 404


def test_the_figures_say_how_many_and_never_who(watched: System) -> None:
    at = now()
    with watched.transaction() as session:
        making.waiting_call(session, at=at - timedelta(seconds=90))
        staff = making.staff_member(session)
        contact = making.conversation(session, staff, "my name is Sam")
    said = read(watched).text
    assert 'helpline_waiting{channel="voice"} 1' in said
    wait = re.search(r'helpline_longest_wait_seconds\{channel="voice"\} ([\d.]+)', said)
    assert wait is not None
    assert 90 <= float(wait.group(1)) < 200
    assert 'helpline_staff{availability="ready"} 1' in said
    for secret in (str(contact.id), contact.caller.reference, "Sam", staff.email, "+44"):
        assert secret not in said


def test_promises_that_are_late_or_unsure_are_counted(system: System) -> None:
    at = now()
    with system.transaction() as session:
        for _ in range(2):
            outbox.promise(
                session,
                outbox.Kind.end_call,
                about=uuid.uuid4(),
                lane=uuid.uuid4(),
                at=at - timedelta(minutes=5),
            )
        session.flush()
        unsure = outbox.claim(session, at=at, most=1)[0]
        unsure.state = outbox.State.unsure
        session.flush()
        by_name = {each.name: each.values for each in figures.read(session, at=at)}
        assert by_name["helpline_promises_open"][""] == 1
        assert by_name["helpline_promise_age_seconds"][""] == 300
        assert by_name["helpline_promises_unsure"][""] == 1
        for each in session.query(outbox.Promise):
            session.delete(each)


def test_webhooks_that_are_refused_are_counted_over_all_processes(system: System) -> None:
    requests.post(f"{system.web}/tw/sms/inbound", data={"From": "x"}, timeout=20)
    counts = failures.Counts()
    at = now()
    counts.add("failed", at=at)
    counts.add("failed", at=at)
    with system.transaction() as session:
        failures.write_down(session, counts.take(), at=at)
        by_name = {each.name: each.values for each in figures.read(session, at=at)}
        assert by_name["helpline_webhook_failures_day"]["failed"] == 2
        failures.write_down(session, counts.take(), at=at + timedelta(days=40))
        assert session.query(failures.WebhookFailure).count() == 0


def test_a_line_that_is_well_passes_every_check_and_says_what_is_wrong(system: System) -> None:
    system.worker.beat()
    known = system.settings.model_copy(update={"backup_key": new_key()})
    with system.app.app_context():
        found = {each.what: each for each in checks.everything(known, at=now())}
    # The database of the tests forgets what a power cut takes, and the check says so.
    wrong = {name: each.words for name, each in found.items() if not each.is_good}
    assert set(wrong) <= {"Database", "Numbers"}
    assert "fsync" in wrong["Database"]
    elsewhere = known.model_copy(update={"public_base_url": "http://127.0.0.1:9", "backup_key": ""})
    with system.app.app_context():
        bad = {each.what: each.is_good for each in checks.everything(elsewhere, at=now())}
    assert not bad["Public address"]
    assert not bad["Webhooks"]
    assert not bad["Numbers"]
    assert not bad["Backups"]
    assert bad["Tables"]
