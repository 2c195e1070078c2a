"""Forms of the directory of partners."""

from collections.abc import Sequence
from datetime import date, time

from wtforms import (
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined, unused-ignore]
from wtforms.validators import NumberRange, Optional

from helpline import phone_numbers
from helpline.confidentiality.bank_holidays import Nation
from helpline.confidentiality.hours import DAYS, Window
from helpline.directory import (
    asking,
    entries,
    faults,
    numbers,
    opening,
    partners,
    places,
    wording,
)
from helpline.directory.models import (
    FaultKind,
    OnBankHolidays,
    Partner,
    PartnerKind,
    PartnerNumber,
    RungKind,
)
from helpline.directory.searching import Wish
from helpline.phone_numbers import NotANumberError, PhoneNumber
from helpline.web.forms import FormKeyField, HelplineForm, choices, needed, no_longer_than

_DAY_CHOICES = [SelectChoice(str(number), name) for number, name in enumerate(DAYS)]
_ANY, _HOURS = "any", "hours"
_UNDER_18, _OPEN = "under_18", "open"
_OFFICE_MINUTES = 5


def _any_of(labels: dict[str, str]) -> list[SelectChoice]:
    return [SelectChoice("", "Any"), *(SelectChoice(code, said) for code, said in labels.items())]


class FindPartnerForm(HelplineForm):
    asked = StringField(
        "Council, force or place",
        validators=[
            needed("Write the name of a council, a force or a place"),
            no_longer_than(120),
        ],
    )


class FindServiceForm(HelplineForm):
    """What somebody looks for. Sent as a form, never in an address: nothing of it is kept."""

    words = StringField("What do they need?", [no_longer_than(asking.MOST_LETTERS)])
    topic = SelectField("Topic", choices=_any_of(entries.TOPICS), default="")
    audience = SelectField("For", choices=_any_of(entries.AUDIENCES), default="")
    age = IntegerField("Age", [Optional(), NumberRange(0, 120, "Write an age in years")])
    place = StringField("Town, council or nation", [no_longer_than(80)])
    language = SelectField("Language", choices=_any_of(entries.LANGUAGES), default="")
    access = SelectField("Access", choices=_any_of(entries.ACCESS), default="")
    only = SelectMultipleField(
        "Only those",
        choices=[SelectChoice(_UNDER_18, "for under 18"), SelectChoice(_OPEN, "open now")],
    )

    def validate_place(self, field: StringField) -> None:
        """Refuse a place that nobody knows, rather than find nothing or what is far away.

        Raises:
            ValidationError: no council, town or nation is called that.

        """
        if field.data and places.find(field.data) is None:
            raise ValidationError(
                "Nobody here knows this place. Write a council, a town or a nation"
            )

    def wish(
        self, *, also_stopped: bool = False, is_child: bool = False, is_typing: bool = True
    ) -> Wish:
        """Return what was filled in; what is wrong counts as not filled in."""
        wrong = self.errors
        only = () if "only" in wrong else self.only.data or ()
        return Wish(
            words=(self.words.data or "")[: asking.MOST_LETTERS],
            topic=self.topic.data or "",
            audience=self.audience.data or "",
            age=None if "age" in wrong else self.age.data,
            is_under_18=is_child or _UNDER_18 in only,
            place=places.find(self.place.data or ""),
            is_open_now=_OPEN in only,
            language="" if "language" in wrong else self.language.data or "",
            access="" if "access" in wrong else self.access.data or "",
            is_typing=is_typing,
            also_stopped=also_stopped,
        )


class PartnerForm(HelplineForm):
    name = StringField(
        "Name",
        validators=[needed("Give the name"), no_longer_than(partners.MOST_NAME_LETTERS)],
    )
    kind = RadioField(
        "What is it?",
        choices=choices(wording.KINDS),
        validators=[needed("Choose what it is")],
    )
    nation = RadioField(
        "Where is it?",
        choices=choices(wording.NATIONS),
        validators=[needed("Choose the nation, because bank holidays differ")],
    )
    area = TextAreaField("Places it looks after", [no_longer_than(partners.MOST_AREA_LETTERS)])

    def fill_from(self, partner: Partner) -> None:
        """Show what is known, on a form that is shown for the first time."""
        self.name.data, self.area.data = partner.name, partner.area
        self.kind.data, self.nation.data = partner.kind.value, partner.nation.value

    def about(self) -> partners.About:
        """Return what was filled in."""
        return partners.About(
            self.name.data or "",
            PartnerKind(self.kind.data),
            self.area.data or "",
            Nation(self.nation.data),
        )


def when_field(question: str, sentence: str) -> RadioField:
    """Ask when, in the words of one form."""
    choices_ = [SelectChoice(_ANY, "At any time"), SelectChoice(_HOURS, "Only in these hours")]
    return RadioField(question, choices=choices_, validators=[needed(sentence)])


