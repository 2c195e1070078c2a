"""Who may know what: the matrix "data by role" as data, and the one function that reads it.

Source: domain.md section 9. Whatever the matrix does not grant is denied.
"""

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


class Viewer(enum.StrEnum):
    """Everybody for whom the matrix has a column."""

    call_taker = "call_taker"
    supervisor = "supervisor"
    safeguarding_lead = "safeguarding_lead"
    partner_liaison = "partner_liaison"
    administrator = "administrator"
    data_protection_officer = "data_protection_officer"
    statistics = "statistics"
    police_partner = "police_partner"
    family = "family"


class Data(enum.StrEnum):
    """Everything for which the matrix has a row."""

    contact_notes = "contact_notes"
    inbound_number = "inbound_number"
    message_words = "message_words"
    """The words of a Message Home message. A conversation's texts belong to `contact_notes`."""
    author_location = "author_location"
    textsafe_request = "textsafe_request"
    safeguarding_log = "safeguarding_log"
    family_record = "family_record"
    record_link = "record_link"
    """That a missing person's record and a family's belong together."""
    sighting = "sighting"
    directory = "directory"
    audit = "audit"


class Fact(enum.StrEnum):
    """What may be true of a viewer and a piece of data."""

    is_own = "is_own"
    """The viewer has this contact, wrote this entry, made this request."""
    is_assigned = "is_assigned"
    is_flagged = "is_flagged"
    """Raised with the safeguarding lead."""
    is_held = "is_held"
    """A message that is stopped for safeguarding."""
    has_request = "has_request"
    """The person it is about has asked for their data, and the request is open."""
    is_family_team = "is_family_team"
    is_consented = "is_consented"
    is_own_side = "is_own_side"
    """What this party wrote itself or was given."""
    glass_is_broken = "glass_is_broken"
    """Revealed for a purpose, for minutes, and logged."""
    is_team = "is_team"


class Sight(enum.StrEnum):
    """How much somebody may see."""

    nothing = "nothing"
    counts = "counts"
    """Numbers without persons, small ones suppressed."""
    existence = "existence"
    """That it is there, and nothing more."""
    limited = "limited"
    """A narrow view made for this purpose."""
    whole = "whole"
    edit = "edit"


@dataclass(frozen=True)
class _Grant:
    sight: Sight
    needs: frozenset[Fact] = frozenset()
    """Any one of these, where there are any."""


_GRANTS: Mapping[str, _Grant] = {
    "no": _Grant(Sight.nothing),
    "yes": _Grant(Sight.whole),
    "edit": _Grant(Sight.edit),
    "counts": _Grant(Sight.counts),
    "existence": _Grant(Sight.existence),
    "own": _Grant(Sight.whole, frozenset({Fact.is_own})),
    "own_or_assigned": _Grant(Sight.whole, frozenset({Fact.is_own, Fact.is_assigned})),
    "if_flagged": _Grant(Sight.whole, frozenset({Fact.is_flagged})),
    "if_held": _Grant(Sight.whole, frozenset({Fact.is_held})),
    "on_request": _Grant(Sight.whole, frozenset({Fact.has_request})),
    "break_glass": _Grant(Sight.whole, frozenset({Fact.glass_is_broken})),
    "family_team": _Grant(Sight.whole, frozenset({Fact.is_family_team})),
    "own_side": _Grant(Sight.limited, frozenset({Fact.is_own_side})),
    "own_limited": _Grant(Sight.limited, frozenset({Fact.is_own})),
    "if_consented": _Grant(Sight.limited, frozenset({Fact.is_consented})),
    "referral_content": _Grant(Sight.limited, frozenset({Fact.is_own})),
    "intake": _Grant(Sight.limited, frozenset({Fact.is_own})),
    "content": _Grant(Sight.limited),
    "team": _Grant(Sight.whole, frozenset({Fact.is_team})),
}
"""What each word of the matrix means."""


@cache
def matrix() -> Mapping[Data, Mapping[Viewer, str]]:
    """Read the matrix; every cell must be filled with a word that has a meaning.

    Raises:
        ValueError: a cell is missing or holds an unknown word.

    """
    cells = json.loads(
        resources.files(__package__).joinpath("access_matrix.json").read_text("utf-8")
    )["cells"]
    read = {
        data: {viewer: cells.get(data, {}).get(viewer, "") for viewer in Viewer} for data in Data
    }
    for data, row in read.items():
        for viewer, word in row.items():
            if word not in _GRANTS:
                raise ValueError(f"The matrix says {word!r} for {viewer} and {data}")
    return read


def may(viewer: str, data: Data, *facts: Fact) -> Sight:
    """Say how much a viewer may see of a piece of data, given what is true of both.

    An unknown viewer sees nothing.
    """
    if viewer not in list(Viewer):
        return Sight.nothing
    grant = _GRANTS[matrix()[data][Viewer(viewer)]]
    if grant.needs and not grant.needs.intersection(facts):
        return Sight.nothing
    return grant.sight
