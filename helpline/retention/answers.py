"""Answering a request: the person is erased, or gets what we hold; the request says so."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from helpline.retention import erasure, requests, subject_access
from helpline.retention.models import RightsKind, RightsRequest
from helpline.retention.requests import Decider, RequestRefusedError
from helpline.retention.subject_access import Pack


def erase(
    session: Session, request: RightsRequest, decider: Decider, *, at: datetime
) -> Mapping[str, int]:
    """Erase whoever asks; says how many rows went from which table.

    Raises:
        RequestRefusedError: the request can't be answered, or asks for something else.
        erasure.ErasureRefusedError: a hold, or a contact that is open or only just ended.

    """
    if request.kind is not RightsKind.erasure:
        raise RequestRefusedError("They asked for their data, not to be erased")
    caller = requests.answerable(session, request)
    gone = erasure.erase(session, caller, decider, at=at)
    requests.complete(request, decider, at=at)
    return gone


def give(session: Session, request: RightsRequest, decider: Decider, *, at: datetime) -> Pack:
    """Put together what is given to whoever asks.

    Raises:
        RequestRefusedError: the request can't be answered, or asks for something else.

    """
    if request.kind is not RightsKind.subject_access:
        raise RequestRefusedError("They asked to be erased, not for their data")
    caller = requests.answerable(session, request)
    made = subject_access.pack(session, caller, by=decider, at=at)
    requests.complete(request, decider, at=at)
    return made