class WindowsForm(HelplineForm):
    """What forms with times of the week share."""

    when = when_field("When?", "Choose when")
    days = SelectMultipleField("Days", choices=_DAY_CHOICES)
    start = TimeField("From", [Optional()])
    end = TimeField("To", [Optional()])
    more_days = SelectMultipleField("Days of other hours", choices=_DAY_CHOICES)
    more_start = TimeField("From (other hours)", [Optional()])
    more_end = TimeField("To (other hours)", [Optional()])

    def validate(self, extra_validators: object = None) -> bool:
        """Check also that hours have days, a beginning and an end."""
        is_valid = bool(super().validate(extra_validators))
        if self.when.data != _HOURS:
            return is_valid
        for (days, start, end), or_none in zip(self._hours(), ("", ", or none"), strict=True):
            given = (bool(days.data), start.data is not None, end.data is not None)
            if not all(given) and (any(given) or not or_none):
                days.errors = [f"Choose the days, and the time from and to{or_none}"]
                is_valid = False
        return is_valid

    def fill_windows(self, windows: Sequence[Window]) -> None:
        """Show the times that are known, on a form that is shown for the first time."""
        any_hour = not windows or tuple(windows) == opening.ANY_HOUR
        self.when.data = _ANY if any_hour else _HOURS
        if any_hour:
            return
        for window, (days, start, end) in zip(windows, self._hours(), strict=False):
            days.data = [str(each) for each in sorted(window.days)]
            start.data, end.data = window.start, window.end

    def _hours(self) -> tuple[tuple[SelectMultipleField, TimeField, TimeField], ...]:
        return (
            (self.days, self.start, self.end),
            (self.more_days, self.more_start, self.more_end),
        )

    def windows(self) -> tuple[Window, ...]:
        """Return the times that were filled in; none means any."""
        if self.when.data != _HOURS:
            return ()
        found = []
        for days, start, end in self._hours():
            begins, ends = start.data, end.data
            if days.data and isinstance(begins, time) and isinstance(ends, time):
                found.append(Window(frozenset(int(each) for each in days.data), begins, ends))
        return tuple(found)


class HoursForm(WindowsForm):
    """What forms share with hours in which somebody answers."""

    when = when_field("When do they answer?", "Choose when they answer")
    on_bank_holidays = RadioField(
        "And on bank holidays?",
        choices=choices(wording.BANK_HOLIDAYS),
        validators=[needed("Choose what holds on bank holidays")],
    )

    def fill_hours(self, windows: Sequence[Window], on_bank_holidays: OnBankHolidays) -> None:
        """Show the hours that are known, on a form that is shown for the first time."""
        self.on_bank_holidays.data = on_bank_holidays.value
        self.fill_windows(windows)


class NumberForm(HoursForm):
    rung = RadioField(
        "Whom does one reach?",
        choices=choices({k: v for k, v in wording.RUNGS.items() if k is not RungKind.by_hand}),
        validators=[needed("Choose whom one reaches")],
    )
    name = StringField(
        "What they call themselves",
        validators=[
            needed("Write what they call themselves, like “emergency duty team”"),
            no_longer_than(numbers.MOST_NAME_LETTERS),
        ],
    )
    number = StringField("Telephone number", [no_longer_than(40)])
    minutes_before_next = IntegerField(
        "Minutes before the next one is offered",
        default=_OFFICE_MINUTES,
        validators=[
            needed("Write how many minutes"),
            NumberRange(1, numbers.MOST_MINUTES, f"Write 1 to {numbers.MOST_MINUTES} minutes"),
        ],
    )
    form_key = FormKeyField()

    def __init__(self, *, has_number: bool = False) -> None:
        super().__init__()
        self.has_number = has_number

    def validate_number(self, field: StringField) -> None:
        """Refuse what is no number; on a change, none at all leaves the old one.

        Raises:
            ValidationError: it is no telephone number, or none is given where one is needed.

        """
        written = (field.data or "").strip()
        if not written and self.has_number:
            return
        if not written:
            raise ValidationError("Write the telephone number")
        try:
            phone_numbers.read(written)
        except NotANumberError as error:
            raise ValidationError(str(error)) from None

    def fill_from(self, number: PartnerNumber) -> None:
        """Show what is known but for the number, on a form that is shown for the first time."""
        self.rung.data, self.name.data = number.rung.value, number.name
        self.minutes_before_next.data = number.minutes_before_next
        self.fill_hours(number.windows, number.on_bank_holidays)

    def about(self) -> numbers.About:
        """Return what was filled in, but for the number."""
        return numbers.About(
            RungKind(self.rung.data),
            self.name.data or "",
            self.windows(),
            OnBankHolidays(self.on_bank_holidays.data),
            self.minutes_before_next.data or 0,
        )

    def phone_number(self) -> PhoneNumber | None:
        """Return the number that was written, if one was."""
        written = (self.number.data or "").strip()
        return phone_numbers.read(written) if written else None


class CheckForm(HelplineForm):
    how = StringField(
        "How did you make sure?",
        validators=[
            needed("Say in a few words how you made sure who answers"),
            no_longer_than(numbers.MOST_HOW_LETTERS),
        ],
    )
    next_check = DateField("Check again by", [Optional()])

    def until(self) -> date | None:
        """Return the day of the next check, if one was chosen."""
        chosen: date | None = self.next_check.data
        return chosen


class FaultForm(HelplineForm):
    kind = RadioField(
        "What is wrong?",
        choices=choices(wording.FAULTS),
        validators=[needed("Choose what is wrong")],
    )
    number_id = SelectField("With which number?", choices=[])
    words = TextAreaField("What happened", [no_longer_than(faults.MOST_LETTERS)])
    form_key = FormKeyField()

    def offer(self, rungs: list[PartnerNumber]) -> None:
        """Offer the partner's numbers by name; the numbers themselves stay hidden."""
        self.number_id.choices = [
            SelectChoice("", "With none of them, or not known"),
            *(
                SelectChoice(str(each.id), f"{wording.RUNGS[each.rung]}: {each.name}")
                for each in rungs
            ),
        ]

    def fault_kind(self) -> FaultKind:
        """Return what was chosen."""
        return FaultKind(self.kind.data)

    def validate_number_id(self, field: SelectField) -> None:
        """Refuse to stop no number at all.

        Raises:
            ValidationError: somebody else answers, and it isn't said where.

        """
        if self.kind.data == FaultKind.somebody_else_answers.value and not field.data:
            raise ValidationError("Choose the number at which somebody else answered")
