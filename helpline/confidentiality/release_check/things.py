"""Things of the world outside: what somebody sees, sleeps in, works at or travels by."""

import re
from collections.abc import Iterator

from helpline.confidentiality.release_check import vocabulary, words
from helpline.confidentiality.release_check.flags import Kind
from helpline.confidentiality.release_check.reach import Found

_WELSH = "+"


def _known() -> Iterator[tuple[str, Kind]]:
    for line in words.lines("things"):
        kind, _, things = line.partition(":")
        for thing in things.removeprefix(_WELSH).split():
            name = thing.replace("_", " ")
            yield name, Kind(kind)
            if things.startswith(_WELSH):
                yield from ((changed, Kind(kind)) for changed in vocabulary.mutated(name))


# What is common for another reason (lan, nawr) is left to the rules that look at what is before.
_THINGS = {
    thing: kind
    for thing, kind in _known()
    if thing not in {"mor", "ward", "lock", "gae", "ffin", "dren"}
}
_ABSTRACT = vocabulary.listed("abstract")
_TOKEN = re.compile(r"[a-z]+(?:[&'\-][a-z]+)*")

# Said of feelings and of life, not of the world.
_IDIOM = re.compile(
    r"\b(?:out of the woods|light at the end of the tunnel|water under the bridge|through the mill"
    r"|burn(?:t|ed|ing)? (?:my|our|your|all my)? ?bridges|build(?:ing)? (?:\w+ )?bridges"
    r"|bridges? too far"
    r"|cross that bridge|over the hill|uphill|all at sea|fish in the sea|at sea|mountains? to climb"
    r"|move mountains|rock the boat|in the same boat|missed the boat|pushed the boat|sea of \w+"
    r"|walk in the park|no picnic|on the (?:right |wrong )?track|off the rails"
    r"|back on (?:the rails|track)"
    r"|train of thought|hit by a (?:bus|train|lorry)|under (?:a|the) bus|that ship has sailed"
    r"|castles? in the (?:air|sky)|down the (?:river|drain|pub)|up the (?:creek|wall)"
    r"|sold down the river"
    r"|in the doghouse|a prison of my own|prison in my head|like a prison|stroke of luck"
    r"|nurs(?:e|ing) (?:a|my|you|him|her)|plain sailing|a fish out of water|sands of time|shore up"
    r"|take the bus|barking|valley of|lighthouse in|safe harbour|my harbour|safe haven|any port in"
    r"|my shelter|take shelter in you|at the crossroads|a crossroads|at a low ebb"
    r"|tip of the iceberg)\b"
)

_STANDS = re.compile(
    r"\b(?:in|at|on|by|inside|outside|under|underneath|behind|above|beside|past|off|facing"
    r"|overlooking"
    r"|beneath|below|along|into|opposite|near|round|across|against|onto|within) "
    r"(?:the|a|an|this|that|some|these|those|one of the|another|our old|your old)"
    r"((?: [a-z'\-]+){1,3})"
)
_SEEN = re.compile(
    r"\b(?:see|hear|pass(?:ed)?|smell|visit|watch|reach|find me|meet me)(?: \w+)? (?:the|your|our"
    r"|nan's|gran's"
    r"|mum's|dad's|a) (?!(?:news|telly|tv|radio|point|truth|future|light|way"
    r"|difference|voice"
    r"|voices|sound|face|faces|photo|posters?|appeal|baby|kids|children|message|doctor|end|mess"
    r"|love"
    r"|world|best|funny|good|pain|hurt|grandkids|dog|cat|smile|laugh|back|old|rest|exam|test|time"
    r"|stars|moon|sun|film|family|look|letter|worst|signs?|whole|bright|bit|words?|story"
    r"|song)\b)[a-z']+"
)
_ARTICLE = re.compile(r"\b(?:in|at) my (?:car|van|tent|cell|dorm|digs|lorry|cab|bedsit|unit)\b")
_WELSH_STANDS = re.compile(
    r"\b(?:mewn|wrth y|wrth yr|ger|ger y|ger yr|yn y|yn yr|ar y|ar yr|o dan y|tu mewn i'r|ar lan"
    r"|o flaen"
    r"|tu fas i'r|yng nghanol y|yng nghanol|golwg i'r|gweld y|gweld yr|clywed y|clywed yr"
    r"|i'r) ([a-z']+)"
)
_WELSH_ABSTRACT = frozenset(
    """
    cariad gariad trafferth poen gwaith hwyliau ffordd iechyd heddwch lle lleoedd bywyd byd nos bore
    dydd ffydd diwedd dechrau canol tawelwch tywyllwch twll iselder dyled amser ysgol hun gilydd
    drws ardd ystafell tŷ ty gegin cegin gwely gwir dyfodol gorffennol pen galon teulu plant tro
    tymer perthynas sefyllfa cyflwr gobaith gofal pryd un hyn llun lluniau haul lleuad ser gwynt
    glaw
    ffon newyddion radio teledu papur llythyr neges llyfr gan unig gwaelod rhai rhain plant lleill
    """.split()  # noqa: SIM905 - reads better
)


def things(text: str) -> Iterator[Found]:
    """Find what stands for a place, wherever it is named or somebody is in, at or by it."""
    idioms = [match.span() for match in _IDIOM.finditer(text)]
    for start, end, kind in _found(text):
        if not any(first < end and start < last for first, last in idioms):
            yield start, end, kind


def _found(text: str) -> Iterator[Found]:  # noqa: C901 - one loop for each way of saying it
    for match in _TOKEN.finditer(text):
        kind = _THINGS.get(vocabulary.bare(match[0]))
        if kind is not None:
            yield *match.span(), kind
    for match in _STANDS.finditer(text):
        named = [word for word in match[1].split() if word != "of"]
        if not any(word.removesuffix("'s") in _ABSTRACT for word in named[:2]):
            yield *match.span(), Kind.nearness
    for pattern in (_SEEN, _ARTICLE):
        for match in pattern.finditer(text):
            yield *match.span(), Kind.nearness
    for match in _WELSH_STANDS.finditer(text):
        if match[1] not in _WELSH_ABSTRACT and len(match[1]) > 2:  # noqa: PLR2004 - a bare letter
            yield *match.span(), Kind.nearness
