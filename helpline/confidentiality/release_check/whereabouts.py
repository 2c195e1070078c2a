"""Where somebody lives, sleeps, works or is treated, and what is near them."""

import re
from collections.abc import Iterator

from helpline.confidentiality.release_check.flags import Kind
from helpline.confidentiality.release_check.reach import Found

_NOT_A_STREET = (
    r"(?!(?:the|a|an|my|this|that|long|hard|same|right|wrong|rocky|open|lonely|way|bumpy"
    r"|difficult|way"
    r"|one|two|of|on|in|to|your|our|his|her|very|so|too|and|or|down|up|off|along|across|every|any"
    r"|no"
    r"|new|end of|middle of|other|quiet|dark)\b)"
)
_ROAD = (
    r"(?:roads?|rd|streets?|str|lane|ln|avenue|ave|crescent|cres|terrace|terr|gardens|gdns|mews"
    r"|boulevard|blvd|causeway|bypass|ring road)"
)
_ROAD_OR_WORD = (
    r"(?:road|rd|street|st|str|lane|ln|avenue|av|ave|close|cl|drive|dr|crescent|cres|terrace|terr"
    r"|gardens|gdns|grove|gr|court|ct|way|place|pl|square|sq|mews|row|walk|hill|parade|rise|view"
    r"|estate|est|house|park|lodge|towers?|heights|wharf|quay|villas?|cottages?|farm|green|yard"
    r"|buildings|mansions|point|approach|end|vale|fields?|bank|gate|arcade|halls?|hotel|works|mill)"
)
_STREET = (
    rf"\b{_NOT_A_STREET}[a-z']+(?: {_NOT_A_STREET}[a-z']+)? {_ROAD}\b(?! to\b| back\b| ahead\b)"
    rf"|\b{_NOT_A_STREET}[a-z']{{3,}} (?:st|ave|close|dr|ct|sq)\b(?= (?:and|second|first|flat|no)"
    rf"|[.,!\n]|$)"
    rf"|\b(?:on|in|at|off|along|down|up|from|above) (?:the )?"
    rf"{_NOT_A_STREET}[a-z']{{3,}} (?:st|street|rd|road|lane|ln|ave|avenue|estate|est"
    rf"|industrial estate)\b"
    rf"|\b\d{{1,4}}[a-z]?,? (?:[a-z']+ ){{1,3}}{_ROAD_OR_WORD}\b"
    r"|\b(?:high|main|church|station|mill|park|victoria|queens?|kings?) (?:st|street|str|rd|road)\b"
    r"|\b(?:corner|end|top|bottom) of [a-z]+ (?:st|rd|ave|street|road|lane|hill)\b"
    r"|\b(?:flat|room|rm|unit|number|apartment|apt|plot|caravan|chalet|block|bedsit|lodge|pitch"
    r"|cell"
    r"|rhif|fflat|ystafell|dorm|floor|bay|door) (?:no\.? ?)?(?:\d{1,4}[a-z]?\b(?! ?%| years?)"
    r"|[a-h]\b)"
    r"|\b(?:\d{1,3}(?:st|nd|rd|th)|first|second|third|fourth|top|ground) floor\b"
    r"|\b(?:the|on|off|under|down|up|by|near|via) (?:the )?[am] ?\d{1,4}(?:\(m\))?\b"
    r"|\b(?:motorway|service station|services on|dual carriageway|roundabout|lay-?by|traffic lights"
    r"|level crossing|flyover|multi-?storey|car park|underpass|subway)\b"
    r"|\b(?:ind(?:ustrial)?|trading|retail|business|council|housing) (?:est(?:ate)?|park)\b"
    r"|\b(?:in|on) the [a-z]+ estate\b"
    r"|\b(?:heol|stryd|rhodfa|cilgant|teras|gerddi|rhes) (?:y |yr |yr? |'r )?[a-z]+"
    r"|\b(?:lon|maes|clos|ystad) (?:y |yr )?[a-z]{3,}"
    r"|\bffordd (?:y|yr) [a-z]+"
)
# With a capital, words that would mean something else name a street or house.
STREET_WITH_CAPITALS = re.compile(
    r"\b(?:[A-Z][a-z']+ ){1,3}(?:Road|Rd|Street|St|Lane|Avenue|Ave|Close|Drive|Crescent|Terrace"
    r"|Gardens"
    r"|Grove|Court|Way|Place|Square|Mews|Row|Walk|Hill|Parade|Rise|View|Estate|House|Park|Lodge"
    r"|Towers?|Heights|Wharf|Quay|Villas?|Cottages?|Farm|Green|Arcade|Hall|Centre|Arms|Inn|Hotel)\b"
    r"|\b(?:Ffordd|Lôn|Lon|Maes|Clos|Bryn|Pen|Tŷ|Plas|Llys) (?:[a-z]{1,2} )?[A-Z][a-z]+"
    r"|\bthe (?:Crescent|Close|Avenue|Mews|Green|Drive|Parade|Terrace|Square|Quay|Strand|Mall)\b"
)

