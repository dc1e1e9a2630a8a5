"""When the database falters: every command ends in exactly one answer, and a retry never doubles."""

import asyncio
import gc
import time
from collections.abc import Callable
from typing import Any

import pytest

from community.commands import Admit, ChangeRoom, CloseRoom, CommunityCommand, Leave, RemoveMember, SetRole
from rooms.commands import Follow, MarkRead, PostMessage, Reaction, SetReaction
from rooms.contract import Code, Refused
from rooms.ids import StreamId, community_stream, person_stream, room_stream
from rooms.rights import Role, Visibility
from server.database.ports import Contended, Database, OutcomeUnknown, Say, Unavailable, Work
from server.streams import pressure, sequencer, sweep
from server.streams import streams as engine
from server.streams.ledger import lock_rank
from server.streams.reading_sql import stored_since
from server.streams.transaction import Committed, Outcome
from tests.streams.test_narrowing import Slow
from tests.tab import Tab, desk_on
from tests.world import Ear, World, follow, new_nonce, say, streams_on, until, world_on


class Faltering:
    """A real database whose next writes go wrong as told: before they begin, or after they were committed."""

    def __init__(self, real: Database) -> None:
        self.real = real
        self.before: list[Exception] = []
        self.after: list[Exception] = []
        self.stalled: asyncio.Event | None = None
        self.writes = 0

    async def open(self) -> None:
        await self.real.open()

    async def close(self) -> None:
        await self.real.close()

    async def read(self, work: Callable[[], Work[Any]]) -> Any:
        return await self.real.read(work)

    async def write(self, work: Callable[[], Work[Any]]) -> Any:
        self.writes += 1
        if self.before:
            raise self.before.pop(0)
        done = await self.real.write(work)
        if self.stalled is not None:
            await self.stalled.wait()
        if self.after:
            raise self.after.pop(0)
        return done


class Sluggish(Faltering):
    """A real database whose writes take a while."""

    def __init__(self, real: Database, seconds: float) -> None:
        super().__init__(real)
        self.seconds = seconds

    async def write(self, work: Callable[[], Work[Any]]) -> Any:
        await asyncio.sleep(self.seconds)
        return await super().write(work)


class Lingering(Faltering):
    """A real database that answers all it is asked, each time a little late."""

    def __init__(self, real: Database, seconds: float) -> None:
        super().__init__(real)
        self.seconds = seconds

    async def write(self, work: Callable[[], Work[Any]]) -> Any:
        def slowly() -> Work[Any]:
            going = work()
            asked = next(going)
            while True:
                rows = yield asked
                time.sleep(self.seconds)
                try:
                    asked = going.send(rows)
                except StopIteration as done:
                    return done.value

        return await super().write(slowly)


class Recording(Faltering):
    """A real database that notes which streams each transaction locked, in that order, each the first time."""

    def __init__(self, real: Database) -> None:
        super().__init__(real)
        self.locked: list[list[StreamId]] = []

    async def write(self, work: Callable[[], Work[Any]]) -> Any:
        return await self.real.write(lambda: self._noting(work()))

    def _noting(self, work: Work[Any]) -> Work[Any]:
        held: dict[StreamId, None] = {}
        try:
            asked = next(work)
            while True:
                for say in asked:
                    if isinstance(say, Say) and "FROM stream" in say.sql and say.sql.endswith("FOR UPDATE"):
                        held.update(dict.fromkeys(StreamId(str(value)) for value in say.values))
                asked = work.send((yield asked))
        except StopIteration as done:
            self.locked.append(list(held))
            return done.value


class Frozen(Faltering):
    """A real database whose first write is found, when the node goes on, to have met somebody's lock long ago."""

    def __init__(self, real: Database) -> None:
        super().__init__(real)
        self.goes_on = asyncio.Event()

    async def write(self, work: Callable[[], Work[Any]]) -> Any:
        first = self.writes == 0
        if first:
            self.writes += 1
            await self.goes_on.wait()
            raise Contended
        return await super().write(work)


async def _stored(world: World) -> list[int]:
    room = world.rooms["tea"]
    return [s.seq for s in await world.database.read(lambda: stored_since(room_stream(room), 0, 100))]


