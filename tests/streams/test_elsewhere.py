"""Who is here on several nodes: what one says is heard on the others, what was missed is found, what dies is let go."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import psycopg
import pytest
import structlog

from presence.ports import LeasesAway
from presence.shares import Change
from rooms.ids import PersonId, RoomId, TabId, room_stream
from rooms.rights import Role
from rooms.signals import Present, RosterChanged
from server import elsewhere
from server.database.ports import Database, Say, Unavailable, Work
from server.here import Here
from server.leases_memory import MemoryLeases, MemoryTable
from server.streams import peers
from server.streams.bus import Beat, Comings
from server.streams.bus_memory import MemoryBus, MemoryWire
from server.streams.peers import Peers
from server.streams.streams import Streams
from tests.conftest import fresh_postgres, opened
from tests.rules.people import present
from tests.world import Ear, follow, streams_on, until, world_on

T = TypeVar("T")

ADA, BEN, CLEO = present("Ada"), present("Ben"), present("Cleo")


@dataclass
class Node:
    """One node's presence, and what somebody who follows the room hears there."""

    here: Here
    streams: Streams
    room: RoomId
    ear: Ear
    _tabs: dict[str, TabId] = field(default_factory=dict)

    def enter(self, who: Present) -> None:
        self.here.enter(self.room, TabId(f"{who.name} on {self.streams.node}"), who)

    def leave(self, who: Present) -> None:
        self.here.leave(self.room, TabId(f"{who.name} on {self.streams.node}"), at_once=True)

    def sees(self, *names: str) -> bool:
        roster = self.here.roster_of(self.room)
        return roster.known and [one.name for one in roster.people] == sorted(names)

    @property
    def told(self) -> list[list[str]]:
        """Each roster that was told, as names."""
        signals = [item["signal"] for item in self.ear.heard if item["t"] == "signal"]
        return [[one["name"] for one in told["people"]] for told in signals if told["t"] == "roster.changed"]


@dataclass
class Both:
    """Two nodes, the wire between them, and where they find each other's leases."""

    wire: MemoryWire
    table: MemoryTable
    one: Node
    two: Node


@contextlib.asynccontextmanager
async def node_on(database: Database, wire: MemoryWire, table: MemoryTable, room: RoomId) -> AsyncIterator[Node]:
    bus = MemoryBus(wire)
    async with streams_on(database, bus) as streams:
        # Their leases in SQL, and their beats.
        streams.peers = Peers(database, bus, gap=lambda: streams._gap(None))
        here = Here()
        here.attach(streams, MemoryLeases(table, node=bus.node))
        running = [asyncio.create_task(work) for work in (here.run(), streams.peers.run())]
        ear = Ear(PersonId(""))
        try:
            yield Node(here, streams, room, ear)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await bus.close()


@pytest.fixture
async def both(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Both]:
    # Nodes are to find each other at once.
    monkeypatch.setattr(peers, "RENEW_S", 0.3)
    world = await world_on(database)
    person, room = await world.person("Kit"), await world.room("tea")
    wire, table = MemoryWire(), MemoryTable()
    async with node_on(database, wire, table, room) as one, node_on(database, wire, table, room) as two:
        for node in (one, two):
            node.ear.person = person
            await follow(node.streams, node.ear, room_stream(room))
        await until(lambda: one.streams.peers.others and two.streams.peers.others)  # type: ignore[union-attr]
        yield Both(wire, table, one, two)


async def test_everybody_is_seen_on_both_and_a_word_says_only_what_changed(both: Both) -> None:
    heard: list[Comings] = []
    theirs = both.two.here._elsewhere
    assert theirs is not None
    hear = theirs.hear
    theirs.hear = heard.append  # type: ignore[method-assign,assignment]
    both.one.enter(ADA)
    both.two.enter(CLEO)
    await until(lambda: heard)
    both.one.enter(BEN)
    await until(lambda: len(heard) >= 2)
    assert [(word.before == 0, word.came) for word in heard[:2]] == [(True, (ADA,)), (False, (BEN,))]
    for word in heard:
        hear(word)
    await until(lambda: both.one.sees("Ada", "Ben", "Cleo") and both.two.sees("Ada", "Ben", "Cleo"))
    both.one.leave(BEN)
    await until(lambda: len(heard) >= 3)
    assert (heard[-1].came, heard[-1].gone) == ((), (BEN.person,))


