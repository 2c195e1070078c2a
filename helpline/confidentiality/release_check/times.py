"""Times, days and dates: when somebody is where, or comes, or goes."""

import re
from collections.abc import Iterator

from helpline.confidentiality.release_check.flags import Kind
from helpline.confidentiality.release_check.reach import Found

_HOUR = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon|midday|mid ?nite"
    r"|midnight"
    r"|dinner ?time|lunch ?time|tea ?time|closing time|dawn|dusk|sunrise|sunset)"
)
_DAY = (
    r"(?:mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?|tues|thurs?|weds?"
    r"|mon|tue|fri|sat|sun)"
)
_FULL_DAY = (
    r"(?:mon|tues?|wednes|weds|thurs|fri|satur|sun)days?|tuesdy|wensday|wednsday|thursdy|saterday"
    r"|fryday"
)
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|apr"
    r"|aug|sept?|oct|nov|dec)"
)
_TIME = re.compile(
    r"\b(?:week(?:end|day)s?|w/?k ?ends?|wknds?|mon|tues?|weds?|thurs?|fortnights?|arvo|nxt \w+"
    r"|lst (?:week|wk|nite))\b"
    r"|\b(?:this|tomorrow|2moz|tmrw) (?:aft|avo|pm|am|eve)\b|\b(?:end|start|beginning|middle"
    r"|back end) of (?:the |this |next )?"
    r"(?:month|week|year|summer|winter|autumn|spring|term)\b|\bon (?:my|your|ur|his|her"
    r"|\w+'s) birthday\b"
    r"|\b(?:at|after|before|by|come|since|until|till) (?:xmas|christmas|easter|new year|nadolig"
    r"|pasg|eid|ramadan|diwali)\b|"
    ""
    r"\b\d{1,2}(?:[:.]\d{2})? ?(?:am|pm|a\.m|p\.m|o'? ?clock|hrs|hours sharp|ish)\b"
    r"|\b\d{1,2}[:.][0-5]\d\b"
    r"|\b[0-2]\d[0-5]\d ?(?:hrs|hours)\b|\b(?:\w+|\d{1,2}) o'? ?clock\b"
    rf"|\b(?:half|quarter|\d+|five|ten|twenty)(?: (?:past|to|after|2))? (?:past|to|gone|after"
    rf"|b4) (?:\d{{1,2}}|{_HOUR})\b"
    rf"|\b(?:at|by|till|til|until|before|after|from|around|about|bout|gone|b4|@) (?:about |half "
    rf"|around )*"
    rf"(?:\d{{1,2}}(?:[.:]\d\d)?(?! ?(?:%|years|months|weeks|stone|days|of|kids|people))\b"
    rf"|{_HOUR}\b(?! of| day| or two| time))"
    rf"|\bhalf (?:past )?(?:\d{{1,2}}|{_HOUR})\b(?! of)"
    rf"|\b(?:at|by|@) (?:{_HOUR})\b(?! of| point| time| o)"
    rf"|\b(?:on|till|til|until|by|since|before|after|from|next|last|this|every|come|see (?:you|u)"
    rf"|fri|early|late"
    rf"|first thing) {_DAY}\b"
    rf"|(?<!\ba )\b{_FULL_DAY}\b(?! (?:roast|best|lunch|dinner|school))"
    r"|\b(?:mon|tues?|weds?|thurs?|fri|sat|sun) (?:morning|night|nite|eve|evening|afternoon|to"
    r"|til+|am|pm)\b"
    r"|\b(?:to|2) ?(?:day|morrow|moro|moz|mora|night|nite|nyt)\b(?! (?:i (?:feel|am thinking"
    r"|cried)))"
    r"|\b(?:2mo?rr?ow?|2moz|tomorow|tommorr?ow|tmrw?|tmro|tomoz|tomo|2nite|2nyt|2night|tonite"
    r"|2day)\b"
    r"|\byesterday\b|\bthe other (?:day|night)\b|\b(?:this|that|last|tomorrow|next"
    r"|all) (?:morning|afternoon|evening|weekend|wkend)\b"
    r"|\b(?:next|last|this|following) (?:week|month|weekend|wk|year|summer|winter|spring|autumn"
    r"|term)\b"
    r"|\blast night\b|\bthis time (?:next|tomorrow)\b"
    r"|\bin (?:an?|one|two|three|four|five|six|ten|a few|half an|a couple of|\d+) "
    r"(?:secs?|mins?|minutes?|hours?|hrs?|days?|days' time|weeks?|wks?|months?)\b(?: time)?"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH}\b|\b{_MONTH} (?:the )?\d{{1,2}}(?:st|nd|rd"
    rf"|th)?\b"
    rf"|\b(?:in|since|until|till|til|by|before|after|from|this|next|last|early|late|mid) {_MONTH}\b"
    rf"|\b(?:the|on the|until the|till the) \d{{1,2}}(?:st|nd|rd|th)\b(?! (?:time|birthday|hug))"
    r"|\bon the (?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\w+teenth"
    r"|twentieth|twenty \w+)\b"
    r"|\b\d{1,2}[/.\-]\d{1,2}(?:[/.\-]\d{2,4})\b|\b\d{4}-\d{2}-\d{2}\b|\b(?:3[01]"
    r"|[12]?\d)/(?:1[0-2]|0?[1-9])\b(?! ?0)"
    r"|\b(?:christmas|xmas|new year'?s?) (?:eve|day)\b|\bboxing day\b|\bbank holiday\b"
    r"|\bbonfire night\b"
    r"|\bhalloween\b|\bgood friday\b|\beaster (?:monday|sunday)\b|\bnos galan\b|\bnoswyl nadolig\b"
    r"|\bfor (?:\w+ )?(?:more|another) (?:\w+ )?(?:days?|nights?|weeks?|hours?)\b"
    r"|\bfor (?:the |another )?(?:next |\d+ |two |three |four |five |a few )(?:more )?(?:nights?"
    r"|days?|hours?|weeks)\b"
    r"|\b(?:finish|start|knock off|clock off|clock on|get paid|check[ -]?out|check[ -]?in"
    r"|shift ends) (?:at|on|by)\b"
    r"|\b(?:got here|arrived|been here|came here|left) (?:an?|\w+) (?:hours?|days?|weeks?"
    r"|months?) ago\b"
    r"|\bl8r (?:on|2day|2nite|today|tonight)\b|\blater (?:on )?(?:today|tonight|this week)\b"
)
_CYMRAEG = re.compile(
    r"\b(?:p?b?ythefnos|benwythnos|wythnos i|mis nesa)\b|"
    r"\b(?:yfory|fory|bore fory|heno|neithiwr|ddoe|echdoe|trennydd|bore (?:ma|'ma|yma)"
    r"|prynhawn (?:ma|'ma|yma))\b"
    r"|\b(?:nos|bore|prynhawn|p'?nawn|pnawn)? ?(?:dydd|ddydd|nydd|nos|bore) (?:llun|lun|mawrth"
    r"|fawrth|mercher"
    r"|fercher|iau|gwener|wener|sadwrn|sul)\b"
    r"|\b(?:wythnos|mis|flwyddyn|blwyddyn|penwythnos) (?:nesa(?:f)?|diwetha(?:f)?|yma|hon|hwn)\b"
    r"|\bpenwythnos\b"
    r"|\b(?:am|at|tan|erbyn|tua|cyn|ar ol|o) \w+ o'? ?r? ?gloch\b|\bo'? ?r? ?gloch\b"
    r"|\bhanner (?:nos|dydd|awr wedi)\b"
    r"(?: \w+)?|\bchwarter (?:i|wedi) \w+|\b(?:deg|pum|ugain) munud (?:i|wedi) \w+"
    r"|\bam (?:un|ddau|dri|bedwar|bump|chwech|saith|wyth|naw|ddeg|\d{1,2})\b(?! o'r)"
    r"|\b(?:ar )?y? ?\d{1,2}(?:ain|af|ydd|fed|eg|ed|il)(?: o)?(?: \w+)?"
    r"|\b(?:ym|tan|ers|mis|o) (?:mis )?(?:ionawr|chwefror|mawrth|ebrill|mai|fai|mehefin"
    r"|gorffennaf|awst|medi|hydref"
    r"|tachwedd|rhagfyr)\b|\b(?:mewn|ymhen) (?:\w+ )?(?:awr|munud|diwrnod|wythnos|mis)\b"
)
_NOT_TIMES = re.compile(r"^(?:at one|by one|from one|after one|about one)$")


def times(text: str) -> Iterator[Found]:
    """Find when: hours, days, dates, and spans that end at a known time."""
    for pattern in (_TIME, _CYMRAEG):
        for match in pattern.finditer(text):
            if not _NOT_TIMES.match(match[0]):
                yield *match.span(), Kind.time
