"""Contacts are found by what is known of them, by whoever may read them, and by nobody else."""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit
from helpline.accounts.models import Availability, Role, StaffMember
from helpline.audit import AuditEntry
from helpline.clock import now
from helpline.contacts import contacts, finding
from helpline.contacts.finding import Found, Place, Wanted
from helpline.contacts.models import Channel, Contact, Stream
from tests.helpline import making
from tests.system import Console, System

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)


@pytest.fixture
def session(system: System) -> Iterator[Session]:
    with system.transaction() as opened:
        yield opened


def colleague(session: Session, role: Role = Role.call_taker) -> StaffMember:
    return making.staff_member(session, Availability.off_shift, role=role)


def noted(session: Session, owner: StaffMember, *notes: str, at: datetime = NOON) -> Contact:
    contact = making.conversation(session, owner)
    contact.opened_at = at
    for note in notes:
        contacts.write_note(session, contact, owner.id, note, uuid.uuid4(), at=at)
    session.flush()
    return contact


def ids(found: Found) -> list[uuid.UUID]:
    return [hit.contact.id for hit in found.hits]


def find(session: Session, staff: StaffMember, **wanted: object) -> list[uuid.UUID]:
    return ids(finding.find(session, staff, Wanted(**wanted), at=now()))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        ("blue van", True),
        ("VAN", True),
        ("station blu", True),
        ("cafe", True),
        ("llŷn", True),
        ("llyn", True),
        ("ation", False),
        ("blue car", False),
        ("va.", True),
        (".*", True),
    ],
)
def test_all_words_are_found_anywhere_in_the_notes_of_one_contact(
    session: Session, asked: str, is_found: bool
) -> None:
    priya = colleague(session)
    contact = noted(session, priya, "Saw a blue van by the Café", "Waits at the station in Llŷn")
    noted(session, priya)
    if asked == ".*":  # no word at all: everything in sight is listed
        assert len(find(session, priya, words=asked)) == 2
    else:
        assert find(session, priya, words=asked) == ([contact.id] if is_found else [])


def test_words_of_two_contacts_are_not_taken_together(session: Session) -> None:
    priya = colleague(session)
    noted(session, priya, "a blue car")
    noted(session, priya, "a red van")
    assert find(session, priya, words="blue van") == []


def test_the_quoted_word_stands_between_what_was_written_around_it(session: Session) -> None:
    priya = colleague(session)
    noted(session, priya, "x" * 200 + " waits by the Mühle near town " + "y" * 200)
    (hit,) = finding.find(session, priya, Wanted(words="muhle"), at=now()).hits
    assert hit.excerpt is not None
    assert hit.excerpt.word == "Mühle"
    assert hit.excerpt.before.endswith("waits by the ")
    assert hit.excerpt.before.startswith("…")
    assert len(hit.excerpt.after) < 80


def test_everybody_finds_what_the_matrix_lets_them_read(session: Session) -> None:
    priya, tom = colleague(session), colleague(session)
    hers = noted(session, priya, "the mill")
    raised = noted(session, priya, "the mill again")
    raised.is_flagged = True
    session.flush()
    seen = {
        role: set(find(session, colleague(session, role), words="mill"))
        for role in (Role.supervisor, Role.safeguarding_lead)
    }
    assert seen == {
        Role.supervisor: {hers.id, raised.id},
        Role.safeguarding_lead: {raised.id},
    }
    assert set(find(session, priya, words="mill")) == {hers.id, raised.id}
    assert find(session, tom, words="mill") == []
    assert find(session, tom, reference=hers.caller.reference) == []
    for role in (Role.partner_liaison, Role.administrator, Role.data_protection_officer):
        assert find(session, colleague(session, role), words="mill") == []


def test_reference_day_stream_channel_and_flags_narrow_it_down(session: Session) -> None:
    priya = colleague(session)
    plain = noted(session, priya)
    other = noted(session, priya, at=NOON + timedelta(days=3))
    other.stream, other.is_child, other.is_flagged = Stream.young_person, True, True
    session.flush()
    for wanted in (
        {"stream": Stream.young_person},
        {"is_child": True},
        {"is_flagged": True},
        {"first_day": date(2026, 11, 15)},
        {"reference": other.caller.reference.lower()},
    ):
        assert find(session, priya, **wanted) == [other.id], wanted
    assert find(session, priya, last_day=date(2026, 11, 12)) == [plain.id]
    assert find(session, priya, channel=Channel.voice) == []
    assert find(session, priya) == [other.id, plain.id]


