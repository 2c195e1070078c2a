"""The settings a helpline on one machine starts with: secrets made once, addresses from PORT.

What the person at the keys sets in the environment always wins, so the same command also runs
against a database server or a carrier's account of their own.
"""

import base64
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FIRST_PORT = 8116
HOST = "127.0.0.1"
# What the exchange must not know: it plays the telephone company, not the helpline.
HELPLINE_SECRETS = ("SECRET_KEY", "TEXT_KEYS", "VAULT_KEYS", "BLIND_INDEX_KEY", "DATABASE_URL")


class SettingsError(ValueError):
    """A setting given in the environment cannot be used; the message names it."""


@dataclass(frozen=True)
class Place:
    """Where this helpline listens and keeps its data."""

    port: int
    data_dir: Path

    @property
    def ports(self) -> dict[str, int]:
        """Return each process that listens, with its TCP port."""
        return {"web": self.port, "live": self.port + 1, "exchange": self.port + 2}

    def address(self, process: str) -> str:
        return f"http://{HOST}:{self.ports[process]}"

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"


def place(environment: Mapping[str, str]) -> Place:
    """Read PORT and DATA_DIR; raises SettingsError when PORT cannot be a port."""
    given = environment.get("PORT") or str(FIRST_PORT)
    last = 65535 - 2
    if not (given.isascii() and given.isdigit() and 1 <= int(given) <= last):
        raise SettingsError(f"PORT must be a number from 1 to {last}; it is {given!r}.")
    data_dir = Path(environment.get("DATA_DIR") or "data").expanduser().resolve()
    return Place(int(given), data_dir)


def secret_settings(file: Path) -> dict[str, str]:
    """Return the secrets kept in `file`, making it (mode 0600) or what it lacks when needed."""
    kept = _read(file) if file.exists() else {}
    made = {name: value for name, value in _new_secrets().items() if name not in kept}
    if made:
        _write(file, kept | made)
    return kept | made


def child_settings(spot: Place, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of the helpline's own processes."""
    settings = {
        **secret_settings(spot.data_dir / "settings.env"),
        "DATA_DIR": str(spot.data_dir),
        "PUBLIC_BASE_URL": spot.address("web"),
        "LIVE_PORT": str(spot.ports["live"]),
        "HANDSET_PORT": str(spot.ports["exchange"]),
        "CARRIER_BASE_URL": spot.address("exchange"),
        "HELPLINE_NUMBER": "+441632960116",
        "HELPLINE_OUTREACH_NUMBER": "+441632960117",
        "HELPLINE_SHORT_CODE": "116000",
        "TRAINING": "1",
        "SECURE_COOKIES": "0",
        "LOG_LEVEL": "INFO",
        "PYTHONUNBUFFERED": "1",
    }
    if has_own_carrier(environment):
        settings["CARRIER_BASE_URL"] = ""
    return {**settings, **environment, "DATA_DIR": str(spot.data_dir)}


def exchange_settings(spot: Place, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the local exchange: nothing of the helpline's own secrets."""
    known = {name: value for name, value in settings.items() if name not in HELPLINE_SECRETS}
    return {
        "EXCHANGE_DATA_DIR": str(spot.data_dir / "exchange"),
        "HELPLINE_WEBHOOK_BASE": spot.address("web"),
        **known,
        "EXCHANGE_HOST": HOST,
        "EXCHANGE_PORT": str(spot.ports["exchange"]),
    }


def has_own_carrier(environment: Mapping[str, str]) -> bool:
    """Say whether a carrier's account is given, so that no exchange of ours is wanted."""
    return bool(environment.get("CARRIER_ACCOUNT_SID"))


def _new_secrets() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "TEXT_KEYS": f"k1:{_key()}",
        "VAULT_KEYS": f"k1:{_key()}",
        "BLIND_INDEX_KEY": _key(),
        # Shaped as the carrier shapes them; worth nothing outside the local exchange.
        "CARRIER_ACCOUNT_SID": f"AC{secrets.token_hex(16)}",
        "CARRIER_AUTH_TOKEN": secrets.token_hex(16),
        "CARRIER_API_KEY_SID": f"SK{secrets.token_hex(16)}",
        "CARRIER_API_KEY_SECRET": secrets.token_urlsafe(24),
    }


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def _read(file: Path) -> dict[str, str]:
    lines = (line.strip() for line in file.read_text("utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _write(file: Path, settings: Mapping[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        "# Made on the first start. Losing TEXT_KEYS or VAULT_KEYS loses what they encrypt.",
        *(f"{name}={value}" for name, value in settings.items()),
    ]
    unfinished = file.with_name(file.name + ".new")
    unfinished.unlink(missing_ok=True)
    opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(file)
