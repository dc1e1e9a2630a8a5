"""The history, taken apart once for all checks: connections with what was sent and came on them, answers, words."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from tests.faults.checker.weather import Weather
from tests.faults.history import (
    TOKEN,
    Closed,
    Deed,
    Fault,
    Final,
    Frame,
    HeadRow,
    History,
    MessageRow,
    Opened,
    Page,
    Row,
    Sent,
    Turned,
    Wire,
)

ANSWERS = frozenset({"receipt", "refusal", "following"})
WRITES = frozenset({"message.post", "message.edit", "message.remove", "reaction.set"})
# Nothing was done: the same command with the same nonce may be sent again. `unknown` says that it may have been.
NOT_DONE = frozenset({"too_fast", "busy", "unavailable"})
_STORY_LINES = 24
_LINE_LETTERS = 260


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken promise. `story` is the shortest history that shows it, one record a line."""

    promise: str
    says: str
    story: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([f"{self.promise}: {self.says}", *(f"    {line}" for line in self.story)])


@dataclass(slots=True)
class Conn:
    """One connection, from its opening to its end."""

    opened: Opened
    closed: Closed | None = None
    sent: list[Sent] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    # What came, in order, each with the time of its frame.
    items: list[tuple[int, Wire]] = field(default_factory=list)

    @property
    def ended_ms(self) -> float:
        """When it ended; never, if it was open in the end."""
        return self.closed.at_ms if self.closed else float("inf")


@dataclass(frozen=True, slots=True)
class Command:
    """A command that writes: all that was sent with one nonce by one person on one stream, and every answer."""

    stream: str
    person: str
    nonce: str
    sent: tuple[Sent, ...]
    answers: tuple[tuple[int, Wire], ...]

    def of(self, kind: str) -> list[tuple[int, Wire]]:
        """The answers of this kind, each with its time."""
        return [(at, one) for at, one in self.answers if one["t"] == kind]


@dataclass(frozen=True, slots=True)
class Said:
    """Words that were sent under a token: in which room, by which command."""

    stream: str
    command: Command


class Reading:
    """A history and the final database, with what the checks look up in them."""

    def __init__(self, history: History, final: Final) -> None:
        self.history = history
        self.final = final
        self.conns: dict[int, Conn] = {}
        for record in history.records:
            self._take(record)
        self.weather = Weather(history)

    def _take(self, record: Opened | Closed | Turned | Sent | Frame) -> None:
        match record:
            case Opened():
                self.conns[record.conn] = Conn(record)
            case Closed():
                self.conns[record.conn].closed = record
            case Sent():
                self.conns[record.conn].sent.append(record)
            case Frame():
                conn = self.conns[record.conn]
                conn.frames.append(record)
                conn.items += [(record.at_ms, item) for item in msgspec.json.decode(record.data)]
            case Turned():
                pass

    @cached_property
    def answers(self) -> dict[tuple[int, int], list[tuple[int, Wire]]]:
        """What answered each command, by connection and ref."""
        found: dict[tuple[int, int], list[tuple[int, Wire]]] = defaultdict(list)
        for number, conn in self.conns.items():
            for at, item in conn.items:
                if item["t"] in ANSWERS:
                    found[number, item["ref"]].append((at, item))
        return found

    @cached_property
    def commands(self) -> list[Command]:
        """All commands that write, each with all its tries."""
        tries: dict[tuple[str, str, str], list[Sent]] = defaultdict(list)
        for conn in self.conns.values():
            for sent in conn.sent:
                if sent.do["t"] in WRITES:
                    tries[f"room:{sent.do['room']}", conn.opened.person, sent.do["nonce"]].append(sent)
        return [self._command(key, sent) for key, sent in tries.items()]

    def _command(self, key: tuple[str, str, str], sent: list[Sent]) -> Command:
        stream, person, nonce = key
        given = [answer for one in sent for answer in self.answers.get((one.conn, one.ref), ())]
        return Command(
            stream,
            person,
            nonce,
            tuple(sorted(sent, key=lambda one: one.at_ms)),
            tuple(sorted(given, key=lambda one: one[0])),
        )

    @cached_property
    def said(self) -> dict[str, Said]:
        """Where the words under each token belong."""
        return {
            token: Said(command.stream, command)
            for command in self.commands
            for sent in command.sent
            for token in tokens_in(str(sent.do.get("text", "")).encode())
        }

    @cached_property
    def bodies(self) -> dict[tuple[str, int], Row]:
        """The stored events by stream and number."""
        return {(row.stream, row.seq): row for row in self.final.events}

    def head(self, stream: str) -> HeadRow | None:
        """Where a stream stood in the end."""
        return self.final.heads.get(stream)

    def by_token(self) -> dict[str, list[MessageRow]]:
        """The stored messages whose words carry each token."""
        found: dict[str, list[MessageRow]] = defaultdict(list)
        for message in self.final.messages.values():
            for token in tokens_in((message.text or "").encode()):
                found[token].append(message)
        return found

    def answer_of(self, sent: Sent) -> list[tuple[int, Wire]]:
        """What answered this very sending."""
        return self.answers.get((sent.conn, sent.ref), [])

    def events(self, conn: Conn, stream: str | None = None) -> Iterator[tuple[int, Wire]]:
        """The events that came on a connection, of one stream or of all."""
        for at, item in conn.items:
            if item["t"] == "event" and stream in {None, item["stream"]}:
                yield at, item

    def open_at(self, at_ms: int) -> list[Conn]:
        """The connections that were open then."""
        return [conn for conn in self.conns.values() if conn.opened.at_ms <= at_ms < conn.ended_ms]


