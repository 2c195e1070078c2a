"""Sound, where the packages for it are installed; elsewhere an exchange with captions only."""

import logging
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

from aiohttp import web

from exchange.rest_desk import Desk

LOG = logging.getLogger("exchange")
NEEDED = ("aiortc", "av", "numpy", "espeakng_loader", "jwt")


class Sound(Protocol):
    def routes(self) -> list[web.RouteDef]: ...

    async def close(self) -> None: ...


class NoSound:
    """Softphones can't register, handsets can't speak; everything else works."""

    def routes(self) -> list[web.RouteDef]:
        return []

    async def close(self) -> None:
        """Do nothing."""


def open_sound(desk: Desk) -> Sound:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        LOG.warning("calls have captions and no sound: %s is not installed", ", ".join(missing))
        return NoSound()
    true_sound: Sound = import_module("exchange.true_sound").TrueSound(desk)
    return true_sound
