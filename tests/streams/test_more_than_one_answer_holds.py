"""A busy room has more replies, and more changed totals, than go into one answer: none that matters is lost."""

import msgspec
import pytest

from rooms.commands import Reaction, SetReaction
from rooms.ids import MessageId, PersonId, RoomId, room_stream
from server.live_reads import LiveReads
from server.streams import reading_sql
from server.streams.bus_memory import MemoryBus, MemoryWire
from server.streams.streams import Streams
from tests.streams.test_narrowing import Slow
from tests.world import Ear, World, follow, new_nonce, say, streams_on, until


async def _said(streams: Streams, tea: RoomId, ada: PersonId, count: int) -> list[MessageId]:
    answers = [await say(streams, tea, ada, f"word {n}") for n in range(count)]
    return [answer.message for answer in answers if answer.message]


async def _heart(streams: Streams, tea: RoomId, ada: PersonId, message: MessageId) -> None:
    command = SetReaction(room=tea, nonce=new_nonce(), message=message, reaction=Reaction.HEART, on=True)
    await streams.ask(streams.order(room_stream(tea), command, actor=ada, nonce=command.nonce))


async def test_a_page_of_a_busy_thread_has_its_newest_replies_in_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_sql, "REPLIES", 3)
    tea, ada = world.rooms["tea"], world.people["Ada"]
    async with streams_on(world.database) as streams:
        top = await say(streams, tea, ada, "who comes?")
        for n in range(5):
            await say(streams, tea, ada, f"me {n}", reply_to=top.message)
        page = await world.database.read(lambda: reading_sql.latest(tea))
    assert [view.text for view in page.replies] == ["me 2", "me 3", "me 4"]


async def test_the_newest_page_holds_no_more_than_fits_and_the_rest_is_earlier(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    async with streams_on(world.database) as streams:
        tops = [await say(streams, tea, ada, f"top {n}") for n in range(4)]
        whole = await world.database.read(lambda: reading_sql.latest(tea))
        monkeypatch.setattr(reading_sql, "PAGE_BYTES", 5 * len(msgspec.json.encode(whole.messages[0])))
        for n in (1, 3):
            await say(streams, tea, ada, f"to {n}", reply_to=tops[n].message)
        page = await world.database.read(lambda: reading_sql.latest(tea))
        # Another would fit, but not with its answer.
        assert [view.text for view in page.messages] == ["top 2", "top 3"]
        assert [view.text for view in page.replies] == ["to 3"]
        earlier = await world.database.read(lambda: reading_sql.before(tea, page.earlier or ""))
        assert [view.text for view in earlier.messages] == ["top 0", "top 1"]
        assert [view.text for view in earlier.replies] == ["to 1"]
        # Of one message with more answers than fit, the newest.
        for n in range(6):
            await say(streams, tea, ada, f"me {n}", reply_to=tops[3].message)
        page = await world.database.read(lambda: reading_sql.latest(tea))
        assert [view.text for view in page.messages] == ["top 3"]
        assert [view.text for view in page.replies] == ["me 3", "me 4", "me 5"]
        # The others are where one looks for what was before.
        earlier = await world.database.read(lambda: reading_sql.before(tea, page.earlier or ""))
    assert [view.text for view in earlier.messages] == [f"top {n}" for n in range(4)]
    assert [view.text for view in earlier.replies] == ["to 1", "to 3", *(f"me {n}" for n in range(6))]


async def test_no_page_has_more_answers_than_fit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    async with streams_on(world.database) as streams:
        top = await say(streams, tea, ada, "who comes?")
        for n in range(5):
            await say(streams, tea, ada, f"me {n}", reply_to=top.message)
        whole = await world.database.read(lambda: reading_sql.around(tea, top.message or MessageId("")))
        assert len(whole.replies) == 5
        monkeypatch.setattr(reading_sql, "REPLIES_BYTES", 2 * len(msgspec.json.encode(whole.replies[0])))
        page = await world.database.read(lambda: reading_sql.around(tea, top.message or MessageId("")))
    assert [view.text for view in page.replies] == ["me 3", "me 4"]


async def test_names_and_signs_that_take_two_letters_count_as_what_is_sent(world: World) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    async with streams_on(world.database) as streams:
        for _ in range(45):
            await say(streams, tea, ada, "\\" * 4_000)
        page = await world.database.read(lambda: reading_sql.latest(tea))
    assert 0 < len(msgspec.json.encode(page)) <= reading_sql.PAGE_BYTES + 1_000
    assert page.earlier


async def test_who_has_missed_more_totals_than_one_answer_holds_gets_all_by_asking_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_sql, "TALLIES", 2)
    tea, ada = world.rooms["tea"], world.people["Ada"]
    async with streams_on(world.database) as streams:
        said = await _said(streams, tea, ada, 5)
        for message in said:
            await _heart(streams, tea, ada, message)
    reads, rev, found = LiveReads(world.database), 0, list[MessageId]()
    while rev < 5:
        answer = await reads.tallies(ada, tea, str(rev))
        assert answer.rev > rev
        assert all(tally.counts == {Reaction.HEART: 1} for tally in answer.tallies)
        rev, found = answer.rev, [*found, *(tally.message for tally in answer.tallies)]
    assert found == said


async def test_followers_hear_all_totals_that_another_node_counted_while_none_was_heard(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_sql, "TALLIES", 2)
    tea, ada = world.rooms["tea"], world.people["Ada"]
    wire, slow = MemoryWire(), Slow(world.database)
    async with streams_on(world.database, MemoryBus(wire)) as near, streams_on(slow, MemoryBus(wire)) as far:
        ear = Ear(ada)
        await follow(far, ear, room_stream(tea))
        said = await _said(near, tea, ada, 7)
        await until(lambda: len(ear.texts) == 7)
        slow.free.clear()
        for message in said:
            await _heart(near, tea, ada, message)
        await until(lambda: slow.waiting)
        slow.free.set()
        signals = await _told_up_to(ear, 7)
    assert {tally["message"] for signal in signals for tally in signal["tallies"]} == set(said)
    # Each goes on from where the one before ended: who hears them all has missed nothing.
    assert [signal["since"] for signal in signals] == [0, *(signal["rev"] for signal in signals[:-1])]


async def _told_up_to(ear: Ear, rev: int) -> list[dict]:  # type: ignore[type-arg]  # items as they are on the wire
    def signals() -> list[dict]:  # type: ignore[type-arg]
        return [item["signal"] for item in ear.heard if item["t"] == "signal"]

    await until(lambda: any(signal["rev"] == rev for signal in signals()))
    return signals()
