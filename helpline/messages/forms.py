"""Forms of the relay."""

import uuid
from contextlib import suppress

from wtforms import (
    BooleanField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined, unused-ignore]
from wtforms.validators import Length, Optional

from helpline import phone_numbers
from helpline.confidentiality.consent import Heard, Scope
from helpline.contacts.models import Channel, Contact
from helpline.messages import wording
from helpline.messages.delivery import Tried
from helpline.messages.drafting import Recipient, Words
from helpline.messages.happenings import Outcome
from helpline.messages.models import (
    Age,
    Harm,
    Message,
    Order,
    Party,
    Relation,
    Thread,
    Way,
    Wish,
    YesNo,
)
from helpline.messages.police import Wanted
from helpline.messages.threads import Begun
from helpline.web.forms import FormKeyField, HelplineForm, choices, needed, no_longer_than


def _number(field: StringField) -> None:
    """Say at once what is wrong with a number, and keep the rest of the form.

    Raises:
        NotANumberError: it is none.

    """
    if field.data and field.data.strip():
        phone_numbers.read(field.data)


class BeginForm(HelplineForm):
    rights_explained = BooleanField("I told them all of this", [needed("Tell them this first")])
    age = RadioField(
        "How old are they?",
        choices=choices(wording.AGES),
        validators=[needed("Choose their age; “Not known” is an answer")],
    )
    is_detained = RadioField(
        "Are they detained under the Mental Health Act, or legally in somebody's care?",
        choices=choices(wording.YES_NO),
        validators=[needed("Ask whether they are detained, and choose the answer")],
    )
    is_at_risk = RadioField(
        "Ask about suicide and safety: are they at risk now?",
        choices=choices(wording.YES_NO),
        validators=[needed("Ask about suicide and safety, and choose the answer")],
    )
    name = StringField(
        "Name that the people at home know them by",
        [needed("Write the name"), no_longer_than(200)],
    )
    born = StringField("Date of birth, if they give it", [no_longer_than(60)])
    can_be_confirmed = BooleanField("They gave a fact that the recipient can confirm")
    word = PasswordField(
        "A word that only they know",
        [needed("Let them choose a word"), no_longer_than(60)],
    )
    duress_word = PasswordField("Another word, in case somebody forces them", [no_longer_than(60)])
    safe_number = StringField("A safe number, if they want a sign from us", [no_longer_than(40)])
    form_key = FormKeyField()

    def validate_safe_number(self, field: StringField) -> None:
        """Refuse what is no number."""
        _number(field)

    def begun(self) -> Begun:
        """Return what was filled in."""
        safe = (self.safe_number.data or "").strip()
        return Begun(
            name=self.name.data or "",
            born=self.born.data or "",
            age=Age(self.age.data),
            is_detained=YesNo(self.is_detained.data),
            is_at_risk=YesNo(self.is_at_risk.data),
            rights_explained=bool(self.rights_explained.data),
            can_be_confirmed=bool(self.can_be_confirmed.data),
            word=self.word.data or "",
            duress_word=self.duress_word.data or "",
            safe_number=phone_numbers.read(safe) if safe else None,
            form_key=self.form_key.key,
        )


class RecipientForm(HelplineForm):
    name = StringField("Their name", [needed("Write their name"), no_longer_than(200)])
    relation = SelectField(
        "Who are they to the caller?",
        choices=[SelectChoice("", "Choose"), *choices(wording.RELATIONS)],
        validators=[needed("Choose who they are")],
    )
    number = StringField(
        "Their telephone number", [needed("Write their number"), no_longer_than(40)]
    )
    fact_asked = StringField(
        "A question that only they can answer",
        [needed("Write the question"), no_longer_than(300)],
    )
    fact_answer = StringField("The answer", [needed("Write the answer"), no_longer_than(300)])
    way = RadioField(
        "How shall it be given?",
        choices=choices(wording.WAYS),
        validators=[needed("Choose how it is given")],
    )
    may_leave_voicemail = BooleanField("A neutral request to ring back may be left on voicemail")
    harm = RadioField(
        "Was there abuse or violence between them, either way?",
        choices=choices(wording.HARMS),
        validators=[needed("Ask about abuse, and choose the answer")],
    )
    order = RadioField(
        "Is there a court order or bail condition about contact, either way?",
        choices=choices(wording.ORDERS),
        validators=[needed("Ask about court orders, and choose the answer")],
    )
    is_monitored = RadioField(
        "Is the number shared, or does somebody watch it?",
        choices=choices(wording.YES_NO),
        validators=[needed("Ask about the number, and choose the answer")],
    )
    unsafe_others = TextAreaField(
        "Is there anybody it would be unsafe for us to reach?", [no_longer_than(1_000)]
    )
    form_key = FormKeyField()

    def validate_number(self, field: StringField) -> None:
        """Refuse what is no number."""
        _number(field)

    def recipient(self) -> Recipient:
        """Return what was filled in."""
        return Recipient(
            name=self.name.data or "",
            relation=Relation(self.relation.data),
            number=phone_numbers.read(self.number.data or ""),
            fact_asked=self.fact_asked.data or "",
            fact_answer=self.fact_answer.data or "",
            way=Way(self.way.data),
            may_leave_voicemail=bool(self.may_leave_voicemail.data),
            harm=Harm(self.harm.data),
            order=Order(self.order.data),
            is_monitored=YesNo(self.is_monitored.data),
            unsafe_others=self.unsafe_others.data or "",
            form_key=self.form_key.key,
        )


