"""An application and a database of its own for measuring, without exchange or worker."""

import base64
import secrets
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import flask_migrate
from flask import Flask
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator

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

    def send_text(self, client: FlaskClient, number: str, words: str) -> int:
        """Send one rightly signed text to an application; returns the status of its answer."""
        path = "/tw/sms/inbound"
        fields = {
            "AccountSid": ACCOUNT,
            "ApiVersion": "2010-04-01",
            "MessageSid": f"SM{uuid.uuid4().hex}",
            "SmsStatus": "received",
            "From": number,
            "To": self.settings.helpline_number,
            "Body": words,
            "NumMedia": "0",
            "NumSegments": "1",
            **{f"{side}{part}": "" for side in ("From", "To") for part in _PLACES},
        }
        signature = RequestValidator(self.settings.carrier_auth_token).compute_signature(
            BASE + path, fields
        )
        answer = client.post(path, data=fields, headers={"X-Twilio-Signature": signature})
        return int(answer.status_code)


_PLACES = ("City", "State", "Zip", "Country")


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
                secure_cookies=False,
                log_level="ERROR",
            )
            app = create_app(settings)
            with app.app_context():
                flask_migrate.upgrade()
            yield Workplace(app, settings, database.replace("+psycopg", "", 1), data_dir)
        finally:
            embedded_postgres.stop(data_dir)
