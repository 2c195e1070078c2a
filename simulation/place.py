"""A database and an application for a simulation: nothing that needs a web or a carrier."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import flask_migrate
from flask import Flask

from helpline import embedded_postgres
from helpline.app import create_app
from helpline.encryption import new_key
from helpline.settings import Settings

NOWHERE = "http://127.0.0.1:9"


@contextmanager
def place() -> Iterator[Flask]:
    """Build the application on a PostgreSQL of its own, which forgets what a power cut takes."""
    with tempfile.TemporaryDirectory(prefix="helpline-day-", ignore_cleanup_errors=True) as made:
        data_dir = Path(made)
        database = embedded_postgres.start(data_dir, durable=False)
        try:
            app = create_app(_settings(database, data_dir))
            with app.app_context():
                flask_migrate.upgrade()
            yield app
        finally:
            embedded_postgres.stop(data_dir)


def _settings(database: str, data_dir: Path) -> Settings:
    return Settings(
        database_url=database,
        data_dir=data_dir,
        secret_key=secrets.token_urlsafe(40),
        text_keys=f"k1:{new_key()}",
        vault_keys=f"k1:{new_key()}",
        blind_index_key=new_key(),
        public_base_url=NOWHERE,
        carrier_base_url=NOWHERE,
        carrier_account_sid="AC" + "0" * 32,
        carrier_auth_token=secrets.token_hex(16),
        carrier_api_key_sid="SK" + "0" * 32,
        carrier_api_key_secret=secrets.token_hex(20),
        helpline_number="+441632960116",
        training=True,
        secure_cookies=False,
        log_level="ERROR",
    )
