"""Figures in which no small number can be seen or worked out, and the words of a text."""

import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from helpline.accounts.models import Availability
from helpline.directory import services
from helpline.directory.entries import Entry
from helpline.signposting import figures, giving, texting
from helpline.signposting.models import Signpost, SignpostState
from helpline.sms import segments
from tests.helpline import making
from tests.system import System

NOVEMBER = datetime(2026, 11, 12, 12, tzinfo=UTC)


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.integers(0, 40), max_size=8))
def test_no_count_under_five_is_shown_and_none_follows_from_the_others(
    counts: dict[str, int],
) -> None:
    shown = figures.hold_back(counts)
    assert all(number is None or number >= 5 for number in shown.values())
    hidden = [label for label, number in shown.items() if number is None]
    small = [label for label, number in counts.items() if 0 < number < 5]
    assert set(small) <= set(hidden)
    assert not small or len(hidden) >= 2 or len(shown) == 1


def test_a_stretch_is_whole_months_that_are_over() -> None:
    begins, ends = figures.whole_months(3, NOVEMBER)
    assert begins == datetime(2026, 7, 31, 23, tzinfo=UTC)
    assert ends == datetime(2026, 11, 1, tzinfo=UTC)
    assert figures.whole_months(12, NOVEMBER)[0] == datetime(2025, 11, 1, tzinfo=UTC)


def test_signposts_are_counted_by_service_topic_and_answer(system: System) -> None:
    last_month = NOVEMBER - timedelta(days=20)
    with making.undone(system) as session:
        staff = making.staff_member(session, Availability.ready)
        entry = Entry.model_validate(
            {"name": "A line", "topics": ("debt",), "phone": "020 7946 0603"}
        )
        for number in range(7):
            added = services.add(session, f"one-{number}", entry, by=None, at=NOVEMBER)
            contact = making.conversation(session, staff)
            gift = giving.Gift(added.id, SignpostState.accepted, "debt", uuid.uuid4())
            given_ = giving.give(session, contact, gift, by=staff.id, at=last_month)
            assert isinstance(given_, Signpost)
            if number < 3:
                given_.state = SignpostState.declined
        session.flush()
        tables = {each.key: each for each in figures.tables(session, 1, at=NOVEMBER)}
    assert [(row.label, row.count) for row in tables["topics"].rows] == [("Debt", 7)]
    assert tables["answers"].held_back == 2
    assert tables["unmet"].rows == ()


def fits(words: str) -> bool:
    return segments.measure(words).parts == 1


def test_a_text_is_one_part_where_it_fits_and_always_has_the_number() -> None:
    every_day = ({"days": [0, 1, 2, 3, 4, 5, 6], "start": "00:00", "end": "00:00"},)
    known = {
        "name": "Samaritans",
        "phone": "116 123",
        "url": "https://www.samaritans.org/",
        "hours": every_day,
    }
    said = texting.words(Entry.model_validate(known), fits)
    assert said == "Samaritans. Call 116 123. At any hour. samaritans.org"
    long = known | {"name": "A" * 90, "url": f"https://example.org/{'b' * 90}"}
    said = texting.words(Entry.model_validate(long), fits)
    assert "116 123" in said
    assert fits(said)
