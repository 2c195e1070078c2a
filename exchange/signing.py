"""How Twilio signs its webhooks: HMAC-SHA1 over the URL and the sorted form fields."""

import base64
import hashlib
import hmac
from collections.abc import Mapping


def signature(url: str, fields: Mapping[str, str], auth_token: str) -> str:
    """Make the X-Twilio-Signature header; `url` is exact and without its #fragment."""
    signed = url + "".join(name + fields[name] for name in sorted(fields))
    digest = hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
