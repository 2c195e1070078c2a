"""Who may read the figures of a process: whoever watches the line, by a secret."""

import hmac

FORMAT = "text/plain; version=0.0.4; charset=utf-8"
"""What Prometheus asks a page of figures to call itself."""


def may_watch(secret: str, authorization: str) -> bool:
    """Whether a request's Authorization header holds the secret; without a secret nobody may."""
    return bool(secret) and hmac.compare_digest(authorization.encode(), f"Bearer {secret}".encode())
