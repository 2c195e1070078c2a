"""How much of a fault is run: a little in the test suite, much in `make chaos`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Kills, contacts and seconds are shares of the full run."""

    share: float

    def of(self, full: float, least: int = 1) -> int:
        """Return so much of the full number."""
        return max(least, round(full * self.share))


FULL = Size(1.0)
SHORT = Size(0.02)
