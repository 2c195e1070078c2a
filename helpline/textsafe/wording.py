"""The words of TextSafe: what a missing person reads, and how things are said to staff and police.

The texts are files (`templates/wording/texts`), one for each age, language and whether somebody
answers now. They name nobody, ask for nothing, advertise nothing (domain.md 7.5).
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from helpline.contacts.models import Language
from helpline.textsafe.approval import Why
from helpline.textsafe.models import (
    AgeBand,
    Answer,
    Basis,
    Decision,
    Ending,
    How,
    HowItShowed,
    Refusal,
    Relation,
    Risk,
    SuicideRisk,
    TextState,
)
from helpline.textsafe.samaritans import Gate

LONGEST_PAGE = 30
"""Letters of the address of the page "Why have I received this message?": more makes two parts."""
_TEXTS = Path(__file__).parents[2] / "templates" / "wording" / "texts"


def texted(age: AgeBand, language: Language, *, is_open: bool, page: str) -> str:
    """Return the words for one age and language, at this hour, with the address of the page."""
    hour = "open" if is_open else "closed"
    return _file(language, f"textsafe_{age}_{hour}").format(page=page)


@cache
def _file(language: Language, name: str) -> str:
    return (_TEXTS / language / f"{name}.txt").read_text("utf-8").strip()


AGES = {
    AgeBand.under_18: "Under 18",
    AgeBand.adult: "18 or over",
    AgeBand.not_known: "Not known",
}
LANGUAGES = {Language.en: "English", Language.cy: "Welsh"}
RISKS = {
    Risk.very_low: "Very low, or no apparent risk",
    Risk.low: "Low",
    Risk.medium: "Medium",
    Risk.high: "High",
    Risk.not_told: "Not set yet",
}
SUICIDE_RISKS = {
    SuicideRisk.high: "High",
    SuicideRisk.not_high: "Not high",
    SuicideRisk.not_told: "Not assessed",
}
BASES = {
    Basis.consent: "Somebody agreed to it",
    Basis.vital_interests: "To save a life (vital interests)",
    Basis.safeguarding: "To safeguard a child or an adult at risk",
}
RELATIONS = {
    Relation.themselves: "The missing person, before they went missing",
    Relation.parent: "A parent",
    Relation.carer: "A carer",
    Relation.partner: "Their husband, wife or partner",
    Relation.grown_up_child: "Their grown-up child",
    Relation.brother_or_sister: "A brother or sister",
    Relation.other_relative: "Another relative",
    Relation.social_worker: "A social worker",
}
HOWS = {
    How.in_person: "Face to face",
    How.by_telephone: "By telephone",
    How.in_writing: "In writing",
}
ANSWERS = {Answer.yes: "Yes", Answer.no: "No", Answer.not_known: "Not known"}

DECISIONS = {
    Decision.to_approve: "Waits for a second person",
    Decision.accepted: "Accepted",
    Decision.rejected: "Rejected",
}
WHY_APPROVAL = {
    Why.child: "under 18",
    Why.age_not_known: "age not known",
    Why.high_risk: "high risk",
    Why.no_consent: "nobody's consent",
    Why.other_hands: "phone may be in other hands",
}
REFUSALS = {
    Refusal.open_already: "Your force has an open request for this number already.",
    Refusal.asked_lately: "Your force's last request for this number was carried out less than "
    "24 hours ago.",
    Refusal.basis_too_weak: "The basis given is not enough. Ask again with more about it.",
    Refusal.may_do_harm: "From what you told us, a text could do harm.",
    Refusal.not_for_textsafe: "This can't be done by TextSafe. Ring the helpline's partner team.",
}
"""What a force reads. None of them says anything about the missing person or their phone."""
ENDINGS = {
    Ending.all_sent: "All texts went",
    Ending.found: "The force found them",
    Ending.withdrawn: "The force withdrew it",
    Ending.in_touch: "They are in touch with us",
    Ending.asked_to_stop: "They asked for no such texts",
    Ending.wrong_number: "The number is somebody else's",
    Ending.expired: "Seven days are over",
    Ending.force_stopped: "We don't work with the force at present",
    Ending.rejected: "Rejected",
    Ending.training: "Training mode: no text was sent",
}
TEXT_STATES = {
    TextState.waiting: "Waiting to be sent",
    TextState.accepted: "Sent",
    TextState.delivered: "Delivered",
    TextState.unsure: "Not confirmed; it counts as sent",
    TextState.failed: "Did not arrive",
    TextState.not_sent: "Not sent",
}
SHOWED = {
    HowItShowed.they_told_us: "The person who got the text told us",
    HowItShowed.police_told_us: "The force told us",
    HowItShowed.we_noticed: "We noticed it ourselves",
}
GATES = {
    Gate.adult: "they are known to be 18 or over",
    Gate.high_suicide_risk: "the police say that the risk of suicide is high",
    Gate.next_of_kin_agreed: "somebody of the next of kin agreed",
    Gate.supervisor: "a supervisor who did not propose it approves",
    Gate.still_missing: "they are still missing, and the request still holds",
}


def gates(shut: Sequence[Gate]) -> str:
    """Say why a number may not be given to Samaritans."""
    if not shut:
        return "The number was given to Samaritans already."
    return f"A number is given to Samaritans only if {'; and '.join(GATES[each] for each in shut)}."
