"""Callers and writers as the carrier passes them on: signed, in open loop, tried once more."""

import random
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import requests
from twilio.request_validator import RequestValidator

from chaos.ledger import Ledger
from chaos.place import ACCOUNT, HELPLINE, TOKEN, Place

READ_SECONDS = 15.0
Telling = Callable[[str], str]
"""Tells of one event, by its id."""
"""The carrier waits no longer for an answer (twilio.md 2.6)."""
_GOOD = range(200, 300)
_AT_ONCE = 96


class Traffic:
    """Tells the helpline of texts and calls; whatever happens is in the ledger."""

    def __init__(self, place: Place, ledger: Ledger, through: str = "") -> None:
        """`through`: the address of a proxy, where one stands in front."""
        self.place, self.ledger = place, ledger
        self._door = through or place.web
        self.waited: list[float] = []
        self._validator = RequestValidator(TOKEN)

    def text(self, sid: str = "", number: str = "", *, tries: int = 2) -> str:
        """Tell of one text; returns its id."""
        sid = sid or f"SM{uuid.uuid4().hex}"
        fields = {
            "MessageSid": sid,
            "From": number or f"+4477009{random.randrange(100_000):05}",  # noqa: S311
            "Body": f"words of {sid[-8:]}",
            "NumMedia": "0",
        }
        self._tell("text", sid, "/tw/sms/inbound", fields, tries)
        return sid

    def call(self, sid: str = "", *, tries: int = 2) -> str:
        """Tell of one call that is given up during the greeting; returns its id."""
        sid = sid or f"CA{uuid.uuid4().hex}"
        fields = {"CallSid": sid, "From": "", "CallStatus": "ringing"}
        self._tell("call", sid, "/tw/voice/inbound", fields, tries)
        self._tell("end", sid, "/tw/voice/status", fields | {"CallStatus": "completed"}, tries)
        return sid

    def flow(self, a_second: float, seconds: float, meanwhile: Callable[[], None]) -> None:
        """Send so many a second whatever the answers, while something else happens.

        Half texts, half calls; everything is answered or given up when this returns.
        """
        done = threading.Event()
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            sender = threading.Thread(target=self._send, args=(pool, a_second, seconds, done))
            sender.start()
            try:
                while not done.wait(0.02):
                    meanwhile()
            finally:
                sender.join()

    def crowd(self, number: int, at_once: int, after: int, then: Callable[[], None]) -> None:
        """Send so many, each as soon as another is answered; do something after the first few.

        Unlike `flow` this asks no more of a slow machine than it can do.
        """
        with ThreadPoolExecutor(at_once) as pool:
            kinds = [(self.text, self.call)[each % 2] for each in range(number)]
            first = [pool.submit(each) for each in kinds[:after]]
            for each in first:
                each.result()
            rest = [pool.submit(each) for each in kinds[after:]]
            then()
            for each in rest:
                each.result()

    def _send(
        self, pool: ThreadPoolExecutor, a_second: float, seconds: float, done: threading.Event
    ) -> None:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            time.sleep(random.expovariate(a_second))
            pool.submit(random.choice((self.text, self.call)))  # noqa: S311
        done.set()

    def _tell(self, kind: str, sid: str, path: str, fields: dict[str, str], tries: int) -> None:
        fields = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "To": HELPLINE} | fields
        signature = self._validator.compute_signature(self.place.web + path, fields)
        for _ in range(tries):
            began = time.monotonic()
            try:
                answer = requests.post(
                    self._door + path,
                    data=fields,
                    headers={"X-Twilio-Signature": signature},
                    timeout=READ_SECONDS,
                )
            except requests.RequestException:
                continue
            self.waited.append(time.monotonic() - began)
            if answer.status_code in _GOOD:
                self.ledger.told(kind, sid, answered=True, said=f"{path}{answer.text}")
                return
        self.ledger.told(kind, sid, answered=False)
