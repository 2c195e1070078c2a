"""R10: the live process is killed; consoles come back by themselves and miss nothing."""

import json
import os
import signal
import threading
import time
import uuid

import psycopg
import requests

from chaos.ledger import Findings
from chaos.place import Place
from chaos.promised import call_taker
from chaos.size import Size
from helpline import live
from helpline.accounts import sign_in
from helpline.accounts.models import StaffMember
from helpline.clock import now
from helpline.database import transaction
from helpline.web.headers import cookie_name

NAME, WHAT = "R10", "the live process killed, consoles come back"
_CONSOLES, _NOTICES, _KILLS = 20, 400, 20
_SEEN_WITHIN = 20.0


class Console(threading.Thread):
    """An open console, as far as its stream goes: it comes back whenever the stream ends.

    Coming back it looks at everything, so that counts as having seen all that was told before.
    """

    def __init__(self, url: str, cookies: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.url, self.cookies = url, cookies
        self.heard: dict[str, float] = {}
        self.came_back: list[float] = []
        self.ends = False

    def run(self) -> None:
        """Listen until told to end."""
        while not self.ends:
            try:
                with requests.get(
                    self.url, cookies=self.cookies, stream=True, timeout=20
                ) as stream:
                    for line in stream.iter_lines(chunk_size=1):
                        self._hears(line.decode())
                        if self.ends:
                            return
            except requests.RequestException:
                time.sleep(0.3)

    def _hears(self, line: str) -> None:
        if line == "event: hello":
            self.came_back.append(time.monotonic())
        elif line.startswith("data: ["):
            topics = json.loads(line.removeprefix("data: "))
            at = time.monotonic()
            if live.EVERYTHING in topics:
                self.came_back.append(at)
            self.heard.update(dict.fromkeys(topics, at))

    def saw(self, topic: str, told: float) -> bool:
        """Whether what changed was looked at: by its name, or with everything later on."""
        return topic in self.heard or any(at >= told for at in self.came_back)


def run(place: Place, size: Size) -> Findings:
    """Every change is seen on every console."""
    found = Findings()
    place.start_live()
    cookies = _signed_in(place)
    consoles = [Console(f"{place.live}/live", cookies) for _ in range(size.of(_CONSOLES, 3))]
    for each in consoles:
        each.start()
    _until(lambda: all(each.came_back for each in consoles), 60)
    notices, kills = size.of(_NOTICES, 20), size.of(_KILLS, 1)
    told: dict[str, float] = {}
    with psycopg.connect(place.plain_address, autocommit=True) as connection:
        for number in range(notices):
            topic = f"contact:{uuid.uuid4()}"
            connection.execute("SELECT pg_notify(%s, %s)", (live.CHANNEL, json.dumps([topic])))
            told[topic] = time.monotonic()
            if number % max(1, notices // kills) == notices // kills // 2:
                os.kill(place.running["live"].pid, signal.SIGKILL)
                place.running.pop("live").wait()
                place.start_live()
                found.kills += 1
            time.sleep(0.05)
    everybody_saw = lambda: all(  # noqa: E731 - asked again and again
        each.saw(topic, at) for each in consoles for topic, at in told.items()
    )
    _until(everybody_saw, _SEEN_WITHIN)
    found.lost += sum(not each.saw(topic, at) for each in consoles for topic, at in told.items())
    for each in consoles:
        each.ends = True
    found.notes.append(f"{notices} changes, {len(consoles)} consoles")
    return found


def _signed_in(place: Place) -> dict[str, str]:
    staff_id = uuid.uuid4()
    with place.app.app_context(), transaction() as session:
        session.add(call_taker(staff_id))
        session.flush()
        person = session.get_one(StaffMember, staff_id)
        begun = sign_in.begin(session, person, at=now())
        session.flush()
        sign_in_id = str(begun.id)
    client = place.app.test_client()
    with client.session_transaction() as kept:
        kept["sign_in"] = sign_in_id
    name = cookie_name(place.settings)
    cookie = client.get_cookie(name)
    if cookie is None:
        raise LookupError("No session cookie was made")
    return {name: cookie.value}


def _until(holds, seconds: float) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    ends = time.monotonic() + seconds
    while not holds() and time.monotonic() < ends:
        time.sleep(0.2)
