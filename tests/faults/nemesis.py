"""What goes wrong, and when: scripts drawn from a seed, whose faults overlap, and written ones for what is measured."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeAlias

from server.clock import monotonic_ms
from tests.faults.life import Life
from tests.faults.nodes import NODES, Cluster
from tests.faults.storm import reconnect_fast

Script: TypeAlias = Callable[["Nemesis"], Awaitable[None]]
HOUR_MS = 3_600_000
# Between the beginnings of two faults.
PAUSE_S = (0.8, 3.0)


@dataclass(frozen=True, slots=True)
class Blow:
    """One kind of fault: what it holds, so that one thing is not broken twice at once, and for how long."""

    name: str
    holds: str
    strike: Callable[["Nemesis", float], Coroutine[Any, Any, None]]
    least_s: float = 1.0
    most_s: float = 8.0
    weight: int = 2


class Nemesis:
    """Breaks things, as far as its script says."""

    def __init__(self, cluster: Cluster, life: Life, chance: random.Random) -> None:
        self.cluster = cluster
        self.life = life
        self.chance = chance
        self._held: set[str] = set()
        self.struck: dict[str, int] = {}

    def a_node(self) -> int:
        """Some node that nothing is done to just now."""
        free = [n for n in range(NODES) if f"n{n}" not in self._held] or list(range(NODES))
        return self.chance.choice(free)

    async def seeded(self, seconds: float, *, longest_s: float = 12.0) -> None:
        """Fault after fault, overlapping, drawn from the seed; all are over at the end."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        async with asyncio.TaskGroup() as group:
            while (left := until - loop.time()) > 0:
                self._one(group, min(longest_s, left))
                await asyncio.sleep(self.chance.uniform(*PAUSE_S))

    def _one(self, group: asyncio.TaskGroup, longest_s: float) -> None:
        free = [blow for blow in BLOWS if blow.holds not in self._held and blow.least_s <= longest_s]
        # A node must be left that somebody can be on.
        if sum(held in {"n0", "n1", "n2"} for held in self._held) >= NODES - 1:
            free = [blow for blow in free if blow.holds != "node"]
        if not free:
            return
        blow = self.chance.choices(free, [one.weight for one in free])[0]
        seconds = self.chance.uniform(blow.least_s, min(blow.most_s, longest_s))
        group.create_task(self._strike(blow, seconds))

    async def _strike(self, blow: Blow, seconds: float) -> None:
        self.struck[blow.name] = self.struck.get(blow.name, 0) + 1
        if blow.holds == "node":
            await blow.strike(self, seconds)
            return
        self._held.add(blow.holds)
        try:
            await blow.strike(self, seconds)
        finally:
            self._held.discard(blow.holds)

    async def on_node(self, do: Callable[[int], Awaitable[None]]) -> None:
        """Do something to a node that is whole, and to no other thing meanwhile."""
        n = self.a_node()
        if f"n{n}" in self._held:
            return
        self._held.add(f"n{n}")
        try:
            await do(n)
        finally:
            self._held.discard(f"n{n}")


def _on_a_node(do: Callable[[Cluster, int, float], Awaitable[None]]) -> Callable[[Nemesis, float], Any]:
    async def strike(nemesis: Nemesis, seconds: float) -> None:
        await nemesis.on_node(lambda n: do(nemesis.cluster, n, seconds))

    return strike


def _on_an_edge(do: str, letters: str, **how: object) -> Callable[[Nemesis, float], Any]:
    async def strike(nemesis: Nemesis, seconds: float) -> None:
        edge = f"{nemesis.chance.choice(letters)}{nemesis.chance.randrange(NODES)}"
        await nemesis.cluster.edge(edge, do, seconds, **how)

    return strike


async def _jump(nemesis: Nemesis, seconds: float) -> None:
    by_ms = nemesis.chance.choice((-HOUR_MS, HOUR_MS))
    await nemesis.on_node(lambda n: nemesis.cluster.jump(n, by_ms, seconds))


async def _hold(nemesis: Nemesis, seconds: float) -> None:
    slug = nemesis.chance.choice(list(nemesis.life.town.rooms))
    await nemesis.cluster.hold_row(nemesis.life.town.stream(slug), seconds)


async def _deaf(nemesis: Nemesis, seconds: float) -> None:
    await nemesis.chance.choice(nemesis.life.historians).deaf(seconds)


async def _tunnel(nemesis: Nemesis, seconds: float) -> None:
    for one in nemesis.chance.sample(nemesis.life.historians, 8):
        await one.drop()


async def _storm(nemesis: Nemesis, seconds: float) -> None:
    person = nemesis.chance.choice(nemesis.life.town.people)
    n = nemesis.a_node()
    await reconnect_fast(nemesis.cluster.door(n), person.token, times=150)


async def _sign_out(nemesis: Nemesis, seconds: float) -> None:
    staying = [one for one in nemesis.life.town.people[1:] if one.person not in nemesis.life.removed]
    await nemesis.life.sign_out(nemesis.chance.choice(staying))


async def _remove(nemesis: Nemesis, seconds: float) -> None:
    town, removed = nemesis.life.town, nemesis.life.removed
    plain = [one for one in town.people[1:] if not one.moderates and not one.churns and one.person not in removed]
    if len(plain) > len(town.people) // 3:
        await nemesis.life.remove(nemesis.chance.choice(plain))


