"""What we hold about somebody, put together for that person: a pack that contains nobody else.

Staff stand in it as roles, other callers not at all. What staff wrote in their own words may speak
of others, which no program can tell: it goes into a part of its own that a person reads first.
"""

import io
import json
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit
from helpline.clock import in_london
from helpline.confidentiality import consent, safe_contact, vault
from helpline.contacts.models import (
    Caller,
    Channel,
    Contact,
    Ending,
    Happening,
    Note,
    TimelineEntry,
    WrapUp,
)
from helpline.contacts.records import PersonRecord, RecordOfContact
from helpline.contacts.wrap_up import taxonomy
from helpline.messages import wording
from helpline.messages.models import Message, Party, Thread
from helpline.retention import traces
from helpline.sms.models import Direction, Text

Plain = dict[str, Any]

_TEMPLATES = Path(__file__).parents[2] / "templates"
_STAFF, _YOU = "a member of staff", "you"
_CODINGS = ("contact_type", "age_band", "situation", "tonight", "risk", "outcome")

CHANNELS = {Channel.voice: "call", Channel.sms: "conversation by text"}
ENDINGS = {
    Ending.wrapped_up: "ended and noted",
    Ending.left_in_greeting: "you hung up during the greeting",
    Ending.left_while_waiting: "you hung up while waiting",
    Ending.asked_to_stop: "you asked us not to write first any more",
    Ending.not_reached: "we rang you, as you wished, and did not reach you",
    Ending.left_voicemail: "you left a voicemail",
    Ending.barred: "we did not take calls from this telephone at that time",
    Ending.put_through: "you were put through to another switchboard",
}
_YOUR_DOING = frozenset({Happening.call_arrived, Happening.text_arrived, Happening.caller_left})


@dataclass(frozen=True)
class Pack:
    """What is handed over, and what somebody reads before that."""

    to_hand_over: Plain
    to_review: Plain

    def as_zip(self) -> bytes:
        """Write both parts as pages to read and as data, in folders that say which is which."""
        stored = io.BytesIO()
        with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as pack:
            for folder, part, page in (
                ("to-hand-over", self.to_hand_over, "what_we_hold"),
                ("READ-FIRST-by-a-person", self.to_review, "to_review"),
            ):
                pack.writestr(f"{folder}/{page}.html", _page(page, part))
                pack.writestr(
                    f"{folder}/{page}.json", json.dumps(part, indent=2, ensure_ascii=False)
                )
        return stored.getvalue()


def pack(session: Session, caller: Caller, *, by: uuid.UUID, at: datetime) -> Pack:
    """Put together what we hold about a caller; that it was done is recorded."""
    person = traces.find(session, caller, at=at, with_events=False)
    found = session.scalars(
        sa.select(Contact).where(Contact.id.in_(person.contact_ids)).order_by(Contact.opened_at)
    ).all()
    audit.note(session, audit.Act.pack_made, at=at, who=by, about=caller.id)
    return Pack(
        {
            "reference": caller.reference,
            "made": _when(at),
            "first_in_touch": _when(caller.first_seen_at),
            "number": _number(session, caller),
            "contacts": [_contact(session, each) for each in found],
            "agreements": [_agreement(each) for each in consent.ledger(session, caller.id)],
            "how_to_reach_you": [
                _wishes(each) for each in safe_contact.versions(session, caller.id)
            ],
            "messages_home": _messages(session, caller),
            "rows_by_kind": traces.count(session, person),
        },
        {
            "reference": caller.reference,
            "made": _when(at),
            "notes": _notes(session, person.contact_ids),
            "records": _records(session, person.contact_ids),
        },
    )


def _contact(session: Session, contact: Contact) -> Plain:
    texts = session.scalars(
        sa.select(Text).where(Text.contact_id == contact.id).order_by(Text.number)
    ).all()
    lines = session.scalars(
        sa.select(TimelineEntry)
        .where(TimelineEntry.contact_id == contact.id)
        .order_by(TimelineEntry.id)
    ).all()
    codings = session.scalars(
        sa.select(WrapUp).where(WrapUp.contact_id == contact.id).order_by(WrapUp.at)
    ).all()
    return {
        "kind": CHANNELS[contact.channel],
        "began": _when(contact.opened_at),
        "ended": _when(contact.closed_at) if contact.closed_at else "not yet",
        "how_it_ended": ENDINGS[contact.ending] if contact.ending else "",
        "texts": [_text(each) for each in texts],
        "what_happened": [_line(each) for each in lines],
        "how_we_noted_it": [_coding(each) for each in codings],
    }


