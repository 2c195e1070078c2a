"""Forms for consents, plans for safe contact, and disclosures."""

from datetime import UTC, date, datetime, time, timedelta

from wtforms import (
    DateField,
    DateTimeLocalField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined, unused-ignore]
from wtforms.validators import Optional

from helpline.clock import LONDON, in_london, now
from helpline.confidentiality import wording
from helpline.confidentiality.consent import About, Agreed, Heard, Scope, TakenBack, Towards
from helpline.confidentiality.disclosures import Proposal
from helpline.confidentiality.models import PersonTold, Recipient, Step, Threshold
from helpline.confidentiality.safe_contact import SafeContactPlan, Way, Wishes
from helpline.contacts.models import Channel, Contact
from helpline.contacts.wrap_up import taxonomy
from helpline.directory.forms import WindowsForm, when_field
from helpline.web.forms import FormKeyField, HelplineForm, choices, needed, no_longer_than

_MOST_YEARS_AWAY = 20
_REVIEW_AFTER = timedelta(days=7)


def _near(_form: object, field: DateField) -> None:
    """Refuse a day that nobody can mean, and that no calendar could count on from.

    Raises:
        ValidationError: it is more than twenty years away.

    """
    given: date | None = field.data
    if given is not None and abs(given.year - now().year) > _MOST_YEARS_AWAY:
        raise ValidationError("Check the year")


class ConsentForm(HelplineForm):
    scopes = SelectMultipleField(
        "What do they agree to?",
        choices=choices(wording.SCOPES),
        validators=[needed("Choose what they agree to")],
    )
    towards = SelectField(
        "Towards whom?",
        choices=[SelectChoice("", "Choose"), *choices(wording.TOWARDS)],
        validators=[needed("Choose towards whom")],
    )
    recipient = StringField("Who exactly, if they said", [no_longer_than(500)])
    about = SelectField(
        "Whom is it about?", choices=choices(wording.ABOUTS), default=About.themselves.value
    )
    words = TextAreaField(
        "What they said, as nearly as you can",
        [needed("Write down what they said, as nearly as you can"), no_longer_than(5_000)],
    )
    heard = RadioField(
        "How did they say it?",
        choices=choices(wording.HEARD),
        validators=[needed("Choose how they said it")],
    )
    last_day = DateField("Last day on which it holds", [Optional(), _near])
    form_key = FormKeyField()

    def suit(self, contact: Contact) -> None:
        """Choose what fits the contact, on a form that is shown for the first time."""
        self.heard.data = (Heard.call if contact.channel is Channel.voice else Heard.text).value

    def agreed(self, contact: Contact) -> Agreed:
        """Return what was filled in."""
        return Agreed(
            scopes=frozenset(Scope(each) for each in self.scopes.data or ()),
            towards=Towards(self.towards.data),
            recipient=self.recipient.data or "",
            about=About(self.about.data),
            words=self.words.data or "",
            heard=Heard(self.heard.data),
            valid_until=_end_of(self.last_day.data),
            contact_id=contact.id,
            form_key=self.form_key.key,
        )


class WithdrawForm(HelplineForm):
    words = TextAreaField(
        "What they said, as nearly as you can",
        [needed("Write down what they said, as nearly as you can"), no_longer_than(5_000)],
    )
    heard = RadioField(
        "How did they say it?",
        choices=choices(wording.HEARD),
        validators=[needed("Choose how they said it")],
    )
    form_key = FormKeyField()

    def taken_back(self, entry_id: object, contact: Contact) -> TakenBack:
        """Return what was filled in."""
        return TakenBack(
            entry_id=entry_id,  # type: ignore[arg-type]
            words=self.words.data or "",
            heard=Heard(self.heard.data),
            contact_id=contact.id,
            form_key=self.form_key.key,
        )


_YES_NO = [SelectChoice("yes", "Yes"), SelectChoice("no", "No")]


class PlanForm(WindowsForm):
    ways = SelectMultipleField(
        "How may we reach them?",
        choices=choices(wording.WAYS),
    )
    when = when_field("When?", "Choose when they may be reached")
    words_first = TextAreaField("What to say first", [no_longer_than(1_000)])
    is_shared_phone = RadioField(
        "Do others use this phone?",
        choices=_YES_NO,
        validators=[needed("Choose whether others use this phone")],
    )
    others_who_answer = TextAreaField("Who else may answer", [no_longer_than(1_000)])
    may_leave_voicemail = RadioField(
        "May we leave voicemail?",
        choices=_YES_NO,
        validators=[needed("Choose whether we may leave voicemail")],
    )
    valid_until = DateField("Last day on which the plan holds", [Optional(), _near])
    form_key = FormKeyField()

    def fill_from(self, plan: SafeContactPlan | None) -> None:
        """Show the plan in force, on a form that is shown for the first time."""
        if plan is None:
            self.may_leave_voicemail.data = "no"
            return
        self.ways.data = [
            way.value
            for way, allowed in ((Way.text, plan.may_text), (Way.call, plan.may_call))
            if allowed
        ]
        self.fill_windows(plan.windows)
        self.words_first.data = plan.words_first
        self.others_who_answer.data = plan.others_who_answer
        self.is_shared_phone.data = "yes" if plan.is_shared_phone else "no"
        self.may_leave_voicemail.data = "yes" if plan.may_leave_voicemail else "no"
        self.valid_until.data = plan.valid_until

    def wishes(self) -> Wishes:
        """Return what was filled in."""
        return Wishes(
            form_key=self.form_key.key,
            may_text=Way.text in (self.ways.data or ()),
            may_call=Way.call in (self.ways.data or ()),
            windows=self.windows(),
            may_leave_voicemail=self.may_leave_voicemail.data == "yes",
            is_shared_phone=self.is_shared_phone.data == "yes",
            words_first=self.words_first.data or "",
            others_who_answer=self.others_who_answer.data or "",
            valid_until=self.valid_until.data,
        )


