"""Softphones: browsers that registered by a token and are rung by their identity."""

import asyncio
import json
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from exchange.audio.paths import Path, SoundRefusedError
from exchange.audio.studio import Studio
from exchange.calls import Call
from exchange.office import Office

if TYPE_CHECKING:
    from exchange.tokens import Token

# How long a call goes on when the signalling of its browser is lost; Twilio allows 30 s.
RETURN_SECONDS = 30.0
NOT_UNDERSTOOD = {"code": 53402, "message": "The description of the sound is not understood."}


class Socket(Protocol):
    async def send_str(self, data: str) -> None: ...


class Device:
    """One open socket of one browser. What is sent leaves in order."""

    def __init__(self) -> None:
        self.token: Token | None = None
        self.registered = False
        self._waiting: asyncio.Queue[str] = asyncio.Queue()

    @property
    def identity(self) -> str:
        return self.token.identity if self.token is not None else ""

    def send(self, kind: str, **payload: object) -> None:
        message = {"type": kind, "payload": payload, "version": "1.6"}
        self._waiting.put_nowait(json.dumps(message))

    def beat(self) -> None:
        self._waiting.put_nowait("\n")

    async def carry(self, socket: Socket) -> None:
        """Send what waits, until cancelled or the socket breaks."""
        while True:
            try:
                await socket.send_str(await self._waiting.get())
            except ConnectionError:
                return


class DeviceCall:
    """A call on softphones: ringing on several of one identity, then held by one of them."""

    def __init__(self, office: Office, studio: Studio, call: Call, identity: str) -> None:
        self._office, self._studio, self.call, self.identity = office, studio, call, identity
        self.reconnect = secrets.token_urlsafe(24)
        self.device: Device | None = None
        self._ringing: dict[Device, Path] = {}
        self._path: Path | None = None
        self._answer_sdp = ""
        self._left: asyncio.Task[None] | None = None
        self._over = False
        call.phone = self

    @property
    def sid(self) -> str:
        return self.call.record.sid

    # Phone: what the switchboard asks of it

    def is_busy(self) -> bool:
        return False

    def is_reachable(self) -> bool:
        return True

    def lose(self) -> None:
        """Do nothing: the leg ends, and the browser finds the network again by itself."""

    def ring(self, call: Call) -> None:
        """Do nothing: the softphone it belongs to made it ring."""

    def changed(self) -> None:
        record = self.call.record
        if record.over or self.call.ending:
            self._end()
        elif self._answer_sdp and self.device is not None and record.answered is not None:
            sdp, self._answer_sdp = self._answer_sdp, ""
            self.device.send("answer", callsid=self.sid, sdp=sdp, reconnect=self.reconnect)

    # A call to softphones

    async def invite(self, device: Device) -> None:
        """Let it ring on one device."""
        path = Path(self._studio.open_line(), self._lost)
        self._ringing[device] = path
        sdp = await path.offer()
        record = self.call.record
        if self.device is not None or record.over or self.call.ending:
            await self._drop(device)
            return
        parameters = {
            "CallSid": self.sid,
            "AccountSid": self._office.settings.account_sid,
            "ApiVersion": "2010-04-01",
            "From": record.from_,
            "To": record.to,
        }
        device.send(
            "invite", callsid=self.sid, sdp=sdp, parameters=parameters, reconnect=self.reconnect
        )

    async def accepted(self, device: Device, sdp: str) -> None:
        """Let the first device that accepts have the call; the others stop ringing."""
        path = self._ringing.get(device)
        if path is None or self.device is not None or self.call.decision.done():
            device.send("cancel", callsid=self.sid)
            return
        self.device = device
        del self._ringing[device]
        self._cancel_others()
        self._take(path)
        try:
            await path.accept(sdp)
        except SoundRefusedError:
            self._refuse(device, self.sid)
            return
        device.send("answer", callsid=self.sid, reconnect=self.reconnect)
        self.call.decide("answered")

    def rejected(self, device: Device) -> None:
        """Take one device out; when none is left the call was declined."""
        self._office.spawn(self._drop(device))
        if not [one for one in self._ringing if one is not device] and self.device is None:
            self.call.decide("declined")

    # A call from a softphone

    async def begin(self, device: Device, sdp: str, known_as: str) -> None:
        """Prepare the sound of an outgoing call; it is answered when its instructions say so.

        `known_as` is the name the device gave the call before it has a sid.
        """
        self.device = device
        path = Path(self._studio.open_line(), self._lost)
        self._take(path)
        try:
            self._answer_sdp = await path.answer(sdp)
        except SoundRefusedError:
            self._refuse(device, known_as)
            return
        device.send("ringing", callsid=self.sid, reconnect=self.reconnect)
        self.changed()

    def _refuse(self, device: Device, known_as: str) -> None:
        device.send("hangup", callsid=known_as, error=NOT_UNDERSTOOD)
        self.call.hang_up("The line went dead.")

    # Signalling lost and found

    def signalling_lost(self, device: Device) -> None:
        """Go on without the socket for a while: the sound needs none."""
        if device in self._ringing:
            self._office.spawn(self._drop(device))
        elif device is self.device:
            self.device = None
            self._left = self._office.spawn(self._give_up())

    async def _give_up(self) -> None:
        await self._office.clock.sleep(RETURN_SECONDS)
        self.call.hang_up("The line went dead.")

    def found_again(self, device: Device) -> None:
        if self._left is not None:
            self._left.cancel()
        self.device = device
        device.send("answer", callsid=self.sid, reconnect=self.reconnect)

    # Its end

    def _take(self, path: Path) -> None:
        self._path = path
        path.line.serve(self.call)
        self.call.ear = path.line

    def _lost(self) -> None:
        """Notice that the sound of this call broke off; a phone that only rings is let be."""
        if self.device is not None or self._left is not None:
            self.call.hang_up("The line went dead.")

    def _cancel_others(self) -> None:
        for device in list(self._ringing):
            device.send("cancel", callsid=self.sid)
            self._office.spawn(self._drop(device))

    async def _drop(self, device: Device) -> None:
        path = self._ringing.pop(device, None)
        if path is not None:
            self._studio.close_line(path.line)
            await path.close()

    def _end(self) -> None:
        if self._over:
            return
        self._over = True
        self._cancel_others()
        if self._left is not None:
            self._left.cancel()
        if self.device is not None:
            self.device.send("hangup", callsid=self.sid)
        if self._path is not None:
            self._studio.close_line(self._path.line)
            self._office.spawn(self._path.close())


class Softphone:
    """All devices registered as one identity: they ring together."""

    def __init__(
        self, office: Office, studio: Studio, identity: str, keep: Callable[[DeviceCall], None]
    ) -> None:
        self._office, self._studio, self._identity = office, studio, identity
        self._keep = keep
        self.devices: list[Device] = []

    def is_busy(self) -> bool:
        """Say no: a device decides by itself whether it rings while it is in a call."""
        return False

    def is_reachable(self) -> bool:
        return bool(self.devices)

    def lose(self) -> None:
        """Do nothing: each call is lost by itself."""

    def changed(self) -> None:
        """Do nothing: each call tells its own devices."""

    def ring(self, call: Call) -> None:
        ringing = DeviceCall(self._office, self._studio, call, self._identity)
        self._keep(ringing)
        for device in self.devices:
            self._office.spawn(ringing.invite(device))
