"""R1: a web process is killed -9 at random instants while callers ring and write."""

import random
import time

from chaos.ledger import Findings, Ledger, half_done
from chaos.place import Place
from chaos.size import Size
from chaos.traffic import Traffic

NAME, WHAT = "R1", "web processes killed -9 at random instants"
_CONTACTS, _KILLS, _A_SECOND = 6_000, 500, 20.0


def run(place: Place, size: Size) -> Findings:
    """Kill one after the other; each may cost at most one event its two tries."""
    found, ledger = Findings(), Ledger()
    place.start_web()
    traffic, seconds = Traffic(place, ledger), size.of(_CONTACTS, 60) / _A_SECOND
    pause = seconds / size.of(_KILLS, 5)

    def kill() -> None:
        time.sleep(random.uniform(0.5, 1.5) * pause)  # noqa: S311 - not a secret
        found.kills += place.kill_one("web")

    traffic.flow(_A_SECOND, seconds, kill)
    found.allowed_to_give_up = found.kills
    ledger.compare(place.plain_address, found)
    found.stranded += half_done(place.plain_address)
    return found
