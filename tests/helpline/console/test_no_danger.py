"""Who may say that words of danger meant none."""

import pytest

from helpline.accounts.models import Role
from helpline.clock import now
from helpline.contacts.models import Contact, Need
from helpline.sms import inbox
from tests.helpline import making
from tests.system import Console, System


@pytest.fixture
def priya(system: System) -> Console:
    return system.call_taker("Priya", None)


def test_of_a_contact_of_somebody_else_only_who_may_read_it_says_that_there_is_no_danger(
    system: System, priya: Console
) -> None:
    with system.transaction() as session:
        said = making.incoming("i want to die")
        contact = making.contact_of(session, inbox.text_arrived(session, said, at=now()))
        making.contacts.take(session, contact, priya.staff_id, at=now())
        contact_id = contact.id
    path = f"/console/contacts/{contact_id}/no-danger"
    tom = system.call_taker("Tom", None)
    assert tom.post(path).status_code == 409
    with system.transaction() as session:
        assert Need.danger in session.get_one(Contact, contact_id).need_because
    assert system.call_taker("Morgan", None, Role.supervisor).post(path).status_code == 204
    with system.transaction() as session:
        assert Need.danger not in session.get_one(Contact, contact_id).need_because
