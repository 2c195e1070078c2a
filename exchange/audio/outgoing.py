"""The track on which somebody hears us."""

import asyncio
from fractions import Fraction

from aiortc.mediastreams import MediaStreamTrack
from av import AudioFrame

from exchange.audio.samples import FRAME, RATE, Samples

MOST_WAITING = 5


class Outgoing(MediaStreamTrack):
    """Frames of 20 ms, sent as they are given; when the browser is slow the oldest are lost."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._frames: asyncio.Queue[Samples] = asyncio.Queue(MOST_WAITING)
        self._position = 0

    def send(self, samples: Samples) -> None:
        if self._frames.full():
            self._frames.get_nowait()
        self._frames.put_nowait(samples)

    async def recv(self) -> AudioFrame:
        samples = await self._frames.get()
        frame = AudioFrame(format="s16", layout="mono", samples=FRAME)
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
        frame.pts, self._position = self._position, self._position + FRAME
        return frame
