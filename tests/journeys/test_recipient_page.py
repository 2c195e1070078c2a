"""Word from Luke on a page: Karen opens it once, answers it, and nobody else learns a thing."""

import re
import uuid

import pytest
import requests
import sqlalchemy as sa

from helpline.clock import now
from helpline.messages import links
from helpline.messages.happenings import Reply
from helpline.messages.models import Message, Way
from helpline.messages.states import MessageState, ReplyState
from helpline.phone_numbers import PhoneNumber
from tests.helpline.messages import relaying
from tests.system import Handset, System

KAREN = "07700 900456"
WORDS = relaying.SAFE
RIGHT = "biscuit "


class Page:
    """Karen's old phone: her texts, and a browser without scripts or cookies."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.handset: Handset = system.handset(KAREN)
        with system.transaction() as session:
            staff = relaying.call_taker(session)
            contact = relaying.author(session, staff)
            thread = relaying.thread(session, contact, staff)
            party = relaying.party(
                session,
                thread,
                staff,
                way=Way.page,
                number=PhoneNumber("+447700900456"),
            )
            self.message_id = relaying.approved(session, contact, party, staff).id
            message = session.get_one(Message, self.message_id)
            links.send(session, message, uuid.uuid4(), by=staff.id, at=now())
        system.settle()
        system.advance(30)

    @property
    def path(self) -> str:
        found = re.search(r"https?://[^/]+(/message/\S+)", self.handset.received[-1])
        assert found is not None
        return found.group(1)

    def open(self, answer: str = RIGHT, path: str | None = None) -> requests.Response:
        return self.post(path or self.path, answer=answer)

    def post(self, path: str, **fields: str) -> requests.Response:
        return requests.post(self.system.web + path, data=fields, timeout=20)

    def get(self, path: str) -> requests.Response:
        return requests.get(self.system.web + path, timeout=20)

    def token(self, page: requests.Response) -> str:
        found = re.search(r'name="token" value="([^"]+)"', page.text)
        assert found is not None
        return found.group(1)

    def message(self) -> Message:
        with self.system.transaction() as session:
            return session.get_one(Message, self.message_id)

    def replies(self) -> list[Reply]:
        with self.system.transaction() as session:
            return list(session.scalars(sa.select(Reply)))


@pytest.fixture
def karen(system: System) -> Page:
    return Page(system)


def test_the_text_names_nobody_and_says_nothing_of_what_it_is(karen: Page) -> None:
    text = karen.handset.received[-1]
    assert not re.search("Luke|Karen|missing|message from|safe", text, re.IGNORECASE)


def test_looking_at_the_link_asks_the_question_and_uses_nothing_up(karen: Page) -> None:
    for _ in range(3):
        page = karen.get(karen.path)
        assert page.status_code == 200
        assert "What was your first dog called?" in page.text
        assert WORDS not in page.text
        assert "Luke" not in page.text
    assert karen.message().state is MessageState.attempting


def test_the_right_answer_shows_the_words_exactly_and_only_once(karen: Page) -> None:
    page = karen.open()
    assert page.status_code == 200
    assert f'<blockquote class="words">{WORDS}</blockquote>' in page.text
    assert karen.message().state is MessageState.delivered
    again = karen.open()
    assert again.status_code == 410
    assert WORDS not in again.text


def test_wrong_answers_show_nothing_and_three_close_the_page_for_the_right_one_too(
    karen: Page,
) -> None:
    first, second, third = (karen.open("Rover") for _ in range(3))
    assert (first.status_code, second.status_code, third.status_code) == (422, 422, 410)
    assert karen.open().status_code == 410
    assert karen.message().state is MessageState.approved


def test_a_used_a_locked_and_a_made_up_link_look_the_same(karen: Page) -> None:
    karen.open()
    used, made_up = karen.get(karen.path), karen.get("/message/" + "a" * 32)
    assert used.status_code == made_up.status_code == 410
    assert used.text == made_up.text


def test_what_karen_answers_is_kept_word_for_word(karen: Page) -> None:
    token = karen.token(karen.open())
    said = karen.post("/message/answer", token=token, words=relaying.ANSWER)
    assert "We keep your words exactly" in said.text
    assert [each.words for each in karen.replies()] == [relaying.ANSWER]
    assert karen.replies()[0].state is ReplyState.waiting_collection


def test_an_answer_sent_twice_is_kept_once(karen: Page) -> None:
    token, key = karen.token(karen.open()), str(uuid.uuid4())
    for _ in range(2):
        karen.post("/message/answer", token=token, words=relaying.ANSWER, form_key=key)
    assert len(karen.replies()) == 1


def test_an_answer_that_is_too_long_comes_back_with_every_word(karen: Page) -> None:
    token = karen.token(karen.open())
    words = "x" * 1_501
    page = karen.post("/message/answer", token=token, words=words)
    assert page.status_code == 422
    assert "1,500 characters" in page.text
    assert words in page.text


def test_nobody_answers_with_a_made_up_token(karen: Page) -> None:
    karen.open()
    page = karen.post("/message/answer", token="a" * 32, words="where is he")
    assert page.status_code == 410
    assert karen.replies() == []


def test_karen_can_say_that_she_wants_nothing_more(karen: Page) -> None:
    token = karen.token(karen.open())
    assert "We send you nothing more" in karen.post("/message/no-more", token=token).text


def test_the_page_sets_no_cookie_needs_no_script_and_tells_nobody_its_address(
    karen: Page,
) -> None:
    for page in (karen.get(karen.path), karen.open()):
        assert page.cookies.get_dict() == {}
        assert "<script" not in page.text
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
        assert "noindex" in page.headers["X-Robots-Tag"]
