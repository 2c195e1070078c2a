"""The word that opens a thread: kept as argon2 does, never as it was said.

Both words of a thread are compared at every try, and a reference that is nobody's is compared
with nothing that could ever match. So no answer comes quicker than another.
"""

import re
import secrets
import unicodedata

from helpline.accounts import sign_in

LEAST_LETTERS, MOST_LETTERS = 4, 60


class WordRefusedError(ValueError):
    """The word won't do; the words say why."""


def plain(said: str) -> str:
    """Bring a word into the one form in which it is compared: as it sounds, not as it is typed."""
    letters = unicodedata.normalize("NFKC", said).casefold()
    return re.sub(r"[\W_]+", "", letters)


def keep(said: str) -> str:
    """Return what is stored of a word.

    Raises:
        WordRefusedError: too short to be a word, or too long.

    """
    if not LEAST_LETTERS <= len(plain(said)) <= MOST_LETTERS:
        raise WordRefusedError("Choose a word of 4 to 60 letters")
    return sign_in.hash_password(plain(said))


def keep_nothing() -> str:
    """Return what is stored where no word was chosen: it takes as long and never matches."""
    return sign_in.hash_password(secrets.token_hex(32))


def is_word(stored: str | None, said: str) -> bool:
    """Whether this is the word; takes as long where nothing is stored."""
    # Longer than any word that was ever kept: comparing it would only cost time.
    return sign_in.is_hash_of(stored, plain(said)[: MOST_LETTERS + 1])
