"""How well the release check finds what discloses, on the half of the set it has never seen."""

import time
from collections.abc import Sequence

from bench.release_check_set import Half, Labelled, everything
from helpline.confidentiality.release_check import Known, check


def figures(half: Half = "held_back") -> dict[str, float]:
    """Return the share found, the share of false alarms, and milliseconds for one check."""
    messages = [each for each in everything() if each.half == half]
    began = time.perf_counter()
    flagged = {each.words for each in messages if check(each.words, Known())}
    each_ms = (time.perf_counter() - began) * 1000 / len(messages)
    disclosing = [each for each in messages if each.discloses]
    harmless = [each for each in messages if not each.discloses]
    return {
        "release_check_recall": _share(disclosing, flagged),
        "release_check_false_alarms": _share(harmless, flagged),
        "release_check_ms": each_ms,
    }


def _share(messages: Sequence[Labelled], flagged: set[str]) -> float:
    return sum(each.words in flagged for each in messages) / len(messages)
