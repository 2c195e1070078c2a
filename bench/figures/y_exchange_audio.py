"""What true audio costs the exchange."""

from collections.abc import Sequence

from bench import exchange_audio
from bench.registry import Figure
from bench.workplace import Workplace

TITLE = "what true audio costs the exchange"


def measure(place: Workplace) -> Sequence[Figure]:
    """Give the core that a conference takes, and the memory of idle softphones."""
    del place
    return [Figure(name, value) for name, value in exchange_audio.figures().items()]
