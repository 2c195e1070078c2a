"""The form by which the record of who did what is filtered."""

from wtforms import DateField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined, unused-ignore]
from wtforms.validators import Length, Optional

from helpline.audit import Act
from helpline.record import entries
from helpline.web.forms import HelplineForm

_ANY = SelectChoice("", "Any")


class FilterForm(HelplineForm):
    reference = StringField(
        "Caller", [Length(max=20, message="Write a reference, like K7F-2QX")], default=""
    )
    who = SelectField("Who", choices=[_ANY], default="")
    act = SelectField(
        "What",
        choices=[
            _ANY,
            *(SelectChoice(each.value, entries.in_words(each)) for each in sorted(Act)),
        ],
        default="",
    )
    first_day = DateField("From", [Optional()])
    last_day = DateField("To", [Optional()])
