"""Saved replies: versions that stay, places that are filled in, and who may write them."""

import uuid

import pytest
from bs4 import BeautifulSoup

from helpline.accounts.models import Role
from helpline.clock import now
from helpline.contacts import contacts
from helpline.contacts.models import Language
from helpline.sms import conversations, sample, saved_replies, segments
from helpline.sms.conversations import CannotSendError, Reply
from helpline.sms.models import Text
from helpline.sms.saved_replies import CannotSaveError, Draft, Place, SavedReplyVersion
from tests.helpline import making
from tests.system import Console, System


def saved(
    system: System, words: str, name: str = "Hello", reply_id: uuid.UUID | None = None
) -> SavedReplyVersion:
    with system.transaction() as session:
        by = making.staff_member(session).id
        draft = Draft(name, words, Language.en)
        return saved_replies.save(session, draft, by=by, at=now(), reply_id=reply_id)


def in_use(system: System) -> list[str]:
    with system.transaction() as session:
        return [each.words for each in saved_replies.in_use(session)]


def test_an_edit_is_a_new_version_and_the_old_one_stays(system: System) -> None:
    first = saved(system, "Hello there")
    saved(system, "Hello again", reply_id=first.reply_id)
    assert in_use(system) == ["Hello again"]
    with system.transaction() as session:
        said = [each.words for each in saved_replies.versions(session, first.reply_id)]
    assert said == ["Hello again", "Hello there"]


def test_the_same_words_again_make_no_new_version(system: System) -> None:
    first = saved(system, "Hello there")
    assert saved(system, "Hello there ", reply_id=first.reply_id).number == 1


def test_what_is_taken_out_of_use_is_not_offered_and_comes_back_when_saved(system: System) -> None:
    first = saved(system, "Hello there")
    with system.transaction() as session:
        saved_replies.retire(session, first.reply_id, by=first.made_by_id, at=now())
    assert in_use(system) == []
    saved(system, "Hello there", reply_id=first.reply_id)
    assert in_use(system) == ["Hello there"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("", "Write up to"),
        ("x" * 613, "Write up to"),
        ("Hello {nmae}", "no place called {nmae}"),
        ("Hello {}", "no place called {}"),
    ],
)
def test_what_cannot_be_saved_is_said(system: System, words: str, complaint: str) -> None:
    with pytest.raises(CannotSaveError, match=complaint):
        saved(system, words)


def test_known_places_are_filled_in_and_the_others_stay_open() -> None:
    filled = saved_replies.filled_in(
        "I'm {your name}. Ring {short code} or {service}.",
        {Place.first_name: "Priya", Place.short_code: "116000"},
    )
    assert filled == "I'm Priya. Ring 116000 or {service}."
    assert saved_replies.left_open(filled) == ["{service}"]


def test_braces_of_the_writer_are_no_places() -> None:
    assert saved_replies.left_open("she wrote {sad} and :-{ }") == []


def test_a_text_with_an_open_place_is_not_sent_and_one_without_remembers_its_version(
    system: System,
) -> None:
    version = saved(system, "Try {service}")
    with system.transaction() as session:
        staff = making.staff_member(session)
        contact = making.conversation(session, staff)
        seen = conversations.newest_incoming(session, contact.id)

    def send(words: str) -> Text:
        with system.transaction() as session:
            locked = contacts.locked(session, contact.id)
            assert locked is not None
            answer = Reply(words, seen, uuid.uuid4(), saved_reply=version.id)
            return conversations.reply(session, locked, staff.id, answer, at=now())

    with pytest.raises(CannotSendError, match=r"Fill in \{service\} first"):
        send("Try {service}")
    assert send("Try Shelter").saved_reply_version_id == version.id


def test_a_version_that_does_not_exist_is_not_remembered(system: System) -> None:
    with system.transaction() as session:
        assert saved_replies.known(session, uuid.uuid4()) is None


def test_the_replies_to_begin_with_can_be_saved_and_stay_within_two_parts() -> None:
    for draft in sample.REPLIES:
        assert segments.measure(draft.checked().words).parts <= 2


@pytest.fixture
def morgan(system: System) -> Console:
    return system.call_taker("Morgan", None, Role.supervisor)


def test_a_supervisor_writes_changes_and_retires_a_reply(system: System, morgan: Console) -> None:
    morgan.post("/saved-replies/new", name="Hello", language="en", words="Hello there")
    assert in_use(system) == ["Hello there"]
    page = morgan.page("/saved-replies")
    link = page.select_one(".rows a")
    assert link is not None
    morgan.post(str(link["href"]), name="Hello", language="cy", words="Helo")
    assert in_use(system) == ["Helo"]
    morgan.post(f"{link['href']}/retire")
    assert in_use(system) == []


def test_a_reply_with_a_wrong_place_comes_back_with_the_reason(
    system: System, morgan: Console
) -> None:
    answer = morgan.post("/saved-replies/new", name="Hello", language="en", words="Hi {nmae}")
    assert answer.status_code == 422
    said = BeautifulSoup(answer.text, "html.parser").get_text()
    assert "There is no place called {nmae}" in said
    assert in_use(system) == []


def test_a_call_taker_does_not_write_saved_replies(system: System) -> None:
    priya = system.call_taker("Priya", None)
    assert priya.get("/saved-replies").status_code == 403
