"""What the carrier lists is read so that it can be kept, whatever it holds."""

import json
from types import SimpleNamespace

import pytest

from helpline import encryption
from helpline.carrier import as_seen


def listed(body: str) -> SimpleNamespace:
    """Give a text as the official client reads it from the carrier's JSON."""
    return SimpleNamespace(
        sid="SM1",
        from_="+447700900123",
        to="+441632960116",
        body=json.loads(f'"{body}"'),
        date_created=None,
        status="received",
        num_media="0",
    )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (r"he has a knife \ud83d", "he has a knife \ufffd"),
        (r"\ude22 and \ud83d\ude22", "\ufffd and \U0001f622"),
        (r"\ufeffhello \u0175", "\ufeffhello \u0175"),
        ("", ""),
    ],
)
def test_a_text_that_was_cut_in_the_middle_of_a_sign_can_be_kept(body: str, words: str) -> None:
    """Half a sign can be neither locked nor stored: the whole text would never be collected."""
    seen = as_seen.text(listed(body))
    assert seen.words == words
    assert encryption.blind_index(seen.words, b"key")
