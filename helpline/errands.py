"""What a worker does for each kind of promise: prepare it, and go on with what came of it."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from helpline.carrier import Carrier, Outcome
from helpline.clock import now
from helpline.confidentiality.safe_contact import MAY_LEAVE, Verdict
from helpline.messages import jobs as message_jobs
from helpline.outbox import Kind, Promise, Taken
from helpline.settings import Settings
from helpline.signposting import jobs as signpost_jobs
from helpline.sms import conversations, delivery, pictures
from helpline.sms import jobs as sms_jobs
from helpline.textsafe import jobs as textsafe_jobs
from helpline.voice import jobs as voice_jobs
from helpline.voice import ringing, voicemails

CarrierCall = Callable[[Carrier], Outcome]


def _nothing_more(session: Session, promise: Promise, outcome: Outcome, at: datetime) -> None:
    del session, promise, outcome, at


def _nothing_kept_back(session: Session, promise: Promise, verdict: Verdict, at: datetime) -> None:
    del session, promise, verdict, at


def _nothing_unsure(session: Session, promise: Promise, at: datetime) -> None:
    del session, promise, at


def _none_together(
    session: Session, promises: Sequence[Promise]
) -> Mapping[uuid.UUID, CarrierCall]:
    del session, promises
    return {}


def _nobody_wrote(session: Session, promise: Promise) -> None:
    del session, promise


def _nothing_to_lock(session: Session, promise: Promise) -> None:
    del session, promise


@dataclass(frozen=True)
class Errand:
    """How one kind of promise is carried out."""

    prepare: Callable[[Session, Promise], CarrierCall | None]
    settled: Callable[[Session, Promise, Outcome, datetime], None] = _nothing_more
    lock: Callable[[Session, Promise], None] = _nothing_to_lock
    kept_back: Callable[[Session, Promise, Verdict, datetime], None] = _nothing_kept_back
    last_wrote: Callable[[Session, Promise], datetime | None] = _nobody_wrote
    verdict: Callable[[Session, Promise, datetime], Verdict] = lambda *_: MAY_LEAVE
    """Whether what it concerns may still leave, beside consent and plan."""
    left_unsure: Callable[[Session, Promise, datetime], None] = _nothing_unsure
    """Show that a worker died with it: nobody knows whether it left."""
    prepare_several: Callable[[Session, Sequence[Promise]], Mapping[uuid.UUID, CarrierCall]] = (
        _none_together
    )
    """Prepares several in few trips; those that it leaves out, and all where it fails, alone."""
    accepted_together: Callable[[Session, Collection[Taken], datetime], None] | None = None
    """Settles several that the carrier accepted; without it each is settled alone."""


def table(settings: Settings) -> dict[Kind, Errand]:
    """Return how each kind of promise is carried out."""
    base = settings.public_base_url
    return {
        Kind.send_text: _text_errand(base),
        **_calling_errands(base, settings.ring_seconds),
        **dict.fromkeys((Kind.fetch_picture, Kind.delete_picture), _picture_errand()),
        **dict.fromkeys((Kind.fetch_recording, Kind.delete_recording), _voicemail_errand()),
        **dict.fromkeys(message_jobs.CARRIED, _message_errand(base)),
        Kind.send_outreach: _textsafe_errand(settings),
        **dict.fromkeys(signpost_jobs.CARRIED, _signpost_errand(base)),
    }


def _text_errand(base: str) -> Errand:
    return Errand(
        lambda session, promise: sms_jobs.prepare_text(session, promise, base),
        lambda session, promise, outcome, at: delivery.settled(session, promise, outcome, at=at),
        lambda session, promise: delivery.lock(session, promise.about),
        lambda session, promise, verdict, at: delivery.kept_back(session, promise, verdict, at=at),
        sms_jobs.last_wrote,
        prepare_several=lambda session, promises: sms_jobs.prepare_texts(session, promises, base),
        accepted_together=lambda session, taken, at: delivery.accepted_together(
            session, taken, at=at
        ),
        left_unsure=lambda session, promise, at: delivery.left_unsure(
            session, promise.about, at=at
        ),
    )


def _calling_errands(base: str, seconds: int) -> dict[Kind, Errand]:
    def prepare_ringing(session: Session, promise: Promise) -> CarrierCall | None:
        return voice_jobs.prepare_ringing(session, promise, base, seconds)

    def ringing_settled(session: Session, promise: Promise, outcome: Outcome, at: datetime) -> None:
        voice_jobs.ringing_settled(session, promise, outcome, at=at)

    def lock(session: Session, promise: Promise) -> None:
        ringing.lock(session, promise.about)

    rings = Errand(prepare_ringing, ringing_settled, lock)
    return {
        **dict.fromkeys((Kind.ring_call_taker, Kind.ring_party), rings),
        Kind.ring_person: replace(
            rings,
            kept_back=lambda session, promise, verdict, at: voice_jobs.person_kept_back(
                session, promise, verdict, at=at
            ),
            last_wrote=voice_jobs.held_the_phone_at,
            verdict=voice_jobs.person_verdict,
        ),
        Kind.redirect_caller: Errand(
            lambda session, promise: voice_jobs.prepare_redirect(session, promise, base),
            lambda session, promise, outcome, at: voice_jobs.redirect_settled(
                session, promise, outcome, at=at
            ),
            lock,
        ),
        Kind.set_manner: Errand(
            voice_jobs.prepare_manner,
            lambda session, promise, outcome, at: voice_jobs.manner_settled(
                session, promise, outcome, at=at
            ),
            lock,
        ),
        **dict.fromkeys(
            voice_jobs.CHANGES,
            Errand(lambda session, promise: voice_jobs.prepare_change(session, promise, base)),
        ),
    }


def _message_errand(base: str) -> Errand:
    return Errand(
        lambda session, promise: message_jobs.prepare(session, promise, base),
        message_jobs.settled,
        message_jobs.lock,
        message_jobs.kept_back,
        _author_wrote,
        message_jobs.verdict,
        lambda session, promise, at: message_jobs.left_unsure(session, promise, at=at),
    )


def _textsafe_errand(settings: Settings) -> Errand:
    return Errand(
        lambda session, promise: textsafe_jobs.prepare(session, promise, settings, at=now()),
        textsafe_jobs.settled,
        textsafe_jobs.lock,
        textsafe_jobs.kept_back,
        verdict=textsafe_jobs.verdict,
        left_unsure=lambda session, promise, at: textsafe_jobs.left_unsure(session, promise, at=at),
    )


def _signpost_errand(base: str) -> Errand:
    return Errand(
        lambda session, promise: signpost_jobs.prepare(session, promise, base),
        signpost_jobs.settled,
        signpost_jobs.lock,
        signpost_jobs.kept_back,
        _signposted_wrote,
        left_unsure=lambda session, promise, at: signpost_jobs.left_unsure(session, promise, at=at),
    )


def _picture_errand() -> Errand:
    return Errand(
        pictures.prepare,
        lambda session, promise, outcome, at: pictures.settled(session, promise, outcome, at=at),
    )


def _voicemail_errand() -> Errand:
    return Errand(
        voicemails.prepare,
        lambda session, promise, outcome, at: voicemails.settled(session, promise, outcome, at=at),
    )


def _signposted_wrote(session: Session, promise: Promise) -> datetime | None:
    """Return when somebody last wrote in the contact in which they were given a service."""
    contact_id = signpost_jobs.contact_of(session, promise)
    return conversations.last_wrote(session, contact_id) if contact_id is not None else None


def _author_wrote(session: Session, promise: Promise) -> datetime | None:
    """Return when the author last wrote in the conversation in which they asked for a reply."""
    contact_id = message_jobs.contact_of(promise)
    return conversations.last_wrote(session, contact_id) if contact_id is not None else None
