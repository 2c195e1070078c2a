"""Ten codes on paper, each good once, none kept."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from helpline.accounts import recovery_codes
from helpline.accounts.models import RecoveryCode
from helpline.clock import now
from tests.helpline import making
from tests.system import System


def test_each_code_opens_once_however_it_is_typed(system: System):
    with system.transaction() as session:
        staff_id = making.staff_member(session).id
        codes = recovery_codes.make(session, staff_id, at=now())
        assert len(set(codes)) == 10
        typed = f" {codes[3].upper().replace('-', ' ')} "
        assert recovery_codes.use(session, staff_id, typed, at=now())
        assert not recovery_codes.use(session, staff_id, codes[3], at=now())
        assert recovery_codes.left(session, staff_id) == 9


def test_one_code_sent_eight_times_at_once_opens_once(system: System):
    with system.transaction() as session:
        staff_id = making.staff_member(session).id
        code = recovery_codes.make(session, staff_id, at=now())[0]

    def use(_: int) -> bool:
        with system.transaction() as session:
            return recovery_codes.use(session, staff_id, code, at=now())

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(8))) == 1


def test_new_codes_replace_all_older_ones(system: System):
    with system.transaction() as session:
        staff_id = making.staff_member(session).id
        old = recovery_codes.make(session, staff_id, at=now())
        recovery_codes.make(session, staff_id, at=now())
        assert not any(recovery_codes.use(session, staff_id, each, at=now()) for each in old)
        assert recovery_codes.left(session, staff_id) == 10


def test_nobody_else_can_use_a_code_and_none_is_kept(system: System):
    with system.transaction() as session:
        priya, tom = making.staff_member(session).id, making.staff_member(session).id
        codes = recovery_codes.make(session, priya, at=now())
        assert not recovery_codes.use(session, tom, codes[0], at=now())
        kept = b"".join(session.scalars(sa.select(RecoveryCode.fingerprint)))
    assert not any(code.replace("-", "").encode() in kept for code in codes)


@pytest.mark.parametrize("typed", ["", "-", "aaaaa-aaaaa", "\x00"])
def test_what_is_no_code_opens_nothing(system: System, typed: str):
    with system.transaction() as session:
        staff_id = making.staff_member(session).id
        recovery_codes.make(session, staff_id, at=now())
        assert not recovery_codes.use(session, staff_id, typed, at=now())
