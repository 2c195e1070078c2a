"""Headers of every answer: what a browser may load, keep and tell."""

from functools import lru_cache
from urllib.parse import urlsplit

from flask import Flask, Response, request

from helpline.settings import Settings

# Where Twilio's browser SDK registers, and where it reports how well a call goes.
_TWILIO = "wss://*.twilio.com https://*.twilio.com"


def add_headers(app: Flask, settings: Settings) -> None:
    """Send a strict Content-Security-Policy and its companions with every answer."""
    always = [
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Permissions-Policy", "microphone=(self), camera=(), geolocation=()"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ]
    if settings.secure_cookies:
        always.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _policy(settings))
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        # Nobody else sets these, so nothing has to be looked for and replaced.
        response.headers.extend(always)
        if not request.path.startswith("/static/"):
            response.headers["Cache-Control"] = "no-store"
        elif request.path.startswith("/static/vendor/"):
            # Their names carry a hash of what is in them.
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def cookie_name(settings: Settings) -> str:
    """Return the name of the session cookie.

    With `__Host-` a browser takes it only over TLS, for this very host, from this very host.
    """
    return "__Host-helpline" if settings.secure_cookies else "helpline"


def live_address(settings: Settings, host: str) -> str:
    """Return where a browser that knows us as `host` finds the live stream."""
    if not settings.live_port:
        return "/live"
    return f"http://{_host_name(host)}:{settings.live_port}/live"


def exchange_address(settings: Settings, host: str) -> str:
    """Return where a browser that knows us as `host` finds the handsets; empty without them."""
    if not settings.handset_port:
        return ""
    return f"http://{_host_name(host)}:{settings.handset_port}"


def exchange_host(settings: Settings, host: str) -> str:
    """Return host and port of the local exchange as a browser that knows us as `host` finds it.

    Empty with Twilio itself, whose browser SDK knows the way.
    """
    if not settings.carrier_base_url:
        return ""
    return f"{_host_name(host)}:{urlsplit(settings.carrier_base_url).port or 80}"


def policy_with_phone(settings: Settings) -> str:
    """Return the policy of the browser phone's page: it may talk to the carrier as well."""
    local = exchange_host(settings, request.host)
    return _policy(settings, f"ws://{local}" if local else _TWILIO)


def _host_name(host: str) -> str:
    return host if host.endswith("]") else host.rsplit(":", 1)[0]


def _policy(settings: Settings, *carrier: str) -> str:
    return _written(live_address(settings, request.host), carrier)


@lru_cache(maxsize=64)
def _written(live: str, carrier: tuple[str, ...]) -> str:
    listens_to = "'self'" if live.startswith("/") else f"'self' {live.removesuffix('/live')}"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "media-src 'self'",
            f"connect-src {' '.join((listens_to, *carrier))}",
            "worker-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )
