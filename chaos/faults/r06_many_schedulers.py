"""R6: four workers tick at once, and one is killed in the middle.

None of them leads: each claims rows, and a lock goes with the connection of whoever held it. So any
of the four may be killed, and the other three must do what is due, once.
"""

import random
import threading
import time

from chaos import promised
from chaos.ledger import Findings
from chaos.place import Place
from chaos.size import Size

NAME, WHAT = "R6", "four schedulers at once, one of them killed"
_ROUNDS, _DUE = 10, 20
_LONGEST_SECONDS = 180.0


def run(place: Place, size: Size) -> Findings:
    """Twenty things that are due are done twenty times, whoever dies."""
    found, longest = Findings(), 0.0
    place.start_exchange()
    place.start_workers(4)
    texts: promised.Answers = {}
    for _ in range(size.of(_ROUNDS, 1)):
        killed: list[bool] = []
        # Somewhere within the second in which they become due.
        killer = threading.Timer(
            random.random(),  # noqa: S311 - not a secret
            lambda killed=killed: killed.append(place.kill_one("worker")),
        )
        killer.start()
        texts |= promised.promise_answers(place, _DUE)
        killer.join()
        found.kills += sum(killed)
        began = time.monotonic()
        found.stranded += not promised.wait_until_quiet(place, _LONGEST_SECONDS)
        longest = max(longest, time.monotonic() - began)
    found.notes.append(f"all done {longest:.0f} s after a kill at the latest")
    return promised.compare(place, texts, found)
