"""What a message may consist of: the one place where people's words are normalised and measured."""

import re
import unicodedata

from rooms.commands import TEXT_LIMIT
from rooms.contract import Code, Refused

# More marks on one letter than any living script stacks; beyond it the line is only a smear over its neighbours.
MARKS_LIMIT = 8

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def clean(text: str) -> str:
    """`text` as it is stored: NFC, plain line ends, no blank lines around it.

    Refused when nothing is left to see, when it is over the limit, or when it holds control characters or piles
    of combining marks.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not plain.isascii():
        plain = unicodedata.normalize("NFC", plain)
        _refuse_smears(plain)
    if _CONTROL.search(plain):
        raise Refused(Code.CONTROL_CHARACTERS)
    if not _visible(plain):
        raise Refused(Code.EMPTY)
    if len(plain) > TEXT_LIMIT:
        raise Refused(Code.TOO_LONG, limit=TEXT_LIMIT, length=len(plain), over=len(plain) - TEXT_LIMIT)
    return plain


def _visible(text: str) -> bool:
    """Whether any character leaves ink: zero-width and other format characters alone do not."""
    if text.isascii():
        return bool(text)
    return any(unicodedata.category(char)[0] not in "ZC" for char in text)


def _refuse_smears(text: str) -> None:
    run = 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me"} else 0
        if run > MARKS_LIMIT:
            raise Refused(Code.TOO_MANY_MARKS, limit=MARKS_LIMIT)
