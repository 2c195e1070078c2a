"""The form by which a caller's calls are barred for a while."""

from datetime import timedelta

from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined, unused-ignore]
from wtforms.validators import InputRequired, Length

from helpline.accounts.models import Role
from helpline.console import words
from helpline.voice.bars import LONGEST, MOST_LETTERS, BarReason, Wanted
from helpline.web.forms import HelplineForm

_TIMES = {1: "One hour", 4: "Four hours", 24: "One day", 24 * 7: "Seven days", 24 * 30: "30 days"}


class BarForm(HelplineForm):
    reason = RadioField(
        "Why?",
        choices=[SelectChoice(each.value, words.BARS[each]) for each in BarReason],
        validators=[InputRequired(message="Choose why")],
    )
    hours = RadioField(
        "For how long?",
        choices=[SelectChoice(str(hours), label) for hours, label in _TIMES.items()],
        validators=[InputRequired(message="Choose for how long")],
    )
    words = TextAreaField(
        "What happened",
        validators=[
            InputRequired(message="Write what happened"),
            Length(max=MOST_LETTERS, message=f"Write up to {MOST_LETTERS} characters"),
        ],
    )

    @classmethod
    def of(cls, role: str) -> "BarForm":
        """Make the form with the times that somebody in a role may choose."""
        form = cls()
        longest = LONGEST.get(Role(role), timedelta(0))
        form.hours.choices = [
            SelectChoice(str(hours), label)
            for hours, label in _TIMES.items()
            if timedelta(hours=hours) <= longest
        ]
        return form

    def wanted(self) -> Wanted:
        """Return what was filled in."""
        lasts = timedelta(hours=int(self.hours.data))
        return Wanted(BarReason(self.reason.data), self.words.data or "", lasts)
