"""Tables of staff, how they sign in, their shifts, and partners with their keys."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpline.database import Base, EncryptedText, Id


class Role(enum.StrEnum):
    call_taker = "call_taker"
    supervisor = "supervisor"
    safeguarding_lead = "safeguarding_lead"
    partner_liaison = "partner_liaison"
    administrator = "administrator"
    data_protection_officer = "data_protection_officer"
    police_partner = "police_partner"
    """An officer of a force. Has an account and no page of the staff."""


class Availability(enum.StrEnum):
    off_shift = "off_shift"
    ready = "ready"
    busy = "busy"
    """On a call. Set by the call itself, never by hand."""
    wrapping_up = "wrapping_up"
    away = "away"


class Because(enum.StrEnum):
    """Why somebody is away or still wrapping up, where they did not simply choose it."""

    missed_rings = "missed_rings"
    break_offered = "break_offered"
    """After a hard contact: until they say yes or no, and not for long."""
    on_break = "on_break"
    more_time = "more_time"
    """They need longer to wrap up than the time for it."""


class Proof(enum.StrEnum):
    """What somebody showed beside their password."""

    password_only = "password_only"  # noqa: S105 - the name of a proof
    """Enough on a training instance for people without a second factor, and nowhere else."""
    code = "code"
    passkey = "passkey"
    recovery_code = "recovery_code"


class StaffMember(Base):
    """Somebody with an account: a member of staff, or an officer of a police partner."""

    __tablename__ = "staff_member"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(unique=True)
    """Lower case."""
    display_name: Mapped[str]
    role: Mapped[Role]
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("organisation.id"))
    """The force of an officer; None for staff."""
    password_hash: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=True)
    works_with_families: Mapped[bool] = mapped_column(default=False)
    """In the family team: may open families' records."""
    phone_token: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("vault_entry.token"))
    """The desk or mobile phone that rings."""
    availability: Mapped[Availability] = mapped_column(default=Availability.off_shift)
    availability_since: Mapped[datetime]
    ready_since: Mapped[datetime | None]
    """Longest free first: kept while ready, cleared otherwise."""
    because: Mapped[Because | None]
    away_until: Mapped[datetime | None]
    """When being away ends by itself: a break, or the offer of one."""
    missed_rings: Mapped[int] = mapped_column(default=0, server_default="0")
    """Times in a row that their phone rang and nobody answered."""
    languages: Mapped[list[str]] = mapped_column(default=lambda: ["en"], server_default='["en"]')
    """Codes of the languages in which they talk with callers."""
    text_capacity: Mapped[int] = mapped_column(default=3, server_default="3")
    """Most conversations by text at once."""
    texts_beside_call: Mapped[int] = mapped_column(default=2, server_default="2")
    """With more conversations by text than this they are not offered a call."""

    __table_args__ = (
        sa.Index(
            "ix_staff_member_ready",
            "ready_since",
            postgresql_where=sa.text("availability = 'ready'"),
        ),
    )


class SignIn(Base):
    """One browser in which somebody is signed in."""

    __tablename__ = "sign_in"

    id: Mapped[Id]
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"), index=True)
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    proved_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    """When this person last showed in this browser that it is them."""
    proof: Mapped[Proof] = mapped_column(server_default=Proof.password_only.value)
    browser: Mapped[str] = mapped_column(server_default="")
    """Its kind in words, such as "Firefox on Windows"; nothing finer is kept."""

    staff: Mapped[StaffMember] = relationship()


class HalfSignIn(Base):
    """A browser in which the password was right and the second factor is still to come."""

    __tablename__ = "half_sign_in"

    id: Mapped[Id]
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"), index=True)
    began_at: Mapped[datetime] = mapped_column(index=True)
    wrong_tries: Mapped[int] = mapped_column(default=0)

    staff: Mapped[StaffMember] = relationship()