async def _flush(nemesis: Nemesis, seconds: float) -> None:
    await nemesis.cluster.flush_redis()


async def _kill_listeners(nemesis: Nemesis, seconds: float) -> None:
    await nemesis.cluster.kill_listeners()


async def _end_back_ends(nemesis: Nemesis, seconds: float) -> None:
    await nemesis.cluster.end_back_ends()


async def _snap(nemesis: Nemesis, seconds: float) -> None:
    await nemesis.cluster.snap(f"{nemesis.chance.choice('cpr')}{nemesis.chance.randrange(NODES)}")


async def _half_close(nemesis: Nemesis, seconds: float) -> None:
    edge = f"{nemesis.chance.choice('cpr')}{nemesis.chance.randrange(NODES)}"
    await nemesis.cluster.edge(edge, "half_close", seconds)


def _redis(how: str) -> Callable[[Nemesis, float], Any]:
    async def strike(nemesis: Nemesis, seconds: float) -> None:
        await nemesis.cluster.redis_gone(how, seconds)

    return strike


def _postgres(how: str) -> Callable[[Nemesis, float], Any]:
    async def strike(nemesis: Nemesis, seconds: float) -> None:
        await nemesis.cluster.postgres_gone(how, seconds)

    return strike


async def _use_up(nemesis: Nemesis, seconds: float) -> None:
    await nemesis.cluster.use_up_connections(seconds)


BLOWS = (
    Blow("kill a node", "node", _on_a_node(Cluster.kill), 0.5, 4.0, weight=3),
    Blow("pause a node", "node", _on_a_node(Cluster.pause), 1.0, 45.0, weight=3),
    Blow("drain a node", "node", _on_a_node(Cluster.drain), 0.5, 2.0, weight=3),
    Blow("jump a clock", "clock", _jump, 1.0, 10.0),
    Blow("kill Redis", "redis", _redis("kill"), 1.0, 10.0),
    Blow("pause Redis", "redis", _redis("pause"), 1.0, 10.0),
    Blow("flush Redis", "flush", _flush),
    Blow("kill listeners", "redis", _kill_listeners),
    Blow("stop PostgreSQL", "pg", _postgres("stop"), 1.0, 6.0, weight=1),
    Blow("crash PostgreSQL", "pg", _postgres("kill"), 1.0, 6.0, weight=1),
    Blow("pause PostgreSQL", "pg", _postgres("pause"), 1.0, 6.0, weight=1),
    Blow("end back ends", "pg", _end_back_ends),
    Blow("hold a row", "pg", _hold, 0.5, 4.0),
    Blow("use up connections", "pg", _use_up, 1.0, 6.0, weight=1),
    Blow("cut an edge", "edge", _on_an_edge("cut", "cpr"), 1.0, 8.0),
    Blow("stall an edge", "edge", _on_an_edge("stall", "cpr"), 1.0, 8.0),
    Blow("stall one way", "edge", _on_an_edge("stall", "cpr", up=False), 1.0, 8.0),
    Blow("slow an edge", "edge", _on_an_edge("delay", "cpr", by_s=0.1), 1.0, 8.0),
    Blow("break an edge", "edge", _snap),
    Blow("lose commits", "edge", _on_an_edge("lose_commits", "p", stored=False), 0.5, 3.0, weight=1),
    Blow("lose answers to commits", "edge", _on_an_edge("lose_commits", "p", stored=True), 0.5, 3.0, weight=1),
    Blow("half-close an edge", "edge", _half_close, 0.5, 2.0, weight=1),
    Blow("stop reading", "reader", _deaf, 2.0, 12.0),
    Blow("tunnel", "tunnel", _tunnel),
    Blow("reconnect fast", "storm", _storm, weight=1),
    Blow("sign out", "sign out", _sign_out),
    Blow("remove from the community", "remove", _remove, weight=1),
)


# Written scripts, whose faults do not overlap, so that what is measured has one cause -----------------------------


async def measured(nemesis: Nemesis, *, gone_s: float) -> None:
    """Each fault that a figure is asked for, one after the other with time to heal in between."""
    cluster = nemesis.cluster
    for n in range(NODES):
        await cluster.kill(n, 1.0)
        await asyncio.sleep(6)
    for how in ("kill", "pause"):
        await cluster.redis_gone(how, gone_s)
        await back_to_normal(nemesis)
    await cluster.postgres_gone("stop", gone_s)
    await asyncio.sleep(6)
    await rolling_restart(nemesis)
    for person in nemesis.life.town.people[1:6]:
        await nemesis.life.sign_out(person)
    await asyncio.sleep(3)


async def rolling_restart(nemesis: Nemesis) -> None:
    """One node after the other is told to stop and started again, as for an update."""
    async with nemesis.cluster.fault("rolling_restart", "all"):
        for n in range(NODES):
            await nemesis.cluster.drain(n, 0.0)
            await asyncio.sleep(2)


async def back_to_normal(nemesis: Nemesis) -> None:
    """Note for how long after Redis has come back nodes still say that they do not trust the bus."""
    fault = nemesis.cluster.history.begin("untrusted", "all")
    async with asyncio.timeout(30):
        while any([(await n.measure())["troubled"] for n in nemesis.cluster.nodes]):  # noqa: ASYNC110 - asked, not told
            await asyncio.sleep(0.1)
    fault.ended_ms = monotonic_ms()
    await asyncio.sleep(3)
