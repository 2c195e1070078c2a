"""Who goes first among those who wait, and that a person can say otherwise."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from helpline.clock import now
from helpline.console import overview
from helpline.contacts import contacts, need
from helpline.contacts.models import Need
from helpline.contacts.need import weigh
from helpline.sms import inbox
from tests.helpline import making
from tests.system import System

some_reasons = st.frozensets(st.sampled_from(list(Need)))


def test_a_returning_child_goes_before_everybody_but_who_was_cut_off() -> None:
    child = weigh(frozenset({Need.child, Need.returning}))
    assert weigh(frozenset({Need.cut_off})) > child
    assert child > weigh(frozenset({Need.danger}))
    assert weigh(frozenset({Need.danger})) > weigh(frozenset({Need.child}))


@given(some_reasons, some_reasons)
def test_more_reasons_never_put_anybody_back(some: frozenset[Need], more: frozenset[Need]) -> None:
    waits = {Need.later_by_hand}
    assert weigh((some | more) - waits) >= weigh(some - waits)


@given(some_reasons)
def test_a_person_who_says_later_is_obeyed(reasons: frozenset[Need]) -> None:
    assert weigh(reasons | {Need.later_by_hand}) == 0


def test_those_who_wait_stand_in_the_order_of_need_then_of_time(system: System) -> None:
    with system.transaction() as session:
        waiting = [
            making.contact_of(session, inbox.text_arrived(session, making.incoming(), at=now()))
            for _ in range(3)
        ]
        first, second, third = waiting
        need.add(third, Need.danger)
        contacts.decide_need(session, second, Need.first_by_hand, at=now(), by=_somebody(session))
        ids = [second.id, third.id, first.id]
    with system.transaction() as session:
        shown = overview.waiting(session, _somebody(session), at=now())
    assert [card.contact_id for card in shown] == ids


def test_the_usual_order_comes_back_when_a_person_says_so(system: System) -> None:
    with system.transaction() as session:
        contact = making.contact_of(
            session, inbox.text_arrived(session, making.incoming(), at=now())
        )
        need.add(contact, Need.danger)
        by = _somebody(session)
        contacts.decide_need(session, contact, Need.later_by_hand, at=now(), by=by)
        assert contact.need == 0
        contacts.decide_need(session, contact, None, at=now(), by=by)
        assert need.reasons(contact) == {Need.danger}


def test_who_no_longer_waits_cannot_be_put_first(system: System) -> None:
    with system.transaction() as session:
        staff = making.staff_member(session)
        contact = making.conversation(session, staff)
        with pytest.raises(contacts.StepNotAllowedError):
            contacts.decide_need(session, contact, Need.first_by_hand, at=now(), by=staff.id)


def _somebody(session: Session) -> uuid.UUID:
    return making.staff_member(session).id
