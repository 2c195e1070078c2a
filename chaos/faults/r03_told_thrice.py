"""R3: every event is told three times, in any order, by three at once."""

import random
import uuid
from concurrent.futures import ThreadPoolExecutor

from chaos.ledger import Findings, Ledger, half_done
from chaos.place import Place
from chaos.size import Size
from chaos.traffic import Telling, Traffic

NAME, WHAT = "R3", "every event told three times, shuffled, by three at once"
_CONTACTS = 1_500


def run(place: Place, size: Size) -> Findings:
    """Each takes effect once, and a repeat is answered with the very same words."""
    found, ledger = Findings(), Ledger()
    place.start_web()
    traffic, number = Traffic(place, ledger), size.of(_CONTACTS, 40) // 2
    told: list[tuple[Telling, str]] = []
    for _ in range(number):
        told.append((traffic.text, f"SM{uuid.uuid4().hex}"))
        told.append((traffic.call, f"CA{uuid.uuid4().hex}"))
    thrice = told * 3
    random.shuffle(thrice)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda each: each[0](each[1]), thrice))
    ledger.compare(place.plain_address, found)
    otherwise = sum(len(said) > 1 for said in ledger.answers.values())
    found.doubled += otherwise
    found.stranded += half_done(place.plain_address)
    found.notes.append(f"{len(thrice)} tellings, {otherwise} answered otherwise than before")
    return found
