"""Make the sound that waiting callers hear: soft chords that come and go, our own work.

Run it to make `static/sounds/waiting.wav` anew: 8 kHz, as a telephone carries it.
"""

import math
import struct
import wave
from pathlib import Path

RATE = 8000
SECONDS_EACH = 3.0
# A slow, unresolved sequence: nothing that sounds like an alarm or an ending.
CHORDS = (
    (220.0, 277.2, 329.6),
    (196.0, 246.9, 329.6),
    (185.0, 233.1, 277.2),
    (196.0, 246.9, 293.7),
)
LOUDNESS = 0.12
WAITING = Path(__file__).parents[1] / "static" / "sounds" / "waiting.wav"


def samples() -> list[int]:
    """Return the sound as 16-bit numbers."""
    made = []
    for chord in CHORDS:
        count = int(RATE * SECONDS_EACH)
        for index in range(count):
            swell = math.sin(math.pi * index / count) ** 2
            tone = sum(math.sin(2 * math.pi * pitch * index / RATE) for pitch in chord)
            made.append(int(32767 * LOUDNESS * swell * tone / len(chord)))
    return made


def main() -> None:
    """Write the file."""
    made = samples()
    with wave.open(str(WAITING), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(struct.pack(f"<{len(made)}h", *made))


if __name__ == "__main__":
    main()
