"""Luke's story (domain.md 1g): each of its rows, and each thing that must not happen."""

import re
import uuid

import pytest
import sqlalchemy as sa

from helpline import outbox
from helpline.accounts.models import Role
from helpline.clock import now
from helpline.confidentiality import consent
from helpline.contacts.enquiries import THE_ANSWER
from helpline.contacts.models import Contact
from helpline.messages import checks, links, proving
from helpline.messages.happenings import Attempt, Nudge, Reply, Sending, Side, Told
from helpline.messages.models import Message, Thread
from helpline.messages.states import MessageState, ReplyState
from tests.journeys.luke import (
    ANSWER,
    DURESS,
    WORD,
    WORDS,
    Desk,
    call_from,
    contact_of,
    message_of,
    thread_of,
)
from tests.system import Handset, System

LUKES, KARENS = "07700 900834", "07700 900845"


@pytest.fixture
def priya(system: System) -> Desk:
    return Desk(system, system.call_taker("Priya", "020 7946 0101").ready())


@pytest.fixture
def tom(system: System) -> Desk:
    return Desk(system, system.call_taker("Tom", None))


@pytest.fixture
def morgan(system: System) -> Desk:
    return Desk(system, system.call_taker("Morgan", None, Role.supervisor))


@pytest.fixture
def luke(system: System) -> Handset:
    return system.handset(LUKES)


class Story:
    """A message of Luke's, as far as somebody has taken it."""

    def __init__(self, system: System, desk: Desk, luke: Handset, **recipient: str) -> None:
        self.system, self.desk = system, desk
        self.contact = contact_of(
            system, luke, desk.console, "I feel alone and isolated, and unable to cope"
        )
        self.thread = desk.begin(self.contact)
        self.party = desk.recipient(self.contact, self.thread, KARENS, **recipient)
        self.message = desk.write(self.contact, self.thread, self.party)
        desk.agree(self.contact, self.thread, self.message)

    @property
    def reference(self) -> str:
        return thread_of(self.system, self.thread).reference

    @property
    def state(self) -> MessageState:
        return message_of(self.system, self.message).state


def test_lukes_story_by_telephone(  # noqa: PLR0915 - a story of eleven rows
    system: System, priya: Desk, tom: Desk, morgan: Desk, luke: Handset
) -> None:
    # L0, L1: he rings, nobody asks for his name, and his number is not shown.
    desk_phone = system.handset("020 7946 0101")
    contact = call_from(system, luke, priya.console, desk_phone)
    page = priya.console.get(f"/console/contacts/{contact}").text
    assert "900834" not in page
    # L2, L3, L4: rights, age, suicide and safety, abuse and orders, exact words, return path.
    begin = priya.console.page(f"/console/contacts/{contact}/messages/begin").text
    assert "may be away, and stay away" in begin
    assert "suicide and safety" in begin
    thread = priya.begin(contact)
    party = priya.recipient(contact, thread, KARENS)
    message = priya.write(contact, thread, party)
    priya.agree(contact, thread, message)
    with system.transaction() as session:
        agreed = session.scalars(sa.select(consent.ConsentEntry)).one()
        assert (agreed.scopes, WORDS in agreed.words) == (["pass_message"], False)
        assert checks.words_mark(session.get_one(Message, message)).hex() in agreed.words
        assert agreed.staff_id == priya.console.staff_id
    # L5: four eyes.
    assert message_of(system, message).state is MessageState.awaiting_approval
    assert morgan.approve(message).status_code == 303
    assert message_of(system, message).state is MessageState.approved
    # L6: whoever gives it sees whom to make sure of, and nothing of where it comes from.
    listed = tom.console.page("/messages/tasks").text
    assert WORDS not in listed
    assert "Karen" not in listed
    task = tom.take(message)
    assert "What was your first dog called?" in task
    assert "from Luke" in task
    assert "900834" not in task
    assert "900845" not in task
    # L7, L8: given; her answer is taken down word for word.
    tom.tried(message, "given")
    assert message_of(system, message).state is MessageState.delivered
    tom.answered(message)
    with system.transaction() as session:
        kept = session.scalars(sa.select(Reply)).one()
        assert (kept.words, kept.state) == (ANSWER, ReplyState.waiting_collection)
    # L9: weeks later, from another phone, with reference and word.
    luke.hang_up()
    priya.console.end(contact)
    priya.console.wrap_up(contact, contact_type="adult_away", age_band="25_39")
    box = system.handset("07700 900877")
    later = contact_of(system, box, tom.console, "hi its me again")
    reference = thread_of(system, thread).reference
    assert tom.open(later, reference.lower()).status_code == 303
    shown = tom.thread_page(later, thread)
    assert ANSWER in shown
    with system.transaction() as session:
        reply_id = session.scalars(sa.select(Reply.id)).one()
    given = f"/console/contacts/{later}/messages/{thread}/replies/{reply_id}/give"
    assert tom.post(given).status_code == 303
    # L10: he goes on; nothing is told to the police by itself, and the proof holds.
    with system.transaction() as session:
        assert session.get_one(Reply, reply_id).state is ReplyState.given
        told = [each.told for each in session.scalars(sa.select(Sending).order_by(Sending.number))]
        assert told == [Told.message, Told.reply]
        assert (
            session.scalars(
                sa.select(outbox.Promise).where(outbox.Promise.relies_on.is_not(None))
            ).all()
            == []
        )
    proof = morgan.console.get(f"/messages/watch/threads/{thread}/proof.json").json()
    assert proof["faults"] == []
    assert WORDS not in str(proof)
    assert ANSWER not in str(proof)


