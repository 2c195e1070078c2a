"""From a webhook to every screen, against a bare relay of notices; and what consoles cost webhooks.

Texts come by the clock. Ours: text, contact, notice, live process, stream with rights. The floor:
one row, one notice, a relay that hands everything on.
"""

import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from bench import carrier_news, load, servers
from bench.consoles import Consoles, open_consoles
from bench.load import Answers, Request
from bench.registry import Figure, from_pairs
from bench.workplace import Workplace
from helpline.accounts import sign_in, staff
from helpline.accounts.models import Role
from helpline.clock import now
from helpline.database import transaction
from helpline.web.headers import cookie_name

TITLE = "from a webhook to every open console"
ROUNDS, SECONDS, FLOOR_LIVE = 3, 8, 8245
SCENES = ((200, 20), (1000, 5))
"""Consoles, and texts in a second."""
_SETTLES_SECONDS = 4.0


def measure(place: Workplace) -> Sequence[Figure]:
    """Give the 99th percentile of pushes for both scenes, what was missed, and webhooks' own."""
    cookie = _cookie(place)
    found: list[Figure] = []
    told = place.telling()
    relay = ["-m", "uvicorn", "bench.floors.relay:app", "--host", "127.0.0.1", "--port"]
    relay += [str(FLOOR_LIVE), "--no-access-log"]
    with (
        servers.ours(place),
        servers.floor(told, "inbound_text"),
        servers.live(place),
        servers.program(place, relay, FLOOR_LIVE, "/"),
    ):
        for number, a_second in SCENES:
            rounds = [_round(place, number, a_second, cookie) for _ in range(ROUNDS)]
            found += _scene(number, rounds)
    return found


@dataclass(frozen=True)
class _Round:
    """One turn: 99th percentiles in milliseconds, and how many pushes of ours were missed."""

    ours: float
    floor: float
    missed: int
    webhook: float
    webhook_alone: float


def _round(place: Workplace, number: int, a_second: int, cookie: str) -> _Round:
    # The same texts at the same pace with no console open.
    alone = _texts(place, servers.OURS, a_second * SECONDS, a_second)[1]
    floor, unheard, _ = _pushed(place, "floor", number, a_second, "")
    if unheard:
        raise RuntimeError(f"The floor itself missed {unheard}: there is no comparing")
    ours, missed, answers = _pushed(place, "ours", number, a_second, cookie)
    return _Round(_p99(ours), _p99(floor), missed, answers.at_most(0.99), alone.at_most(0.99))


def _scene(number: int, rounds: Sequence[_Round]) -> list[Figure]:
    of = "" if number == SCENES[0][0] else f"_{number}"
    ours, floor = [each.ours for each in rounds], [each.floor for each in rounds]
    with_consoles = [each.webhook for each in rounds]
    alone = [each.webhook_alone for each in rounds]
    missed = sum(each.missed for each in rounds)
    return [
        from_pairs(f"console_push_vs_floor{of}", ours, floor, unit="ms", goal="<= 2.0"),
        Figure(f"console_push_missed_{number}", missed, goal="<= 0"),
        from_pairs(
            f"webhook_p99_with_consoles{of}", with_consoles, alone, unit="ms", goal="<= 1.2"
        ),
    ]


def _pushed(
    place: Workplace, whose: str, number: int, a_second: int, cookie: str
) -> tuple[list[float], int, Answers]:
    """Return how long each push took in milliseconds, how many were missed, and the answers.

    One that was missed counts as if it had taken until everybody stopped listening.
    """
    port = servers.LIVE if whose == "ours" else FLOOR_LIVE
    web = servers.OURS if whose == "ours" else servers.FLOOR
    with open_consoles(port, "/live", cookie, number) as consoles:
        sent, answers = _texts(place, web, a_second * SECONDS, a_second)
        time.sleep(_SETTLES_SECONDS)
        heard = _heard(place, consoles, whose)
    waits, missed = [], 0
    for sid, at in sent.items():
        times = heard.get(sid, [])
        waits += [1000 * (each - at) for each in times]
        waits += [1000 * _SETTLES_SECONDS] * (number - len(times))
        missed += number - len(times)
    return waits, missed, answers


def _texts(
    place: Workplace, port: int, number: int, a_second: int
) -> tuple[dict[str, float], Answers]:
    """Send texts of new people by the clock; gives when each was sent, by its id."""
    requests = [carrier_news.text(place, carrier_news.number()) for _ in range(number)]
    sent: dict[str, float] = {}

    def note(request: Request) -> None:
        sent[carrier_news.sid_of(request)] = time.perf_counter()

    return sent, load.open_loop(port, requests, a_second, note=note)


def _heard(place: Workplace, consoles: Consoles, whose: str) -> dict[str, list[float]]:
    """Return when each text was heard of, by its id."""
    if whose == "floor":
        return dict(consoles.heard)
    by_topic: dict[str, list[float]] = {}
    for line, times in list(consoles.heard.items()):
        topics = json.loads(line)
        for topic in topics if isinstance(topics, list) else ():
            by_topic.setdefault(topic, []).extend(times)
    with psycopg.connect(place.database) as database:
        rows = database.execute(
            "SELECT carrier_sid, contact_id FROM text WHERE carrier_sid IS NOT NULL"
        ).fetchall()
    return {sid: by_topic.get(f"contact:{contact_id}", []) for sid, contact_id in rows}


def _cookie(place: Workplace) -> str:
    """Sign one call-taker in; all the consoles are theirs."""
    with place.app.app_context(), transaction() as session:
        email = f"{uuid.uuid4().int}@example.org"
        word = uuid.uuid4().hex
        person = staff.add(session, email, "Bench", Role.call_taker, word, None, at=now())
        signed_in = sign_in.begin(session, person, at=now())
        sign_in_id = str(signed_in.id)
    serializer = place.app.session_interface.get_signing_serializer(place.app)  # type: ignore[attr-defined]
    return f"{cookie_name(place.settings)}={serializer.dumps({'sign_in': sign_in_id})}"


def _p99(waits: list[float]) -> float:
    return sorted(waits)[min(int(len(waits) * 0.99), len(waits) - 1)] if waits else float("nan")
