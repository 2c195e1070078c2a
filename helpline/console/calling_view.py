"""Whether and how the person of a contact can be rung, as the console shows it. Read only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from helpline.confidentiality import safe_contact
from helpline.confidentiality.safe_contact import SafeContactPlan
from helpline.contacts.models import Channel, Contact, ContactState
from helpline.voice import call_outs, first_minute, legs, may_ring
from helpline.voice.call_outs import CallOut, Ground
from helpline.voice.first_minute import FirstMinute
from helpline.voice.may_ring import MayNotRingError


@dataclass(frozen=True)
class CallingView:
    """All that a call-taker has to know before they ring somebody, and while it rings."""

    ground: Ground | None
    """On what it rests; None where they may not be rung now."""
    why_not: str
    words_first: str
    """What to say before anything else, by their plan."""
    warnings: Sequence[str]
    under_way: CallOut | None
    newest: CallOut | None
    is_on_the_line: bool
    is_held: bool
    first_minute: FirstMinute | None
    can_agree: bool
    """Whether a conversation by text can go on by telephone, once they agree."""

    @property
    def rings_them(self) -> bool:
        """Whether their own telephone may be ringing by now."""
        return self.under_way is not None and self.under_way.leg_id is not None


def read(session: Session, contact: Contact, *, at: datetime) -> CallingView:
    """Read how somebody can be rung."""
    ground, why_not = _allowed(session, contact, at)
    plan = safe_contact.current(session, contact.caller_id)
    caller = legs.live_caller(session, contact.id)
    return CallingView(
        ground=ground,
        why_not=why_not,
        words_first=(plan.words_first or "") if plan is not None else "",
        warnings=_warnings(plan),
        under_way=call_outs.under_way(session, contact.id),
        newest=call_outs.newest(session, contact.id),
        is_on_the_line=caller is not None,
        is_held=caller is not None and caller.is_held,
        first_minute=first_minute.read(session, contact.id),
        can_agree=contact.channel is Channel.sms
        and contact.also_by is None
        and contact.state is ContactState.with_call_taker
        and contact.caller.number_token is not None,
    )


def _allowed(session: Session, contact: Contact, at: datetime) -> tuple[Ground | None, str]:
    try:
        return may_ring.find(session, contact, at=at).ground, ""
    except MayNotRingError as error:
        return None, str(error)


def _warnings(plan: SafeContactPlan | None) -> list[str]:
    if plan is None:
        return ["Say nothing of the helpline until you know who answers."]
    found = []
    if plan.is_shared_phone:
        found.append("Others use this phone too, and it keeps our number in its list of calls.")
    if plan.others_who_answer:
        found.append(f"If somebody else answers: {plan.others_who_answer}")
    if not plan.may_leave_voicemail:
        found.append("Leave nothing on voicemail.")
    return found
