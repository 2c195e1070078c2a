"""The lists of words that the rules know, kept as text files beside this module."""

from pathlib import Path

_FOLDER = Path(__file__).with_name("lists")


def lines(name: str) -> list[str]:
    """Give the lines of one list, without empty ones and comments."""
    text = (_FOLDER / f"{name}.txt").read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
