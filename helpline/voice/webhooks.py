"""What the carrier tells us about calls, and what callers hear next (twilio.md 2.4)."""

import uuid

from flask import Blueprint, request
from sqlalchemy.orm import Session

from helpline.accounts import availability
from helpline.clock import now
from helpline.contacts.models import Language
from helpline.database import persistently, transaction
from helpline.phone_numbers import from_carrier as number_from_carrier
from helpline.voice import (
    bars,
    call_plan,
    calls,
    choices,
    closed,
    diverts,
    menu,
    ringing,
    twiml,
    voicemails,
)
from helpline.voice.call_plan import Plan
from helpline.web.carrier_webhooks import (
    from_carrier,
    once,
    once_knowing,
    said,
    said_number,
    settings,
)
from helpline.web.events import Answers

blueprint = Blueprint("voice_webhooks", __name__, url_prefix="/tw/voice")


@blueprint.post("/inbound")
@from_carrier
def call_arrived() -> str:
    """W1: somebody rings the helpline."""
    sid, number, at = said("CallSid"), number_from_carrier(said("From")), now()

    def rule(session: Session, answers: Answers) -> str:
        return _written(calls.call_arrived(session, sid, number, at=at, answers=answers))

    return once_knowing(f"arrived:{sid}", calls.questions(sid, number, at=at), rule)


@blueprint.post("/ivr/<uuid:contact_id>")
@from_carrier
def key_in_menu(contact_id: uuid.UUID) -> str:
    """W2: a caller chose, or pressed nothing, which is an answer too."""
    digits, asked = said("Digits"), request.args.get("asked", 1, type=int)

    def rule() -> str:
        with transaction() as session:
            return _written(menu.pressed(session, contact_id, digits, asked, now()))

    return persistently(rule)


@blueprint.post("/status")
@from_carrier
def caller_call_changed() -> str:
    """W6: how a caller's call stands."""
    sid, status = said("CallSid"), said("CallStatus")
    number = number_from_carrier(said("From"))

    def rule(session: Session) -> None:
        calls.caller_call_changed(session, sid, status, number, at=now())

    return once(f"call:{sid}:{status}", rule)


@blueprint.post("/wait/<uuid:contact_id>")
@from_carrier
def caller_waits(contact_id: uuid.UUID) -> str:
    """W3: what a waiting caller hears. A repeat changes nothing, so it needs no memory."""
    turn, language = request.args.get("turn", 0, type=int), request.args.get("in", Language.en)
    room, sid = said("ConferenceSid"), said("CallSid")

    def notice() -> bool:
        with transaction() as session:
            calls.caller_waits(session, contact_id, room, sid, at=now())
            return availability.anybody_on_shift(session)

    on_shift = persistently(notice)
    language = Language(language) if language in list(Language) else Language.en
    plan = call_plan.waiting(contact_id, max(turn, 0), anybody_on_shift=on_shift, language=language)
    return _written(plan)


@blueprint.post("/conf/<uuid:contact_id>")
@from_carrier
def conference_changed(contact_id: uuid.UUID) -> str:
    """W4: who came into the contact's conference, and who left."""
    event = calls.ConferenceEvent(
        kind=said("StatusCallbackEvent"),
        conference_sid=said("ConferenceSid"),
        call_sid=said("CallSid"),
        call_status=said("ParticipantCallStatus"),
    )

    def rule(session: Session) -> None:
        calls.conference_changed(session, contact_id, event, at=now())

    return once(f"conf:{event.conference_sid}:{said('SequenceNumber')}", rule)


@blueprint.post("/caller-done/<uuid:contact_id>")
@from_carrier
def caller_done(contact_id: uuid.UUID) -> str:
    """W5: the caller's part in the conference is over. Not a source of state."""
    del contact_id
    return _written(call_plan.goodbye())


@blueprint.post("/leg/<uuid:leg_id>/answer")
@from_carrier
def phone_answered(leg_id: uuid.UUID) -> str:
    """W7: a call-taker's phone was picked up, by a person or a voicemail box."""
    sid, in_browser = said("CallSid"), said("To").startswith("client:")

    def rule(session: Session) -> str:
        return _written(
            ringing.phone_answered(session, leg_id, sid, at=now(), in_browser=in_browser)
        )

    return once(f"answered:{leg_id}:{sid}", rule)


@blueprint.post("/leg/<uuid:leg_id>/accept")
@from_carrier
def key_pressed(leg_id: uuid.UUID) -> str:
    """W8: a key was pressed. After a wrong key comes another press, which is no repeat."""
    sid, digits = said("CallSid"), said("Digits")
    press = request.headers.get("I-Twilio-Idempotency-Token", "")

    def rule(session: Session) -> str:
        return _written(ringing.key_pressed(session, leg_id, digits, at=now()))

    return once(f"key:{leg_id}:{sid}:{digits}:{press}", rule)


@blueprint.post("/leg/<uuid:leg_id>/enter")
@from_carrier
def waits_at_the_door(leg_id: uuid.UUID) -> str:
    """Somebody pressed 1 and waits to be let in. A repeat changes nothing."""
    turn = request.args.get("turn", 0, type=int)

    def rule() -> str:
        with transaction() as session:
            return _written(ringing.enter(session, leg_id, max(turn, 0), at=now()))

    return persistently(rule)