def _text(text: Text) -> Plain:
    is_theirs = text.direction is Direction.inbound
    return {"at": _when(text.at), "from": _YOU if is_theirs else _STAFF, "words": text.words}


def _line(line: TimelineEntry) -> Plain:
    who = _YOU if line.what in _YOUR_DOING else (_STAFF if line.staff_id else "the system")
    return {"at": _when(line.at), "by": who, "what": line.what.value.replace("_", " ")}


def _coding(done: WrapUp) -> Plain:
    lists = {name: dict(rows) for name, rows in taxonomy().lists.items()}
    coded = {
        name.replace("_", " "): lists[name].get(getattr(done, name), getattr(done, name))
        for name in _CODINGS
    }
    coded["reasons"] = ", ".join(lists["reason"].get(code, code) for code in done.reasons)
    return {"at": _when(done.at), "by": _STAFF, **coded}


def _agreement(entry: consent.ConsentEntry) -> Plain:
    """Say what they agreed to or took back; a named other person is left out."""
    return {
        "at": _when(entry.at),
        "what": "taken back" if entry.withdraws else "agreed",
        "to": [scope.replace("_", " ") for scope in entry.scopes],
        "towards": entry.towards.value.replace("_", " "),
        "your_words": entry.words,
    }


def _wishes(plan: safe_contact.SafeContactPlan) -> Plain:
    return {
        "from": _when(plan.made_at),
        "texts": "yes" if plan.may_text else "no",
        "calls": "yes" if plan.may_call else "no",
        "voicemail": "yes" if plan.may_leave_voicemail else "no",
    }


def _messages(session: Session, caller: Caller) -> list[Plain]:
    """Give the messages they sent home, without whom they were for or what was answered."""
    found = session.scalars(
        sa.select(Message)
        .join(Party, Party.id == Message.party_id)
        .join(Thread, Thread.id == Party.thread_id)
        .where(Thread.caller_id == caller.id)
        .order_by(Message.number)
    )
    return [
        {
            "at": _when(each.written_at),
            "words": each.words or "The words are gone.",
            "how_it_stands": wording.STATES_FOR_AUTHOR[each.state].lower(),
        }
        for each in found
    ]


def _notes(session: Session, contact_ids: Sequence[uuid.UUID]) -> list[Plain]:
    notes = session.scalars(
        sa.select(Note).where(Note.contact_id.in_(contact_ids)).order_by(Note.at)
    ).all()
    coded = session.scalars(
        sa.select(WrapUp).where(WrapUp.contact_id.in_(contact_ids)).order_by(WrapUp.at)
    ).all()
    written = [{"at": _when(each.at), "by": _STAFF, "words": each.words} for each in notes]
    written += [
        {"at": _when(each.at), "by": _STAFF, "words": each.other_words}
        for each in coded
        if each.other_words
    ]
    return written


def _records(session: Session, contact_ids: Sequence[uuid.UUID]) -> list[Plain]:
    """Give the records they were put onto: of themselves perhaps, or of whom they look for."""
    found = session.scalars(
        sa.select(PersonRecord)
        .join(RecordOfContact, RecordOfContact.record_id == PersonRecord.id)
        .where(RecordOfContact.contact_id.in_(contact_ids))
        .distinct()
    )
    return [{"name": each.name, "words": each.summary} for each in found]


def _number(session: Session, caller: Caller) -> str:
    if caller.number_token is None:
        return "We hold no number of yours: it was withheld, or is gone."
    entry = session.get(vault.VaultEntry, caller.number_token, populate_existing=True)
    if entry is None or entry.locked_number is None:
        return "Your number is gone. A fingerprint that only recognises it is kept."
    return "We hold the number from which you contacted us, locked. It is not printed here."


def _when(at: datetime) -> str:
    return in_london(at).strftime("%d %B %Y, %H:%M").lstrip("0")


def _page(name: str, part: Mapping[str, Any]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES / "record"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template(f"pack_{name}.html").render(part)
