"""What somebody on the telephone hears next, as plain data. `twiml.py` writes it for the carrier.

Paths are relative to the public address of this system.
"""

import uuid
from dataclasses import dataclass

from helpline.carrier import TRY_AGAIN
from helpline.contacts.models import Contact, Language
from helpline.voice.models import Leg

# How long each keypad question waits before it is asked again.
ANSWER_SECONDS = 8


@dataclass(frozen=True)
class Say:
    """Words spoken by the carrier; `wording` names a file in templates/wording/spoken."""

    wording: str
    language: Language = Language.en
    values: tuple[tuple[str, str], ...] = ()
    """What stands in the places of the words, such as `{when}`."""


@dataclass(frozen=True)
class Play:
    sound: str


@dataclass(frozen=True)
class Pause:
    seconds: int


@dataclass(frozen=True)
class Ask:
    """A question answered with one key. Silence goes on to the next step of the plan."""

    wording: str
    answer_path: str
    seconds: int
    language: Language = Language.en
    before: tuple[Say, ...] = ()
    """Said before the question. A key that is pressed meanwhile counts already."""


@dataclass(frozen=True)
class Record:
    """Keep what somebody says after a tone: their voicemail, and never a conversation.

    Where nothing is said the carrier goes on with the next step of the plan.
    """

    done_path: str
    told_path: str
    """Where the carrier tells that the sound can be fetched."""
    longest_seconds: int
    silence_seconds: int


@dataclass(frozen=True)
class Join:
    """Enter the contact's own conference."""

    conference_name: str
    label: str
    starts_it: bool
    wait_path: str
    events_path: str
    afterwards_path: str
    is_muted: bool = False
    """Hears everybody and isn't heard."""
    coaches: str = ""
    """The call whose person alone hears them (whisper); empty: everybody does."""


@dataclass(frozen=True)
class GoTo:
    path: str


@dataclass(frozen=True)
class HangUp:
    pass


Step = Say | Play | Pause | Ask | Record | Join | GoTo | HangUp
Plan = tuple[Step, ...]

COMFORT = ("comfort_1", "comfort_2", "comfort_3")


def caller_joins(contact: Contact) -> Join:
    """Put the caller into the contact's conference, where they wait in company."""
    return Join(
        conference_name=str(contact.conference_name),
        label="caller",
        starts_it=False,
        wait_path=_wait_path(contact.id, 0, contact.language),
        events_path=f"/tw/voice/conf/{contact.id}{TRY_AGAIN}",
        afterwards_path=f"/tw/voice/caller-done/{contact.id}",
    )


def waiting(
    contact_id: uuid.UUID, turn: int, *, anybody_on_shift: bool, language: Language = Language.en
) -> Plan:
    """Keep a waiting caller company: a sound, words, and round again.

    The carrier plays it once, so it ends by asking for the next turn (twilio.md 2.4, W3).
    """
    words = COMFORT[turn % len(COMFORT)] if anybody_on_shift else "nobody_here"
    return (
        Play("/static/sounds/waiting.wav"),
        Say(words, language),
        GoTo(_wait_path(contact_id, turn + 1, language)),
    )


def choice(contact: Contact) -> Plan:
    """Ask a caller whom nobody has answered how they want to go on; silence waits on."""
    chosen = f"/tw/voice/menu/{contact.id}/chosen"
    question = Ask("choice", chosen, ANSWER_SECONDS, contact.language)
    return (question, question, GoTo(chosen))


def other_ways(contact: Contact) -> Plan:
    """Say where else help is, then let the caller wait on."""
    return (Say("other_ways", contact.language), caller_joins(contact))


def waits_on(contact: Contact) -> Plan:
    """Take the caller back to the waiting room."""
    return (Say("wait_on", contact.language), caller_joins(contact))


def on_hold() -> Plan:
    """Keep a held caller company until somebody is back."""
    return (
        Say("on_hold"),
        Play("/static/sounds/waiting.wav"),
        GoTo("/tw/voice/hold"),
    )


def screening(leg: Leg, words: str = "press_1") -> Plan:
    """Ask for a key, so that a voicemail box never takes a caller's call."""
    question = Ask(words, f"/tw/voice/leg/{leg.id}/accept", ANSWER_SECONDS)
    return (question, question, Say("not_taken"), HangUp())


def call_taker_joins(contact: Contact, leg: Leg) -> Plan:
    """Bring the call-taker to the caller."""
    return (
        Join(
            conference_name=str(contact.conference_name),
            label=f"taker-{leg.id.hex}",
            starts_it=True,
            wait_path=_wait_path(contact.id, 0, contact.language),
            events_path=f"/tw/voice/conf/{contact.id}{TRY_AGAIN}",
            afterwards_path=f"/tw/voice/leg/{leg.id}/done",
        ),
    )


def party_joins(
    contact: Contact,
    leg: Leg,
    *,
    is_muted: bool = False,
    coaches: str = "",
    starts_it: bool = False,
) -> Plan:
    """Bring somebody else to the caller and the call-taker; it never begins without those two.

    Unless they start it: a switchboard talks with the caller alone.
    """
    return (
        Join(
            conference_name=str(contact.conference_name),
            label=f"party-{leg.id.hex}",
            starts_it=starts_it,
            wait_path="/tw/voice/hold",
            events_path=f"/tw/voice/conf/{contact.id}{TRY_AGAIN}",
            afterwards_path=f"/tw/voice/leg/{leg.id}/done",
            is_muted=is_muted,
            coaches=coaches,
        ),
    )


def too_late() -> Plan:
    """Tell a call-taker that there is nobody to take any more."""
    return (Say("too_late"), HangUp())


def goodbye() -> Plan:
    return (HangUp(),)


def sorry() -> Plan:
    """Answer when our own system fails: words that need no database."""
    return (Say("sorry"), HangUp())


def _wait_path(contact_id: uuid.UUID, turn: int, language: Language) -> str:
    # The language rides along: what a waiting caller hears must not wait for the database.
    spoken = "" if language is Language.en else f"&in={language}"
    return f"/tw/voice/wait/{contact_id}?turn={turn}{spoken}"
