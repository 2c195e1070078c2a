"""The mixer: fifty times a second it takes what everybody says and gives each what they hear."""

import asyncio
import time

from exchange.audio.lines import Line
from exchange.audio.samples import FRAME, RATE, Samples
from exchange.audio.sources import Sources
from exchange.calls import Call
from exchange.office import Office

TURN = FRAME / RATE
# A turn missed by more than this is not made up for: nobody wants to hear the past.
MOST_LATE = 0.2


class Studio:
    def __init__(self, office: Office) -> None:
        self._office = office
        self.sources = Sources(office.incidents)
        self._lines: set[Line] = set()
        self._mixing: asyncio.Task[None] | None = None

    def open_line(self, call: Call | None = None) -> Line:
        """Open a line and begin to mix; without lines nothing is mixed and nothing is spent."""
        line = Line(self.sources, self._office.clock, call)
        self._lines.add(line)
        if self._mixing is None or self._mixing.done():
            self._mixing = asyncio.ensure_future(self._mix())
        return line

    def close_line(self, line: Line) -> None:
        self._lines.discard(line)
        if line.call is not None and line.call.ear is line:
            line.call.ear = None
        line.call = None

    async def _mix(self) -> None:
        due = time.monotonic()
        while self._lines:
            self.turn()
            due += TURN
            late = time.monotonic() - due
            if late > MOST_LATE:
                due = time.monotonic()
            await asyncio.sleep(max(0.0, -late))

    def turn(self) -> None:
        """Carry 20 ms of everybody to everybody who hears them."""
        said: dict[int, Samples | None] = {id(line): line.take() for line in self._lines}
        for line in self._lines:
            call = line.call
            if call is None or call.record.over:
                continue
            others = call.company.heard_by(call) if call.company is not None else []
            frames = [said.get(id(other.ear)) for other in others]
            line.give([frame for frame in frames if frame is not None])

    async def close(self) -> None:
        self._lines.clear()
        if self._mixing is not None:
            self._mixing.cancel()
            await asyncio.gather(self._mixing, return_exceptions=True)
        await self.sources.close()
