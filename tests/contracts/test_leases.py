"""What every store of presence leases must do: memory, one Redis, and a cluster."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import pytest
from redis import Redis as PlainRedis

from presence.ports import Leases, LeasesAway
from presence.shares import Change, Share
from rooms.ids import PersonId, RoomId
from rooms.signals import Present
from server.leases_memory import MemoryLeases, MemoryTable
from server.leases_redis import FIELDS_LIMIT, NODES_LIMIT, RedisLeases
from server.link_redis import Client, connect
from server.settings import Settings
from tests.rules.people import present
from tests.services import Redis, free_port
from tests.world import until

TEA, CAKE = RoomId("01TEA"), RoomId("01CAKE")
ADA, BEN, CLEO = present("Ada"), present("Ben"), present("Cleo")
KEY = b"k" * 32
# What docs/running.md gives a node's user.
MAY = "-@all +@connection +@pubsub +@hash +@sortedset +@keyspace +@scripting +@string -@dangerous"
# On a cluster a node also asks which server has what.
MAY_ON_CLUSTER = f"{MAY} +cluster|slots"
LONG_MS, SHORT_MS = 60_000, 250


class Store(Protocol):
    """Where leases are kept, as nodes find it."""

    def node(self, name: str, *, lease_ms: int = LONG_MS, key: bytes = KEY) -> Leases:
        """One node's leases."""
        ...

    def lose(self) -> None:
        """All that is kept is gone."""
        ...

    def gone(self) -> contextlib.AbstractContextManager[None]:
        """During the block nobody has an answer."""
        ...

    def read_only(self) -> contextlib.AbstractContextManager[None]:
        """During the block nothing can be written."""
        ...


class InMemory:
    """Leases in this process."""

    def __init__(self) -> None:
        self._table = MemoryTable()

    def node(self, name: str, *, lease_ms: int = LONG_MS, key: bytes = KEY) -> Leases:
        return MemoryLeases(self._table, node=name, lease_ms=lease_ms)

    def lose(self) -> None:
        self._table.kept.clear()

    @contextlib.contextmanager
    def gone(self) -> Iterator[None]:
        self._table.away = True
        yield
        self._table.away = False

    @contextlib.contextmanager
    def read_only(self) -> Iterator[None]:
        self._table.read_only = True
        yield
        self._table.read_only = False


@dataclass
class InRedis:
    """Leases in a real Redis."""

    redis: Redis
    client: Client

    def node(self, name: str, *, lease_ms: int = LONG_MS, key: bytes = KEY) -> Leases:
        return RedisLeases(self.client, node=name, prefix="hearth:test", key=key, lease_ms=lease_ms, answer_s=1)

    def lose(self) -> None:
        with PlainRedis(port=self.redis.port, socket_timeout=10) as admin:
            admin.flushall()

    @contextlib.contextmanager
    def gone(self) -> Iterator[None]:
        self.redis.pause()
        try:
            yield
        finally:
            self.redis.go_on()

    @contextlib.contextmanager
    def read_only(self) -> Iterator[None]:
        with PlainRedis(port=self.redis.port, socket_timeout=10) as admin:
            admin.config_set("min-replicas-to-write", 1)
            try:
                yield
            finally:
                admin.config_set("min-replicas-to-write", 0)


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    with Redis(*users(MAY)) as server:
        yield server


def users(may: str) -> list[str]:
    """An administrator without a password, and a node's user who may do just this."""
    words = ["--user", "default", "on", "nopass", "~*", "&*", "+@all"]
    return [*words, "--user", "hearth", "on", ">secret", "~hearth:*", "&hearth:*", *may.split()]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Redis]:
    words = ["--cluster-enabled", "yes", "--cluster-port", str(free_port()), *users(MAY_ON_CLUSTER)]
    with Redis(*words) as server:
        with PlainRedis(port=server.port, socket_timeout=10) as admin:
            admin.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            while b"cluster_state:ok" not in admin.execute_command("CLUSTER", "INFO"):
                time.sleep(0.02)
        yield server


