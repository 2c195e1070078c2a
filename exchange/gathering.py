"""Gather: prompts that can be cut short, and the keys that cut them."""

import asyncio
from dataclasses import dataclass

from exchange.performance import Performance
from exchange.spoken import HEARABLE, be_heard
from exchange.twiml import Document, Verb

DEFAULT_TIMEOUT = 5
UNLIMITED = 10_000


@dataclass(frozen=True, slots=True)
class Rules:
    most: int
    seconds: int
    finish: str


@dataclass(frozen=True, slots=True)
class Pressed:
    digits: str
    finished_on: str


async def gather(performance: Performance, verb: Verb, document: Document) -> Document | None:
    """Collect keys and ask the action URL, or go on when nobody pressed anything."""
    finish = verb.get("finishOnKey", "#")
    rules = Rules(
        most=verb.whole("numDigits", UNLIMITED) or UNLIMITED,
        seconds=verb.whole("timeout", DEFAULT_TIMEOUT),
        finish=finish,
    )
    pressed = await _collect(performance, verb, rules)
    if not pressed.digits and not verb.flag("actionOnEmptyResult", default=False):
        return None
    extra = {"Digits": pressed.digits, "FinishedOnKey": pressed.finished_on, "msg": "Gather End"}
    url = document.resolve(verb.get("action"))
    return await performance.request(url, verb.get("method", "POST"), extra)


async def _collect(performance: Performance, verb: Verb, rules: Rules) -> Pressed:
    call = performance.call
    keys = call.listen_for_keys()
    first = asyncio.ensure_future(keys.get())
    prompts = asyncio.ensure_future(_prompt(performance, verb))
    try:
        await asyncio.wait({first, prompts}, return_when=asyncio.FIRST_COMPLETED)
        prompts.cancel()
        return await _digits(performance, keys, first, rules)
    finally:
        prompts.cancel()
        first.cancel()
        call.stop_listening()


async def _prompt(performance: Performance, verb: Verb) -> None:
    for child in verb.children:
        if child.name in HEARABLE:
            await be_heard(performance.office, performance.call, child)


async def _digits(
    performance: Performance,
    keys: asyncio.Queue[str],
    first: "asyncio.Future[str]",
    rules: Rules,
) -> Pressed:
    digits, waiting = "", first
    while True:
        if not await performance.office.clock.within(waiting, rules.seconds):
            waiting.cancel()
            return Pressed(digits, "")
        key = waiting.result()
        if rules.finish and key in rules.finish:
            return Pressed(digits, key)
        digits += key
        if len(digits) >= rules.most:
            return Pressed(digits, "")
        waiting = asyncio.ensure_future(keys.get())
