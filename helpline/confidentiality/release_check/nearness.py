"""What is near, how far, in sight or within hearing: words that let somebody work out where."""

import re
from collections.abc import Iterator

from helpline.confidentiality.release_check.flags import Kind
from helpline.confidentiality.release_check.reach import Found

_A = (
    r"(?:the|a|an|my|our|ur|your|that|his|her|this|some|old|nan'?s|gran'?s|mum'?s|dad'?s"
    r"|auntie'?s|where|which|what|\w+'s)"
)
_FEELINGS = (
    r"(?:end|edge of (?:my|a|despair|tears)|breaking|tears|death|same|bend|clock|hardest|worst"
    r"|best|moon"
    r"|bottom|past|finish|brink|weather|influence|impression|thumb|sun|knife|cloud|pressure"
    r"|stars?|sky"
    r"|surface|law|circumstances|covers|duvet|skin|mistletoe|mask|smile|truth|tree|box|norm|line"
    r"|door"
    r"|scenes|times|table|way|time|book|hand|grace|look|sound|name|looks|minute|hour|day|heart"
    r"|rest|top)"
)
_DISTANCE = (
    r"(?:mins?|minutes?|m|hours?|hrs?|miles?|milltir|munud|awr|km|kilometres?|yards?|metres?|doors?"
    r"|streets?|stops?|blocks?|junctions?|towns?|counties)"
)
_MANY = (
    r"(?:\d+|a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty"
    r"|thirty"
    r"|forty|fifty|sixty|hundred|half an|a few|couple of|few|hundreds of|some|un|dwy|dau|tair|tri"
    r"|pum"
    r"|pump|deg|hanner)"
)
_THINGS = (
    r"(?:sea|river|canal|park|beach|harbour|church|bridge|lake|loch|woods?|forest|hills?"
    r"|mountains?|castle"
    r"|pier|prom|promenade|docks|lighthouse|cliffs?|moors?|marsh|reservoir|motorway|railway"
    r"|airport|stadium"
    r"|cathedral|mosque|temple|synagogue|library|museum|market|shopping centre|precinct|cinema"
    r"|theatre|bingo"
    r"|pub|school|college|university|uni|hospital|prison|power station|factory|tower|flats"
    r"|graveyard"
    r"|cemetery|war memorial|town hall|football ground|pitch|allotments|playground|swimming pool"
    r"|baths"
    r"|supermarket|tescos?|asda|shops|chippy|bookies|petrol station|post office|bank|job ?centre"
    r"|front"
    r"|coast|island|estuary|waterfront|seafront|square|roundabout|viaduct|tunnel|dam|golf course"
    r"|zoo|ferris"
    r"|border|garage|mill|windmill|wind farm|barracks|mast|gasworks|old \w+)"
)
_NEAR = re.compile(
    rf"\b(?:near|nr|opposite|opp|behind|bhind|behnd|beside|outside|below|beneath|over|underneath"
    rf"|above|by"
    rf"|in front of|nxt to|next to|next door to|rnd the back of) (?:to )?{_A} "
    rf"(?!(?:\w+ )?{_FEELINGS}\b)\w+(?: \w+)?"
    rf"|\b(?:opposite|behind|next to|above|over|outside|near|nr|beside) (?:the )?{_THINGS}\b"
    rf"|\b(?:down |up |out |along )?(?:by|near|at|on|along|beside|in|to|under|over|past|through"
    rf"|into|from) "
    rf"(?:the|a|an|our|my|that|this) (?:\w+ )?{_THINGS}\b(?! of (?:my|the bed))"
    r"|\b(?:round|rnd|around|just round) the (?:corner|back|block)\b(?: (?:from|of))?"
    r"|\b(?:across|over|down|up|along) (?:the )?(?:road|street|way|hill|lane) (?:from|of|to)\b"
    r"|\bacross from\b|\b(?:over|across) the (?:road|street|way|water|border|bridge)\b"
    r"|\bnext door\b"
    rf"|\b{_MANY} {_DISTANCE}(?:'s?| of)?(?: (?:walk|drive|ride|bus ride|train ride|journey|run"
    rf"|along|down|up))?"
    r" (?:from|away|north|south|east|west|out of|off|inland|outside|o fama|i ffwrdd|o)\b"
    rf"|\bless than {_MANY} {_DISTANCE}\b|\b{_MANY} {_DISTANCE} (?:walk|drive|ride)\b"
    r"|\b(?:not|isn'?t|nowhere|never|quite|really|so|very|too|pretty) (?:so |too |that "
    r"|very )?(?:far|near)"
    r" (?:from|to|away|you|u|home|off)\b"
    r"|\bcloser (?:to (?:you|u|home) )?than (?:you|u|ya)\b|\bnearer (?:to|than) (?:you|u|home)\b"
    r"|\bi'?m (?:right |quite |very |really )?(?:near|close to|nearby|local)(?: (?:you|u|home|by"
    r"|here))\b"
    r"|\bnearby\b|\b(?:walking|driving|shouting|cycling|commuting|easy|striking) (?:distance"
    r"|reach)\b|\bnear (?:here|home|there|where|by)\b|\bclose by\b|\bround (?:here|there)\b"
    rf"|\b(?:can|could|i) (?:\w+ )?(?:see|hear|smell) (?:the|a|lots of|all the) (?:\w+ )?"
    rf"(?:{_THINGS}|trains?|waves|planes|boats|ships|seagulls|bells|trams|traffic|lorries|fans"
    rf"|sheep|cows"
    r"|lights|lightship|gulls|tide|call to prayer|crowd)\b"
    r"|\b(?:window|room|balcony|door|house|flat) (?:looks|faces|opens|backs|overlooks)(?: (?:out"
    r"|on|onto"
    r"|over|to))*\b(?: the)?(?: \w+)?|\boverlook(?:s|ing)\b"
    r"|\bwhere (?:we|i|you|u|dad|mum|nan|grandad|gran|he|she|they|you and i) (?:all )?(?:first "
    r"|once |always )?"
    r"(?:went|used to|had|met|lived|got (?:married|engaged)|go |stayed|camped|grew up|worked|live"
    r"|work|fish"
    r"|swam|walked|spent|took|go\b|were born|was born|played|learned)\b[^.!?\n]{0,30}"
    r"|\b(?:same|next|neighbouring|nearest|other end of the|edge of|outskirts of|middle of) "
    r"(?:old )?(?:town|street|city|village|county|area|estate|building|block|road|house|valley"
    r"|island)\b"
    r"|\b(?:outskirts|suburbs?|city centre|town centre|canol y ddinas|canol y dre|countryside"
    r"|up north"
    r"|down south|out west|abroad|overseas|dramor|the continent|inner city)\b"
    r"|\b(?:left|leave|leaving|out of|in) (?:the|this|our|that|my|a|another|your|same|different"
    r"|big|small|new)"
    r" (?:\w+ )?(?:county|city|town|area|country|village|district|borough)\b(?! hall)"
    r"|\bthe (?:county|city)\b"
    r"|\bon the (?:coast|beach|front|prom|promenade|pier|moors?|cliffs?|hill|island|outskirts"
    r"|seafront|border)\b"
    r"|\b(?:north|south|east|west|inland|upstream|downstream) of (?:you|u|home|there|here|where)\b"
    r"|\b(?:at|in|to|near) (?:the|that|our) (?:old |usual |same )?(?:caravan|cabin|cottage|chalet"
    r"|lodge|den"
    r"|treehouse|holiday|spot|place (?:we|where|you|i|that))\b"
    r"|\byou know (?:the|where|which) (?:place|spot|one|house)\b|\b(?:the|our) usual (?:place"
    r"|spot)\b"
    r"|\b(?:our|the) (?:special|secret|favourite) place\b|\b(?:under|beneath) (?:the|a) (?:bridge"
    r"|arches|pier"
    r"|flyover|viaduct|railway)\b"
)
_CYMRAEG = re.compile(
    r"\b(?:wrth ymyl|wrth yml|gerllaw|gyferbyn(?: a'?r?)?|tu ol i'?r?|tu allan i'?r?|tu cefn i'?r?"
    r"|rownd y (?:gornel|gongl|cefn)|drws nesa(?:f)?(?: i'?r?)?|ar bwys|ar draws y (?:ffordd"
    r"|stryd|lon)"
    r"|o flaen (?:y|yr)|uwchben (?:y|yr)|uwch ben|yn agos (?:at|i)|yn ymyl|nid nepell|dim yn bell"
    r"|ddim yn bell"
    r"|heb fod yn bell|lle (?:oedden|roedden|aethon|buon|cwrddon|gwrddon|arferai|mae)"
    r"|yn y lle arferol"
    r"|yn yr un (?:dre|dref|stryd|ddinas|pentref)|ar lan y|ar yr arfordir|yn y (?:wlad|dre|dref"
    r"|ddinas|pentref)"
    r"|o dan y|o dan yr|dan y (?:bont|pier)|i lawr y ffordd|lan yr hewl|ar gyrion)\b[^.!?\n]{0,20}"
    r"|\bger (?:y|yr|fy|ein|[a-z]+)\b(?: \w+)?"
    r"|\b(?:munud|milltir|awr|filltir) (?:o|i ffwrdd|oddi)\b"
)


def nearness(text: str) -> Iterator[Found]:
    """Find what is said to be near, far, in sight or the same as before."""
    for pattern in (_NEAR, _CYMRAEG):
        for match in pattern.finditer(text):
            yield *match.span(), Kind.nearness