_STATION = (
    r"\b(?:[a-z']+ )?(?:(?:bus|train|rail|railway|coach|tube|underground|metro|tram|main|fire"
    r"|petrol|central) )?stations?\b"
    r"|\bplatforms? (?:\d+|one|two|three|four|five|six|seven|eight|nine|ten)\b"
    r"|\b(?:the|on the|by) (?:tube|underground|metro|tram|subway|overground|docklands)\b"
    r"|\b(?:airports?|terminal \w+|departures|arrivals|ferry port|the port|(?:the )?docks|dockside"
    r"|marina|bus stop|bus shelter|taxi rank|park and ride|train stop|waiting room|bus garage)\b"
    r"|\b(?:kings? cross|euston|paddington|st pancras|waterloo|victoria coach|marylebone|new street"
    r"|piccadilly|temple meads|gatwick|heathrow|stansted|luton airport|waverley|lime street"
    r"|clapham junction|charing cross|liverpool street)\b"
    r"|\b(?:yr )?(?:g?orsaf(?:oedd)?)(?: (?:drenau|bws|fysiau|reilffordd|drên|bysiau))?\b"
    r"|\b(?:maes awyr|porthladd|borthladd|platfform \w+|safle bws|arosfan)\b"
)
_TRANSPORT = (
    r"\b(?:the|on|number|no|by|take|took|get|got|getting|catch(?:ing)?|caught|miss(?:ed)?|a|first"
    r"|last"
    r"|next|night|overnight|my|rail|replacement) (?:the |a |an |my |number |no |night )*"
    r"(?:bus(?:es)?|train(?! (?:as|to be|for))|coach|ferry|plane|flight|tram|hovercraft|eurostar"
    r"|lorry"
    r"|sleeper|minibus|taxi|cab)\b(?: \d+)?"
    r"|\b(?:night|overnight|sleeper) (?:bus|coach|train)\b"
    r"|\b(?:mega ?bus|national express|flixbus|eurostar|ryanair|easyjet|railcard|lnwr|avanti)\b"
    r"|\b(?:bus|train|coach|ferry|flight) (?:number |no )?(?:\d+|to|from|home|leaves|goes|gets)\b"
    r"|\b(?:number|no\.?|the) \d{1,3}[a-z]? (?:bus|goes|route|stops|tram|past)\b"
    r"|\bon (?:the|a|my) (?:boats?|ships?|ferry|barge|narrow ?boat|canal boat|yacht)\b"
    r"|\b(?:hitch(?:ed|ing|hiked?|hiking)|hitch-hik\w+)\b"
    r"|\b(?:y |i'r |ar y |dal y |y )(?:tren|bws|trên|cwch|fferi|awyren)\b(?: rhif \d+)?"
    r"|\b(?:bws rhif \d+|bws|trenau|fferi|awyren)\b"
)
_STAY = (
    r"\b(?:in care|on tag|on licence|on bail|released|shar(?:ed?|ing) (?:a )?(?:house|flat|room"
    r"|place)"
    r"|(?:sober|dry|safe|halfway|recovery|move-on) (?:house|flat|home)|t[yŷ] (?:diogel|saff)"
    r"|in (?:a |my )?cell)\b|"
    r"\b(?:(?:night|homeless|womens?|women's|mens?|winter|emergency) )?(?:shelters?|hostels?"
    r"|refuges?)\b"
    r"|\b(?:y ?m ?c ?a|y ?w ?c ?a|ywca|salvation army|sally (?:army|ann)|byddin yr iachawdwriaeth"
    r"|emmaus"
    r"|centre ?point|st mungo'?s|crisis skylight|shelter cymru|llamau|the wallich|the foyer|a foyer"
    r"|foyer|depaul|women'?s aid|cymorth i fenywod|nightstop|simon community|big issue office)\b"
    r"|\b(?:squats?|squatting|b ?& ?b|b ?and ?b|b'n'b|bnb|airbnb|travel ?lodge|premier inn"
    r"|holiday inn|ibis"
    r"|britannia hotel|hotels?|motel|guest ?house|boarding house|lodgings|digs|bedsit)\b"
    r"|\b(?:supported|sheltered|temporary|emergency|council) (?:housing|living|accommodation"
    r"|flat)\b"
    r"|\btemp(?:orary)? accom\w*|\bhalfway house\b|\bdry house\b|\bsafe ?house\b"
    r"|\bhouse for women\b"
    r"|\b(?:rehab|detox|residential|sober living)(?: (?:centre|unit|clinic|house))?\b"
    r"|\b(?:sofa|couch)[ \-]?surf\w*|\b(?:at|with|on|in) (?:a|my|some|his|her|one of my) "
    r"(?:old )?(?:mate|friend|cousin|bloke|colleague|boyfriend|girlfriend)s?'?s?'?"
    r"(?: (?:house|flat|place|sofa|couch|floor|spare room|gaff))\b"
    r"|\bat (?:a |my |some |me )?(?:mates?|friends?)'?s?'?(?=[.,!?\n]|$| (?:house|flat|place|for"
    r"|until|now))"
    r"|\b(?:my|a|the|our) (?:tent|campsite|caravan park|campervan|camper|barge|houseboat)\b"
    r"|\bcamping (?:in|at|by|on)\b"
    r"|\b(?:church|village|community|parish|sports) (?:hall|centre|crypt)\b|\bcrypt\b"
    r"|\b(?:food ?bank|day centre|drop[ \-]?in|soup (?:kitchen|run|van)|night cafe|warm (?:hub"
    r"|bank)"
    r"|job ?centre|library every|banc bwyd|canolfan (?:ddydd|dydd|gymunedol))\b"
    r"|\b(?:prison|jail|gaol|the nick|the clink|h ?m ?p|remand|custody|young offenders?|yoi"
    r"|carchar|garchar"
    r"|ngharchar|dedfryd|probation|approved premises|detention centre|immigration removal)\b"
    r"|\bi'?m inside\b|\bdoing (?:\w+ )?(?:months|years|time|bird)\b|\bin (?:a |the |my )cell\b"
    r"|\bbanged up\b"
    r"|\b(?:monastery|convent|abbey|nunnery|ashram|commune|mynachlog|fynachlog|lleiandy|barracks"
    r"|halls of residence|student halls|care home|children'?s home|foster (?:home|carer|care)"
    r"|cartref (?:gofal|plant)|travell?er'?s? site|kibbutz)\b"
    r"|\bsleep(?:ing)? (?:rough )?(?:in|under|on|behind|by|at) (?:a|an|the|my) (?!(?:night"
    r"|morning|bed|"
    r"proper|real|warm|peace|mattress|clean|good)\b)[a-z]+(?: [a-z]+)?"
    r"|\bsleeping rough\b|\bcysgu (?:allan|ar y stryd)\b"
    r"|\b(?:g?lloches(?:au)?(?: nos)?|loches|g?hostel|g?gwesty|ngwesty|westy|llety|lety"
    r"|gwely a brecwast"
    r"|g?gwersyll|pabell|mhabell|babell|carafan|charafan|garafan|sgwat)\b"
)
_TREATED = (
    r"\b(?:[a-z']+ ){0,2}(?:hospitals?|infirmary|hospice|clinics?|sanatorium|asylum)\b"
    r"|\bhosp\b|\bhospy\b|\b(?:the|a|on|in) (?:psych(?:iatric)?|mental health|maternity|secure"
    r"|stroke|burns"
    r"|cardiac|renal|cancer|eating disorders?|mother and baby|medical|day) (?:unit|ward|wing)\b"
    r"|\b(?:ward|bay|bed) (?:\d+|[a-h]\b|one|two|three|four|five|six|seven|eight|nine|ten)"
    r"|\b(?:on|in|off) (?:a|the|my) (?:\w+ )?ward\b"
    r"|\ba ?& ?e\b|\ba and e\b|\bcasualty\b|\b(?:icu|itu|hdu|intensive care|high dependency"
    r"|uned gofal)\b"
    r"|\b(?:the )?(?:maternity|labour|delivery) (?:unit|ward|suite)\b"
    r"|\b(?:on a|under|under a|on) section(?: \w+)?\b|\bsectioned\b|\b(?:medical|health"
    r"|walk[ \-]in) centre\b"
    r"|\b(?:the|my|at|gp|gp's|doctors?) surgery\b|\bdr\.? [a-z]+\b|\bcmht\b|\bcrisis (?:team"
    r"|house)\b"
    r"|\b(?:st|saint) [a-z]+'s?(?=[ .,!?\n]|$)|\bst [a-z]+s'(?=[ .,!?\n]|$)"
    r"|\b(?:general|royal|infirmary|county)(?= with my| hospital| infirmary)"
    r"|\b(?:yr? )?(?:hysbyty|ysbyty|ysbytai|sbyty)(?: [a-z]+)?|\b(?:clinig|glinig|meddygfa"
    r"|feddygfa|ward)\b"
)
_BRANDS = (
    r"tesco'?s?|asda|sainsbury'?s?|lidl|aldi|morrisons|amazon|greggs|mc ?donald'?s?|maccies"
    r"|maccy d'?s?"
    r"|(?:wether)?spoons|wetherspoons?|deliveroo|uber(?: ?eats)?|just ?eat|b ?& ?q|argos|costa"
    r"|nando'?s?"
    r"|kfc|primark|ikea|co-?op|waitrose|m ?& ?s|marks and spencers?|royal mail|evri|dpd|starbucks"
    r"|poundland|domino'?s?|big issue|bellway|burger king|subway|currys|john lewis|next warehouse"
    r"|sports direct|jd sports|tk ?maxx|b ?& ?m|home bargains|wickes|screwfix|halfords|pret"
    r"|iceland store"
    r"|stagecoach|arriva|network rail|british gas|serco|g4s|capita|yodel|hermes|ocado"
    r"|boots the chemist"
)
_WORKS = (
    r"(?:work(?:s|ing|ed|in)?|jobs?|shifts?|employed|employment|driv(?:e|ing)|labour(?:ing|er)"
    r"|clean(?:ing|er)|cook(?:ing)?|chef|waiter|waitress|waiting|porter|packing|picking|serving"
    r"|security"
    r"|tills|bouncer|barman|barmaid|nights|apprentice|volunteer(?:ing|s)?|position|a start|trained)"
)
_NOT_WORK = (
    r"(?!(?:it|myself|me|my|the moment|moment|home|that|this|things|getting|being|you|us|last"
    r"|least|all"
    r"|peace|progress|now|it's|them|what|getting|a way|ways|first|times|night|nights|the minute"
    r"|heart|hand|time|once|weekends?|the weekend|good|people i|kind|nice|the mo)\b)"
)
_JOB = (
    r"\bi'?m (?:now )?(?:working as |training as |training to be )?an? (?:\w+ )?"
    r"(?!(?:mother|father|brother|sister|daughter|grand\w+|step\w+|loser|lover|fighter|survivor"
    r"|believer"
    r"|worrier|better|failure|different|quitter|drinker|user|member|wanderer|dreamer|stranger"
    r"|coward"
    r"|human|woman|man|grown \w+|lifer|foster\w*|former|proper|sober|former|outsider|burden"
    r"|prisoner"
    r"|bother|monster|bigger|cancer|lesser|carer for you|trouper|keeper|number)\b)"
    r"[a-z]+(?:er|or|ist|man|woman|maid|hand|ian|ee|boy)s?\b|\bworking as an? \w+"
)
_EMPLOYER = _JOB + (
    r"|"
    rf"\b{_WORKS} (?:up |down |over |hard |there )?(?:at|for|in|with|behind|on|inside|down) "
    rf"(?:the |a |an )?{_NOT_WORK}[a-z0-9&'\-]+(?: (?:and|&) [a-z]+| [a-z]+)?"
    rf"|\bwash(?:ing)? (?:pots|cars|dishes|up) (?:in|at|for) (?:the |a )?[a-z]+(?: [a-z]+)?"
    rf"|\b(?:{_BRANDS})(?![a-z])"
    r"|\b(?:warehouse|building site|construction site|factory|bakery|car wash|oil rigs?|the rigs"
    r"|abattoir"
    r"|fishing boat|trawler|cruise ship|circus|fair ?ground|the fair|call centre|nail bar|takeaway"
    r"|chippy|chip shop|kebab shop|pizza (?:place|shop)|barbers?|hairdressers?|distillery|brewery"
    r"|depot|sorting office|meat plant|fish market|cannery|shipyard|steelworks|power station|quarry"
    r"|stables|riding school|orchard|nursing home|call ?center|big hotel|theme park|holiday park)\b"
    r"|\b(?:join(?:ed|ing)?|in|with|left) the (?:army|navy|raf|marines|forces|military"
    r"|merchant navy)\b"
    r"|\b(?:on|at|for) (?:a|an|the) (?:\w+ )?(?:farm|garage|building site|university|uni|college"
    r"|fair)\b"
    r"|\bbehind the bar\b(?: (?:at|in|of) [a-z]+(?: [a-z]+)?)?"
    r"|\b(?:the )?(?:red|black|white|blue|golden|green) (?:lion|horse|hart|swan|bull|boar|dragon"
    r"|bell"
    r"|anchor|man)\b|\bthe (?:crown|swan|plough|ship inn|kings head|queens head|royal oak"
    r"|rose and crown"
    r"|anchor|bell inn|george inn)(?! of)\b"
    r"|\bgweithio (?:yn|mewn|ar|i'r|i|yr|gyda|efo|yng|ym) (?:y |yr )?(?!galed|dda|iawn|well|hyn"
    r"|fy)[a-z]+"
    r"|\b(?:ffatri|ffatrioedd|ffarm|fferm|archfarchnad|becws|warws|swyddfa|cegin|ysgol) "
    r"(?:yn|ym|yng|ger|y)\b|\bffatri\b|\bwarws\b"
)

_RULES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.street, re.compile(_STREET)),
    (Kind.station, re.compile(_STATION)),
    (Kind.transport, re.compile(_TRANSPORT)),
    (Kind.shelter, re.compile(_STAY)),
    (Kind.hospital, re.compile(_TREATED)),
    (Kind.employer, re.compile(_EMPLOYER)),
)


def whereabouts(text: str, cased: str) -> Iterator[Found]:
    """Find streets, stations, journeys, places to sleep, to be treated and to work at."""
    for kind, pattern in _RULES:
        for match in pattern.finditer(text):
            yield *match.span(), kind
    for match in STREET_WITH_CAPITALS.finditer(cased):
        yield *match.span(), Kind.street
