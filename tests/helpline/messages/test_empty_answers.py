"""A page for a recipient opens to an answer, and never to nothing."""

import uuid

import pytest

from helpline.clock import now
from helpline.messages import drafting, links
from helpline.messages.drafting import MessageRefusedError
from helpline.messages.links import WrongAnswerError
from helpline.messages.models import Way
from tests.helpline.messages import relaying
from tests.system import System


@pytest.mark.parametrize("nothing", ["?", "-- !", "\N{DOG FACE}", "_"])
def test_an_answer_without_a_letter_is_refused(system: System, nothing: str) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        thread = relaying.thread(session, relaying.author(session, staff), staff)
        given = relaying.recipient(fact_answer=nothing, way=Way.page)
        with pytest.raises(MessageRefusedError, match="letter"):
            drafting.add_party(session, thread, given, by=staff.id, at=now())


def test_a_page_whose_answer_was_kept_without_a_letter_opens_to_nobody(system: System) -> None:
    with system.transaction() as session:
        staff = relaying.call_taker(session)
        author = relaying.author(session, staff)
        thread = relaying.thread(session, author, staff)
        party = relaying.party(session, thread, staff, way=Way.page)
        message = relaying.approved(session, author, party, staff)
        link = links.send(session, message, uuid.uuid4(), by=staff.id, at=now())
        party.fact_answer = "?"
        session.flush()
        with pytest.raises(WrongAnswerError):
            links.open_link(session, links.token(link), "", at=now())
