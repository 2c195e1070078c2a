"""What a force may ask, checked the same for form and API, and kept once.

A refusal follows only from what the same force did and wrote, and from the clock. That somebody
said stop, is in touch, or is asked for by another force decides nothing here: whether a text
leaves is found out in silence when its turn comes (domain.md 2.4, rules 1, 2 and 6).
"""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, encryption, live, phone_numbers
from helpline.accounts.models import Organisation
from helpline.contacts import callers
from helpline.contacts.models import Caller, Language
from helpline.database import one_at_a_time
from helpline.phone_numbers import NotANumberError, PhoneNumber
from helpline.textsafe import approval, cases, forces
from helpline.textsafe.models import (
    AgeBand,
    Answer,
    Basis,
    Decision,
    How,
    Refusal,
    Relation,
    Risk,
    SuicideRisk,
    TextSafeRequest,
)

LIVES = timedelta(days=7)
"""How long a request goes on at most (domain.md 2.4, rule 4)."""
ONE_IN = timedelta(hours=24)
MOST_REFERENCE_LETTERS = 40
MOST_OFFICER_LETTERS = 60
MOST_EMAIL_LETTERS = 200
MOST_WHY_LETTERS = 500
LEAST_WHY_LETTERS = 20
_CLOCK_SLACK = timedelta(minutes=5)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# 071 to 075, 077 to 079, and 07624; not 070 (personal numbers) nor 076 (pagers). Ofcom.
_UK_MOBILE = re.compile(r"\+447(?:[1-57-9]\d{8}|624\d{6})")
_EMAIL = re.compile(r"[^@\s]+@([^@\s]+\.[^@\s]+)")


class AskedWronglyError(ValueError):
    """The request can't be taken as it is; `problems` says for each field what to do."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("Some answers need attention")
        self.problems = problems


class OtherContentError(Exception):
    """Something else was asked under this key before."""


@dataclass(frozen=True)
class Asker:
    """Which force asks, and by what."""

    organisation_id: uuid.UUID
    officer_id: uuid.UUID | None = None
    api_key_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Asked:
    """All that a force tells us. No name, no date of birth, no postal address."""

    key: str = field(repr=False)
    """The form's key or the Idempotency-Key."""
    force_reference: str = field(repr=False)
    officer: str = field(repr=False)
    officer_email: str = field(repr=False)
    mobile: str = field(repr=False)
    age_band: AgeBand
    risk: Risk
    basis: Basis
    language: Language = Language.en
    suicide_risk: SuicideRisk = SuicideRisk.not_told
    given_by: Relation | None = None
    given_at: datetime | None = None
    given_how: How | None = None
    why: str = field(default="", repr=False)
    last_used_at: datetime | None = None
    in_other_hands: Answer = Answer.not_known
    repeat_wanted: bool = False
    reported_at: datetime | None = None


def ask(session: Session, asker: Asker, asked: Asked, *, at: datetime) -> TextSafeRequest:
    """Keep a request and decide what can be decided at once. Asked twice, it is one.

    Raises:
        NotPoliceError: only police may ask.
        AskedWronglyError: some answers need attention; nothing is kept.
        OtherContentError: the same key came with another content before.

    """
    organisation = forces.check_may_ask(session, asker.organisation_id)
    one_at_a_time(session, f"textsafe:{asker.organisation_id}:{asked.key}")
    content = content_mark(asked)
    known = session.scalar(
        sa.select(TextSafeRequest).where(
            TextSafeRequest.organisation_id == asker.organisation_id,
            TextSafeRequest.key_mark == _mark("key", asker.organisation_id, asked.key),
        )
    )
    if known is not None:
        if known.content_mark != content:
            raise OtherContentError
        return known
    number = check(asked, organisation, at=at)
    caller = callers.recognise(session, number, at=at)
    # Two keys for one number in the same instant: one after the other.
    one_at_a_time(session, f"textsafe:{asker.organisation_id}:{caller.id}")
    refusal = _refusal(session, asker.organisation_id, caller, at)
    request = _keep(session, asker, asked, caller, refusal, at)
    audit.note(session, audit.Act.textsafe_asked, at=at, who=asker.officer_id, about=request.id)
    if refusal is None:
        cases.linked(session, request, at=at)
        approval.begin(session, request, at=at)
    live.tell(session, "shift")
    return request


def check(asked: Asked, organisation: Organisation, *, at: datetime) -> PhoneNumber:
    """Check the answers and return the number.

    Raises:
        AskedWronglyError: says for each field what to do.

    """
    problems = problems_of(asked, at=at)
    if said := _email_problem(asked.officer_email, organisation.mail_domains):
        problems["officer_email"] = said
    if problems:
        raise AskedWronglyError(problems)
    return read_mobile(asked.mobile)


def problems_of(asked: Asked, *, at: datetime) -> dict[str, str]:
    """Say for each answer that needs attention what to do; the e-mail's domain left out."""
    problems = {name: said for name, test in _CHECKS.items() if (said := test(asked, at))}
    try:
        read_mobile(asked.mobile)
    except NotANumberError as error:
        problems["mobile"] = str(error)
    return problems


def read_mobile(written: str) -> PhoneNumber:
    """Read a UK mobile number.

    Raises:
        NotANumberError: it is none; the sentence says what to do.

    """
    number = phone_numbers.read(written[:40])
    if not _UK_MOBILE.fullmatch(number.e164):
        raise NotANumberError(
            "Enter a UK mobile number, like 07700 900123. Landlines, pagers and 070 numbers "
            "can't be texted"
        )
    return number


def reference_mark(organisation_id: uuid.UUID, reference: str) -> bytes:
    """Return the fingerprint by which a force's reference is found again."""
    return _mark("reference", organisation_id, " ".join(reference.upper().split()))


