"""What a force may ask, and why not: nothing of what a phone or another force did decides."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from helpline.clock import now
from helpline.contacts import callers, outreach
from helpline.phone_numbers import NotANumberError, PhoneNumber
from helpline.textsafe import intake, police_view, sending, stopping
from helpline.textsafe.forces import NotPoliceError
from helpline.textsafe.intake import AskedWronglyError, Asker, OtherContentError
from helpline.textsafe.models import (
    AgeBand,
    Basis,
    Decision,
    Refusal,
    Relation,
    TextSafeRequest,
)
from tests.helpline.textsafe import asking
from tests.system import System

SAM = "07700 900123"


def digits(prefix: str) -> str:
    """Give a number of eleven digits that begins like this; none stands here whole."""
    return prefix.ljust(11, "1")


@pytest.mark.parametrize(
    "written", ["07700 900123", "+44 7700 900123", digits("07911"), digits("07624")]
)
def test_a_uk_mobile_is_taken(written: str) -> None:
    assert intake.read_mobile(written).e164.startswith("+447")


@pytest.mark.parametrize(
    "written",
    ["020 7946 0101", digits("0701"), digits("0760"), "+336" + "1" * 8, "116000", "", "hello"],
)
def test_anything_else_is_refused_with_a_sentence_that_says_what_to_do(written: str) -> None:
    with pytest.raises(NotANumberError, match=r"^(Enter|There is no)"):
        intake.read_mobile(written)


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("force_reference", {"force_reference": " "}),
        ("force_reference", {"force_reference": "x" * 41}),
        ("officer", {"officer": ""}),
        ("officer_email", {"officer_email": "pc@elsewhere.example"}),
        ("officer_email", {"officer_email": "no address"}),
        ("officer_email", {"officer_email": "pc@a.westmoor.police.uk"}),
        ("mobile", {"mobile": "020 7946 0101"}),
        ("given_by", {"given_by": None}),
        ("given_by", {"given_by": Relation.social_worker}),
        ("given_at", {"given_at": None}),
        ("given_at", {"given_at": now() + timedelta(days=1)}),
        ("given_how", {"given_how": None}),
        ("why", {"basis": Basis.vital_interests, "why": "short"}),
        ("why", {"basis": Basis.safeguarding, "why": "x" * 501}),
        ("last_used_at", {"last_used_at": now() + timedelta(days=1)}),
        ("reported_at", {"reported_at": now() + timedelta(days=1)}),
    ],
)
def test_a_wrong_answer_is_named_and_nothing_is_kept(
    system: System, field: str, changed: dict[str, object]
) -> None:
    with system.transaction() as session:
        force = asking.force(session)
        with pytest.raises(AskedWronglyError) as wrong:
            asking.request(session, force, **changed)
        assert set(wrong.value.problems) == {field}
        assert session.scalar(sa.select(sa.func.count()).select_from(TextSafeRequest)) == 0


def test_only_police_that_we_work_with_may_ask(system: System) -> None:
    with system.transaction() as session:
        force = asking.force(session)
        force.is_active = False
        session.flush()
        with pytest.raises(NotPoliceError):
            asking.request(session, force)


def test_asked_twice_under_one_key_it_is_one_request(system: System) -> None:
    with system.transaction() as session:
        force, asked = asking.force(session), asking.asked()
        first = intake.ask(session, Asker(force.id), asked, at=now())
        assert intake.ask(session, Asker(force.id), asked, at=now()).id == first.id


def test_another_content_under_the_same_key_is_refused(system: System) -> None:
    with system.transaction() as session:
        force = asking.force(session)
        asking.request(session, force, key="k1")
        with pytest.raises(OtherContentError):
            asking.request(session, force, key="k1")


def test_one_key_of_two_forces_makes_two_requests(system: System) -> None:
    with system.transaction() as session:
        asked = asking.asked(key="k1")
        ids = {
            intake.ask(session, Asker(asking.force(session).id), asked, at=now()).id
            for _ in range(2)
        }
    assert len(ids) == 2


def test_a_second_request_for_a_number_is_refused_while_the_first_is_open(system: System) -> None:
    with system.transaction() as session:
        force = asking.force(session)
        asking.request(session, force, mobile=SAM)
        again = asking.request(session, force, mobile=SAM)
        assert (again.decision, again.refusal) == (Decision.rejected, Refusal.open_already)


def test_within_a_day_of_the_last_one_it_is_refused(system: System) -> None:
    at = now()
    with system.transaction() as session:
        force = asking.force(session)
        first = asking.request(session, force, at, mobile=SAM)
        sending.leave_due(session, per_second=5, at=at)
        stopping.found(session, force.id, first.id, by=None, at=at)
        soon = asking.request(session, force, at + timedelta(hours=23), mobile=SAM)
        assert soon.refusal is Refusal.asked_lately
        later = asking.request(session, force, at + timedelta(hours=25), mobile=SAM)
        assert later.refusal is None


def test_after_seven_days_a_force_may_ask_anew(system: System) -> None:
    at = now()
    with system.transaction() as session:
        force = asking.force(session)
        asking.request(session, force, at, mobile=SAM)
        assert asking.request(session, force, at + timedelta(days=7), mobile=SAM).refusal is None


def test_what_another_force_asked_decides_nothing(system: System) -> None:
    with system.transaction() as session:
        asking.request(session, asking.force(session), mobile=SAM)
        theirs = asking.request(session, asking.force(session), mobile=SAM)
        assert police_view.view(theirs).status is police_view.Status.accepted


def test_that_somebody_said_stop_decides_nothing_that_a_force_could_see(system: System) -> None:
    with system.transaction() as session:
        sam = callers.recognise(session, PhoneNumber("+447700900123"), at=now())
        outreach.stop(session, sam, at=now())
        request = asking.request(session, asking.force(session), mobile=SAM)
        assert police_view.view(request).status is police_view.Status.accepted


@pytest.mark.parametrize("wrong", ["name", "birth", "dob", "address", "postcode"])
def test_no_table_of_textsafe_has_a_place_for_a_name_a_birth_date_or_an_address(wrong: str) -> None:
    from helpline.database import Base

    columns = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        if table.name.startswith("textsafe_")
        for column in table.columns
    }
    assert len(columns) > 60
    assert [each for each in columns if wrong in each.replace("number", "")] == []


def test_a_child_may_be_spoken_for_by_a_social_worker(system: System) -> None:
    with system.transaction() as session:
        request = asking.request(
            session,
            asking.force(session),
            age_band=AgeBand.under_18,
            given_by=Relation.social_worker,
        )
        assert request.decision is Decision.to_approve
