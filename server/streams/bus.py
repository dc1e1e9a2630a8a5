"""How nodes tell each other that something was stored. Lost, late, doubled or reordered words do no harm:
a node follows its cursor, ignores what it has and reads from SQL what it lacks.
"""

from collections.abc import Callable
from typing import Protocol, TypeAlias

from msgspec import Struct

from rooms.ids import PersonId, StreamId
from rooms.signals import Present
from server.wire import AnySignal


class Carried(Struct, frozen=True, array_like=True):
    """An event that rides with a notice. `body` is its JSON with its words."""

    seq: int
    at_ms: int
    acl: int
    body: str


class Notice(Struct, frozen=True, array_like=True, tag="notice"):
    """The stream has events up to `head` now, made under rights up to `acl`, and tallies up to `rev`.

    `events` are the newest, without a hole; none for streams of few, whose words stay off the bus.
    """

    stream: StreamId
    epoch: str
    head: int
    acl: int
    rev: int
    events: tuple[Carried, ...] = ()


class Passing(Struct, frozen=True, array_like=True, tag="passing"):
    """A signal for the followers of a stream on the other nodes, made under rights up to `acl`."""

    stream: StreamId
    signal: AnySignal
    acl: int


class Comings(Struct, frozen=True, array_like=True, tag="comings"):
    """Who came to a room and who went, on one node, whose share of it had the revision `before` and has `rev` now.

    `before` 0: `came` is everybody. Twice the same: nothing has changed, and who knows another has missed something.
    """

    stream: StreamId
    node: str
    before: int
    rev: int
    acl: int
    came: tuple[Present, ...] = ()
    gone: tuple[PersonId, ...] = ()


class Writing(Struct, frozen=True, array_like=True, tag="writing"):
    """Someone on another node is writing, or has stopped."""

    stream: StreamId
    who: Present
    on: bool
    acl: int


class Ending(Struct, frozen=True, array_like=True, tag="ending"):
    """A person's sessions, or one of them, have ended: their sockets are to be closed."""

    person: PersonId
    session: str | None


class Beat(Struct, frozen=True, array_like=True, tag="beat"):
    """The node lives and the bus carries. `lost` counts how often it could not say what it had to say."""

    node: str
    lost: int


Word: TypeAlias = Notice | Passing | Comings | Writing | Ending | Beat


class Bus(Protocol):
    """Carries words between nodes, at its best."""

    @property
    def node(self) -> str:
        """The name of this end, which no other has."""
        ...

    @property
    def alone(self) -> bool:
        """Whether there are no other nodes: then nothing need be said."""
        ...

    @property
    def lost(self) -> int:
        """How often words of this node could not be sent."""
        ...

    def tell(self, word: Word) -> None:
        """Send to all other nodes, and a beat to this one too; never waits, may fail silently."""
        ...

    def listen(self, hear: Callable[[Word], None], gap: Callable[[StreamId | None], None]) -> None:
        """Call `hear` for each word of another node, and `gap` when some about a stream (None: any) may be missing."""
        ...

    def follow(self, stream: StreamId) -> None:
        """Hear what is said about a stream from now on; a gap is reported when that is so."""
        ...

    def leave(self, stream: StreamId) -> None:
        """Hear nothing more about a stream."""
        ...

    async def run(self) -> None:
        """Carry, for as long as the node lives."""
        ...

    async def close(self) -> None:
        """Let go of what the bus holds."""
        ...
