"""Forms of signing in."""

from govuk_frontend_wtf.wtforms_widgets import GovPasswordInput, GovSubmitInput, GovTextInput
from wtforms import PasswordField, StringField, SubmitField
from wtforms.validators import InputRequired, Length

from helpline.web.forms import HelplineForm


class SignInForm(HelplineForm):
    email = StringField(
        "E-mail address",
        widget=GovTextInput(),
        validators=[
            InputRequired(message="Enter your e-mail address"),
            Length(max=254, message="An e-mail address has 254 characters or fewer"),
        ],
    )
    password = PasswordField(
        "Password",
        widget=GovPasswordInput(),
        validators=[
            InputRequired(message="Enter your password"),
            Length(max=200, message="A password has 200 characters or fewer"),
        ],
    )
    submit = SubmitField("Sign in", widget=GovSubmitInput())
