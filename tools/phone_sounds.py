"""Make the browser phone's own sounds: a soft double ring and a short blip, our own work.

Run it to make `static/sounds/phone/*.wav` anew: 8 kHz, so that they are small.
"""

import math
import struct
import wave
from pathlib import Path

RATE = 8000
LOUDNESS = 0.25
FOLDER = Path(__file__).parents[1] / "static" / "sounds" / "phone"
# Each part: frequencies in Hz (none is silence) and seconds.
RING = (((523.0, 659.0), 0.4), ((), 0.2), ((523.0, 659.0), 0.4), ((), 1.0))
BLIP = (((880.0,), 0.08),)


def samples(parts: tuple[tuple[tuple[float, ...], float], ...]) -> list[int]:
    """Return the sound as 16-bit numbers."""
    made = []
    for pitches, seconds in parts:
        count = int(RATE * seconds)
        for index in range(count):
            soft = min(1.0, index / 160, (count - index) / 160)
            tone = sum(math.sin(2 * math.pi * pitch * index / RATE) for pitch in pitches)
            made.append(int(32767 * LOUDNESS * soft * tone / max(1, len(pitches))))
    return made


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, parts in (("ring", RING), ("blip", BLIP)):
        made = samples(parts)
        with wave.open(str(FOLDER / f"{name}.wav"), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(RATE)
            sound.writeframes(struct.pack(f"<{len(made)}h", *made))


if __name__ == "__main__":
    main()
