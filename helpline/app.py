"""The web application: the table of contents of the system."""

from datetime import timedelta
from pathlib import Path

import jinja2
import sqlalchemy as sa
from flask import Flask, redirect, request, url_for
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from govuk_frontend_wtf.main import WTFormsHelpers
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

import helpline.audit
import helpline.audit_chain
import helpline.confidentiality.consent
import helpline.confidentiality.models
import helpline.confidentiality.safe_contact
import helpline.contacts.outreach
import helpline.contacts.presence
import helpline.contacts.skills
import helpline.directory.line_hours
import helpline.directory.models
import helpline.heartbeat
import helpline.messages.happenings
import helpline.outbox
import helpline.retention.models
import helpline.sms.limits
import helpline.sms.models
import helpline.sms.pictures
import helpline.sms.saved_replies
import helpline.voice.bars
import helpline.voice.diverts
import helpline.voice.models
import helpline.voice.softphones
import helpline.voice.voicemails
import helpline.voice.wait_rules
import helpline.web.events  # noqa: F401 - each brings its tables
from helpline import encryption, log
from helpline.accounts import api as partner_api
from helpline.accounts import pages as account_pages
from helpline.clock import now
from helpline.confidentiality import keys
from helpline.console import pages as console_pages
from helpline.contacts import pages as people_pages
from helpline.database import address, db, engine_options, render_type, transaction
from helpline.directory import pages as directory_pages
from helpline.messages import pages as message_pages
from helpline.messages import webhooks as message_webhooks
from helpline.record import pages as record_pages
from helpline.retention import pages as rights_pages
from helpline.safeguarding import pages as safeguarding_pages
from helpline.settings import Settings, read_settings
from helpline.sms import pages as saved_reply_pages
from helpline.sms import webhooks as sms_webhooks
from helpline.voice import pages as voice_pages
from helpline.voice import webhooks as voice_webhooks
from helpline.web import access, errors, headers, health, presentation

_log = log.get(__name__)

_ROOT = Path(__file__).parents[1]
MIGRATIONS = _ROOT / "migrations"
# A form of text, with room for the longest note; a webhook is far smaller.
_MOST_BYTES = 256 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """Put the web application together.

    Raises:
        SettingsError: a setting is missing or wrong.
        UnnamedAudienceError: a route does not say whom it is for.

    """
    settings = settings or read_settings()
    log.set_up(settings.log_level)
    encryption.use_keys(settings.text_ring, settings.vault_ring, settings.index_key)
    app = Flask(
        __name__, template_folder=str(_ROOT / "templates"), static_folder=str(_ROOT / "static")
    )
    _configure(app, settings)
    _connect(app, settings)
    _plug_in_pages(app, settings)
    access.check_every_route(app)
    return app


def check_keys(app: Flask) -> None:
    """Make sure, before anything is answered, that the settings hold every key in use.

    A database that is away is no reason not to start: then the keys are checked by use.

    Raises:
        KeyLostError: names the key that is missing or wrong.

    """
    try:
        with app.app_context(), transaction() as session:
            keys.check(session, at=now())
    except sa.exc.DBAPIError:
        _log.warning("keys.not_checked", reason="the database did not answer")


def _configure(app: Flask, settings: Settings) -> None:
    app.extensions["helpline_settings"] = settings
    app.config.update(
        SECRET_KEY=settings.secret_key,
        TRAINING=settings.training,
        MAX_CONTENT_LENGTH=_MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=_MOST_BYTES,
        SESSION_COOKIE_NAME=headers.cookie_name(settings),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
        WTF_CSRF_TIME_LIMIT=None,
        TEMPLATES_AUTO_RELOAD=False,
    )
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0, x_host=0
        )
    app.jinja_loader = jinja2.ChoiceLoader(
        [
            jinja2.FileSystemLoader(_ROOT / "templates"),
            jinja2.PrefixLoader(
                {
                    "govuk_frontend_jinja": jinja2.PackageLoader("govuk_frontend_jinja"),
                    "govuk_frontend_wtf": jinja2.PackageLoader("govuk_frontend_wtf"),
                }
            ),
        ]
    )


def _connect(app: Flask, settings: Settings) -> None:
    app.config["SQLALCHEMY_DATABASE_URI"] = address(settings)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options()
    db.init_app(app)
    Migrate(app, db, directory=str(MIGRATIONS), render_item=render_type, compare_type=True)


def _plug_in_pages(app: Flask, settings: Settings) -> None:
    csrf = CSRFProtect(app)
    WTFormsHelpers(app)
    login = LoginManager(app)
    login.session_protection = None
    login.request_loader(account_pages.load_person)
    login.unauthorized_handler(_ask_to_sign_in)
    headers.add_headers(app, settings)
    errors.add_error_pages(app)
    presentation.add_presentation(app)
    access.name_audience(app, "static", access.Audience.public)
    for webhooks in (
        voice_webhooks.blueprint,
        sms_webhooks.blueprint,
        message_webhooks.blueprint,
    ):
        app.register_blueprint(webhooks)
        # They carry the carrier's signature instead of a token of ours.
        csrf.exempt(webhooks)
    # It carries a key, and no browser sends that by itself.
    csrf.exempt(partner_api.blueprint)
    csrf.exempt(message_pages.for_outsiders)
    for pages in (
        partner_api.blueprint,
        health.blueprint,
        account_pages.blueprint,
        console_pages.blueprint,
        people_pages.blueprint,
        *directory_pages.blueprints,
        *safeguarding_pages.blueprints,
        *message_pages.blueprints,
        message_pages.for_outsiders,
        record_pages.blueprint,
        rights_pages.blueprint,
        saved_reply_pages.blueprint,
        voice_pages.blueprint,
    ):
        app.register_blueprint(pages)


def _ask_to_sign_in() -> Response:
    if request.headers.get("HX-Request"):
        # A part of a page can't show a form: the whole page goes to the sign-in.
        return Response(status=401, headers={"HX-Redirect": url_for("accounts.sign_in")})
    wanted = request.path if request.method == "GET" else None
    return redirect(url_for("accounts.sign_in", next=wanted))
