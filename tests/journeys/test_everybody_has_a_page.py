"""Whoever signs in arrives at the page of their work."""

import pytest

from helpline.accounts.models import Role
from tests.system import System


@pytest.mark.parametrize("role", list(Role))
def test_each_role_arrives_at_a_page_made_for_it(system: System, role: Role) -> None:
    somebody = system.call_taker("Somebody", None, role)

    arrived = somebody.get("/console")

    assert arrived.status_code == 200
    assert "<h1" in arrived.text
