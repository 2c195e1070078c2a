"""Record: a message left after the tone. This version keeps its length, and silence for sound."""

import asyncio
import io
import wave

from exchange.callbacks import Webhook
from exchange.clock import rfc2822
from exchange.identifiers import new_sid
from exchange.performance import Performance
from exchange.records import RecordingRecord
from exchange.twiml import Document, Verb

DEFAULT_LONGEST = 3600
RATE = 8000


async def record(performance: Performance, verb: Verb, document: Document) -> Document | None:
    """Record until a key, the longest time, or a hang-up; then ask the action URL.

    Nobody speaks into a handset page, so silence does not end a recording here.
    """
    call, office = performance.call, performance.office
    began = office.clock.now()
    call.note("(beep) You can leave a message now.")
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
    try:
        while await performance.office.clock.within(waiting, end - performance.office.clock.now()):
            if waiting.result() in finish:
                return waiting.result()
            waiting = asyncio.ensure_future(keys.get())
        return ""
    finally:
        waiting.cancel()
        call.stop_listening()


def _kept(performance: Performance, began: float) -> dict[str, str]:
    office, call = performance.office, performance.call
    length = max(0, round(office.clock.now() - began))
    kept = RecordingRecord(new_sid("RE"), call.record.sid, began, length)
    office.store.save(kept)
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


def sound_of(record: RecordingRecord) -> bytes:
    """Give the recording as a WAV file: silence of the right length, one minute at most."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(bytes(2 * RATE * min(record.duration, 60)))
    return file.getvalue()
