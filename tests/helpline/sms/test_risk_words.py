"""Words of danger put a text first, in English, Welsh and texting spelling."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpline.clock import now
from helpline.contacts import need
from helpline.contacts.models import Need
from helpline.sms import inbox, risk_words
from tests.helpline import making
from tests.system import System

DANGER = (
    "i want to die",
    "I WANT 2 DIE",
    "im gonna kms",
    "hes gonna kill me",
    "I don\u2019t want to live anymore",
    "i dont wanna be here",
    "ive taken a lot of tablets",
    "took all my mums pills",
    "k i l l myself",
    "k.i.l.l. m.y.s.e.l.f",
    "he won't let me leave",
    "he raped me",
    "someone is following me",
    "ther is a man outside and he asked me to go with him",
    "im on the bridge",
    "i cut myself again",
    "nowere to sleep 2nite its freezing",
    "pls help me",
    "su1cide",
    "suiiiicide",
    "dwi isio marw",
    "dwi ddim eisiau byw",
    "mae o wedi fy nharo i",
    "dwi ddim yn saff",
    "helpa fi plis",
    "does gen i unman i gysgu",
    "wedi cymryd llwyth o dabledi tabledi",
)
HARMLESS = (
    "hi is anyone there",
    "can i talk to someone about my brother",
    "thanks for yesterday it helped",
    "what time do you close",
    "my mum is worried about me",
    "i left home on monday and im at a friends",
    "can you pass on a message",
    "diolch am eich help",
    "shwmae, oes rhywun yna",
    "sut wyt ti",
    "ok",
)


@pytest.mark.parametrize("words", DANGER)
def test_words_that_may_mean_danger_are_found(words: str) -> None:
    assert risk_words.mean_danger(words)


@pytest.mark.parametrize("words", HARMLESS)
def test_words_that_mean_none_are_left_alone(words: str) -> None:
    assert not risk_words.mean_danger(words)


@pytest.mark.parametrize(
    "words",
    ["im 14", "I'm fourteen", "i am only 12", "15 yrs old", "dw i'n 15 oed", "im in year 9"],
)
def test_somebody_who_says_that_they_are_a_child_is_one(words: str) -> None:
    assert risk_words.mean_a_child(words)


@pytest.mark.parametrize(
    "words",
    ["im 34", "i am 14 hours away", "im 10 minutes away", "my son is 14", "im 18", "im 19 yrs old"],
)
def test_other_numbers_make_nobody_a_child(words: str) -> None:
    assert not risk_words.mean_a_child(words)


def test_a_childs_age_in_somebody_elses_story_still_counts() -> None:
    # Written by a parent or by the child: nobody can tell, and first is the safer place.
    assert risk_words.mean_a_child("my daughter is 13 years old")


def test_the_list_is_data_and_every_phrase_of_it_is_found() -> None:
    data: dict[str, Any] = json.loads(
        Path(risk_words.__file__).with_name("risk_words.json").read_text("utf-8")
    )
    for phrases in data["danger"].values():
        for phrase in phrases:
            said = " ".join(
                "some" if piece == "*" else piece.split("/")[0] for piece in phrase.split()
            )
            assert risk_words.mean_danger(f"so {said} now"), phrase


@given(st.text(max_size=1600))
def test_no_text_is_too_strange_to_be_read(words: str) -> None:
    risk_words.mean_danger(words)
    risk_words.mean_a_child(words)


def test_danger_and_age_put_a_text_first_with_the_reason(system: System) -> None:
    with system.transaction() as session:
        text = inbox.text_arrived(session, making.incoming("im 14 and i want 2 die"), at=now())
        contact = making.contact_of(session, text)
        assert need.reasons(contact) == {Need.danger, Need.child}
        assert contact.is_child


def test_danger_in_a_later_text_of_a_conversation_is_seen_as_well(system: System) -> None:
    sender = making.number()
    with system.transaction() as session:
        inbox.text_arrived(session, making.incoming("hello", sender), at=now())
        text = inbox.text_arrived(session, making.incoming("he has a knife", sender), at=now())
        assert Need.danger in need.reasons(making.contact_of(session, text))
