"""Forms of services."""

from pydantic import ValidationError as EntryError
from wtforms import IntegerField, RadioField, SelectMultipleField, StringField
from wtforms import TextAreaField as Area
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined, unused-ignore]
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional

from helpline.confidentiality.bank_holidays import Nation
from helpline.directory import opening, wording
from helpline.directory.entries import ACCESS, AUDIENCES, LANGUAGES, TOPICS, Entry, TextLine
from helpline.directory.forms import HoursForm
from helpline.directory.models import OnBankHolidays
from helpline.web.forms import FormKeyField, choices, no_longer_than

_UNKNOWN, _ANY, _HOURS = "unknown", "any", "hours"
_AGE = NumberRange(0, 120, "Write an age in years")


class ServiceForm(HoursForm):
    name = StringField(
        "Name", [DataRequired(message="Give the service's name"), no_longer_than(160)]
    )
    description = Area("What it does", [no_longer_than(2_000)])
    phone = StringField("Telephone number", [no_longer_than(40)])
    text_number = StringField("Number for texts", [no_longer_than(20)])
    text_word = StringField("Word that a text begins with", [no_longer_than(20)])
    url = StringField("Web address", [no_longer_than(500)])
    cost = StringField("What it costs", [no_longer_than(120)])
    when = RadioField(
        "When do they answer?",
        choices=[
            SelectChoice(_ANY, "At any time"),
            SelectChoice(_HOURS, "Only in these hours"),
            SelectChoice(_UNKNOWN, "That isn't known, or can't be said in hours"),
        ],
        validators=[InputRequired(message="Choose when they answer")],
    )
    hours_in_words = StringField("Hours in words", [no_longer_than(200)])
    audiences = SelectMultipleField("Whom is it for?", choices=choices(AUDIENCES))
    min_age = IntegerField("From age", [Optional(), _AGE])
    max_age = IntegerField("To age", [Optional(), _AGE])
    topics = SelectMultipleField("Topics", choices=choices(TOPICS))
    nations = SelectMultipleField(
        "Where?",
        choices=[SelectChoice(code.value, label) for code, label in wording.NATIONS.items()],
        validators=[InputRequired(message="Choose at least one nation")],
    )
    areas = StringField("Only in these places", [no_longer_than(500)])
    languages = SelectMultipleField("Languages", choices=choices(LANGUAGES))
    access = SelectMultipleField("Ways for people who can't hear or speak", choices=choices(ACCESS))
    form_key = FormKeyField()

    def fill_from(self, entry: Entry) -> None:
        """Show an entry, on a form that is shown for the first time."""
        for plain in ("name", "description", "phone", "url", "cost", "hours_in_words"):
            self[plain].data = getattr(entry, plain)
        for several in ("audiences", "topics", "nations", "languages", "access"):
            self[several].data = [str(each) for each in getattr(entry, several)]
        self.min_age.data, self.max_age.data = entry.min_age, entry.max_age
        self.areas.data = ", ".join(entry.areas)
        if entry.text is not None:
            self.text_number.data, self.text_word.data = entry.text.number, entry.text.word
        self.fill_hours(entry.windows or (), entry.on_bank_holidays)
        if entry.windows is None:
            self.when.data = _UNKNOWN

    def entry(self, before: Entry | None = None) -> Entry | None:
        """Return what was filled in; None, with the error at the name, where it can't be kept.

        What the form doesn't ask for stays as it was before.
        """
        text_number = (self.text_number.data or "").strip()
        word = (self.text_word.data or "").strip()
        given = (before.model_dump() if before else {}) | {
            "name": " ".join((self.name.data or "").split()),
            "description": (self.description.data or "").strip(),
            "phone": (self.phone.data or "").strip(),
            "text": TextLine(number=text_number, word=word) if text_number else None,
            "url": (self.url.data or "").strip(),
            "cost": (self.cost.data or "").strip(),
            "audiences": tuple(self.audiences.data or ()),
            "topics": tuple(self.topics.data or ()),
            "min_age": self.min_age.data,
            "max_age": self.max_age.data,
            "nations": tuple(Nation(each) for each in self.nations.data or ()),
            "areas": tuple(filter(None, (a.strip() for a in (self.areas.data or "").split(",")))),
            "languages": tuple(self.languages.data or ()),
            "access": tuple(self.access.data or ()),
            "hours": self._stored_hours(),
            "hours_in_words": (self.hours_in_words.data or "").strip(),
            "on_bank_holidays": OnBankHolidays(self.on_bank_holidays.data),
        }
        try:
            return Entry.model_validate(given)
        except EntryError as error:
            self._say(error)
            return None

    def _stored_hours(self) -> tuple[dict[str, object], ...] | None:
        if self.when.data == _UNKNOWN:
            return None
        return tuple(each.stored() for each in self.windows() or opening.ANY_HOUR)

    def _say(self, error: EntryError) -> None:
        for each in error.errors():
            field = str(each["loc"][0]) if each["loc"] else "max_age"
            sentence = str(each["msg"]).removeprefix("Value error, ")
            self[field if field in self else "name"].errors = [sentence]
