"""Partners: added, changed, and found by name or place, also misspelt."""

import difflib
import re
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, live
from helpline.confidentiality.bank_holidays import Nation
from helpline.database import one_at_a_time
from helpline.directory.models import Partner, PartnerKind

TOPIC = "directory"
MOST_FOUND = 10
MOST_LISTED = 1_000
MOST_NAME_LETTERS = 120
MOST_AREA_LETTERS = 1_000
# Below this, two words are different words rather than one of them misspelt.
_ALIKE = 0.75
# Words that stand in most names and tell none apart.
_SAY_NOTHING = frozenset(
    {"and", "the", "of", "for", "council", "county", "city", "borough", "district"}
    | {"services", "childrens", "social", "police"}
)


@dataclass(frozen=True)
class About:
    """What is known of a partner."""

    name: str
    kind: PartnerKind
    area: str
    nation: Nation


class CannotKeepError(ValueError):
    """The partner can't be kept like that; the words say why."""


def add(session: Session, about: About, *, by: uuid.UUID, at: datetime) -> Partner:
    """Add a partner.

    Raises:
        CannotKeepError: no name, a name that is taken, or too many letters.

    """
    partner = Partner(id=uuid.uuid4(), is_active=True, made_at=at)
    _describe(session, partner, about)
    session.add(partner)
    session.flush()
    audit.note(session, audit.Act.partner_added, at=at, who=by, about=partner.id)
    live.tell(session, TOPIC)
    return partner


def change(
    session: Session, partner: Partner, about: About, *, by: uuid.UUID, at: datetime
) -> None:
    """Change what is known of a partner.

    Raises:
        CannotKeepError: no name, a name that is taken, or too many letters.

    """
    _describe(session, partner, about)
    audit.note(session, audit.Act.partner_changed, at=at, who=by, about=partner.id)
    live.tell(session, TOPIC)


def named(session: Session, name: str) -> Partner | None:
    """Find the partner that is called exactly so, if it may be brought onto a call."""
    return session.scalars(
        sa.select(Partner).where(Partner.name == name, Partner.is_active.is_(True))
    ).one_or_none()


def set_active(
    session: Session, partner: Partner, *, active: bool, by: uuid.UUID, at: datetime
) -> None:
    """Stop or resume offering a partner. While stopped, none of its numbers is rung."""
    partner.is_active = active
    audit.note(session, audit.Act.partner_changed, at=at, who=by, about=partner.id)
    live.tell(session, TOPIC)


def everybody(session: Session, *, only_active: bool = True) -> Sequence[Partner]:
    """List partners by name."""
    listed = sa.select(Partner).order_by(Partner.name).limit(MOST_LISTED)
    return session.scalars(listed.where(Partner.is_active) if only_active else listed).all()


def search(session: Session, words: str, *, only_active: bool = True) -> list[Partner]:
    """Find partners by words of their name or of the places they look after, best first.

    There are some hundreds of councils and forces, so all of them are compared.
    """
    asked = words_of(words)
    telling = [word for word in asked if word not in _SAY_NOTHING] or asked
    if not telling:
        return []
    scored = [
        (_likeness(telling, partner), partner)
        for partner in everybody(session, only_active=only_active)
    ]
    hits = sorted(
        ((score, partner) for score, partner in scored if score > 0),
        key=lambda each: (-each[0], each[1].name),
    )
    return [partner for _, partner in hits[:MOST_FOUND]]


def words_of(words: str) -> list[str]:
    """Return the words of a sentence without accents, capitals and apostrophes."""
    folded = unicodedata.normalize("NFKD", words).casefold()
    letters = "".join(each for each in folded if not unicodedata.combining(each))
    return re.findall(r"\w+", letters.replace("'", "").replace("\u2019", ""))


def _likeness(asked: Sequence[str], partner: Partner) -> float:
    """Say how well a partner fits: every word asked must be like one of its own."""
    names, places = words_of(partner.name), words_of(partner.area)
    total = 0.0
    for word in asked:
        # A hit in the name counts a little more than one among the places.
        best = max(
            max((_word_likeness(word, own) for own in names), default=0.0) * 1.1,
            max((_word_likeness(word, own) for own in places), default=0.0),
        )
        if not best:
            return 0.0
        total += best
    return total


def _word_likeness(asked: str, own: str) -> float:
    if asked == own:
        return 2.0
    if own.startswith(asked):
        return 1.5
    ratio = difflib.SequenceMatcher(None, asked, own).ratio()
    return ratio if ratio >= _ALIKE else 0.0


def _describe(session: Session, partner: Partner, about: About) -> None:
    name, area = (" ".join(each.split()) for each in (about.name, about.area))
    one_at_a_time(session, "names of partners")
    if not name:
        raise CannotKeepError("Give the partner's name")
    if len(name) > MOST_NAME_LETTERS or len(area) > MOST_AREA_LETTERS:
        raise CannotKeepError("Shorten the name or the list of places")
    taken = sa.exists().where(Partner.name == name, Partner.id != partner.id)
    if session.scalar(sa.select(taken)):
        raise CannotKeepError("There is a partner of this name already")
    partner.name, partner.area = name, area
    partner.kind, partner.nation = about.kind, about.nation
