"""A stream that is followed on this node: its ring, and who stands where in it. A follower is a cursor, not a queue."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import msgspec

from rooms.contract import Signal
from rooms.ids import PersonId, StreamId
from rooms.signals import RosterChanged
from server.streams.bus import Carried
from server.streams.frames import Format, encode_item, join_items, websocket_frame
from server.streams.ledger import Version
from server.streams.reading_sql import Foreign, event_with_words
from server.streams.ring import Entry, Ring
from server.wire import Now, Page, RoomSnapshot

# So many events that came before those they follow are kept until these come too.
AHEAD_LIMIT = 512


Pen: TypeAlias = Callable[[bytes], None]


class Listener(Protocol):
    """A connection as the engine sees it: somewhere to write to, never to wait for."""

    person: PersonId
    form: Format

    @property
    def ready(self) -> bool:
        """Whether more may be written: open, and not backed up."""
        ...

    def write(self, frame: bytes) -> None:
        """Write a whole frame now."""
        ...

    def pen(self) -> Pen | None:
        """What writes a whole frame if called at once; None when nothing more may be written now."""
        ...

    def unfollow(self, stream: StreamId) -> None:
        """The right to this stream has ended: say so, and forget it."""
        ...

    def come_back(self) -> None:
        """End the connection with a code that says come back."""
        ...

    def missed(self, stream: StreamId) -> None:
        """Signals of this stream have passed it by: say how things stand."""
        ...


class Snapshot:
    """The part of a room that is the same for all who come in, encoded once per wire format."""

    __slots__ = ("_raw", "value", "version")

    def __init__(self, version: Version, value: RoomSnapshot) -> None:
        self.version = version
        self.value = value
        self._raw: dict[Format, msgspec.Raw] = {}

    def shows(self, version: Version, roster: RosterChanged) -> bool:
        """Whether it is how the room stands at this version, with this very roster."""
        return self.version == version and self.value.roster is roster

    def encoded(self, form: Format) -> msgspec.Raw:
        """The snapshot as it goes into the answer to a follow."""
        raw = self._raw.get(form)
        if raw is None:
            raw = self._raw[form] = msgspec.Raw(encode_item(self.value, form))
        return raw


class Told:
    """What is passing on a stream, encoded once per wire format."""

    __slots__ = ("_frames", "_items")

    def __init__(self, stream: StreamId, signals: Sequence[Signal]) -> None:
        self._items = [Now(stream=stream, signal=signal) for signal in signals]  # type: ignore[arg-type]  # registered
        self._frames: dict[Format, bytes] = {}

    def frame(self, form: Format) -> bytes:
        """One frame with all of it; nothing when there is nothing to tell."""
        if not self._items:
            return b""
        frame = self._frames.get(form)
        if frame is None:
            items = [encode_item(item, form) for item in self._items]
            frame = self._frames[form] = websocket_frame(join_items(items, form), form)
        return frame


class Follower:
    """One connection's place on one stream. `acl` is the state of rights it was last checked under."""

    __slots__ = ("acl", "channel", "checking", "cursor", "listener", "missed", "reading")

    def __init__(self, channel: "Channel", listener: Listener, *, cursor: int, acl: int) -> None:
        self.channel = channel
        self.listener = listener
        self.cursor = cursor
        self.acl = acl
        # Nothing is written while its rights are checked again, or while events are read from SQL for it.
        self.checking = False
        self.reading = False
        # A signal has passed it by.
        self.missed = False

    @property
    def held(self) -> bool:
        """Whether passes leave this follower alone for now."""
        return self.checking or self.reading


class Channel:
    """One stream on this node. Everybody who is here has one of their own, so it is kept small."""

    __slots__ = (
        "_ahead",
        "acl",
        "epoch",
        "followers",
        "foreign",
        "named",
        "page",
        "rev",
        "ring",
        "signals",
        "snapshot",
        "stream",
        "used_ms",
    )

    def __init__(self, stream: StreamId, epoch: str, head: int, *, acl: int, rev: int) -> None:
        self.stream = stream
        self.epoch = epoch
        self.ring = Ring(stream, head)
        self.acl = acl
        self.rev = rev
        self.followers: set[Follower] = set()
        # The newest number that anybody has named: what lies between it and the ring is read from SQL.
        self.named = head
        # The newest page of a room, shared by all who come in while nothing new is said.
        self.page: tuple[Version, Page] | None = None
        self.snapshot: Snapshot | None = None
        self.used_ms = 0
        # A newer version has written here what this one does not understand: it may show it, and not decide on it.
        self.foreign = False
        # What the next pass tells besides events.
        self.signals: list[Signal] = []
        # Events of other nodes that came before those they follow.
        self._ahead: dict[int, Entry] = {}

    def take(self, events: Sequence[Carried]) -> bool:
        """Take in events that another node has told of, as far as they follow without a hole; whether any did."""
        before = self.head
        for carried in events:
            if carried.seq > self.head + 1 and len(self._ahead) < AHEAD_LIMIT:
                self._ahead[carried.seq] = self._entry(carried)
            elif carried.seq == self.head + 1:
                self.ring.append([self._entry(carried)])
        while (entry := self._ahead.pop(self.head + 1, None)) is not None:
            self.ring.append([entry])
        if self._ahead:
            self._ahead = {seq: entry for seq, entry in self._ahead.items() if seq > self.head}
        return self.head > before

    def _entry(self, carried: Carried) -> Entry:
        event = event_with_words(carried.body)
        self.foreign = self.foreign or isinstance(event, Foreign)
        return Entry(carried.seq, at_ms=carried.at_ms, acl=carried.acl, event=event)

    @property
    def head(self) -> int:
        """The number of the newest event that this node knows of."""
        return self.ring.head
