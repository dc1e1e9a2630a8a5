"""Somebody erases themselves: nothing of them is on any path, and everybody else's stream goes on as it was."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from community.commands import HoldReason
from community.kept import KeptKind
from rooms.commands import EditMessage, PostMessage, Reaction, RemoveMessage, SetReaction
from rooms.contract import Code, Refused
from rooms.events import RemovedBy
from rooms.ids import PersonId, RoomId, community_stream, room_stream
from rooms.rights import Role
from server.aging_sql import aged_words
from server.clock import new_id
from server.database.database_sqlite import SqliteDatabase
from server.database.ports import Database, Row, Say, Work
from server.database.tables import METADATA
from server.duties import _checkpoint, replaced_words
from server.erasing import Erasing
from server.erasing_sql import pending
from server.keeping_sql import hold_rows
from server.live_reads import LiveReads
from server.streams.streams import Streams
from tests.conftest import opened
from tests.world import Ear, World, follow, new_nonce, say, streams_on, until, world_on

SECRET = "a hash of a secret"
# What no table may hold afterwards: each stands in another place.
TOKENS = ("adawhisper", "adahidden", "adaedit", "adabefore", "adaremoved", "Ada Lovely")
TABLES = [table.name for table in METADATA.sorted_tables]


async def _rows(database: Database, sql: str, *values: str) -> list[Row]:
    def work() -> Work[list[Row]]:
        [rows] = yield [Say(sql, values)]
        return rows

    return await database.read(work)


async def _everything(database: Database) -> str:
    return repr([await _rows(database, f"SELECT * FROM {table}") for table in TABLES])  # noqa: S608 - of ours


async def _react(streams: Streams, room: RoomId, person: PersonId, message: str) -> None:
    sign = SetReaction(room=room, nonce=new_nonce(), message=message, reaction=Reaction.HEART, on=True)  # type: ignore[arg-type]
    await streams.ask(streams.order(room_stream(room), sign, actor=person, nonce=sign.nonce))


async def _talk(streams: Streams, world: World) -> dict[str, str]:
    """Ada says things in every way there is, and Ben answers."""
    tea, ada, ben = world.rooms["tea"], world.people["Ada Lovely"], world.people["Ben"]
    said = {
        "whisper": await say(streams, tea, ada, "adawhisper"),
        "hidden": await say(streams, tea, ada, "adahidden", hide_name=True),
        "edited": await say(streams, tea, ada, "adabefore"),
        "removed": await say(streams, tea, ada, "adaremoved"),
        "bens": await say(streams, tea, ben, "a word of Ben’s"),
    }
    ids = {name: str(answer.message) for name, answer in said.items()}
    edit = EditMessage(room=tea, nonce=new_nonce(), message=ids["edited"], text="adaedit")  # type: ignore[arg-type]
    await streams.ask(streams.order(room_stream(tea), edit, actor=ada, nonce=edit.nonce))
    remove = RemoveMessage(room=tea, nonce=new_nonce(), message=ids["removed"])  # type: ignore[arg-type]
    await streams.ask(streams.order(room_stream(tea), remove, actor=ada, nonce=remove.nonce))
    await say(streams, tea, ben, "an answer", reply_to=ids["whisper"])  # type: ignore[arg-type]
    await _react(streams, tea, ada, ids["bens"])
    await _react(streams, tea, ben, ids["bens"])
    return ids


@pytest.fixture
async def world(database: Database) -> World:
    world = await world_on(database)
    await world.person("Ada Lovely", Role.MODERATOR)
    await world.person("Ben")
    await world.room("tea")
    return world


async def _erase(erasing: Erasing, person: PersonId) -> bool:
    begun = await erasing.begin(person, SECRET)
    return await erasing.carry_out(begun.id, person)


async def test_nothing_is_left_in_any_table_and_others_words_stay(world: World) -> None:
    async with streams_on(world.database) as streams:
        ids = await _talk(streams, world)
        assert await _erase(Erasing(world.database, node="a", told=streams.committed), world.people["Ada Lovely"])
    left = await _everything(world.database)
    assert [token for token in TOKENS if token in left] == []
    page = await LiveReads(world.database).messages(world.people["Ben"], world.rooms["tea"])
    assert [(m.text, m.removed, m.author.name) for m in page.messages] == [
        (None, RemovedBy.ERASED, None),
        (None, RemovedBy.ERASED, None),
        (None, RemovedBy.ERASED, None),
        (None, RemovedBy.AUTHOR, None),
        ("a word of Ben’s", None, "Ben"),
    ]
    assert [reply.text for reply in page.replies] == ["an answer"]
    assert page.messages[4].message == ids["bens"]
    assert page.messages[4].counts == {Reaction.HEART: 1}
    assert await _rows(world.database, "SELECT role FROM role") == []


async def test_whoever_is_there_hears_ids_alone_and_no_number_is_missing(world: World) -> None:
    tea, ada, ben = world.rooms["tea"], world.people["Ada Lovely"], world.people["Ben"]
    async with streams_on(world.database) as streams:
        live, home = Ear(ben), Ear(ben)
        await follow(streams, live, room_stream(tea))
        await follow(streams, home, community_stream(world.community))
        ids = await _talk(streams, world)
        await until(lambda: len(live.events) == 8)
        await _erase(Erasing(world.database, node="a", told=streams.committed), ada)
        await until(lambda: len(live.events) == 10 and home.events)
        named, hidden = (item["event"] for item in live.events[8:])
        assert named == {"t": "author.erased", "person": ada, "edited": [ids["edited"]]}
        # Whose it was stands nowhere.
        assert hidden == {"t": "messages.erased", "messages": [ids["hidden"]]}
        assert home.events[0]["event"] == {"t": "member.erased", "person": ada}
        # Whoever comes back from before has every number, and no word of Ada's: from memory, and from the database.
        for _ in range(2):
            again = Ear(ben)
            epoch = live.entered[0].epoch
            assert (await follow(streams, again, room_stream(tea), epoch=epoch, after=0)).resumed
            await until(lambda: again.seqs == list(range(1, 11)))  # noqa: B023 - waited for here
            assert again.texts == [None, None, None, None, "a word of Ben’s", "an answer"]
            assert "Lovely" not in repr(again.heard)
            assert ada not in repr(again.events[:8])
            streams.channels[room_stream(tea)].ring.shrink()
        entered = await follow(streams, Ear(ben), room_stream(tea))
        assert not [token for token in TOKENS if token in repr(entered.snapshot)]


async def test_from_the_first_step_on_nobody_reads_a_word_though_the_rows_are_still_full(world: World) -> None:
    tea, ada, ben = world.rooms["tea"], world.people["Ada Lovely"], world.people["Ben"]
    async with streams_on(world.database) as streams:
        ids = await _talk(streams, world)
        # A node that dies before it has emptied a row.
        await Erasing(world.database, node="dies", told=streams.committed).begin(ada, SECRET)
        assert "adawhisper" in await _everything(world.database)
        reads = LiveReads(world.database)
        shown = repr(
            (await reads.messages(ben, tea), await reads.message(ben, ids["whisper"]), await _heard(streams, ben, tea))  # type: ignore[arg-type]
        )
        assert [token for token in TOKENS if token in shown] == []
        with pytest.raises(Refused) as refused:
            await say(streams, tea, ben, "to nobody", reply_to=ids["edited"])  # type: ignore[arg-type]
        assert refused.value.code == Code.ALREADY_REMOVED
        # Another finishes, by what it finds in the database alone.
        assert await Erasing(world.database, node="lives").carry_out_all(0) == 1
    left = await _everything(world.database)
    assert [token for token in TOKENS if token in left] == []
    assert await world.database.read(pending) == []


async def _heard(streams: Streams, person: PersonId, room: RoomId) -> list[object]:
    ear = Ear(person)
    head = (await follow(streams, Ear(person), room_stream(room))).epoch
    streams.channels[room_stream(room)].ring.shrink()
    await follow(streams, ear, room_stream(room), epoch=head, after=0)
    await until(lambda: len(ear.events) >= 10)
    return list(ear.heard)


async def test_a_part_that_is_broken_off_is_done_by_another_once_its_lease_is_over(world: World) -> None:
    ada = world.people["Ada Lovely"]
    async with streams_on(world.database) as streams:
        await _talk(streams, world)
        first = Erasing(world.database, node="a", told=streams.committed)
        begun = await first.begin(ada, SECRET)

    def taken() -> Work[None]:
        yield [Say("UPDATE erasure SET node = 'a', lease_ms = NOW_MS() + 60000")]

    await world.database.write(taken)
    other = Erasing(world.database, node="b")
    assert not await other.carry_out(begun.id, ada)
    await world.database.write(lambda: _do(Say("UPDATE erasure SET lease_ms = 1")))
    assert await other.carry_out(begun.id, ada)


DIES = """
import asyncio, os, signal, sys
from server import erasing_sql as sql
from server.erasing import Erasing
from server.forgetting_sql import CHUNK
from tests.conftest import opened