@contextlib.asynccontextmanager
async def in_redis(server: Redis, *, cluster: bool = False) -> AsyncIterator[InRedis]:
    # Alone as the user that a node is to have, so that what it may do is enough.
    url = server.url.replace("redis://", "redis://hearth:secret@")
    client = connect(Settings(redis_url=url, redis_cluster=cluster), answer_s=1)
    with PlainRedis(port=server.port, socket_timeout=10) as admin:
        admin.flushall()
    try:
        yield InRedis(server, client)
    finally:
        await client.aclose()


@pytest.fixture(
    params=["memory", pytest.param("redis", marks=pytest.mark.redis), pytest.param("cluster", marks=pytest.mark.redis)]
)
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield InMemory()
        return
    async with in_redis(request.getfixturevalue(request.param), cluster=request.param == "cluster") as found:
        yield found


def whole(rev: int, *people: Present) -> Change:
    return Change(0, rev, people)


def shares(**nodes: Share) -> dict[str, Share]:
    return nodes


def share(rev: int, *people: Present) -> Share:
    return Share(rev, {who.person: who for who in people})


async def test_a_node_reads_the_shares_of_the_others_and_not_its_own(store: Store) -> None:
    a, b, c = store.node("a"), store.node("b"), store.node("c")
    assert await a.read([TEA, CAKE]) == {}
    await a.hold({TEA: whole(1, ADA, BEN), CAKE: whole(2, ADA)})
    await b.hold({TEA: whole(7, BEN)})
    assert await c.read([TEA, CAKE]) == {
        TEA: shares(a=share(1, ADA, BEN), b=share(7, BEN)),
        CAKE: shares(a=share(2, ADA)),
    }
    assert await a.read([TEA, CAKE]) == {TEA: shares(b=share(7, BEN))}
    assert await c.read([CAKE]) == {CAKE: shares(a=share(2, ADA))}


async def test_a_share_is_changed_by_what_came_and_what_went(store: Store) -> None:
    a, b = store.node("a"), store.node("b")
    await a.hold({TEA: whole(1, ADA, BEN)})
    renamed = Present(person=ADA.person, name="Ada L.")
    assert await a.hold({TEA: Change(1, 3, (renamed, CLEO), (BEN.person, PersonId("nobody")))}) == frozenset()
    assert await b.read([TEA]) == {TEA: shares(a=share(3, renamed, CLEO))}


async def test_the_whole_of_a_share_takes_the_place_of_what_was_there(store: Store) -> None:
    a, b = store.node("a"), store.node("b")
    await a.hold({TEA: whole(1, ADA, BEN)})
    await a.hold({TEA: whole(2, CLEO)})
    assert await b.read([TEA]) == {TEA: shares(a=share(2, CLEO))}


async def test_a_share_that_is_dropped_is_read_no_more(store: Store) -> None:
    a, b = store.node("a"), store.node("b")
    await a.hold({TEA: whole(1, ADA), CAKE: whole(1, ADA)})
    await b.hold({TEA: whole(1, BEN)})
    await a.drop([TEA, RoomId("01NEVER")])
    assert await b.read([TEA, CAKE]) == {CAKE: shares(a=share(1, ADA))}
    assert await a.read([TEA]) == {TEA: shares(b=share(1, BEN))}


async def test_what_was_lost_is_not_written_in_part(store: Store) -> None:
    a, b = store.node("a"), store.node("b")
    await a.hold({TEA: whole(1, ADA, BEN), CAKE: whole(2, ADA)})
    store.lose()
    assert await a.hold({TEA: Change(1, 3, (CLEO,)), CAKE: whole(4, ADA)}) == frozenset({TEA})
    assert await b.read([TEA, CAKE]) == {CAKE: shares(a=share(4, ADA))}
    assert await a.hold({TEA: whole(5, ADA, BEN, CLEO)}) == frozenset()
    assert await b.read([TEA]) == {TEA: shares(a=share(5, ADA, BEN, CLEO))}