def content_mark(asked: Asked) -> bytes:
    """Return the fingerprint of all that was asked, the key left out."""
    told = [f"{name}={value}" for name, value in sorted(vars(asked).items()) if name != "key"]
    return encryption.blind_index("textsafe:content:" + "\n".join(told), encryption.index_key())


def _refusal(
    session: Session, organisation_id: uuid.UUID, caller: Caller, at: datetime
) -> Refusal | None:
    """Say why not, from this force's own requests for this number and nothing else."""
    theirs = (
        TextSafeRequest.organisation_id == organisation_id,
        TextSafeRequest.caller_id == caller.id,
    )
    session.execute(
        sa.update(TextSafeRequest)
        .where(*theirs, TextSafeRequest.is_open, TextSafeRequest.asked_at <= at - LIVES)
        .values(is_open=False)
    )
    if session.scalar(sa.select(sa.exists().where(*theirs, TextSafeRequest.is_open))):
        return Refusal.open_already
    lately = TextSafeRequest.dealt_with_at > at - ONE_IN
    if session.scalar(sa.select(sa.exists().where(*theirs, lately))):
        return Refusal.asked_lately
    return None


def _keep(  # noqa: PLR0913, PLR0917 - each is a fact of the request
    session: Session,
    asker: Asker,
    asked: Asked,
    caller: Caller,
    refusal: Refusal | None,
    at: datetime,
) -> TextSafeRequest:
    is_consent = asked.basis is Basis.consent
    request = TextSafeRequest(
        id=uuid.uuid4(),
        organisation_id=asker.organisation_id,
        officer_id=asker.officer_id,
        api_key_id=asker.api_key_id,
        key_mark=_mark("key", asker.organisation_id, asked.key),
        content_mark=content_mark(asked),
        force_reference=" ".join(asked.force_reference.split()),
        reference_mark=reference_mark(asker.organisation_id, asked.force_reference),
        officer=" ".join(asked.officer.split()),
        officer_email=asked.officer_email.strip().lower(),
        caller_id=caller.id,
        age_band=asked.age_band,
        language=asked.language,
        risk=asked.risk,
        suicide_risk=asked.suicide_risk,
        basis=asked.basis,
        given_by=asked.given_by if is_consent else None,
        given_at=asked.given_at if is_consent else None,
        given_how=asked.given_how if is_consent else None,
        why="" if is_consent else asked.why.strip(),
        last_used_at=asked.last_used_at,
        in_other_hands=asked.in_other_hands,
        repeat_wanted=asked.repeat_wanted,
        reported_at=asked.reported_at,
        asked_at=at,
        is_training=not forces.is_live(session, asker.organisation_id),
        is_open=refusal is None,
        decision=Decision.rejected if refusal else Decision.to_approve,
        refusal=refusal,
        decided_at=at if refusal else None,
    )
    session.add(request)
    session.flush()
    session.refresh(request)
    return request


def _mark(purpose: str, organisation_id: uuid.UUID, what: str) -> bytes:
    return encryption.blind_index(
        f"textsafe:{purpose}:{organisation_id}:{what}", encryption.index_key()
    )


# --- the checks of single answers: empty where nothing is wrong ---------------------------------


def _words(value: str, missing: str, most: int) -> str:
    if not value.strip():
        return missing
    return f"Shorten this to {most} characters or fewer" if len(value) > most else ""


def _email_problem(written: str, domains: list[str]) -> str:
    match = _EMAIL.fullmatch(written.strip().lower())
    if match is None or len(written) > MOST_EMAIL_LETTERS:
        return "Enter the officer's e-mail address, like pc.4471@example.police.uk"
    if match.group(1) not in domains:
        return "Use an e-mail address of your own force"
    return ""


def _past(when: datetime | None, at: datetime) -> str:
    if when is None:
        return ""
    if when < _EARLIEST:
        return "Check the year"
    return "Enter a time that is not in the future" if when > at + _CLOCK_SLACK else ""


def _given_by(asked: Asked, at: datetime) -> str:
    del at
    if asked.basis is Basis.consent and asked.given_by is None:
        return "Choose who agreed"
    is_adult = asked.age_band is AgeBand.adult
    if asked.given_by is Relation.social_worker and is_adult:
        return "A social worker can agree for a child only. Choose who else agreed, or a basis"
    return ""


def _given_at(asked: Asked, at: datetime) -> str:
    if asked.basis is Basis.consent and asked.given_at is None:
        return "Enter when they agreed"
    return _past(asked.given_at, at)


def _given_how(asked: Asked, at: datetime) -> str:
    del at
    is_missing = asked.basis is Basis.consent and asked.given_how is None
    return "Choose how they agreed" if is_missing else ""


def _why(asked: Asked, at: datetime) -> str:
    del at
    if asked.basis is Basis.consent:
        return ""
    if len(asked.why.strip()) < LEAST_WHY_LETTERS:
        return f"Write why this basis holds, in {LEAST_WHY_LETTERS} characters or more"
    return _words(asked.why, "", MOST_WHY_LETTERS)


_CHECKS: dict[str, Callable[[Asked, datetime], str]] = {
    "force_reference": lambda asked, _: _words(
        asked.force_reference, "Enter your reference", MOST_REFERENCE_LETTERS
    ),
    "officer": lambda asked, _: _words(
        asked.officer, "Enter rank and collar number, like PC 4471", MOST_OFFICER_LETTERS
    ),
    "given_by": _given_by,
    "given_at": _given_at,
    "given_how": _given_how,
    "why": _why,
    "last_used_at": lambda asked, at: _past(asked.last_used_at, at),
    "reported_at": lambda asked, at: _past(asked.reported_at, at),
}
