"""The Messages resource."""

from datetime import datetime

from aiohttp import web

from exchange import representations
from exchange.paging import PAGING, in_time, page
from exchange.pictures import Picture
from exchange.records import MessageRecord
from exchange.rest_desk import Desk
from exchange.rest_parameters import MESSAGE_CREATE
from exchange.rest_rules import Given, RefusedError
from exchange.telephone_numbers import is_e164
from exchange.texts import LONGEST, UNDER_WAY, TextOrder

KNOWN_UPDATE = ("Body", "Status")
KNOWN_LIST = ("To", "From", "DateSent", "DateSent<", "DateSent>", *PAGING)
SOONEST, LATEST = 300, 35 * 86400
LONGEST_VALIDITY = 36000
_MAGIC_TO = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
_MAGIC_FROM = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}


class MessagesResource:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self, base: str) -> list[web.RouteDef]:
        one = f"{base}/Messages/{{sid}}.json"
        return [
            web.post(f"{base}/Messages.json", self.create),
            web.get(f"{base}/Messages.json", self.several),
            web.get(one, self.fetch),
            web.post(one, self.update),
            web.delete(one, self.delete),
            web.get(f"{base}/Messages/{{sid}}/Media.json", self.media),
            web.get(f"{base}/Messages/{{sid}}/Media/{{media}}", self.picture),
            web.delete(f"{base}/Messages/{{sid}}/Media/{{media}}.json", self.forget_picture),
        ]

    def _shown(self, record: MessageRecord) -> dict[str, object]:
        pictures = self._desk.texts.pictures.of_text.get(record.sid, {})
        return representations.message(self._desk.settings, record, pictures=len(pictures))

    async def create(self, request: web.Request) -> web.Response:
        given = Given(await self._desk.form(request), MESSAGE_CREATE)
        order = self._order(given)
        if order.to == order.from_:
            raise RefusedError(21266)
        if self._desk.texts.has_opted_out(order.to, order.from_):
            raise RefusedError(21610)
        return web.json_response(self._shown(self._desk.texts.send(order)), status=201)

    def _order(self, given: Given) -> TextOrder:
        to = _recipient(given)
        service = given.text("MessagingServiceSid") or None
        from_ = self._sender(given, service)
        body = given.text("Body")
        if not body and "MediaUrl" not in given and "ContentSid" not in given:
            raise RefusedError(21602)
        if len(body) > LONGEST:
            raise RefusedError(21617)
        return TextOrder(
            to=to,
            from_=from_,
            body=body,
            service=service,
            status_url=given.url("StatusCallback", 21609),
            validity=_validity(given),
            send_at=self._send_at(given, service),
        )

    def _sender(self, given: Given, service: str | None) -> str:
        said = given.text("From")
        if not said:
            if service is None:
                raise RefusedError(21603)
            return self._desk.settings.number
        if said in _MAGIC_FROM:
            raise RefusedError(_MAGIC_FROM[said])
        settings = self._desk.settings
        if said in settings.text_numbers | {settings.short_code, "+15005550006"}:
            return settings.number if said == settings.short_code else said
        raise RefusedError(21606 if is_e164(said) else 21212)

    def _send_at(self, given: Given, service: str | None) -> float | None:
        if given.text("ScheduleType") != "fixed":
            return None
        if service is None:
            raise RefusedError(35118)
        if not given.text("SendAt"):
            raise RefusedError(35111)
        try:
            when = datetime.fromisoformat(given.text("SendAt")).timestamp()
        except ValueError as error:
            raise RefusedError(35114) from error
        if not SOONEST <= when - self._desk.office.clock.now() <= LATEST:
            raise RefusedError(35114)
        return when

    async def several(self, request: web.Request) -> web.Response:
        given = Given(request.query, KNOWN_LIST)
        found = [
            record
            for record in self._desk.listed(self._desk.store.messages.values())
            if not record.deleted
            and given.text("To", record.to) == record.to
            and given.text("From", record.from_) == record.from_
            and in_time(given, "DateSent", record.sent)
        ]
        return web.json_response(page(request.rel_url, given, "messages", found, self._shown))

    def _record(self, request: web.Request) -> MessageRecord:
        record = self._desk.store.messages.get(request.match_info["sid"])
        if record is None or record.deleted:
            raise RefusedError(20404)
        return record

    async def fetch(self, request: web.Request) -> web.Response:
        return web.json_response(self._shown(self._record(request)))

    async def update(self, request: web.Request) -> web.Response:
        record = self._record(request)
        given = Given(await self._desk.form(request), KNOWN_UPDATE)
        if "Status" in given and given.text("Status") != "canceled":
            raise RefusedError(20001, "Status")
        if "Status" in given and not self._desk.texts.cancel(record):
            raise RefusedError(30409)
        if "Body" in given:
            if given.text("Body") or record.status in UNDER_WAY:
                raise RefusedError(20001, "Body")
            self._desk.texts.redact(record)
        return web.json_response(self._shown(record))

    async def delete(self, request: web.Request) -> web.Response:
        record = self._record(request)
        if record.status in UNDER_WAY:
            raise RefusedError(20001, "message is under way")
        self._desk.texts.delete(record)
        return web.Response(status=204)

    async def media(self, request: web.Request) -> web.Response:
        record = self._record(request)
        given = Given(request.query, PAGING)
        pictures = list(self._desk.texts.pictures.of_text.get(record.sid, {}).values())

        def shown(picture: Picture) -> dict[str, object]:
            return representations.media(self._desk.settings, record, picture)

        return web.json_response(page(request.rel_url, given, "media_list", pictures, shown))

    async def picture(self, request: web.Request) -> web.Response:
        info = request.match_info
        found = self._desk.texts.pictures.find(info["sid"], info["media"])
        if found is None:
            raise RefusedError(20404)
        return web.Response(body=found.body, content_type=found.kind)

    async def forget_picture(self, request: web.Request) -> web.Response:
        info = request.match_info
        if not self._desk.texts.pictures.forget(info["sid"], info["media"]):
            raise RefusedError(20404)
        return web.Response(status=204)


def _recipient(given: Given) -> str:
    to = given.text("To")
    if not to:
        raise RefusedError(21604)
    if to in _MAGIC_TO:
        raise RefusedError(_MAGIC_TO[to])
    if not is_e164(to):
        raise RefusedError(21211)
    return to


def _validity(given: Given) -> int:
    said = given.text("ValidityPeriod", str(LONGEST_VALIDITY))
    if not said.isdigit() or not 1 <= int(said) <= LONGEST_VALIDITY:
        raise RefusedError(21624)
    return int(said)
