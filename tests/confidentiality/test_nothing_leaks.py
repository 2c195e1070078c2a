"""What one party told us never reaches another.

Random names, numbers and places are planted in what a thousand callers wrote, and looked for in
all that reaches anybody else: pages of every role, texts, live notices, logs, a stolen database.
"""

import json
import logging
import random
import re
import uuid
from dataclasses import dataclass

import psycopg
import pytest
import sqlalchemy as sa

from helpline import audit, live
from helpline.accounts.models import Role, StaffMember
from helpline.clock import now
from helpline.contacts import contacts, enquiries, records
from helpline.contacts.enquiries import Asked, AskedBy
from helpline.contacts.models import Contact
from helpline.contacts.records import RecordKind
from helpline.phone_numbers import PhoneNumber
from helpline.sms import inbox
from tests.system import Console, System

PARTIES = 1000
# Contacts of others that each role asks for by their address.
ASKED_FOR = 6
PARTS = ("talk", "about", "actions")
LETTERS = "bcdfghjklmnpqrstvwxz"


@dataclass(frozen=True)
class Party:
    """One caller and what only they and their call-taker may know."""

    number: PhoneNumber
    name: str
    place: str
    contact_id: uuid.UUID
    record_id: uuid.UUID

    @property
    def words(self) -> tuple[str, ...]:
        return (self.name, self.place)

    @property
    def digits(self) -> str:
        """The part of the number that all its spellings share, without spaces."""
        return self.number.e164.removeprefix("+44")


def made_up(dice: random.Random) -> str:
    """Make a word that stands in no template and in no other party's mouth."""
    return "".join(dice.choices(LETTERS, k=14)).capitalize()


def plant(system: System, owner: Console, dice: random.Random, digits: list[int]) -> list[Party]:
    parties = []
    with system.transaction() as session:
        staff = session.get_one(StaffMember, owner.staff_id)
        for last_digits in digits:
            number = PhoneNumber(f"+447700900{last_digits:03d}")
            name, place = made_up(dice), made_up(dice)
            said = f"its {name} here, im near {place}, ring me on {number.e164}"
            incoming = inbox.IncomingText(
                f"SM{uuid.UUID(int=dice.getrandbits(128)).hex}", number, said
            )
            contact = session.get_one(
                Contact, inbox.text_arrived(session, incoming, at=now()).contact_id
            )
            contacts.take(session, contact, staff.id, at=now())
            contacts.write_note(
                session, contact, staff.id, f"{name} is at {place}", uuid.uuid4(), at=now()
            )
            record = records.open_record(
                session,
                contact,
                staff,
                kind=RecordKind.missing_person,
                name=name,
                summary=f"staying in {place}",
                form_key=uuid.uuid4(),
                at=now(),
            )
            asked = Asked(AskedBy.other, name, number, f"{name} from {place}", place, uuid.uuid4())
            enquiries.keep(session, staff.id, asked, at=now())
            session.flush()
            parties.append(Party(number, name, place, contact.id, record.id))
    return parties


def leaks(output: str, parties: list[Party], *, numbers_only: bool = False) -> list[str]:
    """Name what of the parties' secrets stands in an output, numbers in whatever spelling."""
    digits = re.sub(r"[^0-9a-z]", "", output.lower())
    numbers = set(re.findall(r"7700900\d{3}", digits)) & {each.digits for each in parties}
    if numbers_only:
        return sorted(numbers)
    planted = {word.lower() for each in parties for word in each.words}
    return sorted(numbers | (set(re.findall(r"[a-z]{14,}", output.lower())) & planted))


def pages_of(system: System, party: Party | None) -> list[str]:
    """Every page there is: those that need nothing, or those about one party."""
    known = {"contact_id": party.contact_id, "record_id": party.record_id} if party else {}
    routes = system.app.url_map.bind("127.0.0.1")
    return [
        routes.build(rule.endpoint, known | part)
        for rule in system.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.startswith(("/tw/", "/static/"))
        for part in ([{"part": each} for each in PARTS] if "part" in rule.arguments else [{}])
        if rule.arguments - {"part"} <= known.keys() and bool(rule.arguments) is bool(party)
    ]


