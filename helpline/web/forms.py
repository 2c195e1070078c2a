"""Forms: every one carries a token against forgery and a key that makes it count once."""

import uuid
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, ValidationError


class HelplineForm(FlaskForm):  # type: ignore[misc, unused-ignore]
    """The base of all forms."""


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