def test_a_day_is_a_day_in_london(session: Session) -> None:
    priya = colleague(session)
    late = noted(session, priya, at=datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    assert find(session, priya, first_day=date(2026, 7, 1)) == [late.id]
    assert find(session, priya, last_day=date(2026, 6, 30)) == []


@pytest.mark.parametrize("words", ["", "lamp"])
def test_a_search_goes_on_where_the_last_one_ended(session: Session, words: str) -> None:
    priya = colleague(session)
    made = [
        noted(session, priya, "a lamp", at=NOON - timedelta(minutes=number // 2)).id
        for number in range(2 * finding.PAGE + 3)
    ]
    seen: list[uuid.UUID] = []
    after: Place | None = None
    for _ in range(3):
        found = finding.find(session, priya, Wanted(words=words, after=after), at=now())
        seen += ids(found)
        after = Place.read(str(found.looked_back_to)) if found.looked_back_to else None
    assert after is None
    assert len(seen) == len(made)
    assert set(seen) == set(made)


def test_no_more_than_so_many_contacts_are_opened_in_one_search(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "MOST_OPENED", 3)
    monkeypatch.setattr(finding, "_BATCH", 2)
    priya = colleague(session)
    oldest = noted(session, priya, "the lamp", at=NOON - timedelta(days=9))
    for number in range(3):
        noted(session, priya, "nothing", at=NOON - timedelta(days=number))
    found = finding.find(session, priya, Wanted(words="lamp"), at=now())
    assert ids(found) == []
    assert found.looked_back_to is not None
    further = Wanted(words="lamp", after=found.looked_back_to)
    found = finding.find(session, priya, further, at=now())
    assert ids(found) == [oldest.id]
    assert found.looked_back_to is None


def test_the_record_keeps_that_somebody_searched_and_what_was_quoted_but_no_word(
    session: Session,
) -> None:
    priya = colleague(session)
    contact = noted(session, priya, "the mill")
    find(session, priya, words="mill")
    find(session, priya, words="  MILL ")
    find(session, priya, words="weir")
    rows = session.scalars(
        sa.select(AuditEntry)
        .where(AuditEntry.who == priya.id, AuditEntry.act == audit.Act.contacts_searched)
        .order_by(AuditEntry.id)
    ).all()
    marks = [row.mark for row in rows]
    assert marks[0] == marks[1] != marks[2]
    seen = session.scalars(
        sa.select(AuditEntry.about).where(
            AuditEntry.who == priya.id, AuditEntry.act == audit.Act.contact_seen
        )
    ).all()
    assert seen == [contact.id, contact.id]


def test_nobody_searches_so_often_that_they_could_read_everything(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "MOST_SEARCHES", 2)
    priya, tom = colleague(session), colleague(session)
    for _ in range(2):
        finding.find(session, priya, Wanted(words="mill"), at=NOON)
    with pytest.raises(finding.TooManySearchesError):
        finding.find(session, priya, Wanted(words="mill"), at=NOON + timedelta(minutes=9))
    finding.find(session, tom, Wanted(words="mill"), at=NOON)
    finding.find(session, priya, Wanted(words="mill"), at=NOON + timedelta(minutes=11))


# --- the page ------------------------------------------------------------------------------


@pytest.fixture
def priya(system: System) -> Console:
    return system.call_taker("Priya", "020 7946 0101").ready()


def test_the_page_finds_quotes_and_links(system: System, priya: Console) -> None:
    system.handset("07700 900123").text("hello")
    with system.transaction() as session:
        contact = session.scalars(sa.select(Contact)).one()
    priya.take(contact.id)
    form_key = str(uuid.uuid4())
    priya.post(f"/console/contacts/{contact.id}/note", words="A blue <van>", form_key=form_key)
    answer = priya.post("/contacts/find", words="van")
    assert answer.status_code == 200
    assert f"/console/contacts/{contact.id}" in answer.text
    assert "A blue &lt;<mark>van</mark>&gt;" in answer.text
    assert "None found" in priya.post("/contacts/find", words="nothing such").text


def test_whoever_searches_too_often_reads_that_they_must_wait(
    priya: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "MOST_SEARCHES", 1)
    assert priya.post("/contacts/find", words="mill").status_code == 200
    answer = priya.post("/contacts/find", words="mill")
    assert answer.status_code == 422
    assert "Wait ten minutes" in answer.text


@pytest.mark.parametrize(
    "spoilt",
    [{"after": "yesterday"}, {"after": "2026-01-01T00:00:00/7"}, {"first_day": "0001-01-01"}],
)
def test_a_spoilt_search_is_refused_in_words(priya: Console, spoilt: dict[str, str]) -> None:
    assert priya.post("/contacts/find", **spoilt).status_code == 422
