"""Sound for handset pages: a page asks for it once and keeps it from call to call."""

from aiohttp import web

from exchange.audio.paths import Path, SoundRefusedError
from exchange.audio.studio import Studio
from exchange.control import BadWishError, wishes
from exchange.handsets import Handset
from exchange.rest_desk import Desk

BIGGEST_DESCRIPTION = 65_536


class HandsetSound:
    def __init__(self, desk: Desk, studio: Studio) -> None:
        self._desk, self._studio = desk, studio
        self._paths: dict[str, Path] = {}

    def routes(self) -> list[web.RouteDef]:
        one = "/control/handsets/{handset}/sound"
        return [web.post(one, self.turn_on), web.delete(one, self.turn_off)]

    def _handset(self, request: web.Request) -> Handset:
        handset = self._desk.handsets.by_sid.get(request.match_info["handset"])
        if handset is None:
            raise BadWishError("There is no such telephone.")
        return handset

    async def turn_on(self, request: web.Request) -> web.Response:
        """Answer the page's offer; a telephone open in two tabs sounds in the newer one."""
        handset = self._handset(request)
        sdp = (await wishes(request)).get("sdp")
        if not isinstance(sdp, str) or not 0 < len(sdp) <= BIGGEST_DESCRIPTION:
            raise BadWishError("A description of the sound is expected.")
        await self._end(handset)
        path = Path(self._studio.open_line(), lambda: self._lost(handset, path))
        try:
            answer = await path.answer(sdp)
        except SoundRefusedError as error:
            self._studio.close_line(path.line)
            await path.close()
            raise BadWishError(str(error)) from error
        self._paths[handset.record.sid] = path
        handset.use(path.line)
        return web.json_response({"sdp": answer, "type": "answer"})

    async def turn_off(self, request: web.Request) -> web.Response:
        handset = self._handset(request)
        await self._end(handset)
        return web.json_response(handset.state())

    def _lost(self, handset: Handset, path: Path) -> None:
        """Go on with captions: the page was closed, or its sound broke off."""
        if self._paths.get(handset.record.sid) is path:
            self._desk.office.spawn(self._end(handset))

    async def _end(self, handset: Handset) -> None:
        path = self._paths.pop(handset.record.sid, None)
        if path is not None:
            handset.use(None)
            self._studio.close_line(path.line)
            await path.close()

    async def close(self) -> None:
        for path in self._paths.values():
            await path.close()
        self._paths.clear()
