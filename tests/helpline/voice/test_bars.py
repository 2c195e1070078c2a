"""Barred callers: for a while, by a person, never without 999, and never a child at risk."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from helpline import audit
from helpline.accounts.models import Role
from helpline.clock import now
from helpline.contacts.models import Caller, Contact, ContactState, Ending
from helpline.voice import bars, calls, wording
from helpline.voice.bars import BarReason, CallerBar, CannotBarError, Wanted
from helpline.voice.call_plan import Ask, HangUp, Join, Plan
from helpline.voice.models import Leg
from tests.helpline import making
from tests.system import System

AN_HOUR = timedelta(hours=1)


class Barred:
    """A telephone that is barred, or may be."""

    def __init__(self, system: System) -> None:
        self.system, self.at, self.number = system, now(), making.number()
        with system.transaction() as session:
            self.caller_id = making.arriving_call(
                session, at=self.at - AN_HOUR, sender=self.number
            ).contact.caller_id

    def bar(self, lasts: timedelta = AN_HOUR, role: Role = Role.call_taker, why: str = "x") -> None:
        with self.system.transaction() as session:
            staff = making.staff_member(session, role=role)
            caller = session.get_one(Caller, self.caller_id)
            wanted = Wanted(BarReason.abusive, why, lasts)
            bars.lay(session, caller, wanted, staff.id, role, at=self.at)

    def rings(self, *, after: timedelta = timedelta(0)) -> Plan:
        self.sid = making.sid("CA")
        with self.system.transaction() as session:
            plan = calls.call_arrived(session, self.sid, self.number, at=self.at + after)
            leg = session.scalars(sa.select(Leg).where(Leg.call_sid == self.sid)).one()
            self.contact_id = leg.contact_id
            return plan

    def presses(self, key: str, asked: int) -> Plan:
        with self.system.transaction() as session:
            return bars.pressed(session, self.contact_id, key, asked, self.at)

    @property
    def contact(self) -> Contact:
        with self.system.transaction() as session:
            return session.get_one(Contact, self.contact_id)


@pytest.fixture
def barred(system: System) -> Barred:
    return Barred(system)


def asks(plan: Plan) -> list[str]:
    return [step.wording for step in plan if isinstance(step, Ask)]


def test_a_barred_caller_hears_999_and_other_ways_before_the_call_ends(barred: Barred) -> None:
    barred.bar()
    assert asks(barred.rings()) == ["barred"]
    words, _ = wording.spoken("barred")
    assert "9 9 9" in words
    assert "1 1 6, 1 2 3" in words
    assert asks(barred.presses("", 1)) == ["barred"]
    assert isinstance(barred.presses("", 2)[-1], HangUp)
    assert (barred.contact.state, barred.contact.ending) == (ContactState.closed, Ending.barred)


def test_whoever_says_danger_or_under_18_is_let_in(barred: Barred) -> None:
    barred.bar()
    barred.rings()
    assert isinstance(barred.presses("1", 1)[-1], Join)
    assert barred.contact.state is ContactState.arriving


def test_a_bar_ends_by_itself(barred: Barred) -> None:
    barred.bar()
    assert asks(barred.rings(after=AN_HOUR - timedelta(seconds=1))) == ["barred"]
    assert asks(barred.rings(after=AN_HOUR)) == ["menu"]


def test_a_bar_that_is_over_can_be_laid_again(barred: Barred) -> None:
    barred.bar()
    barred.at += timedelta(hours=2)
    barred.bar()
    assert asks(barred.rings()) == ["barred"]
    with barred.system.transaction() as session:
        assert len(session.scalars(sa.select(CallerBar)).all()) == 2


def test_a_bar_laid_again_changes_the_one_that_stands(barred: Barred) -> None:
    barred.bar()
    barred.bar(timedelta(days=7), Role.supervisor)
    with barred.system.transaction() as session:
        (bar,) = bars.all_standing(session, at=barred.at)
        assert bar.until == barred.at + timedelta(days=7)
        bars.lift(session, bar.id, by=bar.by_id, at=barred.at)
        bars.lift(session, bar.id, by=bar.by_id, at=barred.at)
    assert asks(barred.rings()) == ["menu"]
    with barred.system.transaction() as session:
        acts = list(session.scalars(sa.select(audit.AuditEntry.act)))
    assert acts.count(audit.Act.caller_barred) == 2
    assert acts.count(audit.Act.bar_lifted) == 1


@pytest.mark.parametrize(
    ("lasts", "role", "why", "sentence"),
    [
        (timedelta(days=2), Role.call_taker, "x", "ask a supervisor"),
        (timedelta(days=31), Role.supervisor, "x", "shorter"),
        (timedelta(0), Role.supervisor, "x", "shorter"),
        (AN_HOUR, Role.call_taker, "  ", "Write why"),
        (AN_HOUR, Role.administrator, "x", "ask a supervisor"),
    ],
)
def test_too_long_or_without_words_is_refused(
    barred: Barred, lasts: timedelta, role: Role, why: str, sentence: str
) -> None:
    with pytest.raises(CannotBarError, match=sentence):
        barred.bar(lasts, role, why)


def test_a_telephone_that_a_child_used_is_barred_by_supervisors_only(barred: Barred) -> None:
    with barred.system.transaction() as session:
        session.execute(sa.update(Contact).values(is_child=True))
    with pytest.raises(CannotBarError, match="under 18"):
        barred.bar()
    barred.bar(role=Role.supervisor)


def test_a_withheld_number_cannot_be_barred(system: System) -> None:
    with system.transaction() as session:
        caller = making.arriving_call(session, at=now()).contact.caller
        staff = making.staff_member(session)
        wanted = Wanted(BarReason.hoax, "x", AN_HOUR)
        with pytest.raises(CannotBarError, match="withheld"):
            bars.lay(session, caller, wanted, staff.id, Role.call_taker, at=now())


def test_a_call_taker_shortens_no_bar_that_lasts_longer(barred: Barred) -> None:
    barred.bar(timedelta(days=30), Role.supervisor)
    with pytest.raises(CannotBarError, match="longer already"):
        barred.bar(AN_HOUR)
    barred.bar(AN_HOUR, Role.supervisor)
    barred.bar(timedelta(hours=2))
