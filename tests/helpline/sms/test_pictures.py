"""Pictures that come with a text: fetched once, bare of everything but the picture, kept locked."""

import base64
import io
import uuid

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from helpline.carrier import Refused
from helpline.contacts.models import Contact
from helpline.outbox import Kind, Promise
from helpline.sms import pictures
from helpline.sms.pictures import NotAPictureError, Picture, PictureState
from tests.system import Console, Handset, System

SAM = "07700 900123"
WHERE = b"Ipswich 52.0594 1.1556"


def a_photograph(kind: str = "JPEG") -> bytes:
    """Draw a picture whose file says where it was taken."""
    picture = Image.new("RGB", (40, 30), (200, 30, 30))
    drawn = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = WHERE.decode()
    exif[0x0110] = "Sam's telephone"
    exif.get_ifd(0x8825)[2] = (52.0, 3.0, 33.8)
    if kind == "JPEG":
        picture.save(drawn, kind, exif=exif, comment=WHERE)
    else:
        picture.save(drawn, kind)
    return drawn.getvalue() + WHERE


def sends(sam: Handset, *bodies: bytes, kind: str = "image/jpeg") -> None:
    wish = [{"type": kind, "base64": base64.b64encode(body).decode()} for body in bodies]
    sam._do("text", to="116 000", body="look", pictures=wish)


@pytest.fixture
def sam(system: System) -> Handset:
    return system.handset(SAM)


@pytest.fixture
def priya(system: System) -> Console:
    return system.call_taker("Priya", None).ready()


def kept(system: System) -> list[Picture]:
    with system.transaction() as session:
        return list(session.scalars(sa.select(Picture).order_by(Picture.number)))


def contact_id(system: System) -> uuid.UUID:
    with system.transaction() as session:
        return session.scalars(sa.select(Contact.id)).one()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_nothing_of_the_file_is_kept_but_the_picture(kind: str) -> None:
    given_ = a_photograph(kind)
    drawn = pictures.drawn_anew(given_)
    assert WHERE in given_
    assert WHERE not in drawn
    assert b"telephone" not in drawn
    with Image.open(io.BytesIO(drawn)) as shown:
        assert dict(shown.getexif()) == {}
        assert shown.size == (40, 30)
        red, green, _ = shown.convert("RGB").getpixel((5, 5))
        assert red > 150 > green


def test_a_very_large_picture_is_made_smaller() -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (4000, 1000)).save(drawn, "JPEG")
    with Image.open(io.BytesIO(pictures.drawn_anew(drawn.getvalue()))) as shown:
        assert shown.size == (1600, 400)


@given(st.binary(max_size=300))
def test_what_is_no_picture_is_refused_whatever_it_is(body: bytes) -> None:
    with pytest.raises(NotAPictureError):
        pictures.drawn_anew(body)


def test_a_broken_picture_is_refused() -> None:
    with pytest.raises(NotAPictureError):
        pictures.drawn_anew(a_photograph()[:60])


def test_a_picture_is_fetched_kept_locked_deleted_at_the_carrier_and_shown(
    system: System, sam: Handset, priya: Console
) -> None:
    sends(sam, a_photograph())
    [picture] = kept(system)
    assert picture.state is PictureState.kept
    with system.transaction() as session:
        raw = session.execute(sa.text("SELECT body FROM picture")).scalar_one()
    assert base64.b64encode(b"\xff\xd8\xff").decode()[:4] not in raw[:40]
    contact = contact_id(system)
    path = f"/console/contacts/{contact}/pictures/{picture.id}"
    assert priya.get(path).status_code == 404
    priya.take(contact)
    page = priya.page(f"/console/contacts/{contact}")
    assert "Look at picture 1" in page.get_text()
    shown = priya.get(path)
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert WHERE not in shown.content
    with system.transaction() as session:
        made = session.scalars(sa.select(Promise).where(Promise.kind == Kind.delete_picture)).one()
    ids = (str(made.details["text_sid"]), str(made.details["media_sid"]))
    assert isinstance(system.worker.carrier.fetch_picture(*ids, most_bytes=9_999), Refused)
    with system.transaction() as session:
        kinds = session.execute(sa.text("SELECT kind, state FROM promise ORDER BY number")).all()
    assert ("delete_picture", "accepted") in [tuple(row) for row in kinds]


def test_what_is_no_picture_is_said_and_not_kept(
    system: System, sam: Handset, priya: Console
) -> None:
    sends(sam, b"%PDF-1.4 not a picture", kind="application/pdf")
    [picture] = kept(system)
    assert (picture.state, picture.body) == (PictureState.refused, None)
    contact = contact_id(system)
    priya.take(contact)
    assert "could not be read" in priya.page(f"/console/contacts/{contact}").get_text()


def test_several_pictures_keep_their_order(system: System, sam: Handset) -> None:
    sends(sam, a_photograph(), a_photograph("PNG"))
    assert [picture.number for picture in kept(system)] == [1, 2]


def test_an_address_that_is_not_the_carriers_is_never_asked(system: System) -> None:
    system.webhook(
        "/tw/sms/inbound",
        MessageSid=f"SM{uuid.uuid4().hex}",
        From="+447700900123",
        To="+441632960116",
        Body="look",
        NumMedia="1",
        MediaUrl0="http://169.254.169.254/latest/meta-data",
        MediaContentType0="image/jpeg",
    )
    system.settle()
    assert kept(system) == []


def test_pictures_of_a_text_whose_news_was_lost_are_fetched_too(
    system: System, sam: Handset
) -> None:
    system.may_lose_webhooks = True
    drop = {"webhooks": {"match": "/tw/sms/inbound", "kind": "drop", "times": 4}}
    system.exchange("POST", "/control/faults", drop)
    sends(sam, a_photograph(), a_photograph("PNG"))
    assert kept(system) == []
    for _ in range(2):
        system.worker.collect_missed()
        system.settle()
    assert [each.state for each in kept(system)] == [PictureState.kept] * 2
