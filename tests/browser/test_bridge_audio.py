"""The bridge as it sounds: what the helpline tells the carrier, heard by three with real browsers.

The words for each telephone are our own call plan's; hold and release are our own carrier client's.
"""

import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from helpline.carrier import Accepted
from helpline.carrier.twilio_carrier import TwilioCarrier
from helpline.contacts.models import Contact
from helpline.settings import Settings
from helpline.voice import call_plan, twiml
from helpline.voice.call_plan import Plan
from helpline.voice.models import Leg
from tests.browser.local_exchange import ACCOUNT, HELPLINE, TOKEN, Customer
from tests.browser.test_true_audio import (
    ANA,
    HOLD,
    KEY_ONE,
    LUKE,
    PRIYA,
    Ears,
    RealTimeExchange,
    exchange,  # noqa: F401 - fixtures of the true sound
    pages,  # noqa: F401
    real_time,  # noqa: F401
)

pytestmark = pytest.mark.browser
ALL = [LUKE, PRIYA, ANA, KEY_ONE]


class Room:
    """A caller, a call-taker and a social worker, each told what our call plan says."""

    def __init__(
        self, running: RealTimeExchange, customer: Customer, where: str, context: BrowserContext
    ) -> None:
        self.running, self.customer = running, customer
        self.contact = Contact(id=uuid.uuid4(), conference_name=f"c-{uuid.uuid4().hex}")
        self.carrier = TwilioCarrier(_settings(running, customer))
        names = (("lucy", LUKE), ("priya", PRIYA), ("ann", ANA))
        self.lucy, self.priya, self.ann = (
            Ears(context.new_page(), where, running, name, note) for name, note in names
        )

    def comes_in(self, who: Ears, plan: Plan) -> None:
        path = f"/leg/{who.name}"
        self.customer.answers[path] = twiml.write(plan, self.customer.base)
        url = f"{self.customer.base}{path}"
        who.sid = self.running.rest("Calls", To=f"client:{who.name}", Url=url)["sid"]
        who.page.wait_for_function("() => notes.listener !== null")

    def sid(self) -> str:
        (found,) = self.carrier.conferences_named(str(self.contact.conference_name))
        return found

    def hold(self, who: Ears) -> None:
        hold_url = f"{self.customer.base}/tw/voice/hold"
        assert isinstance(self.carrier.hold(self.sid(), who.sid, hold_url), Accepted)

    def release(self, who: Ears) -> None:
        assert isinstance(self.carrier.release(self.sid(), who.sid), Accepted)


def _settings(running: RealTimeExchange, customer: Customer) -> Settings:
    """Give what the carrier's client reads; the token of these tests is too short for a setting."""
    return Settings.model_construct(
        public_base_url=customer.base,
        carrier_base_url=running.base,
        carrier_account_sid=ACCOUNT,
        carrier_auth_token=TOKEN,
        carrier_api_key_sid=running.settings["CARRIER_API_KEY_SID"],
        carrier_api_key_secret=running.settings["CARRIER_API_KEY_SECRET"],
        carrier_timeout_seconds=10.0,
        helpline_number=HELPLINE,
    )


@pytest.fixture
def room(
    exchange: RealTimeExchange,  # noqa: F811
    customer: Customer,
    pages: str,  # noqa: F811
    new_context: Callable[..., BrowserContext],
) -> Room:
    customer.answers["/tw/voice/hold"] = HOLD
    made = Room(exchange, customer, pages, new_context(permissions=["microphone"]))
    made.comes_in(made.lucy, (call_plan.caller_joins(made.contact),))
    made.comes_in(made.priya, call_plan.call_taker_joins(made.contact, Leg(id=uuid.uuid4())))
    return made


def test_a_briefing_is_private_and_then_three_hear_each_other_and_nobody_ends_it_for_the_rest(
    room: Room,
) -> None:
    room.lucy.hears([PRIYA], ALL)
    room.priya.hears([LUKE], ALL)

    room.hold(room.lucy)
    room.comes_in(room.ann, call_plan.party_joins(room.contact, Leg(id=uuid.uuid4())))
    room.ann.hears([PRIYA], ALL)
    room.priya.hears([ANA], ALL)
    # The key's lower tone lies beside the note that Lucy hums herself.
    room.lucy.hears([KEY_ONE], [PRIYA, ANA, KEY_ONE])

    room.release(room.lucy)
    room.lucy.hears([PRIYA, ANA], ALL)
    room.ann.hears([LUKE, PRIYA], ALL)
    room.priya.hears([LUKE, ANA], ALL)

    room.priya.page.evaluate("() => notes.call.disconnect()")
    room.lucy.hears([ANA], ALL)
    room.ann.hears([LUKE], ALL)


def test_keys_that_the_call_taker_presses_reach_a_partners_menu(room: Room) -> None:
    room.hold(room.lucy)
    room.comes_in(room.ann, call_plan.party_joins(room.contact, Leg(id=uuid.uuid4())))
    room.ann.hears([PRIYA], ALL)
    room.priya.page.evaluate("() => notes.call.sendDigits('1')")
    assert room.priya.page.evaluate("() => notes.call.status()") == "open"
