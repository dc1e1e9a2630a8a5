"""Limits that nodes count together over a real Redis: spreading attempts over nodes gains nothing."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Collection, Iterator

import pytest
from redis import Redis as PlainRedis

from server.door.counts_redis import RedisCounts
from server.door.limits import EVERYWHERE, LIMITS, PATIENCE, Limit, MemoryLimits
from server.door.limits_shared import PUSH_S, SHARED_FROM, CountsAway, Push, SharedLimits, Total
from server.link_redis import Client, connect
from server.settings import Settings
from server.telemetry import Metrics
from tests.contracts.test_leases import MAY, MAY_ON_CLUSTER, users
from tests.services import Redis, free_port
from tests.world import until

pytestmark = pytest.mark.redis

HALL, HOME = "198.51.100.7", "203.0.113.9"
POSTS = LIMITS["message.post"].amount


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    with Redis(*users(MAY)) as server:
        yield server


@pytest.fixture
async def client(redis: Redis) -> AsyncIterator[Client]:
    """What a node with no more rights than it is to have asks with."""
    with PlainRedis(port=redis.port, socket_timeout=10) as admin:
        admin.flushall()
    made = connect(Settings(redis_url=redis.url.replace("redis://", "redis://hearth:secret@")), answer_s=5)
    yield made
    await made.aclose()


def counts_on(client: Client, *, answer_s: float = 5.0) -> RedisCounts:
    return RedisCounts(client, prefix="hearth:test", answer_s=answer_s)


class Node:
    """One node's limits, which run."""

    def __init__(self, client: Client, *, answer_s: float = 5.0) -> None:
        self.metrics = Metrics()
        counts = counts_on(client, answer_s=answer_s)
        self.limits = SharedLimits(MemoryLimits(), counts, key=b"k" * 32, metrics=self.metrics)

    @property
    def shares(self) -> bool:
        return self.metrics.registry.get_sample_value("hearth_limits_shared") == 1


@contextlib.asynccontextmanager
async def nodes(client: Client, count: int = 2, *, answer_s: float = 5.0) -> AsyncIterator[list[Node]]:
    made = [Node(client, answer_s=answer_s) for _ in range(count)]
    running = [asyncio.create_task(node.limits.run()) for node in made]
    try:
        yield made
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def use_up(node: Node, kind: str, key: str) -> int:
    """Do something as often as it may be done; how often that was."""
    done = 0
    while node.limits.allow(kind, key) is None:
        done += 1
    return done


# Guesses -----------------------------------------------------------------------------------------------------------


async def test_wrong_tries_on_two_nodes_together_are_no_more_than_on_one(client: Client) -> None:
    async with nodes(client) as both:
        wrong = 0
        for turn in range(LIMITS[Limit.WRONG_TRY].amount * 2):
            limits = both[turn % 2].limits
            await limits.learn(HALL)
            if limits.guessing(HALL, code=False) is None:
                wrong += 1
                limits.wrong(HALL, code=False)
                await limits.learn(HALL)
        assert wrong == LIMITS[Limit.WRONG_TRY].amount
        for node in both:
            assert 0 < (node.limits.guessing(HALL, code=False) or 0) <= LIMITS[Limit.WRONG_TRY].get_expiry() * 1100
            await node.limits.learn(HOME)
            assert node.limits.guessing(HOME, code=False) is None


async def test_codes_guessed_from_everywhere_stop_all_but_clean_addresses_on_every_node(client: Client) -> None:
    async with nodes(client) as (one, other):
        for n in range(LIMITS[Limit.WRONG_CODE].amount):
            one.limits.wrong(f"address {n // PATIENCE}", code=True)
        await one.limits.learn("address 0")
        await other.limits.learn("address 0")
        assert other.limits.ahead(Limit.WRONG_CODE, EVERYWHERE) is not None
        assert other.limits.guessing("address 0", code=True) is not None
        assert other.limits.guessing("address 0", code=False) is None
        await other.limits.learn(HOME)
        assert other.limits.guessing(HOME, code=True) is None


# What hands do -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["message.post", Limit.CHANGE, Limit.NEW_SESSION])
async def test_what_was_used_up_on_one_node_is_used_up_on_the_other(client: Client, kind: str) -> None:
    async with nodes(client) as (one, other):
        assert use_up(one, kind, "rosa") == LIMITS[kind].amount
        done = 0
        async with asyncio.timeout(20):
            # Who goes on elsewhere is stopped there an interval after the first that is shared.
            while other.limits.allow(kind, "rosa") is None:
                done += 1
                await asyncio.sleep(0.05)
        assert done < LIMITS[kind].amount // 2
        assert 0 < (other.limits.allow(kind, "rosa") or 0) <= LIMITS[kind].get_expiry() * 1100
        assert other.limits.allow(kind, "ben") is None


