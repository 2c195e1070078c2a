"""Tables of callers, contacts, notes and wrap-ups."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpline.accounts.models import StaffMember
from helpline.database import Base, EncryptedText, Id, IdByTime


class Channel(enum.StrEnum):
    voice = "voice"
    sms = "sms"


class Stream(enum.StrEnum):
    """What brings somebody to the helpline, as they chose it or a call-taker set it."""

    not_chosen = "not_chosen"
    young_person = "young_person"
    adult_away = "adult_away"
    family = "family"
    sighting = "sighting"
    professional = "professional"
    message_collection = "message_collection"


class Language(enum.StrEnum):
    en = "en"
    cy = "cy"


class Need(enum.StrEnum):
    """Why a contact goes before others who wait. `contacts/need.py` weighs them."""

    cut_off = "cut_off"
    """Their call-taker's telephone went away."""
    danger = "danger"
    """Words that may mean danger."""
    child = "child"
    returning = "returning"
    """Was in touch a short while ago."""
    first_by_hand = "first_by_hand"
    later_by_hand = "later_by_hand"


class ContactState(enum.StrEnum):
    arriving = "arriving"
    """A call that hears the greeting."""
    waiting = "waiting"
    with_call_taker = "with_call_taker"
    with_switchboard = "with_switchboard"
    """Put through to somebody else's switchboard, by their own choice."""
    wrapping_up = "wrapping_up"
    closed = "closed"


class Ending(enum.StrEnum):
    wrapped_up = "wrapped_up"
    asked_to_stop = "asked_to_stop"
    """Said STOP to a text that we sent first, and nothing else."""
    left_in_greeting = "left_in_greeting"
    left_while_waiting = "left_while_waiting"
    not_reached = "not_reached"
    """We rang them, as they wished, and they were not reached."""
    left_voicemail = "left_voicemail"
    barred = "barred"
    """We don't take calls from them for a while, and they did not ask to be let in."""
    put_through = "put_through"
    """Talked with a switchboard to which their kind of call was diverted."""


STEPS: dict[ContactState, frozenset[ContactState]] = {
    ContactState.arriving: frozenset(
        {ContactState.waiting, ContactState.with_switchboard, ContactState.closed}
    ),
    ContactState.waiting: frozenset(
        {
            ContactState.with_call_taker,
            ContactState.with_switchboard,
            ContactState.wrapping_up,
            ContactState.closed,
        }
    ),
    ContactState.with_switchboard: frozenset({ContactState.waiting, ContactState.closed}),
    ContactState.with_call_taker: frozenset({ContactState.waiting, ContactState.wrapping_up}),
    ContactState.wrapping_up: frozenset({ContactState.closed, ContactState.with_call_taker}),
    ContactState.closed: frozenset({ContactState.waiting}),
}
"""Which state may follow which.

Waiting to wrapping up: a caller leaves whose call-taker was cut off before. Closed to waiting: any
new text reopens a conversation.
"""


class Caller(Base):
    """Somebody who phones or texts. Known to staff by a reference, never by a number."""

    __tablename__ = "caller"

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(unique=True)
    """Like `K7F-2Q`."""
    number_token: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("vault_entry.token"), unique=True
    )
    """None where the number was withheld: such a caller is new each time."""
    first_seen_at: Mapped[datetime]
    is_identified: Mapped[bool] = mapped_column(default=False)
    """They said who they are: their contacts are kept for longer (domain.md 7.12)."""
    is_mobile: Mapped[bool | None]
    """Whether a text reaches them: a landline may read it aloud to the house (domain.md 7.6)."""
    last_outreach_at: Mapped[datetime | None]
    """When we last wrote to them first."""
    blocked_since: Mapped[datetime | None]
    """Since when the carrier refuses our texts to them, after a STOP of theirs (error 21610)."""

    __table_args__ = (
        sa.Index(
            "ix_caller_blocked",
            "blocked_since",
            postgresql_where=sa.text("blocked_since IS NOT NULL"),
        ),
    )


