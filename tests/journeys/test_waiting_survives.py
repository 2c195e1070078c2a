"""Whoever waits is not forgotten, whichever of our processes starts anew."""

from helpline.accounts.models import Availability
from helpline.app import create_app
from helpline.carrier.twilio_carrier import TwilioCarrier
from helpline.contacts.models import ContactState, Stream
from helpline.database import db
from helpline.worker import Worker
from tests.journeys.conftest import OnlyContact
from tests.journeys.telephones import PRIYAS_DESK, SAM, in_a_call, is_ringing, pick_up
from tests.system import System


def test_a_caller_who_waits_is_put_through_by_processes_that_started_after_they_came(
    system: System, only_contact: OnlyContact
) -> None:
    sam, desk = system.handset(SAM), system.handset(PRIYAS_DESK)
    # Somebody is on shift, so that the caller simply waits.
    system.call_taker("Tom", None).become(Availability.away)
    sam.dial()
    system.advance(2)
    sam.press("3")
    system.advance(30)
    before = only_contact()
    assert before.state is ContactState.waiting

    system.stop_web()
    system.worker.close()
    with system.app.app_context():
        db.engine.dispose()
    system.app = create_app(system.settings)
    system.worker = Worker(system.app, system.settings, TwilioCarrier(system.settings))
    system.start_web_again()

    system.call_taker("Priya", PRIYAS_DESK).ready()
    system.settle()
    after = only_contact()
    assert is_ringing(desk)
    assert (after.id, after.waiting_since, after.stream) == (
        before.id,
        before.waiting_since,
        Stream.family,
    )
    pick_up(desk)
    assert in_a_call(sam)
    assert only_contact().state is ContactState.with_call_taker
