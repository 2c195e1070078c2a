"""The release check as the relay uses it: what it knows of both sides, and which marks are open."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.confidentiality import release_check, vault
from helpline.confidentiality.consent import Scope
from helpline.confidentiality.release_check import Flag, Kind, Known
from helpline.contacts.models import Caller
from helpline.messages import sendings
from helpline.messages.happenings import Approval
from helpline.messages.models import Message, Thread

_TRACES = frozenset(
    {
        Kind.number,
        Kind.e_mail,
        Kind.web_address,
        Kind.account,
        Kind.map_reference,
        Kind.what3words,
        Kind.postcode,
    }
)
"""What in a reply could lead somebody to the author, or the author into a trap."""


def flags(session: Session, message: Message) -> tuple[Flag, ...]:
    """Mark what in a message would disclose more than its author agreed to."""
    return release_check.check(message.words or "", _known(session, message))


def reply_flags(words: str) -> tuple[Flag, ...]:
    """Mark what in a reply threatens, asks where they are, presses them, or could trace them."""
    traces = release_check.check(words, Known())
    found = [*release_check.screen_reply(words), *(f for f in traces if f.kind in _TRACES)]
    return tuple(sorted(found, key=lambda each: (each.start, each.end)))


def flag_key(flag: Flag) -> str:
    """Name one mark in one text, so that somebody can pass exactly this one."""
    return f"{flag.kind}:{flag.start}:{flag.end}"


def open_flags(session: Session, message: Message, approval: Approval | None) -> list[Flag]:
    """List the marks that nobody has passed."""
    passed = set(approval.passed_flags) if approval is not None else set()
    return [each for each in flags(session, message) if flag_key(each) not in passed]


def words_mark(message: Message) -> bytes:
    """Return the fingerprint of the words and of all that may be told with them."""
    told = "|".join(
        [*sorted(message.scopes), message.area or "", message.reply_to or "", message.level]
    )
    return sendings.mark(f"{told}\n{message.words or ''}")


def _known(session: Session, message: Message) -> Known:
    party = message.party
    names = {party.thread.name, party.name}
    return Known(
        names_agreed=frozenset(names.union(*(each.split() for each in names))),
        vault=frozenset(_vault_of(session, party.thread)),
        scope=frozenset(Scope(each) for each in message.scopes),
        area=frozenset(filter(None, (message.area,))),
        reply_to=frozenset(filter(None, (message.reply_to,))),
    )


def _vault_of(session: Session, thread: Thread) -> tuple[str, ...]:
    """Gather what we hold of an author that must never stand in their words."""
    ids = filter(None, (thread.caller_id, thread.safe_caller_id))
    tokens = session.scalars(
        sa.select(Caller.number_token).where(Caller.id.in_(ids), Caller.number_token.is_not(None))
    )
    found = [thread.reference]
    for token in filter(None, tokens):
        try:
            found.append(vault.number_for_carrier(session, token).e164)
        except vault.NotInVaultError:
            continue
    return (*found, thread.born) if thread.born else tuple(found)
