"""A confidence is broken by two, for serious harm, in the smallest facts, and on record."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from helpline import audit
from helpline.clock import now
from helpline.confidentiality import disclosures
from helpline.confidentiality.disclosures import Actor, DisclosureRefusedError, Proposal
from helpline.confidentiality.models import (
    Disclosure,
    PersonTold,
    Recipient,
    Standing,
    Step,
    Threshold,
)
from helpline.contacts import callers
from helpline.contacts.wrap_up import taxonomy
from tests.helpline import making
from tests.system import System

FACTS = ("She is at the station", "She expects a man at nine")


class Case:
    """One caller, somebody who raises a disclosure, and people who may or may not decide."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.caller_id = callers.recognise(session, making.number(), at=now()).id
        self.raiser = making.staff_member(session).id
        self.supervisor = Actor(making.staff_member(session).id, "supervisor")
        self.lead = Actor(making.staff_member(session).id, "safeguarding_lead")
        self.at = now()

    def raise_(self, **changed: Any) -> Disclosure:
        wish = proposal(self.at, **changed)
        return disclosures.raise_(self.session, self.caller_id, wish, by=self.raiser, at=self.at)

    def decide(
        self, raised: Disclosure, second: Actor | None = None, *, agrees: bool = True
    ) -> Disclosure:
        return disclosures.decide(
            self.session,
            raised.id,
            second or self.supervisor,
            agrees=agrees,
            words="as discussed",
            form_key=uuid.uuid4(),
            at=self.at,
        )

    def make(self, raised: Disclosure, told_at: datetime | None = None) -> Disclosure:
        return disclosures.make(
            self.session,
            raised.id,
            by=self.raiser,
            told_at=told_at or self.at,
            incident_number="KP-118",
            words="",
            form_key=uuid.uuid4(),
            at=self.at,
        )

    def add_line(self, raised: Disclosure, step: Step, **changed: Any) -> Disclosure:
        facts = {"words": "The time was ten", "form_key": uuid.uuid4(), "at": self.at} | changed
        return disclosures.add_line(self.session, raised.id, step, by=self.raiser, **facts)


def proposal(at: datetime, **changed: Any) -> Proposal:
    facts = {
        "threshold": Threshold.significant_harm,
        "reason": "A man she met will pick her up",
        "recipient": Recipient.police,
        "recipient_name": "Kent Police control room",
        "facts": FACTS,
        "person_told": PersonTold.told_first,
        "why_not_told": "",
        "review_on": at.date() + timedelta(days=7),
        "form_key": uuid.uuid4(),
        "age_band": "25_39",
    }
    return Proposal(**(facts | changed))


@pytest.fixture
def case(system: System) -> Any:
    with system.transaction() as session:
        yield Case(session)


def test_nothing_may_be_told_before_a_second_person_agrees(case: Case) -> None:
    raised = case.raise_()
    assert raised.standing is Standing.to_decide
    with pytest.raises(DisclosureRefusedError, match="second person must agree"):
        case.make(raised)
    assert case.decide(raised).standing is Standing.agreed
    told = case.make(raised)
    assert told.standing is Standing.made
    assert [fact.words for fact in told.facts] == list(FACTS)


def test_a_life_in_danger_may_be_told_first_and_is_confirmed_within_a_day(case: Case) -> None:
    raised = case.raise_(threshold=Threshold.immediate_danger)
    assert case.make(raised).standing is Standing.to_confirm
    assert not disclosures.is_late(raised, case.at + timedelta(hours=24))
    assert disclosures.is_late(raised, case.at + timedelta(hours=24, seconds=1))
    assert case.decide(raised).standing is Standing.made
    assert not disclosures.is_late(raised, case.at + timedelta(days=3))


def test_a_second_person_who_does_not_agree_stops_it(case: Case) -> None:
    raised = case.raise_(threshold=Threshold.immediate_danger)
    assert case.decide(raised, agrees=False).standing is Standing.not_agreed
    with pytest.raises(DisclosureRefusedError, match="did not agree"):
        case.make(raised)


def test_what_was_told_and_then_not_confirmed_is_disputed(case: Case) -> None:
    raised = case.raise_(threshold=Threshold.immediate_danger)
    case.make(raised)
    assert case.decide(raised, agrees=False).standing is Standing.disputed


def test_nobody_is_both_persons(case: Case) -> None:
    raised = case.raise_()
    with pytest.raises(DisclosureRefusedError, match="somebody else must decide"):
        case.decide(raised, Actor(case.raiser, "supervisor"))


