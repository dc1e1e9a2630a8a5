"""The newest events of a stream in this node's memory, encoded once per wire format."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from community.events import MemberErased, MemberJoined, MemberRenamed
from rooms.contract import Event
from rooms.events import Author, AuthorErased, MessageEdited, MessagePosted, MessageRemoved, MessagesErased
from rooms.ids import MessageId, PersonId, StreamId
from server.streams.frames import Format, encode_item, join_items, websocket_frame
from server.streams.reading_sql import EventRow, Foreign
from server.wire import Happened

# Never fewer, however large, so that a short break is caught up from memory.
KEEP_LEAST = 256
KEEP_MOST = 8_192
RING_BYTES = 2 * 1024 * 1024
# A write to one follower: enough to batch, little enough that nobody waits long for its turn.
WRITE_BYTES = 256 * 1024
# Nearly all stand at one place. When a thousand come back to a quiet room, each from a place of their own, their frames
# are made anew rather than all kept: they would take a hundred times the ring.
FRAMES_KEPT = 16


class Entry:
    """One numbered event, with the bytes it has had to be encoded to so far."""

    __slots__ = ("acl", "at_ms", "counted", "event", "json", "pack", "seq")

    def __init__(self, seq: int, *, at_ms: int, acl: int, event: Event | Foreign) -> None:
        self.seq = seq
        self.at_ms = at_ms
        self.acl = acl
        self.event = event
        self.json: bytes | None = None
        self.pack: bytes | None = None
        # Its size when the ring last looked.
        self.counted = 0

    @classmethod
    def read(cls, row: EventRow) -> "Entry":
        """From an event as it is read from SQL."""
        seq, at_ms, acl, event = row
        return cls(seq, at_ms=at_ms, acl=acl, event=event)

    def encoded(self, stream: StreamId, form: Format) -> bytes:
        """The event as an item of a frame."""
        known = self.json if form is Format.JSON else self.pack
        if known is not None:
            return known
        item = _encode(stream, self, form)
        if form is Format.JSON:
            self.json = item
        else:
            self.pack = item
        return item

    @property
    def size(self) -> int:
        """Roughly the bytes that the entry keeps in memory."""
        return 200 + len(self.json or b"") + len(self.pack or b"")


def _encode(stream: StreamId, entry: Entry, form: Format) -> bytes:
    if isinstance(entry.event, Foreign):
        raw: dict[str, object] = {"t": "event", "stream": stream, "seq": entry.seq, "at_ms": entry.at_ms}
        raw["event"] = msgspec.json.decode(entry.event.body)
        return msgspec.msgpack.encode(raw) if form is Format.MSGPACK else msgspec.json.encode(raw)
    return encode_item(Happened(stream=stream, seq=entry.seq, at_ms=entry.at_ms, event=entry.event), form)  # type: ignore[arg-type]


class Written(NamedTuple):
    """A frame, and how many events it has."""

    frame: bytes
    events: int


def frame_of(stream: StreamId, entries: Sequence[Entry], form: Format) -> Written:
    """A frame with the first of these events: at least one, and as many as one write may carry."""
    items: list[bytes] = []
    size = 0
    for entry in entries:
        item = entry.encoded(stream, form)
        if items and size + len(item) > WRITE_BYTES:
            break
        items.append(item)
        size += len(item)
    return Written(websocket_frame(join_items(items, form), form), len(items))


class Ring:
    """A contiguous run of a stream's newest events, ending at its head."""

    __slots__ = ("_entries", "_frames", "bytes", "full", "head", "stream")

    def __init__(self, stream: StreamId, head: int) -> None:
        self.stream = stream
        self.head = head
        self._entries: list[Entry] = []
        self._frames: dict[tuple[int, Format], tuple[bytes, int]] = {}
        self.bytes = 0
        # Whether it has had to drop events, and would drop again what is put back before the oldest.
        self.full = False

    @property
    def tail(self) -> int:
        """The number before the oldest event kept: who stands here or later is served from memory."""
        return self.head - len(self._entries)

    @property
    def weight(self) -> int:
        """Roughly the bytes that the ring takes: its events, and the frames it keeps for those who come next."""
        return self.bytes + sum(len(frame) for frame, _ in self._frames.values())

    def append(self, entries: Iterable[Entry]) -> None:
        """Add events that follow the head without a hole; older ones are ignored."""
        for entry in entries:
            if entry.seq != self.head + 1:
                continue
            self._renew(entry.event)
            self._entries.append(entry)
            self.head = entry.seq
            entry.encoded(self.stream, Format.JSON)
            self._count(entry)
        self._frames.clear()
        self._trim()

    def prepend(self, entries: Sequence[Entry]) -> None:
        """Put back events that end where the ring begins, as they were just read; others are ignored."""
        tail = self.tail
        older = [entry for entry in entries if entry.seq <= tail]
        if not older or older[-1].seq != tail:
            return
        newer = self._entries
        self._entries = [*older, *newer]
        for entry in older:
            entry.encoded(self.stream, Format.JSON)
            self._count(entry)
        # What was read may be older than what has happened since: its words are made today's.
        for entry in newer:
            self._renew(entry.event)
        self._frames.clear()
        self._trim()

    def _count(self, entry: Entry) -> None:
        """Keep account of what the entry has come to weigh."""
        self.bytes += entry.size - entry.counted
        entry.counted = entry.size

    def _trim(self) -> None:
        drop = max(0, len(self._entries) - KEEP_MOST)
        size = self.bytes - sum(entry.counted for entry in self._entries[:drop]) if drop else self.bytes
        while size > RING_BYTES and len(self._entries) - drop > KEEP_LEAST:
            size -= self._entries[drop].counted
            drop += 1
        if drop:
            del self._entries[:drop]
            self.bytes = size
            self.full = True

    def shrink(self) -> None:
        """Give the memory back: the next who needs these events reads them from SQL."""
        self._entries.clear()
        self._frames.clear()
        self.bytes = 0
        self.full = False

    def _renew(self, event: Event | Foreign) -> None:
        """Put today's words into the entries of a message that was edited or removed, before anybody is told."""
        match event:
            case MessageEdited(message=message, text=text):
                self._reword(message, text)
            case MessageRemoved(message=message):
                self._reword(message, None)
            case AuthorErased(person=person, edited=edited):
                self._unword(person, frozenset(edited))
            case MessagesErased(messages=messages):
                self._unword(None, frozenset(messages))
            case MemberErased(person=person):
                self._unname(person)
            case _:
                return

    def _unword(self, person: PersonId | None, messages: frozenset[MessageId]) -> None:
        """Take words and names out of these messages, and of all that `person` said under their name."""
        gone = set(messages)
        for entry in self._entries:
            match entry.event:
                case MessagePosted(message=message, author=author):
                    if message in gone or (person is not None and author.person == person):
                        gone.add(message)
                        self._put(entry, msgspec.structs.replace(entry.event, text=None, author=Author(), mentions=()))
                case MessageEdited(message=message) if message in gone:
                    self._put(entry, msgspec.structs.replace(entry.event, text=None, mentions=()))

    def _unname(self, person: PersonId) -> None:
        for entry in self._entries:
            if isinstance(entry.event, (MemberJoined, MemberRenamed)) and entry.event.person == person:
                self._put(entry, msgspec.structs.replace(entry.event, name=""))

    def _put(self, entry: Entry, event: Event) -> None:
        self._frames.clear()
        entry.event = event
        entry.json = entry.pack = None
        self._count(entry)

    def _reword(self, message: MessageId, text: str | None) -> None:
        for entry in self._entries:
            if isinstance(entry.event, (MessagePosted, MessageEdited)) and entry.event.message == message:
                self._put(entry, msgspec.structs.replace(entry.event, text=text))

    def after(self, cursor: int) -> Sequence[Entry]:
        """The events after the cursor, which must not be before the tail."""
        return self._entries[cursor - self.tail :]

    def frame(self, cursor: int, form: Format) -> tuple[bytes, int]:
        """A frame with what follows the cursor, and where its reader then stands."""
        key = (cursor, form)
        known = self._frames.get(key)
        if known is None:
            if len(self._frames) >= FRAMES_KEPT:
                del self._frames[next(iter(self._frames))]
            known = self._frames[key] = self._frame(cursor, form)
        return known

    def _frame(self, cursor: int, form: Format) -> tuple[bytes, int]:
        ahead = self.after(cursor)
        written = frame_of(self.stream, ahead, form)
        # The one that had no room was encoded too.
        for entry in ahead[: written.events + 1]:
            self._count(entry)
        return written.frame, cursor + written.events
