"""What a caller says leads to the services that help; a child is never shown one for adults."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bench import directory as bench
from helpline.confidentiality.bank_holidays import Nation
from helpline.directory import asking, places, searching, services
from helpline.directory.entries import TOPICS, Entry
from helpline.directory.searching import Wish
from tests.helpline import making
from tests.system import System

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)


@pytest.fixture
def session(system: System) -> Iterator[Session]:
    with making.undone(system) as opened:
        services.load_first(opened, at=NOON)
        yield opened


def names(session: Session, words: str = "", **known: Any) -> list[str]:
    found = searching.find(session, Wish(words, **known), at=NOON)
    return [each.shown.service.key for each in found]


def test_what_callers_say_finds_what_helps_among_the_first_five(session: Session) -> None:
    assert len(bench.questions()) >= 120
    for half in ("open", "held"):
        assert bench.share_found(session, bench.questions(half)) >= 0.9, half


def test_every_expression_leads_to_something_that_the_directory_has() -> None:
    known = set(TOPICS)
    led = {name for names_ in asking._expressions().values() for name in names_}
    assert {each for each in led if each[0] not in "@+"} <= known


def test_a_slip_of_the_finger_and_the_beginning_of_a_word_are_understood(session: Session) -> None:
    assert "samaritans" in names(session, "samaratans")[:3]
    assert "samaritans" in names(session, "sucidal")[:5]
    assert names(session, "centrep", is_typing=True)[0] == "centrepoint-helpline"
    assert "shelter" in names(session, "homel", is_typing=True)


def test_whoever_thinks_of_suicide_is_not_pointed_to_the_bereaved_first(session: Session) -> None:
    first = names(session, "suicidal")
    assert "survivors-of-bereavement-by-suicide" not in first[:5]
    assert (
        "survivors-of-bereavement-by-suicide" in names(session, "my brother took his own life")[:5]
    )


def test_an_age_in_words_counts_as_theirs_only_if_it_is_theirs() -> None:
    assert asking.understood("somewhere to sleep tonight Leeds 17").age == 17
    assert asking.understood("im 15 and my dad hits me").age == 15
    assert asking.understood("my daughter is 15 and cuts herself").age is None
    assert asking.understood("owe 500 pounds, lost touch 20 years ago").age is None
    assert asking.understood("£60 short for 3 kids").age is None


def test_a_place_is_its_nation_and_its_council() -> None:
    leeds = asking.understood("nowhere to stay Leeds").place
    assert leeds is not None
    assert leeds.nations == {Nation.england}
    assert "leeds" in leeds.areas
    assert asking.understood("raped Glasgow").place.nations == {Nation.scotland}  # type: ignore[union-attr]
    assert asking.understood("i like reading books").place is None
    assert asking.understood("sleeping rough in Reading").place is not None
    assert len(places.councils()) > 200


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    words=st.sampled_from([each.words for each in bench.questions()]),
    age=st.none() | st.integers(8, 17),
    topic=st.sampled_from(["", *TOPICS]),
)
def test_nothing_for_adults_only_is_ever_shown_for_a_child(
    session: Session, words: str, age: int | None, topic: str
) -> None:
    by_box = Wish(words, topic=topic, age=age, is_under_18=age is None)
    found = searching.find(session, by_box, at=NOON, most=50)
    assert all(each.entry.suits_under_18s for each in found)
    said = searching.find(session, Wish(f"{words}, im 16", topic=topic), at=NOON, most=50)
    if asking.understood(f"{words}, im 16").age == 16:
        assert all(each.entry.suits_under_18s for each in said)


def test_a_place_leaves_out_what_does_not_reach_it(session: Session) -> None:
    for key, covers in (("here", ("Leeds",)), ("there", ("Bristol",))):
        said = {"name": f"Night shelter {key}", "topics": ("homelessness",), "areas": covers}
        entry = Entry.model_validate(said | {"audiences": ("anyone",), "nations": ("england",)})
        services.add(session, key, entry, by=None, at=NOON)
    found = names(session, "nowhere to sleep in Leeds")
    assert found[0] == "here"
    assert "there" not in found
    assert "housing-rights" not in found
    assert "there" in names(session, "nowhere to sleep", place=places.find("bristol"))


def test_open_now_shows_only_what_is_surely_open(session: Session) -> None:
    night = datetime(2026, 11, 12, 3, tzinfo=UTC)
    found = searching.find(session, Wish("suicidal", is_open_now=True), at=night, most=50)
    assert found
    assert all(each.entry.is_open(night) for each in found)


def test_each_finding_says_why(session: Session) -> None:
    first = searching.find(session, Wish("somewhere to sleep tonight Leeds 17"), at=NOON)[0]
    assert "Nowhere to stay" in first.reasons
    assert "Takes people of 17" in first.reasons


def test_what_is_not_shown_is_found_only_by_those_who_keep_the_directory(
    session: Session,
) -> None:
    by = making.staff_member(session).id
    found = searching.find(session, Wish("samaritans"), at=NOON)[0]
    services.set_active(session, found.shown.service, active=False, by=by, at=NOON)
    assert "samaritans" not in names(session, "samaritans")
    assert "samaritans" in names(session, "samaritans", also_stopped=True)


@given(st.text(max_size=300))
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_typed_is_answered(session: Session, words: str) -> None:
    searching.find(session, Wish(words.replace("\x00", ""), is_typing=True), at=NOON)
