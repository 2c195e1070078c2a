"""Forms of saved replies."""

from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined, unused-ignore]

from helpline.contacts.models import Language
from helpline.sms.saved_replies import Draft
from helpline.web.forms import HelplineForm


class SavedReplyForm(HelplineForm):
    name = StringField("Name")
    language = RadioField(
        "Language",
        choices=[
            SelectChoice(Language.en.value, "English"),
            SelectChoice(Language.cy.value, "Welsh"),
        ],
        default=Language.en.value,
    )
    words = TextAreaField("Words")

    def draft(self) -> Draft:
        """Return what was written."""
        return Draft(self.name.data or "", self.words.data or "", Language(self.language.data))
