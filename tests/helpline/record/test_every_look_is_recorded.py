"""Whatever page shows something of a person, whoever opened it stands in the record."""

import base64
import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from helpline.accounts.models import Role, StaffMember
from helpline.audit import AuditEntry
from helpline.clock import now
from helpline.confidentiality import consent, disclosures
from helpline.confidentiality.models import PersonTold, Recipient, Threshold
from helpline.contacts import night_plans, records
from helpline.contacts.models import Contact
from helpline.messages import replies
from helpline.messages.happenings import Outcome
from helpline.retention import requests
from helpline.retention.models import AskedBy, RightsKind, Verified
from helpline.sms.models import Text
from helpline.sms.pictures import Picture, PictureState
from helpline.textsafe.models import Basis
from helpline.voice import grounds, professional_messages
from helpline.voice.voicemails import Voicemail, VoicemailState
from tests.helpline import making
from tests.helpline.messages import relaying
from tests.helpline.textsafe import asking
from tests.helpline.voice.bridging import a_partner
from tests.system import System

READERS = (
    Role.supervisor,
    Role.safeguarding_lead,
    Role.data_protection_officer,
    Role.call_taker,
    Role.partner_liaison,
)
SECRETS = ("the mill by the weir", "tell my sister", "Grimhilde", "where the river is", "a bridge")
NOT_OF_A_PERSON = {
    "static",
    "accounts.partner",
    "accounts.colleague",
    "textsafe_forces.force",
    # Partners for calls: councils and their telephones.
    "directory.partner",
    "directory.change_partner",
    "directory.new_number",
    "directory.change_number",
    "directory.check",
    "directory.report_fault",
    # Services, which are public.
    "services.one",
    "services.change",
    "services.verify",
    "open_referral.service",
    "open_referral.organisation",
    "open_referral.service_at_location",
    "open_referral.taxonomy",
    "open_referral.taxonomy_term",
    # What call-takers take, and how long whom is tried.
    "console.change_skills",
    "console.change_wait",
    # When the line is open.
    "console.change_hours",
    # Words for everybody.
    "saved_replies.change",
    # A recipient's own page: that it was opened is a line of its message.
    "message_page.ask",
}


@pytest.fixture
def ids(system: System) -> dict[str, str]:
    """Make one of everything that a page can be about; gives their ids by name."""
    with system.transaction() as session:
        staff = making.staff_member(session, role=Role.supervisor)
        contact = making.conversation(session, staff, "the mill by the weir")
        contact.is_flagged = True
        return {
            "contact_id": str(contact.id),
            "part": "talk",
            "entry_id": str(_agreed(session, contact, staff)),
            "record_id": str(_on_record(session, contact, staff)),
            "disclosure_id": str(_disclosed(session, contact, staff)),
            "request_id": str(_asked(session, contact, staff)),
            "picture_id": str(_pictured(session, contact)),
            "voicemail_id": str(_spoken(session, contact)),
            "textsafe_id": str(_asked_by_police(session)),
            "what": "bridge",
            **_brought_in(session, contact, staff),
            **_relayed(session, contact, staff),
        }


def _relayed(session: sa.orm.Session, contact: Contact, staff: StaffMember) -> dict[str, str]:
    """Let a message be given and answered, and another wait for its second person."""
    thread = relaying.thread(session, contact, staff)
    party = relaying.party(session, thread, staff)
    given = relaying.approved(session, contact, party, staff, relaying.words("tell my sister"))
    relaying.tried(session, given, staff, Outcome.given)
    words = "where are you? the mill by the weir"
    reply = replies.take(session, party, words, uuid.uuid4(), by=staff.id, at=now())
    wanted = relaying.words("tell my sister I am at the mill by the weir")
    return {
        "thread_id": str(thread.id),
        "party_id": str(party.id),
        "message_id": str(relaying.agreed(session, contact, party, staff, wanted).id),
        "reply_id": str(reply.id),
    }


def _brought_in(session: sa.orm.Session, contact: Contact, staff: StaffMember) -> dict[str, str]:
    """Agree a plan for tonight, and leave a message for a council."""
    council = a_partner(session, staff.id, rungs=())
    agreed = night_plans.Agreed(
        uuid.uuid4(),
        tonight="the mill by the weir",
        safe_to_wait=night_plans.SafeToWait.yes,
        arrives_by=now() + timedelta(hours=1),
    )
    by = {"by": staff.id, "at": now()}
    ground = grounds.agreed(session, contact, council, "tell my sister", uuid.uuid4(), **by)
    wish = professional_messages.Wish("tell my sister", uuid.uuid4())
    message = professional_messages.ask(session, contact, council, ground, wish, **by)
    return {
        "partner_id": str(council.id),
        "plan_id": str(night_plans.agree(session, contact, agreed, **by).id),
        "passed_on_id": str(message.id),
    }


