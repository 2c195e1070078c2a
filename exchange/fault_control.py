"""The control API of what goes wrong: on purpose here, or by a mistake of the customer."""

from aiohttp import web

from exchange.calls import Call
from exchange.control import CannotNowError, wishes
from exchange.rest_desk import Desk


class FaultControl:
    """Faults that are armed, legs that can die, and what the customer did wrong."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/control/faults", self.faults),
            web.post("/control/faults", self.arm),
            web.get("/control/legs", self.legs),
            web.post("/control/legs/{sid}/die", self.die),
            web.get("/control/strict", self.strict),
        ]

    async def faults(self, _request: web.Request) -> web.Response:
        return web.json_response(self._desk.office.faults.left())

    async def arm(self, request: web.Request) -> web.Response:
        """Arm what is wished; an empty wish ends all faults and finds the lost phones again."""
        wish = await wishes(request)
        self._desk.office.faults.arm(wish)
        if not wish:
            for handset in self._desk.handsets.by_sid.values():
                if not handset.is_reachable():
                    handset.switch(on=True)
        return web.json_response(self._desk.office.faults.left())

    async def legs(self, _request: web.Request) -> web.Response:
        """List the legs that are talking, and the phones that are switched off or lost."""
        live = [call for call in self._desk.switchboard.live.values() if _is_talking(call)]
        records = [one.record for one in self._desk.handsets.by_sid.values()]
        lost = [
            {"handset": record.sid, "number": record.number, "name": record.name}
            for record in records
            if not record.reachable
        ]
        return web.json_response({"live": [self._leg(call) for call in live], "lost": lost})

    def _leg(self, call: Call) -> dict[str, str]:
        handset = self._desk.store.handsets.get(call.record.handset)
        name = "" if handset is None else handset.name
        return {"sid": call.record.sid, "number": call.address, "name": name}

    async def die(self, request: web.Request) -> web.Response:
        call = self._desk.switchboard.live.get(request.match_info["sid"])
        if call is None or not _is_talking(call):
            raise CannotNowError("That call is over.")
        call.lose()
        return await self.legs(request)

    async def strict(self, _request: web.Request) -> web.Response:
        return web.json_response(self._desk.office.incidents.notes)


def _is_talking(call: Call) -> bool:
    return call.record.answered is not None and not call.record.over and not call.ending
