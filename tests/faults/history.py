"""What is written down while the fault test runs, before any client makes something of it. All times are
milliseconds of one monotonic clock, that of the process in which the clients live.
"""

import itertools
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from server.clock import monotonic_ms

Wire: TypeAlias = dict[str, Any]

# Each text that anybody sends carries one of these, so that it is found in whatever bytes it turns up in.
TOKEN = re.compile(rb"zq[0-9a-f]{14}z")
_counter = itertools.count(1)
_run = secrets.token_hex(4)


def new_token() -> str:
    """A word that stands nowhere else, in this run or another."""
    return f"zq{_run}{next(_counter):06x}z"


@dataclass(frozen=True, slots=True)
class Opened:
    """A live connection was opened: by which client, of whom, on which node and on which session."""

    at_ms: int
    conn: int
    who: str
    person: str
    node: int
    session: str


@dataclass(frozen=True, slots=True)
class Closed:
    """A live connection has ended. `code` is 1006 when it broke; `by_us` when the client itself gave it up."""

    at_ms: int
    conn: int
    code: int
    by_us: bool = False


@dataclass(frozen=True, slots=True)
class Turned:
    """A connection was not to be had: the status of the refusal, or 0 when nobody answered."""

    at_ms: int
    who: str
    node: int
    status: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A command was put on a connection."""

    at_ms: int
    conn: int
    ref: int
    do: Wire


@dataclass(frozen=True, slots=True)
class Frame:
    """Bytes that came on a connection, as they came."""

    at_ms: int
    conn: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """The answer to a request that reads."""

    asked_ms: int
    at_ms: int
    who: str
    person: str
    node: int
    path: str
    status: int
    data: bytes


@dataclass(slots=True)
class Fault:
    """Something that was done to the cluster. `target` names a node (n0), an edge (c0, p0, r0), pg, redis or a
    client; `ended_ms` is None while it lasts.
    """

    began_ms: int
    kind: str
    target: str
    ended_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Try:
    """One request about a deed: to which node, from when to when, and the answer's status; 0 when there was none."""

    node: int
    asked_ms: int
    ended_ms: int
    status: int

    def held_up_by(self, fault: Fault) -> bool:
        """Whether this fault was on the way, or at the node, while it was under way."""
        there = fault.target in {f"c{self.node}", f"n{self.node}"}
        over_ms = self.ended_ms if fault.ended_ms is None else fault.ended_ms
        return there and fault.began_ms <= self.ended_ms and over_ms >= self.asked_ms


@dataclass(slots=True)
class Deed:
    """Something that changes who may do what. `done_ms` is when it was said to be done; None when it never was.

    `kind` is kick (out of a room), admit, lower, raise, remove (from the community) or sign_out; `stream` the stream
    it is about, empty when it is about all; `session` the one that was signed out.
    """

    asked_ms: int
    kind: str
    person: str
    stream: str = ""
    session: str = ""
    done_ms: int | None = None
    status: int = 0
    tries: list[Try] = field(default_factory=list)

    def __str__(self) -> str:
        tries = ", ".join(f"n{one.node} {one.status or 'no answer'} at {one.ended_ms}" for one in self.tries)
        return f"{self.kind} {self.person} {self.stream or self.session}, done {self.done_ms}: {tries}"


@dataclass(slots=True)
class History:
    """Everything that was seen, in the order in which it was seen."""

    records: list[Opened | Closed | Turned | Sent | Frame] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    # How late this machine let us run: from when to when a process that wanted to could not.
    lates: list[tuple[int, int]] = field(default_factory=list)
    # From when on there were no faults and nobody asked for anything.
    quiet_ms: int = 0
    ended_ms: int = 0

    def begin(self, kind: str, target: str) -> Fault:
        """Note the beginning of a fault."""
        fault = Fault(monotonic_ms(), kind, target)
        self.faults.append(fault)
        return fault

    def strike(self, kind: str, target: str) -> None:
        """Note a fault that is over at once."""
        now = monotonic_ms()
        self.faults.append(Fault(now, kind, target, now))

    def so_far(self) -> "History":
        """All of it until now; what comes later is no part of it."""
        return History(
            list(self.records),
            list(self.pages),
            list(self.deeds),
            list(self.faults),
            list(self.lates),
            self.quiet_ms,
            self.ended_ms,
        )


def end(fault: Fault) -> None:
    """Note the end of a fault."""
    fault.ended_ms = monotonic_ms()


@dataclass(frozen=True, slots=True)
class Row:
    """An event as it is stored."""

    stream: str
    seq: int
    acl: int
    body: Wire


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message as it is stored."""

    id: str
    stream: str
    seq: int
    author: str
    text: str | None
    hidden: bool
    removed: str | None
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HeadRow:
    """Where a stream stands."""

    epoch: str
    head: int
    acl: int
    rev: int


@dataclass(slots=True)
class Final:
    """What was in the database in the end, and where else words of people were found."""

    heads: dict[str, HeadRow] = field(default_factory=dict)
    events: list[Row] = field(default_factory=list)
    messages: dict[str, MessageRow] = field(default_factory=dict)
    # stream, acl, person
    narrowings: list[tuple[str, int, str]] = field(default_factory=list)
    # Where it was, and the word that should not be there.
    leaks: Sequence[tuple[str, str]] = ()
    # Of each node: what was measured at rest before, and at rest afterwards.
    before: list[dict[str, float]] = field(default_factory=list)
    after: list[dict[str, float]] = field(default_factory=list)
