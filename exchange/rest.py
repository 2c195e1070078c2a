"""The REST API as a whole: credentials, faults on purpose, and errors in Twilio's form."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from exchange.calls import API_VERSION
from exchange.rest_calls import CallsResource
from exchange.rest_conferences import ConferencesResource
from exchange.rest_desk import Desk
from exchange.rest_messages import MessagesResource
from exchange.rest_rules import USER, RefusedError, check_credentials
from exchange.rest_setup import SetupResources

LOG = logging.getLogger("exchange")
Respond = Callable[[web.Request], Awaitable[web.StreamResponse]]
LONGEST_HANG = 60


class RestApi:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def application(self) -> web.Application:
        """Make the sub-application that answers under /2010-04-01."""
        application = web.Application(middlewares=[self.guard], client_max_size=2**20)
        base = "/Accounts/{account}"
        for resource in (CallsResource, ConferencesResource, MessagesResource, SetupResources):
            application.add_routes(resource(self._desk).routes(base))
        return application

    @property
    def prefix(self) -> str:
        return f"/{API_VERSION}"

    @web.middleware
    async def guard(self, request: web.Request, handler: Respond) -> web.StreamResponse:
        """Check who asks, let faults happen, and turn refusals into Twilio's answers."""
        try:
            return await self._answer(request, handler)
        except RefusedError as error:
            if error.code == 20001:  # noqa: PLR2004 - Twilio's code for a parameter it doesn't know
                self._desk.office.incidents.note("parameter refused", error.detail)
            return error.response()
        except web.HTTPNotFound:
            return RefusedError(20404).response()
        except (web.HTTPException, ConnectionResetError):
            # A customer killed in the middle of asking is no fault of the exchange's.
            raise
        except Exception as error:
            LOG.exception("a request could not be carried out")
            self._desk.office.incidents.note("exchange fault", type(error).__name__)
            return RefusedError(20500).response()

    async def _answer(self, request: web.Request, respond: Respond) -> web.StreamResponse:
        settings = self._desk.settings
        user = check_credentials(settings, request.headers.get("Authorization", ""))
        if request.match_info.get("account", settings.account_sid) != settings.account_sid:
            raise RefusedError(20003)
        request[USER] = user
        fault = self._desk.office.faults.for_rest(request.method, request.path)
        if fault == "429":
            raise RefusedError(20429)
        if fault == "500-before":
            raise RefusedError(20500)
        response = await respond(request)
        if fault is not None:
            await _fail_after(request, fault)
        return response


async def _fail_after(request: web.Request, fault: str) -> None:
    """Fail although the request was carried out: its sender can't know."""
    if fault == "500-after":
        raise RefusedError(20500)
    if fault == "hang-after":
        await asyncio.sleep(LONGEST_HANG)
    if request.transport is not None:
        request.transport.abort()
