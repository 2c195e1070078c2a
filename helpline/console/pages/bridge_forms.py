"""Forms of bringing a partner in, handing a call over, and what is agreed for tonight."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from wtforms import IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined, unused-ignore]
from wtforms.fields.datetime import TimeField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from helpline import phone_numbers
from helpline.clock import LONDON
from helpline.confidentiality.models import Disclosure
from helpline.console.forms import IdField
from helpline.contacts.night_plans import Agreed, Arrival, SafeToWait
from helpline.phone_numbers import PhoneNumber
from helpline.voice.grounds import Ground
from helpline.voice.professional_messages import MOST_MINUTES, Wish
from helpline.web.forms import FormKeyField, HelplineForm

AGREED, NOT_AGREED = "agreed", "not_agreed"
_MOST = 2_000
_too_long = Length(max=_MOST, message="Shorten this to 2,000 characters or fewer")


class PartnerSearchForm(HelplineForm):
    asked = StringField(
        "Council, police force or place",
        validators=[
            InputRequired(message="Write a name or a place"),
            Length(max=200, message="Shorten this to 200 characters or fewer"),
        ],
    )


class GroundForm(HelplineForm):
    """On what ground a partner is told. One of the two, never neither."""

    ground = RadioField(
        "Have they agreed?",
        choices=[
            SelectChoice(AGREED, "Yes, they agree"),
            SelectChoice(NOT_AGREED, "No, and it is told all the same, as decided already"),
        ],
        validators=[InputRequired(message="Choose whether they have agreed")],
    )
    agreed_words = TextAreaField(
        "What did they agree to, and on which conditions?", validators=[Optional(), _too_long]
    )
    disclosure = SelectField("Which decision?", coerce=str, validate_choice=False)
    form_key = FormKeyField()

    def offer(self, decided: Sequence[Disclosure]) -> None:
        """Offer the decisions under which this partner may be told now."""
        self.disclosure.choices = [
            SelectChoice(str(each.id), f"Number {each.number}: to {each.recipient_name}")
            for each in decided
        ]

    @property
    def has_agreed(self) -> bool:
        """Whether the caller agreed."""
        return bool(self.ground.data == AGREED)

    @property
    def decided(self) -> Ground:
        """The decision that was chosen; no ground at all where none was."""
        try:
            return Ground(disclosure_id=uuid.UUID(str(self.disclosure.data)))
        except ValueError:
            return Ground()


class RingForm(HelplineForm):
    number = IdField("Choose again whom to ring")


class TransferForm(HelplineForm):
    colleague = SelectField("To", coerce=uuid.UUID, validate_choice=False)
    how = SelectField(
        "How",
        choices=[
            SelectChoice("first_alone", "We talk alone first"),
            SelectChoice("directly", "It is theirs as soon as they are in"),
        ],
    )


class PlanForm(HelplineForm):
    tonight = TextAreaField("Where are they tonight?", validators=[Optional(), _too_long])
    collected_by = StringField("Who collects them?", validators=[Optional(), _too_long])
    collected_when = StringField("When?", validators=[Optional(), _too_long])
    safe_to_wait = RadioField(
        "Is it safe to wait where they are?",
        choices=[
            SelectChoice(SafeToWait.yes.value, "Yes"),
            SelectChoice(SafeToWait.no.value, "No"),
            SelectChoice(SafeToWait.does_not_wait.value, "They don't wait anywhere"),
        ],
        validators=[Optional()],
    )
    arrives_by = TimeField("When do we make sure that they arrived?", validators=[Optional()])
    why_none = TextAreaField("If no plan is needed: why?", validators=[Optional(), _too_long])
    form_key = FormKeyField()

    def agreed(self, at: datetime) -> Agreed:
        """Return what was filled in."""
        chosen = self.safe_to_wait.data
        return Agreed(
            form_key=self.form_key.key,
            tonight=self.tonight.data or "",
            collected_by=self.collected_by.data or "",
            collected_when=self.collected_when.data or "",
            safe_to_wait=SafeToWait(chosen) if chosen else None,
            arrives_by=self._next(at),
            why_none=self.why_none.data or "",
        )

    def _next(self, at: datetime) -> datetime | None:
        """Return the next instant at which the clock in London shows the time given."""
        if self.arrives_by.data is None:
            return None
        today = at.astimezone(LONDON)
        found = datetime.combine(today.date(), self.arrives_by.data, LONDON)
        if found <= today:
            found = datetime.combine(today.date() + timedelta(days=1), self.arrives_by.data, LONDON)
        return found.astimezone(UTC)


class ArrivalForm(HelplineForm):
    arrival = RadioField(
        "Did they arrive?",
        choices=[
            SelectChoice(Arrival.arrived.value, "Yes"),
            SelectChoice(Arrival.not_arrived.value, "No"),
            SelectChoice(Arrival.not_known.value, "Nobody can say, and somebody looks after it"),
        ],
        validators=[InputRequired(message="Choose whether they arrived")],
    )
    words = TextAreaField("What do you know, and from whom?", validators=[Optional(), _too_long])


class ProfessionalMessageForm(GroundForm):
    words = TextAreaField(
        "What is said",
        validators=[InputRequired(message="Write what is said, as they agreed to it"), _too_long],
    )
    call_back = StringField("Number to ring them back on, only if they gave it for this")
    minutes = IntegerField(
        "In how many minutes should a person have it?",
        default=10,
        validators=[
            InputRequired(message="Write how many minutes"),
            NumberRange(1, MOST_MINUTES, message=f"Choose 1 to {MOST_MINUTES} minutes"),
        ],
    )

    def call_back_number(self) -> PhoneNumber | None:
        """Return the number they gave.

        Raises:
            phone_numbers.NotANumberError: it is none.

        """
        given = (self.call_back.data or "").strip()
        return phone_numbers.read(given) if given else None

    def wish(self, call_back: PhoneNumber | None) -> Wish:
        """Return what was filled in."""
        within = timedelta(minutes=self.minutes.data or 0)
        return Wish(self.words.data or "", self.form_key.key, call_back, within)


class ConfirmedForm(HelplineForm):
    who = StringField("Who has it?", validators=[Optional(), _too_long])


class ClosedForm(HelplineForm):
    words = TextAreaField("What came of it?", validators=[Optional(), _too_long])
