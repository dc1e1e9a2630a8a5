"""Which faults excuse what: for how long after a fault its traces may be felt, and whom it concerns."""

from collections.abc import Iterable
from typing import Protocol

from tests.faults.history import Fault, History

# All is to be normal again so long after a fault has ended.
HEALED_MS = 5_000


class Place(Protocol):
    """Where a client stands: on which node, and under which name its own faults are noted."""

    @property
    def node(self) -> int:
        """The node's number."""
        ...

    @property
    def who(self) -> str:
        """The client's name."""
        ...


class Weather:
    """The faults of a history."""

    def __init__(self, history: History) -> None:
        self._faults = history.faults
        self._lates = history.lates
        self._end = history.ended_ms or 2**62

    def _felt(self, fault: Fault, after_ms: int) -> int:
        return (fault.ended_ms if fault.ended_ms is not None else self._end) + after_ms

    def during(
        self,
        targets: Iterable[str],
        began_ms: float,
        ended_ms: float,
        *,
        after_ms: int = 0,
        but: frozenset[str] = frozenset(),
    ) -> list[Fault]:
        """The faults of these targets that were felt in a span; each is felt for `after_ms` longer than it lasts."""
        meant = set(targets)
        return [
            fault
            for fault in self._faults
            if fault.target in meant
            and fault.kind not in but
            and fault.began_ms <= ended_ms
            and self._felt(fault, after_ms) >= began_ms
        ]

    def path_broken(self, where: Place, began_ms: float, ended_ms: float) -> bool:
        """Whether something was wrong between this client and its node, or with either: nothing can be expected."""
        targets = (f"n{where.node}", f"c{where.node}", where.who)
        return bool(self.during(targets, began_ms, ended_ms, after_ms=HEALED_MS // 2, but=frozenset({"jump"})))

    def store_broken(self, node: int, began_ms: float, ended_ms: float) -> bool:
        """Whether the node may not have had its database."""
        return bool(self.during(("pg", f"p{node}"), began_ms, ended_ms, after_ms=HEALED_MS))

    def degraded(self, began_ms: float, ended_ms: float) -> bool:
        """Whether anything at all was wrong anywhere: then the longer of two bounds holds."""
        return any(
            fault.began_ms <= ended_ms and self._felt(fault, HEALED_MS) >= began_ms
            for fault in self._faults
            if fault.kind != "jump"
        )

    def late_ms(self, began_ms: float, ended_ms: float) -> int:
        """For how long of a span this machine let none of us run: no bound can hold there that a clock measures."""
        return sum(
            int(min(until, ended_ms) - max(since, began_ms))
            for since, until in self._lates
            if since < ended_ms and until > began_ms
        )
