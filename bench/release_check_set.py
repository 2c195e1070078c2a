"""The labelled messages by which the release check is measured, and how they are split.

Written by hand before any rule, kept under `bench/data/release_check`: a message a line, and in a
disclosing one what discloses stands in braces after its kind. Which half a message belongs to is
decided by its own words, so that it stays there when others are added. Those of
`later_development.txt` were written after the first measurement and are never held back.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parent / "data" / "release_check"
FRESH = FOLDER.with_name("release_check_fresh")
"""Written when the rules were finished: how they do on messages that nobody had in mind."""
MARK = re.compile(r"\{([a-z0-9_]+):([^{}]+)\}")
VARIED = "~ "
NEVER_HELD_BACK = "later_development"

Half = Literal["development", "held_back"]


@dataclass(frozen=True)
class Marked:
    """One thing that discloses: where it stands in the words, and its kind."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True)
class Labelled:
    """A message, and what in it discloses (nothing, if it is harmless)."""

    words: str
    marked: tuple[Marked, ...]
    varied: bool
    later: bool = False

    @property
    def discloses(self) -> bool:
        return bool(self.marked)

    @property
    def half(self) -> Half:
        """Decided by a hash of the words alone."""
        if self.later:
            return "development"
        first = hashlib.sha256(self.words.encode()).digest()[0]
        return "development" if first % 2 else "held_back"


def read(line: str, *, later: bool = False) -> Labelled:
    """Read one line of the set."""
    varied = line.startswith(VARIED)
    line = line.removeprefix(VARIED)
    words, marked, done = "", [], 0
    for match in MARK.finditer(line):
        words += line[done : match.start()]
        marked.append(Marked(len(words), len(words) + len(match[2]), match[1]))
        words += match[2]
        done = match.end()
    return Labelled(words + line[done:], tuple(marked), varied, later)


def read_all(folder: Path) -> Iterator[Labelled]:
    """Give every labelled message of a folder, file by file."""
    for path in sorted(folder.glob("*.txt")):
        for line in path.read_text("utf-8").splitlines():
            if line and not line.startswith("# "):
                yield read(line, later=path.stem == NEVER_HELD_BACK)


def everything() -> Iterator[Labelled]:
    """Give every message of the set that was written before the rules, and its later half."""
    yield from read_all(FOLDER)


def half(name: Half) -> list[Labelled]:
    """Give one half of the set."""
    return [each for each in everything() if each.half == name]
