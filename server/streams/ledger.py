"""The heads of the streams that one transaction touches, and what is to be written to them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec
from msgspec.structs import replace

from rooms.contract import Code, Event, Refused
from rooms.events import MessageEdited, MessagePosted
from rooms.ids import MessageId, PersonId, StreamId, kind_of
from rooms.room import RoomState, evolve
from server.database.ports import Each, Row, Say, Statement, one_of

# Locks are taken in this order, by id inside a kind, and never back up.
LOCK_ORDER = ("community", "room", "backstage", "desk", "story", "person", "audit")

HEAD_COLUMNS = "id, epoch, head, acl, tally_rev, at_ms, state, tail"


# A numbering's life, its newest number, its tally revision, and up to where its words are erased.
Version: TypeAlias = tuple[str, int, int, int]


def lock_rank(stream: StreamId) -> tuple[int, str]:
    """Where a stream stands in the order in which locks are taken."""
    return LOCK_ORDER.index(kind_of(stream)), stream


def new_epoch() -> str:
    """A name for a new life of a numbering."""
    return secrets.token_hex(4)


@dataclass(slots=True)
class Head:
    """Where a stream stands: the row that is locked, as it will be written back."""

    stream: StreamId
    epoch: str
    head: int
    acl: int
    rev: int
    at_ms: int
    state: str
    # Where the tally revision stood when the row was locked: a node that was there has missed nothing.
    rev_was: int
    # Of events up to this number the words and names are erased: nobody can go on from before it.
    tail: int

    @property
    def version(self) -> "Version":
        """What tells one view of the stream from another: two with the same version show the same."""
        return self.epoch, self.head, self.rev, self.tail

    @classmethod
    def of(cls, row: Row) -> "Head":
        """From a row of `HEAD_COLUMNS`."""
        return cls(StreamId(row[0]), row[1], row[2], row[3], row[4], row[5], row[6], row[4], row[7])


@dataclass(frozen=True, slots=True)
class Stored:
    """An event with its number, as committed. `event` has its words, the row has not."""

    stream: StreamId
    seq: int
    at_ms: int
    acl: int
    event: Event


@dataclass(frozen=True, slots=True)
class Narrowed:
    """From `acl` on, `person` (None: everyone, ask again) may see less of the stream."""

    stream: StreamId
    acl: int
    person: PersonId | None


def lock_all(streams: list[StreamId]) -> list[Statement]:
    """Lock these streams' rows in the one order, making those of persons that do not exist yet."""
    statements: list[Statement] = []
    for stream in sorted(set(streams), key=lock_rank):
        if kind_of(stream) == "person":
            statements.append(
                Say(
                    "INSERT INTO stream (id, epoch, head, tail, acl, tally_rev, at_ms, state)"
                    " VALUES (?, ?, 0, 0, 0, 0, 0, '') ON CONFLICT (id) DO NOTHING",
                    (stream, new_epoch()),
                )
            )
        statements.append(Say(f"SELECT {HEAD_COLUMNS} FROM stream WHERE id = ? FOR UPDATE", (stream,)))
    return statements


def lock_rooms(rooms: Sequence[StreamId]) -> Say:
    """Lock these rooms' rows at once, in the one order: ids are capitals and digits, so every collation has it."""
    meant = one_of("id", sorted(rooms))
    return Say(f"SELECT {HEAD_COLUMNS} FROM stream WHERE {meant.sql} ORDER BY id FOR UPDATE", meant.values)


def open_stream(stream: StreamId, community: str, state: str) -> Say:
    """The row of a new stream."""
    return Say(
        "INSERT INTO stream (id, community, epoch, head, tail, acl, tally_rev, at_ms, state)"
        " VALUES (?, ?, ?, 0, 0, 0, 0, 0, ?)",
        (stream, community, new_epoch(), state),
    )


