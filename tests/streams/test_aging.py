"""What is older than its community keeps is erased, and its place says so."""

import pytest

from rooms.commands import EditMessage, Reaction, SetReaction
from rooms.contract import Code, Refused
from rooms.events import Author, RemovedBy
from rooms.ids import room_stream
from server.aging_sql import aged_words
from server.database.ports import Database, Say, Work
from server.live_reads import LiveReads
from tests.world import Ear, World, follow, new_nonce, say, streams_on, until, world_on

DAY_MS = 86_400_000
NOW_MS = 2_000_000_000_000


async def _talked(database: Database) -> World:
    """A room with two old messages, an old answer, and a young one."""
    world = await world_on(database)
    ada = await world.person("Ada")
    tea = await world.room("tea")
    async with streams_on(database) as streams:
        first = await say(streams, tea, ada, "an old secret")
        assert first.message
        sign = SetReaction(room=tea, nonce=new_nonce(), message=first.message, reaction=Reaction.HEART, on=True)
        await streams.ask(streams.order(room_stream(tea), sign, actor=ada, nonce=sign.nonce))
        await say(streams, tea, ada, "an old answer", reply_to=first.message)
        await say(streams, tea, ada, "a young word")

    def date() -> Work[None]:
        yield [
            Say("UPDATE message SET at_ms = ? WHERE seq < 3", (NOW_MS - 366 * DAY_MS,)),
            Say("UPDATE message SET at_ms = ? WHERE seq = 3", (NOW_MS - 364 * DAY_MS,)),
        ]

    await database.write(date)
    return world


async def _erase(database: Database) -> int:
    gone = 0
    while rows := await database.write(lambda: aged_words(NOW_MS)):
        gone += len(rows)
    return gone


async def test_words_names_and_signs_go_when_their_time_is_over_and_others_stay(database: Database) -> None:
    world = await _talked(database)
    tea, ada = world.rooms["tea"], world.people["Ada"]
    assert await _erase(database) == 2
    page = await LiveReads(database).messages(ada, tea)
    old, young = page.messages
    [answer] = page.replies
    assert (old.text, old.author, old.removed, old.counts) == (None, Author(), RemovedBy.AGE, {})
    assert (answer.text, answer.removed) == (None, RemovedBy.AGE)
    assert (young.text, young.author.name) == ("a young word", "Ada")
    assert await _erase(database) == 0


async def test_nothing_of_it_is_left_in_any_table(database: Database) -> None:
    world = await _talked(database)
    await _erase(database)

    def everything() -> Work[str]:
        tables = ("message", "event", "old_words", "reaction", "mention")
        found = yield [Say(f"SELECT * FROM {table}") for table in tables]  # noqa: S608
        return repr(found)

    left = await database.read(everything)
    assert "old secret" not in left
    assert "old answer" not in left
    assert "heart" not in left
    assert left.count('"Ada"') == 2  # the young message: its row, and its event
    assert world.people["Ada"] in left


async def test_who_stood_before_it_begins_anew_and_who_stood_after_goes_on(database: Database) -> None:
    world = await _talked(database)
    tea, ada = world.rooms["tea"], world.people["Ada"]
    async with streams_on(database) as streams:
        epoch = (await follow(streams, Ear(ada), room_stream(tea))).epoch
        await _erase(database)
        behind = await follow(streams, Ear(ada), room_stream(tea), epoch=epoch, after=1)
        assert not behind.resumed
        ear = Ear(ada)
        assert (await follow(streams, ear, room_stream(tea), epoch=epoch, after=2)).resumed
        await until(lambda: ear.texts == ["a young word"])


async def test_who_comes_in_afterwards_is_shown_nothing_of_it_though_others_saw_it_just_before(
    database: Database,
) -> None:
    world = await _talked(database)
    tea, ada = world.rooms["tea"], world.people["Ada"]
    async with streams_on(database) as streams:
        before = await follow(streams, Ear(ada), room_stream(tea))
        assert "an old secret" in repr(before.snapshot)
        await _erase(database)
        after = await follow(streams, Ear(ada), room_stream(tea))
        assert "an old" not in repr(after.snapshot)
        assert "a young word" in repr(after.snapshot)


async def test_what_was_sent_under_a_nonce_is_erased_with_its_words_and_its_retry_says_so(database: Database) -> None:
    world = await world_on(database)
    ada, tea = await world.person("Ada"), await world.room("tea")
    old, edited, young = new_nonce(), new_nonce(), new_nonce()
    async with streams_on(database) as streams:
        message = (await say(streams, tea, ada, "an old secret", nonce=old)).message
        assert message
        edit = EditMessage(room=tea, nonce=edited, message=message, text="an older secret")
        change = streams.order(room_stream(tea), edit, actor=ada, nonce=edited)
        await streams.ask(change)
        await say(streams, tea, ada, "a young word", nonce=young)

        def date() -> Work[None]:
            yield [Say("UPDATE message SET at_ms = CASE seq WHEN 1 THEN 1 ELSE ? END", (NOW_MS,))]

        await database.write(date)
        await _erase(database)
        with pytest.raises(Refused) as refused:
            await say(streams, tea, ada, "an old secret", nonce=old)
        assert (refused.value.code, refused.value.params) == (Code.ERASED, {"seq": 1})
        with pytest.raises(Refused) as refused:
            await streams.ask(change)
        assert refused.value.code == Code.ERASED
        assert (await say(streams, tea, ada, "a young word", nonce=young)).seq == 3
