"""Names of places and of people: those on the lists, and those that only look like names."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from helpline.confidentiality.release_check import vocabulary
from helpline.confidentiality.release_check.flags import Kind
from helpline.confidentiality.release_check.reach import Found
from helpline.confidentiality.release_check.reading import Reading
from helpline.confidentiality.release_check.vocabulary import is_common

_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)*")
_BETWEEN = re.compile(r"[ \-]{1,3}")
_STARTS_ANEW = re.compile(r"(?:^|[.!?:;\n\">(*~])[\s\"'(*~]*$")
_SHOUTED = 0.6  # of the words: so many capitals say nothing
_FEW = 3  # words
_SHORTEST = 4  # letters of a word that is on no list


@dataclass(frozen=True)
class Token:
    """One word: as the lists have it, where it stands, and how it is written."""

    word: str
    start: int
    end: int
    cased: str
    first: bool
    """Whether a sentence begins with it."""

    @property
    def capital(self) -> bool:
        return self.cased[0].isupper() and self.cased[1:2].islower()

    @property
    def capitals(self) -> bool:
        return len(self.cased) > 1 and self.cased.isupper()


@dataclass(frozen=True)
class Sentence:
    """The words of a message, and whether its capitals mean anything."""

    text: str
    tokens: tuple[Token, ...]
    capitals_count: bool
    agreed: frozenset[str]

    def before(self, token: Token) -> str:
        return self.text[max(0, token.start - 40) : token.start]

    def after(self, token: Token) -> str:
        return self.text[token.end : token.end + 25]


def taken_apart(reading: Reading, agreed: frozenset[str]) -> Sentence:
    """Take a reading apart into words. `agreed` are names that may be said."""
    tokens = []
    for match in _TOKEN.finditer(reading.text):
        end = match.end() - 2 if match[0].endswith("'s") else match.end()
        cased = reading.cased[match.start() : end]
        first = bool(_STARTS_ANEW.search(reading.text[max(0, match.start() - 5) : match.start()]))
        word = reading.text[match.start() : end].replace("'", "")
        tokens.append(Token(word, match.start(), end, cased, first))
    written = [token for token in tokens if token.word != "i"]
    capitals = sum(token.cased[:1].isupper() for token in written)
    count = len(written) < _FEW or capitals < _SHOUTED * len(written)
    names = frozenset(word for name in agreed for word in vocabulary.bare(name).split())
    return Sentence(reading.text, tuple(tokens), count, names)


_AT = re.compile(
    r"\b(?:in|at|near|nr|to|from|round|around|outside|of|through|via|reach(?:ed)?|visit(?:ing)?"
    r"|towards?|called|across|leave|left|love|like|yn|yng|ym|i|o|ger|am|dros|lawr|lan"
    r"|fyny) (?:the )?$"
)
_SURELY_AT = re.compile(
    r"\b(?:i'?m|am|liv(?:e|ed|es|ing|in)|stay(?:ed|s|ing|in)?|moved|moving|gone|went|get|got|room"
    r"|flat|bed|bedsit|house|home|back|work(?:s|ing|in)?|job|somewhere|down|up|over|out|round|here"
    r"|been|was|train|bus|coach|off|sleep(?:s|ing|in)?|settled|ended up)(?: \w+)?"
    r" (?:in|at|from|near|around|round|outside) $"
    r"|\b(?:moved|moving|gone|went|train|bus|coach|back|over|down|up|come|travelled) to $"
)
_GOES_ON = re.compile(r"^ (?:of|for|that|it|a|an|the|this|my|your|about|with you|love)\b")
_IDIOMS = {"hope", "law", "over", "trim", "need", "send", "settle", "stock", "reading glasses"}


def places(sentence: Sentence) -> Iterator[Found]:
    """Find the names of places, also with a letter wrong, and after a cue those that mean more."""
    tokens = sentence.tokens
    skip = 0
    for i, token in enumerate(tokens):
        if i < skip:
            continue
        length = _longest_place(sentence, i)
        if length:
            skip = i + length
            yield token.start, tokens[skip - 1].end, Kind.place
        elif _place_by_its_cue(sentence, token) or _nearly(token, sentence):
            yield token.start, token.end, Kind.place


def _longest_place(sentence: Sentence, i: int) -> int:
    """Say how many words from the i-th on name a place; 0 if they don't."""
    tokens = sentence.tokens[i : i + vocabulary.LONGEST_PLACE]
    for length in range(len(tokens), 0, -1):
        part = tokens[:length]
        name = " ".join(token.word for token in part)
        if name in vocabulary.PLACES and _stand_together(sentence.text, part):
            return 0 if length == 1 and name in sentence.agreed else length
    return 0


def _stand_together(text: str, tokens: tuple[Token, ...]) -> bool:
    return all(
        _BETWEEN.fullmatch(text[one.end : other.start]) for one, other in itertools.pairwise(tokens)
    )


def _place_by_its_cue(sentence: Sentence, token: Token) -> bool:
    if token.word not in vocabulary.PLACES_WITH_MORE_MEANINGS or token.word in sentence.agreed:
        return False
    before = sentence.before(token)
    if token.capital and sentence.capitals_count and not token.first:
        return bool(_AT.search(before))
    sure = bool(_SURELY_AT.search(before)) and token.word not in _IDIOMS
    return sure and not _GOES_ON.search(sentence.after(token))


