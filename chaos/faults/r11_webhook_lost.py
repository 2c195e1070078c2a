"""R11: webhooks of texts never come; whatever reached the carrier is collected from its list."""

import time
import uuid

import requests

from chaos.ledger import Findings, rows
from chaos.place import Place
from chaos.size import Size
from helpline.carrier.twilio_carrier import TwilioCarrier
from helpline.worker import Worker

NAME, WHAT = "R11", "webhooks lost entirely, collected from the carrier's list"
_TEXTS = 300
_WITHIN = 300.0


def run(place: Place, size: Size) -> Findings:
    """Within five minutes every text is there, once."""
    found = Findings()
    place.start_exchange()
    number = size.of(_TEXTS, 10)
    lost = {"match": "/tw/sms/inbound", "kind": "drop", "times": min(number, 1000)}
    place.control("faults", {"webhooks": lost})
    words = [_text(place, each) for each in range(number)]
    began = time.monotonic()
    if size.share >= 1:
        # By themselves, as on a real line.
        place.start_workers(2)
        while _stored(place) < number and time.monotonic() - began < _WITHIN:
            time.sleep(1)
    else:
        worker = Worker(place.app, place.settings, TwilioCarrier(place.settings))
        worker.collect_missed()
        worker.collect_missed()
        worker.close()
    stored = _stored(place)
    found.contacts = len(words)
    found.lost, found.doubled = max(0, number - stored), max(0, stored - number)
    found.notes.append(f"all there after {time.monotonic() - began:.0f} s")
    return found


def _text(place: Place, number: int) -> str:
    opened = requests.post(
        f"{place.exchange}/control/handsets",
        json={"number": f"07700 900{number % 900:03}"},
        timeout=60,
    ).json()
    words = f"lost {uuid.uuid4().hex}"
    place.control(f"handsets/{opened['handset']}/text", {"to": "116000", "body": words})
    return words


def _stored(place: Place) -> int:
    question = "SELECT count(*) FROM text WHERE direction = 'inbound'"
    return int(rows(place.plain_address, question)[0][0])
