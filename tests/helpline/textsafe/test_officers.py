"""Officers: invited to their force's domain, with a second factor, and shut out of the staff's."""

import uuid

import pytest

from helpline.accounts import invitations, officers, organisations, staff
from helpline.accounts.models import OrganisationKind, Role
from helpline.clock import now
from helpline.web.access import Audience, audience_of
from tests.helpline import making
from tests.helpline.accounts.visitor import Visitor
from tests.helpline.textsafe import asking
from tests.house_rules.test_routes_name_their_audience import address
from tests.system import PASSWORD, System

PASS = "quite-a-long-password-116"


def invited(email: str) -> officers.Invited:
    return officers.Invited(email, "Alex", uuid.uuid4())


def test_an_officer_joins_with_an_address_of_the_force(system: System) -> None:
    with system.transaction() as session:
        force, by = asking.force(session), making.staff_member(session, role=Role.administrator)
        secret = officers.invite(
            session, force, invited(f"Alex@{asking.DOMAIN}"), by=by.id, at=now()
        )
        joined = invitations.accept(session, secret, PASS, at=now())
        assert (joined.role, joined.organisation_id) == (Role.police_partner, force.id)
        assert joined.id not in {each.person.id for each in staff.everybody(session)}
        assert officers.of(session, force.id) == [joined]


@pytest.mark.parametrize("email", ["alex@example.org", "alex@x.westmoor.police.uk", "alex"])
def test_nobody_joins_with_another_address(system: System, email: str) -> None:
    with system.transaction() as session:
        by = making.staff_member(session, role=Role.administrator)
        with pytest.raises(staff.CannotAddError):
            officers.invite(session, asking.force(session), invited(email), by=by.id, at=now())


def test_only_police_have_officers(system: System) -> None:
    with system.transaction() as session:
        by = making.staff_member(session, role=Role.administrator)
        charity = organisations.add(
            session, "A charity", OrganisationKind.charity, "a.org", by=by.id, at=now()
        )
        with pytest.raises(staff.CannotAddError):
            officers.invite(session, charity, invited("x@a.org"), by=by.id, at=now())


def test_nobody_becomes_an_officer_and_no_officer_becomes_staff(system: System) -> None:
    with system.transaction() as session:
        by = making.staff_member(session, role=Role.administrator)
        officer = asking.officer(session, asking.force(session))
        for person, role in ((officer, Role.supervisor), (by, Role.police_partner)):
            other = making.staff_member(session, role=Role.administrator)
            with pytest.raises(staff.NotOneselfError):
                staff.change_role(session, person.id, role, by=other.id, at=now())


def an_officer(system: System) -> tuple[uuid.UUID, str]:
    with system.transaction() as session:
        force = asking.force(session)
        email = f"alex@{asking.DOMAIN}"
        added = staff.add(session, email, "Alex", Role.police_partner, PASSWORD, None, at=now())
        added.organisation_id = force.id
        return force.id, email


def test_outside_training_an_officer_needs_a_second_factor(system: System) -> None:
    _, email = an_officer(system)
    training = system.settings
    real = training.model_copy(update={"training": False})
    system.app.extensions["helpline_settings"] = real
    try:
        visitor = Visitor(system.app)
        answer = visitor.give_password(email)
        assert answer.status_code == 303
        assert "/sign-in/set-up" in answer.headers["Location"]
        assert visitor.get("/police/requests").status_code == 302
    finally:
        system.app.extensions["helpline_settings"] = training


def test_an_officer_arrives_at_the_requests_of_the_force(system: System) -> None:
    _, email = an_officer(system)
    visitor = Visitor(system.app)
    assert visitor.give_password(email).headers["Location"] == "/police/requests"
    assert visitor.get("/console").headers["Location"] == "/police/requests"
    page = visitor.get("/police/requests").text
    assert "Directory" not in page
    assert visitor.get("/me").status_code == 200


@pytest.mark.parametrize("what", ["stopped", "other domain"])
def test_an_officer_is_out_at_once_when_the_force_is(system: System, what: str) -> None:
    force_id, email = an_officer(system)
    visitor = Visitor(system.app)
    visitor.give_password(email)
    assert visitor.get("/police/requests").status_code == 200
    with system.transaction() as session:
        by = making.staff_member(session, role=Role.administrator)
        if what == "stopped":
            organisations.set_active(session, force_id, active=False, by=by.id, at=now())
        else:
            organisations.change_domains(session, force_id, "new.police.uk", by=by.id, at=now())
    assert visitor.get("/police/requests").status_code == 302
    assert Visitor(system.app).give_password(email).status_code == 422


def test_no_page_of_the_staff_lets_an_officer_in(system: System) -> None:
    _, email = an_officer(system)
    visitor = Visitor(system.app)
    visitor.give_password(email)
    let_in = []
    for rule in system.app.url_map.iter_rules():
        if audience_of(system.app, rule.endpoint) is not Audience.staff:
            continue
        path = address(rule.rule)
        if "GET" in (rule.methods or ()):
            status = visitor.get(path).status_code
        else:
            status = visitor.post(path, page="/police/requests").status_code
        if status != 403:
            let_in.append(f"{path}: {status}")
    assert let_in == []


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.police_partner])
def test_no_page_of_officers_lets_staff_in(system: System, role: Role) -> None:
    console = system.call_taker("Sam", None, role)
    for path in ("/police/requests", "/police/requests/new"):
        assert console.get(path).status_code == 403