class DisclosureForm(HelplineForm):
    threshold = RadioField(
        "How serious is it?",
        choices=choices(wording.THRESHOLDS),
        validators=[needed("Choose how serious it is")],
    )
    age_band = SelectField(
        "Their age",
        choices=[SelectChoice("", "Choose")]
        + [SelectChoice(code, label) for code, label in taxonomy().lists["age_band"]],
        validators=[needed("Choose their age; “Not known” is an answer")],
    )
    reason = TextAreaField(
        "Why must it be told?", [needed("Write why it must be told"), no_longer_than(5_000)]
    )
    recipient = SelectField(
        "To whom?",
        choices=[SelectChoice("", "Choose"), *choices(wording.RECIPIENTS)],
        validators=[needed("Choose to whom it is told")],
    )
    recipient_name = StringField(
        "Who exactly", [needed("Write to whom exactly it is told"), no_longer_than(500)]
    )
    facts = TextAreaField(
        "The facts to tell, one on each line",
        [needed("Write at least one fact"), no_longer_than(20_000)],
    )
    person_told = RadioField(
        "Do they know that we tell?",
        choices=choices(wording.PERSON_TOLD),
        validators=[needed("Choose whether they know")],
    )
    why_not_told = TextAreaField("If not told before: why", [no_longer_than(5_000)])
    review_on = DateField("Day of the review", [needed("Choose the day of the review"), _near])
    form_key = FormKeyField()

    def suit(self) -> None:
        """Propose a day for the review, on a form that is shown for the first time."""
        self.review_on.data = in_london(now()).date() + _REVIEW_AFTER

    def proposal(self, contact: Contact) -> Proposal:
        """Return what was filled in."""
        return Proposal(
            threshold=Threshold(self.threshold.data),
            age_band=self.age_band.data,
            reason=self.reason.data or "",
            recipient=Recipient(self.recipient.data),
            recipient_name=self.recipient_name.data or "",
            facts=tuple((self.facts.data or "").splitlines()),
            person_told=PersonTold(self.person_told.data),
            why_not_told=self.why_not_told.data or "",
            review_on=self.review_on.data or in_london(now()).date(),
            contact_id=contact.id,
            form_key=self.form_key.key,
        )


class DecideForm(HelplineForm):
    agrees = RadioField(
        "Do you agree?",
        choices=[SelectChoice("yes", "Yes, I agree"), SelectChoice("no", "No, I don't agree")],
        validators=[needed("Choose whether you agree")],
    )
    words = TextAreaField("Why (needed for a no)", [no_longer_than(5_000)])
    form_key = FormKeyField()


class ToldForm(HelplineForm):
    told_at = DateTimeLocalField(
        "When was it told? (UK time)",
        [needed("Write when it was told"), _near],
        format="%Y-%m-%dT%H:%M",
    )
    incident_number = StringField("Their incident number", [no_longer_than(200)])
    words = TextAreaField("Anything to add", [no_longer_than(5_000)])
    form_key = FormKeyField()

    @property
    def told(self) -> datetime:
        """The instant that was filled in as UK time."""
        return self.told_at.data.replace(tzinfo=LONDON).astimezone(UTC)  # type: ignore[union-attr]


class LineForm(HelplineForm):
    step = RadioField(
        "What is it?",
        choices=[
            SelectChoice(Step.corrected.value, "A correction"),
            SelectChoice(Step.reviewed.value, "A review"),
        ],
        validators=[needed("Choose a correction or a review")],
    )
    words = TextAreaField("What to write down", [needed("Write it down"), no_longer_than(5_000)])
    next_review_on = DateField("Day of the next review", [Optional(), _near])
    form_key = FormKeyField()


def _end_of(last_day: date | None) -> datetime | None:
    """Return the midnight with which a day ends in London."""
    if last_day is None:
        return None
    following = last_day + timedelta(days=1)
    return datetime.combine(following, time(0), LONDON).astimezone(UTC)
