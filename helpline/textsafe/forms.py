"""Forms of TextSafe. None has a field for a name, a date of birth or a postal address."""

import enum
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from wtforms import DateTimeLocalField, Form, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined, unused-ignore]
from wtforms.validators import Optional

from helpline.accounts.models import StaffMember
from helpline.clock import LONDON, now
from helpline.contacts.models import Language
from helpline.textsafe import incidents, intake, wording
from helpline.textsafe.approval import BY_HAND
from helpline.textsafe.incidents import Noted
from helpline.textsafe.intake import Asked
from helpline.textsafe.models import (
    NEXT_OF_KIN,
    AgeBand,
    Answer,
    Basis,
    How,
    HowItShowed,
    Refusal,
    Relation,
    Risk,
    SuicideRisk,
)
from helpline.textsafe.samaritans import KinConsent
from helpline.web.forms import FormKeyField, HelplineForm, choices, needed, no_longer_than

_MOST_ASKED_LETTERS = 60
_OF_BASIS = frozenset({"given_by", "given_at", "given_how", "why"})
Code = TypeVar("Code", bound=enum.StrEnum)


class MomentField(DateTimeLocalField):
    """A day and a time by a UK clock."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what the browser sent, or say what to do.

        Raises:
            ValueError: it is no day and time.

        """
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Enter the day and the time, like 25/11/2026 18:30") from None

    @property
    def moment(self) -> datetime | None:
        """The instant that was filled in, in UTC."""
        if not isinstance(self.data, datetime):
            return None
        return self.data.replace(tzinfo=LONDON).astimezone(UTC)


class RequestForm(HelplineForm):
    form_key = FormKeyField()
    force_reference = StringField(
        "Your force's reference",
        validators=[
            needed("Enter your reference"),
            no_longer_than(intake.MOST_REFERENCE_LETTERS),
        ],
    )
    officer = StringField(
        "Your rank and collar number",
        validators=[
            needed("Enter rank and collar number, like PC 4471"),
            no_longer_than(intake.MOST_OFFICER_LETTERS),
        ],
    )
    mobile = StringField(
        "Mobile number of the missing person",
        validators=[needed("Enter the mobile number"), no_longer_than(40)],
    )
    mobile_again = StringField(
        "The same number again", validators=[needed("Enter the number again")]
    )
    age_band = RadioField(
        "How old are they?",
        choices=choices(wording.AGES),
        validators=[needed("Choose how old they are. “Not known” is an answer")],
    )
    language = RadioField(
        "In which language should we write?",
        choices=choices(wording.LANGUAGES),
        default=Language.en.value,
        validators=[needed("Choose the language")],
    )
    risk = RadioField(
        "Which risk level have you set?",
        choices=choices(wording.RISKS),
        validators=[needed("Choose the risk level that your force has set")],
    )
    suicide_risk = RadioField(
        "And the risk of suicide?",
        choices=choices(wording.SUICIDE_RISKS),
        validators=[needed("Choose the risk of suicide. “Not assessed” is an answer")],
    )
    basis = RadioField(
        "On what does this request rest?",
        choices=choices(wording.BASES),
        validators=[needed("Choose on what the request rests")],
    )
    given_by = RadioField(
        "Who agreed?", choices=choices(wording.RELATIONS), validators=[Optional()]
    )
    given_at = MomentField("When did they agree?", validators=[Optional()])
    given_how = RadioField(
        "How did they agree?", choices=choices(wording.HOWS), validators=[Optional()]
    )
    why = TextAreaField(
        "Why does this basis hold?", validators=[no_longer_than(intake.MOST_WHY_LETTERS)]
    )
    last_used_at = MomentField("When was the phone last used, if you know?", [Optional()])
    in_other_hands = RadioField(
        "Could somebody else have the phone?",
        choices=choices(wording.ANSWERS),
        validators=[needed("Choose whether somebody else could have the phone")],
    )
    repeat_wanted = RadioField(
        "If they don't get in touch, should we write again?",
        choices=[
            SelectChoice("no", "No, write once"),
            SelectChoice("yes", "Yes, once a day for up to seven days"),
        ],
        default="no",
        validators=[needed("Choose whether we should write again")],
    )
    reported_at = MomentField("When were they reported missing, if you know?", [Optional()])

    def validate(self, extra_validators: object = None) -> bool:
        """Check also that the number was typed the same twice: one digit off reaches a stranger."""
        is_valid = bool(super().validate(extra_validators))
        twice = [_plain(each.data) for each in (self.mobile, self.mobile_again)]
        if all(twice) and twice[0] != twice[1]:
            self.mobile_again.errors = ["The two numbers differ. Check each digit"]
            is_valid = False
        # All that is wrong is said at once, also what hangs together.
        problems = intake.problems_of(self._as_far_as_filled(), at=now())
        for name, sentence in problems.items():
            field = getattr(self, name)
            if not field.errors and not (name in _OF_BASIS and self.basis.errors):
                field.errors = [sentence]
                is_valid = False
        return is_valid

    def asked(self, officer: StaffMember) -> Asked:
        """Return what was filled in."""
        return replace(self._as_far_as_filled(), officer_email=officer.email)

    def _as_far_as_filled(self) -> Asked:
        """Return what was filled in; where nothing was, what "not known" would be."""
        return Asked(
            key=str(self.form_key.data),
            force_reference=self.force_reference.data or "",
            officer=self.officer.data or "",
            officer_email="",
            mobile=self.mobile.data or "",
            age_band=_chosen(self.age_band, AgeBand) or AgeBand.not_known,
            risk=_chosen(self.risk, Risk) or Risk.not_told,
            basis=_chosen(self.basis, Basis) or Basis.consent,
            language=_chosen(self.language, Language) or Language.en,
            suicide_risk=_chosen(self.suicide_risk, SuicideRisk) or SuicideRisk.not_told,
            given_by=_chosen(self.given_by, Relation),
            given_at=self.given_at.moment,
            given_how=_chosen(self.given_how, How),
            why=self.why.data or "",
            last_used_at=self.last_used_at.moment,
            in_other_hands=_chosen(self.in_other_hands, Answer) or Answer.not_known,
            repeat_wanted=self.repeat_wanted.data == "yes",
            reported_at=self.reported_at.moment,
        )

    def show(self, problems: dict[str, str]) -> None:
        """Show at each field what is wrong with it."""
        for name, sentence in problems.items():
            field = getattr(self, name, self.force_reference)
            field.errors = [sentence]


