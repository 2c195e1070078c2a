"""Forms about people: records, enquiries, concerns, reveals."""

from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined, unused-ignore]
from wtforms.validators import InputRequired, Length

from helpline import phone_numbers
from helpline.confidentiality.reveal import Purpose
from helpline.contacts.enquiries import AskedBy
from helpline.contacts.records import RecordKind
from helpline.web.forms import FormKeyField, HelplineForm


def _no_longer_than(letters: int) -> Length:
    return Length(max=letters, message=f"Shorten this to {letters:,} characters or fewer")


class SearchForm(HelplineForm):
    asked = StringField(
        "Name or reference",
        validators=[
            InputRequired(message="Write a name or a reference, like K7F-2Q3"),
            _no_longer_than(120),
        ],
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
            _no_longer_than(120),
        ],
    )
    summary = TextAreaField("What the next call-taker needs to know", [_no_longer_than(5_000)])
    form_key = FormKeyField()


class LinkForm(HelplineForm):
    reference = StringField(
        "Reference of the other record",
        validators=[
            InputRequired(message="Write the reference of the other record"),
            _no_longer_than(20),
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
        validators=[InputRequired(message="Write who asks"), _no_longer_than(200)],
    )
    asker_phone = StringField("Their telephone number, if they gave it", [_no_longer_than(40)])
    about = TextAreaField(
        "Whom they ask about, as they said it",
        validators=[InputRequired(message="Write about whom they ask"), _no_longer_than(5_000)],
    )
    message = TextAreaField("Message to hold for that person, if any", [_no_longer_than(5_000)])
    form_key = FormKeyField()

    def validate_asker_phone(self, field: StringField) -> None:
        """Say at once what is wrong with a number, and keep the rest of the form."""
        if field.data and field.data.strip():
            phone_numbers.read(field.data)


class ConcernForm(HelplineForm):
    words = TextAreaField(
        "What worries you?",
        validators=[InputRequired(message="Write what worries you"), _no_longer_than(10_000)],
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
