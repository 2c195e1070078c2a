"""How messages and replies stand, and which step may follow which: data, read by every rule.

Source: domain.md 3.2, "States". News that comes late tells the truth, so what was withdrawn or
counted as undeliverable may still turn out to be delivered.
"""

import enum


class MessageState(enum.StrEnum):
    draft = "draft"
    awaiting_approval = "awaiting_approval"
    approved = "approved"
    attempting = "attempting"
    delivered = "delivered"
    undeliverable = "undeliverable"
    refused = "refused"
    """By the recipient, who did not wish to hear it."""
    withdrawn = "withdrawn"
    blocked_safeguarding = "blocked_safeguarding"
    expired = "expired"


class ReplyState(enum.StrEnum):
    received = "received"
    screened = "screened"
    """Read by the program; where it marked something, a supervisor decides."""
    waiting_collection = "waiting_collection"
    given = "given"
    declined_by_author = "declined_by_author"
    held_safeguarding = "held_safeguarding"
    expired = "expired"


class StepNotAllowedError(Exception):
    """The message or reply is not in a state from which this can happen."""


_M, _R = MessageState, ReplyState
_STOPS = frozenset({_M.withdrawn, _M.blocked_safeguarding, _M.expired})
_ENDS_OF_ATTEMPTS = frozenset({_M.delivered, _M.undeliverable, _M.refused})

MESSAGE_STEPS: dict[MessageState, frozenset[MessageState]] = {
    _M.draft: _STOPS | {_M.awaiting_approval},
    _M.awaiting_approval: _STOPS | {_M.draft, _M.approved},
    _M.approved: _STOPS | {_M.draft, _M.awaiting_approval, _M.attempting},
    _M.attempting: _STOPS | _ENDS_OF_ATTEMPTS | {_M.draft, _M.awaiting_approval, _M.approved},
    _M.blocked_safeguarding: frozenset({_M.draft, _M.withdrawn, _M.expired, _M.delivered}),
    _M.withdrawn: frozenset({_M.delivered}),
    _M.undeliverable: frozenset({_M.delivered}),
    _M.expired: frozenset({_M.delivered}),
    _M.delivered: frozenset(),
    _M.refused: frozenset(),
}

REPLY_STEPS: dict[ReplyState, frozenset[ReplyState]] = {
    _R.received: frozenset({_R.screened, _R.held_safeguarding, _R.expired}),
    _R.screened: frozenset({_R.waiting_collection, _R.held_safeguarding, _R.expired}),
    _R.held_safeguarding: frozenset({_R.waiting_collection, _R.expired}),
    _R.waiting_collection: frozenset(
        {_R.given, _R.declined_by_author, _R.held_safeguarding, _R.expired}
    ),
    _R.given: frozenset(),
    _R.declined_by_author: frozenset(),
    _R.expired: frozenset(),
}

UNDER_WAY = frozenset({_M.draft, _M.awaiting_approval, _M.approved, _M.attempting})
"""Not over yet: an edit or a withdrawal is still possible."""
OVER = frozenset(_M) - UNDER_WAY - {_M.blocked_safeguarding}
REPLY_OVER = frozenset({_R.given, _R.declined_by_author, _R.expired})


def check_step(now: MessageState, then: MessageState) -> None:
    """Refuse a step that the table does not have.

    Raises:
        StepNotAllowedError: names both states.

    """
    if then not in MESSAGE_STEPS[now]:
        raise StepNotAllowedError(f"A message that is {now} can't become {then}")


def check_reply_step(now: ReplyState, then: ReplyState) -> None:
    """Refuse a step that the table does not have.

    Raises:
        StepNotAllowedError: names both states.

    """
    if then not in REPLY_STEPS[now]:
        raise StepNotAllowedError(f"A reply that is {now} can't become {then}")
