"""One run: a cluster, people who live on it, what goes wrong, then quiet, and the checker's word."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from server.clock import monotonic_ms
from tests.faults import sources
from tests.faults.checker import check, judged
from tests.faults.checker.reading import Reading, Violation, read
from tests.faults.figures import Figure, figures
from tests.faults.life import Life
from tests.faults.nemesis import Nemesis
from tests.faults.nodes import Cluster, Servers, cluster_on
from tests.faults.town import settle

# After everything was mended all quiet clients see the same within this.
QUIET_S = 5.0
# Whoever waits for a moving node, or comes back after longer and longer pauses, is in again by then.
MENDED_S = 20.0
PEOPLE = 40


@dataclass(slots=True)
class Outcome:
    """What came of a run."""

    violations: list[Violation]
    figures: list[Figure]
    # By promise, how many waits were within their bound, and how many longer and excused by a fault.
    judged: dict[str, tuple[int, int]] = field(default_factory=dict)
    struck: dict[str, int] = field(default_factory=dict)
    frames: int = 0
    commands: int = 0
    took_s: float = 0.0
    # From when everybody was in until the checker had said what it says.
    judged_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run does: the script, and how lively people are meanwhile."""

    script: Callable[[Nemesis], Awaitable[None]]
    seed: str
    people: int = PEOPLE
    rate: float = 1.0
    churn: bool = True
    bug: str = ""
    # Whether what was taken is measured again in the end; a planted bug has no time for it.
    leaves: bool = True


async def run(servers: Servers, plan: Plan) -> Outcome:
    """Carry out a plan."""
    chance = random.Random(plan.seed)
    began = monotonic_ms()
    async with cluster_on(servers, bug=plan.bug) as cluster:
        town = await settle(cluster.url, chance, people=plan.people)
        before = await cluster.measure() if plan.leaves else []
        life = Life(cluster, town, chance)
        watching = asyncio.create_task(cluster.watch_lateness())
        await life.begin(churn=plan.churn, rate=plan.rate)
        judging = monotonic_ms()
        # Of its own, or what goes wrong would depend on who happened to speak first.
        nemesis = Nemesis(cluster, life, random.Random(f"{plan.seed} nemesis"))
        try:
            await plan.script(nemesis)
            reading, violations = await _judge(cluster, life, before, leaves=plan.leaves)
        finally:
            watching.cancel()
            await life.end()
        return Outcome(
            violations,
            figures(reading),
            judged=judged(reading),
            struck=nemesis.struck,
            frames=sum(len(conn.frames) for conn in reading.conns.values()),
            commands=len(reading.commands),
            took_s=(monotonic_ms() - began) / 1000,
            judged_s=(monotonic_ms() - judging) / 1000,
        )


async def _judge(
    cluster: Cluster, life: Life, before: list[dict[str, float]], *, leaves: bool
) -> tuple[Reading, list[Violation]]:
    await cluster.all_ready()
    away = await life.hush(MENDED_S)
    history = cluster.history
    history.quiet_ms = monotonic_ms()
    await asyncio.sleep(QUIET_S)
    history.ended_ms = monotonic_ms()
    told = history.so_far()
    found = sources.final(cluster)
    found.leaks = [*found.leaks, *await sources.in_redis(cluster.servers.redis.port)]
    if leaves:
        await life.end()
        found.before, found.after = before, await _at_rest(cluster)
    reading = read(told, found)
    return reading, [*check(told, found), *_of_nodes(cluster), *_of_people(away)]


def _of_people(away: list[str]) -> Iterator[Violation]:
    """P5: who was away is back."""
    if away:
        yield Violation("P5", f"{MENDED_S:.0f} s after all was mended some were not back, or had no answer: {away}")


async def _at_rest(cluster: Cluster) -> list[dict[str, float]]:
    """What the nodes hold once nobody is there any more."""
    after = await cluster.measure()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(15):
            while any(one["sockets"] for one in after):
                await asyncio.sleep(0.5)
                after = await cluster.measure()
            # The pool lets go of what it does not need, and the look for followers comes round.
            await asyncio.sleep(6)
            after = await cluster.measure()
    return after


def _of_nodes(cluster: Cluster) -> Iterator[Violation]:
    """P11: no node ends by itself, and none has to say that something of ours broke."""
    for node in cluster.nodes:
        for crash in node.crashes:
            yield Violation("P11", crash, tuple(line[:300] for line in sources.last_words(node.log)))
    for line in sources.errors_in(cluster):
        yield Violation("P11", "a node has logged an error", (line,))
