"""How somebody enters a conference, and how they are in it."""

from dataclasses import dataclass

MOST_PEOPLE = 250


class RoomRefusedError(Exception):
    """The call may not enter; `code` is Twilio's (16025 label in use, 16020 full)."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Told:
    """Where a room's events go; the first participant decides for the room."""

    url: str = ""
    method: str = "POST"
    events: tuple[str, ...] = ()


@dataclass(slots=True)
class Entry:
    """How somebody enters, and, as it changes, how they are in the room."""

    label: str = ""
    start: bool = True
    end_on_exit: bool = False
    muted: bool = False
    coach: str = ""
    wait_url: str | None = None
    wait_method: str = "POST"
    most: int = MOST_PEOPLE
    told: Told = Told()
    held: bool = False
    hold_url: str = ""
    hold_method: str = "GET"