async def test_a_lease_that_is_not_renewed_ends_by_itself_and_one_that_is_lives_on(store: Store) -> None:
    a, b, c = store.node("a", lease_ms=SHORT_MS), store.node("b"), store.node("c")
    await a.hold({TEA: whole(1, ADA)})
    await b.hold({TEA: whole(1, BEN)})

    async def held() -> set[str]:
        await asyncio.sleep(SHORT_MS / 10_000)
        return set((await c.read([TEA])).get(TEA, {}))

    # Far longer than the lease lasts: each renewal begins it anew.
    for _ in range(30):
        assert await a.hold({TEA: Change(1, 1)}) == frozenset()
        assert await held() == {"a", "b"}
    async with asyncio.timeout(20):
        while "a" in await held():
            pass
    assert await a.hold({TEA: Change(1, 1)}) == frozenset({TEA})
    assert await held() == {"b"}


async def test_a_room_of_thousands_is_held_and_read_whole(store: Store) -> None:
    a, b = store.node("a"), store.node("b")
    people = [Present(person=PersonId(f"p{n:025}"), name=f"Person {n}") for n in range(5_000)]
    await a.hold({TEA: whole(1, *people)})
    await a.hold({TEA: Change(1, 2, (), tuple(who.person for who in people[4_000:]))})
    read = (await b.read([TEA]))[TEA]["a"]
    assert (read.rev, len(read.people)) == (2, 4_000)


async def test_without_an_answer_it_is_said_that_there_is_none_and_afterwards_all_goes_on(store: Store) -> None:
    a, b = store.node("a"), store.node("b")
    await a.hold({TEA: whole(1, ADA)})
    asks: list[Callable[[], object]] = [
        lambda: a.hold({TEA: Change(1, 1)}),
        lambda: a.drop([CAKE]),
        lambda: b.read([TEA]),
    ]
    with store.gone():
        for ask in asks:
            with pytest.raises(LeasesAway):
                await ask()  # type: ignore[misc]
    await a.hold({TEA: Change(1, 1)})
    assert await b.read([TEA]) == {TEA: shares(a=share(1, ADA))}


async def test_where_nothing_can_be_written_what_is_there_can_be_read(store: Store) -> None:
    a, b = store.node("a"), store.node("b")
    await a.hold({TEA: whole(1, ADA)})
    with store.read_only():
        for ask in (lambda: a.hold({TEA: Change(1, 1)}), lambda: a.drop([TEA])):
            with pytest.raises(LeasesAway):
                await ask()
        assert await b.read([TEA]) == {TEA: shares(a=share(1, ADA))}
    await a.hold({TEA: Change(1, 1)})


@pytest.mark.redis
async def test_nothing_is_kept_in_redis_for_ever(redis: Redis) -> None:
    async with in_redis(redis) as found:
        await found.node("a", lease_ms=SHORT_MS).hold({TEA: whole(1, ADA), CAKE: whole(1, ADA)})
        with PlainRedis(port=redis.port, socket_timeout=10) as admin:
            assert {admin.pttl(key) > 0 for key in admin.scan_iter()} == {True}
            await until(lambda: not admin.dbsize())


@pytest.mark.redis
async def test_a_name_that_no_node_has_is_left_out_and_ends_nothing(redis: Redis) -> None:
    async with in_redis(redis) as found:
        await found.node("a").hold({TEA: whole(1, ADA)})
        with PlainRedis(port=redis.port, socket_timeout=10) as admin:
            [names] = [key for key in admin.scan_iter() if not key.endswith(b":a")]
            admin.zadd(names, {b"\xff\xfe": 0})
        assert await found.node("b").read([TEA]) == {TEA: shares(a=share(1, ADA))}


@pytest.mark.redis
async def test_what_no_node_of_ours_has_sealed_is_not_believed(redis: Redis) -> None:
    async with in_redis(redis) as found:
        await found.node("a").hold({TEA: whole(1, ADA)})
        await found.node("stranger", key=b"s" * 32).hold({TEA: whole(1, BEN)})
        with PlainRedis(port=redis.port, socket_timeout=10) as admin:
            [key] = [key for key in admin.scan_iter() if key.endswith(b":a")]
            sealed = admin.hget(key, ADA.person)
            # A true word in another's place is as false as one of a stranger.
            admin.hset(key, BEN.person, sealed)
        assert await found.node("b").read([TEA]) == {TEA: shares(a=share(1, ADA))}


