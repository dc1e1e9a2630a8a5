"""What was said elsewhere, by whom and when; and what of it is said here, after which pause. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import msgspec

from rooms.commands import TEXT_LIMIT

# A full stop, perhaps inside a bracket or quotation marks, and the blank behind it. Paragraphs end sentences too.
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|\n+")


class BadTranscript(Exception):  # noqa: N818 - it is told to a person, as it stands
    """The file is not a transcript; the text says where."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One turn as it was recorded; `ts` is in seconds, often cut to the minute."""

    id: str | int
    author: str
    text: str
    ts: float


@dataclass(frozen=True, slots=True)
class Turn:
    """What somebody says here, so long after what was said before."""

    author: str
    text: str
    pause_s: float


_decode = msgspec.json.Decoder(Line).decode


def read(rows: Iterable[bytes]) -> list[Line]:
    """The lines of a transcript, one JSON object a row. Raises `BadTranscript`."""
    lines: list[Line] = []
    for number, row in enumerate(rows, start=1):
        if not row.strip():
            continue
        try:
            lines.append(_decode(row))
        except msgspec.DecodeError as error:
            raise BadTranscript(f"row {number}: {error}") from None
    if not lines:
        raise BadTranscript("there is nothing in it")
    return lines


def turns(lines: Sequence[Line], *, speed: float, max_pause_s: float | None = None) -> list[Turn]:
    """What is said, in the order of the file, with the recorded pauses divided by `speed`."""
    parts = [(line, text) for line in lines for text in parts_of(line.text)]
    moments = spread([line.ts for line, _ in parts])
    pauses = [0.0, *((later - earlier) / speed for earlier, later in pairwise(moments))]
    limit = max(pauses) if max_pause_s is None else max_pause_s
    return [Turn(line.author, text, min(pause, limit)) for (line, text), pause in zip(parts, pauses, strict=True)]


def spread(stamps: Sequence[float]) -> list[float]:
    """Finer moments for coarse stamps: lines with the same one stand evenly in the time that it covers.

    That time is the smallest distance between two stamps. A stamp that goes back counts as the one before.
    """
    forward: list[float] = []
    for stamp in stamps:
        forward.append(max(stamp, forward[-1]) if forward else stamp)
    grain = min((later - earlier for earlier, later in pairwise(forward) if later > earlier), default=0.0)
    moments: list[float] = []
    for stamp, group in groupby(forward):
        count = len(list(group))
        moments += [stamp + grain * place / count for place in range(count)]
    return moments


def parts_of(text: str, limit: int = TEXT_LIMIT) -> list[str]:
    """`text` in parts that each fit into one message: whole sentences where there are any, else whole words."""
    parts: list[str] = []
    # Measured as the server will: composing letters may change how many there are.
    for piece in _pieces(unicodedata.normalize("NFC", text).strip(), limit):
        if parts and len(parts[-1]) + len(piece) <= limit:
            parts[-1] += piece
        else:
            parts.append(piece)
    # A line of nothing stays: the server's answer to it is part of what is being found out.
    return [part.strip() for part in parts] or [""]


def _pieces(text: str, limit: int) -> Iterator[str]:
    for sentence in _cut(text, _SENTENCE_END):
        if len(sentence) <= limit:
            yield sentence
        else:
            for word in _cut(sentence, re.compile(r"\s+")):
                yield from (word[at : at + limit] for at in range(0, len(word), limit))


def _cut(text: str, end: re.Pattern[str]) -> Iterator[str]:
    """The pieces of `text` with what stands between them, so that they make the text again."""
    begin = 0
    for found in end.finditer(text):
        yield text[begin : found.end()]
        begin = found.end()
    if begin < len(text):
        yield text[begin:]
