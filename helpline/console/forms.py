"""Forms of the console."""

import uuid
from typing import Any

from wtforms import (
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined, unused-ignore]
from wtforms.validators import AnyOf, InputRequired, Length, NumberRange, Optional, ValidationError

from helpline.accounts.models import Availability
from helpline.console import words
from helpline.contacts.models import Need
from helpline.contacts.wrap_up import Coding, taxonomy
from helpline.voice.models import ListenBecause, Manner
from helpline.web.forms import FormKeyField, HelplineForm

_MOST_LETTERS = 10_000
_CHOOSE = SelectChoice("", "Choose")


class IdField(HiddenField):
    """An id that the page put there."""

    def __init__(self, message: str, **kwargs: Any) -> None:  # noqa: ANN401 - WTForms' own signature
        super().__init__(**kwargs)
        self._message = message

    @property
    def id_or_none(self) -> uuid.UUID | None:
        """The id that came with the form; None if none did."""
        return uuid.UUID(str(self.data)) if self.data else None

    def pre_validate(self, form: Any) -> None:  # noqa: ANN401 - WTForms' own signature
        """Refuse what is no id.

        Raises:
            ValidationError: says what to do.

        """
        del form
        try:
            _ = self.id_or_none
        except ValueError:
            raise ValidationError(self._message) from None


class AvailabilityForm(HelplineForm):
    availability = SelectField(
        "Availability",
        choices=[
            SelectChoice(each.value, words.AVAILABILITIES[each])
            for each in (Availability.ready, Availability.away, Availability.off_shift)
        ],
    )


class ActionForm(HelplineForm):
    """A button and nothing else."""


class ReplyForm(HelplineForm):
    words = TextAreaField("Reply")
    last_seen = IntegerField(validators=[NumberRange(min=0)], default=0)
    saved_reply = IdField("Choose the saved reply again")
    form_key = FormKeyField()


class HandOverForm(HelplineForm):
    colleague = SelectField("Hand over to", coerce=uuid.UUID, validate_choice=False)


class NeedForm(HelplineForm):
    AS_IT_WAS = "as_it_was"

    need = HiddenField(
        validators=[
            AnyOf(
                [Need.first_by_hand.value, Need.later_by_hand.value, AS_IT_WAS],
                message="Choose first, can wait, or as it was",
            )
        ]
    )


class PresenceForm(HelplineForm):
    state = HiddenField(validators=[AnyOf(["looking", "writing", "gone"])])


class ListenForm(HelplineForm):
    manner = HiddenField(
        validators=[AnyOf([*Manner], message="Choose to listen, to whisper or to join in")]
    )
    because = HiddenField(validators=[AnyOf([*ListenBecause], message="Choose why you come in")])


class SendAgainForm(HelplineForm):
    form_key = FormKeyField()


class NoteForm(HelplineForm):
    words = TextAreaField("Note")
    form_key = FormKeyField()


def _choices(name: str) -> list[SelectChoice]:
    return [SelectChoice(code, label) for code, label in taxonomy().lists[name]]


def _list(name: str) -> list[SelectChoice]:
    return [_CHOOSE, *_choices(name)]


class WrapUpForm(HelplineForm):
    contact_type = SelectField(
        "Who was it?",
        choices=_list("contact_type"),
        validators=[InputRequired(message="Choose who it was")],
    )
    age_band = SelectField(
        "Age", choices=_list("age_band"), validators=[InputRequired(message="Choose an age")]
    )
    situation = SelectField(
        "Situation",
        choices=_list("situation"),
        validators=[InputRequired(message="Choose the situation")],
    )
    tonight = SelectField(
        "Where are they tonight?",
        choices=_list("tonight"),
        validators=[InputRequired(message="Choose where they are tonight")],
    )
    risk = RadioField(
        "Risk that you saw",
        choices=_choices("risk"),
        validators=[InputRequired(message="Choose the risk that you saw")],
    )
    outcome = SelectField(
        "What came of it?",
        choices=_list("outcome"),
        validators=[InputRequired(message="Choose what came of it")],
    )
    reasons = SelectMultipleField("Reasons", choices=_choices("reason"))
    other_words = TextAreaField(
        "Anything else",
        validators=[
            Optional(),
            Length(max=_MOST_LETTERS, message="Shorten this to 10,000 characters or fewer"),
        ],
    )

    def coding(self) -> Coding:
        """Return what was chosen."""
        return Coding(
            contact_type=self.contact_type.data,
            age_band=self.age_band.data,
            situation=self.situation.data,
            tonight=self.tonight.data,
            risk=self.risk.data,
            outcome=self.outcome.data,
            reasons=tuple(self.reasons.data or ()),
            other_words=self.other_words.data or "",
        )
