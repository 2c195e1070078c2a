"""The words that callers hear, kept as text files so that anybody can read and better them."""

from functools import cache
from pathlib import Path

_SPOKEN = Path(__file__).parents[2] / "templates" / "wording" / "spoken"


@cache
def spoken(name: str, language: str = "en") -> str:
    """Return what is said under a name, such as `greeting`.

    Raises:
        FileNotFoundError: there are no words of this name.

    """
    return (_SPOKEN / language / f"{name}.txt").read_text("utf-8").strip()
