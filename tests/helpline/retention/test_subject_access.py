"""The pack holds all that is theirs, and nobody else."""

import io
import json
import uuid
import zipfile
from datetime import timedelta

from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpline.accounts.models import StaffMember
from helpline.clock import now
from helpline.contacts import contacts
from helpline.contacts.models import Contact
from helpline.retention import subject_access
from helpline.retention.subject_access import Pack
from tests.helpline import making
from tests.helpline.retention.conftest import SECRETS, Life, Live, caller_of
from tests.system import System

DAYS_AGO = timedelta(days=3)


def pack(system: System, life: Life) -> Pack:
    with system.transaction() as session:
        return subject_access.pack(session, caller_of(session, life), by=uuid.uuid4(), at=now())


def files(made: Pack) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(made.as_zip())) as stored:
        return {name: stored.read(name).decode() for name in stored.namelist()}


def handed_over(made: Pack) -> str:
    return "\n".join(
        words for name, words in files(made).items() if name.startswith("to-hand-over/")
    )


def test_their_own_words_are_in_it(system: System, live_fully: Live) -> None:
    life = live_fully(now() - DAYS_AGO)
    words = handed_over(pack(system, life))
    for theirs in (life.reference, SECRETS[0], "We are here.", SECRETS[4]):
        assert theirs in words


def test_staff_stand_in_it_as_roles(system: System, live_fully: Live, staff: StaffMember) -> None:
    life = live_fully(now() - DAYS_AGO)
    everything = "\n".join(files(pack(system, life)).values())
    assert staff.display_name not in everything
    assert str(staff.id) not in everything
    assert "a member of staff" in everything


def test_what_staff_wrote_is_read_by_a_person_first(system: System, live_fully: Live) -> None:
    life = live_fully(now() - DAYS_AGO)
    made = pack(system, life)
    first = "\n".join(words for name, words in files(made).items() if name.startswith("READ-FIRST"))
    for written in (SECRETS[1], SECRETS[2], SECRETS[3]):
        assert written in first
        assert written not in handed_over(made)


def test_no_number_and_no_token_is_in_it(system: System, live_fully: Live) -> None:
    life = live_fully(now() - DAYS_AGO)
    everything = "\n".join(files(pack(system, life)).values())
    assert life.number.e164[3:] not in everything
    assert str(life.token) not in everything
    assert "We hold the number" in everything


def test_both_forms_say_the_same_and_the_page_can_be_read(system: System, live: Live) -> None:
    made = files(pack(system, live(now() - DAYS_AGO)))
    held = json.loads(made["to-hand-over/what_we_hold.json"])
    page = BeautifulSoup(made["to-hand-over/what_we_hold.html"], "html5lib")
    said = [text["words"] for contact in held["contacts"] for text in contact["texts"]]
    assert said == [SECRETS[0], "We are here."]
    assert all(words in page.text for words in said)
    assert page.find("h1") is not None


def test_words_that_look_like_a_page_stay_words(system: System, live: Live) -> None:
    life = live(now() - DAYS_AGO)
    with system.transaction() as session:
        contact = session.get_one(Contact, life.contact_id)
        contacts.write_note(
            session, contact, life.staff_id, "<script>go()</script>", uuid.uuid4(), at=now()
        )
    page = files(pack(system, life))["READ-FIRST-by-a-person/to_review.html"]
    assert "<script>" not in page


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(planted=st.from_regex(r"[A-Z][a-z]{7}[0-9]{6}", fullmatch=True))
def test_whatever_others_said_is_in_nobodys_pack_but_theirs(
    system: System, live: Live, planted: str
) -> None:
    mine = live(now() - DAYS_AGO)
    other = live(now() - DAYS_AGO)
    with system.transaction() as session:
        contact = session.get_one(Contact, other.contact_id)
        contacts.write_note(session, contact, other.staff_id, planted, uuid.uuid4(), at=now())
        making.conversation(session, making.staff_member(session), planted)
    everything = "\n".join(files(pack(system, mine)).values())
    assert planted not in everything
    assert other.reference not in everything
