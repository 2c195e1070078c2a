"""What an incoming text costs against the floor, and what encryption and audit add to it."""

import statistics
from collections.abc import Callable
from contextlib import ExitStack
from unittest import mock

from bench import cpu
from bench.floors import inbound_text
from bench.workplace import BASE, Workplace
from helpline import audit, encryption
from helpline.accounts import sign_in, staff
from helpline.accounts.models import Role
from helpline.clock import now
from helpline.contacts import contacts
from helpline.contacts.models import Contact, ContactState
from helpline.database import transaction

PAIRS, TEXTS, PAGES = 7, 120, 30
WORDS = "i left on thursday and i dont know who to ring. is this really confidential"


def text_vs_floor(place: Workplace) -> dict[str, float]:
    """Median of interleaved pairs: CPU per text of ours by that of the floor."""
    ours = place.app.test_client()
    floor = inbound_text.make(place.database, BASE, place.settings.carrier_auth_token)
    least = floor.test_client()
    _send(place, ours)
    _send(place, least)
    ratios, milliseconds = [], []
    for _ in range(PAIRS):
        mine = cpu.spent(lambda: _send(place, ours), place.data_dir)
        bare = cpu.spent(lambda: _send(place, least), place.data_dir)
        ratios.append(mine / bare)
        milliseconds.append(1000 * mine / TEXTS)
    return {
        "inbound_text_vs_floor": statistics.median(ratios),
        "inbound_text_ms_cpu": statistics.median(milliseconds),
    }


def cost_of_confidentiality(place: Workplace) -> dict[str, float]:
    """Return what encryption and audit together add to a text and to the console, as a share."""
    client = place.app.test_client()
    page = _signed_in(place)
    return {
        "confidentiality_share_of_text": _added(lambda: _send(place, client), place),
        "confidentiality_share_of_page": _added(lambda: _open(place, page), place),
    }


def _added(work: Callable[[], None], place: Workplace) -> float:
    shares = []
    work()
    for _ in range(PAIRS):
        whole = cpu.spent(work, place.data_dir)
        with _without_confidentiality():
            bare = cpu.spent(work, place.data_dir)
        shares.append(whole / bare - 1)
    return statistics.median(shares)


def _without_confidentiality() -> ExitStack:
    """Switch encryption and audit off, here and only here, to see what they cost."""
    stack = ExitStack()

    def as_it_is(_: encryption.Keyring, words: str, purpose: str) -> str:
        del purpose
        return f"plain:{words}"

    def back(ring: encryption.Keyring, locked: str, purpose: str) -> str:
        return locked[6:] if locked.startswith("plain:") else _unlock(ring, locked, purpose)

    stack.enter_context(mock.patch.object(encryption.Keyring, "lock", as_it_is))
    stack.enter_context(mock.patch.object(encryption.Keyring, "unlock", back))
    stack.enter_context(mock.patch.object(audit, "note"))
    return stack


_unlock = encryption.Keyring.unlock
_numbers = iter(range(10**9))


def _send(place: Workplace, client: object) -> None:
    for _ in range(TEXTS):
        number = f"+447700900{next(_numbers) % 1000:03d}"
        status = place.send_text(client, number, WORDS)  # type: ignore[arg-type]
        if status >= 300:  # noqa: PLR2004 - anything but a success
            raise RuntimeError(f"The text was answered with {status}")


def _signed_in(place: Workplace) -> str:
    """Give one call-taker twenty conversations; returns the id of their sign-in."""
    with place.app.app_context(), transaction() as session:
        person = staff.add(
            session, "bench@example.org", "Bench", Role.call_taker, "x" * 20, None, at=now()
        )
        waiting = session.query(Contact).filter_by(state=ContactState.waiting).limit(20).all()
        for contact in waiting:
            contacts.take(session, contact, person.id, at=now())
        return str(sign_in.begin(session, person, at=now()).id)


def _open(place: Workplace, sign_in_id: str) -> None:
    client = place.app.test_client()
    with client.session_transaction() as session:
        session["sign_in"] = sign_in_id
    for _ in range(PAGES):
        if client.get("/console").status_code != 200:  # noqa: PLR2004 - the one good answer
            raise RuntimeError("The console did not open")