def test_lukes_story_by_text_without_a_single_call(
    system: System, priya: Desk, tom: Desk, morgan: Desk, luke: Handset
) -> None:
    karen = system.handset(KARENS)
    story = Story(system, priya, luke, way="page")
    assert morgan.approve(story.message).status_code == 303
    tom.take(story.message)
    assert tom.post(f"/messages/tasks/{story.message}/send").status_code == 303
    system.settle()
    system.advance(30)

    # The text tells nothing: not his name, not hers, not that anybody is away.
    assert len(karen.received) == 1
    for secret in ("Luke", "Karen", "safe", "love", "message"):
        assert secret.lower() not in karen.received[0].replace("/message/", "/").lower()
    token = karen.received[0].rsplit("/", 1)[1]
    with system.transaction() as session:
        assert links.question(session, token, at=now()) == "What was your first dog called?"
        opened = links.open_link(session, token, " biscuit", at=now())
        assert (opened.whose, opened.words) == ("Luke", WORDS)
        links.answer_from_page(session, opened.answer_token, ANSWER, uuid.uuid4(), at=now())
    with pytest.raises(links.LinkDeadError), system.transaction() as session:
        links.open_link(session, token, "biscuit", at=now())

    box = system.handset("07700 900877")
    later = contact_of(system, box, tom.console, f"any news? {story.reference} {WORD}")
    assert tom.open(later, story.reference).status_code == 303
    with system.transaction() as session:
        reply_id = session.scalars(sa.select(Reply.id)).one()
    path = f"/console/contacts/{later}/messages/{story.thread}/replies/{reply_id}/text"
    assert tom.post(path).status_code == 303
    system.settle()
    system.advance(30)

    assert box.received == [ANSWER]
    assert luke.received == []
    with system.transaction() as session:
        thread = session.get_one(Thread, story.thread)
        assert proving.check(session, thread) == []
        told = [each.told for each in session.scalars(sa.select(Sending).order_by(Sending.number))]
        assert told == [Told.link, Told.message, Told.reply]


# --- what must not happen ---------------------------------------------------------------------


