"""Putting the exchange together and letting it listen."""

import asyncio
import json
from dataclasses import replace
from json import JSONDecodeError

from aiohttp import web

from exchange import page_files
from exchange.control import ExchangeControl, HandsetControl, explain
from exchange.fault_control import FaultControl
from exchange.faults import NoSuchFaultError
from exchange.handsets import Handsets
from exchange.office import Office
from exchange.rest import RestApi
from exchange.rest_desk import Desk
from exchange.rooms import Rooms
from exchange.settings import SettingError, Settings
from exchange.sound import Sound, open_sound
from exchange.switchboard import Switchboard
from exchange.texts import Texts


class Exchange:
    """One running exchange. Use start() and stop() from one event loop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._runner: web.AppRunner | None = None
        self._closing = asyncio.Event()
        self.desk: Desk | None = None
        self._sound: Sound | None = None

    async def start(self) -> int:
        """Listen; gives the port. Raises OSError when it can't."""
        office = Office(self.settings)
        _arm(office)
        handsets = Handsets(office)
        switchboard = Switchboard(office, Rooms(office), handsets)
        texts = Texts(office, handsets)
        self.desk = Desk(office, switchboard, texts, handsets, office.clock.now())
        self._sound = open_sound(self.desk)
        application = self._application(self.desk, self._sound)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.settings.host, self.settings.port)
        await site.start()
        port = int(self._runner.addresses[0][1])
        office.settings = replace(self.settings, port=port)
        office.own_url = f"http://{self.settings.host}:{port}"
        await office.callbacks.open()
        switchboard.end_what_was_cut_off()
        texts.resume()
        return port

    def _application(self, desk: Desk, sound: Sound) -> web.Application:
        application = web.Application(middlewares=[explain], client_max_size=2**20)
        application.add_routes([web.get("/healthz", _health)])
        application.add_routes(HandsetControl(desk, self._closing).routes())
        application.add_routes(ExchangeControl(desk).routes())
        application.add_routes(FaultControl(desk).routes())
        application.add_routes(sound.routes())
        application.add_routes(page_files.routes())
        rest = RestApi(desk)
        application.add_subapp(rest.prefix, rest.application())
        return application

    def violations(self) -> int:
        """Count what the application did wrong since the start or the last reset."""
        return 0 if self.desk is None else len(self.desk.office.incidents.notes)

    async def stop(self) -> None:
        self._closing.set()
        if self._sound is not None:
            await self._sound.close()
        if self._runner is not None:
            await self._runner.cleanup()
        if self.desk is not None:
            await self.desk.office.stop_everything()
            await self.desk.office.callbacks.close()
            self.desk.store.close()


def _arm(office: Office) -> None:
    """Arm the faults that the settings ask for. Raises SettingError."""
    if not office.settings.faults:
        return
    try:
        office.faults.arm(json.loads(office.settings.faults))
    except (JSONDecodeError, NoSuchFaultError, AttributeError, TypeError) as error:
        raise SettingError("EXCHANGE_FAULTS can't be read as faults in JSON.") from error


async def _health(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})
