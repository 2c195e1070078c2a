"""Exact points: postcodes, maps and grids, three words."""

import re
from collections.abc import Iterator

from helpline.confidentiality.release_check.flags import Kind
from helpline.confidentiality.release_check.reach import Found

# The letters that postcodes begin with. Source: Royal Mail's postcode areas.
_AREA = (
    r"(?:ab|al|b|ba|bb|bd|bh|bl|bn|br|bs|bt|ca|cb|cf|ch|cm|co|cr|ct|cv|cw|da|dd|de|dg|dh|dl|dn|dt"
    r"|dy|e|ec|eh|en|ex|fk|fy|g|gl|gu|gy|ha|hd|hg|hp|hr|hs|hu|hx|ig|im|ip|iv|ka|kt|kw|ky|l|la|ld"
    r"|le|ll|ln|ls|lu|m|me|mk|ml|n|ne|ng|nn|np|nr|nw|ol|ox|pa|pe|ph|pl|po|pr|rg|rh|rm|s|sa|se|sg"
    r"|sk|sl|sm|sn|so|sp|sr|ss|st|sw|sy|ta|td|tf|tn|tq|tr|ts|tw|ub|w|wa|wc|wd|wf|wn|wr|ws|wv|yo|ze"
    r"|je)"
)
_GAP = r"[\s.|,_\-/]{0,3}"
_ORDINAL = r"(?!1st\b|2nd\b|3rd\b|[04-9]th\b)"
_IN_FULL = re.compile(
    rf"\b{_AREA}\.?\d[\da-z]?{_GAP}{_ORDINAL}\d\.?[abd-hjlnp-uw-z]\.?[abd-hjlnp-uw-z]\b"
)
_FIRST_HALF = re.compile(
    rf"(?:\b(?:in|into|to|from|around|round|near|somewhere in|area|yn|ym|yng|at|over in|live|am)"
    rf" (?:the )?)({_AREA} ?\d{{1,2}}[a-z]?)\b(?! ?(?:day|week|month|year|min|hour|hr|of|u|me"
    rf"|the)s?\b)"
    rf"|\b({_AREA}\d{{1,2}}[a-z]?) (?:way|area|side|now|somewhere|ends|postcode|bit)\b"
)
_TEXTED = {"m8", "b4", "l8", "w8", "h8", "g8", "e1", "n1", "b1", "s1", "l8r", "b2b"}
_CAPITALS = re.compile(r"\b(?:[A-Z]{1,2}\d{1,2}[A-Z]?)\b")
_AREA_ALONE = re.compile(r"\b([A-Z]{1,2}) (?:area|bit|postcode|side|end)\b")
_WORD_FOR_IT = re.compile(
    r"\b(?:post ?codes?|zip ?codes?|cod(?:au)? post|god post)\b(?:[^.!?\n]{0,35})"
)
_SPELLED = re.compile(
    rf"\b{_AREA} (?:\d|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen)"
    r"(?: (?:\d|one|two|three|four|five|six|seven|eight|nine|zero|oh))"
    r" (?:zed|zee|[a-z]{1,2})\b(?: ?(?:zed|zee|[a-z])\b)?"
)

_NUMBER = r"-?\d{1,3}\.\d{2,}"
_WEST = r"(?:\s*[nsew]\b|\s*°\s*[nsew]?)?"
_MAP = re.compile(
    rf"{_NUMBER}{_WEST}\s*[,;/ ]\s*(?:and |long(?:itude)? |by )?{_NUMBER}{_WEST}"
    r"|\d{1,3}\s*(?:°|degrees?|deg|gradd)[^.!?\n]{0,60}"
    r"|\b(?:lat|latitude|long|longitude|lledred|hydred)\b\W{0,3}-?\d[\d.]*"
    r"|\b[hnost][a-hj-z] ?(?:\d{3} ?\d{3}|\d{4} ?\d{4}|\d{5} ?\d{5}|\d{2} ?\d{2})\b"
    r"|\b(?:grid ref(?:erence)?|cyfeirnod(?: grid)?|os ref|map ref(?:erence)?|plus code"
    r"|co-?ord(?:inate)?s"
    r"|cyfesurynnau|geocache)\b[^.!?\n]{0,40}"
    r"|\b(?:drop(?:ped|ping)?|sent?|sending|share[ds]?|here'?s)(?: (?:you|u|a|the|my|mum|them))* "
    r"(?:pin|location|live location|whereabouts)\b"
    r"|\b[23456789cfghjmpqrvwx]{4,8}\+[23456789cfghjmpqrvwx]{2,3}\b"
    r"|\bgeo:\S+"
    r"|\b(?:\w+ ){1,2}point(?: (?:oh|zero|one|two|three|four|five|six|seven|eight|nine|nought"
    r"|o)){2,}"
    r"|\bpwynt(?: (?:dim|un|dau|tri|pedwar|pump|chwech|saith|wyth|naw)){2,}"
)

_THREE = re.compile(
    r"//+ ?[a-z]+(?:[ ./,]+[a-z]+){0,2}"
    r"|(?<![\w.@/])[a-z]{3,}(?:\.[a-z]{3,}){2}(?![\w@.]*@|\.\w)"
    r"|(?<![\w.])[a-z]{3,} \. ?[a-z]{3,} \. ?[a-z]{3,}\b"
    r"|\b[a-z]{3,} (?:dot|smotyn) [a-z]{3,} (?:dot|smotyn) [a-z]{3,}\b"
    r"|\b(?:what ?(?:3|three) ?words|w3w|what 3|(?:my |the |these |our )?(?:three|3) words"
    r"|tri gair|y tri gair|the words are|three word app"
    r"|3 word app)\b[^.!?\n]{0,12}[:= ]+[^!?\n]{5,40}"
)
_NOT_WORDS = re.compile(r"^www|\.(?:com|org|net|uk|co)\b")


def points(text: str, cased: str) -> Iterator[Found]:
    """Find what names an exact point on a map."""
    for match in _MAP.finditer(text):
        yield *match.span(), Kind.map_reference
    for match in _THREE.finditer(text):
        if not _NOT_WORDS.search(match[0]):
            yield *match.span(), Kind.what3words
    yield from _postcodes(text, cased)


def _postcodes(text: str, cased: str) -> Iterator[Found]:
    for pattern in (_IN_FULL, _WORD_FOR_IT, _SPELLED):
        for match in pattern.finditer(text):
            yield *match.span(), Kind.postcode
    for match in _FIRST_HALF.finditer(text):
        group = 1 if match[1] else 2
        if match[group] not in _TEXTED:
            yield *match.span(group), Kind.postcode
    for match in _AREA_ALONE.finditer(cased):
        yield *match.span(), Kind.postcode
    area = re.compile(rf"{_AREA}\d{{1,2}}[a-z]?")
    for match in _CAPITALS.finditer(cased):
        lower = match[0].lower()
        if area.fullmatch(lower) and lower not in _TEXTED:
            yield *match.span(), Kind.postcode
