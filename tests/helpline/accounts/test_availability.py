"""Whether a call-taker is free: some of it chosen, some of it following from the work."""

import uuid

import pytest
import sqlalchemy as sa

from helpline.accounts import availability
from helpline.accounts.availability import CannotChooseError
from helpline.accounts.models import Availability, AvailabilityChange, StaffMember
from helpline.clock import now
from tests.helpline import making
from tests.system import System


def add(system: System, state: Availability) -> uuid.UUID:
    with system.transaction() as session:
        return making.staff_member(session, state).id


def choose(system: System, staff_id: uuid.UUID, state: Availability) -> StaffMember:
    with system.transaction() as session:
        return availability.choose(session, staff_id, state, at=now())


def history(system: System) -> list[tuple[Availability, bool]]:
    with system.transaction() as session:
        found = session.scalars(sa.select(AvailabilityChange).order_by(AvailabilityChange.id))
        return [(change.availability, change.by_hand) for change in found]


@pytest.mark.parametrize("chosen", sorted(availability.BY_HAND))
@pytest.mark.parametrize("before", sorted(set(Availability) - {Availability.busy}))
def test_ready_away_and_the_end_of_the_shift_are_chosen_by_hand(
    system: System, before: Availability, chosen: Availability
) -> None:
    staff = choose(system, add(system, before), chosen)
    assert staff.availability is chosen
    assert (staff.ready_since is not None) is (chosen is Availability.ready)
    assert history(system) == ([] if before is chosen else [(chosen, True)])


@pytest.mark.parametrize("chosen", sorted(set(Availability) - availability.BY_HAND))
def test_what_follows_from_the_work_cannot_be_chosen(system: System, chosen: Availability) -> None:
    staff_id = add(system, Availability.ready)
    with pytest.raises(CannotChooseError, match="Choose ready, away or end shift"):
        choose(system, staff_id, chosen)
    assert history(system) == []


@pytest.mark.parametrize("chosen", sorted(availability.BY_HAND))
def test_somebody_who_is_on_a_call_ends_it_first(system: System, chosen: Availability) -> None:
    staff_id = add(system, Availability.busy)
    with pytest.raises(CannotChooseError, match="You are on a call"):
        choose(system, staff_id, chosen)


def test_choosing_ready_again_does_not_cost_ones_place(system: System) -> None:
    staff_id = add(system, Availability.ready)
    with system.transaction() as session:
        before = session.get_one(StaffMember, staff_id).ready_since
    assert choose(system, staff_id, Availability.ready).ready_since == before


@pytest.mark.parametrize("state", sorted(Availability))
def test_the_helpline_is_staffed_while_anybody_is_on_shift(
    system: System, state: Availability
) -> None:
    staff_id = add(system, state)
    with system.transaction() as session:
        on_shift = state is not Availability.off_shift
        assert availability.anybody_on_shift(session) is on_shift
        session.get_one(StaffMember, staff_id).is_active = False
        session.flush()
        assert not availability.anybody_on_shift(session)
