"""Everything with sound: softphones, and handsets whose browsers have a microphone."""

from aiohttp import web

from exchange.audio.studio import Studio
from exchange.handset_sound import HandsetSound
from exchange.rest_desk import Desk
from exchange.signalling import Signalling


class TrueSound:
    def __init__(self, desk: Desk) -> None:
        self._studio = Studio(desk.office)
        self._signalling = Signalling(desk, self._studio)
        self._handsets = HandsetSound(desk, self._studio)

    def routes(self) -> list[web.RouteDef]:
        return [*self._signalling.routes(), *self._handsets.routes()]

    async def close(self) -> None:
        await self._signalling.close()
        await self._handsets.close()
        await self._studio.close()