async def test_somebody_on_both_is_one_and_leaving_one_of_them_is_no_leaving(both: Both) -> None:
    both.one.enter(ADA)
    both.two.enter(BEN)
    both.one.enter(BEN)
    await until(lambda: both.one.sees("Ada", "Ben") and both.two.sees("Ada", "Ben"))
    await until(lambda: both.two.told[-1:] == [["Ada", "Ben"]])
    both.one.leave(BEN)
    both.one.enter(CLEO)
    await until(lambda: both.two.told[-1:] == [["Ada", "Ben", "Cleo"]])
    assert both.two.told[-2] == ["Ada", "Ben"]
    assert both.one.sees("Ada", "Ben", "Cleo")


async def test_a_word_that_was_lost_is_found_out_at_the_next_renewal(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elsewhere, "RENEW_S", 0.3)
    both.two.enter(CLEO)
    both.one.enter(ADA)
    await until(lambda: both.two.sees("Ada", "Cleo"))
    tell = both.one.streams.tell
    both.one.streams.tell = lambda _word: None  # type: ignore[method-assign,assignment]
    both.one.enter(BEN)
    await until(lambda: not both.one.here._elsewhere._own[both.one.room].untold)  # type: ignore[union-attr]
    await asyncio.sleep(0)
    both.one.streams.tell = tell  # type: ignore[method-assign]
    await until(lambda: both.two.sees("Ada", "Ben", "Cleo"))


async def test_while_the_wire_is_cut_it_is_said_and_afterwards_all_is_read(both: Both) -> None:
    both.one.enter(ADA)
    both.two.enter(BEN)
    await until(lambda: both.one.sees("Ada", "Ben") and both.two.sees("Ada", "Ben"))
    both.wire.cut = both.table.away = True
    await until(lambda: not any(node.here.roster_of(node.room).known for node in (both.one, both.two)))
    await until(lambda: both.one.told[-1] == ["Ada"] and both.two.told[-1] == ["Ben"])
    assert await both.one.here.counts([both.one.room]) == {both.one.room: None}
    assert await both.one.here.everybody([both.one.room]) is None
    both.two.enter(CLEO)
    await until(lambda: both.two.here.count(both.two.room) == 2)
    both.wire.cut = both.table.away = False
    await until(lambda: both.one.sees("Ada", "Ben", "Cleo") and both.two.sees("Ada", "Ben", "Cleo"))
    assert await both.one.here.counts([both.one.room]) == {both.one.room: 3}


async def test_a_room_that_nobody_has_open_here_is_counted_from_the_leases(both: Both) -> None:
    for who in (ADA, BEN):
        both.one.enter(who)
    await until(lambda: both.table.kept.get(both.one.room))
    assert await both.two.here.counts([both.two.room, RoomId("empty")]) == {both.two.room: 2, RoomId("empty"): 0}
    assert await both.two.here.everybody([both.two.room]) == 2
    both.table.away = True
    both.two.here._counted.clear()
    assert await both.two.here.counts([both.two.room]) == {both.two.room: None}


async def test_a_node_alone_knows_also_without_redis(database: Database) -> None:
    world = await world_on(database)
    room, wire, table = await world.room("tea"), MemoryWire(), MemoryTable(away=True)
    async with node_on(database, wire, table, room) as node:
        wire.cut = True
        node.enter(ADA)
        await until(lambda: node.sees("Ada"))
        assert await node.here.counts([room, RoomId("empty")]) == {room: 1, RoomId("empty"): 0}
        assert await node.here.everybody([room]) == 1


