"""Whether a deployment is as it must be: each check one line, good or not, with what to do."""

import secrets
import socket
import ssl
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import requests
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

from helpline import heartbeat, outbox
from helpline.carrier import CarrierSilentError
from helpline.carrier.twilio_carrier import TwilioCarrier
from helpline.clock import now
from helpline.confidentiality import keys
from helpline.confidentiality.keys import KeyLostError
from helpline.database import transaction
from helpline.outbox import Promise
from helpline.settings import Settings
from helpline.web.signing import signature

_MIGRATIONS = Path(__file__).parents[2] / "migrations"
_OLDEST_SERVER = 140_000
_CLOCK_SLACK = timedelta(seconds=2)
_OLDEST_PROMISE = timedelta(minutes=2)
_OLDEST_UNSURE = timedelta(minutes=30)
_CERTIFICATE_DAYS = 14
_SECONDS = 15
_REFUSED = 403


@dataclass(frozen=True)
class Result:
    """What one check found."""

    what: str
    is_good: bool
    words: str


class BadError(Exception):
    """Something is not as it must be; the words say what to do."""


def everything(settings: Settings, *, at: datetime) -> list[Result]:
    """Make every check; one that fails keeps none of the others from being made."""
    carrier = TwilioCarrier(settings)
    checks: tuple[tuple[str, Callable[[], str]], ...] = (
        ("Database", lambda: _in_transaction(_server)),
        ("Tables", lambda: _in_transaction(_tables)),
        ("Keys", lambda: _in_transaction(lambda session: _keys(session, at))),
        ("Clock", lambda: _in_transaction(_clock)),
        ("Workers", lambda: _in_transaction(lambda session: _workers(session, at))),
        ("Promises", lambda: _in_transaction(lambda session: _promises(session, at))),
        ("Public address", lambda: _address(settings)),
        ("Certificate", lambda: _certificate(settings.public_base_url)),
        ("Webhooks", lambda: _webhooks(settings)),
        ("Carrier", lambda: _carrier(carrier)),
        ("Numbers", lambda: _numbers(settings, carrier)),
        ("Backups", lambda: _backups(settings)),
    )
    return [_made(what, check) for what, check in checks]


def _made(what: str, check: Callable[[], str]) -> Result:
    try:
        return Result(what, True, check())  # noqa: FBT003 - it is good
    except BadError as error:
        return Result(what, False, str(error))  # noqa: FBT003
    except KeyLostError as error:
        return Result(what, False, str(error))  # noqa: FBT003
    except (sa.exc.SQLAlchemyError, requests.RequestException, OSError) as error:
        return Result(what, False, f"does not answer ({type(error).__name__})")  # noqa: FBT003


def _in_transaction(check: Callable[[Session], str]) -> str:
    with transaction() as session:
        return check(session)


def _server(session: Session) -> str:
    version = int(session.scalar(sa.text("SHOW server_version_num")) or 0)
    if version < _OLDEST_SERVER:
        raise BadError(f"PostgreSQL {version // 10_000} is too old. Use 14 or later")
    durable = session.execute(sa.text("SELECT current_setting('fsync')")).scalar()
    if durable != "on":
        raise BadError("fsync is off: a power cut loses what was acknowledged. Switch it on")
    return f"PostgreSQL {version // 10_000}, and it keeps what it says it keeps"


def _tables(session: Session) -> str:
    known = ScriptDirectory(str(_MIGRATIONS)).get_current_head()
    found = session.scalar(sa.text("SELECT version_num FROM alembic_version"))
    if found != known:
        raise BadError("not of this version. Run: python -m helpline.commands migrate")
    return "of this version"


def _keys(session: Session, at: datetime) -> str:
    keys.check(session, at=at)
    return "every key in use is in the settings"


def _clock(session: Session) -> str:
    theirs = session.scalar(sa.select(sa.func.clock_timestamp()))
    apart = abs(now() - theirs) if theirs is not None else timedelta.max
    if apart > _CLOCK_SLACK:
        raise BadError(
            f"{apart.total_seconds():.0f} s from the database's. Run chrony on each host"
        )
    return f"{apart.total_seconds():.1f} s from the database's"


def _workers(session: Session, at: datetime) -> str:
    alive = session.scalar(
        sa.select(sa.func.count()).where(heartbeat.Heartbeat.at > at - heartbeat.ALIVE_FOR)
    )
    if not alive:
        raise BadError("none alive: nothing is sent and nobody is rung. Start helpline-worker")
    return f"{alive} alive"