def everything_shown_to(console: Console, parties: list[Party], dice: random.Random) -> str:
    """Open every page there is, and ask for others' contacts and records by their address."""
    pages = [*pages_of(console.system, None), "/nowhere-at-all"]
    for party in dice.sample(parties, min(ASKED_FOR, len(parties))):
        pages += pages_of(console.system, party)
    shown = [console.get(page).text for page in pages]
    party = dice.choice(parties)
    for path, fields in (
        ("/records", {"asked": "somebody else"}),
        ("/audit/export", {}),
        (f"/console/contacts/{party.contact_id}/reply", {"words": "hello", "last_seen": "99"}),
        (f"/console/contacts/{party.contact_id}/note", {"words": "hello"}),
        (f"/console/contacts/{party.contact_id}/take", {}),
        (f"/console/contacts/{party.contact_id}/end", {}),
        (f"/records/{party.record_id}/link", {"reference": "K7F-2Q3"}),
    ):
        shown.append(console.post(path, form_key=str(uuid.uuid4()), **fields).text)
    return "\n".join(shown)


@pytest.mark.timeout(300)
def test_nothing_of_one_party_reaches_another_in_a_thousand_cases(
    system: System, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    dice = random.Random(116_000)  # noqa: S311 - repeatable on purpose
    owner = system.call_taker("Owner", None)
    staff = {role: system.call_taker(f"S{role.value[:9]}", None, role) for role in Role}
    with psycopg.connect(system.listening_address, autocommit=True) as listener:
        listener.execute(f"LISTEN {live.CHANNEL}")
        parties = plant(system, owner, dice, dice.sample(range(1000), PARTIES))
        shown = {
            role.value: everything_shown_to(console, parties, dice)
            for role, console in staff.items()
        }
        own = everything_shown_to(owner, parties, dice)
        stranger = system.handset("020 7946 0999")
        stranger.text("who else have you heard from today")
        notices = " ".join(notice.payload for notice in listener.notifies(timeout=0.2))
    # Those who may read a conversation read its words, but a number only where it was written.
    readers = {"owner": own, "supervisor": shown.pop(Role.supervisor.value)}
    outputs = {role: leaks(page, parties) for role, page in shown.items()}
    for reader, page in readers.items():
        outputs[reader] = leaks(without_words(page), parties, numbers_only=True)
    outputs["live notices"] = leaks(notices, parties)
    outputs["a stranger's handset"] = leaks(json.dumps(stranger.state), parties)
    outputs["logs"] = leaks(caplog.text, parties)
    outputs["stored in clear"] = leaks(dump(system), parties)
    assert {output: found for output, found in outputs.items() if found} == {}


def without_words(page: str) -> str:
    """Leave out what callers wrote themselves: whoever answers them reads it."""
    return re.sub(r"ring me on \+\d+", "", page)


def dump(system: System) -> str:
    """Every row of every table, as somebody with a copy of the database would read it."""
    with system.transaction() as session:
        names = sa.inspect(session.connection()).get_table_names()
        rows = [
            str(row[0])
            for name in names
            for row in session.execute(sa.text(f"SELECT t::text FROM {name} t"))  # noqa: S608
        ]
    # An instant is no number, though its figures and the next column's may look like one.
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00", "instant", "\n".join(rows))


def test_a_planted_secret_would_be_found(system: System) -> None:
    """The search itself works: the owner's pages hold the words, a number in clear is seen."""
    dice = random.Random(1)  # noqa: S311 - repeatable on purpose
    owner = system.call_taker("Owner", None)
    parties = plant(system, owner, dice, [1, 2, 3, 4])
    assert leaks(everything_shown_to(owner, parties, dice), parties)
    assert leaks("call 07700 900 003 please", parties) == ["7700900003"]


def test_every_look_at_a_contact_is_on_record(system: System) -> None:
    dice = random.Random(2)  # noqa: S311 - repeatable on purpose
    owner = system.call_taker("Owner", None)
    (party,) = plant(system, owner, dice, [7])
    owner.get(f"/console/contacts/{party.contact_id}")
    with system.transaction() as session:
        entry = session.scalars(
            sa.select(audit.AuditEntry).where(
                audit.AuditEntry.act == audit.Act.contact_seen,
                audit.AuditEntry.about == party.contact_id,
            )
        ).first()
    assert entry is not None
    assert entry.who == owner.staff_id