def _nearly(token: Token, sentence: Sentence) -> bool:
    if is_common(token.word) or token.word in vocabulary.NAMES | sentence.agreed:
        return False
    return vocabulary.is_nearly_a_place(token.word)


_AT_UNKNOWN = re.compile(
    r"\b(?:in|near|nr|outside|around) $|\b(?:from|at) $|\b(?:moved|gone|went|moving|train|bus) to $"
    r"|\b(?:village|town|place|hamlet|city|pentref|tref|lle|ynys|farm)(?: \w+)? (?:called|named"
    r"|enw|is) $"
)
_DOES = re.compile(
    r"^(?:'s|,)? (?:is|are|was|were|says|said|has|had|got|gave|gives|helps|helped|lets?|lent|took"
    r"|takes"
    r"|knows?|looks?|looked|found|made|drops?|drove|picks?|picked|came|comes|sy'?n|sydd|yn|yw|ydi"
    r"|and|n|and me|from work|from|wants?|makes?|stays?|lives?|paid|pays|brought|hurts?|hit"
    r"|bought)\b"
)


def looks_like_names(sentence: Sentence) -> Iterator[Found]:
    """Find words on no list that are written, or stand, as names do."""
    for token in sentence.tokens:
        if token.word in sentence.agreed | vocabulary.NOT_NAMES or is_common(token.word):
            continue
        if len(token.word) < _SHORTEST - 1:
            continue
        if _AT_UNKNOWN.search(sentence.before(token)) and len(token.word) >= _SHORTEST:
            yield token.start, token.end, Kind.place
        elif not sentence.capitals_count:
            continue
        elif token.capitals or (token.capital and _stands_as_a_name(sentence, token)):
            yield token.start, token.end, Kind.name_not_agreed


def _stands_as_a_name(sentence: Sentence, token: Token) -> bool:
    """Ask more of a capital that begins a sentence: it needs `is`, `has`, `lent` behind it."""
    return not token.first or bool(_DOES.search(sentence.after(token)))


_VIRTUES = {"hope", "joy", "grace", "faith", "patience", "destiny", "may", "eve", "dawn", "love"}
_WITH = re.compile(
    r"\b(?:wiv|with|mate|friend|partner|boyfriend|girlfriend|bf|gf|fella|husband|brother|sister"
    r"|uncle|auntie|aunty|aunt|cousin|ask|tell|met|and me n|n|efo|gyda|gofyn i|hefo|ffrind"
    r"|social worker|key worker|worker|named|called|call me|calls me|name is|name's|i'm|go by) $"
)
_SURELY_WHO = re.compile(
    r"\b(?:mate|friend|boyfriend|girlfriend|bf|gf|uncle|auntie|aunty|aunt|named|called|call me"
    r"|name is|name's|go by) $"
)
_TITLE = re.compile(
    r"\b(?:mr|mrs|ms|dr|pc|dc|sgt|rev|fr)\.? $"
    r"|\b(?:miss|doctor|father|sister|brother|sergeant|nurse|uncle|auntie|aunty|aunt|anti|wncwl"
    r"|reverend|pastor|imam|rabbi|cousin|officer|detective|inspector|professor|sir|lady) $"
)
_TITLE_ALONE = re.compile(r"\b(?:mr|mrs|ms|dr|pc|dc|sgt|rev|fr)\.? $")
_CALLED = re.compile(
    r"\b(?:(?:i|they|he|she|people|everyone) (?:call|calls|named?) me|my (?:new )?name(?:'s| is)"
    r"|i go by|(?:is|was|are) called|named|known as|fy enw i(?: yw| ydi)?|enw i ydi|o'r enw) $"
)


def people(sentence: Sentence) -> Iterator[Found]:
    """Find names of people that were not agreed."""
    for token in sentence.tokens:
        if token.word in sentence.agreed:
            continue
        if _names_somebody(sentence, token):
            yield token.start, token.end, Kind.name_not_agreed


def _names_somebody(sentence: Sentence, token: Token) -> bool:
    before = sentence.before(token)
    if token.word in vocabulary.NAMES:
        return True
    if _TITLE_ALONE.search(before):
        return True
    capital = token.capital and sentence.capitals_count
    if token.word in vocabulary.NAMES_WITH_MORE_MEANINGS:
        return _means_the_name(sentence, token, before, capital=capital)
    unknown = not is_common(token.word) and token.word not in vocabulary.NOT_NAMES
    if _TITLE.search(before):
        return capital and token.word not in vocabulary.NOT_NAMES
    return bool(_CALLED.search(before)) and (unknown or capital)


def _means_the_name(sentence: Sentence, token: Token, before: str, *, capital: bool) -> bool:
    if capital and not token.first:
        return True
    if _SURELY_WHO.search(before):
        return True
    if token.word in _VIRTUES:
        return False
    if capital and token.first:
        return token.word != "will" and bool(_DOES.search(sentence.after(token)))
    return bool(_WITH.search(before)) and not _GOES_ON.search(sentence.after(token))
