"""Who saw or changed what. Append-only: a trigger in the database refuses change and deletion.

Whoever acts adds one plain row, so a webhook pays for one insert and no more. A worker chains the
rows a few seconds later (audit_chain.py).
"""

import enum
import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline import encryption, round_trips
from helpline.database import Base

# A page that refreshes itself is one look for as long as this.
ONE_LOOK = timedelta(minutes=15)


class Act(enum.StrEnum):
    signed_in = "signed_in"
    signed_out = "signed_out"
    sign_in_failed = "sign_in_failed"
    sign_in_held = "sign_in_held"
    """So many wrong tries that everybody who tries must wait."""
    sign_in_freed = "sign_in_freed"
    proved_again = "proved_again"
    password_changed = "password_changed"  # noqa: S105 - no password
    second_factor_failed = "second_factor_failed"
    second_factor_added = "second_factor_added"
    second_factor_renamed = "second_factor_renamed"
    second_factor_removed = "second_factor_removed"
    second_factors_reset = "second_factors_reset"
    recovery_codes_made = "recovery_codes_made"
    recovery_code_used = "recovery_code_used"
    staff_invited = "staff_invited"
    invitation_withdrawn = "invitation_withdrawn"
    staff_added = "staff_added"
    staff_changed = "staff_changed"
    staff_deactivated = "staff_deactivated"
    staff_reactivated = "staff_reactivated"
    organisation_added = "organisation_added"
    organisation_changed = "organisation_changed"
    partner_added = "partner_added"
    partner_changed = "partner_changed"
    partner_number_added = "partner_number_added"
    partner_number_changed = "partner_number_changed"
    partner_number_checked = "partner_number_checked"
    partner_number_retired = "partner_number_retired"
    partner_number_seen = "partner_number_seen"
    partner_fault_reported = "partner_fault_reported"
    partner_fault_mended = "partner_fault_mended"
    service_added = "service_added"
    service_changed = "service_changed"
    service_verified = "service_verified"
    services_imported = "services_imported"
    signpost_given = "signpost_given"
    signpost_changed = "signpost_changed"
    signpost_texted = "signpost_texted"
    signpost_figures_seen = "signpost_figures_seen"
    api_key_made = "api_key_made"
    api_key_replaced = "api_key_replaced"
    api_key_revoked = "api_key_revoked"
    availability_changed = "availability_changed"
    skills_changed = "skills_changed"
    wait_rule_changed = "wait_rule_changed"
    stream_diverted = "stream_diverted"
    """Calls of one kind go to a switchboard; renewed and ended likewise."""
    divert_renewed = "divert_renewed"
    divert_ended = "divert_ended"
    line_hours_changed = "line_hours_changed"
    contact_opened = "contact_opened"
    contact_seen = "contact_seen"
    contact_taken = "contact_taken"
    contact_ended = "contact_ended"
    contact_wrapped_up = "contact_wrapped_up"
    contact_requeued = "contact_requeued"
    contact_offered_to_colleague = "contact_offered_to_colleague"
    need_decided = "need_decided"
    channel_agreed = "channel_agreed"
    picture_seen = "picture_seen"
    outreach_stopped = "outreach_stopped"
    outreach_allowed = "outreach_allowed"
    saved_reply_changed = "saved_reply_changed"
    text_received = "text_received"
    text_promised = "text_promised"
    text_sent_again = "text_sent_again"
    text_taken_back = "text_taken_back"
    note_written = "note_written"
    consents_seen = "consents_seen"
    consent_recorded = "consent_recorded"
    consent_withdrawn = "consent_withdrawn"
    safe_contact_seen = "safe_contact_seen"
    safe_contact_agreed = "safe_contact_agreed"
    disclosure_raised = "disclosure_raised"
    disclosure_decided = "disclosure_decided"
    disclosure_made = "disclosure_made"
    disclosure_corrected = "disclosure_corrected"
    disclosure_reviewed = "disclosure_reviewed"
    disclosure_seen = "disclosure_seen"
    disclosures_listed = "disclosures_listed"
    call_offered = "call_offered"
    call_taken = "call_taken"
    listened_to_help = "listened_to_help"
    """A supervisor listens, for the reason that the act names."""
    listened_after_alarm = "listened_after_alarm"
    listened_for_quality = "listened_for_quality"
    listened_for_training = "listened_for_training"
    whispered = "whispered"
    joined_in = "joined_in"
    call_taken_over = "call_taken_over"
    call_back_asked = "call_back_asked"
    person_rung = "person_rung"
    caller_barred = "caller_barred"
    bar_seen = "bar_seen"
    bar_lifted = "bar_lifted"
    voicemails_listed = "voicemails_listed"
    voicemail_taken = "voicemail_taken"
    voicemail_put_back = "voicemail_put_back"
    voicemail_heard = "voicemail_heard"
    voicemail_put_first = "voicemail_put_first"
    voicemail_done = "voicemail_done"
    record_opened = "record_opened"
    record_seen = "record_seen"
    record_changed = "record_changed"
    record_linked = "record_linked"
    records_searched = "records_searched"
    contacts_searched = "contacts_searched"
    enquiry_kept = "enquiry_kept"
    concern_raised = "concern_raised"
    alarm_raised = "alarm_raised"
    alarm_seen = "alarm_seen"
    first_minute_noted = "first_minute_noted"
    safety_marked = "safety_marked"
    bridge_opened = "bridge_opened"
    bridge_closed = "bridge_closed"
    partner_rung = "partner_rung"
    partner_came = "partner_came"
    partner_joined = "partner_joined"
    party_held = "party_held"
    party_released = "party_released"
    party_muted = "party_muted"
    party_heard = "party_heard"
    party_put_out = "party_put_out"
    transfer_asked = "transfer_asked"
    night_plan_agreed = "night_plan_agreed"
    arrival_noted = "arrival_noted"
    professional_asked = "professional_asked"
    professional_noted = "professional_noted"
    professional_number_seen = "professional_number_seen"
    tasks_listed = "tasks_listed"
    thread_begun = "thread_begun"
    thread_opened = "thread_opened"
    """With reference and word."""
    thread_not_opened = "thread_not_opened"
    thread_unlocked = "thread_unlocked"
    thread_stopped = "thread_stopped"
    thread_goes_on = "thread_goes_on"
    thread_seen = "thread_seen"
    message_party_added = "message_party_added"
    message_written = "message_written"
    message_changed = "message_changed"
    message_agreed = "message_agreed"
    message_cleared = "message_cleared"
    """What stood against it was decided."""
    message_approved = "message_approved"
    message_sent_back = "message_sent_back"
    message_seen = "message_seen"
    messages_listed = "messages_listed"
    message_task_taken = "message_task_taken"
    message_task_put_back = "message_task_put_back"
    message_tried = "message_tried"
    message_delivered = "message_delivered"
    message_blocked = "message_blocked"
    message_withdrawn = "message_withdrawn"
    message_owner_confirmed = "message_owner_confirmed"
    wish_changed = "wish_changed"
    reply_taken = "reply_taken"
    reply_seen = "reply_seen"
    reply_decided = "reply_decided"
    reply_promised = "reply_promised"
    reply_given = "reply_given"
    reply_declined = "reply_declined"
    author_nudged = "author_nudged"
    left_message_decided = "left_message_decided"
    police_notice_agreed = "police_notice_agreed"
    police_told = "police_told"
    message_alert_seen = "message_alert_seen"
    message_proof_made = "message_proof_made"
    textsafe_asked = "textsafe_asked"
    textsafe_approved = "textsafe_approved"
    textsafe_rejected = "textsafe_rejected"
    textsafe_promised = "textsafe_promised"
    textsafe_found = "textsafe_found"
    textsafe_withdrawn = "textsafe_withdrawn"
    textsafe_seen = "textsafe_seen"
    textsafe_listed = "textsafe_listed"
    textsafe_misdirected = "textsafe_misdirected"
    textsafe_case_referred = "textsafe_case_referred"
    samaritans_proposed = "samaritans_proposed"
    samaritans_approved = "samaritans_approved"
    samaritans_given = "samaritans_given"
    number_revealed = "number_revealed"
    reveal_reviewed = "reveal_reviewed"
    searched = "searched"
    """For what is told by the keyed mark only."""
    caller_seen = "caller_seen"
    audit_read = "audit_read"
    """Somebody read this very record of who did what."""
    audit_exported = "audit_exported"
    hold_placed = "hold_placed"
    hold_lifted = "hold_lifted"
    request_logged = "request_logged"
    request_seen = "request_seen"
    request_verified = "request_verified"
    request_answered = "request_answered"
    request_refused = "request_refused"
    pack_made = "pack_made"
    person_erased = "person_erased"
    person_forgotten = "person_forgotten"


