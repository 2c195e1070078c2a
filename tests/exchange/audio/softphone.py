"""A softphone without a browser: it speaks PStream as the Voice SDK does, and hums one note."""

import asyncio
import json
import time
from fractions import Fraction
from typing import Any

import aiohttp
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame, AudioResampler

RATE, FRAME = 48_000, 960
LOUD_ENOUGH = -45.0
PATIENCE = 10.0


def level(samples: np.ndarray, hertz: float) -> float:
    """Give how loud one note is, in dB; a full sine wave is 0."""
    if not samples.size:
        return -200.0
    window = np.hanning(samples.size)
    wave = np.exp(-2j * np.pi * hertz * np.arange(samples.size) / RATE)
    strength = abs(np.sum(samples / 32768 * window * wave)) * 2 / window.sum()
    return float(20 * np.log10(max(strength, 1e-10)))


class Hum(MediaStreamTrack):
    """A microphone that hears one note, for ever."""

    kind = "audio"

    def __init__(self, hertz: float, volume: float = 0.2) -> None:
        super().__init__()
        self.hertz, self.volume = hertz, volume
        self._at, self._start = 0, 0.0

    async def recv(self) -> AudioFrame:
        self._start = self._start or time.monotonic()
        await asyncio.sleep(max(0.0, self._start + self._at / RATE - time.monotonic()))
        angle = 2 * np.pi * self.hertz * (np.arange(FRAME) + self._at) / RATE
        samples = (np.sin(angle) * self.volume * 32767).astype(np.int16)
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), self._at
        self._at += FRAME
        return frame


class Sound:
    """One WebRTC connection: hums into it and keeps what it hears."""

    def __init__(self, hertz: float) -> None:
        self.hum = Hum(hertz)
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.peer.addTrack(self.hum)
        self.peer.on("track", self._begin)
        self._heard: list[np.ndarray] = []
        self._listening: asyncio.Task | None = None

    def _begin(self, track: MediaStreamTrack) -> None:
        self._listening = asyncio.ensure_future(self._listen(track))

    async def _listen(self, track: MediaStreamTrack) -> None:
        resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        try:
            while True:
                for frame in resampler.resample(await track.recv()):
                    self._heard.append(frame.to_ndarray().reshape(-1))
        except MediaStreamError:
            return

    async def answer(self, sdp: str) -> str:
        await self.peer.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await self.peer.setLocalDescription(await self.peer.createAnswer())
        return self.peer.localDescription.sdp

    async def offer(self) -> str:
        await self.peer.setLocalDescription(await self.peer.createOffer())
        return self.peer.localDescription.sdp

    async def accept(self, sdp: str) -> None:
        await self.peer.setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    async def next_seconds(self, seconds: float) -> np.ndarray:
        """Give the next seconds heard, from now on."""
        self._heard.clear()
        end = time.monotonic() + PATIENCE
        while sum(part.size for part in self._heard) < seconds * RATE:
            assert time.monotonic() < end, "nothing is heard at all"
            await asyncio.sleep(0.02)
        return np.concatenate(self._heard)

    async def levels(self, *notes: float, seconds: float = 0.4) -> dict[float, float]:
        samples = await self.next_seconds(seconds)
        return {note: level(samples, note) for note in notes}

    async def hears(self, expected: set[float], among: set[float]) -> None:
        """Wait until exactly these notes are heard."""
        end = time.monotonic() + PATIENCE
        while True:
            levels = await self.levels(*among)
            if {note for note, loud in levels.items() if loud > LOUD_ENOUGH} == expected:
                return
            assert time.monotonic() < end, f"expected {expected}, heard {levels}"

    async def close(self) -> None:
        await self.peer.close()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)


class Softphone:
    """Registers, rings, answers. `said` is all the exchange told it."""

    def __init__(self, base: str, token: str, hertz: float) -> None:
        self._base, self.token, self.hertz = base, token, hertz
        self.said: list[dict[str, Any]] = []
        self.sound: Sound | None = None
        self.sid = self.reconnect = ""
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reading: asyncio.Task | None = None
        self._news = asyncio.Condition()

    async def connect(self) -> None:
        self._session = self._session or aiohttp.ClientSession()
        self._socket = await self._session.ws_connect(f"{self._base}/signal")
        self._reading = asyncio.ensure_future(self._read(self._socket))
        await self.send("listen", token=self.token, browserinfo={}, reconnectTimeout=0)

    async def register(self) -> None:
        await self.connect()
        await self.send("register", media={"audio": True})
        await self.told("ready")

    async def send(self, kind: str, **payload: Any) -> None:
        assert self._socket is not None
        await self._socket.send_str(json.dumps({"type": kind, "payload": payload}))

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT and message.data.strip():
                async with self._news:
                    self.said.append(json.loads(message.data))
                    self._news.notify_all()

    async def told(self, kind: str) -> dict[str, Any]:
        """Wait for a message of that kind, and take it."""

        def found() -> dict[str, Any] | None:
            return next((one for one in self.said if one["type"] == kind), None)

        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(found)
            message = found()
            self.said.remove(message)
            return message["payload"]

    async def accept(self) -> None:
        """Wait to be rung, and take the call."""
        invite = await self.told("invite")
        self.sid = invite["callsid"]
        self.sound = Sound(self.hertz)
        await self.send("answer", callsid=self.sid, sdp=await self.sound.answer(invite["sdp"]))
        answer = await self.told("answer")
        assert answer["callsid"] == self.sid
        self.reconnect = answer["reconnect"]

    async def call(self, params: str = "") -> None:
        """Call out, and wait for the answer."""
        self.sound = Sound(self.hertz)
        sdp = await self.sound.offer()
        await self.send("invite", callsid="TJS1", sdp=sdp, twilio={"params": params})
        self.sid = (await self.told("ringing"))["callsid"]
        await self.sound.accept((await self.told("answer"))["sdp"])

    async def drop_socket(self) -> None:
        assert self._socket is not None
        await self._socket.close()

    async def close(self) -> None:
        if self.sound is not None:
            await self.sound.close()
        if self._socket is not None:
            await self._socket.close()
        if self._reading is not None:
            self._reading.cancel()
        if self._session is not None:
            await self._session.close()