@pytest.mark.parametrize(
    "role", ["call_taker", "partner_liaison", "administrator", "data_protection_officer", "", "x"]
)
def test_only_a_supervisor_or_safeguarding_lead_is_the_second_person(case: Case, role: str) -> None:
    with pytest.raises(DisclosureRefusedError, match="supervisor or a safeguarding lead"):
        case.decide(case.raise_(), Actor(case.lead.staff_id, role))


def test_the_first_decision_stands(case: Case) -> None:
    raised = case.decide(case.raise_(), agrees=False)
    assert case.decide(raised, case.lead, agrees=True).standing is Standing.not_agreed


@pytest.mark.parametrize(
    ("age_band", "may"), [("25_39", False), ("unknown", False), ("13_15", True)]
)
def test_a_concern_alone_is_told_only_of_a_child(case: Case, age_band: str, may: bool) -> None:
    raised = case.decide(case.raise_(threshold=Threshold.concern, age_band=age_band))
    assert raised.may_be_made is may
    if not may:
        with pytest.raises(DisclosureRefusedError, match="may not be told"):
            case.make(raised)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"reason": " "}, "Write why"),
        ({"recipient_name": ""}, "to whom exactly"),
        ({"facts": ("", " ")}, "at least one fact"),
        ({"facts": ("x",) * 21}, "smallest facts"),
        ({"person_told": PersonTold.not_told}, "why the person was not told"),
        ({"review_on": date(2020, 1, 1)}, "still to come"),
        ({"reason": "x" * 5001}, "Shorten"),
        ({"facts": ("x" * 5001,)}, "Shorten"),
    ],
)
def test_what_is_missing_is_asked_for(case: Case, wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(DisclosureRefusedError, match=says):
        case.raise_(**wrong)


def test_it_cannot_have_been_told_in_the_future(case: Case) -> None:
    raised = case.decide(case.raise_())
    with pytest.raises(DisclosureRefusedError, match="lie ahead"):
        case.make(raised, told_at=case.at + timedelta(minutes=1))


def test_the_same_forms_twice_change_nothing(case: Case) -> None:
    key = uuid.uuid4()
    raised = case.raise_(form_key=key)
    assert case.raise_(form_key=key).id == raised.id
    case.decide(raised)
    case.make(raised)
    assert len(case.make(raised).steps) == 2
    case.add_line(raised, Step.corrected, form_key=key)
    assert len(case.add_line(raised, Step.corrected, form_key=key).steps) == 3


def test_a_review_sets_the_next_one_and_a_correction_leaves_what_stood(case: Case) -> None:
    raised = case.raise_()
    before = raised.reason
    case.add_line(raised, Step.corrected)
    assert (raised.reason, raised.next_review_on) == (before, raised.review_on)
    later = case.at.date() + timedelta(days=30)
    assert case.add_line(raised, Step.reviewed, next_review_on=later).next_review_on == later


def test_a_decision_cannot_be_smuggled_in_as_a_line(case: Case) -> None:
    raised = case.raise_()
    with pytest.raises(DisclosureRefusedError, match="correction or a review"):
        case.add_line(raised, Step.agreed)


# --- how long it is kept -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age_band", "until"),
    [
        ("under_11", date(2051, 11, 22)),
        ("11_12", date(2040, 11, 22)),
        ("13_15", date(2038, 11, 22)),
        ("16_17", date(2035, 11, 22)),
        ("18_24", date(2032, 11, 22)),
        ("unknown", date(2032, 11, 22)),
    ],
)
def test_a_childs_log_is_kept_to_the_latest_25th_birthday(age_band: str, until: date) -> None:
    assert disclosures.keep_until(date(2026, 11, 22), age_band) == until


@given(
    born=st.dates(date(2009, 1, 1), date(2026, 1, 1)),
    raised=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
)
def test_no_child_turns_25_after_their_log_is_gone(born: date, raised: date) -> None:
    age = raised.year - born.year - ((raised.month, raised.day) < (born.month, born.day))
    bands = {"under_11": range(11), "11_12": (11, 12), "13_15": (13, 14, 15), "16_17": (16, 17)}
    band = next((name for name, ages in bands.items() if age in ages), None)
    if band is None:
        return
    turns_25 = (born.year + 25, born.month, born.day)
    until = disclosures.keep_until(raised, band)
    assert (until.year, until.month, until.day) >= turns_25


def test_a_leap_day_has_an_end_as_well() -> None:
    assert disclosures.keep_until(date(2028, 2, 29), "25_39") == date(2034, 3, 1)


