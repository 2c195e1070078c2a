"""A service found while talking, given, texted, followed up; and what is refused on the way."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
import requests
import sqlalchemy as sa

from helpline import outbox
from helpline.accounts.models import Role
from helpline.clock import in_london, now
from helpline.confidentiality import safe_contact
from helpline.confidentiality.bank_holidays import Nation
from helpline.confidentiality.safe_contact import Wishes
from helpline.contacts.models import Contact, ContactState
from helpline.directory import partners, services
from helpline.directory.models import PartnerKind, Service
from helpline.signposting.models import Outcome, Signpost, SignpostState, TextStanding
from tests.helpline import making
from tests.system import Console, Handset, System

OnlyContact = Callable[[], Contact]


@pytest.fixture
def priya(system: System) -> Console:
    with system.transaction() as session:
        services.load_first(session, at=now())
    return system.call_taker("Priya", "020 7946 0101").ready()


@pytest.fixture
def sam(system: System) -> Handset:
    return system.handset("07700 900123")


@pytest.fixture
def contact(system: System, priya: Console, sam: Handset, only_contact: OnlyContact) -> Contact:
    sam.text("i dont want to be here anymore")
    priya.take(only_contact().id)
    return only_contact()


def service(system: System, key: str) -> uuid.UUID:
    with system.transaction() as session:
        return session.scalars(sa.select(Service.id).where(Service.key == key)).one()


def found(priya: Console, contact: Contact, **fields: str) -> str:
    return priya.post(f"/console/contacts/{contact.id}/services", **fields).text


def give(
    priya: Console, contact: Contact, service_id: uuid.UUID, state: str = "accepted"
) -> requests.Response:
    return priya.post(
        f"/console/contacts/{contact.id}/signposts",
        service_id=str(service_id),
        state=state,
        topic="",
        form_key=str(uuid.uuid4()),
    )


def only(system: System) -> Signpost:
    with system.transaction() as session:
        return session.scalars(sa.select(Signpost).execution_options(populate_existing=True)).one()


def do(priya: Console, contact: Contact, what: str, system: System, **fields: str) -> str:
    address = f"/console/contacts/{contact.id}/signposts/{only(system).id}/{what}"
    answer = priya.post(address, **fields)
    system.settle()
    return "" if answer.status_code == 204 else answer.text


def test_a_service_is_found_given_texted_and_followed_up(
    system: System, priya: Console, sam: Handset, contact: Contact
) -> None:
    page = found(priya, contact, words="dont want to be here anymore")
    assert "Samaritans" in page
    assert "116 123" in page
    assert "Because: thoughts of suicide" in page

    assert give(priya, contact, service(system, "samaritans"), "offered").status_code == 204
    assert only(system).state is SignpostState.offered
    assert do(priya, contact, "answer", system, state="accepted") == ""
    assert only(system).topic == "suicide"
    about = priya.page(f"/console/contacts/{contact.id}/parts/about").text
    assert "Samaritans" in about
    assert "Pointed to a service" in about

    assert do(priya, contact, "text", system) == ""
    system.advance(30)
    assert sam.received[-1].startswith("Samaritans. Call 116 123.")
    assert len(sam.received[-1]) <= 160
    assert only(system).text_standing is TextStanding.delivered
    assert do(priya, contact, "text", system) == ""
    assert len([each for each in sam.received if "Samaritans" in each]) == 1

    assert do(priya, contact, "called", system) == ""
    tomorrow = in_london(now()).date() + timedelta(days=1)
    assert do(priya, contact, "follow-up", system, on=str(tomorrow)) == ""
    assert "Nobody to ask today" in priya.page("/signposts").text
    today = str(in_london(now()).date())
    assert do(priya, contact, "follow-up", system, on=today) == ""
    assert "Samaritans" in priya.page("/signposts").text
    address = f"/signposts/{only(system).id}/outcome"
    fields = {"outcome": "helped", "csrf_token": priya.token}
    assert priya.http.post(system.web + address, data=fields, timeout=20).status_code == 200
    assert only(system).outcome is Outcome.helped
    assert "Nobody to ask today" in priya.page("/signposts").text


def test_a_signpost_keeps_what_was_shown(system: System, priya: Console, contact: Contact) -> None:
    given = service(system, "samaritans")
    give(priya, contact, given)
    with system.transaction() as session:
        row = session.get_one(Service, given)
        entry = services.shown(session, given).entry
        changed = entry.model_copy(update={"name": "Another name"})
        services.change(session, row, changed, by=priya.staff_id, at=now())
    assert services.read_entry(only(system).version).name == "Samaritans"
    refused = do(priya, contact, "text", system)
    assert "The entry has changed since you gave it" in refused


def test_not_safe_to_text_is_obeyed_by_the_server_even_after_the_promise(
    system: System, priya: Console, sam: Handset, contact: Contact
) -> None:
    give(priya, contact, service(system, "samaritans"))
    _never_text(system, priya, contact)
    assert "It is not safe to text them" in do(priya, contact, "text", system)
    _never_text(system, priya, contact, may_text=True)
    address = f"/console/contacts/{contact.id}/signposts/{only(system).id}/text"
    assert priya.post(address).status_code == 204
    _never_text(system, priya, contact)
    system.settle()
    assert only(system).text_standing is TextStanding.failed
    assert not any("Samaritans" in each for each in sam.received)


def test_what_nobody_has_verified_is_never_texted(
    system: System, priya: Console, sam: Handset, contact: Contact
) -> None:
    give(priya, contact, service(system, "mind"))
    assert "Nobody has verified this entry" in do(priya, contact, "text", system)
    assert "To be verified" in found(priya, contact, words="mind")
    with system.transaction() as session:
        kinds = set(session.scalars(sa.select(outbox.Promise.kind)))
    assert outbox.Kind.send_signpost not in kinds


def test_nothing_for_adults_only_is_found_for_or_given_to_a_child(
    system: System, priya: Console, contact: Contact
) -> None:
    with system.transaction() as session:
        session.get_one(Contact, contact.id).is_child = True
    assert "StreetLink" not in found(priya, contact, words="sleeping rough")
    refused = give(priya, contact, service(system, "streetlink"))
    assert "they are under 18" in refused.text
    with system.transaction() as session:
        assert not session.scalars(sa.select(Signpost)).all()


def test_what_was_looked_for_is_kept_nowhere(
    system: System, priya: Console, contact: Contact
) -> None:
    found(priya, contact, words="somewhere to sleep xylophone", place="Leeds", age="17")
    with system.transaction() as session:
        for table in session.scalars(
            sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).all():
            rows = session.execute(sa.text(f'SELECT t::text FROM "{table}" t')).scalars()  # noqa: S608 - names from the database itself
            stored = " ".join(str(row) for row in rows).lower()
            assert "xylophone" not in stored, table
            if table not in {"service_version", "service_index", "service_word", "partner"}:
                assert "leeds" not in stored, table


def test_an_unmet_need_is_counted_once(system: System, priya: Console, contact: Contact) -> None:
    address = f"/console/contacts/{contact.id}/unmet"
    assert priya.post(address, topic="homelessness").status_code == 204
    assert priya.post(address, topic="homelessness").status_code == 204
    assert "Choose what they needed" in priya.post(address, topic="").text
    with system.transaction() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM unmet_need")) == 1


def test_only_whoever_has_the_contact_gives_services(
    system: System, priya: Console, contact: Contact
) -> None:
    tom = system.call_taker("Tom", "020 7946 0102")
    assert found(tom, contact, words="suicidal").find("Samaritans") == -1
    assert give(tom, contact, service(system, "samaritans")).status_code == 409
    lead = system.call_taker("Lena", None, Role.partner_liaison)
    assert lead.get("/signposts/figures").status_code == 200
    assert tom.get("/signposts/figures").status_code == 403


def _never_text(
    system: System, priya: Console, contact: Contact, *, may_text: bool = False
) -> None:
    with system.transaction() as session:
        wishes = Wishes(uuid.uuid4(), may_text=may_text, may_call=True)
        safe_contact.agree(session, contact.caller_id, wishes, by=priya.staff_id, at=now())


def test_a_service_that_is_a_partner_too_leads_straight_to_the_bridge(
    system: System, priya: Console
) -> None:
    with system.transaction() as session:
        about = partners.About("Samaritans", PartnerKind.other, "", Nation.england)
        partner = partners.add(session, about, by=priya.staff_id, at=now()).id
        contact = making.waiting_call(session, at=now())
        contact.state, contact.owner_id = ContactState.with_call_taker, priya.staff_id
    give(priya, contact, service(system, "samaritans"))
    give(priya, contact, service(system, "shout"))
    about_part = priya.page(f"/console/contacts/{contact.id}/parts/about")
    links = [each["href"] for each in about_part.select(".given a.button")]
    assert links == [f"/console/contacts/{contact.id}/bridge/{partner}"]
