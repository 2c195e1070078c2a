"""The control API: for handset pages and tests. It is no part of Twilio."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from json import JSONDecodeError

from aiohttp import web

from exchange.clock import DrivenClock, iso
from exchange.faults import NoSuchFaultError
from exchange.handsets import Handset
from exchange.pictures import NotAPictureError
from exchange.rest_desk import Desk
from exchange.settling import advance, settle
from exchange.telephone_numbers import EMERGENCY, NotANumberError, e164

HEARTBEAT = 15.0
LONGEST_TEXT = 20_000
MOST_PICTURES = 10
LONGEST_NAME = 80
LONGEST_ADVANCE = 7 * 86400
KEYS = frozenset("0123456789*#")
SIGNALLING = "/signal"
Respond = Callable[[web.Request], Awaitable[web.StreamResponse]]


class CannotNowError(Exception):
    """What is asked for can't be done at this moment; the message says why."""


class BadWishError(ValueError):
    """What is asked for makes no sense; the message says why."""


@web.middleware
async def explain(request: web.Request, handler: Respond) -> web.StreamResponse:
    """Turn what is wrong into JSON with one plain sentence.

    A page of another site may not use this API through somebody's browser. Softphones may be on
    any page: they show a token.
    """
    origin = request.headers.get("Origin")
    is_elsewhere = origin is not None and origin.partition("://")[2] != request.host
    if is_elsewhere and request.path != SIGNALLING:
        return web.json_response({"error": "Only the exchange's own pages may ask."}, status=403)
    try:
        return await handler(request)
    except CannotNowError as error:
        return web.json_response({"error": str(error)}, status=409)
    except (BadWishError, NotANumberError, NoSuchFaultError) as error:
        return web.json_response({"error": str(error)}, status=400)


async def wishes(request: web.Request) -> dict[str, object]:
    """Read the JSON object sent. Raises BadWishError."""
    try:
        read = await request.json() if request.can_read_body else {}
    except (JSONDecodeError, UnicodeDecodeError) as error:
        raise BadWishError("That isn't JSON.") from error
    if not isinstance(read, dict):
        raise BadWishError("A JSON object is expected.")
    return read


def _text(wish: dict[str, object], name: str, longest: int) -> str:
    said = wish.get(name, "")
    if not isinstance(said, str):
        raise BadWishError(f"{name} must be text.")
    if len(said) > longest:
        raise BadWishError(f"That is too long: {longest} characters at most.")
    return said


