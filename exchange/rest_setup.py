"""Small resources: the account, its number, and recordings."""

from dataclasses import replace

from aiohttp import web

from exchange import representations
from exchange.paging import PAGING, page
from exchange.records import RecordingRecord
from exchange.rest_desk import Desk
from exchange.rest_parameters import APPLICATION_UPDATE, NUMBER_UPDATE
from exchange.rest_rules import USER, Given, RefusedError

KNOWN_NUMBERS = ("Beta", "FriendlyName", "PhoneNumber", "Origin", *PAGING)
KNOWN_RECORDINGS = ("CallSid", "ConferenceSid", "DateCreated", "IncludeSoftDeleted", *PAGING)


_NUMBER_ADDRESSES = {
    "VoiceUrl": "voice",
    "VoiceFallbackUrl": "voice_fallback",
    "StatusCallback": "voice_status",
    "SmsUrl": "sms",
}


class SetupResources:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self, base: str) -> list[web.RouteDef]:
        sound = rf"{base}/Recordings/{{sid:RE[0-9a-f]+}}"
        return [
            web.get(f"{base}.json", self.account),
            web.get(f"{base}/IncomingPhoneNumbers.json", self.numbers),
            web.get(f"{base}/IncomingPhoneNumbers/{{sid}}.json", self.number),
            web.post(f"{base}/IncomingPhoneNumbers/{{sid}}.json", self.update_number),
            web.get(f"{base}/Applications/{{sid:AP[0-9a-f]+}}.json", self.application),
            web.post(f"{base}/Applications/{{sid:AP[0-9a-f]+}}.json", self.update_application),
            web.get(f"{base}/Recordings.json", self.recordings),
            web.get(f"{sound}.json", self.recording),
            web.delete(f"{sound}.json", self.delete_recording),
            web.get(f"{sound}.wav", self.sound),
            web.get(sound, self.sound),
        ]

    async def account(self, request: web.Request) -> web.Response:
        if request[USER] != self._desk.settings.account_sid:
            raise RefusedError(20003)
        return web.json_response(representations.account(self._desk.settings, self._desk.opened))

    def _number(self) -> dict[str, object]:
        return representations.incoming_number(self._desk.settings, self._desk.opened)

    async def numbers(self, request: web.Request) -> web.Response:
        given = Given(request.query, KNOWN_NUMBERS)
        ours = self._desk.settings.number
        found = [ours] if given.text("PhoneNumber", ours) in ours else []
        listed = page(
            request.rel_url, given, "incoming_phone_numbers", found, lambda _: self._number()
        )
        return web.json_response(listed)

    async def number(self, request: web.Request) -> web.Response:
        if request.match_info["sid"] != representations.number_sid(self._desk.settings):
            raise RefusedError(20404)
        return web.json_response(self._number())

    def _rewire(self, given: Given, addresses: dict[str, str]) -> None:
        """Point webhooks elsewhere, as long as this exchange runs. Raises RefusedError."""
        said = {field: given.url(name, 21502) for name, field in addresses.items() if name in given}
        office = self._desk.office
        wiring = replace(office.settings.wiring, **said)
        office.settings = replace(office.settings, wiring=wiring)

    async def update_number(self, request: web.Request) -> web.Response:
        await self.number(request)
        given = Given(await self._desk.form(request), NUMBER_UPDATE)
        self._rewire(given, _NUMBER_ADDRESSES)
        return web.json_response(self._number())

    async def application(self, request: web.Request) -> web.Response:
        sid = request.match_info["sid"]
        view = representations.application(self._desk.settings, sid, self._desk.opened)
        return web.json_response(view)

    async def update_application(self, request: web.Request) -> web.Response:
        given = Given(await self._desk.form(request), APPLICATION_UPDATE)
        self._rewire(given, {"VoiceUrl": "voice_client"})
        return await self.application(request)

    def _shown(self, record: RecordingRecord) -> dict[str, object]:
        return representations.recording(self._desk.settings, record)

    def _record(self, request: web.Request) -> RecordingRecord:
        record = self._desk.store.recordings.get(request.match_info["sid"])
        if record is None:
            raise RefusedError(20404)
        return record

    async def recordings(self, request: web.Request) -> web.Response:
        given = Given(request.query, KNOWN_RECORDINGS)
        found = [
            record
            for record in self._desk.listed(self._desk.store.recordings.values())
            if given.text("CallSid", record.call) == record.call
        ]
        return web.json_response(page(request.rel_url, given, "recordings", found, self._shown))

    async def recording(self, request: web.Request) -> web.Response:
        return web.json_response(self._shown(self._record(request)))

    async def delete_recording(self, request: web.Request) -> web.Response:
        record = self._record(request)
        self._desk.store.forget(record)
        self._desk.office.archive.forget(record.sid)
        return web.Response(status=204)

    async def sound(self, request: web.Request) -> web.Response:
        record = self._record(request)
        body = self._desk.office.archive.get(record.sid, record.duration)
        return web.Response(body=body, content_type="audio/x-wav")
