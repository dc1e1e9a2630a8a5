"""How the demo's texts are written down. Pure.

    Dorothy: Somebody says something.
      Owen: Indented: an answer to what was said above.
      + heart Joan, Tess          signs that people put under the line above
    # a remark

In a week's talk a time stands before the name; see `server.demo.week`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rooms.commands import Reaction

TEXTS = Path(__file__).parent / "texts"

_SIGN = re.compile(r"\s*\+ (?P<reaction>[a-z]+) (?P<people>.+)")
_SPEECH = re.compile(r"(?P<indent>\s*)(?P<speaker>[^:]+?): (?P<text>.+)")


class BadScript(Exception):  # noqa: N818 - a mistake in our own texts, told to whoever writes them
    """A line that can't be read; the text says which."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A reaction, and who it is from."""

    reaction: Reaction
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Something said. `answers`: it stands under the last speech before it that answers nothing."""

    speaker: str
    text: str
    answers: bool = False
    signs: tuple[Sign, ...] = ()


def written(name: str) -> list[str]:
    """The lines of one of the demo's texts, without the remarks."""
    lines = (TEXTS / name).read_text(encoding="utf-8").splitlines()
    return [line.rstrip() for line in lines if not line.startswith("#")]


def speech_in(line: str) -> Speech:
    """The speech in a line. Raises `BadScript`."""
    found = _SPEECH.fullmatch(line)
    if found is None:
        raise BadScript(line)
    return Speech(speaker=found["speaker"], text=found["text"], answers=bool(found["indent"]))


def signs_in(line: str) -> tuple[Sign, ...] | None:
    """The reactions in a line; None when it is about something else."""
    found = _SIGN.fullmatch(line)
    if found is None:
        return None
    reaction = Reaction(found["reaction"])
    return tuple(Sign(reaction, person.strip()) for person in found["people"].split(","))


def blocks(lines: list[str]) -> Iterator[list[str]]:
    """The lines between empty ones."""
    block: list[str] = []
    for line in [*lines, ""]:
        if line:
            block.append(line)
        elif block:
            yield block
            block = []


def mentioned(text: str, names: frozenset[str]) -> list[str]:
    """Who is named in a text as `@Name`, longest names first, so that `@Joan` is not taken for `@Joanna`."""
    found: list[str] = []
    for name in sorted(names, key=len, reverse=True):
        if f"@{name}" in text:
            found.append(name)
            text = text.replace(f"@{name}", "")
    return found
