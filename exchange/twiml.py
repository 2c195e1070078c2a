"""TwiML as plain data: parsed, bounded, and refused with Twilio's own codes."""

import xml.etree.ElementTree as ET  # nosec B405
from dataclasses import dataclass, field
from urllib.parse import urljoin

MOST_BYTES = 65536
XML_TYPES = frozenset({"text/xml", "application/xml", "text/html", "application/rss+xml"})


class TwimlError(Exception):
    """The document can't be used; `code` is Twilio's error code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Verb:
    """One element: a verb such as Say, or a noun inside Dial."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: tuple["Verb", ...] = ()

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def whole(self, name: str, default: int) -> int:
        """Read a whole number; nonsense counts as not given, as Twilio does."""
        text = self.attributes.get(name, "")
        return int(text) if text.isascii() and text.isdigit() else default

    def flag(self, name: str, *, default: bool) -> bool:
        said = self.attributes.get(name, "").lower()
        return default if said not in {"true", "false"} else said == "true"


@dataclass(frozen=True, slots=True)
class Document:
    """A response and the URL it came from, against which its own URLs are resolved."""

    verbs: tuple[Verb, ...]
    url: str = ""

    def resolve(self, url: str) -> str:
        return urljoin(self.url, url) if url else self.url


def _verb(element: ET.Element, url: str) -> Verb:
    text = " ".join("".join(element.itertext()).split())
    return Verb(
        name=element.tag,
        attributes=dict(element.attrib),
        text=urljoin(url, text) if element.tag == "Play" and text else text,
        children=tuple(_verb(child, url) for child in element),
    )


def parse(body: str | bytes, url: str = "") -> Document:
    """Read TwiML. Raises TwimlError: 11750 too long, 12100 not XML, 12102 no Response."""
    raw = body.encode() if isinstance(body, str) else body
    if len(raw) > MOST_BYTES:
        raise TwimlError(11750, "The response is larger than 64 KB.")
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise TwimlError(12100, "A document type is not accepted.")
    try:
        root = ET.fromstring(raw)  # noqa: S314 - entities are refused above  # nosec B314
    except (ET.ParseError, ValueError) as error:
        raise TwimlError(12100, "The response is not XML.") from error
    if root.tag != "Response":
        raise TwimlError(12102, "The outermost element is not Response.")
    return Document(tuple(_verb(child, url) for child in root), url)


def read(content_type: str, body: bytes, url: str) -> Document:
    """Read an HTTP answer as TwiML, as Twilio does for each kind of content.

    Raises TwimlError, also 12300 for a content type that can't be played.
    """
    if content_type.startswith("audio/"):
        return Document((Verb("Play", text=url),), url)
    if content_type == "text/plain":
        return Document((Verb("Say", text=body.decode(errors="replace")),), url)
    if content_type not in XML_TYPES:
        raise TwimlError(12300, "The content type is not TwiML.")
    return parse(body, url)