sql.CHUNK, sql.LEASE_MS = 2, 300

async def main(url, person):
    async with opened(url) as database:
        begun = await Erasing(database, node="dies").begin(person, "a hash")
        assert await database.write(lambda: sql.claim(begun.id, "dies"))
        assert await database.write(lambda: sql.next_part(begun.id, person, "dies"))
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_process_killed_in_the_middle_leaves_the_rest_to_another(database_url: str) -> None:
    async with opened(database_url) as database:
        world = await world_on(database)
        ada, tea = await world.person("Ada Lovely"), await world.room("tea")
        async with streams_on(database) as streams:
            for number in range(5):
                await say(streams, tea, ada, f"adawhisper {number}")
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", DIES, database_url, ada)
    assert await child.wait() == -signal.SIGKILL
    async with opened(database_url) as database:
        left = "SELECT 1 FROM message WHERE text IS NOT NULL"
        assert len(await _rows(database, left)) == 3
        other = Erasing(database, node="lives")
        async with asyncio.timeout(10):
            while not await other.carry_out_all(0):  # noqa: ASYNC110 - until the lease has run out
                await asyncio.sleep(0.05)
        assert await _rows(database, left) == []
        assert await database.read(pending) == []


def _do(say_: Say) -> Work[None]:
    yield [say_]


