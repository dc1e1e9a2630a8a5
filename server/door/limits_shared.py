"""Limits that all nodes count together: each decides at once by what it knows, and learns from the others by Redis.

Nothing waits for Redis but a guess at a secret, and that no longer than an answer may take. Without Redis each node
counts for itself.
"""

import asyncio
import hmac
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from server.clock import monotonic_ms
from server.door.limits import EVERYWHERE, LIMITS, PATIENCE, Limit, MemoryLimits
from server.telemetry import Metrics
from server.together import Mistakes, going_on

# So often what was counted is pushed, and what others have counted is learned.
PUSH_S = 0.5
# How long what was learned is believed; older, a node goes by what it counted itself.
LEARNED_MS = 3_000
# What hands do by the dozen is shared only from this part of the limit on: nearly nobody ever comes near.
SHARED_FROM = 8
# Counted from the first: so few are allowed, and so much hangs on them.
AT_ONCE = frozenset({Limit.NEW_SESSION, Limit.WRONG_TRY, Limit.WRONG_CODE})
# How long a guess waits for what other nodes counted.
GUESS_S = 0.2
# After no answer Redis is left alone for so long, and nobody waits for it.
AGAIN_S = 1.0
# So many counts go in one push; more than so many are not kept for later.
PUSH_LIMIT = 500
KEYS_LIMIT = 20_000

log = structlog.get_logger("hearth.limits")

Counted = tuple[str, str]


class CountsAway(Exception):  # noqa: N818 - what is so, not what broke
    """The shared counts can't be asked just now."""


@dataclass(frozen=True, slots=True)
class Push:
    """What a node has counted since it last said so, of a window so long."""

    key: str
    add: int
    window_ms: int


@dataclass(frozen=True, slots=True)
class Total:
    """How much all nodes have counted in a window, and when the oldest of it is past."""

    count: int
    wait_ms: int


class Counts(Protocol):
    """Where nodes count together."""

    async def push(self, pushes: Collection[Push]) -> list[Total]:
        """Add what was counted, and say how much there is of each by now. Raises `CountsAway`."""
        ...


@dataclass(slots=True)
class _Learned:
    """What all nodes together had counted when this node asked last."""

    total: Total
    at_ms: int


