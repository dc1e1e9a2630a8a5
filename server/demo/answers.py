"""What is answered to somebody who is not scripted: by the words they use, by somebody other than last time. Pure."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from random import Random

from community.names import looks_full
from server.demo.script import BadScript, Speech, blocks, speech_in, written

_HEAD = re.compile(r"\[(?P<name>[a-z]+)\](?: (?P<words>.+))?")
# A speaker in the texts that stands for whoever was called by name.
ANYBODY = "*"
# Somebody whose name is not shown is spoken to as anybody would.
FRIEND = "friend"


@dataclass(frozen=True, slots=True)
class Cue:
    """What somebody may have written about, and what may be answered."""

    name: str
    words: re.Pattern[str] | None
    lines: tuple[Speech, ...]

    @property
    def grave(self) -> bool:
        """Whether nothing light may stand beside the answer: no second voice, no hearts."""
        return self.name in {"danger", "rude"}


@dataclass(frozen=True, slots=True)
class Reply:
    """Who answers, and what."""

    speaker: str
    text: str


def cues() -> list[Cue]:
    """All cues that are written, in the order in which they are tried."""
    return [read_cue(block) for block in blocks(written("answers.txt"))]


def read_cue(lines: list[str]) -> Cue:
    """One section. Raises `BadScript`."""
    head = _HEAD.fullmatch(lines[0])
    if head is None:
        raise BadScript(lines[0])
    return Cue(head["name"], _pattern(head["words"]), tuple(map(speech_in, lines[1:])))


def _pattern(words: str | None) -> re.Pattern[str] | None:
    if words is None:
        return None
    parts = [part.strip() for part in words.split(",")]
    # A word stands by itself; a sign such as a question mark stands anywhere.
    return re.compile("|".join(rf"\b{re.escape(part)}\b" if part[0].isalnum() else re.escape(part) for part in parts))


def cue_for(text: str, all_of_them: Sequence[Cue]) -> Cue:
    """The first cue whose words stand in the text; the one for anything when none does."""
    plain = text.casefold().replace("’", "'")
    for cue in all_of_them:
        if cue.words is not None and cue.words.search(plain):
            return cue
    return named("any", all_of_them)


def named(name: str, all_of_them: Sequence[Cue]) -> Cue:
    """The cue of this name, which there is."""
    return next(cue for cue in all_of_them if cue.name == name)


def answer(
    cue: Cue, *, to: str | None, avoid: Collection[str], chance: Random, called: str | None = None
) -> Reply | None:
    """An answer to somebody called `to`, not from those in `avoid` when others have one.

    `called` was asked by name and speaks if they can. None when nobody has anything left to say.
    """
    lines = [line for line in cue.lines if line.speaker in {called, ANYBODY}] if called else []
    lines = lines or [line for line in cue.lines if line.speaker not in {ANYBODY, *avoid}]
    if not lines:
        return None
    line = chance.choice(lines)
    speaker = called if line.speaker == ANYBODY and called else line.speaker
    return Reply(speaker, line.text.replace("{name}", addressed(to)))


def addressed(name: str | None) -> str:
    """How somebody is spoken to: by their name, of a full one by the first part."""
    if name is None:
        return FRIEND
    return name.split(" ")[0] if looks_full(name) else name
