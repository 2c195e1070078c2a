"""Numbers that somebody can be reached at, however they are written."""

import pytest

from helpline.confidentiality.release_check import Kind, Known, check

NOTHING_AGREED = Known()


@pytest.mark.parametrize(
    "words",
    [
        "ring 07700 900123",
        "its o7seven double oh nine double oh one two three",
        "dim saith saith dim dim naw dim dim un dau tri ydi'r rhif",
        "0️⃣7️⃣7️⃣0️⃣0️⃣9️⃣0️⃣0️⃣1️⃣2️⃣3️⃣",
        "０７７００ ９００１２３",  # noqa: RUF001 - the disguise
        "O77OO 9OO l23",
        "0 x 7 x 7 x 0 x 0 x 9 x 0 x 0 x 1 x 2 x 3",
        "zer0 s3ven s3ven zer0 zer0 n1ne zer0 zer0",
        "it ends 123",
    ],
)
def test_a_number_is_found_however_it_is_written(words: str) -> None:
    assert [flag.kind for flag in check(words, NOTHING_AGREED)] == [Kind.number]


@pytest.mark.parametrize(
    "words",
    [
        "two of my three wishes came true",
        "I have one thing to say and it is sorry",
        "im gr8, luv u 2, 4 ever ur no 1",
        "Does dim brys, does dim bai",
        "I owe £12000",
    ],
)
def test_counting_is_no_number(words: str) -> None:
    assert check(words, NOTHING_AGREED) == ()


def test_the_number_is_marked_where_it_stands() -> None:
    words = "Mum, ring 0\u200b7700\u200b 900123 now"
    (flag,) = check(words, NOTHING_AGREED)
    assert words[flag.start : flag.end] == "0\u200b7700\u200b 900123"
    assert flag.reason == "A number, or part of one"
