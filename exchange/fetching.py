"""Asking the customer what to do next with a call."""

from exchange.callbacks import Webhook
from exchange.calls import Call
from exchange.office import Office
from exchange.twiml import Document, TwimlError, read


async def fetch_document(
    office: Office, call: Call, where: tuple[str, str], extra: dict[str, str]
) -> Document:
    """Request TwiML from `where` (URL, method). Raises TwimlError when none comes."""
    url, method = where
    answer = await office.callbacks.fetch(Webhook(url, call.params() | extra, method))
    if answer.error is not None:
        raise TwimlError(answer.error, "No usable answer came.")
    return read(answer.content_type, answer.body, url.partition("#")[0])
