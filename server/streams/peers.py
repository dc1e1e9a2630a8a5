"""Which other nodes there are, by their leases in SQL, and whether their beats are heard over the bus."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable

import structlog

from server.clock import monotonic_ms
from server.database.ports import Contended, Database, OutcomeUnknown, Say, Unavailable, Work
from server.streams.bus import Beat, Bus

BEAT_S = 0.5
# A beat, an own or a peer's, that is missing for so long means that words may be missing too.
SILENCE_MS = 1_000
# A node renews its lease in SQL so often, and is taken for dead when it has not for so long.
RENEW_S = 5.0
LEASE_MS = 15_000
# A lease that was not renewed for so long, though its node says it does every `RENEW_S`, is a dead node's.
LAPSED_MS = 6_500
# A node that renews its lease, and is not heard for so long, is there and can't be heard.
UNHEARD_MS = 12_000
# A node of which nothing was known before says something within this, or is not there any more.
GREETING_MS = 3_000
# Longer than anything that a node leaves behind.
FORGET_MS = 60_000
# After a renewal that failed.
AGAIN_S = 1.0
# Beats may be a little late on a busy machine without anybody being told that something is wrong.
QUIET_MS = 2_000
# A turn of the loop that took so long was a pause of the whole node: what it missed, nothing says.
STALL_MS = 1_000

log = structlog.get_logger("hearth.peers")


class Peers:
    """This node among the others."""

    def __init__(self, database: Database, bus: Bus, *, gap: Callable[[], None]) -> None:
        """`gap` is called when words of any node may have been missed."""
        self._database = database
        self._bus = bus
        self._gap = gap
        self._others: set[str] = set()
        # When each node was last heard, and what it had lost by then.
        self._heard_ms: dict[str, int] = {}
        self._lost: dict[str, int] = {}
        # Since when the bus carries: what was not heard before says nothing of who lives.
        self._carries_since_ms = 0
        # Those of the others whose lease was not renewed when it was looked at last.
        self._lapsed: set[str] = set()
        self._was_troubled = False

    @property
    def troubled(self) -> bool:
        """Whether an own or a peer's beat is missing."""
        now = monotonic_ms()
        return any(now - self._heard_ms.get(node, now) > SILENCE_MS for node in (self._bus.node, *self._others))

    @property
    def others(self) -> frozenset[str]:
        """The nodes that hold a lease, without this one."""
        return frozenset(self._others)

    @property
    def carries(self) -> bool:
        """Whether the bus carries: this node hears its own beats."""
        return monotonic_ms() - self._heard_ms.get(self._bus.node, -QUIET_MS) < QUIET_MS

    @property
    def living(self) -> frozenset[str]:
        """The others that were seen to renew their lease."""
        return frozenset(self._others - self._lapsed)

    @property
    def unheard(self) -> frozenset[str]:
        """The nodes that live, as far as SQL knows, and have not been heard for long."""
        return frozenset(node for node in self.living if self._silent_ms(node) > UNHEARD_MS)

    def gone(self, node: str) -> bool:
        """Whether a node that was here is there no more. While the bus does not carry, nobody is taken for gone."""
        if not self.carries or self._silent_ms(node) < SILENCE_MS + GREETING_MS:
            return False
        return node not in self._others or node in self._lapsed

    def _silent_ms(self, node: str) -> int:
        # Of whoever was never met nothing was heard for as long as anything could be.
        return monotonic_ms() - max(self._heard_ms.get(node, 0), self._carries_since_ms)

    def met(self, nodes: Iterable[str]) -> None:
        """These have said something, or have left it: whoever was not known has a moment to say that it lives."""
        since = monotonic_ms() - SILENCE_MS
        for node in nodes:
            self._heard_ms.setdefault(node, since)

    def heard(self, beat: Beat) -> None:
        """A beat has come."""
        now = monotonic_ms()
        if beat.node == self._bus.node and not self.carries:
            self._carries_since_ms = now
        known = self._lost.get(beat.node)
        back = now - self._heard_ms.get(beat.node, now) > SILENCE_MS
        self._heard_ms[beat.node] = now
        self._lost[beat.node] = beat.lost
        if back or (known is not None and known != beat.lost):
            self._gap()

    async def run(self) -> None:
        """Beat, and hold the lease, for as long as the node lives."""
        self._heard_ms[self._bus.node] = monotonic_ms()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._beat())
            group.create_task(self._hold())

    async def _beat(self) -> None:
        while True:
            self._bus.tell(Beat(self._bus.node, self._bus.lost))
            before = monotonic_ms()
            await asyncio.sleep(BEAT_S)
            if monotonic_ms() - before > STALL_MS + BEAT_S * 1_000:
                self._gap()
            troubled = self.troubled
            if troubled and not self._was_troubled:
                log.warning("beats missing")
                self._gap()
            elif self._was_troubled and not troubled:
                log.info("beats are back")
                self._gap()
            self._was_troubled = troubled

    async def _hold(self) -> None:
        while True:
            try:
                leases = await self._database.write(lambda: _renew(self._bus.node))
            except (Unavailable, Contended, OutcomeUnknown):
                # The list of before is still the best there is. The others wait for this: it is tried again soon.
                log.warning("lease not renewed")
                await asyncio.sleep(AGAIN_S)
            else:
                self._meet({node: left_ms for node, left_ms in leases.items() if left_ms >= 0})
                if len(self._others) < len(leases):
                    await self._clear()
                await asyncio.sleep(RENEW_S)

    async def _clear(self) -> None:
        """Throw away the leases that ran out: after the renewal, which must not wait for rows that others hold."""
        with contextlib.suppress(Unavailable, Contended, OutcomeUnknown):
            # Whoever comes next finds what is left.
            await self._database.write(_clear)

    def _meet(self, leases: dict[str, int]) -> None:
        others = set(leases)
        self._lapsed = {node for node, left_ms in leases.items() if left_ms < LEASE_MS - LAPSED_MS}
        now = monotonic_ms()
        for node in others - self._others:
            self._heard_ms.setdefault(node, now)
        self._others = others
        for node in self._heard_ms.keys() - others - {self._bus.node}:
            if now - self._heard_ms[node] > FORGET_MS:
                del self._heard_ms[node]
                self._lost.pop(node, None)

    async def leave(self) -> None:
        """Give the lease back, so that nobody waits for this node's beats."""
        try:
            await self._database.write(lambda: _leave(self._bus.node))
        except (Unavailable, Contended, OutcomeUnknown):
            # It runs out by itself.
            log.warning("lease not given back")


def _renew(node: str) -> Work[dict[str, int]]:
    """Renew the lease, and say for how many milliseconds yet the others hold theirs: below 0, one has run out."""
    rows = yield [
        Say(
            "INSERT INTO node (id, until_ms) VALUES (?, NOW_MS() + ?)"
            " ON CONFLICT (id) DO UPDATE SET until_ms = excluded.until_ms",
            (node, LEASE_MS),
        ),
        Say("SELECT id, until_ms - NOW_MS() FROM node WHERE id <> ?", (node,)),
    ]
    return {id_: int(left_ms) for id_, left_ms in rows[1]}


def _clear() -> Work[None]:
    yield [Say("DELETE FROM node WHERE until_ms < NOW_MS()")]


def _leave(node: str) -> Work[None]:
    yield [Say("DELETE FROM node WHERE id = ?", (node,))]


def leases() -> Work[int]:
    """How many nodes hold a lease."""
    [rows] = yield [Say("SELECT COUNT(*) FROM node WHERE until_ms >= NOW_MS()")]
    return int(rows[0][0])
