"""A line: one person's way of hearing and being heard."""

import time
from collections import deque
from dataclasses import dataclass

import numpy as np
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame, AudioResampler

from exchange.audio.outgoing import Outgoing
from exchange.audio.samples import (
    FRAME,
    RATE,
    Samples,
    for_telephone,
    loudness,
    mixed,
)
from exchange.audio.sources import Sources
from exchange.calls import Call
from exchange.clock import Clock
from exchange.twiml import Verb

# Frames of 20 ms. A browser's come in small bursts, so two are kept before any is passed on;
# more than five would only be delay.
FIRST_FRAMES, MOST_FRAMES = 2, 5
MOST_RECORDED = 600 * 50
QUIET = 0.01


@dataclass(slots=True, eq=False)
class _Prompt:
    """Something played to this person alone, and how far it has got."""

    samples: Samples
    at: int = 0

    def next_frame(self) -> Samples | None:
        """Give the next 20 ms, or None at the end; what is less than a frame is left out."""
        end = self.at + FRAME
        if end > self.samples.size:
            return None
        frame, self.at = self.samples[self.at : end], end
        return frame


class Line:
    """The sound of one telephone. `call` is the call it is in at the moment."""

    def __init__(self, sources: Sources, clock: Clock, call: Call | None = None) -> None:
        self.call = call
        self.outgoing = Outgoing()
        self._sources, self._clock = sources, clock
        self._heard: deque[Samples] = deque()
        self._flowing = False
        self._prompts: list[_Prompt] = []
        self._recording: list[Samples] | None = None
        self._last_voice = time.monotonic()

    async def follow(self, track: MediaStreamTrack) -> None:
        """Take in what the person says until the track ends."""
        resampler = AudioResampler(format="s16", layout="mono", rate=RATE, frame_size=FRAME)
        try:
            while True:
                frame = await track.recv()
                if isinstance(frame, AudioFrame):
                    for ready in resampler.resample(frame):
                        self._keep(ready.to_ndarray().reshape(-1).astype(np.int16, copy=False))
        except MediaStreamError:
            return

    def _keep(self, frame: Samples) -> None:
        self._heard.append(frame)
        while len(self._heard) > MOST_FRAMES:
            self._heard.popleft()

    def take(self) -> Samples | None:
        """Give the next 20 ms the person said, or None while nothing comes from them."""
        if not self._heard:
            self._flowing = False
        if not self._flowing and len(self._heard) < FIRST_FRAMES:
            return None
        self._flowing = True
        frame = self._heard.popleft()
        if self._recording is not None and len(self._recording) < MOST_RECORDED:
            self._recording.append(for_telephone(frame))
            if loudness(frame) > QUIET:
                self._last_voice = time.monotonic()
        return frame

    def give(self, voices: list[Samples]) -> None:
        """Let the person hear these voices, and whatever is played to them, for 20 ms."""
        for prompt in list(self._prompts):
            frame = prompt.next_frame()
            if frame is None:
                self._prompts.remove(prompt)
            else:
                voices.append(frame)
        self.outgoing.send(mixed(voices))

    # Ear: what a call asks of it

    def serve(self, call: Call | None) -> None:
        self.call = call

    async def hear(self, verb: Verb) -> bool:
        """Play one verb to its end on the exchange's clock; cancelled, it stops at once."""
        samples = await self._sources.sound_of(verb)
        if samples is None:
            return False
        prompt = _Prompt(samples)
        self._prompts.append(prompt)
        try:
            await self._clock.sleep(samples.size / RATE)
        finally:
            if prompt in self._prompts:
                self._prompts.remove(prompt)
        return True

    def record(self) -> None:
        self._recording = []
        self._last_voice = time.monotonic()

    def recorded(self) -> bytes:
        parts, self._recording = self._recording or [], None
        return b"".join(part.tobytes() for part in parts)

    def silent_for(self) -> float:
        return time.monotonic() - self._last_voice
