"""No telephone number gets into a log line, in whatever spelling; ids and times stay."""

import io
import json
import logging
import re
import sys
import uuid
from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpline import log

BETWEEN = st.sampled_from(["", " ", "-", " - ", ")", " (", "  "])
DIGITS = st.lists(st.tuples(st.sampled_from("0123456789"), BETWEEN), min_size=8, max_size=15)
AROUND = st.text(alphabet="abcxyz ,;:=\"'{}[]<>\n", max_size=12)


def written(number: list[tuple[str, str]]) -> str:
    return "".join(digit + gap for digit, gap in number[:-1]) + number[-1][0]


@given(before=AROUND, plus=st.sampled_from(["", "+"]), number=DIGITS, after=AROUND)
def test_no_telephone_number_survives_in_any_spelling(
    before: str, plus: str, number: list[tuple[str, str]], after: str
) -> None:
    shown = log.hide_numbers(f"{before}{plus}{written(number)}{after}")
    assert "[number]" in shown
    assert not re.search(r"\d(?:\D?\d){3}", shown)


@pytest.mark.parametrize(
    "spelling",
    [
        "07700 900123",
        "07700900123",
        "+447700900123",
        "+44 (0)7700 900123",
        "020 7946 0101",
        "07700.900.123",
        "07700/900123",
        "07700\u00a0900\u00a0123",
        "07700\u2013900\u2013123",
        "tel:+447700900123",
        "%2B447700900123",
        "a07700900123b",
    ],
)
def test_the_spellings_that_people_use_are_hidden(spelling: str) -> None:
    shown = log.hide_numbers(f"From={spelling}&To=116000")
    assert not re.search(r"\d{5}|900.?123|7946", shown.replace("116000", ""))


@given(sid=st.from_regex(r"\A(?:CA|SM|CF|AC)[0-9a-f]{32}\Z"), before=AROUND)
def test_an_id_of_the_carrier_stays_readable(sid: str, before: str) -> None:
    assert sid in log.hide_numbers(f"{before}{sid}")


@given(an_id=st.uuids(), before=AROUND)
def test_our_own_ids_stay_readable(an_id: uuid.UUID, before: str) -> None:
    assert str(an_id) in log.hide_numbers(f"{before}{an_id}")


@given(at=st.datetimes(min_value=datetime(2000, 1, 1)))  # noqa: DTZ001 - with and without a zone
def test_times_stay_readable(at: datetime) -> None:
    for time in (at.isoformat(), f"{at.isoformat()}Z", f"{at.isoformat()}+00:00"):
        assert time in log.hide_numbers(f"at {time}, then")


@given(words=st.text())
def test_hiding_twice_changes_nothing_more(words: str) -> None:
    assert log.hide_numbers(log.hide_numbers(words)) == log.hide_numbers(words)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Set the log up as a process does, writing into the test's hands."""
    kept = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(sys, "stderr", kept)
    log.set_up("INFO")
    yield kept
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_is_json_with_its_time_its_level_and_its_logger(lines: io.StringIO) -> None:
    log.get("helpline.sms").warning("texts.collected", missed=2)
    line = json.loads(lines.getvalue())
    assert line | {"timestamp": ""} == {
        "event": "texts.collected",
        "missed": 2,
        "level": "warning",
        "logger": "helpline.sms",
        "timestamp": "",
    }


def test_a_number_handed_to_a_log_line_by_mistake_is_blotted_out(lines: io.StringIO) -> None:
    log.get("helpline").error("call from 07700 900123", sender="+447700900123", n=[1])
    log.get("helpline").error("deep", box={"list": ["07700 900123", ("+447700900123",)]})
    log.get("helpline").error("as a whole number", sender=447700900123)
    logging.getLogger("some.library").error("from %s", "07700900123")
    assert "900123" not in lines.getvalue()
    assert lines.getvalue().count("[number]") >= 5


def test_an_error_says_where_it_happened_and_quotes_nobody(lines: io.StringIO) -> None:
    words = "my mum is called Ann"

    def fail() -> None:
        raise ValueError(words)

    def fail_in_a_group() -> None:
        try:
            fail()
        except ValueError as error:
            raise ExceptionGroup(words, [KeyError(words)]) from error

    try:
        fail_in_a_group()
    except ExceptionGroup:
        log.get("helpline").exception("tick.failed")
        logging.getLogger("some.library").exception("failed")
    assert "Ann" not in lines.getvalue()
    assert lines.getvalue().count("ValueError") == 2
    assert "test_log.py" in lines.getvalue()


def test_libraries_that_log_whole_requests_are_kept_quiet(lines: io.StringIO) -> None:
    for chatty in ("twilio.http_client", "urllib3.connectionpool", "sqlalchemy.engine"):
        logging.getLogger(chatty).info("POST Body=hello")
    assert lines.getvalue() == ""
