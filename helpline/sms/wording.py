"""The words of texts that we write by ourselves, as files that anybody can read and better."""

from functools import cache
from pathlib import Path

from helpline.contacts.models import Language

_TEXTS = Path(__file__).parents[2] / "templates" / "wording" / "texts"


@cache
def texted(name: str, language: Language) -> str:
    """Return the words of a text under a name, such as `acknowledgement`.

    Raises:
        FileNotFoundError: there are no words of this name.

    """
    return (_TEXTS / language / f"{name}.txt").read_text("utf-8").strip()
