"""Forms of the line's own hours and of its voicemails."""

from datetime import date, datetime

from wtforms import RadioField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined, unused-ignore]
from wtforms.validators import InputRequired, Length

from helpline.console import words
from helpline.directory.forms import HoursForm, when_field
from helpline.directory.line_hours import Hours
from helpline.directory.models import OnBankHolidays
from helpline.voice.voicemail_tasks import Done
from helpline.voice.voicemails import VoicemailOutcome
from helpline.web.forms import FormKeyField, HelplineForm

_FORMS_OF_A_DAY = ("%d/%m/%Y", "%Y-%m-%d")
_MOST_LETTERS = 10_000


class LineHoursForm(HoursForm):
    """When one door of the line is open."""

    when = when_field("When do we answer?", "Choose when we answer")
    closed_days = TextAreaField("Further days on which it is closed", [Length(max=2000)])

    def validate_closed_days(self, field: TextAreaField) -> None:
        """Refuse what is no day.

        Raises:
            ValidationError: names the line.

        """
        for line in _lines(field.data):
            if _day(line) is None:
                raise ValidationError(f"“{line[:20]}” is no day. Write it like 25/12/2026")

    def hours(self) -> Hours:
        """Return what was filled in."""
        days = (_day(line) for line in _lines(self.closed_days.data))
        return Hours(
            self.windows(),
            OnBankHolidays(self.on_bank_holidays.data),
            frozenset(day for day in days if day is not None),
        )

    def fill(self, found: Hours) -> None:
        """Show the hours that are known, on a form that is shown for the first time."""
        self.fill_hours(found.windows, found.on_bank_holidays)
        self.closed_days.data = "\n".join(f"{day:%d/%m/%Y}" for day in sorted(found.closed_days))


class VoicemailDoneForm(HelplineForm):
    form_key = FormKeyField()
    outcome = RadioField(
        "What came of it?",
        choices=[SelectChoice(each.value, words.VOICEMAILS[each]) for each in VoicemailOutcome],
        validators=[InputRequired(message="Choose what came of it")],
    )
    words = TextAreaField(
        "What was said, and what was done",
        validators=[
            InputRequired(message="Write what was said and what was done"),
            Length(max=_MOST_LETTERS, message="Shorten the words to 10,000 characters or fewer"),
        ],
    )

    def what(self) -> Done:
        """Return what was filled in."""
        outcome = VoicemailOutcome(self.outcome.data)
        return Done(outcome, self.words.data or "", self.form_key.key)


def _lines(given: str | None) -> list[str]:
    return [line.strip() for line in (given or "").splitlines() if line.strip()]


def _day(written: str) -> date | None:
    for form in _FORMS_OF_A_DAY:
        try:
            # A day, wherever it is read: it has no zone.
            return datetime.strptime(written, form).date()  # noqa: DTZ007
        except ValueError:
            continue
    return None
