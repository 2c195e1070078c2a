"""The way to a browser: one WebRTC connection, over this machine's loopback and nothing else."""

import asyncio
from collections.abc import Callable

import aioice.ice
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack

from exchange.audio.lines import Line

LOOPBACK = "127.0.0.1"


def _only_the_loopback(use_ipv4: bool, use_ipv6: bool) -> list[str]:  # noqa: FBT001 - aioice's
    del use_ipv6
    return [LOOPBACK] if use_ipv4 else []


# aioice leaves the loopback out. The exchange wants nothing but the loopback, so that it works
# on a machine without a network and is reached by nobody else.
aioice.ice.get_host_addresses = _only_the_loopback


class SoundRefusedError(ValueError):
    """The browser's description of its sound can't be used."""


class Path:
    """Carries a line to one browser and back. `lost` is called once if the way breaks."""

    def __init__(self, line: Line, lost: Callable[[], None]) -> None:
        self.line, self._lost = line, lost
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peer.on("track", self._on_track)
        self._peer.on("connectionstatechange", self._on_change)
        self._listening: set[asyncio.Task[None]] = set()
        self._closed = False

    def _on_track(self, track: MediaStreamTrack) -> None:
        if track.kind == "audio":
            task = asyncio.ensure_future(self.line.follow(track))
            self._listening.add(task)
            task.add_done_callback(self._listening.discard)

    def _on_change(self) -> None:
        if self._peer.connectionState in {"failed", "closed"} and not self._closed:
            self._closed = True
            self._lost()

    async def offer(self) -> str:
        """Describe our side first."""
        self._peer.addTrack(self.line.outgoing)
        await self._peer.setLocalDescription(await self._peer.createOffer())
        return str(self._peer.localDescription.sdp)

    async def accept(self, sdp: str) -> None:
        """Take the browser's answer to our offer. Raises SoundRefusedError."""
        await self._take(sdp, "answer")

    async def answer(self, sdp: str) -> str:
        """Take the browser's offer and give our answer. Raises SoundRefusedError."""
        await self._take(sdp, "offer")
        try:
            self._peer.addTrack(self.line.outgoing)
            await self._peer.setLocalDescription(await self._peer.createAnswer())
        except ValueError as error:  # an offer without sound
            raise SoundRefusedError("That is no description of sound.") from error
        return str(self._peer.localDescription.sdp)

    async def _take(self, sdp: str, kind: str) -> None:
        lines = [line for line in sdp.splitlines() if not _is_hidden(line)]
        try:
            description = RTCSessionDescription(sdp="\r\n".join([*lines, ""]), type=kind)
            await self._peer.setRemoteDescription(description)
        except Exception as error:  # aiortc raises whatever it trips over
            raise SoundRefusedError("That is no description of sound.") from error

    async def close(self) -> None:
        self._closed = True
        await self._peer.close()
        for task in list(self._listening):
            task.cancel()
        await asyncio.gather(*self._listening, return_exceptions=True)


def _is_hidden(line: str) -> bool:
    """Tell whether this names the browser by an mDNS name, which would need a network to find.

    The browser finds us all the same, and by its first packet we find it.
    """
    return line.startswith("a=candidate:") and ".local " in line
