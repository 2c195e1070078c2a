"""An invitation opens once, for three days, and its secret is kept nowhere."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.accounts import invitations, sign_in, staff
from helpline.accounts.models import Invitation, Role, StaffMember
from helpline.phone_numbers import PhoneNumber
from tests.helpline import making
from tests.system import PASSWORD, System

AT = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
DESK = PhoneNumber("+442079460199")


def invite(session: Session, email: str = "kim@example.org") -> str:
    by = making.staff_member(session).id
    invited = invitations.Invited(email, " Kim ", Role.supervisor, DESK, uuid.uuid4())
    return invitations.invite(session, invited, by=by, at=AT)


def test_whoever_is_invited_joins_with_the_role_and_phone_of_the_invitation(system: System):
    with system.transaction() as session:
        secret = invite(session, " Kim@Example.org ")
        joined = invitations.accept(session, secret, PASSWORD, at=AT + timedelta(hours=71))
        assert (joined.email, joined.display_name) == ("kim@example.org", "Kim")
        assert joined.role is Role.supervisor
        assert joined.phone_token is not None
        assert sign_in.check(session, "kim@example.org", PASSWORD, at=AT) == joined


def test_an_invitation_is_over_after_three_days_and_when_withdrawn(system: System):
    with system.transaction() as session:
        secret = invite(session)
        with pytest.raises(invitations.InvitationOverError):
            invitations.accept(session, secret, PASSWORD, at=AT + timedelta(hours=72))
        one = session.scalars(sa.select(Invitation)).one()
        invitations.withdraw(session, one.id, by=one.made_by, at=AT)
        with pytest.raises(invitations.InvitationOverError):
            invitations.accept(session, secret, PASSWORD, at=AT)


def test_a_second_invitation_ends_the_first(system: System):
    with system.transaction() as session:
        first, second = invite(session), invite(session)
        with pytest.raises(invitations.InvitationOverError):
            invitations.accept(session, first, PASSWORD, at=AT)
        invitations.accept(session, second, PASSWORD, at=AT)


def test_one_invitation_used_eight_times_at_once_makes_one_colleague(system: System):
    with system.transaction() as session:
        secret = invite(session)

    def join(_: int) -> bool:
        try:
            with system.transaction() as session:
                invitations.accept(session, secret, PASSWORD, at=AT)
        except invitations.InvitationOverError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(join, range(8))) == 1


def test_a_weak_password_leaves_the_invitation_open(system: System):
    with system.transaction() as session:
        secret = invite(session)
        with pytest.raises(staff.CannotAddError):
            invitations.accept(session, secret, "password1234", at=AT)
        invitations.accept(session, secret, PASSWORD, at=AT)


@pytest.mark.parametrize("email", ["kim", "kim@localhost", "@example.org", "k im@example.org"])
def test_what_is_no_address_is_not_invited(system: System, email: str):
    with system.transaction() as session, pytest.raises(staff.CannotAddError):
        invite(session, email)


def test_a_colleague_is_not_invited_again(system: System):
    with system.transaction() as session:
        there = making.staff_member(session)
        with pytest.raises(staff.CannotAddError):
            invite(session, there.email.upper())


def test_no_secret_is_kept(system: System):
    with system.transaction() as session:
        secret = invite(session)
        kept = session.scalars(sa.select(Invitation.fingerprint)).one()
        assert secret.encode() not in kept
        with pytest.raises(invitations.InvitationOverError):
            invitations.accept(session, "", PASSWORD, at=AT)
        assert session.scalar(sa.select(sa.func.count()).select_from(StaffMember)) == 1
