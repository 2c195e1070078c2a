"""How cost grows with history: 10,000, 100,000 and 1,000,000 contacts, and bytes for each.

BENCH_CONTACTS=100000 stops there, where a million takes too long. One size alone says nothing of
growth, so none is given for it.
"""

import os
import statistics
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress

import psycopg
import sqlalchemy as sa

from bench import carrier_news, cpu, history
from bench.registry import Figure
from bench.workplace import Workplace, workplace
from helpline import outbox
from helpline.accounts import sign_in, staff
from helpline.accounts.models import Role, StaffMember
from helpline.clock import now
from helpline.console import overview
from helpline.contacts import finding
from helpline.contacts.models import Contact, ContactState
from helpline.database import transaction
from helpline.outbox import Kind
from helpline.phone_numbers import PhoneNumber
from helpline.sms import conversations, inbox
from helpline.voice import overflow, routing

TITLE = "how cost grows with history, and bytes for each contact"
SIZES = (10_000, 100_000, 1_000_000)
TIMES, ROUNDS, SAMPLE = 10, 5, 1000
BARE = ("floor_contact", "floor_message")
OURS = (
    "vault_entry",
    "caller",
    "contact",
    "text",
    "timeline_entry",
    "audit_entry",
    "carrier_event",
)
_FLOOR = (
    "CREATE TABLE floor_contact (id uuid PRIMARY KEY, caller bytea, state text, at timestamptz)",
    "CREATE INDEX ON floor_contact (caller)",
    (
        "CREATE TABLE floor_message (sid text PRIMARY KEY, contact_id uuid, words text, "
        "at timestamptz)"
    ),
    "CREATE INDEX ON floor_message (contact_id, at)",
)
Work = Callable[[], object]


class _UndoneError(Exception):
    """Ends a unit of work without a trace."""


def measure(place: Workplace) -> Sequence[Figure]:
    """Give the worst growth of any main query or page, and the bytes against a bare table."""
    with workplace() as empty:
        size = _bytes(empty)
    most = int(os.environ.get("BENCH_CONTACTS", SIZES[-1]))
    with place.app.app_context(), transaction() as session:
        email = f"{uuid.uuid4().int}@example.org"
        word = uuid.uuid4().hex
        person = staff.add(session, email, "Bench", Role.call_taker, word, None, at=now())
        signed_in = str(sign_in.begin(session, person, at=now()).id)
        owner = person.id
    costs: dict[str, list[float]] = {}
    laid = 0
    for number in (each for each in SIZES if each <= most):
        history.lay_down(place, laid + 1, number, owner)
        laid = number
        for name, cost in _costs(place, owner, signed_in).items():
            costs.setdefault(name, []).append(cost)
        print(f"      {number:,} contacts", flush=True)
    if laid <= SIZES[0]:
        return [Figure("history_contacts", laid), size]
    growths = {name: each[-1] / each[0] for name, each in costs.items()}
    worst = max(growths, key=lambda name: growths[name])
    return [
        Figure("history_growth", growths[worst], spread=worst, goal="<= 1.5"),
        Figure("history_contacts", laid),
        *(
            Figure(
                f"history_growth_{name}", growths[name], f"{each[-1]:.2f} ms", f"{each[0]:.2f} ms"
            )
            for name, each in costs.items()
        ),
        size,
    ]


def _costs(place: Workplace, owner: uuid.UUID, signed_in: str) -> dict[str, float]:
    """Return the CPU milliseconds of each main query and page."""
    found = {}
    for name, work in _works(place, owner, signed_in).items():
        for _ in range(3):
            work()
        costs = [
            1000 * cpu.spent(lambda: [work() for _ in range(TIMES)], place.data_dir) / TIMES  # noqa: B023 - used at once
            for _ in range(ROUNDS)
        ]
        found[name] = statistics.median(costs)
    return found