async def test_what_the_leases_lost_is_leased_anew(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elsewhere, "RENEW_S", 0.3)
    both.one.enter(ADA)
    await until(lambda: both.table.kept.get(both.one.room))
    both.table.kept.clear()
    both.one.enter(BEN)
    await until(
        lambda: (
            [set(one.people) for one in both.table.kept.get(both.one.room, {}).values()] == [{ADA.person, BEN.person}]
        )
    )


async def test_one_renewal_that_fails_is_done_again_at_once_and_nobody_is_the_less_here_for_it(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    both.one.enter(ADA)
    both.two.enter(BEN)
    await until(lambda: both.one.sees("Ada", "Ben") and both.two.sees("Ada", "Ben"))
    others, loop = both.one.here._elsewhere, asyncio.get_running_loop()
    assert others is not None
    await until(lambda: not any(own.unsaved or own.whole for own in others._own.values()))
    hold, asked_at = others._leases.hold, list[float]()

    async def fails_once(changes: Mapping[RoomId, Change]) -> frozenset[RoomId]:
        asked_at.append(loop.time())
        if len(asked_at) == 1:
            raise LeasesAway
        return await hold(changes)

    monkeypatch.setattr(others._leases, "hold", fails_once)
    told = len(both.one.told)
    # Only the renewal is left to be written.
    await until(lambda: len(asked_at) > 1)
    assert asked_at[1] - asked_at[0] < elsewhere.RENEW_S
    await until(lambda: others._unsaved_ms is None)
    assert all("Ben" in names for names in both.one.told[told:])
    assert both.one.sees("Ada", "Ben")


async def test_while_no_lease_can_be_renewed_it_is_said_once_that_who_is_here_is_unknown(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elsewhere, "RENEW_S", 0.3)
    monkeypatch.setattr(elsewhere, "AGAIN_S", 0.1)
    monkeypatch.setattr(elsewhere, "UNSAVED_MS", 1_000)
    both.one.enter(ADA)
    both.two.enter(BEN)
    await until(lambda: both.one.sees("Ada", "Ben") and both.two.sees("Ada", "Ben"))
    with structlog.testing.capture_logs() as logs:
        both.table.read_only = True
        await until(lambda: not both.one.here.roster_of(both.one.room).known)
        # Words go on over the bus, and leases can be read.
        both.two.enter(CLEO)
        others = both.one.here._elsewhere
        await until(lambda: others and any(CLEO.person in there for there in others.people(both.one.room)))
        assert not both.one.here.roster_of(both.one.room).known
        both.table.read_only = False
        await until(lambda: both.one.sees("Ada", "Ben", "Cleo") and both.two.sees("Ada", "Ben", "Cleo"))
    said = [entry["event"] for entry in logs if entry["event"].startswith("leases")]
    assert sorted(said) == ["leases are back"] * 2 + ["leases away"] * 2


async def test_a_mistake_of_ours_in_telling_or_reading_ends_nothing(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elsewhere, "RENEW_S", 0.3)
    monkeypatch.setattr(elsewhere, "AGAIN_S", 0.1)
    broken = [True]
    living = MemoryLeases._living

    def failing(self: MemoryLeases, room: RoomId) -> object:
        if broken[0]:
            raise ValueError("a bug")
        return living(self, room)

    monkeypatch.setattr(MemoryLeases, "_living", failing)
    with structlog.testing.capture_logs() as logs:
        both.one.enter(ADA)
        both.two.enter(CLEO)
        await until(lambda: {"who is here was not told", "who is elsewhere was not read"} <= {e["event"] for e in logs})
    broken[0] = False
    both.two.enter(BEN)
    await until(lambda: both.one.sees("Ada", "Ben", "Cleo") and both.two.sees("Ada", "Ben", "Cleo"))


async def test_whoever_came_while_a_mistake_of_ours_kept_leases_unwritten_is_seen_afterwards(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elsewhere, "RENEW_S", 0.3)
    monkeypatch.setattr(elsewhere, "AGAIN_S", 0.1)
    both.one.enter(ADA)
    both.two.enter(CLEO)
    await until(lambda: both.one.sees("Ada", "Cleo") and both.two.sees("Ada", "Cleo"))
    hold = MemoryLeases.hold
    tried = []

    async def broken(_self: MemoryLeases, _changes: object) -> frozenset[RoomId]:
        tried.append(1)
        raise ValueError("a bug")

    monkeypatch.setattr(MemoryLeases, "hold", broken)
    with structlog.testing.capture_logs() as logs:
        both.one.enter(BEN)
        await until(lambda: not both.one.here.roster_of(both.one.room).known and len(tried) >= 6)
    said = [entry for entry in logs if entry["event"] == "who is here was not told"]
    # Once by each node, however often it happens.
    assert 1 <= len(said) <= 2
    assert all(isinstance(entry["exc_info"], ValueError) for entry in said)
    monkeypatch.setattr(MemoryLeases, "hold", hold)
    await until(lambda: both.one.sees("Ada", "Ben", "Cleo") and both.two.sees("Ada", "Ben", "Cleo"))


async def test_a_node_that_goes_takes_its_people_along(both: Both) -> None:
    both.one.enter(ADA)
    both.two.enter(BEN)
    await until(lambda: both.two.sees("Ada", "Ben"))
    await both.one.here.farewell()
    assert not both.table.kept[both.one.room].keys() & {both.one.streams.node}
    await until(lambda: both.two.sees("Ben"))


async def test_of_a_very_large_room_all_are_counted_and_the_team_is_named(both: Both) -> None:
    for n in range(120):
        (both.one if n % 2 else both.two).enter(Present(person=PersonId(f"p{n}"), name=f"Person {n:03}"))
    both.one.enter(present("Hana", Role.HOST))
    await until(lambda: all(node.here.count(node.room) == 121 for node in (both.one, both.two)))
    for node in (both.one, both.two):
        told: RosterChanged = node.here.roster_of(node.room)
        assert ([one.name for one in told.people], told.named_all, told.known) == (["Hana"], False, True)


# Who lives ---------------------------------------------------------------------------------------------------------


@dataclass
class Told:
    """A bus that is only asked for its name."""

    node: str = "me"
    lost: int = 0


class Clock:
    """Time that passes by argument."""

    def __init__(self) -> None:
        self.now_ms = 1_000_000

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(peers, "monotonic_ms", clock)
    return clock


def among(clock: Clock, database: Database) -> Peers:
    made = Peers(database, Told(), gap=lambda: None)  # type: ignore[arg-type]
    beat(made, "me")
    return made


def beat(made: Peers, *nodes: str) -> None:
    for node in nodes:
        made.heard(Beat(node, 0))


def pass_time(clock: Clock, made: Peers, ms: int, *beating: str) -> None:
    """Time in which only these are heard."""
    for _ in range(ms // 500):
        clock.now_ms += 500
        beat(made, *beating)


FRESH, OLD = peers.LEASE_MS - 1_000, peers.LEASE_MS - peers.LAPSED_MS - 1


async def test_a_node_is_dead_when_it_is_not_heard_and_renews_its_lease_no_more(
    clock: Clock, database: Database
) -> None:
    made = among(clock, database)
    made._meet({"you": FRESH})
    beat(made, "you")
    pass_time(clock, made, 5_000, "me")
    assert not made.gone("you")
    made._meet({"you": OLD})
    assert made.gone("you")
    assert not made.unheard
    beat(made, "you")
    assert not made.gone("you")


async def test_a_node_that_renews_and_is_not_heard_lives_somewhere(clock: Clock, database: Database) -> None:
    made = among(clock, database)
    made._meet({"you": FRESH})
    beat(made, "you")
    pass_time(clock, made, peers.UNHEARD_MS, "me")
    assert not made.unheard
    pass_time(clock, made, 1_000, "me")
    assert made.unheard == {"you"}
    assert not made.gone("you")


async def test_a_node_that_gave_its_lease_back_or_left_something_long_ago_is_gone_soon(
    clock: Clock, database: Database
) -> None:
    made = among(clock, database)
    assert not made.gone("somebody of before")
    pass_time(clock, made, peers.GREETING_MS + peers.SILENCE_MS, "me")
    assert made.gone("somebody of before")
    # However often it is asked, and also once the leases were looked through.
    made._meet({})
    assert made.gone("somebody of before")


async def test_while_the_bus_does_not_carry_and_just_after_nobody_is_taken_for_dead(
    clock: Clock, database: Database
) -> None:
    made = among(clock, database)
    made._meet({"you": OLD})
    beat(made, "you")
    carried = [made.carries]
    pass_time(clock, made, 60_000)
    carried.append(made.carries)
    assert not made.gone("you")
    beat(made, "me")
    carried.append(made.carries)
    assert carried == [True, False, True]
    assert not made.gone("you")
    pass_time(clock, made, 5_000, "me")
    assert made.gone("you")


async def test_whoever_is_met_has_a_moment_and_asking_gives_none(clock: Clock, database: Database) -> None:
    made = among(clock, database)
    pass_time(clock, made, 60_000, "me")
    assert made.gone("never met")
    made.met(["met"])
    assert [made.gone("met"), made.gone("never met")] == [False, True]
    pass_time(clock, made, peers.GREETING_MS, "me")
    made.met(["met"])
    assert made.gone("met")
    assert set(made._heard_ms) == {"me", "met"}


async def test_nodes_that_are_gone_for_long_are_forgotten(clock: Clock, database: Database) -> None:
    made = among(clock, database)
    made.met(f"node {number}" for number in range(50))
    pass_time(clock, made, peers.FORGET_MS + 1_000, "me")
    made._meet({})
    assert list(made._heard_ms) == ["me"]


class Failing:
    """A database that is away the first time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.asked = 0
        self.done = False

    async def write(self, work: Callable[[], Work[T]]) -> T:
        self.asked += 1
        if self.asked == 1:
            raise Unavailable("gone")
        answer = await self._database.write(work)
        self.done = True
        return answer


async def test_a_lease_that_could_not_be_renewed_is_renewed_soon(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "RENEW_S", 3_600)
    monkeypatch.setattr(peers, "AGAIN_S", 0.05)
    failing = Failing(database)
    holding = asyncio.create_task(Peers(failing, Told(), gap=lambda: None)._hold())  # type: ignore[arg-type]
    try:
        await until(lambda: failing.done)
        assert await database.read(peers.leases) == 1
    finally:
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)


def _lapsed(node: str) -> Work[None]:
    yield [Say("INSERT INTO node (id, until_ms) VALUES (?, NOW_MS() - 1)", (node,))]


async def test_leases_that_ran_out_count_for_nobody_and_are_thrown_away(database: Database) -> None:
    await database.write(lambda: _lapsed("dead"))
    made = Peers(database, Told(), gap=lambda: None)  # type: ignore[arg-type]
    holding = asyncio.create_task(made._hold())
    try:
        async with asyncio.timeout(10):
            while await database.read(_nodes) != ["me"]:  # noqa: ASYNC110 - another task writes it
                await asyncio.sleep(0.01)
        assert not made.others
    finally:
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)


def _nodes() -> Work[list[str]]:
    [rows] = yield [Say("SELECT id FROM node")]
    return [row[0] for row in rows]


@pytest.mark.postgres
async def test_a_lease_is_renewed_while_another_node_holds_those_that_ran_out(postgres_url: str) -> None:
    with fresh_postgres(postgres_url) as url:
        async with opened(url) as database:
            await database.write(lambda: _lapsed("dead"))
            with psycopg.connect(url) as other:
                other.execute("SELECT id FROM node WHERE id = 'dead' FOR UPDATE")
                made = Peers(database, Told(), gap=lambda: None)  # type: ignore[arg-type]
                assert (await database.write(lambda: peers._renew("me"))).keys() == {"dead"}
                # It is not to be had, and nothing comes of that.
                await made._clear()
            await made._clear()
            assert await database.read(_nodes) == ["me"]
