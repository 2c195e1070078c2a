"""How the official client's requests travel: by urllib3 itself, in place of the client's own way.

The client's own (`TwilioHttpClient`) makes each request with `requests`, which costs twice as much
as all the rest of sending a text, and keeps fewer connections open than a worker has threads, so
that busy threads would greet the carrier anew for every text.
"""

import logging
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies

import certifi
import urllib3
from twilio.http import HttpClient
from twilio.http.response import Response

NoAnswer = urllib3.exceptions.HTTPError
"""What every failure to ask or to hear is."""


class Transport(HttpClient):  # type: ignore[misc, unused-ignore]
    """Asks the carrier, once for each request: whoever asks decides whether to ask again."""

    def __init__(self, base: str, *, timeout: float, connections: int) -> None:
        """Keep so many connections open; with a `base`, ask there instead of the carrier.

        `timeout`: seconds to connect, and again between two parts of an answer.
        """
        super().__init__(logging.getLogger(__name__), is_async=False, timeout=timeout)
        self._base = base
        way_out = "" if base else getproxies().get("https", "")
        self._pool = _pool(timeout, connections, way_out)

    def request(  # noqa: PLR0913, PLR0917 - as the client hands it over
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,  # noqa: FBT001, FBT002 - as the client hands it over
    ) -> Response:
        """Ask, and read the whole answer; redirects are never followed.

        Raises:
            NoAnswer: the carrier could not be reached, or its answer did not arrive whole.

        """
        del allow_redirects
        said = dict(headers or {})
        if auth is not None:
            said |= urllib3.make_headers(basic_auth=":".join(auth))
        body = None
        if data:
            said["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(data, doseq=True)
        answer = self._pool.request(
            method.upper(),
            self._address(uri, params),
            body=body,
            headers=said,
            timeout=timeout or self.timeout,
        )
        return Response(answer.status, answer.data.decode(errors="replace"), answer.headers)

    def _address(self, uri: str, params: dict[str, object] | None) -> str:
        if self._base:
            parts = urlsplit(uri)
            uri = f"{self._base}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        asked = {name: value for name, value in (params or {}).items() if value is not None}
        if not asked:
            return uri
        return f"{uri}{'&' if '?' in uri else '?'}{urlencode(asked, doseq=True)}"


def never_left(error: NoAnswer) -> bool:
    """Whether a request failed before it was sent: name not found, or no connection."""
    # Of a proxy that can't be reached the same is said one level deeper.
    reason = getattr(error, "original_error", error)
    return isinstance(reason, urllib3.exceptions.ConnectTimeoutError)


def _pool(timeout: float, connections: int, way_out: str) -> urllib3.PoolManager:
    how: dict[str, Any] = {
        "maxsize": connections,
        # Once: what was asked twice could be sent twice.
        "retries": False,
        "timeout": timeout,
        "ca_certs": certifi.where(),
    }
    return urllib3.ProxyManager(way_out, **how) if way_out else urllib3.PoolManager(**how)
