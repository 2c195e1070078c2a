"""Saved replies to begin with, in English and Welsh. A Welsh speaker has to read the Welsh ones."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from helpline.contacts.models import Language
from helpline.sms import saved_replies
from helpline.sms.saved_replies import Draft

REPLIES = (
    Draft(
        "Hello",
        "Hello, I'm {your name} at the helpline. This is free and just between us unless someone "
        "is in serious danger. Are you safe to text right now?",
        Language.en,
    ),
    Draft(
        "In danger now",
        "If you are in danger now, please ring 999. If you can't speak, ring 999 and press 55 "
        "when asked. I'm still here.",
        Language.en,
    ),
    Draft(
        "Still there?",
        "I'm still here if you want to go on. There's no hurry, and you can text or ring "
        "{short code} at any time.",
        Language.en,
    ),
    Draft(
        "A service that may help",
        "{service} may be able to help with this. You can reach them on {number}. Would you like "
        "us to ring them together with you?",
        Language.en,
    ),
    Draft(
        "Ending kindly",
        "Thank you for texting. You can come back at any hour: text or ring {short code}. Look "
        "after yourself.",
        Language.en,
    ),
    Draft(
        "Helo",
        "Helo, {your name} o'r llinell gymorth sydd yma. Mae hyn am ddim ac yn gyfrinachol oni bai "
        "bod rhywun mewn perygl difrifol. Ydy hi'n saff i ti decstio nawr?",
        Language.cy,
    ),
    Draft(
        "Mewn perygl nawr",
        "Os wyt ti mewn perygl nawr, ffonia 999. Os na alli di siarad, ffonia 999 a phwysa 55 pan "
        "ofynnir i ti. Dw i yma o hyd.",
        Language.cy,
    ),
)


def load(session: Session, *, by: uuid.UUID, at: datetime) -> None:
    """Add the replies."""
    for draft in REPLIES:
        saved_replies.save(session, draft, by=by, at=at)
