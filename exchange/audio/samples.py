"""Sound as numbers: 48,000 samples a second, one channel, 16 bits, in frames of 20 ms."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

RATE = 48_000
FRAME = RATE // 50
SILENCE = np.zeros(FRAME, dtype=np.int16)
LOUDEST = 32767

Samples = npt.NDArray[np.int16]
_KEYPAD = {
    key: (low, high)
    for low, row in zip((697, 770, 852, 941), ("123A", "456B", "789C", "*0#D"), strict=True)
    for high, key in zip((1209, 1336, 1477, 1633), row, strict=True)
}
_KEY_SECONDS, _GAP_SECONDS = 0.2, 0.1


def mixed(voices: Sequence[Samples]) -> Samples:
    """Add frames up; what would be louder than the loudest is cut off there."""
    if not voices:
        return SILENCE
    if len(voices) == 1:
        return voices[0]
    total = np.sum(np.stack(voices), axis=0, dtype=np.int32)
    cut: Samples = np.clip(total, -LOUDEST - 1, LOUDEST).astype(np.int16)
    return cut


def loudness(samples: Samples) -> float:
    """Give the root mean square, from 0 to 1."""
    if not samples.size:
        return 0.0
    return float(np.sqrt(np.mean(np.square(samples.astype(np.float64))))) / LOUDEST


def tone(hertz: Sequence[float], seconds: float, volume: float = 0.2) -> Samples:
    """Make a tone of several frequencies, with soft ends so that it doesn't click."""
    time = np.arange(int(seconds * RATE)) / RATE
    waves = np.sum([np.sin(2 * np.pi * each * time) for each in hertz], axis=0)
    soft = np.minimum(1.0, np.minimum(time, time[::-1]) / 0.01)
    made: Samples = (waves * soft * volume * LOUDEST / len(hertz)).astype(np.int16)
    return made


def keys(digits: str) -> Samples:
    """Make the sounds of a keypad (ITU-T Q.23); `w` is a pause of half a second."""
    parts = []
    for digit in digits.upper():
        if digit == "W":
            parts.append(np.zeros(RATE // 2, dtype=np.int16))
        elif digit in _KEYPAD:
            parts.append(tone(_KEYPAD[digit], _KEY_SECONDS))
            parts.append(np.zeros(int(_GAP_SECONDS * RATE), dtype=np.int16))
    return np.concatenate(parts) if parts else SILENCE


def music() -> Samples:
    """Make the exchange's own hold music: slow broken chords, very soft."""
    chords = ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))
    notes = [note for chord in chords for note in (*chord, chord[1])]
    return np.concatenate([tone((note, 2 * note), 0.6, 0.08) for note in notes])


def for_telephone(samples: Samples) -> Samples:
    """Bring samples down to the 8,000 a second of a recording."""
    whole = samples[: samples.size - samples.size % 6]
    narrow: Samples = whole.reshape(-1, 6).mean(axis=1).astype(np.int16)
    return narrow