def _works(place: Workplace, owner: uuid.UUID, signed_in: str) -> dict[str, Work]:
    at = now()
    latest = _some_contact(place)
    client = place.app.test_client()
    with client.session_transaction() as session:
        session["sign_in"] = signed_in

    def asked(question: Callable[[sa.orm.Session], object]) -> Work:
        def work() -> None:
            with suppress(_UndoneError), place.app.app_context(), transaction() as session:
                question(session)
                session.flush()
                raise _UndoneError

        return work

    def page(path: str) -> Work:
        def work() -> None:
            if client.get(path).status_code != 200:  # noqa: PLR2004 - the one good answer
                raise RuntimeError(f"{path} did not open")

        return work

    def find(session: sa.orm.Session) -> object:
        wanted = finding.Wanted(reference="H77")
        return finding.find(session, session.get_one(StaffMember, owner), wanted, at=at)

    return {
        "text_arrives": asked(
            lambda session: inbox.text_arrived(
                session,
                inbox.IncomingText(
                    f"SM{uuid.uuid4().hex}", PhoneNumber(carrier_news.number()), "hello"
                ),
                at=at,
            )
        ),
        "console": page("/console"),
        "contact_page": page(f"/console/contacts/{latest}"),
        "thread": asked(lambda session: conversations.thread(session, latest)),
        "in_hand": asked(lambda session: overview.in_hand(session, owner)),
        "latest_closed": asked(overview.latest_closed),
        "find_by_reference": asked(find),
        "claim": asked(lambda session: outbox.claim(session, at=at, most=8)),
        "unsure": asked(lambda session: outbox.unsure(session, Kind.send_text, since=at)),
        "ended_leases": asked(lambda session: outbox.leases_that_ended(session, at=at)),
        "offer_waiting": asked(lambda session: routing.offer_waiting(session, at=at)),
        "choices": asked(lambda session: overflow.give_choices(session, at=at)),
    }


def _some_contact(place: Workplace) -> uuid.UUID:
    with psycopg.connect(place.database) as database:
        row = database.execute("SELECT id FROM contact WHERE id = md5('k77')::uuid").fetchone()
    assert row is not None
    return uuid.UUID(str(row[0]))


def _bytes(place: Workplace) -> Figure:
    """Let some people write twice, and weigh what it left in our tables and in bare ones.

    In a database of its own, as other measures leave room in the tables, and weighed the second
    time: the first pages of a table or an index weigh much for little, and what a change leaves
    behind is used again once the database has tidied up.
    """
    with psycopg.connect(place.database, autocommit=True) as database:
        for make in _FLOOR:
            database.execute(make)
        _some_write(place, database)
        database.execute("VACUUM")
        before, bare_before = _size(database, OURS), _size(database, BARE)
        _some_write(place, database)
        ours = (_size(database, OURS) - before) / SAMPLE
        bare = (_size(database, BARE) - bare_before) / SAMPLE
    return Figure(
        "bytes_per_contact_vs_floor",
        ours / bare,
        ours=f"{ours:.0f} bytes",
        floor=f"{bare:.0f} bytes",
        goal="<= 3",
    )


def _some_write(place: Workplace, database: psycopg.Connection[tuple[object, ...]]) -> None:
    with place.app.app_context(), transaction() as session:
        for _ in range(SAMPLE):
            sender = PhoneNumber(carrier_news.number())
            for turn in range(2):
                words = f"{carrier_news.WORDS} {turn}"
                incoming = inbox.IncomingText(f"SM{uuid.uuid4().hex}", sender, words)
                inbox.text_arrived(session, incoming, at=now())
                _in_the_floor(database, incoming, turn)
        session.flush()
        session.execute(
            sa.update(Contact)
            .where(Contact.state == ContactState.waiting)
            .values(state=ContactState.closed, closed_at=now())
        )


def _in_the_floor(
    database: psycopg.Connection[tuple[object, ...]], incoming: inbox.IncomingText, turn: int
) -> None:
    assert incoming.number is not None
    contact_id = uuid.uuid5(uuid.NAMESPACE_OID, incoming.number.e164)
    if turn == 0:
        database.execute(
            "INSERT INTO floor_contact VALUES (%s, %s, 'waiting', now())",
            (contact_id, incoming.number.e164.encode()),
        )
    database.execute(
        "INSERT INTO floor_message VALUES (%s, %s, %s, now())",
        (incoming.sid, contact_id, incoming.words),
    )


def _size(database: psycopg.Connection[tuple[object, ...]], tables: Sequence[str]) -> int:
    total = 0
    for table in tables:
        row = database.execute("SELECT pg_total_relation_size(%s::regclass)", (table,)).fetchone()
        total += int(str(row[0])) if row else 0
    return total