def _promises(session: Session, at: datetime) -> str:
    open_ = Promise.state == outbox.State.waiting
    late = session.scalar(sa.select(sa.func.min(Promise.due_at)).where(open_, Promise.due_at <= at))
    if late is not None and at - late > _OLDEST_PROMISE:
        minutes = (at - late).total_seconds() / 60
        raise BadError(f"the oldest is due for {minutes:.0f} minutes. Look at the workers' log")
    unsure = session.scalar(
        sa.select(sa.func.count()).where(
            Promise.state == outbox.State.unsure, Promise.claimed_at < at - _OLDEST_UNSURE
        )
    )
    if unsure:
        raise BadError(f"{unsure} unsure for half an hour: a call-taker must decide on each")
    return "none late, none unsure for long"


def _address(settings: Settings) -> str:
    answer = requests.get(f"{settings.public_base_url}/healthz", timeout=_SECONDS)
    parts = answer.json()
    down = [name for name, state in parts.items() if state != "up"]
    if down:
        raise BadError(f"reached, but {', '.join(down)} is down there")
    return f"{settings.public_base_url} answers, and all is up"


def _certificate(base: str) -> str:
    parts = urlsplit(base)
    if parts.scheme != "https":
        if parts.hostname in {"127.0.0.1", "localhost"}:
            return "not needed on this very machine"
        raise BadError("PUBLIC_BASE_URL is not https: what callers say would travel in clear")
    host, port = str(parts.hostname), parts.port or 443
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection((host, port), timeout=_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        certificate = secured.getpeercert() or {}
    ends = ssl.cert_time_to_seconds(str(certificate.get("notAfter")))
    days = (datetime.fromtimestamp(ends, UTC) - now()).days
    if days < _CERTIFICATE_DAYS:
        raise BadError(f"ends in {days} days. Renew it now")
    return f"good for {days} days more"


def _webhooks(settings: Settings) -> str:
    """Ask ourselves through the public address as the carrier would: unsigned, then signed."""
    path = f"/tw/sms/status/{uuid.uuid4()}"
    url = settings.public_base_url + path
    fields = {
        "AccountSid": settings.carrier_account_sid,
        "MessageSid": f"SM{secrets.token_hex(16)}",
        "MessageStatus": "sent",
    }
    unsigned = requests.post(url, data=fields, timeout=_SECONDS)
    if unsigned.status_code != _REFUSED:
        raise BadError(f"an unsigned one was answered {unsigned.status_code}. Must be 403")
    signed = {"X-Twilio-Signature": signature(settings.carrier_auth_token, url, fields)}
    answer = requests.post(url, data=fields, headers=signed, timeout=_SECONDS)
    if not answer.ok:
        raise BadError(
            f"a rightly signed one was answered {answer.status_code}. The proxy must pass path and "
            "query on as they came, and PUBLIC_BASE_URL be what the carrier calls"
        )
    return "reach us; signed ones are let in, others are not"


def _carrier(carrier: TwilioCarrier) -> str:
    if not carrier.answers():
        raise BadError("does not answer, or does not know the API key")
    return "answers and knows us"


def _numbers(settings: Settings, carrier: TwilioCarrier) -> str:
    try:
        found = {each.number: each for each in carrier.numbers()}
    except CarrierSilentError:
        raise BadError("could not be asked for at the carrier") from None
    base = settings.public_base_url
    wanted = filter(None, (settings.helpline_number, settings.helpline_outreach_number))
    for place, number in enumerate(wanted, 1):
        name = "HELPLINE_NUMBER" if place == 1 else "HELPLINE_OUTREACH_NUMBER"
        ours = found.get(number)
        if ours is None:
            raise BadError(f"{name} does not belong to this account")
        if not ours.sms_url.startswith(f"{base}/tw/sms/inbound"):
            raise BadError(f"texts to {name} do not come to {base}/tw/sms/inbound")
        if place == 1 and not ours.voice_url.startswith(f"{base}/tw/voice/inbound"):
            raise BadError(f"calls to {name} do not come to {base}/tw/voice/inbound")
    return "are ours, and their calls and texts come here"


def _backups(settings: Settings) -> str:
    if not settings.backup_key:
        raise BadError("BACKUP_KEY is not set, so no backup can be made (docs/deploying.md)")
    return "can be made. That they come back, restore-drill shows"
