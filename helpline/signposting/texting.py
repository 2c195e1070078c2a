"""Texting a service's details: only to a mobile, only where that is safe, only what is sure.

The words are made from the version that was given and from nothing else; the call-taker reads
them first. Source: issue 9: an entry that is to be verified is never texted, and "not safe to
text" is obeyed by the server, here and once more right before the text leaves (`departures`).
"""

import uuid
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from helpline import audit, outbox
from helpline.carrier import Accepted
from helpline.confidentiality import safe_contact
from helpline.confidentiality.safe_contact import KeptBack, Way
from helpline.contacts import contacts
from helpline.contacts.models import Caller, Channel, Contact, ContactState, Happening
from helpline.directory import services, wording
from helpline.directory.entries import Entry
from helpline.outbox import Kind, Promise
from helpline.signposting import giving
from helpline.signposting.models import Signpost, SignpostState, TextStanding

Fits = Callable[[str], bool]
"""Whether words go in one text; the channel knows."""

_ORDER = tuple(TextStanding)
_DELIVERED = frozenset({"delivered", "read"})
_FAILED = frozenset({"undelivered", "failed", "canceled"})
_SENT = frozenset({"sent"})
_MAY_TRY_AGAIN = frozenset({None, TextStanding.failed})


class CannotTextError(ValueError):
    """It can't be texted; the words say why and what to do instead."""


def words(entry: Entry, fits: Fits) -> str:
    """Write a service's details as a text: as much as goes in one, the number always."""
    reached = [f"Call {entry.phone}"] if entry.phone else []
    if entry.text is not None:
        said = f"{entry.text.word} to " if entry.text.word else ""
        reached.append(f"Text {said}{entry.text.number}")
    address = [entry.url.removeprefix("https://").removeprefix("www.").rstrip("/")]
    address = [each for each in address if each]
    when = [wording.service_hours(entry)] if entry.windows is not None else []
    for parts in (
        [entry.name, *reached, *when, *address],
        [entry.name, *reached, *when],
        [entry.name, *reached, *address],
        [entry.name, *(reached[:1] or address)],
    ):
        tried = ". ".join(each.rstrip(".") for each in parts)
        if fits(tried):
            return tried
    return tried


def why_not(session: Session, contact: Contact, signpost: Signpost, *, at: datetime) -> str:
    """Say why a service's details can't be texted in this contact; empty where they can."""
    entry = services.read_entry(signpost.version)
    if not services.may_be_texted(signpost.service, entry, at=at):
        return "Nobody has verified this entry, so it is not texted. Say so when you give it"
    if signpost.version.number != signpost.service.current_number:
        return "The entry has changed since you gave it. Give it anew"
    if signpost.state is SignpostState.declined:
        return "They declined it"
    if contact.state is not ContactState.with_call_taker:
        return "The contact is over"
    return _why_not_reached(session, contact.caller, at)


def text(  # noqa: PLR0913 - each is a fact of the text
    session: Session,
    contact: Contact,
    signpost: Signpost,
    fits: Fits,
    *,
    said_safe: bool,
    by: uuid.UUID,
    at: datetime,
) -> None:
    """Promise the text. Contact and signpost must be locked; promised already: nothing changes.

    Raises:
        contacts.NotYoursError: somebody else has the contact.
        CannotTextError: it may not be texted, or they were not asked whether it is safe.

    """
    if contact.owner_id != by:
        raise contacts.NotYoursError
    if signpost.text_standing not in _MAY_TRY_AGAIN:
        return
    reason = why_not(session, contact, signpost, at=at)
    if reason:
        raise CannotTextError(reason)
    if not said_safe:
        raise CannotTextError("Ask first whether it is safe to text this to their phone")
    signpost.text_words = words(services.read_entry(signpost.version), fits)
    signpost.text_standing, signpost.texted_at = TextStanding.waiting, at
    outbox.promise(
        session,
        Kind.send_signpost,
        about=signpost.id,
        lane=contact.caller_id,
        reaches=contact.caller_id,
        at=at,
    )
    session.flush()
    contacts.happened(session, contact, Happening.signpost_texted, at=at, staff_id=by)
    audit.note(session, audit.Act.signpost_texted, at=at, who=by, about=contact.id)
    contacts.tell_changed(session, contact)


def came_to(session: Session, signpost: Signpost, standing: TextStanding, *, at: datetime) -> None:
    """Show how the text stands. Late and repeated news changes nothing."""
    del at
    before = signpost.text_standing
    if before is None or _ORDER.index(standing) <= _ORDER.index(before):
        return
    signpost.text_standing = standing
    contacts.tell_changed(session, session.get_one(Contact, signpost.contact_id))


def status_changed(
    session: Session, signpost_id: uuid.UUID, sid: str, status: str, *, at: datetime
) -> None:
    """Hear from the carrier how a text stands."""
    signpost = giving.locked(session, signpost_id)
    if signpost is None:
        return
    made = outbox.of(session, signpost.id, Kind.send_signpost)
    if made is None or made.carrier_sid not in {None, sid}:
        return
    if outbox.is_of_an_earlier(session, made, sid):
        return
    if made.state in {outbox.State.unsure, outbox.State.claimed}:
        # The carrier knows the text, so it was accepted after all.
        outbox.settle(session, made, Accepted(sid), at=at)
    for known, standing in (
        (_DELIVERED, TextStanding.delivered),
        (_FAILED, TextStanding.failed),
        (_SENT, TextStanding.sent),
    ):
        if status in known:
            came_to(session, signpost, standing, at=at)


def settled(session: Session, promise: Promise, *, at: datetime) -> None:
    """Show on the signpost what came of the promise to text it."""
    signpost = giving.locked(session, promise.about)
    standing = {
        outbox.State.accepted: TextStanding.sent,
        outbox.State.unsure: TextStanding.not_confirmed,
        outbox.State.refused: TextStanding.failed,
        outbox.State.given_up: TextStanding.failed,
        outbox.State.cancelled: TextStanding.failed,
    }.get(promise.state)
    if signpost is not None and standing is not None:
        came_to(session, signpost, standing, at=at)


def _why_not_reached(session: Session, caller: Caller, at: datetime) -> str:
    if caller.number_token is None:
        return "Their number is withheld. Read it out to them"
    if caller.is_mobile is False:
        return "Theirs is not a mobile: a landline would read it aloud. Read it out to them"
    if caller.blocked_since is not None:
        return "The carrier refuses our texts to them, since a text of theirs said STOP"
    verdict = safe_contact.verdict(safe_contact.current(session, caller.id), Way.text, at=at)
    if verdict.because is KeptBack.never_this_way:
        return "It is not safe to text them. Read it out to them"
    if verdict.because is KeptBack.plan_ended:
        return "Their plan for safe contact is over. Ask them how we may reach them"
    return ""


def must_ask(contact: Contact) -> bool:
    """Whether they have to be asked if it is safe: who is texting already has the phone."""
    return contact.channel is Channel.voice