async def test_an_unknown_commit_is_told_as_unknown_and_its_retry_finds_it(world: World) -> None:
    faltering = Faltering(world.database)
    tea, ada, nonce = world.rooms["tea"], world.people["Ada"], new_nonce()
    async with streams_on(faltering) as streams:
        ear = Ear(ada)
        await follow(streams, ear, room_stream(tea))
        faltering.after = [OutcomeUnknown()]
        with pytest.raises(Refused) as refused:
            await say(streams, tea, ada, "did it land?", nonce=nonce)
        assert refused.value.code == Code.UNKNOWN
        # Told although nobody asks again, as soon as there is an answer from the database.
        await until(lambda: ear.seqs == [1], within_s=2)
        assert (await say(streams, tea, ada, "did it land?", nonce=nonce)).seq == 1
    assert await _stored(world) == [1]


async def test_a_database_that_is_away_refuses_with_a_time_to_come_back_and_stores_nothing(world: World) -> None:
    faltering = Faltering(world.database)
    tea, ada, nonce = world.rooms["tea"], world.people["Ada"], new_nonce()
    async with streams_on(faltering) as streams:
        faltering.before = [Unavailable()]
        with pytest.raises(Refused) as refused:
            await say(streams, tea, ada, "later then", nonce=nonce)
        assert refused.value.code == Code.UNAVAILABLE
        assert int(refused.value.params["retry_ms"]) > 0
        assert await _stored(world) == []
        assert (await say(streams, tea, ada, "later then", nonce=nonce)).seq == 1


async def test_a_lock_not_had_in_time_is_tried_again_three_times_then_busy(world: World) -> None:
    faltering = Faltering(world.database)
    tea, ada = world.rooms["tea"], world.people["Ada"]
    async with streams_on(faltering) as streams:
        faltering.before = [Contended(), Contended(), Contended()]
        assert (await say(streams, tea, ada, "patience")).seq == 1
        faltering.before = [Contended()] * 4
        with pytest.raises(Refused) as refused:
            await say(streams, tea, ada, "no luck")
        assert refused.value.code == Code.BUSY
    assert await _stored(world) == [1]


async def test_a_stalled_commit_is_answered_in_time_and_what_it_stored_still_arrives_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer, "PATIENCE_MS", 300)
    faltering = Faltering(world.database)
    tea, ada, nonce = world.rooms["tea"], world.people["Ada"], new_nonce()
    async with streams_on(faltering) as streams:
        ear = Ear(ada)
        await follow(streams, ear, room_stream(tea))
        faltering.stalled = asyncio.Event()
        first = asyncio.ensure_future(say(streams, tea, ada, "slow disk", nonce=nonce))
        await until(lambda: faltering.writes == 1)
        second = asyncio.ensure_future(say(streams, tea, ada, "behind it"))
        answers = await asyncio.gather(first, second, return_exceptions=True)
        assert [a.code for a in answers if isinstance(a, Refused)] == [Code.UNKNOWN, Code.UNAVAILABLE]
        faltering.stalled.set()
        assert (await say(streams, tea, ada, "slow disk", nonce=nonce)).seq == 1
        await until(lambda: ear.seqs == [1])
    assert await _stored(world) == [1]