def read(history: History, final: Final) -> Reading:
    """The history, taken apart."""
    return Reading(history, final)


def first_told(reading: Reading) -> dict[tuple[str, int], int]:
    """When somebody was first told of each event, by a receipt or the event itself: from then on it is committed."""
    first: dict[tuple[str, int], int] = {}
    for conn in reading.conns.values():
        for at, item in reading.events(conn):
            key = item["stream"], item["seq"]
            first[key] = min(at, first.get(key, at))
    for command in reading.commands:
        for at, one in command.of("receipt"):
            if one.get("seq"):
                key = command.stream, one["seq"]
                first[key] = min(at, first.get(key, at))
    return first


def tokens_in(data: bytes) -> list[str]:
    """The tokens that stand in some bytes."""
    return [found.decode() for found in TOKEN.findall(data)]


def deeds_of(reading: Reading, person: str, stream: str) -> list[Deed]:
    """What changed this person's right to a stream, in order."""
    return [
        deed
        for deed in reading.history.deeds
        if deed.person == person and (deed.stream == stream or deed.kind == "remove")
    ]


def between(times: list[int], at_ms: int) -> int:
    """How many of these ordered times are not after `at_ms`."""
    return bisect_right(times, at_ms)


def story(*records: object) -> tuple[str, ...]:
    """Records as lines, in order of time, cut to what a person can read."""
    flat: list[object] = []
    for record in records:
        flat += record if isinstance(record, (list, tuple)) else [record]
    timed = sorted((one for one in flat if one is not None), key=_time_of)
    return tuple(f"{_time_of(one):>9} ms  {_line(one)}" for one in timed[:_STORY_LINES])


def _time_of(record: object) -> int:
    if isinstance(record, (Deed, Page)):
        return record.asked_ms
    if isinstance(record, Fault):
        return record.began_ms
    if isinstance(record, At):
        return record.at_ms
    return int(getattr(record, "at_ms", 0))


@dataclass(frozen=True, slots=True)
class At:
    """Something to be told in a story, at its time."""

    at_ms: int
    says: str


def _line(record: object) -> str:
    if isinstance(record, At):
        return record.says[:_LINE_LETTERS]
    if isinstance(record, Sent):
        return f"#{record.conn} > ref {record.ref} {msgspec.json.encode(record.do).decode()}"[:_LINE_LETTERS]
    return str(record)[:_LINE_LETTERS]


def items(conn: int, found: Iterable[tuple[int, Wire]]) -> list[At]:
    """Items as they are told in a story."""
    return [At(at, f"#{conn} < {msgspec.json.encode(item).decode()}") for at, item in found]