@pytest.mark.redis
@pytest.mark.parametrize("planted", ["the list", "the share"])
async def test_what_was_planted_in_one_room_keeps_no_other_from_its_people(redis: Redis, planted: str) -> None:
    async with in_redis(redis) as found:
        a, b = found.node("a"), found.node("b")
        await a.hold({TEA: whole(1, ADA), CAKE: whole(1, ADA)})
        with PlainRedis(port=redis.port, socket_timeout=10) as admin:
            keys = sorted(key for key in admin.scan_iter() if TEA.encode() in key)
            admin.set(keys[0] if planted == "the list" else keys[1], "planted")
        assert await b.read([TEA, CAKE]) == {CAKE: shares(a=share(1, ADA))}
        # It is gone, so that the room's next renewal finds nothing there, and all is written anew.
        assert await a.hold({TEA: Change(1, 1), CAKE: Change(1, 1)}) <= {TEA}
        await a.hold({TEA: whole(1, ADA)})
        assert await b.read([TEA, CAKE]) == {TEA: shares(a=share(1, ADA)), CAKE: shares(a=share(1, ADA))}


@pytest.mark.redis
async def test_what_was_planted_where_a_node_writes_is_taken_away(redis: Redis) -> None:
    async with in_redis(redis) as found:
        a, b = found.node("a"), found.node("b")
        await a.hold({TEA: whole(1, ADA)})
        with PlainRedis(port=redis.port, socket_timeout=10) as admin:
            [share_key] = [key for key in admin.scan_iter() if key.endswith(b":a")]
            admin.set(share_key, "planted")
        assert await a.hold({TEA: Change(1, 1), CAKE: whole(1, BEN)}) == {TEA}
        await a.hold({TEA: whole(1, ADA)})
        assert await b.read([TEA, CAKE]) == {TEA: shares(a=share(1, ADA)), CAKE: shares(a=share(1, BEN))}


@pytest.mark.redis
async def test_however_many_names_stand_in_a_room_only_so_many_are_asked_for(redis: Redis) -> None:
    async with in_redis(redis) as found:
        await found.node("a").hold({TEA: whole(1, ADA)})
        with PlainRedis(port=redis.port, socket_timeout=10) as admin:
            [names] = [key for key in admin.scan_iter() if not key.endswith(b":a")]
            admin.zadd(names, {f"z{number}": 0 for number in range(20_000)})
            # Some may be behind them: it is not known who is here until those that lead nowhere are gone.
            with pytest.raises(LeasesAway):
                await found.node("b").read([TEA])
            assert admin.zcard(names) == 20_001 - NODES_LIMIT
            admin.zremrangebyrank(names, 2 * NODES_LIMIT, -1)
            with pytest.raises(LeasesAway):
                await found.node("b").read([TEA])
            assert await found.node("b").read([TEA]) == {TEA: shares(a=share(1, ADA))}


@pytest.mark.redis
async def test_shares_that_no_node_of_ours_has_written_stand_in_nobodys_way(redis: Redis) -> None:
    async with in_redis(redis) as found:
        await found.node("z").hold({TEA: whole(1, ADA)})
        with PlainRedis(port=redis.port, socket_timeout=10) as admin:
            [names] = [key for key in admin.scan_iter() if not key.endswith(b":z")]
            for number in range(NODES_LIMIT):
                admin.zadd(names, {f"a{number}": 0})
                admin.hset(names + f":a{number}".encode(), "who", "nobody")
            with pytest.raises(LeasesAway):
                await found.node("b").read([TEA])
            assert await found.node("b").read([TEA]) == {TEA: shares(z=share(1, ADA))}
            assert admin.zcard(names) == 1


@pytest.mark.redis
async def test_a_share_of_more_people_than_any_node_has_is_not_taken_in_and_taken_away(redis: Redis) -> None:
    async with in_redis(redis) as found:
        await found.node("a").hold({TEA: whole(1, ADA)})
        with PlainRedis(port=redis.port, socket_timeout=10) as admin:
            [names] = [key for key in admin.scan_iter() if not key.endswith(b":a")]
            admin.zadd(names, {"z": 0})
            admin.hset(names + b":z", mapping={f"p{number}": "x" for number in range(FIELDS_LIMIT + 1)})
            assert await found.node("b").read([TEA]) == {TEA: shares(a=share(1, ADA))}
            assert not admin.exists(names + b":z")
