"""There is always one second factor to show, and wrong ones slow the next try down."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from helpline import audit
from helpline.accounts import (
    authenticator,
    passkeys,
    recovery_codes,
    second_factors,
    sign_in,
)
from helpline.accounts.models import Passkey, Proof, SecondFactorReset, SignIn
from helpline.accounts.throttle import TooManyTriesError
from helpline.clock import now
from tests.helpline import making
from tests.system import System

SITE = passkeys.Site("localhost", "http://localhost:8116")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
)
LIKE_AN_ANSWER = st.fixed_dictionaries(
    {"id": st.just("AAAA"), "rawId": st.just("AAAA") | JSON, "type": st.just("public-key") | JSON},
    optional={
        "response": JSON
        | st.fixed_dictionaries(
            {
                "clientDataJSON": st.text(max_size=20),
                "attestationObject": st.sampled_from(["AAAA", "oWNmbXRkbm9uZQ", "!"]),
                "authenticatorData": st.text(max_size=20),
                "signature": st.text(max_size=9),
            }
        )
    },
)


def passkey(session: Session, staff_id: uuid.UUID, credential_id: bytes | None = None) -> Passkey:
    """Add a passkey; of how it was made the browser's tests tell."""
    added = Passkey(
        id=uuid.uuid4(),
        staff_id=staff_id,
        credential_id=credential_id or uuid.uuid4().bytes,
        public_key=b"none",
        sign_count=0,
        name="Passkey",
        made_at=now(),
    )
    session.add(added)
    session.flush()
    return added


def test_the_last_factor_stays(system: System):
    with system.transaction() as session:
        staff_id = making.staff_member(session).id
        only = passkey(session, staff_id)
        recovery_codes.make(session, staff_id, at=now())
        with pytest.raises(second_factors.LastFactorError):
            second_factors.remove_passkey(session, staff_id, only.id, at=now())
        passkey(session, staff_id)
        second_factors.remove_passkey(session, staff_id, only.id, at=now())
        assert second_factors.of(session, staff_id).number == 1


def test_two_factors_removed_at_once_leave_one(system: System):
    with system.transaction() as session:
        staff_id = making.staff_member(session).id
        both = [passkey(session, staff_id).id for _ in range(2)]
    together = Barrier(2, timeout=10)

    def remove(passkey_id: uuid.UUID) -> bool:
        together.wait()
        try:
            with system.transaction() as session:
                second_factors.remove_passkey(session, staff_id, passkey_id, at=now())
        except second_factors.LastFactorError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(remove, both)) == [False, True]


def test_nobody_removes_or_renames_a_passkey_of_somebody_else(system: System):
    with system.transaction() as session:
        priya, tom = making.staff_member(session).id, making.staff_member(session).id
        hers = passkey(session, priya)
        passkey(session, priya)
        for _ in range(2):
            passkey(session, tom)
        second_factors.remove_passkey(session, tom, hers.id, at=now())
        second_factors.rename_passkey(session, tom, hers.id, "mine", at=now())
        assert second_factors.of(session, priya).number == 2
        assert hers.name == "Passkey"


def test_an_app_that_is_only_begun_is_no_factor(system: System):
    with system.transaction() as session:
        staff_id = making.staff_member(session).id
        authenticator.start(session, staff_id, at=now())
        assert second_factors.of(session, staff_id).number == 0


def test_wrong_second_factors_make_the_next_try_wait_even_a_right_one(system: System):
    at = now()
    with system.transaction() as session:
        staff_id = making.staff_member(session).id
        for _ in range(5):
            assert not second_factors.attempt(session, staff_id, lambda: False, at=at)
        with pytest.raises(TooManyTriesError):
            second_factors.attempt(session, staff_id, lambda: True, at=at)
        assert second_factors.attempt(
            session, staff_id, lambda: True, at=at + timedelta(seconds=31)
        )
        acts = list(session.scalars(sa.select(audit.AuditEntry.act).order_by(audit.AuditEntry.id)))
    assert acts.count(audit.Act.second_factor_failed) == 5
    assert acts.count(audit.Act.sign_in_held) == 1


def test_a_reset_needs_a_reason_takes_everything_and_signs_out(system: System):
    with system.transaction() as session:
        robin, priya = making.staff_member(session), making.staff_member(session)
        passkey(session, priya.id)
        recovery_codes.make(session, priya.id, at=now())
        begun = sign_in.begin(session, priya, at=now(), proof=Proof.passkey).id
        with pytest.raises(second_factors.ReasonMissingError):
            second_factors.reset(session, priya.id, by=robin.id, reason="  lost   ", at=now())
        reason = "She lost her phone; met her in the office"
        second_factors.reset(session, priya.id, by=robin.id, reason=reason, at=now())
        session.expire_all()
        left = second_factors.of(session, priya.id)
        assert (left.number, left.codes_left) == (0, 0)
        assert session.get_one(SignIn, begun).ended_at is not None
        assert session.scalars(sa.select(SecondFactorReset.reason)).one() == reason


@given(answer=JSON | LIKE_AN_ANSWER)
@trying(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_a_strange_browser_sends_is_no_passkey(system: System, answer: object):
    import json

    sent = passkeys.Answer(json.dumps(answer), SITE)
    with making.undone(system) as session:
        staff = making.staff_member(session)
        passkey(session, staff.id, b"\x00\x00\x00")
        holder = uuid.uuid4()
        passkeys.ask_to_sign(session, holder, staff.id, SITE, at=now())
        assert not passkeys.accept(session, holder, staff.id, sent, at=now())
        passkeys.ask_to_make(session, holder, staff, SITE, at=now())
        with pytest.raises(passkeys.NotAPasskeyError):
            passkeys.keep(session, holder, staff.id, sent, at=now())


def test_a_challenge_counts_once_and_not_for_long(system: System):
    with system.transaction() as session:
        staff = making.staff_member(session)
        holder, nothing = uuid.uuid4(), passkeys.Answer("{}", SITE)
        for _ in range(2):
            with pytest.raises(passkeys.NotAPasskeyError) as refused:
                passkeys.keep(session, holder, staff.id, nothing, at=now())
        assert "too long" in str(refused.value)
        passkeys.ask_to_make(session, holder, staff, SITE, at=now() - timedelta(minutes=6))
        with pytest.raises(passkeys.NotAPasskeyError, match="too long"):
            passkeys.keep(session, holder, staff.id, nothing, at=now())
