"""R13: the state machines of calls, promises and texts, tried with many more stories."""

import os
import subprocess
import sys

from chaos.ledger import Findings
from chaos.place import ROOT, Place
from chaos.size import Size

NAME, WHAT = "R13", "calls, promises and texts told in any order (state machines)"
_EXAMPLES = 200
_TESTS = (
    "tests/helpline/voice/test_calls_survive_any_order.py",
    "tests/helpline/test_outbox_survives_anything.py",
    "tests/helpline/sms/test_texts_survive_anything.py",
)


def run(place: Place, size: Size) -> Findings:
    """No rule that must always hold is broken."""
    found = Findings()
    if size.share < 1:
        found.notes.append("the suite runs them by themselves")
        return found
    as_planted = ("-p", "chaos.no_shrinking") if place.plant else ()
    # So many stories last longer than any test may that hangs.
    as_long_as_it_takes = ("--timeout=0", "-o", "faulthandler_timeout=0")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *as_long_as_it_takes, *as_planted, *_TESTS],
        cwd=ROOT,
        env=os.environ | place.seam | {"RUNS": str(_EXAMPLES), "MACHINE_RUNS": str(_EXAMPLES)},
        check=False,
    )
    found.stranded += done.returncode != 0
    found.notes.append(f"{_EXAMPLES} stories each")
    return found