async def test_a_fault_after_the_commit_does_not_silence_the_stream(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    async with streams_on(world.database) as streams:
        ear = Ear(ada)
        await follow(streams, ear, room_stream(tea))
        committed = streams.sequencer._committed

        def broken(done: Committed) -> None:
            monkeypatch.setattr(streams.sequencer, "_committed", committed)
            raise ValueError("a bug")

        monkeypatch.setattr(streams.sequencer, "_committed", broken)
        assert (await say(streams, tea, ada, "first")).seq == 1
        assert (await say(streams, tea, ada, "second")).seq == 2
        await until(lambda: ear.seqs == [1, 2])


@pytest.mark.parametrize("limit", ["STREAM_LIMIT", "NODE_LIMIT"])
async def test_a_line_that_is_too_long_turns_people_away_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(pressure, limit, 10)
    tea, ada = world.rooms["tea"], world.people["Ada"]
    async with streams_on(world.database) as streams:
        answers = await asyncio.gather(
            *(say(streams, tea, ada, f"word {n}") for n in range(40)), return_exceptions=True
        )
        refused = [a for a in answers if isinstance(a, Refused)]
        assert {a.code for a in refused} == {Code.BUSY}
        assert len(refused) >= 30 - sequencer.BATCH
        assert len(await _stored(world)) == 40 - len(refused)


async def test_in_a_rush_the_excess_is_sent_away_the_team_is_told_and_all_is_well_when_it_is_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pressure, "WAIT_MS", 50)
    monkeypatch.setattr(pressure, "EASE_MS", 300)
    monkeypatch.setattr(sequencer, "BATCH", 2)
    tea, ada = world.rooms["tea"], world.people["Ada"]
    async with streams_on(Sluggish(world.database, 0.03)) as streams:
        ear = Ear(ada)
        await follow(streams, ear, room_stream(tea))
        told: list[int] = []
        refused: list[Refused] = []

        def settle(outcome: Outcome) -> None:
            if isinstance(outcome, Refused):
                refused.append(outcome)
            else:
                told.append(outcome.seq or 0)

        sent = 0

        def rush() -> bool:
            nonlocal sent
            sent += 1
            nonce = new_nonce()
            command = PostMessage(room=tea, nonce=nonce, text=f"word {sent}")
            streams.submit(streams.order(room_stream(tea), command, actor=ada, nonce=nonce), settle)
            return len(refused) > 20

        await until(rush)
        assert {one.code for one in refused} == {Code.BUSY}
        # They come back over a while, not all at once.
        assert len({one.params["retry_ms"] for one in refused}) > 5
        await until(lambda: len(told) + len(refused) == sent)
        assert told == list(range(1, len(told) + 1))
        pressed = [item["signal"]["high"] for item in ear.heard if item["t"] == "signal"]
        assert pressed[0] is True
        await until(lambda: [i["signal"]["high"] for i in ear.heard if i["t"] == "signal"][-1] is False)
        assert (await say(streams, tea, ada, "and on we go")).seq == len(told) + 1


async def test_erased_words_can_not_be_sent_again_under_the_same_nonce(world: World) -> None:
    tea, ada, nonce = world.rooms["tea"], world.people["Ada"], new_nonce()

    def erase() -> Work[None]:
        yield [Say("UPDATE nonce SET fingerprint = NULL WHERE nonce = ?", (nonce,))]

    async with streams_on(world.database) as streams:
        await say(streams, tea, ada, "erase me", nonce=nonce)
        await world.database.write(erase)
        for text in ("erase me", "something else"):
            with pytest.raises(Refused) as refused:
                await say(streams, tea, ada, text, nonce=nonce)
            assert refused.value.code == Code.ERASED
            assert refused.value.params == {"seq": 1}
    assert await _stored(world) == [1]


async def test_what_is_stored_while_a_gap_is_being_filled_is_not_left_out(world: World) -> None:
    """Two nodes without a bus: one finds a gap, and more is stored while it reads."""
    tea, ada = world.rooms["tea"], world.people["Ada"]
    async with streams_on(world.database) as near, streams_on(world.database) as far:
        ear = Ear(ada)
        await follow(far, ear, room_stream(tea))
        for n in range(5):
            await say(near, tea, ada, f"near {n}")
        await asyncio.gather(*(say(far, tea, ada, f"far {n}") for n in range(20)), say(near, tea, ada, "near again"))
        await say(far, tea, ada, "last")
        await until(lambda: len(ear.seqs) >= 27)
        assert ear.seqs == list(range(1, 28))


async def test_a_bug_of_ours_in_following_or_marking_has_an_answer_too(world: World) -> None:
    faltering, tea = Faltering(world.database), room_stream(world.rooms["tea"])
    async with streams_on(faltering) as streams:
        tab = Tab(desk_on(streams), world.people["Ada"])
        faltering.before = [ZeroDivisionError("a bug"), ZeroDivisionError("and another")]
        marked = await tab.done(MarkRead(room=world.rooms["tea"], seq=0))
        followed = await tab.follows(person_stream(world.people["Ada"]))
        assert [answer["code"] for answer in (marked, followed)] == ["internal", "internal"]
        assert marked["params"]["reference"] != followed["params"]["reference"]
        assert (await tab.follows(tea))["t"] == "following"


