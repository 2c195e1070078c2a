"""What a worker does for each kind of promise: prepare it, and go on with what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from helpline.carrier import Carrier, Outcome
from helpline.confidentiality.safe_contact import MAY_LEAVE, Verdict
from helpline.messages import jobs as message_jobs
from helpline.outbox import Kind, Promise
from helpline.settings import Settings
from helpline.sms import conversations, delivery, pictures
from helpline.sms import jobs as sms_jobs
from helpline.voice import jobs as voice_jobs
from helpline.voice import ringing, voicemails

CarrierCall = Callable[[Carrier], Outcome]


@dataclass(frozen=True)
class Errand:
    """How one kind of promise is carried out."""

    prepare: Callable[[Session, Promise], CarrierCall | None]
    settled: Callable[[Session, Promise, Outcome, datetime], None]
    lock: Callable[[Session, Promise], None]
    kept_back: Callable[[Session, Promise, Verdict, datetime], None]
    last_wrote: Callable[[Session, Promise], datetime | None]
    verdict: Callable[[Session, Promise, datetime], Verdict] = lambda *_: MAY_LEAVE
    """Whether what it concerns may still leave, beside consent and plan."""


def table(settings: Settings) -> dict[Kind, Errand]:
    """Return how each kind of promise is carried out."""
    base, seconds = settings.public_base_url, settings.ring_seconds

    def change(session: Session, promise: Promise) -> CarrierCall | None:
        return voice_jobs.prepare_change(session, promise, base)

    simple = Errand(change, _nothing_more, _nothing_to_lock, _nothing_kept_back, _nobody_wrote)
    return {
        Kind.send_text: Errand(
            lambda session, promise: sms_jobs.prepare_text(session, promise, base),
            lambda session, promise, outcome, at: delivery.settled(
                session, promise, outcome, at=at
            ),
            lambda session, promise: delivery.lock(session, promise.about),
            lambda session, promise, verdict, at: delivery.kept_back(
                session, promise, verdict, at=at
            ),
            sms_jobs.last_wrote,
        ),
        **dict.fromkeys((Kind.ring_call_taker, Kind.ring_party), _ringing_errand(base, seconds)),
        **dict.fromkeys((Kind.fetch_picture, Kind.delete_picture), _picture_errand()),
        **dict.fromkeys((Kind.fetch_recording, Kind.delete_recording), _voicemail_errand()),
        Kind.redirect_caller: Errand(
            lambda session, promise: voice_jobs.prepare_redirect(session, promise, base),
            lambda session, promise, outcome, at: voice_jobs.redirect_settled(
                session, promise, outcome, at=at
            ),
            lambda session, promise: ringing.lock(session, promise.about),
            _nothing_kept_back,
            _nobody_wrote,
        ),
        Kind.set_manner: Errand(
            voice_jobs.prepare_manner,
            lambda session, promise, outcome, at: voice_jobs.manner_settled(
                session, promise, outcome, at=at
            ),
            lambda session, promise: ringing.lock(session, promise.about),
            _nothing_kept_back,
            _nobody_wrote,
        ),
        **dict.fromkeys(message_jobs.CARRIED, _message_errand(base)),
        **dict.fromkeys(voice_jobs.CHANGES, simple),
    }


def _ringing_errand(base: str, seconds: int) -> Errand:
    return Errand(
        lambda session, promise: voice_jobs.prepare_ringing(session, promise, base, seconds),
        lambda session, promise, outcome, at: voice_jobs.ringing_settled(
            session, promise, outcome, at=at
        ),
        lambda session, promise: ringing.lock(session, promise.about),
        _nothing_kept_back,
        _nobody_wrote,
    )


def _message_errand(base: str) -> Errand:
    return Errand(
        lambda session, promise: message_jobs.prepare(session, promise, base),
        message_jobs.settled,
        message_jobs.lock,
        message_jobs.kept_back,
        _author_wrote,
        message_jobs.verdict,
    )


def _author_wrote(session: Session, promise: Promise) -> datetime | None:
    """Return when the author last wrote in the conversation in which they asked for a reply."""
    contact_id = message_jobs.contact_of(promise)
    return conversations.last_wrote(session, contact_id) if contact_id is not None else None


def _picture_errand() -> Errand:
    return Errand(
        pictures.prepare,
        lambda session, promise, outcome, at: pictures.settled(session, promise, outcome, at=at),
        _nothing_to_lock,
        _nothing_kept_back,
        _nobody_wrote,
    )


def _voicemail_errand() -> Errand:
    return Errand(
        voicemails.prepare,
        lambda session, promise, outcome, at: voicemails.settled(session, promise, outcome, at=at),
        _nothing_to_lock,
        _nothing_kept_back,
        _nobody_wrote,
    )


def _nothing_more(session: Session, promise: Promise, outcome: Outcome, at: datetime) -> None:
    del session, promise, outcome, at


def _nothing_kept_back(session: Session, promise: Promise, verdict: Verdict, at: datetime) -> None:
    del session, promise, verdict, at


def _nobody_wrote(session: Session, promise: Promise) -> None:
    del session, promise


def _nothing_to_lock(session: Session, promise: Promise) -> None:
    del session, promise
