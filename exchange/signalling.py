"""The signalling of softphones: PStream 1.6 over a WebSocket, as the Voice SDK speaks it."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from aiohttp import WSMsgType, web

from exchange.audio.studio import Studio
from exchange.rest_desk import Desk
from exchange.softphones import Device, DeviceCall, Softphone
from exchange.tokens import INVALID, TokenRefusedError, read

LOG = logging.getLogger("exchange")
HEARTBEAT = 10.0
BIGGEST_MESSAGE = 262_144
NOT_ALLOWED, BAD_RECONNECT = 31201, 31107
Payload = dict[str, object]
Step = Callable[[Device, Payload], Awaitable[None]]


def _words(payload: Payload, name: str) -> str:
    value = payload.get(name, "")
    return value if isinstance(value, str) else ""


class Signalling:
    def __init__(self, desk: Desk, studio: Studio) -> None:
        self._desk, self._office, self._studio = desk, desk.office, studio
        self._sockets: dict[Device, web.WebSocketResponse] = {}
        self._softphones: dict[str, Softphone] = {}
        self._calls: dict[str, DeviceCall] = {}
        self._steps: dict[str, Step] = {
            "listen": self._listen,
            "register": self._register,
            "unregister": self._unregister,
            "invite": self._invite,
            "answer": self._answer,
            "reject": self._reject,
            "hangup": self._hang_up,
            "dtmf": self._keys,
            "message": self._message,
        }

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/signal", self.signal),
            web.get("/control/softphones", self.several),
            web.post("/control/softphones/cut", self.cut),
        ]

    # The socket

    async def signal(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one softphone for as long as its socket is open."""
        socket = web.WebSocketResponse(max_msg_size=BIGGEST_MESSAGE)
        await socket.prepare(request)
        device = Device()
        self._sockets[device] = socket
        carrying = asyncio.ensure_future(device.carry(socket))
        beating = asyncio.ensure_future(_beat(device))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT and message.data.strip():
                    await self._take(device, message.data)
        finally:
            beating.cancel()
            carrying.cancel()
            self._leave(device)
        return socket

    async def _take(self, device: Device, data: str) -> None:
        try:
            read_message = json.loads(data)
            kind, payload = read_message["type"], read_message.get("payload") or {}
            step = self._steps.get(kind)
        except (ValueError, TypeError, KeyError, AttributeError):
            LOG.warning("a softphone sent something that is no message")
            return
        if step is None or not isinstance(payload, dict):
            return
        if device.token is None and kind != "listen":
            device.send("error", error={"code": NOT_ALLOWED, "message": "Listen first."})
            return
        await step(device, payload)

    def _leave(self, device: Device) -> None:
        self._sockets.pop(device, None)
        self._take_off(device)
        for call in self._calls.values():
            if not call.call.record.over:
                call.signalling_lost(device)

    # Who somebody is

    async def _listen(self, device: Device, payload: Payload) -> None:
        settings = self._desk.settings
        try:
            token = read(payload.get("token"), settings)
        except TokenRefusedError as error:
            device.send("error", error={"code": error.code, "message": str(error)})
            return
        if device.token is not None and token.identity != device.identity:
            device.send("error", error={"code": INVALID, "message": "AccessTokenInvalid"})
            return
        device.token = token
        device.send(
            "connected",
            gateway="local",
            region="US_EAST_VIRGINIA",
            edge="ashburn",
            home="us1",
            token={"identity": token.identity, "ttl": token.seconds_left},
        )

    async def _register(self, device: Device, _payload: Payload) -> None:
        if device.token is None or not device.token.may_receive:
            device.send("error", error={"code": NOT_ALLOWED, "message": "AuthorizationError"})
            return
        softphone = self._softphones.get(device.identity)
        if softphone is None:
            softphone = Softphone(self._office, self._studio, device.identity, self._keep)
            self._softphones[device.identity] = softphone
        if device not in softphone.devices:
            softphone.devices.append(device)
        self._desk.switchboard.softphones[device.identity] = softphone
        device.registered = True
        device.send("ready")

    async def _unregister(self, device: Device, _payload: Payload) -> None:
        self._take_off(device)

    def _take_off(self, device: Device) -> None:
        device.registered = False
        softphone = self._softphones.get(device.identity)
        if softphone is None or device not in softphone.devices:
            return
        softphone.devices.remove(device)
        if not softphone.devices:
            del self._softphones[device.identity]
            self._desk.switchboard.softphones.pop(device.identity, None)

    # Calls

    def _keep(self, made: DeviceCall) -> None:
        """Keep a call findable, and let go of those that are over."""
        self._calls = {sid: one for sid, one in self._calls.items() if not one.call.record.over}
        self._calls[made.sid] = made

    def _mine(self, device: Device, payload: Payload) -> DeviceCall | None:
        """Find a call that belongs to this device's identity."""
        found = self._calls.get(_words(payload, "callsid"))
        return found if found is not None and found.identity == device.identity else None

    async def _invite(self, device: Device, payload: Payload) -> None:
        if "reconnect" in payload:
            self._come_back(device, payload)
            return
        if device.token is None or not device.token.application:
            refused = {"code": NOT_ALLOWED, "message": "AuthorizationError"}
            device.send("hangup", callsid=_words(payload, "callsid"), error=refused)
            return
        twilio = payload.get("twilio")
        said = _words(twilio, "params") if isinstance(twilio, dict) else ""
        params = tuple(parse_qsl(said, keep_blank_values=True, max_num_fields=100))
        call = self._desk.switchboard.dial_from_softphone(device.identity, params)
        made = DeviceCall(self._office, self._studio, call, device.identity)
        self._keep(made)
        await made.begin(device, _words(payload, "sdp"), _words(payload, "callsid"))

    def _come_back(self, device: Device, payload: Payload) -> None:
        call = self._mine(device, payload)
        if call is None or call.call.record.over or payload.get("reconnect") != call.reconnect:
            gone = {"code": BAD_RECONNECT, "message": "The call is over."}
            device.send("hangup", callsid=_words(payload, "callsid"), error=gone)
            return
        call.found_again(device)

    async def _answer(self, device: Device, payload: Payload) -> None:
        call = self._mine(device, payload)
        if call is None:
            device.send("cancel", callsid=_words(payload, "callsid"))
            return
        await call.accepted(device, _words(payload, "sdp"))

    async def _reject(self, device: Device, payload: Payload) -> None:
        call = self._mine(device, payload)
        if call is not None:
            call.rejected(device)

    async def _hang_up(self, device: Device, payload: Payload) -> None:
        call = self._mine(device, payload)
        if call is not None:
            call.call.hang_up("You hung up.")

    async def _keys(self, device: Device, payload: Payload) -> None:
        call = self._mine(device, payload)
        if call is not None:
            digits = _words(payload, "dtmf")
            call.call.press("".join(key for key in digits if key in "0123456789*#"))

    async def _message(self, device: Device, payload: Payload) -> None:
        """Say that a message arrived; nobody here reads it."""
        event, sid = _words(payload, "voiceeventsid"), _words(payload, "callsid")
        device.send("ack", acktype="message", callsid=sid, voiceeventsid=event)

    # Control

    async def several(self, _request: web.Request) -> web.Response:
        listed = [
            {"identity": identity, "devices": len(softphone.devices)}
            for identity, softphone in self._softphones.items()
        ]
        return web.json_response({"softphones": listed})

    async def cut(self, _request: web.Request) -> web.Response:
        """Close every socket, as a restart of the signalling does; calls and sound go on."""
        sockets = list(self._sockets.values())
        for socket in sockets:
            await socket.close()
        return web.json_response({"cut": len(sockets)})

    async def close(self) -> None:
        for socket in list(self._sockets.values()):
            await socket.close()


async def _beat(device: Device) -> None:
    while True:
        await asyncio.sleep(HEARTBEAT)
        device.beat()
