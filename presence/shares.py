"""What other nodes say of one room: each who is there through it, told in changes. Pure: time is an argument."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rooms.ids import PersonId
from rooms.signals import Present


@dataclass(frozen=True, slots=True)
class Share:
    """Who is in one room through one node. `rev` is raised with every change, and never used again by that node."""

    rev: int
    people: Mapping[PersonId, Present]


@dataclass(frozen=True, slots=True)
class Change:
    """Who came to a room and who went, on one node, between two revisions of its share.

    `before` 0: there was nothing before, so `came` is everybody.
    """

    before: int
    rev: int
    came: tuple[Present, ...] = ()
    gone: tuple[PersonId, ...] = ()


@dataclass(slots=True)
class _Held:
    """A share as it is put together here, and when it was last changed."""

    rev: int
    people: dict[PersonId, Present]
    at_ms: int


@dataclass(slots=True)
class Shares:
    """The shares of the other nodes in one room."""

    _held: dict[str, _Held] = field(default_factory=dict)

    @property
    def nodes(self) -> frozenset[str]:
        """The nodes through which somebody is, or was, here."""
        return frozenset(self._held)

    def people(self) -> Iterable[Mapping[PersonId, Present]]:
        """Who is here through each of them; in an order that all nodes agree on, so that all show the same name."""
        return [held.people for _, held in sorted(self._held.items())]

    def take(self, node: str, change: Change, *, now_ms: int) -> bool:
        """Take in what a node says; false when something before it is missing, and its share must be read whole."""
        held = self._held.setdefault(node, _Held(0, {}, now_ms))
        held.at_ms = now_ms
        if change.rev <= held.rev:
            # Late or doubled. That a node still stands where it stood is said in this way too.
            return True
        if change.before == 0:
            self._held[node] = _Held(change.rev, {who.person: who for who in change.came}, now_ms)
            return True
        follows = change.before == held.rev
        # Also what does not follow is true: only of the rest nothing is known yet.
        held.people.update({who.person: who for who in change.came})
        for person in change.gone:
            held.people.pop(person, None)
        if follows:
            held.rev = change.rev
        return follows

    def replace(self, read: Mapping[str, Share], *, began_ms: int) -> None:
        """Take the shares as they were read. What was told since the reading began is newer, and stays."""
        for node, held in list(self._held.items()):
            if node not in read and held.at_ms < began_ms:
                del self._held[node]
        for node, share in read.items():
            known = self._held.get(node)
            if known is None or known.rev <= share.rev:
                self._held[node] = _Held(share.rev, dict(share.people), began_ms)

    def unconfirmed(self, *, before_ms: int) -> bool:
        """Whether a node has said nothing of this room since then, not even that nothing changed."""
        return any(held.at_ms < before_ms for held in self._held.values())

    def drop(self, node: str) -> bool:
        """Forget a node that is gone; whether anybody was here through it."""
        held = self._held.pop(node, None)
        return held is not None and bool(held.people)
