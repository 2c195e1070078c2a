"""What the launcher says and refuses before anything is started."""

import socket
from pathlib import Path

import pytest

from tests.tools.ports import three_free_ports
from tools import run
from tools.demo_settings import HOST, Place
from tools.run import StartError


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_port_in_use_is_named_with_a_way_out(which: int, tmp_path: Path):
    first = three_free_ports()
    with socket.socket() as taken:
        taken.bind((HOST, first + which))
        taken.listen()
        with pytest.raises(StartError, match=rf"Port {first + which} .*\n.*make run PORT="):
            run.check_ports(Place(first, tmp_path))


def test_a_port_that_was_just_given_up_can_be_used(tmp_path: Path):
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port = three_free_ports()
        listening.bind((HOST, port))
        listening.listen()
        with socket.create_connection((HOST, port)) as caller:
            answered, _ = listening.accept()
            answered.close()
            assert caller.recv(1) == b""
    run.check_ports(Place(port, tmp_path))


def test_a_second_launcher_on_the_same_data_is_refused(tmp_path: Path):
    spot = Place(9000, tmp_path)
    refused = pytest.raises(StartError, match="already running")
    with run.sole_launcher(spot), refused, run.sole_launcher(spot):
        pass
    with run.sole_launcher(spot):
        pass


def test_a_step_that_fails_shows_its_last_words(tmp_path: Path):
    spot = Place(9000, tmp_path)
    spot.logs.mkdir()
    with pytest.raises(StartError, match=r"The step 'no-such-step' failed:\n    \S"):
        run.run_once(spot, {"PYTHONPATH": ""}, "no-such-step")


def test_the_welcome_says_where_to_go_and_who_can_sign_in(tmp_path: Path):
    words = run.welcome(Place(9000, tmp_path), "Priya  priya@example.org\n", with_exchange=True)
    for part in ("http://127.0.0.1:9000/", "http://127.0.0.1:9002/", "/healthz", "Priya"):
        assert part in words
    assert str(tmp_path / "logs") in words


def test_with_a_carrier_of_their_own_nobody_is_sent_to_handsets(tmp_path: Path):
    assert "Handsets" not in run.welcome(Place(9000, tmp_path), "", with_exchange=False)
