"""What people may be called: how a name is cleaned, when it is refused, and which names look alike."""

import re
import unicodedata

from community.lookalikes import LOOKALIKES
from rooms.contract import Code, Refused

NAME_LIMIT = 40
# Vietnamese needs two on a letter, Hebrew and Thai three; beyond four a name smears over the line above.
NAME_MARKS_LIMIT = 4

# Controls, direction marks and zero-width signs, surrogates, private and unassigned ones: nothing of it can be read.
_UNREADABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and symbols to Unicode, blank to the eye.
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_COMPARED = frozenset("LNMS")
_BLANKS = re.compile("[ \u00a0\u2000-\u200a\u202f\u205f\u3000]+")
# Accents and rings that any letter can wear, then what chooses between forms of a sign and is never seen itself: a
# heart as typed ends in one of those, so a name may hold them, but "Rosa" with one is still Rosa.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u17b4\u17b5\u180b-\u180d\u180f\ufe00-\ufe0f\U00016fe4\U000e0100-\U000e01ef]"
)


def clean_name(name: str) -> str:
    """`name` as it is shown: NFC, trimmed, one blank between words. Refused when people could not read it."""
    plain = _BLANKS.sub(" ", unicodedata.normalize("NFC", name)).strip()
    if not plain:
        raise Refused(Code.EMPTY)
    if len(plain) > NAME_LIMIT:
        raise Refused(Code.TOO_LONG, limit=NAME_LIMIT, length=len(plain), over=len(plain) - NAME_LIMIT)
    if not _readable(plain):
        raise Refused(Code.NAME_BAD)
    return plain


def _readable(name: str) -> bool:
    """Whether every sign can be seen, at least one is a letter or a digit, and none is buried under marks."""
    marks = 0
    for sign in name:
        kind = unicodedata.category(sign)
        marks = marks + 1 if kind in {"Mn", "Me"} else 0
        if kind in _UNREADABLE or sign in _BLANK_LETTERS or marks > NAME_MARKS_LIMIT:
            return False
    return any(unicodedata.category(sign)[0] in "LN" for sign in name)


def name_key(name: str) -> str:
    """What is compared so that two members never look alike: "Rosa", "ROSA", "Rósa" and "R0sa" have one key.

    Accents over letters, blanks, punctuation and signs without ink don't count. Marks that make another letter in other
    scripts do.
    """
    folded = unicodedata.normalize("NFKD", name).casefold()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", folded))
    return "".join(sign for sign in bare.translate(LOOKALIKES) if unicodedata.category(sign)[0] in _COMPARED)


# Who has one of these for a name, or a word of it, would speak for others. What somebody may do here is shown beside
# their name by a sign that nobody can write. English, and Polish as the interface has it.
_OF_OTHERS = (
    *("admin", "administrator", "hearth", "host", "keeper", "mod", "moderator", "nhs", "staff", "system", "team"),
    *("obsługa", "opiekun", "opiekunka", "prowadzący", "prowadząca", "zespół"),
)
_RESERVED = frozenset(map(name_key, _OF_OTHERS))
# So long that they are found within other words, too.
_ANYWHERE = tuple(map(name_key, ("administrator", "moderator")))
_NUMBER = re.compile(r"\d+\Z")
_BETWEEN = re.compile(r"[\W_]+")


def chosen_name(name: str) -> str:
    """`name` as it is shown, for somebody who chooses it. Refused as by `clean_name`, and when it speaks for others."""
    plain = clean_name(name)
    whole = name_key(plain)
    words = {name_key(_NUMBER.sub("", word)) for word in _BETWEEN.split(plain)}
    if not _RESERVED.isdisjoint({whole, *words}) or any(part in whole for part in _ANYWHERE):
        raise Refused(Code.NAME_RESERVED)
    return plain


def looks_full(name: str) -> bool:
    """Whether `name` looks like a first name and a surname, as "Harold Pemberton" does.

    "Harold P." and "Bilal's mum" don't. It is a guess for a kind hint, so only the plain case counts.
    """
    words = name.split(" ")
    return len(words) >= 2 and all(_capitalised(word) for word in words)


def _capitalised(word: str) -> bool:
    # Three letters, since "Al B." and "Mary Jo" say little; an apostrophe or hyphen belongs to a surname too.
    letters = word.replace("-", "").replace("'", "").replace("\u2019", "")
    return len(letters) >= 3 and letters.isalpha() and word[0].isupper() and letters[1:] != letters[1:].upper()
