"""A way back: four plain words, to be read off a photograph, that bring the same person to another device."""

import re
from collections.abc import Callable, Sequence

from community.plain_words import PLAIN_WORDS
from rooms.contract import Code, Refused

# Four words are forty bits. With wrong tries limited, somebody who tries day and night from everywhere finds one way
# back of ten thousand in about seven years.
WORDS = 4

_KNOWN = frozenset(PLAIN_WORDS)
# Between words people type blanks, hyphens, commas or a new line.
_APART = re.compile(r"[\W\d_]+")


def new_words(choose: Callable[[Sequence[str]], str]) -> tuple[str, ...]:
    """Fresh words; `choose` picks one of those it is given by chance."""
    return tuple(choose(PLAIN_WORDS) for _ in range(WORDS))


def as_words(text: str) -> tuple[str, ...]:
    """The four words that `text` means, however they were typed.

    Refused when it means none: `number` says which word is none of ours, or 0 when there are not four.
    """
    words = tuple(part for part in _APART.split(text.casefold()) if part)
    if len(words) != WORDS:
        raise Refused(Code.WORDS_UNKNOWN, number=0)
    for number, word in enumerate(words, start=1):
        if word not in _KNOWN:
            raise Refused(Code.WORDS_UNKNOWN, number=number)
    return words