async def test_whoever_is_erased_while_they_send_is_refused_or_erased(world: World) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada Lovely"]
    nonce = new_nonce()
    async with streams_on(world.database) as streams:
        await say(streams, tea, ada, "adawhisper", nonce=nonce)
        erasing = Erasing(world.database, node="a", told=streams.committed)
        sending = [asyncio.create_task(say(streams, tea, ada, f"adawhisper {number}")) for number in range(40)]
        begun = await erasing.begin(ada, SECRET)
        answers = await asyncio.gather(*sending, return_exceptions=True)
        assert {one.code for one in answers if isinstance(one, Refused)} <= {Code.NOT_FOUND, Code.TOO_FAST}
        assert all(isinstance(one, Refused) or one.seq for one in answers)  # type: ignore[union-attr]
        assert await erasing.carry_out(begun.id, ada)
        with pytest.raises(Refused) as refused:
            await say(streams, tea, ada, "adawhisper", nonce=nonce)
        assert (refused.value.code, refused.value.params) == (Code.ERASED, {"seq": 1})
        with pytest.raises(Refused) as refused:
            await say(streams, tea, ada, "once more")
        assert refused.value.code == Code.NOT_FOUND
    assert "adawhisper" not in await _everything(world.database)


async def test_two_thousand_messages_go_within_five_seconds(world: World) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada Lovely"]
    async with streams_on(world.database) as streams:
        commands = [PostMessage(room=tea, nonce=new_nonce(), text=f"adawhisper {number}") for number in range(2_000)]
        for first in range(0, 2_000, 200):
            some = commands[first : first + 200]
            orders = [streams.order(room_stream(tea), one, actor=ada, nonce=one.nonce) for one in some]
            await asyncio.gather(*map(streams.ask, orders))
        async with asyncio.timeout(5):
            assert await _erase(Erasing(world.database, node="a", told=streams.committed), ada)
    assert "adawhisper" not in await _everything(world.database)