class Contact(Base):
    """One call, or one conversation by text."""

    __tablename__ = "contact"

    id: Mapped[IdByTime]
    channel: Mapped[Channel]
    state: Mapped[ContactState]
    caller_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("caller.id"))
    owner_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    """The call-taker who has it; kept after closing."""
    opened_at: Mapped[datetime]
    waiting_since: Mapped[datetime | None]
    stream: Mapped[Stream] = mapped_column(
        default=Stream.not_chosen, server_default=Stream.not_chosen.value
    )
    language: Mapped[Language] = mapped_column(
        default=Language.en, server_default=Language.en.value
    )
    is_child: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Under 18, as they or their choice of stream said."""
    need: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default=sa.text("0"))
    """Greater goes first, before those who wait longer. Set only by `contacts/need.py`."""
    need_because: Mapped[list[str]] = mapped_column(
        sa.ARRAY(sa.String(40)), default=list, server_default="{}"
    )
    """Codes of `Need`."""
    is_flagged: Mapped[bool] = mapped_column(default=False)
    """Raised with the safeguarding lead, who may then read it."""
    follows_outreach_at: Mapped[datetime | None]
    """When they wrote or rang after a text that we sent first: answered within the hour."""
    also_by: Mapped[Channel | None]
    """The second way by which they agreed to go on, within the same contact."""
    offered_to_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    """The colleague to whom its owner wants to hand it over. Until they accept, nothing changes."""
    kept_for_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    """Who had it before it was reopened: first in line for it until `kept_until`."""
    kept_until: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    first_waited_at: Mapped[datetime | None]
    """When they began to wait the first time, and (below) when somebody first took them: however
    often they are cut off or handed over, the service level counts this."""
    first_taken_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    ending: Mapped[Ending | None]
    conference_name: Mapped[str | None]
    """Voice only. Unguessable, never used again: two callers in one room must not happen."""
    conference_sid: Mapped[str | None]

    caller: Mapped[Caller] = relationship(lazy="joined", innerjoin=True)
    owner: Mapped[StaffMember | None] = relationship(lazy="joined", foreign_keys="Contact.owner_id")

    __table_args__ = (
        sa.Index(
            "ix_contact_waiting",
            sa.text("need DESC"),
            "waiting_since",
            postgresql_where=sa.text("state = 'waiting'"),
        ),
        sa.Index(
            "ix_contact_open",
            "owner_id",
            postgresql_where=sa.text("state IN ('with_call_taker', 'wrapping_up')"),
        ),
        sa.Index(
            "ix_contact_taken",
            "taken_at",
            postgresql_where=sa.text("channel = 'voice' AND taken_at IS NOT NULL"),
        ),
        sa.Index("ix_contact_calls", "opened_at", postgresql_where=sa.text("channel = 'voice'")),
        sa.Index("ix_contact_of_caller", "caller_id"),
        # One open conversation by text for each caller, whatever arrives at the same instant.
        sa.Index(
            "uq_contact_open_sms",
            "caller_id",
            unique=True,
            postgresql_where=sa.text("(channel = 'sms' OR also_by = 'sms') AND state <> 'closed'"),
        ),
        sa.Index(
            "ix_contact_offered",
            "offered_to_id",
            postgresql_where=sa.text("offered_to_id IS NOT NULL"),
        ),
        sa.Index("ix_contact_closed", "closed_at", postgresql_where=sa.text("state = 'closed'")),
        sa.Index("ix_contact_flagged", "opened_at", postgresql_where=sa.text("is_flagged")),
        sa.Index(
            "uq_contact_conference",
            "conference_name",
            unique=True,
            postgresql_where=sa.text("conference_name IS NOT NULL"),
        ),
    )

    @hybrid_property
    def is_by_text(self) -> bool:
        """Whether they write in it: as they came, or as they agreed meanwhile."""
        return Channel.sms in (self.channel, self.also_by)

    @is_by_text.inplace.expression
    @classmethod
    def _is_by_text(cls) -> sa.ColumnElement[bool]:
        return sa.or_(cls.channel == Channel.sms, cls.also_by == Channel.sms)


class Happening(enum.StrEnum):
    """What a timeline shows. Words for each are in `console/timeline.py`."""

    call_arrived = "call_arrived"
    kind_chosen = "kind_chosen"
    text_arrived = "text_arrived"
    reopened = "reopened"
    started_waiting = "started_waiting"
    phone_rang = "phone_rang"
    phone_not_answered = "phone_not_answered"
    taken = "taken"
    call_taker_cut_off = "call_taker_cut_off"
    choice_given = "choice_given"
    switchboard_rung = "switchboard_rung"
    put_through = "put_through"
    back_from_switchboard = "back_from_switchboard"
    supervisor_listens = "supervisor_listens"
    supervisor_whispers = "supervisor_whispers"
    supervisor_joined_in = "supervisor_joined_in"
    supervisor_left = "supervisor_left"
    taken_over = "taken_over"
    handed_back = "handed_back"
    handed_over = "handed_over"
    put_first = "put_first"
    put_later = "put_later"
    put_as_it_was = "put_as_it_was"
    goes_on_by_voice = "goes_on_by_voice"
    goes_on_by_text = "goes_on_by_text"
    let_in = "let_in"
    voicemail_begun = "voicemail_begun"
    voicemail_left = "voicemail_left"
    voicemail_done = "voicemail_done"
    caller_left = "caller_left"
    ended = "ended"
    note_written = "note_written"
    wrapped_up = "wrapped_up"
    text_not_confirmed = "text_not_confirmed"
    text_refused = "text_refused"
    outreach_stopped = "outreach_stopped"
    outreach_allowed = "outreach_allowed"
    carrier_blocks = "carrier_blocks"
    carrier_allows = "carrier_allows"
    answered_first = "answered_first"
    carrier_sent_twice = "carrier_sent_twice"
    concern_raised = "concern_raised"
    first_minute_noted = "first_minute_noted"
    asked_to_be_rung_back = "asked_to_be_rung_back"
    call_back_for_a_person = "call_back_for_a_person"
    call_back_ended = "call_back_ended"
    ringing_begun = "ringing_begun"
    person_took_it = "person_took_it"
    person_not_there = "person_not_there"
    person_busy = "person_busy"
    person_did_not_take_it = "person_did_not_take_it"
    person_not_to_be_had = "person_not_to_be_had"
    person_perhaps_rung = "person_perhaps_rung"
    person_not_rung = "person_not_rung"
    own_phone_not_answered = "own_phone_not_answered"
    ringing_stopped = "ringing_stopped"
    person_rang_us = "person_rang_us"
    talk_ended = "talk_ended"
    caller_held = "caller_held"
    caller_back = "caller_back"
    no_danger = "no_danger"
    marked_child = "marked_child"
    marked_adult = "marked_adult"
    partner_rung = "partner_rung"
    partner_not_answered = "partner_not_answered"
    partner_came = "partner_came"
    partner_joined = "partner_joined"
    partner_left = "partner_left"
    colleague_asked = "colleague_asked"
    colleague_not_answered = "colleague_not_answered"
    colleague_came = "colleague_came"
    plan_agreed = "plan_agreed"
    plan_not_needed = "plan_not_needed"
    arrived = "arrived"
    not_arrived = "not_arrived"
    arrival_not_known = "arrival_not_known"
    professional_asked = "professional_asked"
    professional_not_reached = "professional_not_reached"
    professional_confirmed = "professional_confirmed"
    professional_next_rung = "professional_next_rung"
    professional_no_rung_left = "professional_no_rung_left"
    professional_late = "professional_late"
    professional_rang_back = "professional_rang_back"
    professional_given_up = "professional_given_up"
    signpost_given = "signpost_given"
    signpost_called = "signpost_called"
    signpost_texted = "signpost_texted"
    signpost_outcome = "signpost_outcome"
    need_unmet = "need_unmet"


class TimelineEntry(Base):
    __tablename__ = "timeline_entry"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True))
    contact_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contact.id"))
    at: Mapped[datetime]
    what: Mapped[Happening]
    staff_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))

    staff: Mapped[StaffMember | None] = relationship(lazy="joined")

    # Read by contact only, in order: this is the one index of the table.
    __table_args__ = (sa.PrimaryKeyConstraint("contact_id", "id"),)


class Note(Base):
    """What a call-taker wrote down. Staff only: never sent to anyone."""

    __tablename__ = "note"

    id: Mapped[Id]
    contact_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contact.id"))
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    at: Mapped[datetime]
    words: Mapped[str] = mapped_column(EncryptedText("note.words"))
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)
    """The form it came from: the same form posted twice is one note."""

    staff: Mapped[StaffMember] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (sa.Index("ix_note_contact", "contact_id", "at"),)


class WrapUp(Base):
    """How a contact was coded when it was closed, under the taxonomy of that day."""

    __tablename__ = "wrap_up"

    id: Mapped[Id]
    contact_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contact.id"), index=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    at: Mapped[datetime]
    taxonomy_version: Mapped[str]
    contact_type: Mapped[str]
    age_band: Mapped[str]
    situation: Mapped[str]
    tonight: Mapped[str]
    risk: Mapped[str]
    outcome: Mapped[str]
    reasons: Mapped[list[str]]
    other_words: Mapped[str | None] = mapped_column(EncryptedText("wrap_up.other_words"))