def test_the_bands_of_children_are_those_of_the_taxonomy() -> None:
    under_18 = [code for code, _ in taxonomy().lists["age_band"]][:4]
    assert list(disclosures.YOUNGEST) == under_18


# --- what must hold, whatever anybody tries ------------------------------------------------

moves = st.lists(
    st.tuples(
        st.sampled_from(["agree", "refuse", "make", "correct", "review"]),
        st.sampled_from(["raiser", "supervisor", "safeguarding_lead", "call_taker"]),
    ),
    max_size=8,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    threshold=st.sampled_from(list(Threshold)),
    age_band=st.sampled_from(["13_15", "25_39"]),
    wanted=moves,
)
def test_nothing_is_told_below_the_threshold_or_by_one_person_alone(
    system: System, threshold: Threshold, age_band: str, wanted: list[tuple[str, str]]
) -> None:
    with making.undone(system) as session:
        case = Case(session)
        raised = case.raise_(threshold=threshold, age_band=age_band)
        people = {
            "raiser": Actor(case.raiser, "supervisor"),
            "supervisor": case.supervisor,
            "safeguarding_lead": case.lead,
            "call_taker": Actor(making.staff_member(session).id, "call_taker"),
        }
        seen: list[int] = []
        for move, who in wanted:
            try:
                if move in {"agree", "refuse"}:
                    case.decide(raised, people[who], agrees=move == "agree")
                elif move == "make":
                    case.make(raised)
                else:
                    step = Step.corrected if move == "correct" else Step.reviewed
                    case.add_line(raised, step)
            except DisclosureRefusedError:
                pass
            _sound(case, raised, threshold, age_band)
            ids = [each.id for each in raised.steps]
            assert ids[: len(seen)] == seen, "a line was changed or removed"
            seen = ids


def _sound(case: Case, raised: Disclosure, threshold: Threshold, age_band: str) -> None:
    steps = [each.step for each in raised.steps]
    decisions = [each for each in raised.steps if each.step in (Step.agreed, Step.not_agreed)]
    assert len(decisions) <= 1
    assert all(
        each.staff_id in (case.supervisor.staff_id, case.lead.staff_id) for each in decisions
    )
    if Step.made not in steps:
        return
    assert steps.count(Step.made) == 1
    assert threshold is not Threshold.concern or age_band == "13_15"
    before = steps[: steps.index(Step.made)]
    assert Step.not_agreed not in before
    assert Step.agreed in before or threshold is Threshold.immediate_danger


# --- in the database -----------------------------------------------------------------------


@pytest.fixture
def made(system: System) -> uuid.UUID:
    with system.transaction() as session:
        case = Case(session)
        raised = case.raise_()
        case.decide(raised)
        return case.make(raised).id


@pytest.mark.parametrize("table", ["disclosure", "disclosure_fact", "disclosure_step"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_database_refuses_to_change_what_was_told(
    system: System, made: uuid.UUID, table: str, change: str
) -> None:
    column = {"disclosure": "reason = ''", "disclosure_fact": "words = ''"}
    statement = change.format(table, column.get(table, "words = ''"))
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        _execute(system, statement)


def _execute(system: System, statement: str) -> None:
    with system.transaction() as session:
        session.execute(sa.text(statement))


def test_no_word_of_it_is_in_the_tables_in_clear(system: System, made: uuid.UUID) -> None:
    with psycopg.connect(system.listening_address) as connection:
        dump = "".join(
            str(connection.execute(statement).fetchall())
            for statement in (
                "SELECT * FROM disclosure",
                "SELECT * FROM disclosure_fact",
                "SELECT * FROM disclosure_step",
            )
        )
    assert not [word for word in ("station", "Kent", "picks", "KP-118", "man she") if word in dump]


def test_every_step_is_on_the_record(system: System, made: uuid.UUID) -> None:
    with system.transaction() as session:
        acts = session.scalars(
            sa.select(audit.AuditEntry.act)
            .where(audit.AuditEntry.about == made)
            .order_by(audit.AuditEntry.id)
        ).all()
    assert acts == [
        audit.Act.disclosure_raised,
        audit.Act.disclosure_decided,
        audit.Act.disclosure_made,
    ]


def test_significant_harm_is_decided_within_a_quarter_of_an_hour(case: Case) -> None:
    raised = case.raise_()
    assert raised.decide_by == case.at + timedelta(minutes=15)
    assert disclosures.is_late(raised, datetime(2999, 1, 1, tzinfo=UTC))
