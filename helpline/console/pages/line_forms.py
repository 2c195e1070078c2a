"""Forms of the pages on who takes what, and how long those who wait are tried for."""

from wtforms import IntegerField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined, unused-ignore]
from wtforms.validators import InputRequired, NumberRange, Optional

from helpline.console import words
from helpline.contacts import skills
from helpline.contacts.models import Language, Stream
from helpline.web.forms import HelplineForm

CHOSEN = tuple(each for each in Stream if each is not Stream.not_chosen)
_TIERS = {"": "Not", "1": "First choice", "2": "Second choice", "3": "Third choice"}
_MOST_SECONDS = 3600
_MOST_RINGS = 100


class SkillsForm(HelplineForm):
    """What one call-taker takes. All set to "Not": everything."""

    languages = SelectMultipleField(
        "Languages", choices=[SelectChoice(each.value, words.LANGUAGES[each]) for each in Language]
    )
    most_texts = IntegerField(
        "Conversations by text at once",
        validators=[
            InputRequired(message="Enter how many conversations by text at once"),
            NumberRange(0, skills.MOST_TEXTS, f"Enter a number from 0 to {skills.MOST_TEXTS}"),
        ],
    )
    texts_beside_call = IntegerField(
        "Most of them beside which a call may ring",
        validators=[
            InputRequired(message="Enter beside how many a call may ring"),
            NumberRange(0, skills.MOST_TEXTS, f"Enter a number from 0 to {skills.MOST_TEXTS}"),
        ],
    )

    def tiers(self) -> dict[Stream, int]:
        """Return the kinds of call that were chosen, each with its tier."""
        return {each: int(self[each.value].data) for each in CHOSEN if self[each.value].data}


for _stream in CHOSEN:
    setattr(
        SkillsForm,
        _stream.value,
        SelectField(
            words.STREAMS[_stream],
            choices=[SelectChoice(code, label) for code, label in _TIERS.items()],
            validate_choice=True,
            default="",
        ),
    )


def _figure(label: str, most: int) -> IntegerField:
    message = f"Enter a number from 0 to {most}, or leave it empty"
    return IntegerField(label, validators=[Optional(), NumberRange(0, most, message)])


class WaitRuleForm(HelplineForm):
    """The figures of one kind of call; empty: the house's own."""

    second_after = _figure("Try second choices after (seconds)", _MOST_SECONDS)
    third_after = _figure("Try third choices after (seconds)", _MOST_SECONDS)
    anybody_after = _figure("Try everybody after (seconds)", _MOST_SECONDS)
    choice_after = _figure("Give the caller a choice after (seconds)", _MOST_SECONDS)
    choice_after_rings = _figure("Or after so many unanswered rings", _MOST_RINGS)
    choice_every = _figure("Give it again every (seconds)", _MOST_SECONDS)
