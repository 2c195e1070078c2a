"""`make bench`: measure, print a table, write bench/results.json."""

import json
from collections.abc import Callable
from pathlib import Path

from bench import directory, exchange_audio, inbound, release_check
from bench.workplace import Workplace, workplace

RESULTS = Path(__file__).with_name("results.json")
MEASURES: tuple[tuple[str, Callable[[Workplace], dict[str, float]]], ...] = (
    ("incoming texts against the floor", inbound.text_vs_floor),
    ("what encryption and audit add", inbound.cost_of_confidentiality),
    ("the release check on words it has never seen", lambda _: release_check.figures()),
    ("finding services by what callers say", directory.figures),
    ("what true audio costs the exchange", lambda _: exchange_audio.figures()),
)


def main() -> None:
    """Run every measurement, one after the other."""
    results: dict[str, float] = {}
    with workplace() as place:
        for number, (name, measure) in enumerate(MEASURES, 1):
            print(f"[{number}/{len(MEASURES)}] {name} ...", flush=True)
            results |= measure(place)
    for name, value in results.items():
        print(f"  {name:<36} {value:8.3f}")
    rounded = {name: round(value, 4) for name, value in results.items()}
    RESULTS.write_text(json.dumps(rounded, indent=2, sort_keys=True) + "\n")
    print(f"Written to {RESULTS.name}")


if __name__ == "__main__":
    main()
