"""What the release check finds, and what it is told about the message beforehand."""

from dataclasses import dataclass, field
from enum import StrEnum

from helpline.confidentiality.consent import Scope


class Kind(StrEnum):
    """What the marked words would give away. Source: domain.md 3.2, "Consent and content" 5."""

    vault = "vault"
    number = "number"
    e_mail = "e_mail"
    web_address = "web_address"
    account = "account"
    map_reference = "map_reference"
    what3words = "what3words"
    postcode = "postcode"
    street = "street"
    station = "station"
    transport = "transport"
    shelter = "shelter"
    hospital = "hospital"
    employer = "employer"
    vehicle = "vehicle"
    nearness = "nearness"
    time = "time"
    place = "place"
    name_not_agreed = "name_not_agreed"
    quoted_text = "quoted_text"
    disguised = "disguised"
    # In a reply only.
    threat = "threat"
    tracing = "tracing"
    pressure = "pressure"


REASONS: dict[Kind, str] = {
    Kind.vault: "This is kept locked for the person who wrote",
    Kind.number: "A number, or part of one",
    Kind.e_mail: "An e-mail address",
    Kind.web_address: "A web address",
    Kind.account: "A name on a social network or game",
    Kind.map_reference: "A point on a map",
    Kind.what3words: "Three words that can be a point on a map",
    Kind.postcode: "A postcode, or part of one",
    Kind.street: "A street, a building or a door",
    Kind.station: "A station, port or airport",
    Kind.transport: "How somebody travels",
    Kind.shelter: "A place to stay, such as a hostel or refuge",
    Kind.hospital: "A hospital, clinic or doctor",
    Kind.employer: "Where somebody works",
    Kind.vehicle: "A vehicle that can be recognised",
    Kind.nearness: "What is nearby, or how far away it is",
    Kind.time: "A time or a date",
    Kind.place: "A place",
    Kind.name_not_agreed: "A name that was not agreed. It may also be a place",
    Kind.quoted_text: "Words of somebody else, quoted or forwarded",
    Kind.disguised: "A word written so that a search may miss it",
    Kind.threat: "This may be a threat",
    Kind.tracing: "This asks where the person is or how to find them",
    Kind.pressure: "This puts pressure on the person",
}
"""Why staff are shown the words, in plain English."""


@dataclass(frozen=True)
class Flag:
    """Part of a message that would disclose: `words[start:end]` of the words as they were given."""

    start: int
    end: int
    kind: Kind
    reason: str

    @classmethod
    def of(cls, start: int, end: int, kind: Kind) -> "Flag":
        return cls(start, end, kind, REASONS[kind])


@dataclass(frozen=True)
class Known:
    """What was agreed about the message and its author. English and Welsh are always searched.

    `names_agreed`: names that may be said, as written ("Karen"). `vault`: everything locked for the
    author (numbers, addresses, names, the secret word), decrypted by whoever asks, never logged.
    `scope`: what may be disclosed. With `Scope.area`, places named in `area` may pass; with
    `Scope.reply_address`, the number or address in `reply_to` may. Nothing else changes what is
    flagged.
    """

    names_agreed: frozenset[str] = frozenset()
    vault: frozenset[str] = field(default=frozenset(), repr=False)
    scope: frozenset[Scope] = frozenset()
    area: frozenset[str] = frozenset()
    reply_to: frozenset[str] = field(default=frozenset(), repr=False)
