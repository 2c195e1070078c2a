"""Forms of requests by people about their data, and of legal holds."""

from wtforms import DateField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined, unused-ignore]
from wtforms.validators import InputRequired, Length, Optional

from helpline.retention.holds import MOST_LETTERS
from helpline.retention.models import AskedBy, Refusal, RightsKind, Verified
from helpline.web.forms import FormKeyField, HelplineForm, choices

KINDS = {
    RightsKind.subject_access: "What we hold about them",
    RightsKind.erasure: "To be erased",
}
ASKED_BY = {
    AskedBy.themselves: "The person themselves",
    AskedBy.with_authority: "Somebody with the person's written authority",
    AskedBy.relative: "A relative",
    AskedBy.somebody_else: "Somebody else",
}
VERIFIED = {
    Verified.reference_and_word: "They gave their reference and their word",
    Verified.same_conversation: "They ask in a conversation from the phone that it is about",
    Verified.known_facts: "They told us what only they and we know",
    Verified.not_verified: "Not yet",
}
REFUSALS = {
    Refusal.not_verified: "We can't make sure that it is them",
    Refusal.not_their_own: "It isn't their own data",
    Refusal.legal_hold: "A legal hold is on it",
    Refusal.serious_harm: "It would be likely to cause somebody serious harm",
    Refusal.withdrawn: "They took it back",
}


def _reference(label: str) -> StringField:
    return StringField(
        label,
        validators=[
            InputRequired(message="Write the reference, like K7F-2QX"),
            Length(max=20, message="Write a reference, like K7F-2QX"),
        ],
    )


class RequestForm(HelplineForm):
    kind = RadioField(
        "What do they ask for?",
        choices=choices(KINDS),
        validators=[InputRequired(message="Choose what they ask for")],
    )
    asked_by = RadioField(
        "Who asks?",
        choices=choices(ASKED_BY),
        validators=[InputRequired(message="Choose who asks")],
    )
    verified = RadioField(
        "How do we know that it is them?",
        choices=choices(VERIFIED),
        validators=[InputRequired(message="Choose how we know that it is them")],
    )
    reference = _reference("Reference")
    form_key = FormKeyField()


class VerifyForm(HelplineForm):
    verified = RadioField(
        "How do we know that it is them?",
        choices=choices(
            {each: words for each, words in VERIFIED.items() if each != "not_verified"}
        ),
        validators=[InputRequired(message="Choose how we know that it is them")],
    )


class EraseForm(HelplineForm):
    reference = _reference("Write the reference again, to erase this person for good")


class RefuseForm(HelplineForm):
    refusal = SelectField(
        "Why it is refused",
        choices=[SelectChoice("", "Choose"), *choices(REFUSALS)],
        validators=[InputRequired(message="Choose why it is refused")],
    )


class ButtonForm(HelplineForm):
    """A button and nothing else."""


class HoldForm(HelplineForm):
    reference = _reference("Caller")
    why = StringField(
        "Why all about them must be kept",
        validators=[
            InputRequired(message="Write why it has to be kept"),
            Length(max=MOST_LETTERS, message="Shorten the reason to 1,000 characters or fewer"),
        ],
    )
    until = DateField("Last day", [Optional()])
    form_key = FormKeyField()
