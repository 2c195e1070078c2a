"""R7: the clock jumps an hour on, an hour back, and both ways at the change to summer time."""

from datetime import UTC, datetime, timedelta

import time_machine

from chaos import promised
from chaos.ledger import Findings
from chaos.place import Place
from chaos.size import Size
from helpline.carrier.twilio_carrier import TwilioCarrier
from helpline.worker import Worker

NAME, WHAT = "R7", "clock an hour on, an hour back, both changes to summer time"
_ROUNDS = 25
_HOUR = timedelta(hours=1)
# The instants at which UK clocks change in 2026, and jumps at an ordinary time.
_SPRING, _AUTUMN = datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)
_NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
JUMPS = (
    ("an hour on", _NOON, _NOON + _HOUR),
    ("an hour back", _NOON, _NOON - _HOUR),
    ("into summer time", _SPRING - timedelta(seconds=1), _SPRING + timedelta(seconds=1)),
    ("out of summer time", _AUTUMN - timedelta(seconds=1), _AUTUMN + timedelta(seconds=1)),
)


def run(place: Place, size: Size) -> Findings:
    """Do after each jump, at once and once, what was promised before it."""
    found = Findings()
    place.start_exchange()
    worker = Worker(place.app, place.settings, TwilioCarrier(place.settings))
    texts: promised.Answers = {}
    try:
        for _ in range(size.of(_ROUNDS, 1)):
            for name, before, after in JUMPS:
                with time_machine.travel(before, tick=True):
                    made = promised.promise_answers(place, 4)
                with time_machine.travel(after, tick=True):
                    worker.look_after_waiting()
                    worker.work_off()
                    worker.look_after_waiting()
                    left = not promised.wait_until_quiet(place, 1)
                if left:
                    found.stranded += 1
                    found.notes.append(f"{name}: something promised before it was not done after")
                    with time_machine.travel(after + 2 * _HOUR, tick=True):
                        worker.work_off()
                texts |= made
    finally:
        worker.close()
    return promised.compare(place, texts, found)
