"""What is kept of a request and for how long, what is counted, and the reminder of 72 hours."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from helpline.clock import now
from helpline.confidentiality import vault
from helpline.contacts import callers
from helpline.contacts.models import Caller
from helpline.phone_numbers import PhoneNumber
from helpline.retention import forgetting
from helpline.textsafe import cases, figures, incidents, listing, sending, stopping
from helpline.textsafe.models import (
    Decision,
    ForgottenCount,
    HowItShowed,
    PoliceCase,
    Refusal,
    TextSafeRequest,
)
from tests.helpline import making
from tests.helpline.textsafe import asking
from tests.system import System

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_number_and_reference_go_90_days_after_the_last_text_and_are_counted(
    system: System,
) -> None:
    with system.transaction() as session:
        force = asking.force(session)
        request = asking.request(session, force, NOON)
        sending.leave_due(session, per_second=5, at=NOON)
        token = session.get_one(Caller, request.caller_id).number_token
        assert token is not None
        forgetting.forget(session, "textsafe_request", at=NOON + 89 * DAY)
        assert session.scalar(sa.select(sa.func.count()).select_from(TextSafeRequest)) == 1
        gone = forgetting.forget(session, "textsafe_request", at=NOON + 91 * DAY)
        assert gone["textsafe_request"] == gone["textsafe_case"] == gone["vault_entry"] == 1
        with pytest.raises(vault.NotInVaultError):
            vault.number_for_carrier(session, token)
        counted = session.execute(
            sa.select(ForgottenCount.month, ForgottenCount.what, ForgottenCount.how_many)
        ).all()
        assert {tuple(row) for row in counted} == {("2026-11", "asked", 1), ("2026-11", "sent", 1)}


def test_somebody_who_has_talked_with_us_keeps_their_number_by_the_rules_for_callers(
    system: System,
) -> None:
    with system.transaction() as session:
        staff = making.staff_member(session)
        number = PhoneNumber("+447700900123")
        contact = making.conversation(session, staff)
        sam = callers.recognise(session, number, at=NOON)
        contact.caller_id = sam.id
        asking.request(session, asking.force(session), NOON, mobile=number.e164)
        gone = forgetting.forget(session, "textsafe_request", at=NOON + 91 * DAY)
        assert "vault_entry" not in gone


def test_figures_show_no_small_number_and_no_force_who_got_in_touch(system: System) -> None:
    with system.transaction() as session:
        large, small = asking.force(session, "Large"), asking.force(session, "Small")
        for _ in range(6):
            asking.request(session, large, NOON)
        for _ in range(4):
            asking.request(session, small, NOON)
        sending.leave_due(session, per_second=50, at=NOON)
        shown = {each.organisation: each for each in figures.figures(session).forces}
        assert (shown["Large"].asked, shown["Large"].sent, shown["Large"].rejected) == (6, 6, 0)
        assert (shown["Small"].asked, shown["Small"].sent) == (None, None)
        assert not hasattr(shown["Large"], "in_touch")


@pytest.mark.parametrize(("number", "shown"), [(0, 0), (1, None), (4, None), (5, 5), (50, 50)])
def test_a_number_under_five_is_not_shown(number: int, shown: int | None) -> None:
    assert figures.big(number) == shown


def test_requests_that_were_forgotten_are_still_in_the_figures(system: System) -> None:
    with system.transaction() as session:
        force = asking.force(session, "Large")
        for _ in range(6):
            asking.request(session, force, NOON)
        before = figures.figures(session)
        forgetting.forget(session, "textsafe_request", at=NOON + 91 * DAY)
        assert session.scalar(sa.select(sa.func.count()).select_from(TextSafeRequest)) == 0
        assert figures.figures(session) == before


def test_the_reminder_comes_after_72_hours_and_closes_on_referred_or_found_only(
    system: System,
) -> None:
    with system.transaction() as session:
        force, by = asking.force(session), making.staff_member(session)
        reported = NOON - timedelta(hours=10)
        asking.request(session, force, NOON, force_reference="WM-1", reported_at=reported)
        found = asking.request(session, force, NOON, force_reference="WM-2")
        asking.request(session, force, NOON, force_reference="WM-3")
        first, second, third = cases.to_remind(session)
        assert first.due_at == reported + timedelta(hours=72)
        assert second.due_at == third.due_at == NOON + timedelta(hours=72)
        stopping.withdraw(session, force.id, found.id, by=None, at=NOON)
        assert len(cases.to_remind(session)) == 3
        stopping.found(session, force.id, found.id, by=None, at=NOON)
        cases.referred(session, first.id, by=by.id, at=NOON)
        session.flush()
        session.expire_all()
        assert [each.force_reference for each in cases.to_remind(session)] == ["WM-3"]


def test_one_reference_is_one_case(system: System) -> None:
    with system.transaction() as session:
        force = asking.force(session)
        for _ in range(2):
            asking.request(session, force, NOON, force_reference="wm  1")
        assert session.scalar(sa.select(sa.func.count()).select_from(PoliceCase)) == 1


def test_a_rejected_request_has_no_reminder(system: System) -> None:
    with system.transaction() as session:
        force = asking.force(session)
        asking.request(session, force, NOON, mobile="+447700900123", force_reference="WM-1")
        again = asking.request(session, force, NOON, mobile="+447700900123", force_reference="WM-2")
        assert (again.decision, again.refusal) == (Decision.rejected, Refusal.open_already)
        assert len(cases.to_remind(session)) == 1


def test_a_misdirected_number_is_noted_once_and_never_texted_again(system: System) -> None:
    with system.transaction() as session:
        request = asking.request(session, asking.force(session), NOON, mobile="+447700900123")
        by = making.staff_member(session)
        noted = incidents.Noted(HowItShowed.they_told_us, "Said sorry", uuid.uuid4())
        first = incidents.note(session, request.id, noted, by=by.id, at=NOON)
        assert incidents.note(session, request.id, noted, by=by.id, at=NOON).id == first.id
        asking.request(session, asking.force(session), NOON, mobile="+447700900123")
        sending.leave_due(session, per_second=5, at=NOON)
        assert all(not listing.texts(session, each.id) for each in [request])
        nothing = incidents.Noted(HowItShowed.they_told_us, " ", uuid.uuid4())
        with pytest.raises(incidents.NothingDoneError):
            incidents.note(session, request.id, nothing, by=by.id, at=NOON)


def test_staff_find_a_request_by_reference_or_by_number(system: System) -> None:
    with system.transaction() as session:
        request = asking.request(
            session, asking.force(session), mobile="+447700900123", force_reference="WM-A77"
        )
        asking.request(session, asking.force(session))
        for asked in ("wm-a77", "07700 900123", "+44 7700 900123"):
            assert [each.request.id for each in listing.search(session, asked)] == [request.id]
        assert listing.search(session, "nothing") == []


def test_lists_go_on_where_the_last_one_ended(system: System) -> None:
    with system.transaction() as session:
        force = asking.force(session)
        made = [asking.request(session, force, now()).id for _ in range(listing.PAGE + 3)]
        first = listing.listed(session)
        second = listing.listed(session, after=first.next_after)
        seen = [each.request.id for page in (first, second) for each in page.lines]
        assert seen == made[::-1]
        assert second.next_after is None
