"""The lists of open contacts: one's own, what one is handed, what colleagues have."""

from datetime import timedelta

import pytest

from helpline.clock import now
from helpline.console import overview
from helpline.contacts.models import Channel, ContactState
from tests.helpline import making
from tests.system import System


def test_ones_own_calls_come_before_texts_and_else_the_longest_held(system: System) -> None:
    with system.transaction() as session:
        me = making.staff_member(session)
        newer, older, call = (making.conversation(session, me) for _ in range(3))
        older.taken_at = now() - timedelta(minutes=5)
        call.channel = Channel.voice
        session.flush()
        shown = overview.in_hand(session, me.id).mine
    assert [card.contact_id for card in shown] == [call.id, older.id, newer.id]
    assert all(card.needs_answer for card in shown)


def test_what_a_colleague_hands_over_is_shown_to_whom_they_ask_until_it_is_wrapped_up(
    system: System,
) -> None:
    with system.transaction() as session:
        me, colleague = making.staff_member(session), making.staff_member(session)
        handed, kept = (making.conversation(session, colleague) for _ in range(2))
        handed.offered_to_id = me.id
        session.flush()
        shown = overview.in_hand(session, me.id)
        assert [card.contact_id for card in shown.offered] == [handed.id]
        assert shown.offered[0].owner == colleague.display_name
        assert {handed.id, kept.id} <= {card.contact_id for card in shown.others}
        assert shown.mine == []
        handed.state = ContactState.wrapping_up
        session.flush()
        assert overview.in_hand(session, me.id).offered == []


def test_however_much_colleagues_have_ones_own_is_shown(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "MOST_SHOWN", 1)
    with system.transaction() as session:
        me, colleague = making.staff_member(session), making.staff_member(session)
        for _ in range(4):
            theirs = making.conversation(session, colleague)
        theirs.offered_to_id = me.id
        mine = making.conversation(session, me)
        session.flush()
        shown = overview.in_hand(session, me.id)
    assert [card.contact_id for card in shown.mine] == [mine.id]
    assert [card.contact_id for card in shown.offered] == [theirs.id]
    assert len(shown.others) == 1