class Authenticator(Base):
    """An authenticator app: the secret it shares with us, and the last code that was used."""

    __tablename__ = "authenticator"

    id: Mapped[Id]
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    secret: Mapped[str] = mapped_column(EncryptedText("authenticator.secret"))
    """Base32, as apps read it."""
    made_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    """When its first code was right. Until then it opens nothing."""
    last_step: Mapped[int] = mapped_column(sa.BigInteger, default=0)

    __table_args__ = (
        sa.Index(
            "uq_authenticator_confirmed",
            "staff_id",
            unique=True,
            postgresql_where=sa.text("confirmed_at IS NOT NULL"),
        ),
        sa.Index(
            "uq_authenticator_begun",
            "staff_id",
            unique=True,
            postgresql_where=sa.text("confirmed_at IS NULL"),
        ),
    )


class Passkey(Base):
    __tablename__ = "passkey"

    id: Mapped[Id]
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(sa.LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sign_count: Mapped[int] = mapped_column(sa.BigInteger)
    name: Mapped[str]
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class PasskeyChallenge(Base):
    """What a browser was asked to sign, kept here so that it counts once and not for long."""

    __tablename__ = "passkey_challenge"

    holder: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    """The sign-in or half sign-in that asked."""
    challenge: Mapped[bytes] = mapped_column(sa.LargeBinary)
    made_at: Mapped[datetime] = mapped_column(index=True)


class RecoveryCode(Base):
    """A code on paper for the day the telephone is lost: a keyed fingerprint of it."""

    __tablename__ = "recovery_code"

    id: Mapped[Id]
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"), index=True)
    fingerprint: Mapped[bytes] = mapped_column(sa.LargeBinary)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SecondFactorReset(Base):
    """Why an administrator took somebody's second factors away, so that they set up new ones."""

    __tablename__ = "second_factor_reset"

    id: Mapped[Id]
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"), index=True)
    by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(EncryptedText("second_factor_reset.reason"))


class FailedSignIn(Base):
    """A wrong try, kept for as long as it slows down guessing. Nobody's address in clear."""

    __tablename__ = "failed_sign_in"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    who: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """Keyed fingerprint of what was tried: an e-mail address, a second factor, a network."""
    at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (sa.Index("ix_failed_sign_in_who_at", "who", "at"),)


class Invitation(Base):
    """Somebody asked to join the staff. Of the link only a keyed fingerprint is kept."""

    __tablename__ = "invitation"

    id: Mapped[Id]
    email: Mapped[str]
    display_name: Mapped[str]
    role: Mapped[Role]
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("organisation.id"))
    phone_token: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("vault_entry.token"))
    fingerprint: Mapped[bytes] = mapped_column(sa.LargeBinary, unique=True)
    made_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class AvailabilityChange(Base):
    """The history of one person's shift, a row for each change."""

    __tablename__ = "availability_change"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"), index=True)
    at: Mapped[datetime]
    availability: Mapped[Availability]
    by_hand: Mapped[bool]


class OrganisationKind(enum.StrEnum):
    police = "police"
    local_authority = "local_authority"
    health = "health"
    charity = "charity"
    other = "other"


class Organisation(Base):
    """A partner whose people or programs work with the helpline."""

    __tablename__ = "organisation"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[OrganisationKind]
    mail_domains: Mapped[list[str]]
    """Lower case. Its people are known by the end of their e-mail address."""
    is_active: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[datetime]


class ApiKey(Base):
    """A key by which a partner's program is known. Of its secret only the SHA-256 is kept."""

    __tablename__ = "api_key"

    id: Mapped[Id]
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    prefix: Mapped[str] = mapped_column(unique=True)
    """The part that may be shown, by which people tell keys apart."""
    secret_sha256: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """256 random bits need no slow hash."""
    scopes: Mapped[list[str]]
    made_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    """The last instant, brought forward when the key is replaced or revoked."""
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    rotated_from: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("api_key.id"))
    minute: Mapped[datetime | None]
    """The minute in which `asked` counts."""
    asked: Mapped[int] = mapped_column(default=0)

    organisation: Mapped[Organisation] = relationship()
