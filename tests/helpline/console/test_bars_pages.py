"""The pages by which callers are barred: from a contact that one has, never by a typed number."""

import uuid

import pytest
import sqlalchemy as sa

from helpline.accounts.models import Role
from helpline.clock import now
from helpline.contacts import contacts
from helpline.voice.bars import CallerBar
from tests.helpline import making
from tests.system import Console, System

FOR_A_DAY = {"reason": "abusive", "hours": "24", "words": "Shouted at two of us."}


@pytest.fixture
def priya(system: System) -> Console:
    return system.call_taker("Priya", "020 7946 0101")


def taken_call(system: System, who: Console) -> uuid.UUID:
    with system.transaction() as session:
        leg = making.arriving_call(session, at=now(), sender=making.number())
        contact = contacts.locked(session, leg.contact_id)
        assert contact is not None
        contacts.start_waiting(session, contact, at=now())
        contacts.take(session, contact, who.staff_id, at=now())
        return contact.id


def test_a_call_taker_bars_a_caller_of_theirs_and_a_supervisor_lifts_it(
    system: System, priya: Console
) -> None:
    contact_id = taken_call(system, priya)
    path = f"/console/contacts/{contact_id}/bar"
    assert "30 days" not in priya.page(path).text
    assert priya.post(path, **FOR_A_DAY).status_code == 303
    assert "Barred already until" in priya.page(path).text

    morgan = system.call_taker("Morgan", None, Role.supervisor)
    page = morgan.page("/shift/bars").text
    assert "Shouted at two of us." in page
    assert "30 days" in morgan.page(path).text
    with system.transaction() as session:
        bar = session.scalars(sa.select(CallerBar)).one()
    assert morgan.post(f"/shift/bars/{bar.id}/lift").status_code == 303
    assert "Nobody is barred" in morgan.page("/shift/bars").text


def test_nobody_bars_a_caller_of_somebody_else(system: System, priya: Console) -> None:
    contact_id = taken_call(system, priya)
    tom = system.call_taker("Tom", None)
    assert tom.post(f"/console/contacts/{contact_id}/bar", **FOR_A_DAY).status_code == 404
    assert tom.get("/shift/bars").status_code == 403
    assert tom.post(f"/shift/bars/{uuid.uuid4()}/lift").status_code == 403


@pytest.mark.parametrize("changed", [{"hours": "720"}, {"words": " "}, {"reason": "dislike"}])
def test_what_a_call_taker_may_not_do_is_refused(
    system: System, priya: Console, changed: dict[str, str]
) -> None:
    contact_id = taken_call(system, priya)
    answer = priya.post(f"/console/contacts/{contact_id}/bar", **(FOR_A_DAY | changed))
    assert answer.status_code == 422
    with system.transaction() as session:
        assert not session.scalars(sa.select(CallerBar)).all()