@pytest.mark.parametrize("stuck", ["what was asked before", "reading"])
async def test_a_follow_has_its_answer_in_time_whatever_it_waits_for(
    world: World, monkeypatch: pytest.MonkeyPatch, stuck: str
) -> None:
    monkeypatch.setattr(sequencer, "PATIENCE_MS", 300)
    slow = Slow(world.database)
    tea = room_stream(world.rooms["tea"])
    async with streams_on(slow) as streams:
        tab = Tab(desk_on(streams), world.people["Ada"])
        if stuck == "reading":
            slow.free.clear()
        else:
            tab.unanswered += 1
        tab.ask(1, Follow(stream=tea, epoch=None))
        await until(lambda: tab.heard)
        assert (tab.heard[0]["code"], tab.heard[0]["retry_ms"] > 0) == ("unavailable", True)
        slow.free.set()
        tab.unanswered = 0
        assert (await tab.follows(tea))["t"] == "following"
        assert [item["t"] for item in tab.heard] == ["refusal", "following"]


async def test_locks_are_taken_in_one_order_and_never_back_up_however_much_comes_at_once(world: World) -> None:
    recording, here = Recording(world.database), community_stream(world.community)
    ruth = await world.person("Ruth", Role.KEEPER)
    others = [await world.person(name, Role.HOST) for name in ("Ben", "Cleo", "Dan")]
    rooms = [world.rooms["tea"], await world.room("garden"), await world.room("attic")]
    commands: list[CommunityCommand] = []
    for person, room in zip(others, rooms, strict=True):
        commands += [
            ChangeRoom(community=world.community, room=room, visibility=Visibility.INVITED),
            Admit(community=world.community, room=room, person=person),
            CloseRoom(community=world.community, room=room),
            RemoveMember(community=world.community, person=person),
        ]
    async with streams_on(recording) as streams:
        talk = [say(streams, room, ruth, "who said that?", hide_name=True) for room in rooms]
        asked = [streams.ask(streams.order(here, command, actor=ruth)) for command in commands]
        answers = await asyncio.gather(*talk, *asked)
    assert len(answers) == 15
    assert any(len(locked) > 3 for locked in recording.locked)
    assert [locked for locked in recording.locked if locked != sorted(locked, key=lock_rank)] == []


async def test_over_its_memory_a_node_lets_go_of_what_was_followed_longest_ago_and_nobody_misses_anything(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, tea, garden = world.people["Ada"], world.rooms["tea"], await world.room("garden")
    async with streams_on(world.database) as streams:
        early, late = Ear(ada), Ear(ada, deaf=True)
        await follow(streams, early, room_stream(tea))
        await follow(streams, late, room_stream(garden))
        rings = [streams.channels[room_stream(room)].ring for room in (tea, garden)]
        for room in (tea, garden):
            await say(streams, room, ada, "x" * 1_000)
        await until(lambda: early.seqs == [1])
        # The frames that are kept for the next who come weigh as well.
        assert rings[0].weight > rings[0].bytes + 1_000
        monkeypatch.setattr(engine, "NODE_BYTES", rings[1].weight)
        await streams.sweep()
        assert (rings[0].weight, rings[1].weight > 0) == (0, True)
        monkeypatch.setattr(engine, "NODE_BYTES", 0)
        await streams.sweep()
        late.deaf = False
        [follower] = streams.channels[room_stream(garden)].followers
        streams.fanout.deliver(follower)
        await until(lambda: late.seqs == [1])


class Forgetful(Faltering):
    """A real database whose next reads fail where told: a None stands for one that does not."""

    def __init__(self, real: Database) -> None:
        super().__init__(real)
        self.reads: list[Exception | None] = []

    async def read(self, work: Callable[[], Work[Any]]) -> Any:
        if self.reads and (error := self.reads.pop(0)) is not None:
            raise error
        return await self.real.read(work)


async def test_what_could_not_be_read_is_looked_for_again_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Only what is asked for is swept in this test.
    monkeypatch.setattr(sweep, "SWEEP_S", 3_600.0)
    world = await world_on(database)
    ada, tea = await world.person("Ada"), await world.room("tea")
    forgetful = Forgetful(database)
    async with streams_on(database) as there, streams_on(forgetful) as here:
        ear = Ear(ada)
        await follow(here, ear, room_stream(tea))
        message = (await say(there, tea, ada, "from the other node")).message
        assert message
        # The look at the heads has its answer, and what is missing has none at first.
        forgetful.reads = [None, Unavailable()]
        here.sweeper.gap(room_stream(tea))
        await until(lambda: ear.texts == ["from the other node"])
        reaction = SetReaction(room=tea, nonce=new_nonce(), message=message, reaction=Reaction.TEA, on=True)
        await there.ask(there.order(room_stream(tea), reaction, actor=ada, nonce=reaction.nonce))
        forgetful.reads = [None, Unavailable()]
        here.sweeper.gap(room_stream(tea))
        await until(lambda: any(item["t"] == "signal" for item in ear.heard))


async def test_a_stream_that_could_not_be_opened_for_somebody_who_has_gone_is_no_trouble(database: Database) -> None:
    world = await world_on(database)
    ada, tea = await world.person("Ada"), room_stream(await world.room("tea"))
    trouble: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: trouble.append(context))
    slow, forgetful = Slow(database), Forgetful(database)
    forgetful.reads, slow.real = [Unavailable()], forgetful
    async with streams_on(slow) as streams:
        slow.free.clear()
        asking = asyncio.create_task(follow(streams, Ear(ada), tea))
        await until(lambda: slow.waiting)
        asking.cancel()
        await until(asking.done)
        slow.free.set()
        await until(lambda: not streams._opening)
    # Nobody holds it any more: whoever minds what nobody has seen is told now.
    del asking
    gc.collect()
    assert trouble == []


