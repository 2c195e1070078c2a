"""Errors in a log are seen at once, and not shouted."""

from pathlib import Path

import pytest

from tools.log_watch import QUIET_SECONDS, LogWatch


@pytest.mark.parametrize(
    "line",
    [
        '{"event": "boom", "level": "error"}',
        "[2026-11-22 20:00:00 +0000] [12] [ERROR] Worker failed",
        "Traceback (most recent call last):",
    ],
)
def test_an_error_is_told_with_its_line(line: str, tmp_path: Path):
    log = tmp_path / "web.log"
    log.write_text("all is well\n", "utf-8")
    watch = LogWatch({"web": log})
    log.write_text(f"all is well\n{line}\n", "utf-8")
    (told,) = watch.new_errors(100.0)
    assert told.startswith("web reports an error")
    assert line in told


def test_what_was_there_before_and_what_is_harmless_is_not_told(tmp_path: Path):
    log = tmp_path / "web.log"
    log.write_text("ERROR of yesterday\n", "utf-8")
    watch = LogWatch({"web": log, "live": tmp_path / "not-yet.log"})
    with log.open("a") as more:
        more.write('{"event": "terror and errors averted", "level": "info"}\n')
    assert list(watch.new_errors(100.0)) == []


def test_many_errors_are_told_once_in_a_while(tmp_path: Path):
    log = tmp_path / "web.log"
    watch = LogWatch({"web": log})
    told = 0
    for second in range(int(QUIET_SECONDS) * 2):
        with log.open("a") as more:
            more.write("ERROR again\n")
        told += len(list(watch.new_errors(100.0 + second)))
    assert told == 2
