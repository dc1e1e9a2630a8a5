"""What people of a transcript are called here: as there, as far as a name can be shown and nobody else has it."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

from community.names import NAME_LIMIT, chosen_name, looks_full, name_key
from rooms.contract import Refused

# Room for a blank and a number behind a name that somebody has already.
_STEM_LIMIT = NAME_LIMIT - 5
_NOBODY = "Someone"
_REMARK = re.compile(r" \(.*")


def shown_names(authors: Iterable[str], *, taken: Callable[[str], bool] = lambda _: False) -> dict[str, str]:
    """A name for each author that no other has and that is not `taken`, which is asked by its key."""
    names: dict[str, str] = {}
    used: set[str] = set()
    for author in dict.fromkeys(authors):
        name = next(one for one in candidates(author) if not (name_key(one) in used or taken(name_key(one))))
        names[author] = name
        used.add(name_key(name))
    return names


def candidates(author: str) -> Iterator[str]:
    """The names to try for an author, best first, without end."""
    stem = _stem(author)
    yield stem
    number = 2
    while True:
        yield f"{stem} {number}"
        number += 1


def _stem(author: str) -> str:
    seen = "".join(sign if _can_be_read(sign) else " " for sign in unicodedata.normalize("NFC", author))
    name = _without_surname(" ".join(seen.split()))
    if len(name) > _STEM_LIMIT:
        # An office in brackets goes first; the person stays.
        name = _REMARK.sub("", name)[:_STEM_LIMIT].strip()
    try:
        return chosen_name(name)
    except Refused:
        return _NOBODY


def _can_be_read(sign: str) -> bool:
    return unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _without_surname(name: str) -> str:
    """A first name is enough here too: of a full one only the first letters of the rest stay."""
    if not looks_full(name):
        return name
    first, *rest = name.split(" ")
    return " ".join([first, *(f"{word[0]}." for word in rest)])
