"""What the exchange is told from outside, read once at the start."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingError(ValueError):
    """A setting is missing or makes no sense; the message names it in plain words."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """Addresses the customer set by the REST API; an empty one is the usual one."""

    voice: str = ""
    voice_status: str = ""
    voice_fallback: str = ""
    voice_client: str = ""
    sms: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. Numbers are E.164; the webhook base is a URL without a final slash.

    `faults` is what POST /control/faults takes, as JSON, armed from the start. `strict` lets the
    process end with code 3 when the application did something wrong.
    """

    account_sid: str
    auth_token: str
    api_key_sid: str
    api_key_secret: str
    number: str
    webhook_base: str
    host: str = "127.0.0.1"
    port: int = 8118
    data_dir: Path | None = None
    short_code: str = "116000"
    driven: bool = False
    strict: bool = False
    opt_out: bool = False
    outreach_number: str = ""
    """The customer's second number, for texts that it sends first. The carrier minds STOP on it."""
    faults: str = ""
    wiring: Wiring = Wiring()

    @property
    def own_url(self) -> str:
        """Where the exchange answers REST calls."""
        return f"http://{self.host}:{self.port}"

    @property
    def text_numbers(self) -> frozenset[str]:
        """The customer's numbers that can be texted."""
        return frozenset({self.number, self.outreach_number} - {""})

    @property
    def voice_url(self) -> str:
        return self.wiring.voice or f"{self.webhook_base}/tw/voice/inbound"

    @property
    def voice_status_url(self) -> str:
        return self.wiring.voice_status or f"{self.webhook_base}/tw/voice/status"

    @property
    def voice_fallback_url(self) -> str:
        return self.wiring.voice_fallback or f"{self.webhook_base}/tw/voice/fallback"

    @property
    def voice_client_url(self) -> str:
        return self.wiring.voice_client or f"{self.webhook_base}/tw/voice/client"

    @property
    def sms_url(self) -> str:
        return self.wiring.sms or f"{self.webhook_base}/tw/sms/inbound"


def _required(environment: Mapping[str, str], name: str, pattern: str) -> str:
    value = environment.get(name, "").strip()
    if not re.fullmatch(pattern, value):
        raise SettingError(f"{name} is missing or not in the form expected.")
    return value


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:  # noqa: PLR2004 - the highest TCP port
        raise SettingError("EXCHANGE_PORT must be a number from 0 to 65535.")
    return int(text)


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises SettingError, whose words name the setting and never repeat its value.
    """
    clock = environment.get("EXCHANGE_CLOCK", "real")
    if clock not in {"real", "driven"}:
        raise SettingError("EXCHANGE_CLOCK must be real or driven.")
    data_dir = environment.get("EXCHANGE_DATA_DIR", "")
    return Settings(
        account_sid=_required(environment, "CARRIER_ACCOUNT_SID", r"AC[0-9a-f]{32}"),
        auth_token=_required(environment, "CARRIER_AUTH_TOKEN", r".+"),
        api_key_sid=_required(environment, "CARRIER_API_KEY_SID", r"SK[0-9a-f]{32}"),
        api_key_secret=_required(environment, "CARRIER_API_KEY_SECRET", r".+"),
        number=_required(environment, "HELPLINE_NUMBER", r"\+\d{8,15}"),
        webhook_base=_required(environment, "HELPLINE_WEBHOOK_BASE", r"https?://.+").rstrip("/"),
        host=environment.get("EXCHANGE_HOST", "127.0.0.1"),
        port=_port(environment.get("EXCHANGE_PORT", "8118")),
        data_dir=Path(data_dir) if data_dir else None,
        short_code=environment.get("HELPLINE_SHORT_CODE", "116000").replace(" ", ""),
        driven=clock == "driven",
        strict=environment.get("EXCHANGE_STRICT", "0") == "1",
        opt_out=environment.get("EXCHANGE_OPT_OUT", "0") == "1",
        outreach_number=environment.get("HELPLINE_OUTREACH_NUMBER", "").strip(),
        faults=environment.get("EXCHANGE_FAULTS", ""),
    )
