"""The console with 50 people waiting and 20 conversations of one's own: CPU and statements."""

import contextlib
import statistics
import uuid
from collections.abc import Iterator, Sequence
from typing import Any
from unittest import mock

import psycopg
import sqlalchemy as sa

from bench import carrier_news, cpu
from bench.registry import Figure
from bench.workplace import Workplace
from helpline.accounts import sign_in, staff
from helpline.accounts.models import Role
from helpline.clock import now
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState
from helpline.database import transaction
from helpline.phone_numbers import PhoneNumber
from helpline.sms import inbox

TITLE = "the console's page"
WAITING, MINE, PAGES, ROUNDS = 50, 20, 20, 5


def measure(place: Workplace) -> Sequence[Figure]:
    """Give CPU milliseconds for the page, and how many statements it takes."""
    sign_in_id = _signed_in(place)
    _open(place, sign_in_id, 3)
    with _counted() as statements:
        _open(place, sign_in_id, 1)
    costs = [
        1000 * cpu.spent(lambda: _open(place, sign_in_id, PAGES), place.data_dir) / PAGES
        for _ in range(ROUNDS)
    ]
    spread = f"{min(costs):.1f} to {max(costs):.1f}"
    return [
        Figure("console_page_ms_cpu", statistics.median(costs), spread=spread, goal="<= 25"),
        Figure("console_page_statements", len(statements), goal="<= 12"),
    ]


def _signed_in(place: Workplace) -> str:
    """Let so many wait and give one call-taker so many; returns the id of their sign-in."""
    with place.app.app_context(), transaction() as session:
        session.execute(
            sa.update(Contact)
            .where(Contact.state == ContactState.waiting)
            .values(state=ContactState.closed, closed_at=now())
        )
        email = f"{uuid.uuid4().int}@example.org"
        word = uuid.uuid4().hex
        person = staff.add(session, email, "Bench", Role.call_taker, word, None, at=now())
        for number in range(WAITING + MINE):
            sender = PhoneNumber(carrier_news.number())
            incoming = inbox.IncomingText(f"SM{uuid.uuid4().hex}", sender, carrier_news.WORDS)
            text = inbox.text_arrived(session, incoming, at=now())
            session.flush()
            if number < MINE:
                found = contacts.locked(session, text.contact_id)
                assert found is not None
                contacts.take(session, found, person.id, at=now())
        return str(sign_in.begin(session, person, at=now()).id)


def _open(place: Workplace, sign_in_id: str, times: int) -> None:
    client = place.app.test_client()
    with client.session_transaction() as session:
        session["sign_in"] = sign_in_id
    for _ in range(times):
        if client.get("/console").status_code != 200:  # noqa: PLR2004 - the one good answer
            raise RuntimeError("The console did not open")


@contextlib.contextmanager
def _counted() -> Iterator[list[object]]:
    """Note each statement that leaves for the database, whoever sends it."""
    seen: list[object] = []
    send = psycopg.Cursor.execute

    def noted(self: psycopg.Cursor[Any], query: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the driver's
        seen.append(query)
        return send(self, query, *args, **kwargs)

    with mock.patch.object(psycopg.Cursor, "execute", noted):
        yield seen
