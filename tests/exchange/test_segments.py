"""Parts of a text, counted."""

import pytest

from exchange.segments import count


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("ŵ" * 70, 1),
        ("ŵ" * 71, 2),
        ("🙂" * 35, 1),
        ("🙂" * 36, 2),
        ("🙂" * 67, 3),
        ("“quoted”", 1),
    ],
)
def test_a_text_needs_as_many_parts_as_its_letters_take(body: str, parts: int):
    assert count(body) == parts
