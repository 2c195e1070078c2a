"""The interpreter: follows a document verb by verb until the call is over."""

from collections.abc import Awaitable, Callable

from exchange.calls import Call, Source
from exchange.dialling import dial
from exchange.gathering import gather
from exchange.performance import ApplicationFailedError, CallOverError, Performance
from exchange.spoken import HEARABLE, be_heard, seconds_to_say
from exchange.twiml import Document, Verb
from exchange.voicemail import record

SORRY = "We are sorry, an application error has occurred. Goodbye."
MOST_DOCUMENTS_AT_ONCE = 50
_REJECTED_AS = {"busy": "busy", "rejected": "failed"}


async def _redirect(performance: Performance, verb: Verb, document: Document) -> Document:
    url = document.resolve(verb.text)
    return await performance.request(url, verb.get("method", "POST"), {})


async def _hang_up(_performance: Performance, _verb: Verb, _document: Document) -> None:
    raise CallOverError


async def _reject(performance: Performance, verb: Verb, _document: Document) -> None:
    if performance.call.record.answered is None:
        performance.call.refused_as = _REJECTED_AS.get(verb.get("reason", "rejected"), "failed")
    raise CallOverError


async def _hear(performance: Performance, verb: Verb, _document: Document) -> None:
    await be_heard(performance.office, performance.call, verb)


Step = Callable[[Performance, Verb, Document], Awaitable[Document | None]]
_STEPS: dict[str, Step] = {
    "Redirect": _redirect,
    "Hangup": _hang_up,
    "Reject": _reject,
    "Gather": gather,
    "Dial": dial,
    "Record": record,
    **dict.fromkeys(HEARABLE, _hear),
}
_UNANSWERED = frozenset({"Reject", "Redirect"})


async def follow(performance: Performance, source: Source) -> None:
    """Follow instructions to their end; the call is to be hung up afterwards."""
    call = performance.call
    try:
        document: Document | None = await performance.obtain(source)
        at_once, moment = 0, performance.office.clock.now()
        while document is not None:
            document = await _follow_one(performance, document)
            now = performance.office.clock.now()
            at_once, moment = (at_once + 1 if now == moment else 0), now
            _refuse_endless(performance, at_once)
        call.record.because = call.record.because or "The call has ended."
    except CallOverError:
        call.record.because = "The helpline ended the call."
    except ApplicationFailedError:
        await _apologise(performance, call)


def _refuse_endless(performance: Performance, documents: int) -> None:
    """Stop instructions that lead in a circle and take no time."""
    if documents > MOST_DOCUMENTS_AT_ONCE:
        performance.office.incidents.note("endless instructions", "no verb takes time")
        raise ApplicationFailedError


async def _apologise(performance: Performance, call: Call) -> None:
    call.answer()
    call.hear(SORRY)
    await performance.office.clock.sleep(seconds_to_say(SORRY))
    call.record.because = "The call failed."


async def _follow_one(performance: Performance, document: Document) -> Document | None:
    """Follow one document; give the one that replaces it, or None at its end."""
    for verb in document.verbs:
        step = _STEPS.get(verb.name)
        if step is None:
            performance.office.incidents.note("verb not known", verb.name)
            continue
        if verb.name not in _UNANSWERED:
            performance.call.answer()
        following = await step(performance, verb, document)
        if following is not None:
            return following
    return None
