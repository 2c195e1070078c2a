"""Forms about people: records, enquiries, concerns, reveals."""

from wtforms import (
    DateField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined, unused-ignore]
from wtforms.validators import InputRequired, Length, Optional

from helpline import phone_numbers
from helpline.confidentiality.reveal import Purpose
from helpline.contacts.enquiries import AskedBy
from helpline.contacts.finding import Place, Wanted
from helpline.contacts.models import Channel, Stream
from helpline.contacts.records import RecordKind
from helpline.web.forms import FormKeyField, HelplineForm, no_longer_than


class SearchForm(HelplineForm):
    asked = StringField(
        "Name or reference",
        validators=[
            InputRequired(message="Write a name or a reference, like K7F-2Q3"),
            no_longer_than(120),
        ],
    )


STREAMS = {
    Stream.young_person: "A young person",
    Stream.adult_away: "An adult who is away",
    Stream.family: "Family or friends",
    Stream.sighting: "Somebody was seen",
    Stream.professional: "A professional",
    Stream.message_collection: "A message to collect",
    Stream.not_chosen: "Not chosen",
}
_CHANNELS = {Channel.voice: "By phone", Channel.sms: "By text"}
_FLAGGED, _CHILD = "flagged", "child"
_YEARS = range(2000, 2101)


def _any_or(labels: dict) -> list[SelectChoice]:  # type: ignore[type-arg]
    return [SelectChoice("", "Any"), *(SelectChoice(k.value, v) for k, v in labels.items())]


def _in_reach(_form: object, field: DateField) -> None:
    """Refuse a day that nobody can mean.

    Raises:
        ValidationError: it lies outside this century.

    """
    given = field.data
    if given is not None and given.year not in _YEARS:
        raise ValidationError("Check the year")


class FindContactForm(HelplineForm):
    words = StringField("Words in notes", [no_longer_than(200)])
    reference = StringField("Caller's reference", [no_longer_than(20)])
    first_day = DateField("From", [Optional(), _in_reach])
    last_day = DateField("To", [Optional(), _in_reach])
    stream = SelectField("What brought them", choices=_any_or(STREAMS), default="")
    channel = SelectField("How they reached us", choices=_any_or(_CHANNELS), default="")
    flags = SelectMultipleField(
        "Only those",
        choices=[
            SelectChoice(_FLAGGED, "about whom a concern was raised"),
            SelectChoice(_CHILD, "who are under 18"),
        ],
    )
    after = HiddenField()

    def validate_after(self, field: HiddenField) -> None:
        """Refuse a place that was spoilt.

        Raises:
            ValidationError: it can't be read.

        """
        try:
            _ = Place.read(field.data) if field.data else None
        except ValueError:
            raise ValidationError("Start the search again") from None

    def wanted(self) -> Wanted:
        """Return what was filled in."""
        flags = self.flags.data or ()
        return Wanted(
            words=self.words.data or "",
            reference=self.reference.data or "",
            stream=Stream(self.stream.data) if self.stream.data else None,
            channel=Channel(self.channel.data) if self.channel.data else None,
            first_day=self.first_day.data,
            last_day=self.last_day.data,
            is_flagged=_FLAGGED in flags,
            is_child=_CHILD in flags,
            after=Place.read(self.after.data) if self.after.data else None,
        )


class RecordForm(HelplineForm):
    kind = RadioField(
        "Whose record is it?",
        choices=[
            SelectChoice(RecordKind.missing_person.value, "Somebody who is or was away"),
            SelectChoice(RecordKind.family.value, "A family member or friend"),
        ],
        validators=[InputRequired(message="Choose whose record it is")],
    )
    name = StringField(
        "Name they gave",
        validators=[
            InputRequired(message="Write the name they want to be called by"),
            no_longer_than(120),
        ],
    )
    summary = TextAreaField("What the next call-taker needs to know", [no_longer_than(5_000)])
    form_key = FormKeyField()


class LinkForm(HelplineForm):
    reference = StringField(
        "Reference of the other record",
        validators=[
            InputRequired(message="Write the reference of the other record"),
            no_longer_than(20),
        ],
    )


class EnquiryForm(HelplineForm):
    asked_by = SelectField(
        "Who asks?",
        choices=[
            SelectChoice(AskedBy.family_or_friend.value, "Family or friend"),
            SelectChoice(AskedBy.police.value, "Police"),
            SelectChoice(AskedBy.social_worker.value, "Social worker"),
            SelectChoice(AskedBy.solicitor.value, "Solicitor"),
            SelectChoice(AskedBy.press.value, "Press"),
            SelectChoice(AskedBy.other.value, "Somebody else"),
        ],
        validators=[InputRequired(message="Choose who asks")],
    )
    asker = StringField(
        "Their name",
        validators=[InputRequired(message="Write who asks"), no_longer_than(200)],
    )
    asker_phone = StringField("Their telephone number, if they gave it", [no_longer_than(40)])
    about = TextAreaField(
        "Whom they ask about, as they said it",
        validators=[InputRequired(message="Write about whom they ask"), no_longer_than(5_000)],
    )
    message = TextAreaField("Message to hold for that person, if any", [no_longer_than(5_000)])
    form_key = FormKeyField()

    def validate_asker_phone(self, field: StringField) -> None:
        """Say at once what is wrong with a number, and keep the rest of the form."""
        if field.data and field.data.strip():
            phone_numbers.read(field.data)


class ConcernForm(HelplineForm):
    words = TextAreaField(
        "What worries you?",
        validators=[InputRequired(message="Write what worries you"), no_longer_than(10_000)],
    )
    form_key = FormKeyField()


class RevealForm(HelplineForm):
    purpose = RadioField(
        "What is the number needed for?",
        choices=[
            SelectChoice(Purpose.emergency_999.value, "For 999: a life is at risk"),
            SelectChoice(Purpose.safeguarding_referral.value, "A safeguarding referral"),
            SelectChoice(Purpose.court_order.value, "A court order"),
            SelectChoice(
                Purpose.call_back_failed.value, "They wish to be rung and the system can't"
            ),
        ],
        validators=[InputRequired(message="Choose what the number is needed for")],
    )
    reason = TextAreaField(
        "Why, in a sentence or two",
        validators=[
            InputRequired(message="Write why the number is needed"),
            Length(min=10, max=2_000, message="Write why, in 10 to 2,000 characters"),
        ],
    )
