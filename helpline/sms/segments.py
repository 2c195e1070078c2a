"""How long a text is on the air: its alphabet, its parts, and what makes it cost more.

A text is one part of 160 letters of the GSM-7 alphabet, or of 70 units of UCS-2 as soon as one
letter stands outside it; longer ones are joined from parts of 153 or 67 (domain.md 7.6; 3GPP TS
23.038). The console counts the same way while somebody types, from the tables given here.
"""

# ruff: noqa: RUF001 - letters that look alike are what this is about

import enum
from dataclasses import dataclass

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The GSM-7 alphabet."""
EXTENDED = "^{}\\[~]|€\f"
"""Its second table: each of these counts two."""

MENDED = {
    "’": "'",
    "‘": "'",
    "‚": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "–": "-",
    "—": "-",
    "‑": "-",
    "−": "-",
    "…": "...",
    "\u00a0": " ",
    "\u2009": " ",
    "\u200b": "",
    "\u00ad": "",
    "•": "-",
    "`": "'",
    "´": "'",
}
"""Typographer's letters and the plain ones that say the same. Letters of a language, such as the
Welsh ŵ, are not among them: how a word is written is for the writer to choose."""

_BASIC = frozenset(BASIC)
_EXTENDED = frozenset(EXTENDED)


class Alphabet(enum.StrEnum):
    gsm_7 = "gsm_7"
    ucs_2 = "ucs_2"


ALONE = {Alphabet.gsm_7: 160, Alphabet.ucs_2: 70}
"""Units in a text of one part."""
EACH = {Alphabet.gsm_7: 153, Alphabet.ucs_2: 67}
"""Units in each part of a joined text."""


@dataclass(frozen=True)
class Length:
    """How long a text is."""

    alphabet: Alphabet
    units: int
    """Septets of GSM-7, or 16-bit units of UCS-2."""
    parts: int
    """What it costs: 1 even when it is empty."""
    left: int
    """Units that still fit into the last part."""
    outside: tuple[str, ...]
    """The different letters outside GSM-7, in the order in which they come."""


def measure(words: str) -> Length:
    """Count a text's units and parts. No part splits a letter or an escaped one in two."""
    outside = tuple(
        dict.fromkeys(each for each in words if each not in _BASIC and each not in _EXTENDED)
    )
    if outside:
        alphabet = Alphabet.ucs_2
        sizes = [len(each.encode("utf-16-le", "surrogatepass")) // 2 for each in words]
    else:
        alphabet = Alphabet.gsm_7
        sizes = [2 if each in _EXTENDED else 1 for each in words]
    parts, left = _fill(sizes, alphabet)
    return Length(alphabet, sum(sizes), parts, left, outside)


def mend(words: str) -> str:
    """Write a text with plain letters where a typographer's stand; all others stay."""
    return "".join(MENDED.get(each, each) for each in words)


def _fill(sizes: list[int], alphabet: Alphabet) -> tuple[int, int]:
    if sum(sizes) <= ALONE[alphabet]:
        return 1, ALONE[alphabet] - sum(sizes)
    parts, filled = 1, 0
    for size in sizes:
        if filled + size > EACH[alphabet]:
            parts, filled = parts + 1, 0
        filled += size
    return parts, EACH[alphabet] - filled
