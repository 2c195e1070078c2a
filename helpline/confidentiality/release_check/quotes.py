"""Words of somebody else: quoted, copied or forwarded."""

import re
from collections.abc import Iterator

from helpline.confidentiality.release_check.flags import Kind
from helpline.confidentiality.release_check.reach import Found

_QUOTED = re.compile(
    r'"[^"\n]{3,}"?'
    r"|(?:^|(?<=[\s(:]))'(?:[^'\n]|(?<=\w)'(?=\w))+ (?:[^'\n]|(?<=\w)'(?=\w))+'(?=$|[\s.,!?)])"
    r"|^ ?>+ ?[^\n]+"
    r"|(?:^|(?<=\n))\s*(?:fwd?|fw|re|subject|from|to|date|sent|oddi wrth|at|pwnc"
    r"|anfonwyd)\s?: ?[^\n]*"
    r"|\b(?:fwd?|fw):[^\n]*"
    r"|-{2,} ?(?:original|forwarded|begin|neges)[^\n]*"
    r"|\b(?:original message|forwarded message|begin(?:s)? forwarded|forwarded (?:from|by|many)"
    r"|sent from my"
    r"|wedi'?i? h?anfon ymlaen|neges wreiddiol|anfonwyd o fy)\b[^\n]*"
    r"|\bforward(?:ed|ing)\b[^\n]*|\b(?:texted|txted|emailed|msged|dmd) ?:[^\n]*"
    r"|\bsent from [^\n]*|\bon [^\n]{3,40} wrote ?:"
    r"|\b(?:he|she|they|it|dad|mum|someone|letter|text|e-?mail|note|message|msg|email|card|court"
    r"|council"
    r"|landlord|boss|ex|police|doctor)(?:'s)?(?: (?:i got|then|back|from \w+|just|actually|has))? "
    r"(?:said|says|wrote|reads?|sent|texted|replied|goes|went|told me|put)(?: (?:me|this|that"
    r"|back))?"
    r"(?:: ?|, ?['\"]| ?['\"])[^\n]+"
    r"|\b(?:the|her|his|their|mum's|dad's|last|this) (?:\w+ )?(?:text|letter|e-?mail|message|msg"
    r"|note)(?: was| goes| is| went| read| just said| (?:i got|from \w+|they sent|he sent"
    r"|she sent|says|said))+[^\n]*"
    r"|\b(?:this is|here is|here's|heres|below is|see) what (?:\w+ )?(?:sent|wrote|said|texted"
    r"|told|put)\b[^\n]*"
    r"|\b(?:copied|copy|pasted|screenshot|screen shot|word for word|and i quote|quote|in (?:his"
    r"|her|their) words)\b[^\n]*"
    r"|\b(?:his|her|their|dad's|mum's|your) (?:exact |very |last )?words (?:were|are)\b[^\n]*"
    r"|\b(?:dywedodd|meddai|sgwennodd|ysgrifennodd|wedodd) \w+(?: \w+)?:? ?['\"][^\n]+"
    r"|\b(?:dyma beth|gopiwyd|copi o)\b[^\n]*"
)


def quotes(text: str) -> Iterator[Found]:
    """Find quoted, copied and forwarded words."""
    for match in _QUOTED.finditer(text):
        yield *match.span(), Kind.quoted_text
