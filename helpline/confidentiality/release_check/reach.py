"""What lets somebody reach or recognise a person from afar: numbers, addresses, accounts."""

import re
from collections.abc import Iterator

from helpline.confidentiality.release_check.digits import Run
from helpline.confidentiality.release_check.flags import Kind

Found = tuple[int, int, Kind]

_LONG = 7  # digits: a local number
_PART_OF_ONE = 5  # digits: half a mobile number
_A_CODE = 3  # figures: an extension, a door, an hour as the army writes it
_AFTER_A_CUE = 2
_CUE = re.compile(
    r"(?:\bend(?:s|ing)?(?: in| with| is)?|\bext(?:ension)?(?: is)?|\b(?:last|first) \w+ (?:for"
    r"|with|to|are)|\blast (?:\w+ )?(?:digits?|numbers?|figures?|bit)"
    r"|\b(?:new |my )?(?:number|numbr|num|no|code|pin|digits)(?: is| ends(?: in)?| now|'s|:| =)+"
    r"|\b(?:phone|ring|call|txt|text|ffonia|galwa|tecstia)(?: me)?(?: fi)?(?: on| ar)\b"
    r"|\b(?:yr? |'r )?rhif(?: yw| ydi|:)|\bolaf\b.{0,20}\bi|\bsort(?: code)?"
    r"|\baccount(?: no| number)?"
    r"|\bpassport(?: no| number)?)\W{0,3}(?:still |now |is |yw |ydi )*$"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_MONEY = re.compile(r"£\s?$")
_SHARE = re.compile(
    r" ?(?:%|(?<=24)/7\b|(?<=50)/50\b|(?<=24/7)(?!\d)|(?<=50/50)(?!\d)"
    r"|percent|per cent|quid|pounds)"
)
_WORDS_ABOUT_NUMBERS = re.compile(
    r"\b(?:same|old|usual|other) (?:phone |mobile )?(?:number|mobile|mob|phone no)\b"
)


def numbers(text: str, runs: list[Run]) -> Iterator[Found]:
    """Find telephone numbers and other long numbers, and parts of them where words say so."""
    for run in runs:
        length = len(run.digits)
        before = text[max(0, run.start - 40) : run.start]
        if length < _LONG and _is_an_amount(before, text[run.end : run.end + 7]):
            continue
        enough = length >= _LONG and run.sure >= _PART_OF_ONE
        part = run.sure >= _PART_OF_ONE and (run.figures or length >= _PART_OF_ONE + 1)
        code = run.figures and length >= _A_CODE and not _YEAR.fullmatch(run.digits)
        told = length >= _AFTER_A_CUE and _CUE.search(before)
        if enough or part or code or told:
            yield run.start, run.end, Kind.number
    for match in _WORDS_ABOUT_NUMBERS.finditer(text):
        yield *match.span(), Kind.number
    yield from _scattered(text)


def _is_an_amount(before: str, after: str) -> bool:
    return bool(_MONEY.search(before) or _SHARE.match(after))


def _scattered(text: str) -> Iterator[Found]:
    """Find a number dealt out over the message, a few figures at a time."""
    figures = [match.span() for match in re.finditer(r"\d{2,}", text)]
    if sum(end - start for start, end in figures) > _LONG + 1:
        for start, end in figures:
            yield start, end, Kind.number


_NET = (
    r"(?:com|org|net|info|biz|co ?\. ?uk|uk|cymru|wales|scot|london|eu|ie|online|app|dev|blog|site)"
)
_NET_SPOKEN = r"(?:com|org|net|info|co dot uk|uk|cymru|wales|me|ie|eu|io|app)"
_MAIL_HOUSES = (
    r"(?:gmail|googlemail|hotmail|outlook|yahoo|ymail|icloud|proton(?:mail)?|aol|btinternet"
    r"|sky(?:mail)?|msn|talktalk|live\.co|me\.com)"
)
_DOT = r"\s*(?:\.|\(dot\)|\[dot\]|\bdot\b|\bpunto\b|\bsmotyn\b|\bdotcom\b|\bpoint\b)\s*"
_AT = r"(?:@|\(at\)|\[at\]|\{at\}|<at>|\barroba\b|\bat\b|\bmalwen\b)"
_E_MAIL = re.compile(
    rf"[\w.+\-]*\w\s?@\s?\w[\w\-]*(?:\s?\.\s?\w+)+"
    rf"|(?:\S+\s+)?{_AT}\s*\w[\w\-]*(?:{_DOT}[a-z]{{2,}})*{_DOT}{_NET_SPOKEN}\b"
    r"|[a-z0-9]\S* ?@ ?[a-z0-9]\S*"
    rf"|\S+\s*{_AT}\s*{_MAIL_HOUSES}\b"
    r"|\b(?:e-?mail|e-?bost)(?: address)?(?: is| yw| ydi|:)\s*\S+"
    r"|\b(?:\w+ )(?:underscore|tanlinell) \w+"
)
_WEB = re.compile(
    r"\b(?:https?|hxxps?|ftp|sftp)\s?:\s?/+\s?\S+"
    r"|\bw ?w ?w ?(?:\.| dot | smotyn )\s?\S+"
    rf"|\b[a-z0-9][a-z0-9\-]*(?:\.[a-z0-9\-]+)*\.{_NET}\b(?:/\S*)?"
    r"|\b(?:\w+ )?[a-z0-9\-]+(?: dot [a-z0-9\-]+)* (?:dot|smotyn) "
    r"(?:com|org|net|co|uk|cymru|wales)\b(?: slash \w+)*"
    r"|\b(?:bit\.ly|tinyurl|youtu\.be|t\.co|goo\.gl|linktr\.ee|is\.gd|ow\.ly|wa\.me|fb\.me|t\.me"
    r"|discord\.gg)\S*"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b\S*"
    r"|\b[a-z0-9\-]{2,}(?:\.[a-z0-9\-]+)+/[\w\-./?=&%]+"
    r"|\b(?:google|search(?: for)?) (?:my name|me|for me)\b"
)
_MAPS = re.compile(r"\bmaps?\b|goo\.gl|w3w|what3words|openstreetmap|osm\.|waze|plus\.codes|\?q=")


def addresses(text: str) -> Iterator[Found]:
    """Find e-mail and web addresses, written or spelled out."""
    for match in _E_MAIL.finditer(text):
        yield *match.span(), Kind.e_mail
    for match in _WEB.finditer(text):
        kind = Kind.map_reference if _MAPS.search(match[0]) else Kind.web_address
        yield *match.span(), kind


_NETWORK = (
    r"(?:snap(?:chat)?|insta(?:gram)?|ig|telegram|what'?s ?app|wot'?s ?app|watsapp|facebook|fb"
    r"|messenger|discord|tik ?tok|twitter|reddit|kik|skype|xbox(?: live)?|psn|playstation|steam"
    r"|roblox|fortnite|minecraft|bluesky|mastodon|tumblr|linkedin|onlyfans|vinted|ebay|tinder"
    r"|grindr|hinge|bumble|wechat|viber|threads|youtube|spotify|strava)"
)
_ACCOUNT = re.compile(
    r"(?<![\w.])@[a-z0-9_][a-z0-9_.]{2,}"
    r"|\b[a-z0-9.]+#\d{3,5}\b"
    r"|\b[a-z][a-z0-9]*_[a-z0-9_]+\b"
    rf"|\b{_NETWORK}(?: (?:name|account|profile|page|handle|user ?name|id))?\s?"
    r"(?::|=|-|under|as|is|it'?s|yw|ydi|dan yr enw|,)+\s?[^.!?\n]{3,40}"
    rf"|\b(?:i'?m|im|my|me|now|again|dwi|dw i|fy|find me|look|new|chat|talk|here) "
    rf"(?:up )?(?:on |ar |over |under |via )?(?:{_NETWORK})\b[^.!?\n]{{0,40}}"
    r"|\b(?:gamer ?tag|user ?name|enw defnyddiwr|screen ?name|handle)\b[^.!?\n]{0,40}"
    rf"|\b(?:find|add|look|search|message|pm|dm|follow|hmu|hit me up)\b[^.!?\n]{{0,30}}"
    rf"\b{_NETWORK}\b"
    r"[^.!?\n]{0,40}"
)
_VEHICLE = re.compile(
    r"\b[a-z]{2} ?\d{2} ?[a-z]{3}\b"
    r"|\b(?:number ?plate|reg(?:istration)?(?: (?:no|number|plate))?|rhif cofrestru)\b"
    r"[^.!?\n]{0,20}"
    r"|\b(?:red|blue|white|black|green|silver|grey|yellow) "
    r"(?:van|car|camper|lorry|transit|motorbike)\b"
)


def accounts(text: str) -> Iterator[Found]:
    """Find names on networks and games, and vehicles that can be recognised."""
    for match in _ACCOUNT.finditer(text):
        yield *match.span(), Kind.account
    for match in _VEHICLE.finditer(text):
        yield *match.span(), Kind.vehicle
