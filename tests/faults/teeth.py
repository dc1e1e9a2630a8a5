"""For each planted bug its own short script, which a checker that is worth anything catches it by."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.faults.nemesis import Nemesis
from tests.faults.nodes import NODES, Servers
from tests.faults.run import Outcome, Plan, run

# From when everybody is in until the checker has said so.
CAUGHT_S = 20.0
PEOPLE = 16


@dataclass(frozen=True, slots=True)
class Tooth:
    """A bug, the script that brings it out, and the promises that it breaks."""

    bug: str
    script: Callable[[Nemesis], Awaitable[None]]
    promises: frozenset[str]
    rate: float = 2.0
    churn: bool = False


async def _lose_commits(nemesis: Nemesis) -> None:
    """For a while each node's commits get lost on their way to the database."""
    for n in range(NODES):
        await nemesis.cluster.edge(f"p{n}", "lose_commits", 1.0, stored=False)
        await asyncio.sleep(0.5)


async def _live(nemesis: Nemesis) -> None:
    """People live, and nothing goes wrong."""
    await asyncio.sleep(5)


async def _lose_words(nemesis: Nemesis) -> None:
    """The lines of the bus are ended, and just then something is said everywhere; then silence."""
    nemesis.life.lively.clear()
    for _ in range(3):
        await nemesis.cluster.kill_listeners()
        nemesis.life.say_everywhere()
        # Each time at another moment between two sweeps.
        await asyncio.sleep(3.6)


async def _forget_and_repeat(nemesis: Nemesis) -> None:
    """Redis forgets what was done, and it is asked for again."""
    for _ in range(3):
        await nemesis.life.say_again("large", nemesis.cluster.flush_redis)
    await asyncio.sleep(1)


async def _put_out(nemesis: Nemesis) -> None:
    """Some are put out of their rooms, and there is talk while they are."""
    await _all_churners(nemesis)
    await asyncio.sleep(3)


async def _all_churners(nemesis: Nemesis) -> None:
    life = nemesis.life
    await asyncio.gather(*(life.put_out(one, slug) for one in life.town.people for slug in one.churns))


async def _put_out_without_redis(nemesis: Nemesis) -> None:
    """The same with Redis gone."""
    gone = asyncio.create_task(nemesis.cluster.redis_gone("kill", 5.5))
    await asyncio.sleep(1)
    await _all_churners(nemesis)
    await asyncio.sleep(3)
    await gone


async def _take_back(nemesis: Nemesis) -> None:
    """What was just said is taken out."""
    for slug in ("large", "hot", "moderated"):
        await nemesis.life.take_back(slug)
    await asyncio.sleep(1)


async def _stop_reading(nemesis: Nemesis) -> None:
    """Somebody stops reading while more is said than waits in any socket."""
    slow = [one for one in nemesis.life.historians if one.narrow]
    deaf = [asyncio.create_task(one.deaf(4.0)) for one in slow]
    await asyncio.sleep(0.2)
    await nemesis.life.flood("large", 90)
    await asyncio.gather(*deaf)
    await asyncio.sleep(1.5)


async def _stop_a_node(nemesis: Nemesis) -> None:
    """A node is told to stop."""
    await asyncio.sleep(0.5)
    await nemesis.cluster.drain(1, 0.0)


async def _race_a_kick(nemesis: Nemesis) -> None:
    """A row is held, a kick waits for it, and then its victim says something."""
    life = nemesis.life
    churners = [(one, slug) for one in life.town.people for slug in one.churns if slug != "team"][:4]
    for person, slug in churners:
        holding = asyncio.create_task(nemesis.cluster.hold_row(life.town.stream(slug), 0.8))
        await asyncio.sleep(0.2)
        kicking = asyncio.create_task(life.put_out(person, slug))
        await asyncio.sleep(0.3)
        life.say_as(person, slug)
        await holding
        await kicking
        await asyncio.sleep(0.3)


def _promises(*names: str) -> frozenset[str]:
    return frozenset(names)


TEETH = (
    Tooth("acknowledge_before_commit", _lose_commits, _promises("P2")),
    Tooth("numbers_from_a_sequence", _live, _promises("P1"), churn=True),
    Tooth("no_gap_fetch", _lose_words, _promises("P1", "P9")),
    Tooth("control_messages_ignored", _lose_words, _promises("P9")),
    Tooth("no_dedupe", _live, _promises("P3")),
    Tooth("dedupe_in_redis_only", _forget_and_repeat, _promises("P3")),
    Tooth("acl_not_compared", _put_out, _promises("P18"), rate=3.0),
    Tooth("kick_by_notice_only", _put_out_without_redis, _promises("P18"), rate=3.0),
    Tooth("hidden_author_numbered", _live, _promises("P16")),
    Tooth("words_in_the_removal", _take_back, _promises("P17")),
    Tooth("queue_instead_of_cursor", _stop_reading, _promises("P1"), rate=0.5),
    Tooth("uvicorn_shutdown", _stop_a_node, _promises("P13")),
    Tooth("rights_before_the_lock", _race_a_kick, _promises("P18")),
)


@dataclass(frozen=True, slots=True)
class Bite:
    """Whether a bug was caught, by what, and how soon."""

    bug: str
    caught: bool
    took_s: float
    outcome: Outcome

    @property
    def by(self) -> str:
        """The first violation, in one line; or how the run looked without one."""
        tooth = tooth_for(self.bug)
        found = [one for one in self.outcome.violations if one.promise in tooth.promises]
        others = sorted({one.promise for one in self.outcome.violations})
        return f"{found[0].promise}: {found[0].says}" if found else f"not caught; seen: {others or 'nothing'}"


def tooth_for(bug: str) -> Tooth:
    """The tooth for a bug."""
    return next(tooth for tooth in TEETH if tooth.bug == bug)


async def bite(servers: Servers, tooth: Tooth, *, planted: bool = True) -> Bite:
    """Run a tooth's script with its bug, or (to see that it is clean) without."""
    plan = Plan(
        tooth.script,
        tooth.bug,
        people=PEOPLE,
        rate=tooth.rate,
        churn=tooth.churn,
        bug=tooth.bug if planted else "",
        leaves=False,
    )
    outcome = await run(servers, plan)
    caught = any(one.promise in tooth.promises for one in outcome.violations)
    return Bite(tooth.bug, caught and outcome.judged_s <= CAUGHT_S, outcome.judged_s, outcome)
