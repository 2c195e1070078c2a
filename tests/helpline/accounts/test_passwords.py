"""Long passwords that nobody would think of first."""

import pytest

from helpline import sample_data
from helpline.accounts import passwords
from tests.system import PASSWORD

WEAK = {
    "short": "eleven char",
    "long": "x7" * 101,
    "one sign over and over": "abababababababab",
    "a word and a number": "Password12345!",
    "a word twice": "welcomewelcome",
    "signs for letters": "P@ssw0rd-2026!",
    "a run of digits": "123456789012",
    "a run backwards": "987654321098",
    "keys in a row": "qwertyuiopasdf",
    "the helpline's own words": "helpline-116000",
    "her name": "priya likes tea",
    "her address": "i am p.sharma too",
    "where she works": "example.org staff",
}


@pytest.mark.parametrize("password", WEAK.values(), ids=WEAK.keys())
def test_a_password_that_would_be_guessed_is_refused(password: str):
    with pytest.raises(passwords.WeakPasswordError):
        passwords.check(password, name="Priya Sharma", email="p.sharma@example.org")


@pytest.mark.parametrize(
    "password", ["three unlikely words", "пароль длинный да", PASSWORD, sample_data.PASSWORD]
)
def test_an_unlikely_one_will_do(password: str):
    passwords.check(password, name="Priya Sharma", email="p.sharma@example.org")


def test_the_longest_password_is_judged_at_once():
    # Nested choices could take for ever on something that nearly fits.
    passwords.check("test" * 49 + "tezq")
