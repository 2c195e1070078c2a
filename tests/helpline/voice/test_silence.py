"""Silent calls are coded as contacts, and a run of them from one caller is shown."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from helpline.accounts.models import Role
from helpline.clock import now
from helpline.contacts import contacts
from helpline.contacts.models import Contact, WrapUp
from helpline.contacts.wrap_up import taxonomy
from helpline.phone_numbers import PhoneNumber
from helpline.voice import silence
from tests.helpline import making
from tests.system import System


def silent_call(system: System, sender: PhoneNumber | None, at: datetime, code: str) -> None:
    with system.transaction() as session:
        leg = making.arriving_call(session, at=at, sender=sender)
        staff = making.staff_member(session)
        unknown = dict.fromkeys(("age_band", "situation", "tonight", "risk", "outcome"), "unknown")
        session.add(
            WrapUp(
                contact_id=leg.contact_id,
                staff_id=staff.id,
                at=at,
                taxonomy_version="1",
                contact_type=code,
                reasons=[],
                **unknown,
            )
        )


def test_the_taxonomy_has_the_code() -> None:
    assert silence.CODE in dict(taxonomy().lists["contact_type"])


def test_three_silent_calls_of_one_caller_within_a_week_are_shown(system: System) -> None:
    sender, other, at = making.number(), making.number(), now()
    for days in (0, 1, 6):
        silent_call(system, sender, at - timedelta(days=days), "silent")
    for days in (0, 1, 8):
        silent_call(system, other, at - timedelta(days=days), "silent")
    silent_call(system, other, at, "family_or_friend")
    for _ in range(3):
        silent_call(system, None, at, "silent")
    with system.transaction() as session:
        (run,) = silence.runs(session, at=at)
        newest = session.scalars(
            sa.select(Contact).order_by(Contact.opened_at.desc()).where(Contact.opened_at == at)
        ).all()
        assert run.number == 3
        assert run.contact_id in {contact.id for contact in newest}
    morgan = system.call_taker("Morgan", None, Role.supervisor)
    page = morgan.page("/shift").text
    assert "Silent calls again and again" in page
    assert run.reference in page


def test_the_call_taker_has_words_for_a_silent_call(system: System) -> None:
    priya = system.call_taker("Priya", None)
    with system.transaction() as session:
        contact = making.waiting_call(session, at=now())
        contacts.take(session, contact, priya.staff_id, at=now())
    page = priya.page(f"/console/contacts/{contact.id}").text
    assert "tap the phone once" in page
    assert "55" in page