@blueprint.post("/leg/<uuid:leg_id>/done")
@from_carrier
def call_taker_done(leg_id: uuid.UUID) -> str:
    """W5 for a call-taker: their part in the conference is over. Not a source of state."""
    del leg_id
    return _written(call_plan.goodbye())


@blueprint.post("/leg/<uuid:leg_id>/status")
@from_carrier
def leg_changed(leg_id: uuid.UUID) -> str:
    """W9: how a call-taker's phone stands."""
    sid, status = said("CallSid"), said("CallStatus")

    def rule(session: Session) -> None:
        ringing.leg_changed(session, leg_id, sid, status, at=now())

    return once(f"call:{sid}:{status}", rule)


@blueprint.post("/menu/<uuid:contact_id>")
@from_carrier
def choice_is_due(contact_id: uuid.UUID) -> str:
    """W10: a caller was taken out of the waiting room. A repeat is answered alike."""

    def rule() -> str:
        with transaction() as session:
            return _written(choices.asked(session, contact_id, at=now()))

    return persistently(rule)


@blueprint.post("/menu/<uuid:contact_id>/chosen")
@from_carrier
def caller_chose(contact_id: uuid.UUID) -> str:
    """Hear what a caller chose; nothing pressed is an answer too. It changes no row."""
    digits = said("Digits")

    def rule() -> str:
        with transaction() as session:
            return _written(choices.chosen(session, contact_id, digits, at=now()))

    return persistently(rule)


@blueprint.post("/menu/<uuid:contact_id>/call-back")
@from_carrier
def caller_said_it_is_safe(contact_id: uuid.UUID) -> str:
    """Hear whether a caller's telephone is safe to ring. A repeat is answered alike."""
    digits = said("Digits")

    def rule() -> str:
        with transaction() as session:
            return _written(choices.said_it_is_safe(session, contact_id, digits, at=now()))

    return persistently(rule)


@blueprint.post("/barred/<uuid:contact_id>")
@from_carrier
def key_of_barred_caller(contact_id: uuid.UUID) -> str:
    """Hear what a caller chose whose calls we don't take; nothing pressed is an answer too."""
    digits, asked = said("Digits"), request.args.get("asked", 1, type=int)

    def rule() -> str:
        with transaction() as session:
            return _written(bars.pressed(session, contact_id, digits, asked, now()))

    return persistently(rule)


@blueprint.post("/closed/<uuid:contact_id>")
@from_carrier
def key_while_closed(contact_id: uuid.UUID) -> str:
    """Hear what a caller chose whose kind of call is closed; nothing pressed is an answer too."""
    digits, asked = said("Digits"), request.args.get("asked", 1, type=int)

    def rule() -> str:
        with transaction() as session:
            return _written(closed.chosen(session, contact_id, digits, asked, now()))

    return persistently(rule)


@blueprint.post("/voicemail/<uuid:contact_id>/done")
@from_carrier
def voicemail_was_spoken(contact_id: uuid.UUID) -> str:
    """W12: a caller has finished speaking, said nothing, or hung up. A repeat is answered alike."""
    sid, seconds = said("RecordingSid"), said_number("RecordingDuration") or 0

    def rule() -> str:
        with transaction() as session:
            return _written(voicemails.spoken(session, contact_id, sid, seconds, at=now()))

    return persistently(rule)


@blueprint.post("/recording/<uuid:contact_id>")
@from_carrier
def voicemail_can_be_fetched(contact_id: uuid.UUID) -> str:
    """W13: the sound of a voicemail is ready, or there is none."""
    sid, status = said("RecordingSid"), said("RecordingStatus")
    seconds = said_number("RecordingDuration") or 0

    def rule(session: Session) -> None:
        is_there = status == "completed"
        voicemails.told(session, contact_id, sid, seconds, is_there=is_there, at=now())

    return once(f"recording:{sid}:{status}", rule)


@blueprint.post("/divert/<uuid:contact_id>")
@from_carrier
def divert_chosen(contact_id: uuid.UUID) -> str:
    """Hear whether a caller wants to be put through to a switchboard. A repeat rings none again."""
    digits = said("Digits")

    def rule() -> str:
        with transaction() as session:
            return _written(diverts.chosen(session, contact_id, digits, at=now()))

    return persistently(rule)


@blueprint.post("/hold")
@from_carrier
def caller_is_held() -> str:
    """W14: what a held caller hears."""
    return _written(call_plan.on_hold())


@blueprint.post("/ringing-them")
@from_carrier
def person_is_rung() -> str:
    """W14 for a call-taker: they are alone in the room while a person's telephone rings."""
    return _written(call_plan.ringing_them())


@blueprint.post("/fallback")
@from_carrier
def something_failed() -> str:
    """W17: our own answer failed. Needs no database."""
    return _written(call_plan.sorry())


def _written(plan: Plan) -> str:
    return twiml.write(plan, settings().public_base_url)
