"""An application and a database of its own for measuring, without exchange or worker."""

import base64
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import flask_migrate
from flask import Flask

from helpline import embedded_postgres
from helpline.app import create_app
from helpline.settings import Settings

BASE = "http://127.0.0.1:8116"
ACCOUNT = "AC" + "0" * 32


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


@dataclass
class Workplace:
    """What a measurement needs."""

    app: Flask
    settings: Settings
    database: str
    data_dir: Path
    extra: dict[str, str] = field(default_factory=dict)
    """What else programs find in their environment."""

    def with_settings(self, **changed: object) -> "Workplace":
        """Return the same workplace for programs that are told other settings."""
        return replace(self, settings=self.settings.model_copy(update=changed))

    def telling(self) -> "Workplace":
        """Return the same workplace for a floor that also tells what arrived."""
        return replace(self, extra={"FLOOR_TELLS": "1"})

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a program that works here, ours or a floor."""
        settings = {
            name.upper(): str(int(value)) if isinstance(value, bool) else str(value)
            for name, value in self.settings.model_dump().items()
        }
        return (
            os.environ
            | settings
            | self.extra
            | {
                "FLOOR_DATABASE": self.database,
                "FLOOR_BASE": BASE,
            }
        )


@contextmanager
def workplace() -> Iterator[Workplace]:
    """Start a durable PostgreSQL in a folder of its own and build the application on it."""
    with tempfile.TemporaryDirectory(prefix="helpline-bench-", ignore_cleanup_errors=True) as made:
        data_dir = Path(made)
        database = embedded_postgres.start(data_dir)
        try:
            settings = Settings(
                database_url=database,
                data_dir=data_dir,
                secret_key=secrets.token_urlsafe(40),
                text_keys=f"k1:{_key()}",
                vault_keys=f"k1:{_key()}",
                blind_index_key=_key(),
                public_base_url=BASE,
                carrier_base_url="http://127.0.0.1:9",
                carrier_account_sid=ACCOUNT,
                carrier_auth_token=secrets.token_hex(16),
                carrier_api_key_sid="SK" + "0" * 32,
                carrier_api_key_secret=secrets.token_hex(20),
                helpline_number="+441632960116",
                training=True,
                texts_per_second=1000.0,
                texts_per_day=10_000_000,
                secure_cookies=False,
                log_level="ERROR",
            )
            app = create_app(settings)
            with app.app_context():
                flask_migrate.upgrade()
            yield Workplace(app, settings, database.replace("+psycopg", "", 1), data_dir)
        finally:
            embedded_postgres.stop(data_dir)
