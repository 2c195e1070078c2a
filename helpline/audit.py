"""Who saw or changed what. Append-only: a trigger in the database refuses change and deletion."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline.database import Base


class Act(enum.StrEnum):
    signed_in = "signed_in"
    signed_out = "signed_out"
    sign_in_failed = "sign_in_failed"
    sign_in_held = "sign_in_held"
    """So many wrong tries that everybody who tries must wait."""
    sign_in_freed = "sign_in_freed"
    proved_again = "proved_again"
    password_changed = "password_changed"
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
    api_key_made = "api_key_made"
    api_key_replaced = "api_key_replaced"
    api_key_revoked = "api_key_revoked"
    availability_changed = "availability_changed"
    contact_opened = "contact_opened"
    contact_seen = "contact_seen"
    contact_taken = "contact_taken"
    contact_ended = "contact_ended"
    contact_wrapped_up = "contact_wrapped_up"
    contact_requeued = "contact_requeued"
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
    record_opened = "record_opened"
    record_seen = "record_seen"
    record_changed = "record_changed"
    record_linked = "record_linked"
    records_searched = "records_searched"
    enquiry_kept = "enquiry_kept"
    concern_raised = "concern_raised"
    number_revealed = "number_revealed"
    reveal_reviewed = "reveal_reviewed"


class AuditEntry(Base):
    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    act: Mapped[Act]
    who: Mapped[uuid.UUID | None]
    """The member of staff; None where the carrier or the clock acted."""
    about: Mapped[uuid.UUID | None] = mapped_column(index=True)
    """The record: a contact, a member of staff."""


def note(
    session: Session,
    act: Act,
    *,
    at: datetime,
    who: uuid.UUID | None = None,
    about: uuid.UUID | None = None,
) -> None:
    """Record one act. Ids only: what was seen or said stays where it is."""
    session.execute(
        sa.insert(AuditEntry.__table__).values(at=at, act=act, who=who, about=about)  # type: ignore[arg-type]
    )
