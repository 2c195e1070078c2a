"""How many parts a text message needs on the air (GSM 03.38 and UCS-2)."""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")


def count(body: str) -> int:
    """Count the segments: 160 or 153 septets each, or 70 or 67 UTF-16 units."""
    if all(letter in _BASIC or letter in _EXTENDED for letter in body):
        return _parts([2 if letter in _EXTENDED else 1 for letter in body], 160, 153)
    return _parts([len(letter.encode("utf-16-le")) // 2 for letter in body], 70, 67)


def _parts(sizes: list[int], alone: int, each: int) -> int:
    """Fill parts without cutting a letter in two."""
    if sum(sizes) <= alone:
        return 1
    parts, filled = 1, 0
    for size in sizes:
        if filled + size > each:
            parts, filled = parts + 1, 0
        filled += size
    return parts
