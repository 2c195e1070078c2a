"""Pictures that come with a text: fetched once, made harmless, kept locked, deleted at the carrier.

A photograph says where it was taken, to a few metres. So nothing of the file is kept but the
picture itself, drawn anew; whatever else it held (place, time, camera, hidden data) is gone before
anything is stored (domain.md 4.4: nobody is traced).
"""

import base64
import enum
import io
import re
import uuid
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from PIL import Image, ImageOps
from sqlalchemy.orm import Mapped, Session, mapped_column

from helpline import outbox
from helpline.carrier import Accepted, Carrier, Outcome, Refused
from helpline.contacts import contacts
from helpline.contacts.models import Contact
from helpline.database import Base, EncryptedText, Id
from helpline.outbox import Promise
from helpline.sms.models import Text

MOST_PICTURES = 10
MOST_BYTES = 5_000_000
"""The carrier's own limit for one message."""
_MOST_PIXELS = 40_000_000
_LONGEST_SIDE = 1600
_QUALITY = 80
_READ = ("JPEG", "PNG", "GIF", "WEBP")
_MEDIA = re.compile(r"/Messages/(?P<text>[A-Za-z0-9]{8,64})/Media/(?P<media>[A-Za-z0-9]{8,64})")


class PictureState(enum.StrEnum):
    waiting = "waiting"
    kept = "kept"
    refused = "refused"
    """What came is no picture that we read."""
    not_had = "not_had"
    """The carrier did not give it."""


class NotAPictureError(ValueError):
    """What came can't be read as a picture, or is too large."""


class Picture(Base):
    __tablename__ = "picture"

    id: Mapped[Id]
    text_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("text.id"))
    number: Mapped[int]
    """1 for the first of a text."""
    state: Mapped[PictureState]
    body: Mapped[str | None] = mapped_column(EncryptedText("picture.body"))
    """A JPEG, in base64."""

    __table_args__ = (sa.Index("ix_picture_text", "text_id", "number"),)


def came(session: Session, text: Text, addresses: Sequence[str], *, at: datetime) -> None:
    """Note the pictures of a text and leave promises to fetch them.

    Of the carrier's addresses only the two ids are used: what is asked, and of whom, we write.
    """
    for number, address in enumerate(addresses[:MOST_PICTURES], start=1):
        found = _MEDIA.search(address)
        if found is None:
            continue
        picture = Picture(
            id=uuid.uuid4(), text_id=text.id, number=number, state=PictureState.waiting
        )
        session.add(picture)
        session.flush()
        outbox.promise(
            session,
            outbox.Kind.fetch_picture,
            about=picture.id,
            lane=picture.id,
            at=at,
            details={"text_sid": found["text"], "media_sid": found["media"]},
        )


def address(text_sid: str, media_sid: str) -> str:
    """Write where the carrier keeps a picture, as its webhook says it (`came`)."""
    return f"/Messages/{text_sid}/Media/{media_sid}"


def prepare(session: Session, promise: Promise) -> Callable[[Carrier], Outcome] | None:
    """Prepare fetching a picture, or deleting it at the carrier."""
    text_sid, media_sid = str(promise.details["text_sid"]), str(promise.details["media_sid"])
    if promise.kind is outbox.Kind.delete_picture:
        return lambda carrier: carrier.delete_picture(text_sid, media_sid)
    picture = session.get(Picture, promise.about)
    if picture is None or picture.state is not PictureState.waiting:
        return None

    def fetch(carrier: Carrier) -> Outcome:
        outcome = carrier.fetch_picture(text_sid, media_sid, most_bytes=MOST_BYTES)
        if not isinstance(outcome, Accepted):
            return outcome
        try:
            return replace(outcome, body=drawn_anew(outcome.body))
        except NotAPictureError:
            return Refused(0, "No picture that can be read")

    return fetch


def settled(session: Session, promise: Promise, outcome: Outcome, *, at: datetime) -> None:
    """Keep what was fetched, and ask the carrier to forget it either way."""
    picture = session.get(Picture, promise.about, populate_existing=True, with_for_update=True)
    if promise.kind is not outbox.Kind.fetch_picture or picture is None:
        return
    if isinstance(outcome, Accepted):
        picture.body = base64.b64encode(outcome.body).decode()
        picture.state = PictureState.kept
    elif promise.state in outbox.SETTLED:
        is_refused = isinstance(outcome, Refused) and not outcome.code
        picture.state = PictureState.refused if is_refused else PictureState.not_had
    else:
        return
    outbox.promise(
        session,
        outbox.Kind.delete_picture,
        about=picture.id,
        lane=picture.id,
        at=at,
        details=dict(promise.details),
    )
    text = session.get_one(Text, picture.text_id)
    contacts.tell_changed(session, session.get_one(Contact, text.contact_id))


def drawn_anew(body: bytes) -> bytes:
    """Return the picture itself as a JPEG, and nothing else of the file it came in.

    Raises:
        NotAPictureError: it is of no kind that we read, broken, or too large.

    """
    if len(body) > MOST_BYTES:
        raise NotAPictureError("too large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(body), formats=_READ) as given:
                _check_size(given)
                upright = ImageOps.exif_transpose(given).convert("RGB")
        upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
        bare = Image.new("RGB", upright.size)
        bare.paste(upright)
        drawn = io.BytesIO()
        bare.save(drawn, "JPEG", quality=_QUALITY)
    except NotAPictureError:
        raise
    except Exception as error:  # a broken file can make the reader raise anything
        raise NotAPictureError("not a picture") from error
    return drawn.getvalue()


def _check_size(picture: Image.Image) -> None:
    if picture.width * picture.height > _MOST_PIXELS:
        raise NotAPictureError("too many pixels")


def of_texts(session: Session, texts: Sequence[Text]) -> dict[uuid.UUID, list[Picture]]:
    """Return the pictures of some texts, without opening any."""
    with_some = [text.id for text in texts if text.pictures]
    found: dict[uuid.UUID, list[Picture]] = {}
    if with_some:
        rows = session.scalars(
            sa.select(Picture)
            .where(Picture.text_id.in_(with_some))
            .order_by(Picture.number)
            .options(sa.orm.defer(Picture.body))
        )
        for picture in rows:
            found.setdefault(picture.text_id, []).append(picture)
    return found


def opened(session: Session, picture_id: uuid.UUID, contact_id: uuid.UUID) -> bytes | None:
    """Return a kept picture of a contact, as a JPEG; None if there is none."""
    body = session.scalar(
        sa.select(Picture.body)
        .join(Text, Text.id == Picture.text_id)
        .where(Picture.id == picture_id, Text.contact_id == contact_id)
    )
    return base64.b64decode(body) if body else None
