"""Parts of a text are counted as the networks count them (3GPP TS 23.038; domain.md 7.6)."""

# ruff: noqa: RUF001 - letters that look alike are what this is about

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpline.sms import segments
from helpline.sms.segments import ALONE, EACH, Alphabet

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "segment_vectors.json").read_text("utf-8")
)


def words_of(vector: dict[str, Any]) -> str:
    return "".join(piece * times for piece, times in vector["words"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["what"])
def test_a_text_is_counted_as_on_the_air(vector: dict[str, Any]) -> None:
    length = segments.measure(words_of(vector))
    counted = (length.alphabet, length.units, length.parts, length.left)
    assert counted == (vector["alphabet"], vector["units"], vector["parts"], vector["left"])


def test_the_alphabet_has_the_size_that_the_standard_gives_it() -> None:
    # 128 places less the escape, and nine letters and a form feed behind it.
    assert len(set(segments.BASIC)) == len(segments.BASIC) == 127
    assert len(set(segments.EXTENDED)) == len(segments.EXTENDED) == 10
    assert not set(segments.BASIC) & set(segments.EXTENDED)


def test_the_letters_that_change_the_alphabet_are_named_once_and_in_order() -> None:
    assert segments.measure("it’s – it’s").outside == ("’", "–")
    assert segments.measure("plain").outside == ()


def test_one_curly_apostrophe_triples_a_text_and_mending_it_makes_it_one_again() -> None:
    words = "I’m here and I can listen for as long as you like. " + "a" * 100
    assert segments.measure(words).parts == 3
    assert segments.measure(segments.mend(words)).parts == 1


def test_mending_leaves_the_letters_of_a_language_alone() -> None:
    assert segments.mend("Mae’r tŷ’n wag… dŵr – môr") == "Mae'r tŷ'n wag... dŵr - môr"


def test_everything_that_mending_writes_is_plain() -> None:
    assert all(segments.measure(plain).outside == () for plain in segments.MENDED.values())


@given(st.text(max_size=700))
def test_parts_hold_the_whole_text_and_no_more_than_needed(words: str) -> None:
    length = segments.measure(words)
    alone, each = ALONE[length.alphabet], EACH[length.alphabet]
    if length.units <= alone:
        assert length.parts == 1
        return
    # A part may stay one unit short where the next letter needs two.
    assert length.units <= length.parts * each
    assert length.parts <= -(-length.units // (each - 1))
    assert 0 <= length.left < each


@given(st.text(alphabet=st.sampled_from(segments.BASIC + segments.EXTENDED), max_size=400))
def test_letters_of_gsm_7_never_change_the_alphabet(words: str) -> None:
    assert segments.measure(words).alphabet is Alphabet.gsm_7


@given(st.text(max_size=200))
def test_mending_twice_is_mending_once_and_never_costs_more_alphabet(words: str) -> None:
    mended = segments.mend(words)
    assert segments.mend(mended) == mended
    assert set(segments.measure(mended).outside) <= set(segments.measure(words).outside)