def test_she_asks_where_he_is_and_whoever_tells_her_has_nothing_to_look_at(
    system: System, priya: Desk, tom: Desk, morgan: Desk, luke: Handset
) -> None:
    luke.text("i am in a phone box by Ipswich station")
    story = Story(system, priya, luke)
    morgan.approve(story.message)
    task = tom.take(story.message)
    assert "I can't tell you that" in task
    for secret in ("Ipswich", "900834", story.reference, "3 February", str(story.contact)):
        assert secret not in task
    with system.transaction() as session:
        reference = session.get_one(Contact, story.contact).caller.reference
    assert reference not in tom.console.get(f"/messages/tasks/{story.message}").text
    for path in (
        f"/console/contacts/{story.contact}",
        f"/console/contacts/{story.contact}/messages/{story.thread}",
        f"/console/contacts/{story.contact}/messages/{story.thread}/message/{story.message}",
        f"/messages/watch/threads/{story.thread}",
    ):
        answer = tom.console.get(path)
        assert "Ipswich" not in answer.text, path
        assert answer.status_code in {403, 404} or "Not open yet" in answer.text, path


def test_somebody_else_answers_and_hears_nothing(
    system: System, priya: Desk, tom: Desk, morgan: Desk, luke: Handset
) -> None:
    story = Story(system, priya, luke)
    morgan.approve(story.message)
    tom.take(story.message)
    tom.tried(story.message, "somebody_else")
    assert story.state is MessageState.attempting
    with system.transaction() as session:
        assert session.scalars(sa.select(Sending)).all() == []
        assert session.scalars(sa.select(Attempt)).one().staff_id == tom.console.staff_id
    # Nor is she rung again at once.
    again = tom.post(f"/messages/tasks/{story.message}/take")
    assert again.headers["Location"].endswith("/messages/tasks")


def test_she_does_not_want_to_hear_it_and_he_learns_only_that_it_was_not_given(
    system: System, priya: Desk, tom: Desk, morgan: Desk, luke: Handset
) -> None:
    story = Story(system, priya, luke)
    morgan.approve(story.message)
    tom.take(story.message)
    tom.tried(story.message, "refused")
    assert story.state is MessageState.refused
    shown = priya.thread_page(story.contact, story.thread)
    assert "Could not be given" in shown
    assert "did not want" not in shown.split("What they want")[0]


def test_she_tells_of_an_order_and_everything_stops(
    system: System, priya: Desk, tom: Desk, morgan: Desk, luke: Handset
) -> None:
    story = Story(system, priya, luke)
    waiting = priya.write(story.contact, story.thread, story.party, "And happy birthday.")
    priya.agree(story.contact, story.thread, waiting)
    morgan.approve(story.message)
    morgan.approve(waiting)
    tom.take(story.message)

    tom.tried(story.message, "order_disclosed", order="protects_recipient")

    assert story.state is MessageState.blocked_safeguarding
    assert message_of(system, waiting).state is MessageState.blocked_safeguarding
    alert = morgan.console.page("/messages/watch").get_text(" ", strip=True)
    assert "stopped until safeguarding decides" in alert
    page = morgan.console.page(f"/messages/approvals/{waiting}").get_text(" ", strip=True)
    assert "Nobody can let this go" in page
    refused = tom.post(f"/messages/tasks/{waiting}/take")
    assert refused.headers["Location"].endswith("/messages/tasks")


def test_he_is_the_respondent_of_an_order_and_nothing_is_relayed(
    system: System, priya: Desk, morgan: Desk, luke: Handset
) -> None:
    story = Story(system, priya, luke, order="protects_recipient")
    assert story.state is MessageState.blocked_safeguarding
    answer = morgan.approve(story.message)
    assert answer.status_code == 422
    assert story.state is MessageState.blocked_safeguarding


@pytest.mark.parametrize("asked_by", ["police", "family_or_friend"])
def test_whoever_asks_whether_he_was_in_touch_gets_one_answer(
    system: System, priya: Desk, tom: Desk, luke: Handset, asked_by: str
) -> None:
    Story(system, priya, luke)
    screens = set()
    for about in ("Luke", "Somebody Else"):
        kept = tom.post(
            "/enquiries/new",
            asked_by=asked_by,
            asker="PC Smith",
            asker_phone="",
            about=about,
            message="Please ring us",
        )
        assert kept.status_code == 303
        page = tom.console.page(kept.headers["Location"]).get_text(" ", strip=True)
        assert THE_ANSWER in page
        screens.add(page)
    assert len(screens) == 1