@dataclass(slots=True)
class Ledger:
    """Numbers events on locked streams and gathers the rows to write."""

    now_ms: int
    heads: dict[StreamId, Head] = field(default_factory=dict)
    stored: list[Stored] = field(default_factory=list)
    narrowed: list[Narrowed] = field(default_factory=list)
    _events: list[tuple[Any, ...]] = field(default_factory=list)
    _touched: set[StreamId] = field(default_factory=set)

    def add(self, rows: list[Row]) -> None:
        """Take in locked rows of `HEAD_COLUMNS`."""
        for row in rows:
            self.heads[StreamId(row[0])] = Head.of(row)

    def append(self, stream: StreamId, event: Event) -> Stored:
        """Give `event` the next number of `stream`, which must be locked."""
        head = self.heads[stream]
        head.head += 1
        head.at_ms = max(self.now_ms, head.at_ms)
        if kind_of(stream) == "room" and not isinstance(event, MessagePosted):
            head.state = _evolved(head.state, event)
        stored = Stored(stream, head.head, head.at_ms, head.acl, event)
        self.stored.append(stored)
        self._touched.add(stream)
        self._events.append((stream, stored.seq, stored.at_ms, stored.acl, wordless(event), message_of(event)))
        return stored

    def narrow(self, stream: StreamId, person: PersonId | None) -> None:
        """Raise the stream's `acl`, so that what follows is not delivered on rights that have ended."""
        head = self.heads[stream]
        head.acl += 1
        self._touched.add(stream)
        self.narrowed.append(Narrowed(stream, head.acl, person))

    def count(self, stream: StreamId) -> int:
        """Raise the stream's tally revision; the new one."""
        head = self.heads[stream]
        head.rev += 1
        self._touched.add(stream)
        return head.rev

    def writes(self) -> list[Statement]:
        """The statements that store what was gathered, once."""
        statements: list[Statement] = []
        if self._events:
            statements.append(
                Each(
                    "INSERT INTO event (stream, seq, at_ms, acl, body, message) VALUES (?, ?, ?, ?, ?, ?)", self._events
                )
            )
            self._events = []
        touched = [self.heads[stream] for stream in sorted(self._touched, key=lock_rank)]
        statements.append(
            Each(
                "UPDATE stream SET head = ?, acl = ?, tally_rev = ?, at_ms = ?, state = ? WHERE id = ?",
                [(head.head, head.acl, head.rev, head.at_ms, head.state, head.stream) for head in touched],
            )
        )
        self._touched.clear()
        narrowings = [(n.stream, n.acl, n.person or "") for n in self.narrowed]
        if narrowings:
            statements.append(
                Each("INSERT INTO narrowing (stream, acl, person) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", narrowings)
            )
        return statements


class _KnownState(RoomState, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A room's state with nothing in it that this version does not know."""


# While nodes of two versions serve, one of the newer will take the command.
NEWER_RETRY_MS = 5_000

_encode = msgspec.json.Encoder().encode
_decode_state = msgspec.json.Decoder(RoomState).decode
_decode_known = msgspec.json.Decoder(_KnownState).decode


def _evolved(state: str, event: Event) -> str:
    before = deciding_state(state)
    after = evolve(before, event)  # type: ignore[arg-type]  # only room events are put on room streams
    return state if after is before else _encode(after).decode()


def room_state(state: str) -> RoomState:
    """The room's state from its stream's row, to be shown."""
    return _decode_state(state)


@lru_cache(maxsize=256)
def deciding_state(state: str) -> RoomState:
    """The room's state, to decide on it and write it back.

    Refused when a newer version has put something into it that this one does not know: it would be lost.
    """
    try:
        return _decode_known(state)
    except msgspec.ValidationError:
        raise Refused(Code.UNAVAILABLE, retry_ms=NEWER_RETRY_MS) from None


def room_state_text(state: RoomState) -> str:
    """The room's state as it is kept on its stream's row."""
    return _encode(state).decode()


def wordless(event: Event) -> str:
    """The stored form of an event: numbers, names and ids. What people said stands in the message's row."""
    if isinstance(event, (MessagePosted, MessageEdited)):
        event = replace(event, text=None)
    return _encode(event).decode()


def message_of(event: Event) -> MessageId | None:
    """The message whose words the event carries, if it carries any."""
    return event.message if isinstance(event, (MessagePosted, MessageEdited)) else None
