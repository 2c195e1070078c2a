"""How well the release check finds what discloses, on the half of the set it has never seen."""

import time
from collections.abc import Iterable, Sequence

from bench.release_check_set import FRESH, Half, Labelled, everything, read_all
from helpline.confidentiality.release_check import Known, check

# What the heads of the files say was agreed, and what lies in the vault of the one who writes.
KNOWN = Known(
    names_agreed=frozenset({"Luke", "Karen", "Ellie"}),
    vault=frozenset(
        {"+447700900123", "14 Mill Road, Ipswich", "luke.mercer@example.org", "bluebell"}
    ),
)


def figures(half: Half = "held_back") -> dict[str, float]:
    """Return the share found, the share of false alarms, and milliseconds for one check."""
    messages = [each for each in everything() if each.half == half]
    began = time.perf_counter()
    flagged = {each.words for each in messages if check(each.words, KNOWN)}
    each_ms = (time.perf_counter() - began) * 1000 / len(messages)
    disclosing = [each for each in messages if each.discloses]
    harmless = [each for each in messages if not each.discloses]
    return {
        "release_check_recall": _share(disclosing, flagged),
        "release_check_false_alarms": _share(harmless, flagged),
        "release_check_ms": each_ms,
        "release_check_recall_fresh": _recall(read_all(FRESH)),
    }


def _recall(messages: Iterable[Labelled]) -> float:
    disclosing = [each for each in messages if each.discloses]
    return _share(disclosing, {each.words for each in disclosing if check(each.words, KNOWN)})


def _share(messages: Sequence[Labelled], flagged: set[str]) -> float:
    return sum(each.words in flagged for each in messages) / len(messages)
