"""What would disclose is marked, in English, Welsh and disguise; what would not is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import release_check, release_check_set
from helpline.confidentiality.release_check import Kind, Known, check

NOTHING = Known()
DISCLOSES = (
    (Kind.e_mail, "write to luke.b@example.org"),
    (Kind.e_mail, "luke dot b at gmail dot com"),
    (Kind.web_address, "see www.example.org/luke"),
    (Kind.number, "grid reference TM 165 445"),
    (Kind.postcode, "im at IP1 3DE"),
    (Kind.postcode, "ip1 3de"),
    (Kind.what3words, "///filled.count.soap"),
    (Kind.street, "the flat on Mill Road"),
    (Kind.place, "I am in Leeds now"),
    (Kind.place, "dwi yng Nghaerdydd"),
    (Kind.station, "sleeping at the station"),
    (Kind.shelter, "I am in a hostel"),
    (Kind.hospital, "they kept me in hospital"),
    (Kind.employer, "got a job at the warehouse"),
    (Kind.time, "I will ring at half past five"),
    (Kind.name_not_agreed, "Darren says hello"),
)
HARMLESS = (
    "I am safe and well. I love you both.",
    "Tell Mum I am sorry and I miss her",
    "I am near to tears writing this",
    "Please do not worry. I need some time.",
    "I will always love you, whatever happens",
    "Dwi'n saff ac yn iawn. Caru chi.",
    "I am eating and sleeping and I have friends around me",
)


@pytest.mark.parametrize(("kind", "words"), DISCLOSES)
def test_what_would_disclose_is_marked(kind: Kind, words: str) -> None:
    assert kind in {flag.kind for flag in check(words, NOTHING)}


@pytest.mark.parametrize("words", HARMLESS)
def test_words_that_give_nothing_away_are_left_alone(words: str) -> None:
    assert check(words, NOTHING) == ()


def test_what_lies_in_the_vault_is_found_in_any_spelling() -> None:
    known = Known(vault=frozenset({"+447700900123"}))
    for words in ("07700900123", "o77oo 9oo 123", "ends in 0123"):
        assert check(words, known), words


@given(st.text(max_size=400))
def test_what_is_marked_lies_inside_the_words(words: str) -> None:
    for flag in check(words, NOTHING):
        assert 0 <= flag.start < flag.end <= len(words)


@given(
    st.text(alphabet="0123456789", min_size=7, max_size=11),
    st.sampled_from(["", " ", ".", "-", " x ", "/", ", ", "  ", "_", "\u200b"]),
)
def test_seven_digits_or_more_are_found_whatever_stands_between(digits: str, between: str) -> None:
    assert check(f"ring {between.join(digits)} please", NOTHING)


def test_the_labelled_set_is_large_enough_and_half_of_it_harmless() -> None:
    messages = list(release_check_set.everything())
    first = [each for each in messages if not each.later]
    harmless = sum(not each.discloses for each in first)
    assert len(first) >= 600
    assert 0.4 <= harmless / len(first) <= 0.6


def test_the_figures_on_the_half_it_has_never_seen_hold() -> None:
    figures = release_check.figures()
    assert figures["release_check_recall"] >= 0.99
    assert figures["release_check_false_alarms"] <= 0.10


@pytest.mark.parametrize("said", ["AT3-F2G", "AT3F2G", "a t 3 f 2 g", "AT 3F2G", "G2F-3TA"])
def test_a_reference_is_known_although_it_holds_a_word_that_addresses_leave_out(said: str) -> None:
    known = Known(vault=frozenset({"AT3-F2G"}))
    assert [each.kind for each in check(f"I am safe. {said}", known)] == [Kind.vault]


def test_an_address_is_known_although_its_figures_touch_its_words() -> None:
    known = Known(vault=frozenset({"12 Kiln Road"}))
    assert Kind.vault in {each.kind for each in check("its at kiln road12 come", known)}
