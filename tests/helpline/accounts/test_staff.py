"""Changing what colleagues may do, and letting them go."""

import pytest
from sqlalchemy.orm import Session

from helpline.accounts import half_sign_in, passwords, sign_in, staff
from helpline.accounts.models import Availability, Proof, Role, SignIn, StaffMember
from helpline.accounts.throttle import TooManyTriesError
from helpline.clock import now
from tests.helpline import making
from tests.system import PASSWORD, System

ADMINISTRATOR = Role.administrator


def robin(session: Session) -> StaffMember:
    return making.staff_member(session, role=ADMINISTRATOR, has_phone=False)


def test_whoever_is_let_go_is_out_of_every_browser_at_once_and_off_shift(system: System):
    with system.transaction() as session:
        priya = making.staff_member(session)
        begun = [sign_in.begin(session, priya, at=now()) for _ in range(2)]
        half = half_sign_in.begin(session, priya, at=now())
        staff.deactivate(session, priya.id, by=robin(session).id, at=now())
        assert all(each.ended_at is not None for each in begun)
        assert half_sign_in.current(session, half.id, at=now()) is None
        assert priya.availability is Availability.off_shift


def test_a_call_that_goes_on_is_not_torn_from_whoever_is_let_go(system: System):
    with system.transaction() as session:
        priya = making.staff_member(session, Availability.busy)
        staff.deactivate(session, priya.id, by=robin(session).id, at=now())
        assert priya.availability is Availability.busy


def test_another_role_means_signing_in_anew(system: System):
    with system.transaction() as session:
        priya = making.staff_member(session)
        begun = sign_in.begin(session, priya, at=now())
        staff.change_role(session, priya.id, Role.call_taker, by=robin(session).id, at=now())
        assert begun.ended_at is None
        staff.change_role(session, priya.id, Role.supervisor, by=robin(session).id, at=now())
        assert begun.ended_at is not None


def test_administrators_cannot_take_their_own_rights_away(system: System):
    with system.transaction() as session:
        me = robin(session).id
        with pytest.raises(staff.NotOneselfError):
            staff.deactivate(session, me, by=me, at=now())
        with pytest.raises(staff.NotOneselfError):
            staff.change_role(session, me, Role.call_taker, by=me, at=now())


def test_a_changed_password_ends_every_other_sign_in(system: System):
    with system.transaction() as session:
        added = staff.add(
            session, "kim@example.org", "Kim", Role.call_taker, PASSWORD, None, at=now()
        )
        here, there = (sign_in.begin(session, added, at=now(), proof=Proof.code) for _ in range(2))

        def change(old: str, new: str) -> bool:
            return staff.change_password(session, added.id, old, new, at=now(), staying=here.id)

        assert not change("not the old one", "three unlikely words")
        with pytest.raises(passwords.WeakPasswordError):
            change(PASSWORD, "i am kim@example.org")
        assert session.get_one(SignIn, there.id).ended_at is None
        assert change(PASSWORD, "three unlikely words")
        assert there.ended_at is not None
        assert here.ended_at is None
        for _ in range(5):
            change("not the old one", "four unlikely words")
        with pytest.raises(TooManyTriesError):
            change("three unlikely words", "four unlikely words")


def test_an_administrator_lets_somebody_try_again_at_once(system: System):
    with system.transaction() as session:
        added = staff.add(
            session, "kim@example.org", "Kim", Role.call_taker, PASSWORD, None, at=now()
        )
        for _ in range(5):
            assert sign_in.check(session, added.email, "wrong", at=now()) is None
        assert staff.is_held(session, added, at=now())
        with pytest.raises(TooManyTriesError):
            sign_in.check(session, added.email, PASSWORD, at=now())
        staff.free(session, added.id, by=robin(session).id, at=now())
        assert sign_in.check(session, added.email, PASSWORD, at=now()) == added
