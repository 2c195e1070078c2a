"""Notice errors in the logs of running programs, so that nobody has to go and look for them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

AN_ERROR = re.compile(
    rb'"level": ?"(?:error|critical)"|\b(?:ERROR|CRITICAL)\b|^Traceback ', re.MULTILINE
)
QUIET_SECONDS = 30.0
LONGEST = 300  # characters


class LogWatch:
    """Reads what was added to each log since last time; `logs` maps a program's name to its log."""

    def __init__(self, logs: Mapping[str, Path]) -> None:
        self.logs = logs
        self.seen = {name: size_of(log) for name, log in logs.items()}
        self.quiet_until = dict.fromkeys(logs, 0.0)

    def new_errors(self, now: float) -> Iterator[str]:
        """Yield a line for each program that has logged an error, at most one in 30 seconds.

        `now` is in monotonic seconds.
        """
        for name, log in self.logs.items():
            line = self._first_error(name, log)
            if line and now >= self.quiet_until[name]:
                self.quiet_until[name] = now + QUIET_SECONDS
                yield f"{name} reports an error (more in {log}):\n    {line}"

    def _first_error(self, name: str, log: Path) -> str:
        size = size_of(log)
        start = self.seen[name] if size >= self.seen[name] else 0
        self.seen[name] = size
        if size == start:
            return ""
        with log.open("rb") as opened:
            opened.seek(start)
            added = opened.read(size - start)
        lines = (line for line in added.splitlines() if AN_ERROR.search(line))
        return next(lines, b"").decode("utf-8", errors="replace")[:LONGEST]


def size_of(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0