def test_he_takes_it_back_before_it_is_given_and_nobody_reaches_her(
    system: System, priya: Desk, tom: Desk, morgan: Desk, luke: Handset
) -> None:
    karen = system.handset(KARENS)
    story = Story(system, priya, luke, way="page")
    morgan.approve(story.message)
    tom.take(story.message)
    tom.post(f"/messages/tasks/{story.message}/send")
    # Promised, and no worker has begun.
    path = f"/console/contacts/{story.contact}/messages/{story.thread}"
    taken_back = priya.post(f"{path}/message/{story.message}/take-back")
    assert taken_back.status_code == 303
    system.settle()
    system.advance(30)

    assert karen.received == []
    assert story.state is MessageState.withdrawn
    assert "Nothing waits to be given" in tom.console.get("/messages/tasks").text
    with system.transaction() as session:
        caller_id = session.get_one(Thread, story.thread).caller_id
        assert consent.in_force(session, caller_id, at=now()) == []


def test_a_wrong_word_a_reference_of_nobody_and_a_locked_thread_look_the_same(
    system: System, priya: Desk, tom: Desk, luke: Handset
) -> None:
    story = Story(system, priya, luke)
    other = contact_of(system, system.handset("07700 900877"), tom.console, "hello")
    pages = [
        neutral(tom.open(other, story.reference, "magpie").text, story.reference),
        neutral(tom.open(other, "ZZZ-ZZZ", WORD).text, "ZZZ-ZZZ"),
    ]
    assert pages[0] == pages[1]
    with system.transaction() as session:
        session.get_one(Thread, story.thread).locked_at = now()
        session.execute(sa.text("DELETE FROM message_wrong_try"))
    locked = tom.open(other, story.reference, WORD)
    assert locked.status_code == 422
    assert neutral(locked.text, story.reference) == pages[0]
    assert ANSWER not in locked.text


def neutral(page: str, reference: str) -> str:
    return re.sub(r'value="[^"]*"', 'value=""', page).replace(reference, "REFERENCE")


def test_the_word_for_danger_shows_the_same_page_and_alerts(
    system: System, priya: Desk, tom: Desk, morgan: Desk, luke: Handset
) -> None:
    story = Story(system, priya, luke)
    free = contact_of(system, system.handset("07700 900877"), tom.console, "its me")
    forced = contact_of(system, system.handset("07700 900878"), tom.console, "its me")
    tom.open(free, story.reference, WORD)
    assert "word for danger" not in morgan.console.get("/messages/watch").text
    tom.open(forced, story.reference, DURESS)

    pages = {tom.thread_page(each, story.thread) for each in (free, forced)}
    assert len(pages) == 1
    assert "word for danger" in morgan.console.get("/messages/watch").text
    assert "danger" not in tom.console.get(f"/console/contacts/{forced}").text.lower()


def test_collect_only_makes_a_push_impossible(
    system: System, priya: Desk, tom: Desk, morgan: Desk, luke: Handset
) -> None:
    story = Story(system, priya, luke)
    morgan.approve(story.message)
    tom.take(story.message)
    tom.tried(story.message, "given")
    tom.answered(story.message)
    system.settle()
    system.advance(3600)
    assert luke.received == []
    pushed = morgan.post(f"/messages/watch/threads/{story.thread}/nudge")
    assert "Nothing may be sent" in morgan.console.get(pushed.headers["Location"]).text
    # Not even a program that tries can leave one.
    nudge = {
        "id": uuid.uuid4(),
        "thread_id": story.thread,
        "return_path": "safe_number",
        "at": now(),
        "staff_id": morgan.console.staff_id,
        "consent_id": message_of(system, story.message).consent_id,
        "form_key": uuid.uuid4(),
    }
    with pytest.raises(sa.exc.IntegrityError), system.transaction() as session:
        session.execute(sa.insert(Nudge).values(nudge))


