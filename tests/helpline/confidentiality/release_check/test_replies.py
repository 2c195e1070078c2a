"""An answer from home is looked at first where it threatens, traces or presses."""

import pytest

from helpline.confidentiality.release_check import Kind, screen_reply

THREATS = (
    "you will regret this",
    "You'll be sorry",
    "we will find you",
    "I'm going to kill you when I get hold of you",
    "watch your back",
    "come home or else",
    "wait till I get you home",
    "u can't hide from us",
    "mi ddo i o hyd i ti",
)
TRACING = (
    "where are you?",
    "Where r u staying",
    "what town are you in",
    "give us your address",
    "send me your number",
    "who are you with?",
    "are you in London",
    "can we come and get you",
    "let me pick you up",
    "ble wyt ti?",
    "pa dref wyt ti ynddi",
    "beth yw dy gyfeiriad",
)
PRESSURE = (
    "your gran is dying because of you",
    "If you don't come back I'll tell everyone",
    "come home now",
    "this is all your fault",
    "you're breaking your mother's heart",
    "you selfish girl",
    "after all we've done for you",
    "this is your last chance",
    "Mum hasn't stopped, she won't eat",
    "you have to ring me",
    "dad is in hospital",
    "dy fai di yw hyn",
    "mae'n rhaid i ti ddod adre",
    "dere adref nawr",
)
KIND = (
    "We both love and miss you",
    "Take care of yourself. The door is always open.",
    "Thank you for letting us know. We are so glad you are safe.",
    "There is no rush. We love you whatever you decide.",
    "Ellie has drawn you a picture and lost a tooth",
    "The dog is well and sends a lick",
    "We are not angry. We only want you to be happy.",
    "Rydyn ni'n dy garu di. Cymer ofal.",
    "Diolch am roi gwybod i ni. Cymer dy amser.",
    "I am sorry for what I said. I was wrong.",
    "Happy birthday for Sunday my darling",
)


def kinds(words: str) -> set[Kind]:
    return {flag.kind for flag in screen_reply(words)}


@pytest.mark.parametrize("words", THREATS)
def test_a_threat_is_marked(words: str) -> None:
    assert Kind.threat in kinds(words)


@pytest.mark.parametrize("words", TRACING)
def test_a_question_that_traces_is_marked(words: str) -> None:
    assert Kind.tracing in kinds(words)


@pytest.mark.parametrize("words", PRESSURE)
def test_pressure_is_marked(words: str) -> None:
    assert Kind.pressure in kinds(words)


@pytest.mark.parametrize("words", KIND)
def test_a_kind_answer_goes_on(words: str) -> None:
    assert screen_reply(words) == ()


@pytest.mark.parametrize("words", [*THREATS, *TRACING, *PRESSURE])
def test_what_is_marked_lies_inside_the_words_in_their_order(words: str) -> None:
    flags = screen_reply(words)
    assert all(0 <= flag.start < flag.end <= len(words) for flag in flags)
    assert [flag.start for flag in flags] == sorted(flag.start for flag in flags)
