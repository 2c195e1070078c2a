"""Forms: every one carries a token against forgery and a key that makes it count once."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined, unused-ignore]
from wtforms.validators import InputRequired, Length


class HelplineForm(FlaskForm):  # type: ignore[misc, unused-ignore]
    """The base of all forms."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc, unused-ignore]
        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:  # noqa: ANN401 - theirs
            """Take what a form sent and nothing else, without the NUL that no column can keep."""
            given = super().wrap_formdata(form, None if request.is_json else formdata)
            if given is None:
                return None
            return MultiDict(
                (name, value.replace("\x00", "") if isinstance(value, str) else value)
                for name, value in given.items(multi=True)
            )


def choices(labels: Mapping[Any, str]) -> list[SelectChoice]:
    """Offer codes by what they are called."""
    return [SelectChoice(str(code), label) for code, label in labels.items()]


def needed(sentence: str) -> InputRequired:
    """Ask for an answer; the sentence says what to do."""
    return InputRequired(message=sentence)


def no_longer_than(letters: int) -> Length:
    """Take no more than so many characters."""
    return Length(max=letters, message=f"Shorten this to {letters:,} characters or fewer")


def new_key() -> str:
    """Make the key of one form: posted twice, it counts once."""
    return str(uuid.uuid4())


class FormKeyField(HiddenField):
    """The hidden key of a form, read as a UUID."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - WTForms' own signature
        super().__init__(default=new_key, **kwargs)

    @property
    def key(self) -> uuid.UUID:
        """The key that came with the form."""
        return uuid.UUID(str(self.data))

    def pre_validate(self, form: Any) -> None:  # noqa: ANN401 - WTForms' own signature
        """Refuse a form whose key is missing or spoilt.

        Raises:
            ValidationError: it is no UUID.

        """
        del form
        try:
            uuid.UUID(str(self.data))
        except ValueError:
            raise ValidationError("The form was spoilt on its way. Send it again") from None
