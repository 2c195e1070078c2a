"""Ports that a test may listen on."""

import os
import socket

from tools.demo_settings import HOST

# Below the numbers that Linux hands out by itself, so that nothing takes one in between.
FIRST, LAST = 20_000, 32_000


def three_free_ports() -> int:
    """Return the first of three ports in a row that nobody listens on."""
    for first in range(FIRST + os.getpid() % 3_000 * 3, LAST, 3):
        if all(is_free(port) for port in range(first, first + 3)):
            return first
    raise RuntimeError("no three ports in a row are free")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