class HandsetControl:
    """Everything a person does with a telephone. `closing` is set when the exchange stops."""

    def __init__(self, desk: Desk, closing: asyncio.Event) -> None:
        self._desk, self._closing = desk, closing

    def routes(self) -> list[web.RouteDef]:
        one = "/control/handsets/{handset}"
        return [
            web.post("/control/handsets", self.open),
            web.get("/control/handsets", self.several),
            web.get(one, self.state),
            web.get(f"{one}/events", self.events),
            web.post(f"{one}/text", self.text),
            web.post(f"{one}/dial", self.dial),
            web.post(f"{one}/answer", self.answer),
            web.post(f"{one}/decline", self.decline),
            web.post(f"{one}/hang-up", self.hang_up),
            web.post(f"{one}/keys", self.keys),
            web.post(f"{one}/reachable", self.reachable),
        ]

    def _handset(self, request: web.Request) -> Handset:
        handset = self._desk.handsets.by_sid.get(request.match_info["handset"])
        if handset is None:
            raise web.HTTPNotFound(
                text='{"error": "There is no such telephone."}', content_type="application/json"
            )
        return handset

    def _switched_on(self, request: web.Request) -> Handset:
        handset = self._handset(request)
        if not handset.is_reachable():
            raise CannotNowError("This telephone is switched off.")
        return handset

    async def open(self, request: web.Request) -> web.Response:
        wish = await wishes(request)
        name = _text(wish, "name", LONGEST_NAME)
        handset = self._desk.handsets.open(_text(wish, "number", LONGEST_NAME), name)
        record = handset.record
        return web.json_response(
            {"handset": record.sid, "number": record.number, "name": record.name}
        )

    async def several(self, _request: web.Request) -> web.Response:
        listed = [
            {"handset": one.record.sid, "number": one.record.number, "name": one.record.name}
            for one in self._desk.handsets.by_sid.values()
        ]
        return web.json_response({"handsets": listed})

    async def state(self, request: web.Request) -> web.Response:
        return web.json_response(self._handset(request).state())

    def _reach(self, said: str) -> str:
        """Work out where a dialled number leads. Raises BadWishError or NotANumberError."""
        settings = self._desk.settings
        bare = "".join(said.split()).replace("-", "")
        if bare in EMERGENCY:
            raise BadWishError("This is a practice telephone. It can't reach 999 or 112.")
        return settings.number if bare == settings.short_code else e164(said)

    async def text(self, request: web.Request) -> web.Response:
        handset = self._switched_on(request)
        wish = await wishes(request)
        body = _text(wish, "body", LONGEST_TEXT)
        if not body.strip() and not _pictures(wish):
            raise BadWishError("Write something before you send it.")
        to = self._reach(_text(wish, "to", LONGEST_NAME))
        try:
            self._desk.texts.arrive(handset.record.number, to, body, _pictures(wish))
        except NotAPictureError as error:
            raise BadWishError(str(error)) from error
        return web.json_response(handset.state())

    async def dial(self, request: web.Request) -> web.Response:
        handset = self._switched_on(request)
        wish = await wishes(request)
        to = self._reach(_text(wish, "to", LONGEST_NAME))
        if to != self._desk.settings.number:
            raise BadWishError("This practice telephone can only call the helpline, 116 000.")
        if handset.is_busy():
            raise CannotNowError("You are already in a call. Hang up first.")
        self._desk.switchboard.dial(handset, withheld=wish.get("withheld") is True)
        return web.json_response(handset.state())

    async def answer(self, request: web.Request) -> web.Response:
        return await self._decide(request, "answered")

    async def decline(self, request: web.Request) -> web.Response:
        return await self._decide(request, "declined")

    async def _decide(self, request: web.Request, outcome: str) -> web.Response:
        handset = self._handset(request)
        call = handset.call
        if call is None or call.record.direction == "inbound" or call.decision.done():
            raise CannotNowError("This telephone isn't ringing.")
        call.decide(outcome)
        await _let_it_happen()
        return web.json_response(handset.state())

    async def hang_up(self, request: web.Request) -> web.Response:
        handset = self._handset(request)
        call = handset.call
        if call is None or call.record.over:
            raise CannotNowError("There is no call to end.")
        if call.record.answered is None and call.record.direction != "inbound":
            call.decide("declined")
        else:
            call.hang_up("You hung up.")
        await _let_it_happen()
        return web.json_response(handset.state())

    async def keys(self, request: web.Request) -> web.Response:
        handset = self._handset(request)
        digits = _text(await wishes(request), "digits", LONGEST_NAME)
        if not digits or not set(digits) <= KEYS:
            raise BadWishError("Keys are 0 to 9, * and #.")
        call = handset.call
        if call is None or call.record.over or call.record.answered is None:
            raise CannotNowError("There is no call to press keys in.")
        call.press(digits)
        await _let_it_happen()
        return web.json_response(handset.state())

    async def reachable(self, request: web.Request) -> web.Response:
        handset = self._handset(request)
        wanted = (await wishes(request)).get("reachable")
        if not isinstance(wanted, bool):
            raise BadWishError("reachable must be true or false.")
        handset.switch(on=wanted)
        await _let_it_happen()
        return web.json_response(handset.state())

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Tell, and keep telling, that this telephone changed; never what changed."""
        handset = self._handset(request)
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        line = f'event: changed\ndata: {{"handset": "{handset.record.sid}"}}\n\n'.encode()
        with handset.watched() as watcher:
            await response.write(line)
            while not self._closing.is_set():
                try:
                    await asyncio.wait_for(watcher.wait(), HEARTBEAT)
                    watcher.clear()
                    await response.write(line)
                except TimeoutError:
                    await response.write(b": still here\n\n")
                except ConnectionError:
                    break
        return response


async def _let_it_happen() -> None:
    """Give calls a few turns, so that the answer shows what the wish led to."""
    for _ in range(10):
        await asyncio.sleep(0)


class ExchangeControl:
    """Time, and what was sent: for tests and the training page."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._told = 0

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/control/clock", self.clock),
            web.post("/control/clock", self.move_clock),
            web.post("/control/settle", self.settle),
            web.get("/control/webhooks", self.webhooks),
            web.post("/control/reset", self.reset),
        ]

    async def clock(self, _request: web.Request) -> web.Response:
        clock = self._desk.office.clock
        view = {"now": iso(clock.now()), "seconds": clock.now(), "driven": clock.driven}
        return web.json_response(view)

    async def move_clock(self, request: web.Request) -> web.Response:
        office = self._desk.office
        wish = await wishes(request)
        seconds = wish.get("advance")
        if not isinstance(office.clock, DrivenClock):
            raise CannotNowError("This exchange runs on real time.")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise BadWishError("advance must be a number of seconds.")
        if not 0 <= seconds <= LONGEST_ADVANCE:
            raise BadWishError("advance must be from 0 seconds to 7 days.")
        if not await advance(office, office.clock, float(seconds)):
            raise CannotNowError("The exchange did not come to rest in time.")
        return await self.clock(request)

    async def settle(self, _request: web.Request) -> web.Response:
        callbacks = self._desk.office.callbacks
        quiet = await settle(self._desk.office)
        sent, self._told = callbacks.sent - self._told, callbacks.sent
        return web.json_response({"quiet": quiet, "webhooks": sent})

    async def webhooks(self, request: web.Request) -> web.Response:
        since = request.query.get("since", "0")
        if not since.isdigit():
            raise BadWishError("since must be a number.")
        log = self._desk.office.callbacks.log
        return web.json_response([asdict(entry) for entry in log if entry.n > int(since)])

    async def reset(self, _request: web.Request) -> web.Response:
        await self._desk.forget_everything()
        self._told = 0
        return web.json_response({"reset": True})


def _pictures(wish: Mapping[str, object]) -> list[tuple[str, str]]:
    given = wish.get("pictures", [])
    if not isinstance(given, list) or len(given) > MOST_PICTURES:
        raise BadWishError("Send up to ten pictures.")
    return [(str(each["type"]), str(each["base64"])) for each in given]
