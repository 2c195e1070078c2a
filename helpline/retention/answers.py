"""Answering a request: the person is erased, or gets what we hold.

What is given is first read by a person: the request stays open until they have handed it over.
"""

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
    requests.complete(session, request, decider, at=at)
    return gone


def give(session: Session, request: RightsRequest, decider: Decider, *, at: datetime) -> Pack:
    """Put together what is given to whoever asks; as often as it is needed while it is open.

    Raises:
        RequestRefusedError: the request can't be answered, or asks for something else.

    """
    if request.kind is not RightsKind.subject_access:
        raise RequestRefusedError("They asked to be erased, not for their data")
    caller = requests.answerable(session, request)
    return subject_access.pack(session, caller, by=decider, at=at)


def handed_over(
    session: Session, request: RightsRequest, decider: Decider, *, at: datetime
) -> None:
    """Note that they have got what we hold.

    Raises:
        RequestRefusedError: the request can't be answered, or asks for something else.

    """
    if request.kind is not RightsKind.subject_access:
        raise RequestRefusedError("They asked to be erased, not for their data")
    requests.answerable(session, request)
    requests.complete(session, request, decider, at=at)
