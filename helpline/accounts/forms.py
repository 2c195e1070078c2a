"""Forms of signing in, of one's own account, and of administrators."""

from govuk_frontend_wtf.wtforms_widgets import GovPasswordInput, GovSubmitInput, GovTextInput
from wtforms import (
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined, unused-ignore]
from wtforms.validators import NumberRange

from helpline.accounts import api_keys, passkeys, passwords
from helpline.accounts.models import OrganisationKind, Role
from helpline.web.forms import FormKeyField, HelplineForm, needed, no_longer_than

ROLES = {
    Role.call_taker: "Call-taker",
    Role.supervisor: "Supervisor",
    Role.safeguarding_lead: "Safeguarding lead",
    Role.partner_liaison: "Partner liaison",
    Role.administrator: "Administrator",
    Role.data_protection_officer: "Data protection officer",
}
ROLE_WORDS = {**ROLES, Role.police_partner: "Police officer"}
"""Every role by name; only those of `ROLES` can be given to staff."""
KINDS = {
    OrganisationKind.police: "Police",
    OrganisationKind.local_authority: "Local authority",
    OrganisationKind.health: "Health service",
    OrganisationKind.charity: "Charity",
    OrganisationKind.other: "Something else",
}
SCOPES = {
    api_keys.Scope.textsafe_request: "Ask for a text to a missing person",
    api_keys.Scope.textsafe_read: "See what became of its own requests",
    api_keys.Scope.directory_read: "Read the directory of services",
}
_MOST_EMAIL_LETTERS = 254
_MOST_NAME_LETTERS = 80


class SignInForm(HelplineForm):
    email = StringField(
        "E-mail address",
        widget=GovTextInput(),
        validators=[
            needed("Enter your e-mail address"),
            no_longer_than(_MOST_EMAIL_LETTERS),
        ],
    )
    password = PasswordField(
        "Password",
        widget=GovPasswordInput(),
        validators=[needed("Enter your password"), no_longer_than(passwords.MOST_LETTERS)],
    )
    submit = SubmitField("Sign in", widget=GovSubmitInput())


class CodeForm(HelplineForm):
    code = StringField(
        "Code of six digits",
        widget=GovTextInput(),
        validators=[needed("Enter the code that your app shows"), no_longer_than(20)],
    )
    submit = SubmitField("Continue", widget=GovSubmitInput())


class RecoveryCodeForm(HelplineForm):
    code = StringField(
        "Recovery code",
        widget=GovTextInput(),
        validators=[needed("Enter one of your recovery codes"), no_longer_than(40)],
    )
    submit = SubmitField("Continue", widget=GovSubmitInput())


class PasswordAgainForm(HelplineForm):
    password = PasswordField(
        "Your password",
        widget=GovPasswordInput(),
        validators=[needed("Enter your password"), no_longer_than(passwords.MOST_LETTERS)],
    )
    submit = SubmitField("Continue", widget=GovSubmitInput())


class PasskeyNameForm(HelplineForm):
    name = StringField(
        "Name of the passkey",
        validators=[
            needed("Give the passkey a name"),
            no_longer_than(passkeys.MOST_NAME_LETTERS),
        ],
    )


class JoinForm(HelplineForm):
    code = StringField(
        "Invitation",
        widget=GovTextInput(),
        validators=[needed("Enter the part of your link after the # sign"), no_longer_than(100)],
    )
    password = PasswordField(
        "Choose a password",
        widget=GovPasswordInput(),
        validators=[needed("Choose a password"), no_longer_than(passwords.MOST_LETTERS)],
    )
    submit = SubmitField("Continue", widget=GovSubmitInput())


class ChangePasswordForm(HelplineForm):
    old = PasswordField(
        "Your password now",
        widget=GovPasswordInput(),
        validators=[needed("Enter your password now"), no_longer_than(passwords.MOST_LETTERS)],
    )
    new = PasswordField(
        "New password",
        widget=GovPasswordInput(),
        validators=[needed("Choose a new password"), no_longer_than(passwords.MOST_LETTERS)],
    )
    submit = SubmitField("Change password", widget=GovSubmitInput())


class InviteForm(HelplineForm):
    email = StringField(
        "E-mail address",
        widget=GovTextInput(),
        validators=[needed("Enter their e-mail address"), no_longer_than(_MOST_EMAIL_LETTERS)],
    )
    name = StringField(
        "Name that colleagues see",
        widget=GovTextInput(),
        validators=[needed("Enter their name"), no_longer_than(_MOST_NAME_LETTERS)],
    )
    role = SelectField(
        "Role",
        choices=[SelectChoice(role.value, words) for role, words in ROLES.items()],
        validators=[needed("Choose a role")],
    )
    phone = StringField(
        "Phone that rings for calls (optional)",
        widget=GovTextInput(),
        validators=[no_longer_than(30)],
    )
    form_key = FormKeyField()
    submit = SubmitField("Make the invitation", widget=GovSubmitInput())


class InviteOfficerForm(HelplineForm):
    form_key = FormKeyField()
    display_name = StringField(
        "Officer's name, as colleagues say it",
        widget=GovTextInput(),
        validators=[needed("Give the officer's name"), no_longer_than(_MOST_NAME_LETTERS)],
    )
    email = StringField(
        "Officer's e-mail address",
        widget=GovTextInput(),
        validators=[
            needed("Give the officer's e-mail address"),
            no_longer_than(_MOST_EMAIL_LETTERS),
        ],
    )
    submit = SubmitField("Invite officer", widget=GovSubmitInput())


class RoleForm(HelplineForm):
    role = SelectField(
        "Role",
        choices=[SelectChoice(role.value, words) for role, words in ROLES.items()],
        validators=[needed("Choose a role")],
    )


class PhoneForm(HelplineForm):
    phone = StringField("New phone number", validators=[no_longer_than(30)])


class ResetForm(HelplineForm):
    reason = TextAreaField(
        "Why, and how you made sure that it is them",
        validators=[needed("Give the reason"), no_longer_than(2_000)],
    )


class OrganisationForm(HelplineForm):
    name = StringField(
        "Name",
        widget=GovTextInput(),
        validators=[needed("Enter the organisation's name"), no_longer_than(_MOST_NAME_LETTERS)],
    )
    kind = SelectField(
        "Kind",
        choices=[SelectChoice(kind.value, words) for kind, words in KINDS.items()],
        validators=[needed("Choose the kind")],
    )
    mail_domains = StringField(
        "Its e-mail addresses end in (optional)",
        widget=GovTextInput(),
        validators=[no_longer_than(500)],
    )
    submit = SubmitField("Add the organisation", widget=GovSubmitInput())


class KeyForm(HelplineForm):
    scopes = SelectMultipleField(
        "What the key may open",
        choices=[SelectChoice(scope.value, words) for scope, words in SCOPES.items()],
    )
    days = IntegerField(
        "Days that it lasts",
        widget=GovTextInput(),
        default=180,
        validators=[
            NumberRange(
                1, api_keys.LONGEST_DAYS, f"Write a number from 1 to {api_keys.LONGEST_DAYS}"
            )
        ],
    )
    form_key = FormKeyField()
    submit = SubmitField("Make the key", widget=GovSubmitInput())


class ReplaceKeyForm(HelplineForm):
    overlap_days = IntegerField(
        "Days the old key goes on",
        default=7,
        validators=[NumberRange(0, api_keys.LONGEST_OVERLAP_DAYS)],
    )