async def test_a_hold_keeps_words_where_nobody_reads_them_until_it_ends(world: World) -> None:
    tea, ada, ben = world.rooms["tea"], world.people["Ada Lovely"], world.people["Ben"]
    court = hold_rows(world.community, tea, HoldReason.COURT, by=ben, now_ms=1)
    async with streams_on(world.database) as streams:
        ids = await _talk(streams, world)
        await world.database.write(lambda: _all(court))
        erasing = Erasing(world.database, node="a", told=streams.committed)
        assert not await _erase(erasing, ada)
        page = await LiveReads(world.database).messages(ben, tea)
        assert [m.text for m in page.messages] == [None, None, None, None, "a word of Ben’s"]
        with pytest.raises(Refused):
            await say(streams, tea, ben, "to nobody", reply_to=ids["whisper"])  # type: ignore[arg-type]
    kept = await _everything(world.database)
    assert "adawhisper" in kept
    # Neither age nor an edit that is a day old takes them now.
    later_ms = 4_000_000_000_000
    assert await world.database.write(lambda: aged_words(later_ms)) == []
    assert await world.database.write(lambda: replaced_words(later_ms)) == []
    assert await _rows(world.database, "SELECT sealed, done_ms FROM erasure") == [(1, None)]
    await world.database.write(lambda: _all(hold_rows(world.community, tea, None, by=ben, now_ms=2)))
    assert await Erasing(world.database, node="b").carry_out_all(0) == 1
    left = await _everything(world.database)
    assert [token for token in TOKENS if token in left] == []


def _all(says: list[Say]) -> Work[None]:
    yield says


async def test_the_last_keeper_first_names_another(world: World) -> None:
    kim = await world.person("Kim", Role.KEEPER)
    erasing = Erasing(world.database, node="a")
    with pytest.raises(Refused) as refused:
        await erasing.begin(kim, SECRET)
    assert refused.value.code == Code.LAST_KEEPER
    await world.person("Ben", Role.KEEPER)
    assert (await erasing.begin(kim, SECRET)).counts[KeptKind.ROLES] == 1


async def test_a_secret_opens_one_receipt(world: World) -> None:
    erasing = Erasing(world.database, node="a")
    await erasing.begin(world.people["Ada Lovely"], SECRET)
    with pytest.raises(Refused) as refused:
        await erasing.begin(world.people["Ben"], SECRET)
    assert refused.value.code == Code.CONFLICT


async def test_the_file_and_its_log_are_free_of_it_after_the_physical_pass(
    tmp_path: Path, sqlite_template: bytes
) -> None:
    file = tmp_path / "hearth.sqlite3"
    file.write_bytes(sqlite_template)
    database = SqliteDatabase(file)
    await database.open()
    try:
        world = await world_on(database)
        ada = await world.person("Ada Lovely")
        await world.person("Ben")
        await world.room("tea")
        async with streams_on(database) as streams:
            await _talk(streams, world)
            assert "adawhisper" in _tokens_in(tmp_path)
            assert await _erase(Erasing(database, node=new_id(), told=streams.committed), ada)
        await asyncio.to_thread(_checkpoint, file)
        assert _tokens_in(tmp_path) == set()
    finally:
        await database.close()


def _tokens_in(folder: Path) -> set[str]:
    return {token for file in folder.iterdir() for token in TOKENS if token.encode() in file.read_bytes()}
