"""R5: the carrier refuses, fails before and after, hangs, and hangs up after it took a text."""

from chaos import promised
from chaos.ledger import Findings, Ledger
from chaos.place import Place
from chaos.size import Size
from chaos.traffic import Traffic

NAME, WHAT = "R5", "carrier answers 429 and 500, hangs, hangs up after accepting"
_TEXTS, _A_SECOND = 500, 5.0
_KINDS = ("429", "500-before", "500-after", "hang-after", "drop-after")
_PATIENCE = 200.0


def run(place: Place, size: Size) -> Findings:
    """Nothing lost, nothing doubled, and those who ring meanwhile notice nothing."""
    found, ledger = Findings(), Ledger()
    place.start_exchange()
    place.start_web()
    number = size.of(_TEXTS, 30)
    texts = promised.promise_answers(place, number)
    each = max(1, number // 10)
    faults = [
        {"path": "Messages", "method": "POST", "kind": kind, "times": each} for kind in _KINDS
    ]
    place.control("faults", {"rest": faults})
    place.start_workers(1)
    traffic = Traffic(place, ledger)
    traffic.flow(_A_SECOND, min(60.0, max(5.0, number / 10)), lambda: None)
    if not promised.wait_until_quiet(place, _PATIENCE):
        found.notes.append("not quiet in time")
    slowest = sorted(traffic.waited)[int(len(traffic.waited) * 0.99) :]
    found.notes.append(f"webhooks meanwhile: p99 {slowest[0] if slowest else 0:.2f} s")
    ledger.compare(place.plain_address, found)
    return promised.compare(place, texts, found)