class SharedLimits:
    """This node's limits, which know what the others count."""

    def __init__(
        self,
        own: MemoryLimits,
        counts: Counts,
        *,
        key: bytes,
        metrics: Metrics,
        now_ms: Callable[[], int] = monotonic_ms,
    ) -> None:
        """`key` makes fingerprints of addresses, people and sessions, which alone leave this node."""
        self._own = own
        self._counts = counts
        self._key = key
        self._metrics = metrics
        self._now_ms = now_ms
        self._unpushed: dict[Counted, int] = {}
        self._learned: dict[Counted, _Learned] = {}
        self._due = asyncio.Event()
        # Those who wait for the push that is to come.
        self._waiting: list[asyncio.Future[None]] = []
        self._away = False
        self._mistakes = Mistakes(log)
        metrics.limits_shared.set(1)

    # Deciding ----------------------------------------------------------------------------------------------------

    def allow(self, kind: str, key: str) -> int | None:
        """Count one more; None when it may be done, else the milliseconds until it may."""
        wait_ms = self._others_wait_ms(kind, key)
        if wait_ms is None:
            wait_ms = self._own.allow(kind, key)
            if wait_ms is None:
                self._note(kind, key)
        return wait_ms

    def ahead(self, kind: str, key: str) -> int | None:
        """As `allow`, without counting."""
        wait_ms = self._others_wait_ms(kind, key)
        return self._own.ahead(kind, key) if wait_ms is None else wait_ms

    def _others_wait_ms(self, kind: str, key: str) -> int | None:
        """How long to wait because of what all nodes have counted, as far as that was learned."""
        if self._own.lifts(kind):
            return None
        learned = self._fresh((kind, key))
        if learned is None:
            return None
        if learned.total.count + self._unpushed.get((kind, key), 0) < LIMITS.get(kind, LIMITS[Limit.COMMAND]).amount:
            return None
        # Whether that is still so is learned with the next push: asking before it only gets the same answer.
        self._want((kind, key))
        return max(round(PUSH_S * 1000), learned.total.wait_ms - (self._now_ms() - learned.at_ms))

    def _fresh(self, counted: Counted) -> _Learned | None:
        learned = self._learned.get(counted)
        return learned if learned is not None and self._now_ms() - learned.at_ms < LEARNED_MS else None

    def _note(self, kind: str, key: str) -> None:
        """One more was counted: what is far from its limit is nobody else's business."""
        if self._own.lifts(kind):
            return
        counted = (kind, key)
        # What was shared once in this window goes on from there.
        if kind in AT_ONCE or counted in self._unpushed or counted in self._learned:
            self._want(counted, add=1)
            return
        count, limit = self._own.count(kind, key)
        if count * SHARED_FROM >= limit:
            self._want(counted, add=count)

    def _want(self, counted: Counted, *, add: int = 0) -> None:
        if len(self._unpushed) >= KEYS_LIMIT:
            # Redis has been away for long: what this node counted it still knows.
            self._unpushed.clear()
        self._unpushed[counted] = self._unpushed.get(counted, 0) + add

    def guessing(self, address: str, *, code: bool) -> int | None:
        """How long an address must wait that showed too many wrong secrets; None when it may try."""
        wait_ms = self.ahead(Limit.WRONG_TRY, address)
        if wait_ms is not None or not code:
            return wait_ms
        wait_ms = self.ahead(Limit.WRONG_CODE, EVERYWHERE)
        # Guessing from everywhere must not shut out people with the right code: a clean address goes on.
        return wait_ms if self._wrong_from(address) >= PATIENCE else None

    def _wrong_from(self, address: str) -> int:
        learned = self._fresh((Limit.WRONG_TRY, address))
        own, _ = self._own.count(Limit.WRONG_TRY, address)
        if learned is None:
            return own
        return max(own, learned.total.count + self._unpushed.get((Limit.WRONG_TRY, address), 0))

    def wrong(self, address: str, *, code: bool) -> None:
        """Count a secret that opened nothing."""
        self.allow(Limit.WRONG_TRY, address)
        if code:
            self.allow(Limit.WRONG_CODE, EVERYWHERE)

    async def learn(self, address: str) -> None:
        """Know what other nodes have counted of this address's wrong secrets, if that can be known in time."""
        if self._away:
            return
        for counted in ((Limit.WRONG_TRY, address), (Limit.WRONG_CODE, EVERYWHERE)):
            self._want(counted)
        answered = asyncio.get_running_loop().create_future()
        self._waiting.append(answered)
        self._due.set()
        # No answer in time: the guess is judged by what this node knows.
        await asyncio.wait({answered}, timeout=GUESS_S)

    # Sharing -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Push and learn, for as long as the node lives."""
        loop = asyncio.get_running_loop()
        pushed_at = loop.time()
        while going_on():
            await _either(self._due, until=pushed_at + PUSH_S)
            self._due.clear()
            pushed_at = loop.time()
            waiting, self._waiting = self._waiting, []
            try:
                await self._push()
            except Exception as error:  # noqa: BLE001 - the edge of a loop: each node counts for itself meanwhile
                self._mistakes.say("counts were not shared", error)
                self._turn(away=True)
            for answered in waiting:
                if not answered.done():
                    answered.set_result(None)
            if self._away:
                await asyncio.sleep(AGAIN_S)

    async def _push(self) -> None:
        """Push all there is, in parts; what could not be pushed is kept."""
        self._forget()
        while self._unpushed:
            part = dict(list(self._unpushed.items())[:PUSH_LIMIT])
            try:
                totals = await self._counts.push([self._pushed(counted, add) for counted, add in part.items()])
            except CountsAway:
                self._turn(away=True)
                return
            self._turn(away=False)
            self._take(part, totals)
            if len(part) < PUSH_LIMIT:
                return

    def _take(self, part: Mapping[Counted, int], totals: list[Total]) -> None:
        now = self._now_ms()
        for (counted, add), total in zip(part.items(), totals, strict=True):
            self._learned[counted] = _Learned(total, now)
            # What was counted while the answer was on its way is still to be pushed.
            left = self._unpushed.get(counted, 0) - add
            if left > 0:
                self._unpushed[counted] = left
            else:
                self._unpushed.pop(counted, None)

    def _pushed(self, counted: Counted, add: int) -> Push:
        kind, key = counted
        own, _ = self._own.count(kind, key)
        window_ms = _window_ms(kind)
        print_ = hmac.digest(self._key, f"{kind}\0{key}".encode(), "sha256").hex()[:32]
        # After a while without Redis: only what is still within the window.
        return Push(print_, min(add, own), window_ms)

    def _forget(self) -> None:
        now = self._now_ms()
        self._learned = {one: held for one, held in self._learned.items() if now - held.at_ms < _kept_ms(one[0])}

    def _turn(self, *, away: bool) -> None:
        self._metrics.limits_shared.set(int(not away))
        if away != self._away:
            self._away = away
            log.warning("limits counted alone") if away else log.info("limits shared again")


def _window_ms(kind: str) -> int:
    return LIMITS.get(kind, LIMITS[Limit.COMMAND]).get_expiry() * 1000


def _kept_ms(kind: str) -> int:
    """How long it is remembered that something was shared: while what was shared is in the window."""
    return LEARNED_MS if kind in AT_ONCE else _window_ms(kind)


async def _either(due: asyncio.Event, *, until: float) -> None:
    try:
        async with asyncio.timeout_at(until):
            await due.wait()
    except TimeoutError:
        return
