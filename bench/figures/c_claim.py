"""Offering contacts to call-takers: 500 calls wait and 200 people are on shift.

Measured is the CPU of one offer with all that belongs to it (whom it suits, leg, promise, audit,
notice) against one bare claim; and how long it takes from the moment somebody is free.
"""

import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import psycopg
import sqlalchemy as sa

from bench import carrier_news, cpu
from bench.floors import claim
from bench.registry import Figure, from_pairs
from bench.workplace import Workplace
from helpline.accounts import availability
from helpline.accounts.models import Availability, Role, StaffMember
from helpline.clock import now
from helpline.confidentiality import vault
from helpline.contacts.models import Contact
from helpline.database import transaction
from helpline.phone_numbers import PhoneNumber
from helpline.voice import calls, routing
from helpline.voice.calls import ConferenceEvent
from helpline.voice.models import Leg

TITLE = "a call offered to a call-taker, against one bare claim"
PAIRS, WAITING, ON_SHIFT, FREED = 5, 500, 200, 100
_AGO = timedelta(minutes=5)


def measure(place: Workplace) -> Sequence[Figure]:
    """Give the rate of offers as a share of bare claims, and the tail of being offered one."""
    _people(place)
    _waiting(place)
    # A process that has just begun writes and plans its statements first.
    _all_free(place)
    _offer_all(place)
    offers, claims = [], []
    with psycopg.connect(place.database) as database:
        database.execute(claim.TABLE)
        database.execute(claim.INDEX)
        for _ in range(PAIRS):
            database.execute("TRUNCATE floor_claim")
            database.execute(claim.FILL)
            database.commit()
            taken = cpu.spent(lambda: claim.claim_all(database, ON_SHIFT), place.data_dir)
            claims.append(ON_SHIFT / taken)
            _all_free(place)
            offers.append(ON_SHIFT / cpu.spent(lambda: _offer_all(place), place.data_dir))
    waits = sorted(_one_gets_free(place) for _ in range(FREED))
    return [
        from_pairs("claim_vs_floor", offers, claims, unit="a CPU second", goal=">= 0.35"),
        Figure("free_to_offer_p99_ms", waits[int(FREED * 0.99)], goal="<= 100"),
        Figure("free_to_offer_median_ms", waits[FREED // 2]),
    ]


def _people(place: Workplace) -> None:
    at = now()
    with place.app.app_context(), transaction() as session:
        for number in range(ON_SHIFT):
            session.add(
                StaffMember(
                    email=f"{uuid.uuid4().hex}@example.org",
                    display_name=f"Call-taker {number}",
                    role=Role.call_taker,
                    password_hash="none",  # noqa: S106 - opens nothing
                    phone_token=vault.keep(session, PhoneNumber(carrier_news.number())),
                    availability=Availability.ready,
                    availability_since=at,
                    ready_since=at,
                )
            )


def _waiting(place: Workplace) -> None:
    """Let so many calls come as far as the waiting room, with nobody free for them."""
    at = now() - _AGO
    with place.app.app_context(), transaction() as session:
        session.execute(sa.update(StaffMember).values(availability=Availability.away))
        for _ in range(WAITING):
            sid = f"CA{uuid.uuid4().hex}"
            calls.call_arrived(session, sid, PhoneNumber(carrier_news.number()), at=at)
            session.flush()
            leg = session.scalars(sa.select(Leg).where(Leg.call_sid == sid)).one()
            joined = ConferenceEvent("participant-join", f"CF{leg.id.hex}", sid, "in-progress")
            calls.conference_changed(session, leg.contact_id, joined, at=at)


def _all_free(place: Workplace) -> None:
    with place.app.app_context(), transaction() as session:
        session.execute(sa.text("DELETE FROM leg WHERE role = 'call_taker'"))
        session.execute(sa.text("DELETE FROM promise WHERE kind = 'ring_call_taker'"))
        session.execute(sa.update(StaffMember).values(availability=Availability.ready))


def _offer_all(place: Workplace) -> None:
    offered, at = 0, now()
    with place.app.app_context():
        while offered < ON_SHIFT:
            with transaction() as session:
                more = routing.offer_waiting(session, at=at)
            if not more:
                raise RuntimeError(f"Only {offered} of {ON_SHIFT} were offered a call")
            offered += more


def _one_gets_free(place: Workplace) -> float:
    """Return the milliseconds from the moment one person is free until a call is theirs."""
    at = datetime.now(UTC)  # noqa: TID251 - the same clock as the rule's, by which it measures
    with place.app.app_context():
        with transaction() as session:
            leg = session.scalars(
                sa.select(Leg).where(Leg.role == "call_taker", Leg.state != "ended").limit(1)
            ).one()
            staff_id, contact_id = leg.staff_id, leg.contact_id
            session.delete(leg)
            session.execute(
                sa.update(Contact).where(Contact.id == contact_id).values(waiting_since=at - _AGO)
            )
        began = time.perf_counter()
        with transaction() as session:
            assert staff_id is not None
            staff = availability.locked(session, staff_id)
            availability.become(session, staff, Availability.away, at=at)
            availability.become(session, staff, Availability.ready, at=at)
            if not routing.offer_waiting(session, at=at):
                raise RuntimeError("Nobody was offered a call")
        return 1000 * (time.perf_counter() - began)
