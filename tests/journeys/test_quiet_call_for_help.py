"""A call-taker calls for help without a word: supervisors know; their own screen is silent."""

from collections.abc import Callable

import pytest

from helpline.accounts.models import Role
from helpline.contacts.models import Contact
from tests.system import Console, Handset, System

OnlyContact = Callable[[], Contact]


@pytest.fixture
def priya(system: System) -> Console:
    return system.call_taker("Priya", None).ready()


@pytest.fixture
def morgan(system: System) -> Console:
    return system.call_taker("Morgan", None, Role.supervisor)


@pytest.fixture
def sam(system: System) -> Handset:
    return system.handset("07700 900123")


def test_a_quiet_call_for_help_shows_to_supervisors_and_nowhere_on_ones_own_screen(
    system: System, priya: Console, morgan: Console, sam: Handset, only_contact: OnlyContact
) -> None:
    sam.text("i know where you are sitting")
    contact_id = only_contact().id
    priya.take(contact_id)
    path = f"/console/contacts/{contact_id}"
    before = priya.get(path).text
    for _ in range(2):
        answer = priya.post("/console/line-check", contact=str(contact_id))
        assert (answer.status_code, answer.text) == (204, "")

    seen = morgan.page("/shift/parts/alarms")
    assert len(seen.select(".alarm")) == 1, "asked twice, it sounds once"
    assert "Calls for help quietly" in seen.text
    assert only_contact().caller.reference in seen.text

    after = priya.get(path).text
    for word in ("help quietly", "alarm", "duress", "supervisor"):
        assert word not in after.lower().replace("tell a supervisor", "")
    assert after.count('<li id="entry-') == before.count('<li id="entry-'), "nor the timeline"

    assert morgan.get(path).status_code == 200
    morgan.post(f"{path}/presence", state="looking")
    assert "Morgan" not in priya.get(f"{path}/parts/presence").text
    assert priya.get("/shift/parts/alarms").status_code in (302, 403)


def test_a_supervisor_who_calls_for_help_sees_nothing_of_it_themselves(
    system: System, morgan: Console
) -> None:
    other = system.call_taker("Ade", None, Role.supervisor)
    assert morgan.post("/console/line-check", contact="no id at all").status_code == 204
    assert "Calls for help" not in morgan.page("/shift/parts/alarms").text
    assert "Calls for help" in other.page("/shift/parts/alarms").text
