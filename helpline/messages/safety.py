"""What abuse, court orders and age mean for a message: the table of domain.md 3.2 as a rule."""

import enum
import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from helpline import audit
from helpline.accounts.models import Role
from helpline.confidentiality.consent import Scope
from helpline.messages.models import Age, Harm, Order, Party, Relation, Thread, YesNo

LEAST_REASON_LETTERS = 10


class Handling(enum.IntEnum):
    """What has to happen first; the greatest counts."""

    may_go = 0
    supervisor_decides = 1
    safeguarding_first = 2
    """The safeguarding lead decides before anything goes."""
    blocked = 3
    """Nobody may decide otherwise."""


@dataclass(frozen=True)
class Reason:
    """One thing that stands against a message, and what to tell the author."""

    handling: Handling
    words: str


class NotDecidedError(ValueError):
    """It can't be decided so; the words say why."""


_ORDERS = {
    Order.protects_recipient: Reason(
        Handling.blocked,
        "A court order protects the recipient from the author. A message through us could break "
        "it (Family Law Act 1996 s.42A), so we pass nothing on.",
    ),
    Order.protects_author: Reason(
        Handling.supervisor_decides,
        "A court order protects the author. Warn them that contact may be used against them, and "
        "point to a domestic-abuse service. We don't pass messages by default.",
    ),
    Order.not_sure: Reason(
        Handling.supervisor_decides, "The author is not sure whether there is a court order."
    ),
}
_HARMS = {
    Harm.recipient_harmed_author: Reason(
        Handling.supervisor_decides,
        "The author says that the recipient harmed them. No place, no number to ring back.",
    ),
    Harm.author_harmed_recipient: Reason(
        Handling.supervisor_decides, "The author says that they harmed the recipient."
    ),
    Harm.not_sure: Reason(
        Handling.supervisor_decides, "The author is not sure whether there was abuse."
    ),
}
_CARERS = frozenset({Relation.parent, Relation.carer})


def reasons(thread: Thread, party: Party) -> tuple[Reason, ...]:
    """List what stands against messages to one recipient, the gravest first."""
    found = [_ORDERS.get(party.order), _HARMS.get(party.harm), _of_age(thread, party)]
    if thread.is_detained is not YesNo.no:
        found.append(
            Reason(
                Handling.supervisor_decides,
                "The author may be detained or in somebody's legal care: other rules hold.",
            )
        )
    if party.is_monitored in {YesNo.yes, YesNo.not_sure}:
        found.append(
            Reason(Handling.supervisor_decides, "The number may be shared, or watched by somebody.")
        )
    return tuple(sorted(filter(None, found), key=lambda each: -each.handling))


def handling(thread: Thread, party: Party) -> Handling:
    """Say what has to happen before a message goes to this recipient, decided or not."""
    return max((each.handling for each in reasons(thread, party)), default=Handling.may_go)


def is_resolved(thread: Thread, party: Party) -> bool:
    """Whether nothing stands against it any more: there was nothing, or it was decided."""
    needed = handling(thread, party)
    if needed is Handling.blocked or not is_asked(party):
        return False
    return needed is Handling.may_go or party.cleared_at is not None


def is_asked(party: Party) -> bool:
    """Whether the author answered all that has to be asked about this recipient."""
    asked = (party.harm is not Harm.not_asked, party.order is not Order.not_asked)
    return all(asked) and party.is_monitored is not YesNo.not_asked


def forbidden_scopes(party: Party) -> frozenset[Scope]:
    """Name what may not be told to this recipient even if the author agrees."""
    if party.harm is Harm.none and party.order is Order.none:
        return frozenset()
    return frozenset({Scope.area, Scope.reply_address, Scope.channel, Scope.date})


def answer(  # noqa: PLR0913 - each is an answer
    party: Party,
    *,
    harm: Harm,
    order: Order,
    is_monitored: YesNo,
    unsafe_others: str,
    at: datetime,
) -> None:
    """Keep what the author answered. A changed answer needs a new decision."""
    before = (party.harm, party.order, party.is_monitored, party.unsafe_others or "")
    if (harm, order, is_monitored, unsafe_others.strip()) != before:
        party.cleared_at = party.cleared_by = party.why_cleared = None
    party.harm, party.order, party.is_monitored = harm, order, is_monitored
    party.unsafe_others = unsafe_others.strip() or None
    party.answered_at = at


def clear(  # noqa: PLR0913 - each is a fact of the decision
    session: Session, party: Party, *, by: uuid.UUID, role: str, why: str, at: datetime
) -> None:
    """Decide that messages may go to a recipient although something stood against it.

    Raises:
        NotDecidedError: nobody may, this role may not, or no reason is given.

    """
    needed = handling(party.thread, party)
    if needed is Handling.blocked:
        raise NotDecidedError("Nobody can let this message go")
    deciders = {Role.safeguarding_lead}
    if needed is not Handling.safeguarding_first:
        deciders.add(Role.supervisor)
    if role not in deciders:
        raise NotDecidedError("Only the safeguarding lead can decide this")
    if len(why.strip()) < LEAST_REASON_LETTERS:
        raise NotDecidedError("Write why it may go, in a sentence")
    party.cleared_at, party.cleared_by, party.why_cleared = at, by, why.strip()
    audit.note(session, audit.Act.message_cleared, at=at, who=by, about=party.id)


def _of_age(thread: Thread, party: Party) -> Reason | None:
    if thread.age is Age.adult:
        return None
    if party.relation in _CARERS and party.harm is not Harm.none:
        return Reason(
            Handling.blocked,
            "A child, and abuse by this parent or carer can't be ruled out: nothing goes to them.",
        )
    return Reason(
        Handling.safeguarding_first,
        "The author is under 18 or may be: the safeguarding lead decides first. By default "
        "nothing is passed to a parent or carer.",
    )
