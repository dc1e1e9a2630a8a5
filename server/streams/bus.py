"""How nodes tell each other that something was stored. Lost, late, doubled or reordered notices do no harm:
a node follows its cursor, ignores what it has and reads from SQL what it lacks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from rooms.contract import Signal
from rooms.ids import PersonId, StreamId


@dataclass(frozen=True, slots=True)
class Notice:
    """The stream has events up to `head` now, made under rights up to `acl`, and tallies up to `rev`."""

    stream: StreamId
    epoch: str
    head: int
    acl: int
    rev: int


@dataclass(frozen=True, slots=True)
class Passing:
    """A signal for the followers of a stream on the other nodes, made under rights up to `acl`."""

    stream: StreamId
    signal: Signal
    acl: int


@dataclass(frozen=True, slots=True)
class Ending:
    """A person's sessions, or one of them, have ended: their sockets are to be closed."""

    person: PersonId
    session: str | None


Word: TypeAlias = Notice | Passing | Ending


class Bus(Protocol):
    """Carries words between nodes, at its best."""

    def tell(self, word: Word) -> None:
        """Send to all other nodes; never waits, may fail silently."""
        ...

    def listen(self, hear: Callable[[Word], None]) -> None:
        """Call `hear` for each word from another node."""
        ...

    async def well(self) -> bool:
        """Whether the bus carries words just now."""
        ...