class AuditEntry(Base):
    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    act: Mapped[Act]
    who: Mapped[uuid.UUID | None]
    """The member of staff; None where the carrier or the clock acted."""
    about: Mapped[uuid.UUID | None] = mapped_column(index=True)
    """The record: a contact, a caller, a request, a member of staff."""
    mark: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    """Keyed fingerprint of what was searched for: equal searches match, nobody reads them back."""
    transaction_number: Mapped[int] = mapped_column(
        sa.BigInteger, server_default=sa.text("(pg_current_xact_id()::text::bigint)")
    )
    """The database's number of the transaction that wrote the row: tells when a row is late."""

    __table_args__ = (
        sa.Index("ix_audit_entry_acted", "who", "id", postgresql_where=sa.text("who IS NOT NULL")),
        sa.Index("ix_audit_entry_at", "at", postgresql_using="brin"),
    )


def note(  # noqa: PLR0913 - each is a fact of the act
    session: Session,
    act: Act,
    *,
    at: datetime,
    who: uuid.UUID | None = None,
    about: uuid.UUID | None = None,
    searched_for: str = "",
) -> None:
    """Record one act. Ids only: what was seen or said stays where it is.

    Of `searched_for` only a keyed fingerprint is kept.
    """
    mark = encryption.blind_index(searched_for, encryption.index_key()) if searched_for else None
    round_trips.write(session, AuditEntry, at=at, act=act, who=who, about=about, mark=mark)


def note_look(
    session: Session, act: Act, *, at: datetime, who: uuid.UUID, about: uuid.UUID
) -> None:
    """Record that part of a page was looked at, unless the same look is recorded already.

    Parts fetch themselves anew every few seconds; a row for each would bury the rest. So a person
    who keeps one page open is recorded again every quarter of an hour.
    """
    seen = sa.exists().where(
        AuditEntry.about == about,
        AuditEntry.who == who,
        AuditEntry.act == act,
        AuditEntry.at > at - ONE_LOOK,
    )
    if not session.scalar(sa.select(seen)):
        note(session, act, at=at, who=who, about=about)
