"""The Calls resource."""

import dataclasses

from aiohttp import web

from exchange import representations
from exchange.calls import Call, Source
from exchange.paging import PAGING, in_time, page
from exchange.records import FINAL_CALL_STATES, CallRecord
from exchange.rest_desk import Desk
from exchange.rest_parameters import CALL_CREATE, CALL_UPDATE
from exchange.rest_rules import Given, RefusedError
from exchange.switchboard import DEFAULT_TIME_LIMIT, DEFAULT_TIMEOUT, CallOrder
from exchange.telephone_numbers import is_e164

KNOWN_LIST = (
    "To",
    "From",
    "ParentCallSid",
    "Status",
    *(f"{name}{suffix}" for name in ("StartTime", "EndTime") for suffix in ("", "<", ">")),
    *PAGING,
)
EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
_MAGIC_TO = {"+15005550001": 21217, "+15005550002": 21214, "+15005550003": 21215}


class CallsResource:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self, base: str) -> list[web.RouteDef]:
        return [
            web.post(f"{base}/Calls.json", self.create),
            web.get(f"{base}/Calls.json", self.several),
            web.get(f"{base}/Calls/{{sid}}.json", self.fetch),
            web.post(f"{base}/Calls/{{sid}}.json", self.update),
            web.delete(f"{base}/Calls/{{sid}}.json", self.delete),
        ]

    def _shown(self, record: CallRecord) -> dict[str, object]:
        return representations.call(self._desk.settings, record)

    async def create(self, request: web.Request) -> web.Response:
        given = Given(await self._desk.form(request), CALL_CREATE)
        to, from_ = parties(self._desk, given)
        if "Url" not in given and "Twiml" not in given:
            raise RefusedError(21205)
        order = dataclasses.replace(
            order_from(given, to, from_),
            source=_source(given),
            fallback=Source(given.url("FallbackUrl", 21205), given.method("FallbackMethod")),
        )
        call = self._desk.switchboard.place(order)
        return web.json_response(self._shown(call.record), status=201)

    async def several(self, request: web.Request) -> web.Response:
        given = Given(request.query, KNOWN_LIST)
        found = [
            record
            for record in self._desk.listed(self._desk.store.calls.values())
            if _matches(record, given)
        ]
        return web.json_response(page(request.rel_url, given, "calls", found, self._shown))

    def _record(self, request: web.Request) -> CallRecord:
        record = self._desk.store.calls.get(request.match_info["sid"])
        if record is None:
            raise RefusedError(20404)
        return record

    async def fetch(self, request: web.Request) -> web.Response:
        return web.json_response(self._shown(self._record(request)))

    async def update(self, request: web.Request) -> web.Response:
        record = self._record(request)
        given = Given(await self._desk.form(request), CALL_UPDATE)
        call = self._desk.switchboard.live.get(record.sid)
        if call is None or record.over or call.ending:
            raise RefusedError(21220)
        if given.text("Status"):
            _end(call, given.text("Status"))
        elif "Url" in given or "Twiml" in given:
            _redirect(call, given)
        return web.json_response(self._shown(record))

    async def delete(self, request: web.Request) -> web.Response:
        record = self._record(request)
        if not record.over:
            raise RefusedError(20001, "call is in progress")
        self._desk.store.forget(record)
        return web.Response(status=204)


def _source(given: Given) -> Source:
    if "Twiml" in given and "Url" not in given:
        return Source(twiml=given.text("Twiml"))
    return Source(given.url("Url", 21205), given.method("Method"))


def parties(desk: Desk, given: Given) -> tuple[str, str]:
    """Check who is to be rung and as whom. Raises RefusedError."""
    to, from_ = given.text("To"), given.text("From")
    if not to:
        raise RefusedError(21201)
    if not from_:
        raise RefusedError(21213)
    if to in _MAGIC_TO:
        raise RefusedError(_MAGIC_TO[to])
    if not to.startswith("client:") and not is_e164(to):
        raise RefusedError(21211)
    if not from_.startswith("client:"):
        if not is_e164(from_):
            raise RefusedError(21212)
        if from_ not in {desk.settings.number, "+15005550006"}:
            raise RefusedError(21210)
    return to, from_


def order_from(given: Given, to: str, from_: str) -> CallOrder:
    """Read what calls and participants have in common when they are created."""
    events = given.several("StatusCallbackEvent") or ("completed",)
    if not set(events) <= EVENTS:
        raise RefusedError(20001, "StatusCallbackEvent")
    return CallOrder(
        to=to,
        from_=from_,
        source=Source(),
        status_url=given.url("StatusCallback", 21609),
        status_method=given.method("StatusCallbackMethod"),
        status_events=events,
        timeout=given.whole("Timeout", DEFAULT_TIMEOUT, 1, 600),
        time_limit=given.whole("TimeLimit", DEFAULT_TIME_LIMIT, 1, 86400),
    )


def _end(call: Call, status: str) -> None:
    waiting = call.record.answered is None
    if status not in {"completed", "canceled"}:
        raise RefusedError(20001, "Status")
    if status == "canceled" and not waiting:
        raise RefusedError(21220)
    call.hang_up("The helpline ended the call.", by_program=True)
    if waiting and call.record.direction != "inbound":
        call.finish("canceled", 487)


def _redirect(call: Call, given: Given) -> None:
    if call.record.answered is None:
        raise RefusedError(21220)
    if "FallbackUrl" in given:
        call.fallback = Source(given.url("FallbackUrl", 21205), given.method("FallbackMethod"))
    call.redirect(_source(given))


def _matches(record: CallRecord, given: Given) -> bool:
    wanted = given.text("Status")
    if wanted and wanted not in FINAL_CALL_STATES | {"queued", "ringing", "in-progress"}:
        raise RefusedError(20001, "Status")
    exact = (
        (given.text("To"), record.to),
        (given.text("From"), record.from_),
        (given.text("ParentCallSid"), record.parent),
        (wanted, record.status),
    )
    return (
        all(not asked or asked == has for asked, has in exact)
        and in_time(given, "StartTime", record.started)
        and in_time(given, "EndTime", record.ended)
    )