def _agreed(session: sa.orm.Session, contact: Contact, staff: StaffMember) -> uuid.UUID:
    agreed = consent.Agreed(
        scopes=frozenset({consent.Scope.safe_and_well}),
        towards=consent.Towards.family,
        words="tell my sister",
        heard=consent.Heard.text,
        form_key=uuid.uuid4(),
    )
    return consent.record(session, contact.caller_id, agreed, by=staff.id, at=now()).id


def _on_record(session: sa.orm.Session, contact: Contact, staff: StaffMember) -> uuid.UUID:
    return records.open_record(
        session,
        contact,
        staff,
        kind=records.RecordKind.family,
        name="Grimhilde",
        summary="",
        form_key=uuid.uuid4(),
        at=now(),
    ).id


def _disclosed(session: sa.orm.Session, contact: Contact, staff: StaffMember) -> uuid.UUID:
    proposal = disclosures.Proposal(
        threshold=Threshold.immediate_danger,
        reason="they said where the river is",
        recipient=Recipient.police,
        recipient_name="control room",
        facts=("a bridge",),
        person_told=PersonTold.told_first,
        why_not_told="",
        review_on=(now() + timedelta(days=7)).date(),
        form_key=uuid.uuid4(),
        contact_id=contact.id,
    )
    return disclosures.raise_(session, contact.caller_id, proposal, by=staff.id, at=now()).id


def _pictured(session: sa.orm.Session, contact: Contact) -> uuid.UUID:
    text_id = session.scalars(sa.select(Text.id).where(Text.contact_id == contact.id)).first()
    body = base64.b64encode(b"the mill by the weir").decode()
    picture = Picture(
        id=uuid.uuid4(), text_id=text_id, number=1, state=PictureState.kept, body=body
    )
    session.add(picture)
    session.flush()
    return picture.id


def _spoken(session: sa.orm.Session, contact: Contact) -> uuid.UUID:
    body = base64.b64encode(b"the mill by the weir").decode()
    voicemail = Voicemail(
        id=uuid.uuid4(),
        contact_id=contact.id,
        state=VoicemailState.kept,
        began_at=now(),
        left_at=now(),
        body=body,
    )
    session.add(voicemail)
    session.flush()
    return voicemail.id


def _asked(session: sa.orm.Session, contact: Contact, staff: StaffMember) -> uuid.UUID:
    asked = requests.Asked(
        RightsKind.erasure,
        AskedBy.themselves,
        Verified.known_facts,
        contact.caller.reference,
        uuid.uuid4(),
    )
    return requests.log_request(session, asked, by=staff.id, at=now()).id


def _asked_by_police(session: sa.orm.Session) -> uuid.UUID:
    why = "a child was last seen near the mill by the weir"
    force = asking.force(session)
    return asking.request(session, force, basis=Basis.safeguarding, why=why).id


def pages(app: Flask, ids: dict[str, str]) -> dict[str, str]:
    """Give the address of every page about something of a person, by name.

    A page about something new fails here: it has to be added to what this test makes.
    """
    found = {}
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            is_read = "GET" in (rule.methods or ()) and rule.endpoint not in NOT_OF_A_PERSON
            if is_read and rule.arguments:
                values = {name: ids[name] for name in rule.arguments}
                found[rule.endpoint] = str(rule.build(values)[1])  # type: ignore[index]
    return found


def looks(system: System, who: uuid.UUID) -> int:
    with system.transaction() as session:
        return int(
            session.scalar(
                sa.select(sa.func.count()).where(
                    AuditEntry.who == who, AuditEntry.about.is_not(None), AuditEntry.about != who
                )
            )
            or 0
        )


@pytest.mark.parametrize("role", READERS)
def test_every_page_about_a_person_records_whoever_opens_it(
    system: System, ids: dict[str, str], role: Role
) -> None:
    for number, (name, address) in enumerate(pages(system.app, ids).items()):
        reader = system.call_taker(f"Sam{number}", None, role)
        answer = reader.get(address)
        assert answer.status_code < 500, name
        if any(secret in answer.text for secret in SECRETS):
            assert looks(system, reader.staff_id) >= 1, f"{name} tells nobody that {role} looked"


def test_somebody_is_shown_something_at_all(system: System, ids: dict[str, str]) -> None:
    """The test above would be satisfied by pages that show nothing."""
    morgan = system.call_taker("Morgan", None, Role.supervisor)
    seen = {
        name
        for name, address in pages(system.app, ids).items()
        if any(secret in morgan.get(address).text for secret in SECRETS)
    }
    assert {"console.contact", "consents.ledger", "people.record", "disclosures.one"} <= seen
