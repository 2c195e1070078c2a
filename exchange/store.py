"""The exchange's memory: one small SQLite file, or nothing but the process itself."""

import dataclasses
import json
import sqlite3
from pathlib import Path
from typing import TypeVar

from exchange.records import (
    CallRecord,
    ConferenceRecord,
    HandsetRecord,
    MessageRecord,
    OptOutRecord,
    Record,
    RecordingRecord,
)

R = TypeVar("R", bound=Record)
_TABLE = """
CREATE TABLE IF NOT EXISTS records (
    kind TEXT NOT NULL, sid TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, sid)
)
"""


class Store:
    """Everything is held in memory; the file only lets it outlive a restart."""

    def __init__(self, folder: Path | None) -> None:
        self._file = _open(folder)
        self.calls = self._load(CallRecord)
        self.conferences = self._load(ConferenceRecord)
        self.messages = self._load(MessageRecord)
        self.handsets = self._load(HandsetRecord)
        self.recordings = self._load(RecordingRecord)
        self.opt_outs = self._load(OptOutRecord)

    def _load(self, kind: type[R]) -> dict[str, R]:
        rows = self._file.execute(
            "SELECT body FROM records WHERE kind = ? ORDER BY rowid", (kind.__name__,)
        )
        records = [kind(**json.loads(body)) for (body,) in rows]
        return {record.sid: record for record in records}

    def _shelf(self, record: Record) -> dict[str, Record]:
        shelves: dict[type[Record], object] = {
            CallRecord: self.calls,
            ConferenceRecord: self.conferences,
            MessageRecord: self.messages,
            HandsetRecord: self.handsets,
            RecordingRecord: self.recordings,
            OptOutRecord: self.opt_outs,
        }
        return shelves[type(record)]  # type: ignore[return-value]  # each shelf holds one kind

    def save(self, record: Record) -> None:
        self._shelf(record)[record.sid] = record
        self._file.execute(
            "INSERT INTO records VALUES (?, ?, ?)"
            " ON CONFLICT (kind, sid) DO UPDATE SET body = excluded.body",
            (type(record).__name__, record.sid, json.dumps(dataclasses.asdict(record))),
        )
        self._file.commit()

    def forget(self, record: Record) -> None:
        self._shelf(record).pop(record.sid, None)
        self._file.execute(
            "DELETE FROM records WHERE kind = ? AND sid = ?", (type(record).__name__, record.sid)
        )
        self._file.commit()

    def forget_everything(self) -> None:
        for shelf in (self.calls, self.conferences, self.messages, self.handsets):
            shelf.clear()
        self.recordings.clear()
        self.opt_outs.clear()
        self._file.execute("DELETE FROM records")
        self._file.commit()

    def close(self) -> None:
        self._file.close()


def _open(folder: Path | None) -> sqlite3.Connection:
    if folder is None:
        connection = sqlite3.connect(":memory:")
    else:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = sqlite3.connect(folder / "exchange.sqlite3")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(_TABLE)
    connection.commit()
    return connection
