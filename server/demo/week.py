"""A week's talk in one room, as it is written down. Pure.

6 days ago                      a day: so many days ago, yesterday, today
09:12 Dorothy: Good morning.    when it was said; today's are in minutes before now: -52
  09:15 (Owen): Me too.         an answer, with the name hidden
  = 09:16 Me as well.           its author put other words in its place
  x 09:20 Priya Nair            it was taken out, and by whom
  + heart Joan                  signs; see `server.demo.script`
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from server.demo.script import BadScript, Sign, signs_in, speech_in, written

_DAY = re.compile(r"(?P<count>\d+) days ago|yesterday|today")
_TIMED = re.compile(r"(?P<indent>\s*)(?P<what>[=x] )?(?P<when>\d\d:\d\d|-\d+) (?P<rest>.+)")


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of a day so many days ago; for today, so many minutes before now."""

    days_ago: int
    minutes: int

    def at(self, now: datetime) -> datetime:
        """The moment, seen from now."""
        if self.days_ago == 0:
            return now - timedelta(minutes=self.minutes)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(days=self.days_ago) + timedelta(minutes=self.minutes)

    def at_ms(self, now: datetime) -> int:
        """The moment as it is stored."""
        return int(self.at(now).timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Edit:
    """Other words, and when they were put in."""

    moment: Moment
    text: str


@dataclass(frozen=True, slots=True)
class Removal:
    """By whom a message was taken out, and when."""

    moment: Moment
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One message of the week, and what became of it."""

    moment: Moment
    speaker: str
    text: str
    answers: bool
    hidden: bool
    signs: tuple[Sign, ...] = ()
    edit: Edit | None = None
    removal: Removal | None = None


def week(name: str) -> list[Entry]:
    """The talk in one of the demo's texts. Raises `BadScript`."""
    return read_week(written(name))


def read_week(lines: list[str]) -> list[Entry]:
    """The talk in these lines, in the order in which they stand. Raises `BadScript`."""
    entries: list[Entry] = []
    days_ago = 0
    for line in filter(None, lines):
        day = _DAY.fullmatch(line)
        if day is not None:
            days_ago = int(day["count"]) if day["count"] else int(line == "yesterday")
        elif (signs := signs_in(line)) is not None:
            entries[-1] = replace(entries[-1], signs=entries[-1].signs + signs)
        else:
            _take(entries, line, days_ago)
    return entries


def _take(entries: list[Entry], line: str, days_ago: int) -> None:
    found = _TIMED.fullmatch(line)
    if found is None:
        raise BadScript(line)
    moment = Moment(days_ago, _minutes(found["when"]))
    match found["what"]:
        case "= ":
            entries[-1] = replace(entries[-1], edit=Edit(moment, found["rest"]))
        case "x ":
            entries[-1] = replace(entries[-1], removal=Removal(moment, found["rest"]))
        case _:
            entries.append(_entry(moment, found["indent"] + found["rest"]))


def _entry(moment: Moment, line: str) -> Entry:
    said = speech_in(line)
    hidden = said.speaker.startswith("(")
    return Entry(moment=moment, speaker=said.speaker.strip("()"), text=said.text, answers=said.answers, hidden=hidden)


def _minutes(when: str) -> int:
    if when.startswith("-"):
        return int(when[1:])
    hours, _, minutes = when.partition(":")
    return int(hours) * 60 + int(minutes)
