"""Words that a community shows about itself: titles, purposes, values. What a message may hold is in `rooms.text`."""

import unicodedata

from rooms.contract import Code, Refused
from rooms.text import clean


def line(text: str, *, limit: int) -> str:
    """`text` on one line, as it is shown; refused when it is empty, too long or can't be read."""
    return _within(" ".join(clean(text).split()), limit)


def passage(text: str, *, limit: int) -> str:
    """`text` as it is shown, lines kept. It may be empty."""
    return _within(clean(text), limit) if text.strip() else ""


def _within(text: str, limit: int) -> str:
    if any(unicodedata.category(sign) == "Cf" and sign not in "\u200c\u200d" for sign in text):
        # Direction marks would turn what stands beside a title round.
        raise Refused(Code.CONTROL_CHARACTERS)
    if len(text) > limit:
        raise Refused(Code.TOO_LONG, limit=limit, length=len(text), over=len(text) - limit)
    return text