class WordsForm(HelplineForm):
    words = TextAreaField(
        "Their exact words",
        [needed("Write down the words, exactly as they want them"), no_longer_than(1_500)],
    )
    scopes = SelectMultipleField(
        "What else may be told? Nothing, unless they say so", choices=choices(wording.MAY_TELL)
    )
    area = StringField("Which area, in their words", [no_longer_than(200)])
    reply_to = StringField("Which number or address", [no_longer_than(200)])
    form_key = FormKeyField()

    def suit(self, message: Message) -> None:
        """Show a message as it stands."""
        self.words.data, self.scopes.data = message.words, list(message.scopes)
        self.area.data, self.reply_to.data = message.area, message.reply_to

    def given(self) -> Words:
        """Return what was filled in."""
        return Words(
            self.words.data or "",
            frozenset(Scope(each) for each in self.scopes.data or ()),
            self.form_key.key,
            self.area.data or "",
            self.reply_to.data or "",
        )


class AgreeForm(HelplineForm):
    was_read_back = BooleanField(
        "I read it back word for word, and they agree to this and nothing more",
        [needed("Read it back first")],
    )


class OpenForm(HelplineForm):
    reference = StringField("Reference", [needed("Write the reference"), no_longer_than(20)])
    word = PasswordField("Their word", [needed("Write their word"), no_longer_than(200)])


class AnswerForm(HelplineForm):
    words = TextAreaField(
        "Their exact words", [needed("Write down their words"), no_longer_than(1_500)]
    )
    form_key = FormKeyField()


class TriedForm(HelplineForm):
    outcome = RadioField(
        "What happened?",
        choices=choices(wording.OUTCOMES),
        validators=[needed("Choose what happened")],
    )
    order = RadioField(
        "If they told you of an order: whom does it protect?",
        choices=choices(wording.WHOM_AN_ORDER_PROTECTS),
        validators=[Optional()],
    )
    form_key = FormKeyField()

    def suit(self, party: Party) -> "TriedForm":
        """Offer only what may have happened: voicemail where it was agreed."""
        if not party.may_leave_voicemail:
            spoken = {k: v for k, v in wording.OUTCOMES.items() if k is not Outcome.voicemail}
            self.outcome.choices = choices(spoken)
        return self

    def tried(self) -> Tried:
        """Return what was filled in."""
        order = Order(self.order.data) if self.order.data else None
        return Tried(Outcome(self.outcome.data), self.form_key.key, order)


class ApproveForm(HelplineForm):
    seen_words = StringField(validators=[Length(max=64)])
    passes_flags = BooleanField("I read what is marked, and it may go all the same")
    why = TextAreaField("Why (needed where something is marked)", [no_longer_than(2_000)])

    @property
    def seen(self) -> bytes:
        """The fingerprint of the words that stood on the screen."""
        try:
            return bytes.fromhex(self.seen_words.data or "")
        except ValueError:
            return b""


class WhyForm(HelplineForm):
    why = TextAreaField("Why, in a sentence or two", [needed("Write why"), no_longer_than(2_000)])


class WishForm(HelplineForm):
    wish = RadioField(
        "What do they want from now on?",
        choices=choices(wording.WISHES),
        validators=[needed("Choose what they want")],
    )
    unwanted = SelectMultipleField("The people they name", validate_choice=False)

    def suit(self, thread: Thread) -> None:
        """Offer the people of a thread, and show what was chosen before."""
        self.unwanted.choices = [(str(each.id), each.name) for each in thread.parties]
        if not self.is_submitted():
            self.wish.data = thread.wish.value
            self.unwanted.data = [str(each.id) for each in thread.parties if each.is_unwanted]

    @property
    def chosen(self) -> tuple[Wish, set[uuid.UUID]]:
        """The wish, and whom they named; what is no id is nobody."""
        named = set()
        for each in self.unwanted.data or ():
            with suppress(ValueError):
                named.add(uuid.UUID(each))
        return Wish(self.wish.data), named


class PoliceForm(HelplineForm):
    force = StringField("Which force?", [needed("Write which police force"), no_longer_than(200)])
    words = TextAreaField(
        "Exactly what are they to be told?",
        [needed("Write exactly what they are to be told"), no_longer_than(1_500)],
    )
    reminded = BooleanField("I told them this", [needed("Tell them this first")])
    form_key = FormKeyField()

    def wanted(self, contact: Contact) -> Wanted:
        """Return what was filled in."""
        heard = Heard.call if contact.channel is Channel.voice else Heard.text
        return Wanted(
            self.force.data or "",
            self.words.data or "",
            heard,
            bool(self.reminded.data),
            self.form_key.key,
        )


class ToldForm(HelplineForm):
    force_reference = StringField("Their reference, if they gave one", [no_longer_than(200)])


class LeftForm(HelplineForm):
    name = StringField("Name of whom it is for", [no_longer_than(200)])
    may_wait = RadioField(
        "May it wait for them?",
        choices=[
            SelectChoice("yes", "Yes: if they ever ask, they may hear it"),
            SelectChoice("no", "No: hold it for safeguarding"),
        ],
        validators=[needed("Choose whether it may wait")],
    )


class DecideForm(HelplineForm):
    may_wait = RadioField(
        "What happens to it?",
        choices=[
            SelectChoice("yes", "It may wait for them"),
            SelectChoice("no", "Hold it: they don't hear it"),
        ],
        validators=[needed("Choose what happens to it")],
    )
    why = TextAreaField("Why, in a sentence or two", [needed("Write why"), no_longer_than(2_000)])


class ButtonForm(HelplineForm):
    """A button that does something by itself."""

    form_key = FormKeyField()
