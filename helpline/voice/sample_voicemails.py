"""A made-up voicemail and a made-up bar for a training instance."""

import base64
import io
import math
import struct
import uuid
import wave
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from helpline import phone_numbers
from helpline.contacts import callers, contacts
from helpline.contacts.models import Channel, ContactState, Ending, Happening, Stream
from helpline.voice import bars, voicemails
from helpline.voice.bars import BarReason, Wanted
from helpline.voice.voicemails import Voicemail, VoicemailState

_RATE = 8000
_SECONDS = 3
_LOUD = 6000
_A, _C = 440.0, 523.25


def load(session: Session, *, by: uuid.UUID, role: str, at: datetime) -> None:
    """Leave a voicemail from last night, and bar a caller who was abusive this morning."""
    began = at - timedelta(hours=9)
    number = phone_numbers.read("07700 900162")
    caller = callers.recognise(session, number, at=began)
    contact = contacts.open_contact(session, Channel.voice, caller, ContactState.arriving, at=began)
    contact.stream = Stream.family
    contacts.happened(session, contact, Happening.voicemail_left, at=began)
    contacts.close(session, contact, Ending.left_voicemail, at=began)
    session.add(
        Voicemail(
            contact_id=contact.id,
            state=VoicemailState.kept,
            began_at=began,
            left_at=began,
            seconds=_SECONDS,
            deleted_at=began,
            due_at=at + voicemails.OTHERS_WITHIN,
            body=base64.b64encode(_sound()).decode(),
        )
    )
    nuisance = callers.recognise(session, phone_numbers.read("07700 900163"), at=began)
    contacts.close(
        session,
        contacts.open_contact(session, Channel.voice, nuisance, ContactState.arriving, at=began),
        Ending.left_in_greeting,
        at=began,
    )
    wanted = Wanted(BarReason.abusive, "Made-up: shouted at two call-takers.", timedelta(days=1))
    bars.lay(session, nuisance, wanted, by, role, at=at)


def _sound() -> bytes:
    """Two notes: no voice is kept in this repository."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_RATE)
        for step in range(_RATE * _SECONDS):
            note = _A if step < _RATE * _SECONDS // 2 else _C
            level = int(_LOUD * math.sin(2 * math.pi * note * step / _RATE))
            sound.writeframesraw(struct.pack("<h", level))
    return file.getvalue()
