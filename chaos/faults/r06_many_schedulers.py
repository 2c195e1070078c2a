"""R6: four workers tick at once; the one that holds a lock is killed."""

import time

from chaos import promised
from chaos.ledger import Findings, rows
from chaos.place import Place
from chaos.size import Size

NAME, WHAT = "R6", "four schedulers at once, the leader killed"
_ROUNDS, _DUE = 10, 20
_SUCCESSOR_SECONDS = 45.0
_HOLDS = (
    "SELECT count(*) FROM (SELECT DISTINCT worker FROM heartbeat "
    "WHERE at > now() - interval '10 seconds') alive"
)


def run(place: Place, size: Size) -> Findings:
    """Twenty things that are due are done twenty times, whoever dies."""
    found = Findings()
    place.start_exchange()
    place.start_workers(4)
    texts = {}
    for _ in range(size.of(_ROUNDS, 1)):
        texts |= promised.promise_answers(place, _DUE)
        found.kills += place.kill_one("worker")
        promised.wait_until_quiet(place, 120)
    began = time.monotonic()
    while rows(place.plain_address, _HOLDS)[0][0] < 1:
        if time.monotonic() - began > _SUCCESSOR_SECONDS:
            found.stranded += 1
            break
        time.sleep(0.5)
    return promised.compare(place, texts, found)
