"""Pictures that come with a text: kept until the customer fetches and deletes them."""

import base64
import binascii
from dataclasses import dataclass, field

from exchange.identifiers import new_sid

MOST_BYTES = 5_000_000
TYPES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf"})


class NotAPictureError(ValueError):
    """What a handset wants to send is no picture, or too large."""


@dataclass(frozen=True, slots=True)
class Picture:
    sid: str
    kind: str
    body: bytes


@dataclass(slots=True)
class Pictures:
    """By text, then by their own ids."""

    of_text: dict[str, dict[str, Picture]] = field(default_factory=dict)

    def keep(self, text_sid: str, kind: str, encoded: str) -> Picture:
        """Keep one picture that a handset sent, given in base64.

        Raises:
            NotAPictureError: it can't be read, is of no known type, or is too large.

        """
        try:
            body = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError) as error:
            raise NotAPictureError("The picture can't be read.") from error
        if kind not in TYPES or len(body) > MOST_BYTES:
            raise NotAPictureError("Send a picture of at most 5 MB.")
        picture = Picture(new_sid("ME"), kind, body)
        self.of_text.setdefault(text_sid, {})[picture.sid] = picture
        return picture

    def find(self, text_sid: str, sid: str) -> Picture | None:
        return self.of_text.get(text_sid, {}).get(sid)

    def forget(self, text_sid: str, sid: str) -> bool:
        """Delete one picture; says whether it was there."""
        return self.of_text.get(text_sid, {}).pop(sid, None) is not None
