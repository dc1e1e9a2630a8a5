"""What goes into the sequencer and what comes out: an order, how it was resolved, and the answer to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from rooms.audit import Act, Detail
from rooms.contract import Command, Event
from rooms.ids import MessageId, Nonce, PersonId, StreamId
from server.database.ports import Statement, Work


@dataclass(frozen=True, slots=True)
class Order:
    """A command on its way to its home stream: who asks, what, and under which nonce.

    An order without a nonce is one that does no harm twice (its rules see that it is done already). `actor` is
    None for the server itself and for someone who is only just coming in.
    """

    stream: StreamId
    actor: PersonId | None
    command: Command
    nonce: Nonce | None = None
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the asker is told: the receipt's fields."""

    message: MessageId | None = None
    seq: int | None = None
    rev: int | None = None
    at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """What comes of an order, before it is numbered and written.

    `events` go to the home stream, `also` to others (appended, never decided on), `rows` are statements that
    change what the adapters keep, and `narrow` names who may see less of which stream from now on (an empty
    person: everyone there is to be asked again). `noted` is what the audit says of it besides what the command says,
    and `acts` are privileged ones that came of a command which is none.
    """

    events: tuple[Event, ...] = ()
    also: tuple[tuple[StreamId, Event], ...] = ()
    rows: tuple[Statement, ...] = ()
    narrow: tuple[tuple[StreamId, PersonId | None], ...] = ()
    opens: tuple[tuple[StreamId, str], ...] = field(default=())
    answer: Answer = field(default_factory=Answer)
    noted: Mapping[str, Detail] = field(default_factory=dict)
    acts: tuple[Act, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether it was so already, and nothing comes of it."""
        return not (self.events or self.also or self.rows or self.opens)


# Resolves one order of a kind of stream inside its transaction, after the home stream's row is locked. It yields
# its facts' statements, refuses by raising `Refused`, and is given the database's clock.
Resolver: TypeAlias = Callable[[Order, int], Work[Resolved]]
