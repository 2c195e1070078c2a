"""Forms of a call that goes on: the first minute, and what is said about it."""

from wtforms import BooleanField, RadioField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined, unused-ignore]
from wtforms.validators import Length, Optional

from helpline import phone_numbers
from helpline.console.forms import IdField
from helpline.voice.first_minute import MOST_LETTERS, Answer, Answers, IfCutOff
from helpline.web.forms import HelplineForm

_ANSWERS = [
    SelectChoice(Answer.yes.value, "Yes"),
    SelectChoice(Answer.no.value, "No"),
    SelectChoice(Answer.not_clear.value, "Not clear"),
]
_IF_CUT_OFF = [
    SelectChoice(IfCutOff.ring_back.value, "Ring me back"),
    SelectChoice(IfCutOff.do_not_ring.value, "Don't ring: I ring again"),
    SelectChoice(IfCutOff.not_asked.value, "Not asked yet"),
]


def _is_a_number(_form: object, field: StringField) -> None:
    """Refuse what can't be rung.

    Raises:
        ValidationError: says what to do.

    """
    try:
        phone_numbers.read(field.data or "")
    except phone_numbers.NotANumberError as error:
        raise ValidationError(str(error)) from None


class FirstMinuteForm(HelplineForm):
    """What is asked before anything else (domain.md 1g, C1)."""

    safe_to_talk = RadioField("Are you safe to talk?", choices=_ANSWERS, validators=[Optional()])
    in_danger = RadioField("Are you in danger now?", choices=_ANSWERS, validators=[Optional()])
    if_cut_off = RadioField(
        "If we are cut off?", choices=_IF_CUT_OFF, default=IfCutOff.not_asked.value
    )
    number = StringField("Another telephone to ring back on", validators=[Optional(), _is_a_number])
    where = StringField(
        "Where are you, or where will you be?",
        validators=[
            Optional(),
            Length(max=MOST_LETTERS, message="Shorten where they are to 500 characters or fewer"),
        ],
    )
    is_child = BooleanField("Under 18")

    def answers(self) -> Answers:
        """Return what was answered."""
        number = (self.number.data or "").strip()
        return Answers(
            safe_to_talk=Answer(self.safe_to_talk.data) if self.safe_to_talk.data else None,
            in_danger=Answer(self.in_danger.data) if self.in_danger.data else None,
            if_cut_off=IfCutOff(self.if_cut_off.data),
            number=phone_numbers.read(number) if number else None,
            where=self.where.data or "",
        )


class LineCheckForm(HelplineForm):
    """The quiet call for help. Named so that nobody who looks on learns what it is."""

    contact = IdField("Open the contact again")
