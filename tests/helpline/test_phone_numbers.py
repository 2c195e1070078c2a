"""Numbers are read as people write them, or the answer says what to do."""

import re

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from helpline import phone_numbers
from helpline.phone_numbers import NotANumberError, PhoneNumber

DRAMA = st.one_of(
    st.integers(0, 999).map(lambda last: f"+447700900{last:03}"),
    st.integers(0, 999).map(lambda last: f"+442079460{last:03}"),
    st.integers(0, 999).map(lambda last: f"+441632960{last:03}"),
)


@given(written=st.text())
@example("٠٧٧٠٠٩\u0660\u0660\u0661\u0662\u0663")
@example("7" * 300)
@example("\x00")
@example("116 000")
def test_any_text_is_a_number_or_a_sentence_that_says_what_to_do(written: str) -> None:
    try:
        number = phone_numbers.read(written)
    except NotANumberError as refusal:
        said = str(refusal)
    else:
        said = number.e164
    assert re.fullmatch(r"\+[0-9]+|(Enter a telephone number|There is no such).*", said)


@pytest.mark.parametrize(
    "written",
    [
        "07700 900123",
        "07700900123",
        "+44 7700 900123",
        "+44 (0)7700 900123",
        "0044 7700900123",
        " 07700-900-123 ",
        "(07700) 900123",
    ],
)
def test_a_number_is_the_same_however_it_is_written(written: str) -> None:
    assert phone_numbers.read(written) == PhoneNumber("+447700900123")


@given(e164=DRAMA)
def test_numbers_of_the_drama_ranges_are_read_and_known_as_made_up(e164: str) -> None:
    national = phonenumbers.format_number(
        phonenumbers.parse(e164), phonenumbers.PhoneNumberFormat.NATIONAL
    )
    for written in (e164, national):
        assert phone_numbers.read(written) == PhoneNumber(e164)
        assert phone_numbers.read(written).is_made_up


@pytest.mark.parametrize(
    "near", [f"+44{7700_901_000}", f"+44{7700_899_999}", f"+44{1632_961_000}", "+44116000"]
)
def test_a_number_beside_the_drama_ranges_is_not_made_up(near: str) -> None:
    assert not PhoneNumber(near).is_made_up


@given(number=DRAMA.map(PhoneNumber))
def test_a_number_never_shows_its_digits_by_accident(number: PhoneNumber) -> None:
    for shown in (repr(number), str(number), f"{number}", f"{[number]!r}"):
        assert not any(digit in shown for digit in "0123456789")


@pytest.mark.parametrize(
    "sender",
    ["", " ", "anonymous", "Anonymous", "ANONYMOUS", "Restricted", "+266696687", "private",
     "Unknown", "unavailable", "client:worker_7", "07700900123", "sip:a@example.org", "+0123456",
     "+44", "+4477009\u0660\u0660\u0661\u0662\u0663", "+447700900123\n+447700900124"],
)  # fmt: skip
def test_a_sender_that_is_no_number_counts_as_withheld(sender: str) -> None:
    assert phone_numbers.from_carrier(sender) is None


@given(sender=st.text() | st.from_regex(r"\+\d{5,17}"))
def test_the_sender_of_a_call_is_read_whatever_it_is(sender: str) -> None:
    number = phone_numbers.from_carrier(sender)
    assert number is None or (number.e164 == sender.strip() and number.e164.isascii())


@given(number=DRAMA.map(PhoneNumber))
def test_the_carrier_spells_a_number_as_we_keep_it(number: PhoneNumber) -> None:
    assert phone_numbers.from_carrier(number.e164) == number


@pytest.mark.parametrize(
    ("e164", "mobile"),
    [("+447700900123", True), ("+442079460101", False), ("+9991234567", False)],
)
def test_mobiles_are_told_from_landlines_and_from_numbers_of_nowhere(
    e164: str, mobile: bool
) -> None:
    assert PhoneNumber(e164).is_mobile is mobile
