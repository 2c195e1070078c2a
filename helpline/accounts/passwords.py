"""Which passwords will do: long ones that nobody would think of first.

No rule asks for signs or capitals, and none expires (NIST SP 800-63B 5.1.1.2; NCSC says the same).
"""

import re

LEAST_LETTERS = 12
MOST_LETTERS = 200
_LEAST_DIFFERENT = 5
_LEAST_NAME = 4
# Words that people lengthen when a password must be long. Of our own making.
_OBVIOUS = (
    "password|passwort|passphrase|letmein|letmeinnow|welcome|qwertyuiop|qwerty|asdfghjkl|zxcvbnm|"
    "iloveyou|sunshine|princess|football|liverpool|arsenal|chelsea|manchester|london|england|"
    "charlie|monkey|dragon|shadow|master|superman|batman|starwars|pokemon|computer|internet|"
    "administrator|admin|changeme|default|secret|topsecret|hello|helloworld|whatever|trustno|"
    "summer|winter|spring|autumn|monday|friday|january|december|christmas|"
    "helpline|missing|missingpeople|calltaker|supervisor|training|test|testing|temporary"
)
_RUNS = ("0123456789" * 3, "abcdefghijklmnopqrstuvwxyz" * 2, "qwertyuiopasdfghjklzxcvbnm" * 2)


class WeakPasswordError(ValueError):
    """The password won't do; the words say why."""


def check(password: str, *, name: str = "", email: str = "") -> None:
    """Refuse a password that would be guessed.

    Raises:
        WeakPasswordError: too short, too long, among the first that are tried, or it holds the
            person's own name or e-mail address.

    """
    if len(password) < LEAST_LETTERS:
        raise WeakPasswordError(f"Choose a password of {LEAST_LETTERS} characters or more")
    if len(password) > MOST_LETTERS:
        raise WeakPasswordError(f"A password has {MOST_LETTERS} characters or fewer")
    plain = password.casefold()
    if any(part in plain for part in _own_parts(name, email)):
        raise WeakPasswordError("Leave your own name and e-mail address out of the password")
    if _is_obvious(plain):
        raise WeakPasswordError("Many people choose that one. Three unlikely words work well")


def _own_parts(name: str, email: str) -> list[str]:
    local, _, domain = email.casefold().partition("@")
    parts = [*name.casefold().split(), local, *re.split(r"[^a-z]+", local), domain]
    return [part for part in parts if len(part) >= _LEAST_NAME]


def _is_obvious(plain: str) -> bool:
    if len(set(plain)) < _LEAST_DIFFERENT:
        return True
    signs = re.sub(r"[^a-z0-9]", "", plain)
    if signs and any(signs in run or signs in run[::-1] for run in _RUNS):
        return True
    # What is left of "Password123456!" without its ends, and of "P@ssw0rd" in plain letters.
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    for kept in (core, core.replace("0", "o").replace("@", "a").replace("3", "e")):
        if _is_made_of_obvious_words(re.sub(r"[^a-z]", "", kept)):
            return True
    return False


def _is_made_of_obvious_words(letters: str) -> bool:
    return bool(letters) and bool(re.fullmatch(f"(?:{_OBVIOUS})+", letters))
