"""Say, Play and Pause: how long they take, and how they read as captions."""

from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from exchange.calls import Call
from exchange.fetching import fetch_document
from exchange.office import Office
from exchange.twiml import Document, TwimlError, Verb

WORDS_A_SECOND = 2.5
SECONDS_OF_A_FILE = 10.0
HEARABLE = frozenset({"Say", "Play", "Pause"})
MOST_ROUNDS = 100_000


def seconds_to_say(words: str) -> float:
    return max(1.0, len(words.split()) / WORDS_A_SECOND)


def file_in_words(url: str) -> str:
    """Name a sound file as a caption: "hold-music.mp3" becomes "(hold music)"."""
    name = PurePosixPath(unquote(urlsplit(url).path)).stem.replace("-", " ").replace("_", " ")
    return f"({name})" if name.strip() else "(music)"


async def be_heard(office: Office, call: Call, verb: Verb, heard: set[str] | None = None) -> None:
    """Let the call hear one verb. Names in `heard` were told before and are not repeated."""
    if verb.name == "Pause":
        await office.clock.sleep(max(1, verb.whole("length", 1)))
        return
    rounds = verb.whole("loop", 1) or MOST_ROUNDS
    spoken = verb.name == "Say"
    words = verb.text if spoken else _name_of(verb)
    told = heard if heard is not None else set()
    for _ in range(rounds):
        if spoken or words not in told:
            call.hear(words, "line" if spoken else "note")
        if not spoken:
            told.add(words)
        if call.ear is None or not await call.ear.hear(verb):
            await office.clock.sleep(seconds_to_say(words) if spoken else SECONDS_OF_A_FILE)


def _name_of(verb: Verb) -> str:
    return "(tones)" if verb.get("digits") else file_in_words(verb.text)


async def hold_music(call: Call) -> None:
    """Let somebody hear the exchange's own music until this is cancelled; told once, in words."""
    call.note("(hold music)")
    while call.ear is not None and await call.ear.hear(Verb("Play", {"loop": "1"})):
        pass


async def play_on(
    office: Office, call: Call, where: tuple[str, str], extra: dict[str, str]
) -> None:
    """Play a waiting or holding document, following its redirects, until it runs out.

    It may only hold Say, Play, Pause and Redirect. One that fails leaves silence and is noted.
    """
    heard: set[str] = set()
    for _ in range(MOST_ROUNDS):
        try:
            document = await fetch_document(office, call, where, extra)
        except TwimlError as error:
            office.incidents.note("waiting document failed", f"code {error.code}")
            return
        began = office.clock.now()
        following = await _one_round(office, call, document, heard)
        if following is None:
            return
        where = following
        if office.clock.now() == began:
            await office.clock.sleep(1)


async def _one_round(
    office: Office, call: Call, document: Document, heard: set[str]
) -> tuple[str, str] | None:
    for verb in document.verbs:
        if verb.name == "Redirect":
            return document.resolve(verb.text), verb.get("method", "POST")
        if verb.name in HEARABLE:
            await be_heard(office, call, verb, heard)
        else:
            office.incidents.note("verb not allowed while waiting", verb.name)
    return None
