"""The words that callers hear, kept as text files so that anybody can read and better them."""

from functools import cache
from pathlib import Path

from helpline.contacts.models import Language

_SPOKEN = Path(__file__).parents[2] / "templates" / "wording" / "spoken"


@cache
def spoken(name: str, language: Language = Language.en) -> tuple[str, Language]:
    """Return what is said under a name, such as `greeting`, and in which language.

    Words that nobody has put into Welsh are said in English: a caller must hear something.

    Raises:
        FileNotFoundError: there are no words of this name.

    """
    own = _SPOKEN / language / f"{name}.txt"
    language = language if own.is_file() else Language.en
    return (_SPOKEN / language / f"{name}.txt").read_text("utf-8").strip(), language