@pytest.mark.parametrize("kind", ["room", "community"])
async def test_what_comes_to_its_commit_too_late_is_not_committed(
    world: World, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(sequencer, "PATIENCE_MS", 300)
    lingering = Lingering(world.database, 0.2)
    tea, ada = world.rooms["tea"], world.people["Ada"]
    here = community_stream(world.community)
    async with streams_on(lingering) as streams:
        if kind == "room":
            asked = say(streams, tea, ada, "late")
        else:
            leave = Leave(community=world.community)
            asked = streams.ask(streams.order(here, leave, actor=ada))
        with pytest.raises(Refused) as refused:
            await asked
        assert refused.value.code in {Code.UNKNOWN, Code.BUSY}
        await streams.sequencer.idle.wait()
        # Whoever comes next has not waited, and is served.
        lingering.seconds = 0
        assert (await say(streams, tea, ada, "in time")).seq == 1
    assert await _stored(world) == [1]


@pytest.mark.parametrize("home", [False, True], ids=["a room", "a community"])
async def test_what_was_given_up_is_not_done_later_as_its_asker_may_have_undone_it_elsewhere(
    world: World, monkeypatch: pytest.MonkeyPatch, *, home: bool
) -> None:
    monkeypatch.setattr(sequencer, "PATIENCE_MS", 300)
    ruth, tea = await world.person("Ruth", Role.KEEPER), world.rooms["tea"]
    frozen = Frozen(world.database)
    async with streams_on(frozen) as streams:
        role = SetRole(community=world.community, person=world.people["Ada"], role=Role.HOST, held=True)
        post = PostMessage(room=tea, nonce=new_nonce(), text="late")
        stream = community_stream(world.community) if home else room_stream(tea)
        before = [row.seq for row in await world.database.read(lambda: stored_since(stream, 0, 100))]
        order = streams.order(stream, role if home else post, actor=ruth, nonce=None if home else post.nonce)
        with pytest.raises(Refused) as refused:
            await streams.ask(order)
        assert refused.value.code is Code.UNKNOWN
        frozen.goes_on.set()
        await streams.sequencer.idle.wait()
        assert frozen.writes == 1
        assert [row.seq for row in await world.database.read(lambda: stored_since(stream, 0, 100))] == before


async def test_all_streams_are_looked_at_in_time_also_while_single_ones_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sweep, "SWEEP_S", 0.3)
    looked: list[set[StreamId] | None] = []

    async def look(streams: set[StreamId] | None) -> None:
        looked.append(streams)
        # As a hall that comes in: there is always one more.
        sweeper.gap(StreamId("room:tea"))

    sweeper = sweep.Sweeper(look, lambda: False)
    running = asyncio.create_task(sweeper.run())
    try:
        sweeper.gap(StreamId("room:tea"))
        await until(lambda: looked.count(None) >= 2)
    finally:
        running.cancel()
