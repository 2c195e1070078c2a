"""R4: whoever sends is killed -9 at random instants, asked by a carrier that answers or doesn't."""

import random
import time

from chaos import promised
from chaos.ledger import Findings, rows
from chaos.place import Place
from chaos.size import Size

NAME, WHAT = "R4", "workers killed -9 while they send"
_TEXTS, _KILLS = 1_500, 400
_LEASE_AND_MORE = 150.0


def run(place: Place, size: Size) -> Findings:
    """Nothing is lost, and nothing is sent twice: whoever can't know says so."""
    found = Findings()
    place.start_exchange()
    number = size.of(_TEXTS, 40)
    texts = promised.promise_answers(place, number)
    # A tenth are taken by the carrier, which then hangs up without an answer.
    place.control("faults", {"rest": _dropped(max(1, number // 10))})
    place.start_workers(2)
    kills = size.of(_KILLS, 5)
    while found.kills < kills:
        time.sleep(random.uniform(0.05, 0.8))  # noqa: S311 - not a secret
        found.kills += place.kill_one("worker")
        if found.kills % 20 == 0 and _is_done(place):
            texts |= promised.promise_answers(place, max(4, number // 10))
    if not promised.wait_until_quiet(place, _LEASE_AND_MORE):
        found.notes.append("not quiet in time")
    return promised.compare(place, texts, found)


def _dropped(times: int) -> dict[str, object]:
    return {"path": "Messages", "method": "POST", "kind": "drop-after", "times": min(times, 1000)}


def _is_done(place: Place) -> bool:
    waiting = "SELECT count(*) FROM promise WHERE state = 'waiting'"
    return not rows(place.plain_address, waiting)[0][0]
