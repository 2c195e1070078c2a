"""What the exchange remembers: plain rows, times in seconds since 1970."""

from dataclasses import dataclass, field

FINAL_CALL_STATES = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


@dataclass(slots=True)
class CallRecord:
    sid: str
    direction: str
    from_: str
    to: str
    created: float
    status: str = "queued"
    updated: float = 0.0
    started: float | None = None
    answered: float | None = None
    ended: float | None = None
    parent: str | None = None
    status_url: str = ""
    status_method: str = "POST"
    status_events: list[str] = field(default_factory=list)
    sequence: int = 0
    handset: str = ""
    because: str = ""

    @property
    def over(self) -> bool:
        return self.status in FINAL_CALL_STATES


@dataclass(slots=True)
class ConferenceRecord:
    sid: str
    name: str
    created: float
    status: str = "in-progress"
    updated: float = 0.0
    reason: str | None = None
    ended_by: str | None = None
    status_url: str = ""
    status_method: str = "POST"
    status_events: list[str] = field(default_factory=list)
    sequence: int = 0


@dataclass(slots=True)
class MessageRecord:
    """A text. Redacted or deleted, the customer's copy is gone; a handset keeps its own."""

    sid: str
    direction: str
    from_: str
    to: str
    body: str
    status: str
    created: float
    segments: int = 1
    updated: float = 0.0
    sent: float | None = None
    service: str | None = None
    error: int | None = None
    status_url: str = ""
    send_at: float | None = None
    validity: int = 36000
    redacted: bool = False
    deleted: bool = False


@dataclass(slots=True)
class HandsetRecord:
    sid: str
    number: str
    created: float
    name: str = ""
    reachable: bool = True


@dataclass(slots=True)
class RecordingRecord:
    sid: str
    call: str
    created: float
    duration: int
    status: str = "completed"


@dataclass(slots=True)
class OptOutRecord:
    """A number that said STOP to one of ours (`sid` is the pair)."""

    sid: str
    created: float


Record = (
    CallRecord | ConferenceRecord | MessageRecord | HandsetRecord | RecordingRecord | OptOutRecord
)
