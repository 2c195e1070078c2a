"""Every setting, typed, with help text, read once when a process starts."""

from functools import cached_property
from pathlib import Path

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from helpline.encryption import KeyFormatError, Keyring, read_key

_SHORTEST_SECRET = 24
_DAY = "(Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_WINDOW = f"{_DAY}(-{_DAY})? ([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]"
_HOURS = f"^({_WINDOW}(, ?{_WINDOW})*)?$"


class SettingsError(Exception):
    """A setting is missing or can't be read; the words say which and what to do."""


class Settings(BaseSettings):
    """What an operator decides. Each is an environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    database_url: str = Field(
        default="",
        description="Address of the PostgreSQL server, like `postgresql://user@host/helpline`. "
        "Empty: the program starts a PostgreSQL of its own in `DATA_DIR`.",
    )
    data_dir: Path = Field(
        default=Path("data"),
        description="Folder for the program's own PostgreSQL, its logs and its made-up secrets.",
    )
    secret_key: str = Field(
        min_length=32,
        description="Signs session cookies and form tokens. At least 32 characters, random.",
    )
    text_keys: str = Field(
        description="Keys that lock stored words: `k2:<base64 of 32 bytes>,k1:...`. The first one "
        "writes, all of them read.",
    )
    vault_keys: str = Field(
        description="Keys that lock telephone numbers, written like `TEXT_KEYS`. Use other keys.",
    )
    blind_index_key: str = Field(
        description="Key (base64 of 32 bytes) by which a number is found again without being read.",
    )
    public_base_url: str = Field(
        description="Address at which the carrier and people reach this system, like "
        "`https://line.example.org`. Webhook signatures are checked against it byte for byte.",
    )
    carrier_base_url: str = Field(
        default="",
        description="Address of the local exchange. Empty: Twilio itself.",
    )
    carrier_account_sid: str = Field(description="Account SID at the carrier (`AC...`).")
    carrier_auth_token: str = Field(
        min_length=16,
        description="Auth token of the account: checks the signatures of webhooks.",
    )
    carrier_auth_token_next: str = Field(
        default="",
        description="A second auth token that is accepted too, while the first is being replaced.",
    )
    carrier_api_key_sid: str = Field(description="SID of the API key for REST calls (`SK...`).")
    carrier_api_key_secret: str = Field(description="Secret of that API key.")
    carrier_timeout_seconds: float = Field(
        default=8.0,
        gt=0,
        le=30,
        description="Seconds to wait for the carrier's answer to a REST call.",
    )
    helpline_number: str = Field(
        description="The helpline's number at the carrier in E.164, like `+441632960116`. "
        "116 000 itself is forwarded to it by the operator.",
    )
    helpline_outreach_number: str = Field(
        default="",
        description="A second number at the carrier, from which texts leave that nobody asked for "
        "(TextSafe). STOP after one of them then never stops a conversation. Empty: the helpline's "
        "own number.",
    )
    first_answers: bool = Field(
        default=True,
        description="0: no text is answered by itself. Otherwise the first text of a conversation "
        "is: that it came, and where help is right now.",
    )
    texting_hours: str = Field(
        default="",
        pattern=_HOURS,
        description="When somebody answers texts, by a UK clock: `Mon-Sun 09:00-23:00`, several "
        "separated by commas. Empty: always. The page on opening hours may narrow it. Outside, the "
        "first answer says so; texts are kept and shown at any hour.",
    )
    surge_waiting: int = Field(
        default=20,
        ge=1,
        le=10_000,
        description="So many people waiting that the first answer says it may take longer.",
    )
    texts_per_second: float = Field(
        default=5.0,
        gt=0,
        le=1_000,
        description="Texts that leave from one number in a second, at most, over all workers. "
        "The carrier's limit for that kind of number, or less.",
    )
    texts_per_person_hour: int = Field(
        default=60,
        ge=1,
        le=1_000,
        description="Texts to one person within an hour, at most. The call-taker is told.",
    )
    texts_per_day: int = Field(
        default=20_000,
        ge=1,
        description="Texts in a day, at most, over the whole service: a fault must not write to "
        "thousands. Answers of call-takers go on; what the service writes by itself stops.",
    )
    why_page: str = Field(
        default="",
        max_length=30,
        description="Short address, at most 30 letters, of the page that says why somebody got a "
        "TextSafe text, as it stands in that text: `help.example.org/why`. Empty: `/why` at "
        "`PUBLIC_BASE_URL`.",
    )
    helpline_short_code: str = Field(
        default="116000", description="The number that people know and dial."
    )
    training: bool = Field(
        default=False,
        description="1: a training instance. Every page says so, made-up people can be signed in "
        "with one click, and only made-up numbers can be rung or texted.",
    )
    live_port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="Port of the live process where no proxy stands in front of it. "
        "0: the stream is at `/live` on the same address.",
    )
    handset_port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="Port of the exchange's handset pages, linked to in training. 0: none.",
    )
    secure_cookies: bool = Field(
        default=True,
        description="0 only where people reach the system by plain http on their own machine.",
    )
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        le=5,
        description="Proxies of your own in front of the web process, each of which adds the "
        "address it was asked from (`X-Forwarded-For`). Guessing is slowed down by that address.",
    )
    directory_feed_hosts: str = Field(
        default="",
        description="Hosts from which `helpline directory import` may read a feed of services "
        "(Open Referral UK), separated by commas. Empty: files only.",
    )
    ring_seconds: int = Field(
        default=20,
        ge=5,
        le=60,
        description="Seconds that a call-taker's phone rings before the next one is tried.",
    )
    wrap_up_seconds: int = Field(
        default=300,
        ge=30,
        le=3600,
        description="Seconds after a call in which a call-taker wraps it up before the next one "
        "may ring. Whoever needs longer says so.",
    )
    session_hours: int = Field(
        default=12,
        ge=1,
        le=24,
        description="Hours after which a sign-in ends, whatever happens.",
    )
    session_idle_minutes: int = Field(
        default=60,
        ge=5,
        le=720,
        description="Minutes without any page asked for after which a sign-in ends. "
        "An open console asks by itself.",
    )
    worker_threads: int = Field(
        default=16,
        ge=1,
        le=64,
        description="Promises that one worker process carries out at the same time.",
    )
    backup_key: str = Field(
        default="",
        description="Key (base64 of 32 bytes) that locks backups. Keep it where the backups are "
        "not. Empty: no backup can be made.",
    )
    operator_secret: str = Field(
        default="",
        description="Whoever watches the line reads its figures at `/metrics` with this secret "
        "(`Authorization: Bearer ...`). At least 24 characters. Empty: nobody can.",
    )
    log_level: str = Field(default="INFO", description="Least serious log line that is written.")

    @field_validator("public_base_url", "carrier_base_url")
    @classmethod
    def _without_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @field_validator("text_keys", "vault_keys")
    @classmethod
    def _readable_keys(cls, keys: str) -> str:
        Keyring.read(keys)
        return keys

    @field_validator("backup_key")
    @classmethod
    def _readable_backup_key(cls, key: str) -> str:
        if key:
            read_key(key)
        return key

    @field_validator("operator_secret")
    @classmethod
    def _long_enough(cls, secret: str) -> str:
        if secret and len(secret) < _SHORTEST_SECRET:
            raise ValueError(f"Make it at least {_SHORTEST_SECRET} characters long, random")
        return secret

    @field_validator("blind_index_key")
    @classmethod
    def _readable_key(cls, key: str) -> str:
        read_key(key)
        return key

    @property
    def feed_hosts(self) -> tuple[str, ...]:
        """Hosts from which the directory may read."""
        return tuple(filter(None, (each.strip() for each in self.directory_feed_hosts.split(","))))

    @cached_property
    def text_ring(self) -> Keyring:
        """Keys for words."""
        return Keyring.read(self.text_keys)

    @cached_property
    def vault_ring(self) -> Keyring:
        """Keys for numbers."""
        return Keyring.read(self.vault_keys)

    @cached_property
    def index_key(self) -> bytes:
        """Key of the blind index."""
        return read_key(self.blind_index_key)


def read_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: names each setting that is missing or wrong, never its value.

    """
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"  {'.'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        ]
        raise SettingsError(
            "These settings need attention (docs/settings.md explains each):\n" + "\n".join(lines)
        ) from None
    except KeyFormatError as error:
        raise SettingsError(str(error)) from None


def settings_as_markdown() -> str:
    """Return docs/settings.md: one row per setting."""
    rows = ["# Settings", "", "Environment variables, read once when a process starts.", ""]
    rows += ["| setting | default | what it decides |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "(required)" if field.is_required() else f"`{_plainly(field.default)}`"
        rows.append(f"| `{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows) + "\n"


def _plainly(default: object) -> str:
    if isinstance(default, bool):
        return str(int(default))
    return str(default) or " "