def test_a_message_left_for_him_is_found_when_he_asks_and_was_never_looked_for(
    system: System, priya: Desk, tom: Desk, morgan: Desk, luke: Handset
) -> None:
    story = Story(system, priya, luke)
    for about in ("Luke", "Nobody Whatsoever"):
        tom.post(
            "/enquiries/new",
            asked_by="family_or_friend",
            asker="His brother",
            asker_phone="",
            about=about,
            message=f"Come and see us, {about}",
        )
    page = morgan.console.page("/messages/watch")
    for form in page.select("form[action*='/left/']"):
        name = "Luke" if "see us, Luke" in form.parent.get_text() else "Nobody Whatsoever"
        morgan.post(str(form["action"]), name=name, may_wait="yes")

    shown = priya.thread_page(story.contact, story.thread)
    assert "Come and see us, Luke" in shown
    assert "Nobody Whatsoever" not in shown
    assert luke.received == []


def test_the_police_are_told_exactly_what_he_agreed_to_and_only_by_a_person(
    system: System, priya: Desk, morgan: Desk, luke: Handset
) -> None:
    story = Story(system, priya, luke)
    path = f"/console/contacts/{story.contact}/messages/{story.thread}/police"
    words = "Luke Smith is safe and well and does not want to be found."
    refused = priya.post(path, force="Suffolk Constabulary", words=words)
    assert refused.status_code == 422, "he was not told that only a police check closes the case"
    assert priya.post(path, force="Suffolk Constabulary", words=words, reminded="y").ok
    system.settle()
    page = morgan.console.page("/messages/watch")
    assert words in page.get_text()
    form = page.select_one("form[action*='/police/']")
    assert form is not None
    assert morgan.post(str(form["action"]), force_reference="SC-1").status_code == 303
    with system.transaction() as session:
        told = session.scalars(sa.select(Sending)).one()
        assert (told.side, told.told, told.by_text) == (Side.police, Told.police_notice, False)
        entry = session.get_one(consent.ConsentEntry, told.consent_id)
        assert (entry.scopes, entry.towards) == (["tell_police"], consent.Towards.police)


def test_an_answer_that_asks_where_he_is_waits_for_a_supervisor(
    system: System, priya: Desk, tom: Desk, morgan: Desk, luke: Handset
) -> None:
    story = Story(system, priya, luke)
    morgan.approve(story.message)
    tom.take(story.message)
    tom.tried(story.message, "given")
    tom.answered(story.message, "Where are you? We will find you.")
    assert "Where are you" not in priya.thread_page(story.contact, story.thread)
    with system.transaction() as session:
        reply_id = session.scalars(sa.select(Reply.id)).one()
    path = f"/messages/watch/replies/{reply_id}"
    assert "This asks where the person is" in morgan.console.get(path).text
    assert morgan.post(path, may_wait="yes", why="She is frightened, no threat").status_code == 303
    assert "Where are you" in priya.thread_page(story.contact, story.thread)


def test_who_takes_up_the_conversation_again_later_asks_for_the_word_anew(
    system: System, priya: Desk, tom: Desk, luke: Handset
) -> None:
    """Perhaps somebody else has his telephone now."""
    story = Story(system, priya, luke)
    priya.console.end(story.contact)
    priya.console.wrap_up(story.contact, contact_type="adult_away", age_band="25_39")
    assert contact_of(system, luke, tom.console, "did she say anything") == story.contact

    path = f"/console/contacts/{story.contact}/messages"
    assert story.reference not in tom.console.get(path).text
    assert tom.console.get(f"{path}/{story.thread}").status_code == 404
    assert tom.open(story.contact, story.reference).status_code == 303
    assert "Messages of Luke" in tom.thread_page(story.contact, story.thread)


def test_a_call_of_all_three_is_offered_only_when_she_would_and_he_still_wants_to_hear(
    system: System, priya: Desk, tom: Desk, morgan: Desk, luke: Handset
) -> None:
    story = Story(system, priya, luke)
    morgan.approve(story.message)
    tom.take(story.message)
    tom.tried(story.message, "given")
    assert "would talk" not in priya.thread_page(story.contact, story.thread)
    assert tom.post(f"/messages/tasks/{story.message}/talk").status_code == 303
    assert "Karen would talk with them" in priya.thread_page(story.contact, story.thread)
    path = f"/console/contacts/{story.contact}/messages/{story.thread}"
    assert priya.post(path, wish="out_only").status_code == 303
    assert "would talk" not in priya.thread_page(story.contact, story.thread)
