"""What a message may consist of: the one place where people's words are normalised and measured."""

import re
import unicodedata

from rooms.commands import TEXT_LIMIT
from rooms.contract import Code, Refused

# More marks on one letter than any living script stacks; beyond it the line is only a smear over its neighbours.
MARKS_LIMIT = 8

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")

# Categories of Unicode that leave no ink of their own: blanks, controls and format signs, and marks without a letter.
# Signs that this Python's tables don't know yet (Cn) may be the newest emoji: they count as seen.
_NO_INK = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Mn", "Me"})
# Letters and symbols to Unicode, blank to the eye.
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_MARKS = frozenset({"Mn", "Me"})


def clean(text: str) -> str:
    """`text` as it is stored: NFC, plain line ends, no blank lines around it.

    Refused when nothing is left to see, when it is over the limit, or when it holds control characters or piles
    of combining marks.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not plain.isascii():
        # Before as well: to put thousands of marks in order takes a third of a second of everybody's time.
        _refuse_smears(plain)
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
    return any(unicodedata.category(char) not in _NO_INK and char not in _BLANK_LETTERS for char in text)


def _refuse_smears(text: str) -> None:
    # Most texts have few different signs and no marks at all: those are not looked at sign by sign.
    marks = {char for char in set(text) if unicodedata.category(char) in _MARKS or unicodedata.combining(char)}
    run = 0
    for char in text if marks else "":
        if char in marks:
            run += 1
        elif unicodedata.category(char) != "Cf":  # a joiner is not seen, so the pile goes on growing over it
            run = 0
        if run > MARKS_LIMIT:
            raise Refused(Code.TOO_MANY_MARKS, limit=MARKS_LIMIT)
