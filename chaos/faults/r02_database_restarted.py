"""R2: the database ends as in a crash and comes back; its connections are cut."""

import random
import time

from chaos.ledger import Findings, Ledger, half_done, rows
from chaos.place import Place
from chaos.size import Size
from chaos.traffic import Traffic

NAME, WHAT = "R2", "PostgreSQL restarted at once, and its connections cut"
_CONTACTS, _RESTARTS, _CUTS, _A_SECOND = 1_200, 20, 60, 10.0
_CUT = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE application_name = 'helpline' AND pid <> pg_backend_pid()"
)


def run(place: Place, size: Size) -> Findings:
    """Nobody gives up: a webhook waits for the database and is answered."""
    found, ledger = Findings(), Ledger()
    place.start_web()
    traffic, seconds = Traffic(place, ledger), size.of(_CONTACTS, 60) / _A_SECOND
    restarts, cuts = size.of(_RESTARTS, 1), size.of(_CUTS, 3)
    plan = ["restart"] * restarts + ["cut"] * cuts
    random.shuffle(plan)
    away: list[float] = []

    def strike() -> None:
        time.sleep(seconds / (restarts + cuts + 1))
        if not plan:
            return
        if plan.pop() == "restart":
            away.append(place.restart_database())
        else:
            rows(place.plain_address, _CUT)

    traffic.flow(_A_SECOND, seconds, strike)
    ledger.compare(place.plain_address, found)
    found.stranded += half_done(place.plain_address)
    found.notes.append(
        f"{len(away)} restarts, longest {max(away, default=0):.1f} s without a database; "
        f"longest answer {max(traffic.waited, default=0):.1f} s"
    )
    return found