class FindReferenceForm(HelplineForm):
    asked = StringField(
        "Your reference",
        validators=[needed("Enter your reference"), no_longer_than(_MOST_ASKED_LETTERS)],
    )


class FindRequestForm(HelplineForm):
    asked = StringField(
        "A force's reference, or a whole mobile number",
        validators=[
            needed("Enter a reference or a mobile number"),
            no_longer_than(_MOST_ASKED_LETTERS),
        ],
    )


class RejectForm(HelplineForm):
    refusal = RadioField(
        "Why not?",
        choices=choices({each: wording.REFUSALS[each] for each in BY_HAND}),
        validators=[needed("Choose why not. The force reads these words")],
    )

    @property
    def because(self) -> Refusal:
        """The reason that was chosen."""
        return Refusal(self.refusal.data)


class MisdirectedForm(HelplineForm):
    form_key = FormKeyField()
    showed = RadioField(
        "How did it show?",
        choices=choices(wording.SHOWED),
        validators=[needed("Choose how it showed")],
    )
    done = TextAreaField(
        "What was done about it?",
        validators=[
            needed("Write what was done about it"),
            no_longer_than(incidents.MOST_LETTERS),
        ],
    )

    def noted(self) -> Noted:
        """Return what was written down."""
        return Noted(HowItShowed(self.showed.data), self.done.data or "", self.form_key.key)


class SamaritansForm(HelplineForm):
    relation = RadioField(
        "Who of the next of kin agreed?",
        choices=choices({k: v for k, v in wording.RELATIONS.items() if k in NEXT_OF_KIN}),
        validators=[needed("Choose who agreed")],
    )
    at = MomentField("When did they agree?", validators=[needed("Enter when they agreed")])
    how = RadioField(
        "How did they agree?",
        choices=choices(wording.HOWS),
        validators=[needed("Choose how they agreed")],
    )

    def consent(self) -> KinConsent | None:
        """Return the consent that was filled in."""
        if self.at.moment is None:
            return None
        return KinConsent(Relation(self.relation.data), self.at.moment, How(self.how.data))


def every_field(form: type[Form]) -> list[str]:
    """Name the fields of a form, for whoever checks that none asks for too much."""
    return [name for name in dir(form) if hasattr(getattr(form, name), "field_class")]


def _chosen(field: RadioField, kind: type[Code]) -> Code | None:
    """Return what was chosen; None where nothing was, or nothing that can be."""
    try:
        return kind(field.data)
    except ValueError:
        return None


def _plain(number: object) -> str:
    return (
        "".join(each for each in str(number or "") if each.isdigit()).removeprefix("44").lstrip("0")
    )
