"""One contact as the console shows it, and who may see it. Read only."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline.accounts.models import Role, StaffMember
from helpline.confidentiality import consent, safe_contact, wording
from helpline.confidentiality.access import Data, Fact, Sight, may
from helpline.confidentiality.safe_contact import Verdict, Way
from helpline.console import call_line, calling_view, watchers
from helpline.console.call_line import CallLine
from helpline.console.calling_view import CallingView
from helpline.console.watchers import Watcher
from helpline.contacts import alarms, handing_over
from helpline.contacts.models import (
    Caller,
    Channel,
    Contact,
    ContactState,
    Ending,
    Note,
    TimelineEntry,
    WrapUp,
)
from helpline.contacts.wrap_up import latest
from helpline.directory import partners, services
from helpline.directory.entries import Entry
from helpline.retention import requests
from helpline.signposting import giving, texting
from helpline.signposting.models import Signpost
from helpline.sms import conversations, pictures, saved_replies, segments
from helpline.sms.models import Direction, Text
from helpline.sms.pictures import Picture
from helpline.sms.saved_replies import SavedReplyVersion
from helpline.voice.models import Leg, LegRole, LegState

_MOST_SHOWN = 100


@dataclass(frozen=True)
class CallView:
    """How a call stands."""

    caller_is_on_the_line: bool
    call_taker_is_on_the_line: bool
    talking_since: datetime | None
    watchers: Sequence[Watcher]
    """Supervisors who listen, whisper or have joined in."""
    is_quiet: bool
    """Its call-taker asked for help without a word: nothing of it may show on their screen."""


@dataclass(frozen=True)
class EarlierContact:
    channel: Channel
    opened_at: datetime
    owner: str | None
    ending: Ending | None


@dataclass(frozen=True)
class Given:
    """A service that was given, as it was shown then, and whether it may be texted."""

    signpost: Signpost
    entry: Entry
    why_no_text: str
    words: str
    """What a text would say."""
    asks_if_safe: bool
    partner_id: uuid.UUID | None
    """The partner of the same name, who can be brought onto the call: its number is checked."""


@dataclass(frozen=True)
class ContactView:
    """All that the person who has a contact may see of it."""

    contact: Contact
    reference: str
    texts: Sequence[Text]
    pictures: Mapping[uuid.UUID, Sequence[Picture]]
    """By text."""
    newest_incoming: int
    can_be_texted: bool
    call: CallView | None
    line: CallLine | None
    """Who else is in a call that goes on, or is being brought in."""
    timeline: Sequence[TimelineEntry]
    notes: Sequence[Note]
    wrap_up: WrapUp | None
    earlier: Sequence[EarlierContact]
    plan: Sequence[str]
    """How they may safely be reached, in sentences."""
    text_verdict: Verdict
    """Whether an answer by text may leave now, by their plan."""
    signposts: Sequence[Given]
    consents: Sequence[str]
    """What they agreed to and may be relied on, in sentences."""
    colleagues: Sequence[StaffMember]
    """To whom a conversation by text could be handed over."""
    replies: Sequence[SavedReplyVersion]
    """Saved replies for a conversation by text."""
    calling: CallingView
    """Whether they may be rung, and how it stands."""

    @property
    def can_be_handed_over(self) -> bool:
        """Whether it is a conversation by text that goes on."""
        is_open = self.contact.state is ContactState.with_call_taker
        return is_open and self.contact.channel is Channel.sms


def read(session: Session, contact: Contact, *, at: datetime) -> ContactView:
    """Read one contact for whoever may see it."""
    texts = conversations.thread(session, contact.id)
    incoming = [text for text in texts if text.direction is Direction.inbound]
    plan = safe_contact.current(session, contact.caller_id)
    last_wrote = incoming[-1].at if incoming else None
    has_call = Channel.voice in (contact.channel, contact.also_by)
    is_texting = contact.is_by_text and contact.state is ContactState.with_call_taker
    return ContactView(
        contact=contact,
        reference=contact.caller.reference,
        texts=texts,
        pictures=pictures.of_texts(session, texts),
        newest_incoming=max((text.number for text in incoming), default=0),
        can_be_texted=contact.caller.number_token is not None,
        call=_call(session, contact) if has_call else None,
        line=call_line.read(session, contact, at=at) if has_call else None,
        timeline=session.scalars(
            sa.select(TimelineEntry)
            .where(TimelineEntry.contact_id == contact.id)
            .order_by(TimelineEntry.id.desc())
            .limit(_MOST_SHOWN)
        ).all(),
        notes=session.scalars(
            sa.select(Note).where(Note.contact_id == contact.id).order_by(Note.at)
        ).all(),
        wrap_up=latest(session, contact.id),
        earlier=_earlier(session, contact),
        plan=wording.plan_in_sentences(plan, at),
        text_verdict=safe_contact.verdict(plan, Way.text, at=at, last_wrote=last_wrote),
        signposts=_given(session, contact, at),
        consents=[
            f"{scope}: {wording.recipient(entry)}"
            for entry in consent.in_force(session, contact.caller_id, at=at)
            for scope in wording.scopes(entry)
        ],
        colleagues=handing_over.colleagues(session, contact.owner_id) if is_texting else (),
        replies=saved_replies.in_use(session) if is_texting else (),
        calling=calling_view.read(session, contact, at=at),
    )


def may_see(contact: Contact, staff_id: uuid.UUID, role: str, *known: Fact) -> bool:
    """Whether somebody may read a contact, as the matrix says (domain.md 9).

    `known` is what else is true of the two: that the person has asked for their data.
    """
    facts = [*known, Fact.is_own] if contact.owner_id == staff_id else [*known]
    if contact.is_flagged:
        facts.append(Fact.is_flagged)
    return may(role, Data.contact_notes, *facts) is Sight.whole


def asked_for(session: Session, contact: Contact, role: str) -> list[Fact]:
    """Say whether the person has asked for their data: only then its officer reads a contact."""
    if role != Role.data_protection_officer:
        return []
    return [Fact.has_request] if requests.is_open_about(session, contact.caller_id) else []


def _given(session: Session, contact: Contact, at: datetime) -> list[Given]:
    given = []
    for each in giving.of_contact(session, contact.id):
        entry = services.read_entry(each.version)
        words = texting.words(entry, lambda said: segments.measure(said).parts == 1)
        reason = texting.why_not(session, contact, each, at=at)
        partner = partners.named(session, entry.name)
        asks = texting.must_ask(contact)
        given.append(Given(each, entry, reason, words, asks, partner.id if partner else None))
    return given


def _call(session: Session, contact: Contact) -> CallView:
    legs = session.scalars(sa.select(Leg).where(Leg.contact_id == contact.id)).all()
    live = [leg for leg in legs if leg.state is not LegState.ended]
    talking = [
        leg for leg in live if leg.role is LegRole.call_taker and leg.state is LegState.joined
    ]
    return CallView(
        caller_is_on_the_line=any(leg.role is LegRole.caller for leg in live),
        call_taker_is_on_the_line=bool(talking),
        talking_since=talking[0].joined_at if talking else None,
        watchers=watchers.of(live),
        is_quiet=alarms.is_quiet(session, contact.id),
    )


def _earlier(session: Session, contact: Contact) -> list[EarlierContact]:
    if contact.caller.number_token is None:
        return []
    rows = session.scalars(
        sa.select(Contact)
        .join(Caller)
        .where(Contact.caller_id == contact.caller_id, Contact.id != contact.id)
        .order_by(Contact.opened_at.desc())
        .limit(20)
    ).all()
    return [
        EarlierContact(
            channel=each.channel,
            opened_at=each.opened_at,
            owner=each.owner.display_name if each.owner else None,
            ending=each.ending,
        )
        for each in rows
    ]
