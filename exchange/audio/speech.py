"""Say: words turned into sound by espeak-ng, which comes as a Python package with its voices."""

import asyncio
import ctypes
from collections import OrderedDict
from functools import cache
from threading import Lock

import espeakng_loader  # type: ignore[import-untyped]
import numpy as np
from av import AudioFrame

from exchange.audio.decoding import resampled
from exchange.audio.samples import Samples

SYNCHRONOUS, UTF8, BY_CHARACTER, SPEED = 2, 1, 1, 1
WORDS_A_MINUTE = 160
MOST_KEPT = 64
VOICES = {"cy": b"cy", "en-us": b"en-us", "en": b"en-gb"}
_Heard = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class SpeechError(Exception):
    """The speech engine can't be used here."""


def voice_for(language: str) -> bytes:
    """Choose a voice for a language such as cy-GB; British English when it is not known."""
    wanted = language.lower()
    return VOICES.get(wanted) or VOICES.get(wanted.partition("-")[0]) or VOICES["en"]


class _Engine:
    """The library itself. It has one state for the whole process, so there is one of these."""

    def __init__(self) -> None:
        library = ctypes.CDLL(espeakng_loader.get_library_path())
        folder = espeakng_loader.get_data_path().encode()
        self.rate = int(library.espeak_Initialize(SYNCHRONOUS, 0, folder, 0))
        if self.rate <= 0:
            raise SpeechError("The speech engine did not start.")
        library.espeak_SetParameter(SPEED, WORDS_A_MINUTE, 0)
        self._library, self._lock = library, Lock()
        self._parts: list[bytes] = []
        self._heard = _Heard(self._take)  # kept: the library calls it from C
        library.espeak_SetSynthCallback(self._heard)

    def _take(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: int) -> int:
        if samples and count > 0:
            self._parts.append(ctypes.string_at(samples, 2 * count))
        return 0

    def say(self, words: str, voice: bytes) -> Samples:
        text = words.encode() + b"\0"
        with self._lock:
            self._parts.clear()
            self._library.espeak_SetVoiceByName(voice)
            self._library.espeak_Synth(text, len(text), 0, BY_CHARACTER, 0, UTF8, None, None)
            return np.frombuffer(b"".join(self._parts), dtype=np.int16)


@cache
def _engine() -> _Engine:
    """Load the library when somebody first speaks. Raises SpeechError."""
    try:
        return _Engine()
    except (OSError, RuntimeError) as error:
        raise SpeechError("The speech engine can't be loaded.") from error


def _said(words: str, voice: bytes) -> Samples:
    engine = _engine()
    spoken = engine.say(words, voice)
    frame = AudioFrame.from_ndarray(spoken.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = engine.rate
    return resampled([frame])


class Speaker:
    """Says words, and remembers how the last ones sounded."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, bytes], Samples] = OrderedDict()

    async def say(self, words: str, language: str) -> Samples:
        """Give the sound of words. Raises SpeechError."""
        key = (words, voice_for(language))
        if key not in self._kept:
            self._kept[key] = await asyncio.to_thread(_said, *key)
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]
