"""Recordings as WAV files, in the exchange's folder or, without one, in memory."""

import io
import wave
from pathlib import Path

RATE = 8000
SILENT_SECONDS = 60


class SoundArchive:
    def __init__(self, folder: Path | None) -> None:
        self._folder = None if folder is None else folder / "recordings"
        self._held: dict[str, bytes] = {}

    def keep(self, sid: str, samples: bytes) -> None:
        """Keep a recording: 16-bit samples of one channel, 8,000 a second."""
        if not samples:
            return
        if self._folder is None:
            self._held[sid] = _wav(samples)
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self._folder / f"{sid}.wav").write_bytes(_wav(samples))

    def get(self, sid: str, seconds: int) -> bytes:
        """Give it as a file; silence of that length, a minute at most, where nobody could speak."""
        if self._folder is not None and (self._folder / f"{sid}.wav").is_file():
            return (self._folder / f"{sid}.wav").read_bytes()
        return self._held.get(sid) or _wav(bytes(2 * RATE * min(seconds, SILENT_SECONDS)))

    def forget(self, sid: str) -> None:
        self._held.pop(sid, None)
        if self._folder is not None:
            (self._folder / f"{sid}.wav").unlink(missing_ok=True)

    def forget_everything(self) -> None:
        self._held.clear()
        if self._folder is not None and self._folder.is_dir():
            for file in self._folder.glob("RE*.wav"):
                file.unlink()


def _wav(samples: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples)
    return file.getvalue()
