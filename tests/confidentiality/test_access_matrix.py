"""The matrix "data by role", cell by cell, against the table of the field's rules (domain.md 9)."""

import itertools

import pytest

from helpline.accounts.models import Role
from helpline.confidentiality.access import Data, Fact, Sight, Viewer, may

ALL_FACTS = tuple(Fact)

# Written from the table, not from the program: what each sees with no fact on their side, and
# which fact (if any) opens the whole.
TABLE = """
data|CT|SUP|SG|PL|ADM|DPO|STAT|POL|FAM
contact_notes|is_own|whole|is_flagged|-|-|has_request|counts|-|-
inbound_number|-|glass|glass|-|-|-|-|-|-
message_words|is_own|whole|is_held|-|-|has_request|counts|-|own_side
author_location|is_own|whole|whole|-|-|-|-|-|-
textsafe_request|existence|whole|whole|whole|-|has_request|counts|own:lim|-
safeguarding_log|is_own|whole|whole|-|-|whole|counts|own:lim|-
family_record|family|whole|whole|whole|-|has_request|counts|cons:lim|own_side
record_link|-|whole|whole|-|-|-|-|-|-
sighting|own:lim|whole|whole|whole|-|has_request|counts|limited|-
directory|whole|whole|whole|edit|edit|whole|whole|whole|whole
audit|-|team|whole|-|-|whole|-|-|-
"""
COLUMNS = {
    "CT": Viewer.call_taker,
    "SUP": Viewer.supervisor,
    "SG": Viewer.safeguarding_lead,
    "PL": Viewer.partner_liaison,
    "ADM": Viewer.administrator,
    "DPO": Viewer.data_protection_officer,
    "STAT": Viewer.statistics,
    "POL": Viewer.police_partner,
    "FAM": Viewer.family,
}
# What each word of the table means: the facts that open it, and how much it then shows.
OPENED_BY = {
    "is_own": ({Fact.is_own}, Sight.whole),
    "is_flagged": ({Fact.is_flagged}, Sight.whole),
    "is_held": ({Fact.is_held}, Sight.whole),
    "has_request": ({Fact.has_request}, Sight.whole),
    "glass": ({Fact.glass_is_broken}, Sight.whole),
    "family": ({Fact.is_family_team}, Sight.whole),
    "team": ({Fact.is_team}, Sight.whole),
    "own_side": ({Fact.is_own_side}, Sight.limited),
    "own:lim": ({Fact.is_own}, Sight.limited),
    "cons:lim": ({Fact.is_consented}, Sight.limited),
}
ALWAYS = {
    "-": Sight.nothing,
    "whole": Sight.whole,
    "edit": Sight.edit,
    "counts": Sight.counts,
    "existence": Sight.existence,
    "limited": Sight.limited,
}
# The table says "own or assigned" for words of messages.
ALSO = {(Data.message_words, Viewer.call_taker): {Fact.is_assigned}}


def cells() -> list[tuple[Data, Viewer, str]]:
    head, *rows = [
        [cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()
    ]
    return [
        (Data(row[0]), COLUMNS[column], word)
        for row in rows
        for column, word in zip(head[1:], row[1:], strict=True)
    ]


@pytest.mark.parametrize(("data", "viewer", "word"), cells(), ids=str)
def test_a_cell_grants_what_the_table_says_and_nothing_more(
    data: Data, viewer: Viewer, word: str
) -> None:
    if word in ALWAYS:
        assert may(viewer, data) is ALWAYS[word]
        assert may(viewer, data, *ALL_FACTS) is ALWAYS[word]
        return
    opening, sight = OPENED_BY[word]
    facts = opening | ALSO.get((data, viewer), set())
    assert may(viewer, data) is Sight.nothing
    for fact in Fact:
        expected = sight if fact in facts else Sight.nothing
        assert may(viewer, data, fact) is expected, fact


def test_the_table_covers_every_cell() -> None:
    assert {(data, viewer) for data, viewer, _ in cells()} == set(itertools.product(Data, Viewer))


def test_every_role_of_staff_has_its_column() -> None:
    assert {role.value for role in Role} <= {viewer.value for viewer in Viewer}


def test_an_unknown_viewer_sees_nothing_at_all() -> None:
    for data in Data:
        assert may("intruder", data, *ALL_FACTS) is Sight.nothing
