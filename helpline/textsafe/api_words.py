"""What a force's program sends and gets, as types: they check, and they describe themselves.

Their JSON schemas are what OpenAPI 3.1 uses, so the document can't differ from the program. No
field takes a name, a date of birth or a postal address, and unknown fields are refused.
"""

import uuid
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from helpline.contacts.models import Language
from helpline.textsafe import intake, police_view, wording
from helpline.textsafe.models import (
    AgeBand,
    Answer,
    Basis,
    How,
    Refusal,
    Relation,
    Risk,
    SuicideRisk,
)
from helpline.textsafe.police_view import Seen, Status


class NewRequest(BaseModel):
    """A request for one careful text to a missing person."""

    model_config = ConfigDict(extra="forbid")

    force_reference: str = Field(
        min_length=1,
        max_length=intake.MOST_REFERENCE_LETTERS,
        description="Your reference. It must not hold anybody's name.",
        examples=["WM-2026-1187"],
    )
    officer: str = Field(
        min_length=1,
        max_length=intake.MOST_OFFICER_LETTERS,
        description="Rank and collar number of the officer who asks.",
        examples=["PC 4471"],
    )
    officer_email: str = Field(
        min_length=3,
        max_length=intake.MOST_EMAIL_LETTERS,
        description="The officer's e-mail, in a mail domain of your force.",
        examples=["pc.4471@westmoor.police.uk"],
    )
    mobile: str = Field(
        min_length=1,
        max_length=40,
        description="The missing person's UK mobile number. No landline, pager or 070 number.",
        examples=["07xxx xxxxxx"],
    )
    age_band: AgeBand = Field(description="How old they are.")
    risk: Risk = Field(description="The level that your force has set.")
    basis: Basis = Field(
        description="On what the request rests. `consent` needs `given_by`, `given_at` and "
        "`given_how`; the others need `why`."
    )
    language: Language = Field(default=Language.en, description="The language of the text.")
    suicide_risk: SuicideRisk = Field(
        default=SuicideRisk.not_told, description="The risk of suicide, as your force sees it."
    )
    given_by: Relation | None = Field(
        default=None, description="Who agreed: how they are related, never who they are."
    )
    given_at: AwareDatetime | None = Field(default=None, description="When they agreed.")
    given_how: How | None = Field(default=None, description="How they agreed.")
    why: str = Field(
        default="",
        max_length=intake.MOST_WHY_LETTERS,
        description="Why the basis holds, where nobody agreed: 20 characters or more, no names.",
    )
    last_used_at: AwareDatetime | None = Field(
        default=None, description="When the phone was last known to be in use."
    )
    in_other_hands: Answer = Field(
        default=Answer.not_known, description="Whether somebody else could have the phone."
    )
    repeat_wanted: bool = Field(
        default=False, description="Whether to write again, once a day for up to seven days."
    )
    reported_at: AwareDatetime | None = Field(
        default=None, description="When the person was reported missing."
    )

    def asked(self, key: str) -> intake.Asked:
        """Return it as the rules take it."""
        return intake.Asked(key=key, **dict(self))


class Request(BaseModel):
    """A request as your force sees it. It is the same whatever a phone did."""

    id: uuid.UUID = Field(description="Our id of the request; it says nothing.")
    force_reference: str = Field(description="Your reference.")
    officer: str = Field(description="Who asked.")
    status: Status = Field(
        description="`accepted`: we have it. `rejected`: it is not carried out, see `reason`. "
        "`sent`: its turn came and we did our part; whether a phone took the text, or anybody "
        "answered, is told to nobody."
    )
    reason: Refusal | None = Field(description="Why it is rejected; null otherwise.")
    reason_in_words: str | None = Field(description="The same as a sentence.")
    training: bool = Field(description="Made in training mode: no text is sent.")
    asked_at: datetime = Field(description="When you asked.")
    sent_at: datetime | None = Field(description="When its turn came.")
    found_at: datetime | None = Field(description="When you said that the person is found.")
    withdrawn_at: datetime | None = Field(description="When you withdrew it.")

    @classmethod
    def of(cls, seen: Seen) -> "Request":
        """Return what a force sees as it leaves."""
        return cls(
            reason_in_words=wording.REFUSALS[seen.reason] if seen.reason else None, **vars(seen)
        )


class Requests(BaseModel):
    """Some of your force's requests, the newest first."""

    requests: list[Request]
    next_after: uuid.UUID | None = Field(
        description="Give it as `after` to get the next ones; null: there are no more."
    )


class ListQuery(BaseModel):
    """What a list can be asked for."""

    model_config = ConfigDict(extra="forbid")

    after: uuid.UUID | None = Field(
        default=None, description="Begin after this request: the `next_after` of the last answer."
    )
    limit: int = Field(
        default=police_view.PAGE,
        ge=1,
        le=police_view.MOST,
        description="How many at most.",
    )


class Found(BaseModel):
    """One place in a request that needs attention."""

    field: str
    message: str


class Problem(BaseModel):
    """What went wrong (RFC 9457). It never repeats what was sent."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Found] | None = None


class Holder(BaseModel):
    """Whose key it is."""

    organisation: str
    scopes: list[str]
    expires_at: datetime
