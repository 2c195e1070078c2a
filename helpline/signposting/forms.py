"""Forms of signposting."""

from wtforms import BooleanField, DateField, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined, unused-ignore]
from wtforms.validators import AnyOf, InputRequired, Optional

from helpline.directory.entries import TOPICS
from helpline.signposting import wording
from helpline.signposting.models import Outcome, SignpostState
from helpline.web.forms import FormKeyField, HelplineForm


class GiveForm(HelplineForm):
    """A button beside a found service."""

    service_id = FormKeyField()
    state = HiddenField(validators=[AnyOf([each.value for each in SignpostState])])
    topic = HiddenField()
    form_key = FormKeyField()


class AnswerForm(HelplineForm):
    state = HiddenField(validators=[AnyOf([each.value for each in SignpostState])])


class TextForm(HelplineForm):
    said_safe = BooleanField("They said it is safe to text this to their phone")


class FollowUpForm(HelplineForm):
    on = DateField("Ask from", [Optional()])


class UnmetForm(HelplineForm):
    topic = SelectField(
        "What they needed",
        choices=[SelectChoice("", "Choose"), *(SelectChoice(*each) for each in TOPICS.items())],
        validators=[InputRequired("Choose what they needed")],
    )


class OutcomeForm(HelplineForm):
    outcome = SelectField(
        "What came of it",
        choices=[
            SelectChoice("", "Choose"),
            *(SelectChoice(each.value, wording.OUTCOMES[each]) for each in Outcome),
        ],
        validators=[InputRequired("Choose what came of it")],
    )
