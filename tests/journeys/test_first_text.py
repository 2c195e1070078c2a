"""A text, from the handset to the wrap-up."""

import uuid

import sqlalchemy as sa

from helpline.contacts.models import Contact, ContactState
from tests.system import System

SAM = "07700 900123"


def only_contact(system: System) -> Contact:
    with system.transaction() as session:
        return session.scalars(sa.select(Contact)).one()


def test_a_text_is_taken_answered_delivered_and_wrapped_up(system: System) -> None:
    priya = system.call_taker("Priya", "020 7946 0101").ready()
    sam = system.handset(SAM)
    sam.text("hi is this confidential")

    contact = only_contact(system)
    assert contact.state is ContactState.waiting
    assert contact.caller.reference in priya.waiting().text

    assert priya.take(contact.id).status_code == 204
    page = priya.page(f"/console/contacts/{contact.id}")
    assert "hi is this confidential" in page.text

    answer = priya.reply(contact.id, "Yes. Are you safe to talk?", last_seen=seen(system))
    assert answer.status_code == 204, answer.text
    system.settle()
    system.advance(10)
    assert sam.received == ["Yes. Are you safe to talk?"]
    assert "delivered" in priya.page(f"/console/contacts/{contact.id}").text

    assert priya.end(contact.id).status_code == 204
    assert priya.wrap_up(contact.id).status_code == 204
    assert only_contact(system).state is ContactState.closed


def seen(system: System) -> int:
    from helpline.sms import conversations

    with system.transaction() as session:
        return conversations.newest_incoming(session, only_id(session))


def only_id(session: sa.orm.Session) -> uuid.UUID:
    return session.scalars(sa.select(Contact.id)).one()