async def test_what_two_nodes_allow_is_one_limit_and_what_one_of_them_allows_in_an_interval(client: Client) -> None:
    async with nodes(client) as both:
        done = [0, 0]
        for turn in range(POSTS * 4):
            node = turn % 2
            done[node] += both[node].limits.allow("message.post", "rosa") is None
            # Two people who type as fast as they can, for far longer than a push takes.
            await asyncio.sleep(0.02)
        # In an interval no more than this is done at such a pace: what they did before the other knew.
        assert POSTS <= sum(done) <= POSTS + POSTS // SHARED_FROM + 60
        assert max(done) < POSTS


async def test_what_is_far_from_its_limit_never_leaves_the_node(client: Client, redis: Redis) -> None:
    async with nodes(client, 1) as [node]:
        for _ in range(POSTS // SHARED_FROM - 1):
            assert node.limits.allow("message.post", "rosa") is None
        await node.limits.learn(HALL)
        with PlainRedis(port=redis.port, socket_timeout=10) as admin:
            assert admin.dbsize() == 0


async def test_somebody_who_went_on_more_slowly_is_not_counted_twice(client: Client) -> None:
    async with nodes(client) as (one, other):
        for _ in range(POSTS // 2):
            one.limits.allow("message.post", "rosa")
        await one.limits.learn(HALL)
        await until(lambda: not one.limits._unpushed)
        for _ in range(2):
            assert one.limits.allow("message.post", "rosa") is None
            await one.limits.learn(HALL)
        for _ in range(POSTS // SHARED_FROM + 1):
            assert other.limits.allow("message.post", "rosa") is None
        await until(lambda: ("message.post", "rosa") in other.limits._learned)
        learned = other.limits._learned["message.post", "rosa"].total.count
        assert learned <= POSTS // 2 + 2 + POSTS // SHARED_FROM + 1


# Redis --------------------------------------------------------------------------------------------------------------


async def test_a_window_slides_and_what_is_past_is_forgotten(client: Client, redis: Redis) -> None:
    counts = counts_on(client)
    [total] = await counts.push([Push("one", 5, 1_000)])
    assert (total.count, 900 < total.wait_ms <= 1_100) == (5, True)
    seen = set()

    async def count() -> int:
        [now] = await counts.push([Push("one", 0, 1_000)])
        seen.add(now.count)
        return now.count

    await asyncio.sleep(0.4)
    assert [one.count for one in await counts.push([Push("one", 2, 1_000)])] == [7]
    async with asyncio.timeout(20):
        while await count():  # noqa: ASYNC110 - Redis says when it is over
            await asyncio.sleep(0.02)
    # First the five are past, then the two; never one without the other at once.
    assert seen <= {7, 2, 0}
    assert {7, 0} <= seen
    with PlainRedis(port=redis.port, socket_timeout=10) as admin:
        assert admin.dbsize() == 0


async def test_a_cluster_counts_too() -> None:
    words = ["--cluster-enabled", "yes", "--cluster-port", str(free_port()), *users(MAY_ON_CLUSTER)]
    with Redis(*words) as server:
        with PlainRedis(port=server.port, socket_timeout=10) as admin:
            admin.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            await until(lambda: b"cluster_state:ok" in admin.execute_command("CLUSTER", "INFO"))
        url = server.url.replace("redis://", "redis://hearth:secret@")
        client = connect(Settings(redis_url=url, redis_cluster=True), answer_s=5)
        pushes = [Push(str(n), n, 10_000) for n in range(20)]
        for times in (1, 2):
            assert [one.count for one in await counts_on(client).push(pushes)] == [n * times for n in range(20)]
        await client.aclose()


async def test_keys_are_fingerprints_and_none_stays_for_ever(client: Client, redis: Redis) -> None:
    async with nodes(client, 1) as [node]:
        node.limits.wrong(HALL, code=True)
        use_up(node, "message.post", "rosa")
        await node.limits.learn(HALL)
        with PlainRedis(port=redis.port, socket_timeout=10) as admin:
            keys = [key.decode() for key in admin.scan_iter()]
            assert len(keys) == 3
            for key in keys:
                assert key.startswith("hearth:test:rate:")
                assert not any(word in key for word in (HALL, "rosa", "everywhere", "try", "post"))
                assert 0 < admin.pttl(key) <= 1_200_000


async def test_a_frozen_redis_holds_nobody_up_and_each_node_goes_by_itself() -> None:
    with Redis() as redis:
        client = connect(Settings(redis_url=redis.url))
        async with nodes(client, 1, answer_s=0.2) as [node]:
            node.limits.wrong(HALL, code=False)
            await until(lambda: node.shares)
            redis.pause()
            while node.shares:
                # Each waits at most as long as one answer may take; afterwards nobody waits at all.
                async with asyncio.timeout(5):
                    await node.limits.learn(HALL)
            turns = 0
            for _ in range(LIMITS[Limit.WRONG_TRY].amount * 2):
                await node.limits.learn(HALL)
                if node.limits.guessing(HALL, code=False) is None:
                    node.limits.wrong(HALL, code=False)
                    turns += 1
            assert turns == LIMITS[Limit.WRONG_TRY].amount - 1
            assert use_up(node, "message.post", "rosa") == POSTS
            redis.go_on()
            await until(lambda: node.shares)
            async with nodes(client, 1) as [other]:
                await until(lambda: not node.limits._unpushed)
                await other.limits.learn(HALL)
                assert other.limits.guessing(HALL, code=False) is not None
        await client.aclose()


class Elsewhere:
    """Counts that others have filled, up to what is allowed; the oldest is past in a moment."""

    async def push(self, pushes: Collection[Push]) -> list[Total]:
        return [Total(POSTS, 200) for _ in pushes]


async def test_nobody_is_told_to_come_back_before_more_is_known() -> None:
    clock = [0]
    limits = SharedLimits(MemoryLimits(), Elsewhere(), key=b"k" * 32, metrics=Metrics(), now_ms=lambda: clock[0])
    running = asyncio.create_task(limits.run())
    try:
        for _ in range(POSTS // SHARED_FROM + 1):
            assert limits.allow("message.post", "rosa") is None
        await until(lambda: limits._learned)
        clock[0] += 250
        # The one that was past by now leaves room for one, and on this node many may be waiting for it.
        assert (limits.allow("message.post", "rosa") or 0) >= PUSH_S * 1000
    finally:
        running.cancel()


class Nowhere:
    """Counts that are away."""

    async def push(self, pushes: Collection[Push]) -> list[Total]:
        raise CountsAway


async def test_what_could_not_be_pushed_is_kept_within_a_bound() -> None:
    limits = SharedLimits(MemoryLimits(), Nowhere(), key=b"k" * 32, metrics=Metrics())
    began = time.monotonic()
    for n in range(25_000):
        limits.wrong(f"address {n}", code=False)
    assert len(limits._unpushed) <= 20_000
    assert time.monotonic() - began < 60


async def test_for_load_tests_nothing_is_shared_by_address(client: Client) -> None:
    limits = SharedLimits(MemoryLimits(lift_addresses=True), counts_on(client), key=b"k" * 32, metrics=Metrics())
    for _ in range(LIMITS[Limit.NEW_SESSION].amount + 1):
        assert limits.allow(Limit.NEW_SESSION, HALL) is None
        limits.wrong(HALL, code=True)
    assert limits.guessing(HALL, code=True) is None
    assert not limits._unpushed


@pytest.mark.parametrize("content", ["another kind", "no place to begin", "no number"])
async def test_what_was_planted_in_one_count_keeps_no_other_from_being_shared(
    client: Client, redis: Redis, content: str
) -> None:
    counts, push = counts_on(client), [Push(key, 2, 60_000) for key in ("a", "b")]
    await counts.push(push)
    with PlainRedis(port=redis.port, socket_timeout=10) as admin:
        [key] = [key for key in admin.scan_iter() if key.endswith(b":a")]
        match content:
            case "another kind":
                admin.set(key, "planted")
            case "no place to begin":
                admin.hdel(key, "at")
            case _:
                admin.hset(key, "0", "planted")
    assert [total.count for total in await counts.push(push)] == [0, 4]
    assert [total.count for total in await counts.push(push)] == [2, 6]


async def test_a_count_that_is_to_last_for_years_is_begun_anew(client: Client, redis: Redis) -> None:
    counts = counts_on(client)
    await counts.push([Push("a", 2, 60_000)])
    with PlainRedis(port=redis.port, socket_timeout=10) as admin:
        [key] = list(admin.scan_iter())
        admin.hset(key, "0", 1_000_000)
        admin.pexpire(key, 10**12)
        assert [total.count for total in await counts.push([Push("a", 3, 60_000)])] == [3]
        assert 0 < admin.pttl(key) <= 2 * 60_000


async def test_a_mistake_of_ours_in_sharing_ends_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    push = RedisCounts.push

    async def broken(_self: RedisCounts, _pushes: Collection[Push]) -> list[Total]:
        raise ValueError("a bug")

    async with nodes(client, 1) as [node]:
        monkeypatch.setattr(RedisCounts, "push", broken)
        node.limits.wrong(HOME, code=False)
        await until(lambda: not node.shares)
        monkeypatch.setattr(RedisCounts, "push", push)
        await until(lambda: node.shares)
