"""What went wrong on the customer's side, kept so that a strict test run can fail on it."""

import logging

LOG = logging.getLogger("exchange")
MOST_KEPT = 1000


class Incidents:
    """A list of plain notes; they name paths and codes, never numbers or words."""

    def __init__(self) -> None:
        self.notes: list[dict[str, str]] = []

    def note(self, kind: str, detail: str) -> None:
        LOG.warning("%s: %s", kind, detail)
        if len(self.notes) < MOST_KEPT:
            self.notes.append({"kind": kind, "detail": detail})

    def clear(self) -> None:
        self.notes.clear()
