"""Two hosts behind a proxy over one database: one is cut off in the middle, nothing is lost."""

import os
import signal
import tempfile
from pathlib import Path

import pytest

from chaos.ledger import Findings, Ledger, half_done
from chaos.place import Place
from chaos.proxy import Proxy
from chaos.traffic import Traffic

pytestmark = pytest.mark.timeout(900)


def test_a_host_that_is_cut_off_in_the_middle_costs_nobody_anything() -> None:
    with tempfile.TemporaryDirectory(prefix="helpline-hosts-", ignore_cleanup_errors=True) as made:
        place = Place(Path(made))
        try:
            place.start_web()
            place.start_web(name="second")
            second = f"http://127.0.0.1:{place.ports['second']}"
            proxy = Proxy([place.web, second])
            found, ledger = Findings(), Ledger()
            traffic = Traffic(place, ledger, through=proxy.address)

            def cut_off() -> None:
                # The whole host at once, with all that it was doing.
                os.killpg(place.running["second"].pid, signal.SIGKILL)

            traffic.crowd(60, at_once=4, after=20, then=cut_off)
            proxy.close()
            ledger.compare(place.plain_address, found)
            assert found.contacts == 60
            assert (found.lost, found.doubled, found.gave_up) == (0, 0, 0), found
            assert half_done(place.plain_address) == 0
        finally:
            place.close()
