"""How the relay is said to staff, in plain words. Codes stay in tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from helpline.confidentiality import wording as consents
from helpline.confidentiality.consent import Scope
from helpline.confidentiality.release_check import Flag
from helpline.messages.drafting import MAY_BE_TOLD
from helpline.messages.happenings import AlertKind, Outcome, Told
from helpline.messages.models import (
    Age,
    Harm,
    Level,
    Order,
    Relation,
    ReturnPath,
    Way,
    Wish,
    YesNo,
)
from helpline.messages.states import MessageState, ReplyState

STATES = {
    MessageState.draft: "Being written",
    MessageState.awaiting_approval: "Waits for a second person",
    MessageState.approved: "Approved, not given yet",
    MessageState.attempting: "Being given",
    MessageState.delivered: "Given",
    MessageState.undeliverable: "Could not be given",
    MessageState.refused: "The recipient did not want to hear it",
    MessageState.withdrawn: "Taken back",
    MessageState.blocked_safeguarding: "Stopped: safeguarding decides",
    MessageState.expired: "Expired",
}
STATES_FOR_AUTHOR = STATES | {
    MessageState.refused: "Could not be given",
    MessageState.blocked_safeguarding: "Not given",
}
"""What may be said to the author: never why somebody at home did not hear it."""
REPLY_STATES = {
    ReplyState.received: "Taken down",
    ReplyState.screened: "Marked: a supervisor decides",
    ReplyState.waiting_collection: "Waits to be asked for",
    ReplyState.given: "Given",
    ReplyState.declined_by_author: "They did not want to hear it",
    ReplyState.held_safeguarding: "Held: safeguarding decides",
    ReplyState.expired: "Expired",
}
WISHES = {
    Wish.open: "Messages may go out, and answers may wait for them",
    Wish.out_only: "Messages go out; they want to hear nothing back",
    Wish.none: "No contact with anybody at home",
    Wish.none_from_named: "No contact with the people they name",
}
AGES = {Age.adult: "18 or over", Age.child: "Under 18", Age.not_known: "Not known"}
YES_NO = {YesNo.no: "No", YesNo.yes: "Yes", YesNo.not_sure: "Not sure, or they won't say"}
LEVELS = {
    Level.L0: "They say who they are, and nothing confirms it",
    Level.L1: "Name, date of birth, and a fact that the recipient can confirm",
    Level.L2: "They gave reference and word from an earlier contact",
}
RELATIONS = {
    Relation.partner: "Partner, wife or husband",
    Relation.parent: "Parent",
    Relation.carer: "Carer or children's home",
    Relation.sibling: "Brother or sister",
    Relation.child: "Son or daughter",
    Relation.other_family: "Other family",
    Relation.friend: "Friend",
    Relation.somebody_else: "Somebody else",
}
WAYS = {
    Way.call: "We phone them and say it",
    Way.text: "A text with the words, once the number is known to be theirs",
    Way.page: "A text with a link, and a question that only they can answer",
}
HARMS = {
    Harm.none: "No",
    Harm.recipient_harmed_author: "Yes: the recipient harmed them, or may",
    Harm.author_harmed_recipient: "Yes: they harmed the recipient, or are said to have",
    Harm.not_sure: "Not sure, or they won't say",
}
ORDERS = {
    Order.none: "No",
    Order.protects_author: "Yes, and it protects the caller",
    Order.protects_recipient: "Yes, and it protects the recipient",
    Order.not_sure: "Not sure, or they won't say",
}
WHOM_AN_ORDER_PROTECTS = {
    Order.protects_recipient: "Them, the recipient",
    Order.protects_author: "The person who sent the message",
    Order.not_sure: "They are not sure, or won't say",
}
RETURN_PATHS = {
    ReturnPath.collect_only: "They ask, with reference and word. We never reach out.",
    ReturnPath.safe_number: "They ask, and we may send a neutral sign to their safe number.",
}
OUTCOMES = {
    Outcome.given: "I spoke to them, they answered the question, and I gave the words",
    Outcome.no_answer: "Nobody answered",
    Outcome.voicemail: "I left the agreed neutral words on voicemail",
    Outcome.somebody_else: "Somebody else answered; I said nothing",
    Outcome.not_verified: "They could not answer the question; I said nothing",
    Outcome.refused: "They did not want to hear it",
    Outcome.order_disclosed: "They told me of a court order",
}
TRIES = OUTCOMES | {
    Outcome.not_taken: "Rung: it was picked up, and nobody took the call",
    Outcome.promised: "Sent on its way as a text",
    Outcome.not_sent: "The text did not leave, or did not arrive",
    Outcome.opened: "They opened the page",
}
ALERTS = {
    AlertKind.duress: "The word for danger was used. Somebody may be with them.",
    AlertKind.locked: "Three wrong words: the thread is locked.",
    AlertKind.unsafe: "A message is stopped until safeguarding decides.",
    AlertKind.not_confirmed: "Nobody knows whether a text left. Ask before it is sent again.",
}
TOLD = {
    Told.message: "The words of a message",
    Told.link: "A link to a page",
    Told.voicemail: "The neutral words on voicemail",
    Told.reply: "An answer",
    Told.left_message: "A message that was left for them",
    Told.nudge: "The neutral sign",
    Told.police_notice: "What the police were to be told",
}
MAY_TELL = {scope: consents.SCOPES[scope] for scope in MAY_BE_TOLD}
RIGHTS = (
    "If they are 18 or over they may be away, and stay away. Nobody can make them go back, "
    "unless they are detained or legally in somebody's care.\n"
    "What they say stays with us, unless somebody is likely to come to serious harm and we know "
    "who they are. We try to talk to them about it first.\n"
    "We pass on their words and nothing else. They may take the message back until it is given."
).splitlines()
NEVER_SAY = (
    "Where they are, or were. You can't see it, so you can't say it.",
    "Which number, whether they phoned or texted, or when.",
    "How they sounded, or anything else beside the words.",
    "Anything at all to somebody else, or to a machine unless it says so here.",
)
CANT_BE_ANSWERED = (
    "If they ask where, which number or when: “I can't tell you that, and I don't have it in front "
    "of me. I can take down your answer, and it waits in case they ask for it.”"
)


@dataclass(frozen=True)
class Piece:
    """Part of a text as it is shown: plain, or marked, with the number of its mark."""

    words: str
    flag: Flag | None = None
    number: int = 0


def pieces(words: str, flags: Sequence[Flag]) -> list[Piece]:
    """Cut words into pieces, those that are marked with their mark, to show them in their place."""
    found: list[Piece] = []
    at = number = 0
    for flag in sorted(flags, key=lambda each: (each.start, each.end)):
        if flag.start < at:
            continue
        if flag.start > at:
            found.append(Piece(words[at : flag.start]))
        number += 1
        found.append(Piece(words[flag.start : flag.end], flag, number))
        at = flag.end
    if at < len(words):
        found.append(Piece(words[at:]))
    return found


def scopes(codes: Sequence[str]) -> list[str]:
    """Say what else may be told, in the order of the list."""
    return [MAY_TELL[scope] for scope in Scope if scope in codes and scope in MAY_TELL]
