"""Record: a message left after the tone."""

import asyncio

from exchange.callbacks import Webhook
from exchange.clock import rfc2822
from exchange.identifiers import new_sid
from exchange.performance import Performance
from exchange.records import RecordingRecord
from exchange.twiml import Document, Verb

DEFAULT_LONGEST = 3600
DEFAULT_SILENCE = 5
LOOK_EVERY = 0.5
SILENCE = ""


async def record(performance: Performance, verb: Verb, document: Document) -> Document | None:
    """Record until a key, silence, the longest time, or a hang-up; then ask the action URL.

    Without sound nobody could speak, and silence does not end a recording.
    """
    call, office = performance.call, performance.office
    call.note("(beep) You can leave a message now.")
    if call.ear is not None and verb.flag("playBeep", default=True):
        await call.ear.hear(Verb("Beep"))
    began = office.clock.now()
    if call.ear is not None:
        call.ear.record()
    try:
        digits = await _until_done(performance, verb)
    except asyncio.CancelledError:
        if call.ending:
            extra = _kept(performance, began) | {"Digits": "hangup", "CallStatus": "completed"}
            _tell_kept(performance, verb, document, extra)
            url = document.resolve(verb.get("action"))
            webhook = Webhook(url, call.params() | extra, verb.get("method", "POST"))
            office.callbacks.tell(call.record.sid, webhook)
        raise
    extra = _kept(performance, began) | {"Digits": digits}
    _tell_kept(performance, verb, document, extra)
    url = document.resolve(verb.get("action"))
    return await performance.request(url, verb.get("method", "POST"), extra)


async def _until_done(performance: Performance, verb: Verb) -> str:
    call = performance.call
    keys = call.listen_for_keys()
    waiting = asyncio.ensure_future(keys.get())
    longest = verb.whole("maxLength", DEFAULT_LONGEST)
    finish = verb.get("finishOnKey", "1234567890*#")
    end = performance.office.clock.now() + longest
    hush = asyncio.ensure_future(_hush(performance, verb, keys))
    try:
        while await performance.office.clock.within(waiting, end - performance.office.clock.now()):
            key = waiting.result()
            if key == SILENCE or key in finish:
                return key
            waiting = asyncio.ensure_future(keys.get())
        return ""
    finally:
        hush.cancel()
        waiting.cancel()
        call.stop_listening()


async def _hush(performance: Performance, verb: Verb, keys: asyncio.Queue[str]) -> None:
    """Press no key, so to speak, when somebody who could speak has said nothing for too long."""
    ear, longest = performance.call.ear, verb.whole("timeout", DEFAULT_SILENCE)
    while ear is not None and longest:
        await performance.office.clock.sleep(LOOK_EVERY)
        if ear.silent_for() >= longest:
            keys.put_nowait(SILENCE)
            return


def _kept(performance: Performance, began: float) -> dict[str, str]:
    office, call = performance.office, performance.call
    length = max(0, round(office.clock.now() - began))
    kept = RecordingRecord(new_sid("RE"), call.record.sid, began, length)
    office.store.save(kept)
    if call.ear is not None:
        office.archive.keep(kept.sid, call.ear.recorded())
    account = office.settings.account_sid
    url = f"{office.own_url}/2010-04-01/Accounts/{account}/Recordings/{kept.sid}"
    return {"RecordingUrl": url, "RecordingSid": kept.sid, "RecordingDuration": str(length)}


def _tell_kept(
    performance: Performance, verb: Verb, document: Document, kept: dict[str, str]
) -> None:
    callback = verb.get("recordingStatusCallback")
    if not callback:
        return
    office, call = performance.office, performance.call
    record = office.store.recordings[kept["RecordingSid"]]
    params = {
        "AccountSid": office.settings.account_sid,
        "CallSid": call.record.sid,
        "RecordingSid": record.sid,
        "RecordingUrl": kept["RecordingUrl"],
        "RecordingStatus": "completed",
        "RecordingDuration": kept["RecordingDuration"],
        "RecordingChannels": "1",
        "RecordingStartTime": rfc2822(record.created) or "",
        "RecordingSource": "RecordVerb",
        "RecordingTrack": "inbound",
    }
    method = verb.get("recordingStatusCallbackMethod", "POST")
    office.callbacks.tell(record.sid, Webhook(document.resolve(callback), params, method))
