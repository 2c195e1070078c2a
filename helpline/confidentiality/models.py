"""Tables of broken confidences: what was told, to whom, who decided, and what came of it."""

import enum
import uuid
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpline.database import Base, EncryptedText, Id


class Threshold(enum.StrEnum):
    """How serious it is."""

    concern = "concern"
    significant_harm = "significant_harm"
    immediate_danger = "immediate_danger"


DECIDE_WITHIN = {
    Threshold.concern: timedelta(hours=24),
    Threshold.significant_harm: timedelta(minutes=15),
    Threshold.immediate_danger: timedelta(hours=24),
}
"""How soon the second person decides; for immediate danger, confirms what was told already."""


class Recipient(enum.StrEnum):
    """To whom it is told."""

    police = "police"
    ambulance = "ambulance"
    childrens_services = "childrens_services"
    adult_services = "adult_services"
    health = "health"
    another_service = "another_service"


class PersonTold(enum.StrEnum):
    """Whether the person knows that we tell."""

    told_first = "told_first"
    told_afterwards = "told_afterwards"
    not_told = "not_told"


class Step(enum.StrEnum):
    """What may follow after a disclosure was raised."""

    agreed = "agreed"
    not_agreed = "not_agreed"
    made = "made"
    corrected = "corrected"
    reviewed = "reviewed"


class Standing(enum.StrEnum):
    """How a disclosure stands; follows from its steps."""

    to_decide = "to_decide"
    agreed = "agreed"
    """Decided by two; not told yet."""
    not_agreed = "not_agreed"
    """The second person said no, and nothing was told."""
    to_confirm = "to_confirm"
    """Told because a life was in danger; the second person has not confirmed yet."""
    made = "made"
    """Told, and decided by two."""
    disputed = "disputed"
    """Told because a life was in danger; the second person did not agree."""


_STANDINGS = {
    (False, None): Standing.to_decide,
    (False, True): Standing.agreed,
    (False, False): Standing.not_agreed,
    (True, None): Standing.to_confirm,
    (True, True): Standing.made,
    (True, False): Standing.disputed,
}
"""By whether it was told, and whether the second person agreed."""


class Disclosure(Base):
    __tablename__ = "disclosure"

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), unique=True)
    caller_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("caller.id"), index=True)
    contact_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("contact.id"))
    raised_at: Mapped[datetime]
    raised_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    """The first of the two who decide."""
    threshold: Mapped[Threshold]
    is_child: Mapped[bool]
    reason: Mapped[str] = mapped_column(EncryptedText("disclosure.reason"))
    recipient: Mapped[Recipient]
    recipient_name: Mapped[str] = mapped_column(EncryptedText("disclosure.recipient_name"))
    person_told: Mapped[PersonTold]
    why_not_told: Mapped[str | None] = mapped_column(EncryptedText("disclosure.why_not_told"))
    review_on: Mapped[date]
    keep_until: Mapped[date]
    """Six years; for a child the 25th birthday at the latest it can be, and then a review."""
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)

    facts: Mapped[list["DisclosureFact"]] = relationship(
        order_by="DisclosureFact.place", lazy="selectin"
    )
    steps: Mapped[list["DisclosureStep"]] = relationship(
        order_by="DisclosureStep.id", lazy="selectin"
    )

    __table_args__ = ({"info": {"append_only": True}},)

    @property
    def standing(self) -> Standing:
        """How it stands."""
        return _STANDINGS[self.made is not None, self._second_agreed]

    @property
    def made(self) -> "DisclosureStep | None":
        """The line that says it was told; None if it was not."""
        return next((each for each in self.steps if each.step is Step.made), None)

    @property
    def decision(self) -> "DisclosureStep | None":
        """The line of the second person; None while it is awaited."""
        kinds = (Step.agreed, Step.not_agreed)
        return next((each for each in self.steps if each.step in kinds), None)

    @property
    def decide_by(self) -> datetime:
        """When the second person should have decided."""
        return self.raised_at + DECIDE_WITHIN[self.threshold]

    @property
    def next_review_on(self) -> date:
        """The day of the next review, by the newest line that sets one."""
        days = [each.next_review_on for each in self.steps if each.next_review_on]
        return days[-1] if days else self.review_on

    @property
    def may_be_made(self) -> bool:
        """Whether it may be told now."""
        if self.made is not None or not reaches_threshold(self.threshold, is_child=self.is_child):
            return False
        can_wait = self.threshold is not Threshold.immediate_danger
        return self._second_agreed is True or (self._second_agreed is None and not can_wait)

    @property
    def _second_agreed(self) -> bool | None:
        return None if self.decision is None else self.decision.step is Step.agreed


class DisclosureFact(Base):
    """One thing that is told: the smallest that serves."""

    __tablename__ = "disclosure_fact"

    id: Mapped[Id]
    disclosure_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("disclosure.id"))
    place: Mapped[int]
    words: Mapped[str] = mapped_column(EncryptedText("disclosure_fact.words"))

    __table_args__ = (
        sa.UniqueConstraint("disclosure_id", "place"),
        {"info": {"append_only": True}},
    )


class DisclosureStep(Base):
    """One line in the history of a disclosure."""

    __tablename__ = "disclosure_step"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    disclosure_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("disclosure.id"), index=True)
    at: Mapped[datetime]
    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    step: Mapped[Step]
    words: Mapped[str | None] = mapped_column(EncryptedText("disclosure_step.words"))
    told_at: Mapped[datetime | None]
    """When it was told to the recipient."""
    incident_number: Mapped[str | None] = mapped_column(
        EncryptedText("disclosure_step.incident_number")
    )
    next_review_on: Mapped[date | None]
    form_key: Mapped[uuid.UUID] = mapped_column(unique=True)

    __table_args__ = ({"info": {"append_only": True}},)


def reaches_threshold(threshold: Threshold, *, is_child: bool) -> bool:
    """Whether something this serious may be told at all without consent.

    A concern alone never is for an adult; for a child two people may agree that it is (domain.md
    3.2 and 4.4).
    """
    return threshold is not Threshold.concern or is_child
