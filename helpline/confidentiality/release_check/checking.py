"""The release check itself: every rule over every reading, and what was agreed taken off."""

import re
from collections.abc import Iterable, Iterator

from helpline.confidentiality.consent import Scope
from helpline.confidentiality.release_check import (
    digits,
    gazetteer,
    hidden,
    locked,
    nearness,
    points,
    quotes,
    reach,
    things,
    times,
    whereabouts,
)
from helpline.confidentiality.release_check.flags import Flag, Kind, Known
from helpline.confidentiality.release_check.reach import Found
from helpline.confidentiality.release_check.reading import (
    Reading,
    digits_as_letters,
    plainly,
    without_gaps,
)

_IMPORTANCE = {kind: rank for rank, kind in enumerate(Kind)}


def check(words: str, known: Known) -> tuple[Flag, ...]:
    """Find what in the words would disclose more than was agreed; empty if they may leave.

    Flags lie inside `words`, in their order, and never overlap. Nothing is read or written, and
    nothing of the words is logged. Source: domain.md 3.2, "Consent and content" 1 and 5.
    """
    found: list[Flag] = []
    for reading in _readings(words):
        for start, end, kind in _found(reading, known):
            flag = Flag.of(*reading.span(start, end), kind)
            if end > start and not _agreed(words[flag.start : flag.end], kind, known):
                found.append(flag)
    found += hidden.hidden(words, known.names_agreed)
    return _apart(found)


def _readings(words: str) -> list[Reading]:
    """Read the words letter for letter and, where they differ, in the ways that undo a disguise."""
    plain = plainly(words)
    readings = [plain]
    closed_up = without_gaps(plain)
    if closed_up.cased != plain.cased:
        readings.append(closed_up)
    readings += [other for each in tuple(readings) for other in digits_as_letters(each)]
    return readings


def _found(reading: Reading, known: Known) -> Iterator[Found]:
    text = reading.text
    runs = digits.runs(reading)
    yield from locked.words(reading, known.vault)
    yield from locked.numbers(runs, known.vault)
    yield from reach.numbers(text, runs)
    yield from reach.addresses(text)
    yield from reach.accounts(text)
    yield from points.points(text, reading.cased)
    yield from whereabouts.whereabouts(text, reading.cased)
    yield from nearness.nearness(text)
    yield from things.things(text)
    yield from times.times(text)
    yield from quotes.quotes(text)
    sentence = gazetteer.taken_apart(reading, known.names_agreed)
    yield from gazetteer.places(sentence)
    yield from gazetteer.looks_like_names(sentence)
    yield from gazetteer.people(sentence)


def _agreed(words: str, kind: Kind, known: Known) -> bool:
    """Whether exactly this may be said: the agreed area, the agreed address to reply to."""
    said = _letters(words)
    if kind is Kind.place:
        return Scope.area in known.scope and said in {_letters(area) for area in known.area}
    if kind in {Kind.number, Kind.e_mail, Kind.vault}:
        return Scope.reply_address in known.scope and said in {
            _letters(to) for to in known.reply_to
        }
    return False


def _letters(words: str) -> str:
    return re.sub(r"[^a-z0-9@]", "", plainly(words).text)


def _apart(flags: Iterable[Flag]) -> tuple[Flag, ...]:
    """Join what overlaps into one flag, of the kind that matters most."""
    apart: list[Flag] = []
    for flag in sorted(flags, key=lambda each: (each.start, each.end)):
        if apart and flag.start < apart[-1].end:
            last = apart.pop()
            kind = min(last.kind, flag.kind, key=_IMPORTANCE.__getitem__)
            flag = Flag.of(last.start, max(last.end, flag.end), kind)  # noqa: PLW2901 - joined
        apart.append(flag)
    return tuple(apart)
