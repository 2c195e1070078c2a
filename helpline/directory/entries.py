"""What the directory says of one service, and the codes by which it is found."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from helpline.confidentiality import hours
from helpline.confidentiality.bank_holidays import Nation
from helpline.confidentiality.hours import Window
from helpline.directory import opening
from helpline.directory.models import Confidence, OnBankHolidays

TOPICS = {
    "emergency": "Emergency",
    "missing": "Missing",
    "family_of_missing": "Family of somebody missing",
    "missing_abroad": "Missing abroad",
    "runaway": "Running away",
    "return_interview": "Return interview",
    "message_relay": "Carrying messages",
    "family_tracing": "Tracing relatives",
    "unidentified": "Unidentified people",
    "child_protection": "Keeping a child safe",
    "exploitation": "Exploitation",
    "trafficking": "Trafficking and slavery",
    "online_safety": "Safety online",
    "bullying": "Bullying",
    "care_experience": "In care, or after it",
    "advocacy": "Somebody on your side",
    "parental_abduction": "A child taken by a parent",
    "suicide": "Thoughts of suicide",
    "mental_health": "Mental health",
    "emotional_support": "Somebody to listen",
    "bereavement": "After a death",
    "domestic_abuse": "Abuse at home",
    "forced_marriage": "Forced marriage",
    "sexual_violence": "Sexual violence",
    "stalking": "Stalking",
    "homelessness": "Nowhere to stay",
    "housing": "Housing",
    "debt": "Debt",
    "benefits": "Benefits",
    "food": "Food",
    "employment": "Work",
    "gambling": "Gambling",
    "substance_use": "Drugs and alcohol",
    "health": "Health",
    "dementia": "Dementia",
    "learning_disability": "Learning disability",
    "deaf_access": "Deaf people",
    "older_people": "Older people",
    "adult_safeguarding": "Keeping an adult safe",
    "lgbtq": "LGBTQ+",
    "veterans": "Veterans",
    "immigration": "Asylum and immigration",
    "welsh_language": "In Welsh",
    "family_relationships": "Family and relationships",
    "parenting": "Bringing up children",
    "crime_reporting": "Telling of a crime",
    "police": "Police",
    "legal": "The law",
    "directory": "Finding more services",
}
AUDIENCES = {
    "anyone": "Anybody",
    "child": "Children",
    "young_person": "Young people",
    "adult": "Adults",
    "older_adult": "Older people",
    "missing_person": "People who are missing",
    "family_of_missing": "Families of missing people",
    "parent_carer": "Parents and carers",
    "professional": "Professionals",
    "deaf_people": "Deaf people",
    "lgbtq": "LGBTQ+ people",
    "refugee_migrant": "Refugees and migrants",
    "veteran": "Veterans",
    "perpetrator": "People worried about what they do to others",
}
LANGUAGES = {
    "en": "English",
    "cy": "Welsh",
    "ar": "Arabic",
    "bn": "Bengali",
    "cs": "Czech",
    "es": "Spanish",
    "fa": "Farsi and Dari",
    "fr": "French",
    "ga": "Irish",
    "gd": "Scottish Gaelic",
    "gu": "Gujarati",
    "hi": "Hindi",
    "it": "Italian",
    "ku": "Kurdish",
    "lt": "Lithuanian",
    "pa": "Punjabi",
    "pl": "Polish",
    "ps": "Pashto",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sk": "Slovak",
    "so": "Somali",
    "sq": "Albanian",
    "ta": "Tamil",
    "ti": "Tigrinya",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
ACCESS = {
    "relay_uk": "Relay UK",
    "bsl": "British Sign Language",
    "interpreter": "An interpreter, if asked",
    "web_chat": "Chat on a web page",
    "easy_read": "Easy to read",
    "step_free": "Without steps",
}
_FOR_UNDER_18S = frozenset({"anyone", "child", "young_person", "missing_person"})
_OF_AGE = 18
_OLDEST = 120


class TextLine(BaseModel):
    """Where to text, and the word that has to stand first, if any."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: str
    word: str = ""


class Entry(BaseModel):
    """One service as it is shown. Never changed: whoever changes a service writes a new one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=160)
    description: str = Field(default="", max_length=2_000)
    phone: str = Field(default="", max_length=40)
    """As people write it. A service's public number is no secret, so it isn't in the vault."""
    text: TextLine | None = None
    url: str = Field(default="", max_length=500)
    audiences: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    min_age: int | None = Field(default=None, ge=0, le=_OLDEST)
    max_age: int | None = Field(default=None, ge=0, le=_OLDEST)
    nations: tuple[Nation, ...] = tuple(Nation)
    areas: tuple[str, ...] = ()
    """Councils or cities, where it isn't for all of its nations."""
    languages: tuple[str, ...] = ("en",)
    access: tuple[str, ...] = ()
    cost: str = Field(default="", max_length=120)
    hours: tuple[dict[str, object], ...] | None = None
    """Windows as plain data; none where the hours aren't known."""
    hours_in_words: str = Field(default="", max_length=200)
    on_bank_holidays: OnBankHolidays = OnBankHolidays.as_usual
    confidence: Confidence = Confidence.high
    """How sure whoever gathered it was, before anybody here verified it."""

    @field_validator("url")
    @classmethod
    def _is_a_web_address(cls, url: str) -> str:
        if url and not url.startswith("https://"):
            raise ValueError("Write a web address that begins with https://")
        return url

    @model_validator(mode="after")
    def _is_known(self) -> "Entry":
        for given, known in (
            (self.topics, TOPICS),
            (self.audiences, AUDIENCES),
            (self.languages, LANGUAGES),
            (self.access, ACCESS),
        ):
            unknown = [each for each in given if each not in known]
            if unknown:
                raise ValueError(f"Nobody knows the code {unknown[0]}")
        if self.min_age is not None and self.max_age is not None and self.min_age > self.max_age:
            raise ValueError("The youngest is older than the oldest")
        return self

    @property
    def windows(self) -> Sequence[Window] | None:
        """The hours in which it is answered; None where they aren't known."""
        return None if self.hours is None else hours.from_stored(self.hours)

    @property
    def suits_under_18s(self) -> bool:
        """Whether somebody under 18 may be sent there (domain.md section 8)."""
        is_old_enough = self.min_age is None or self.min_age < _OF_AGE
        return is_old_enough and not _FOR_UNDER_18S.isdisjoint(self.audiences)

    def is_open(self, at: datetime) -> bool | None:
        """Whether somebody answers now; None where it isn't known, or differs between nations."""
        windows = self.windows
        if windows is None:
            return None
        answers = {
            opening.is_answered(windows, self.on_bank_holidays, nation, at=at)
            for nation in self.nations
        }
        return answers.pop() if len(answers) == 1 else None

    def reached_differently(self, other: "Entry") -> bool:
        """Whether it would be reached another way, so that it has to be verified anew."""
        mine, theirs = (
            (each.phone, each.text, each.url, each.hours, each.on_bank_holidays)
            for each in (self, other)
        )
        return mine != theirs
