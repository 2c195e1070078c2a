"""Play: sound files fetched from the customer and turned into samples."""

import asyncio
import io
import time
from collections import OrderedDict
from collections.abc import Iterable

import aiohttp
import av
import numpy as np
from av import AudioFrame, AudioResampler

from exchange.audio.samples import RATE, Samples

MOST_BYTES = 20 * 2**20
MOST_SECONDS = 600
KEPT_SECONDS = 600.0
MOST_KEPT = 16
FETCH_SECONDS = 10.0


class SoundError(Exception):
    """A file can't be fetched or is no sound."""


def resampled(frames: Iterable[AudioFrame]) -> Samples:
    """Bring frames of any kind to one channel at our rate, ten minutes at most."""
    resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
    parts: list[Samples] = []
    length = 0
    for frame in (*_bounded(frames), None):
        for made in resampler.resample(frame):
            part = made.to_ndarray().reshape(-1).astype(np.int16)
            parts.append(part)
            length += part.size
    return np.concatenate(parts) if length else np.zeros(0, dtype=np.int16)


def _bounded(frames: Iterable[AudioFrame]) -> Iterable[AudioFrame]:
    seconds = 0.0
    for frame in frames:
        frame.pts = None
        yield frame
        seconds += frame.samples / frame.sample_rate
        if seconds > MOST_SECONDS:
            return


def decoded(content: bytes) -> Samples:
    """Decode a sound file (WAV, MP3 and whatever else PyAV reads). Raises SoundError."""
    try:
        with av.open(io.BytesIO(content), mode="r") as file:
            return resampled(file.decode(audio=0))
    except (av.error.FFmpegError, IndexError, ValueError) as error:
        raise SoundError("That is no sound file.") from error


class SoundFiles:
    """Sound files by their address, kept for some minutes."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._kept: OrderedDict[str, tuple[float, Samples]] = OrderedDict()

    async def get(self, url: str) -> Samples:
        """Fetch and decode a file. Raises SoundError."""
        known = self._kept.get(url)
        if known is None or time.monotonic() - known[0] > KEPT_SECONDS:
            content = await self._fetch(url)
            known = (time.monotonic(), await asyncio.to_thread(decoded, content))
            self._kept[url] = known
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return known[1]

    async def _fetch(self, url: str) -> bytes:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
            self._session = aiohttp.ClientSession(
                timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
            )
        content = b""
        try:
            async with self._session.get(url) as answer:
                if not answer.ok:
                    raise SoundError("The file is not there.")
                async for part in answer.content.iter_chunked(65536):
                    content += part
                    if len(content) > MOST_BYTES:
                        raise SoundError("The file is too big.")
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise SoundError("The file can't be fetched.") from error
        return content

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
