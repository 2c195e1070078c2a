"""Two requests that differ only in what the phone did look alike to the force: bytes, times, work.

The same force does the same at the same times, twice; the phone, its owner and the carrier do
something else each time. Pages and API answers must be the same to the last byte, and take the
same statements of the database, so that not even the time they need can differ.
"""

import difflib
import re
import types
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import requests
import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from helpline import outbox
from helpline.accounts import api_keys
from helpline.accounts.api_keys import Scope
from helpline.accounts.models import Role
from helpline.carrier import Accepted, Refused, Unavailable, Unsure
from helpline.confidentiality import departures
from helpline.contacts import callers, outreach
from helpline.database import db
from helpline.outbox import Kind
from helpline.phone_numbers import PhoneNumber
from helpline.sms import inbox
from helpline.textsafe import (
    approval,
    delivery,
    incidents,
    intake,
    jobs,
    police_view,
    sending,
    stopping,
)
from helpline.textsafe.models import Decision, HowItShowed, TextSafeRequest, TextSafeText
from helpline.voice import calls
from tests.helpline import making
from tests.helpline.textsafe import asking
from tests.system import System

SAM = "+447700900123"
BEGAN = datetime(2026, 11, 25, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOURS = 30
# When the worker looks, beside the hours in which something happens.
TICKS = (0, 1, 2, 23, 24, 25)
OUTCOMES = {
    "accepted": Accepted("SM1"),
    "refused": Refused(21211, ""),
    "opted out": Refused(21610, ""),
    "unavailable": Unavailable(""),
    "unsure": Unsure(""),
}
ACTS = ("deliver", "fail", "text", "stop", "ring", "stop by hand", "wrong number", "other force")
TOKENS = re.compile(r'(name="csrf_token"[^>]*value=|name="form_key"[^>]*value=)"[^"]*"')

hours = st.integers(0, HOURS - 1)
phones = st.tuples(
    st.sampled_from(sorted(OUTCOMES)),
    st.dictionaries(hours, st.sampled_from(ACTS), max_size=4),
    st.booleans(),
)
forces = st.tuples(
    st.sampled_from(["medium", "high", "low"]),
    st.booleans(),
    st.dictionaries(st.integers(1, HOURS - 1), st.sampled_from(["found", "withdraw", "ask again"])),
)


class World:
    """One force, one phone, and what each of them does hour by hour."""

    def __init__(self, system: System) -> None:
        self.system = system
        system.reset()
        self._count = 0
        self._ids = iter(range(1, 1000))
        self._is_theirs = False
        with system.transaction() as session:
            force = asking.force(session, "Westmoor")
            self.force_id, self.other_id = force.id, asking.force(session, "Eastmoor").id
            officer = asking.officer(session, force)
            officer.email = f"pc@{asking.DOMAIN}"
            self.officer_id = officer.id
            self.staff_id = making.staff_member(session, role=Role.supervisor).id
            wanted = api_keys.Wanted((Scope.textsafe_read,), 30, uuid.uuid4())
            self.key = api_keys.make(
                session, self.force_id, wanted, by=self.staff_id, at=BEGAN - HOUR
            )

    def next_id(self) -> uuid.UUID:
        """Give the next id; those of the other force's requests are left out of the count."""
        return uuid.uuid4() if self._is_theirs else uuid.UUID(int=next(self._ids), version=4)

    def run(
        self, force: tuple[str, bool, dict[int, str]], phone: tuple[str, dict[int, str], bool]
    ) -> None:
        (risk, repeat, told), (outcome, done, stopped_before) = force, phone
        if stopped_before:
            self._do("stop by hand", BEGAN - HOUR)
        self._ask(BEGAN, risk, repeat)
        for hour in sorted({*told, *done, *TICKS}):
            at = BEGAN + hour * HOUR
            if hour in told:
                self._tell(told[hour], at, risk, repeat)
            with self.system.transaction() as session:
                stopping.sweep(session, at=at)
                sending.leave_due(session, per_second=5, at=at)
            self._carry_out(OUTCOMES[outcome], at)
            if hour in done:
                self._do(done[hour], at + HOUR / 2)

    def _ask(self, at: datetime, risk: str, repeat: bool) -> None:
        with self.system.transaction() as session:
            self._count += 1
            asked = asking.asked(
                BEGAN,
                key=f"key {self._count}",
                force_reference="WM-1",
                mobile=SAM,
                risk=intake.Risk(risk),
                repeat_wanted=repeat,
            )
            kept = intake.ask(session, intake.Asker(self.force_id), asked, at=at)
            if kept.decision is Decision.to_approve:
                approval.approve(session, kept.id, by=self.staff_id, at=at + timedelta(minutes=3))

    def _tell(self, what: str, at: datetime, risk: str, repeat: bool) -> None:
        if what == "ask again":
            self._ask(at, risk, repeat)
            return
        rule = stopping.found if what == "found" else stopping.withdraw
        with self.system.transaction() as session:
            for each in police_view.listed(session, self.force_id).seen:
                rule(session, self.force_id, each.id, by=None, at=at)

    def _carry_out(self, outcome: object, at: datetime) -> None:
        with self.system.transaction() as session:
            for promise in outbox.claim(session, at=at, most=5):
                if promise.kind is not Kind.send_outreach:
                    continue
                known = departures.plans(session, [promise])
                verdict = departures.verdict(session, promise, known, at=at)
                if verdict.may_leave:
                    verdict = jobs.verdict(session, promise, at)
                if not verdict.may_leave:
                    departures.keep_back(session, promise, verdict, at=at)
                    jobs.kept_back(session, promise, verdict, at)
                    continue
                jobs.prepare(session, promise, self.system.settings, at=at)
                outbox.settle(session, promise, outcome, at=at)  # type: ignore[arg-type]
                jobs.settled(session, promise, outcome, at)  # type: ignore[arg-type]

    def _do(self, what: str, at: datetime) -> None:
        number = PhoneNumber(SAM)
        with self.system.transaction() as session:
            sam = callers.recognise(session, number, at=at)
            texts = session.scalars(sa.select(TextSafeText.id)).all()
            request_id = session.scalars(sa.select(TextSafeRequest.id)).first()
            match what:
                case "deliver" | "fail":
                    status = "delivered" if what == "deliver" else "undelivered"
                    for each in texts:
                        delivery.status_changed(session, each, "SM1", status, at=at)
                case "text" | "stop":
                    words = "STOP" if what == "stop" else "leave me alone"
                    incoming = inbox.IncomingText(making.sid(), number, words)
                    inbox.text_arrived(session, incoming, at=at)
                case "ring":
                    calls.call_arrived(session, making.sid("CA"), number, at=at)
                case "stop by hand":
                    outreach.stop(session, sam, at=at)
                case "wrong number" if request_id is not None:
                    noted = incidents.Noted(HowItShowed.they_told_us, "done", uuid.uuid4())
                    incidents.note(session, request_id, noted, by=self.staff_id, at=at)
                case "other force":
                    self._ask_for_other(session, at)

    def _ask_for_other(self, session: Session, at: datetime) -> None:
        self._is_theirs = True
        asked = asking.asked(BEGAN, mobile=SAM)
        intake.ask(session, intake.Asker(self.other_id), asked, at=at)
        self._is_theirs = False

    def seen(self) -> tuple[list[str], list[str]]:
        """Give all that the force can look at, and the statements that it took."""
        statements: list[str] = []

        def listen(_c: object, _u: object, statement: str, *_: object) -> None:
            statements.append(statement)

        http = self._officer()
        with self.system.transaction() as session:
            ids = [each.id for each in police_view.listed(session, self.force_id).seen]
        pages = ["/police/requests", *(f"/police/requests/{each}" for each in ids)]
        api = ["", *(f"/{each}" for each in ids)]
        key = {"Authorization": f"Bearer {self.key}"}
        with self.system.app.app_context():
            engine = db.engine
        sa.event.listen(engine, "before_cursor_execute", listen)
        try:
            answers = [http.get(self.system.web + each, timeout=20) for each in pages]
            root = f"{self.system.web}/api/v1/textsafe/requests"
            answers += [requests.get(root + each, headers=key, timeout=20) for each in api]
        finally:
            sa.event.remove(engine, "before_cursor_execute", listen)
        assert {each.status_code for each in answers} == {200}
        return [TOKENS.sub(r"\1", each.text) for each in answers], statements

    def _officer(self) -> requests.Session:
        http = requests.Session()
        page = http.get(f"{self.system.web}/", timeout=20).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None
        http.post(
            f"{self.system.web}/training/be/{self.officer_id}",
            data={"csrf_token": token[1]},
            timeout=20,
        )
        return http


def differences(one: list[str], other: list[str]) -> list[str]:
    """List the lines in which two lots of answers differ."""
    lines = [list("\n".join(each).splitlines()) for each in (one, other)]
    return [
        each
        for each in difflib.unified_diff(*lines, n=0, lineterm="")
        if each[:2] not in "---+++@@"
    ]


def test_what_a_force_sees_is_the_same_whatever_the_phone_did(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    differed = []

    @settings(
        max_examples=8,
        # Shrinking would run for minutes: each try is two whole worlds.
        phases=[Phase.generate],
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(force=forces, phone=phones)
    def try_one(
        force: tuple[str, bool, dict[int, str]], phone: tuple[str, dict[int, str], bool]
    ) -> None:
        silent = ("accepted", {}, False)
        told: list[tuple[list[str], list[str]]] = []
        texts: list[object] = []
        for each in (silent, phone):
            world = World(system)
            # The same ids in the same order, so that two worlds can be compared byte by byte.
            ids = types.SimpleNamespace(uuid4=world.next_id, UUID=uuid.UUID)
            monkeypatch.setattr(intake, "uuid", ids)
            world.run(force, each)
            told.append(world.seen())
            with system.transaction() as session:
                texts.append(session.execute(sa.select(TextSafeText.state)).scalars().all())
        differed.append(texts[0] != texts[1])
        note(f"the force: {force}; the phone: {phone}")
        assert differences(told[0][0], told[1][0]) == []
        assert told[0][0] == told[1][0]
        assert told[0][1] == told[1][1]

    with time_machine.travel(BEGAN + HOURS * HOUR + HOUR, tick=False):
        try_one()
    # Otherwise the phones did nothing that mattered, and the test says nothing.
    assert sum(differed) >= len(differed) // 3


def test_the_view_reads_no_table_but_that_of_the_requests(system: System) -> None:
    with system.transaction() as session:
        request = asking.request(session, asking.force(session))
        statements: list[str] = []
        connection = session.connection()
        sa.event.listen(
            connection, "before_cursor_execute", lambda *given: statements.append(given[2])
        )
        session.expunge_all()
        police_view.one(session, request.organisation_id, request.id)
        police_view.listed(session, request.organisation_id, after=request.id)
        assert statements
        for each in statements:
            tables = set(re.findall(r"(?:FROM|JOIN) (\w+)", each))
            assert tables == {"textsafe_request"}, each
