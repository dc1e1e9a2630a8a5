"""A backup holds one moment of a living database, and either engine takes it back whole or not at all."""

import asyncio
import contextlib
import gzip
import stat
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import msgspec
import pytest

from community.commands import HoldReason
from community.events import MemberJoined
from rooms.audit import Act, Entry, What
from rooms.commands import RemoveMessage
from rooms.ids import PersonId, RoomId, community_stream, room_stream
from rooms.rights import Role
from server import backup_file
from server.audit_sql import walked
from server.backup import dated_file, drop_old, key_mark, make_backup, note_backup
from server.backup_file import Damaged, Header
from server.database import version
from server.database.ports import Database, Row, Say, Work
from server.database.tables import METADATA
from server.erasing import Erasing
from server.health import last_backup
from server.keeping_sql import hold_rows
from server.restore import Anew, Decided, Erased, Refused, checked, decided_here, occupied, removed_here, restore
from server.settings import Settings
from tests.conftest import ENGINES, fresh_postgres, opened
from tests.world import CHAIN, Ear, World, follow, new_nonce, say, streams_on, world_on

KEY = "vTq0rWm3Zb8yKx5LcNd7PfHs2JgUe9Aa"
WORDS = "Ich hätte gern «Tee» 🍵 — ja?"
DAY_MS = 86_400_000

Rows = dict[str, list[Row]]


@pytest.fixture(params=ENGINES)
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where to restore: a database with tables and nothing in them, once on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'elsewhere' / 'hearth.db'}"
    else:
        with fresh_postgres(request.getfixturevalue("postgres_url")) as url:
            yield url


def at(url: str, folder: Path) -> Settings:
    return Settings(database_url=url, data_dir=folder)


async def every_row(database: Database) -> Rows:
    """All rows of all tables, but for what a restore is meant to change."""

    def work() -> Work[Rows]:
        names = [table.name for table in METADATA.sorted_tables]
        columns = {table.name: ", ".join(column.name for column in table.columns) for table in METADATA.sorted_tables}
        found = yield [Say(f"SELECT {columns[name]} FROM {name}") for name in names]  # noqa: S608 - declared names
        return {name: sorted(rows, key=repr) for name, rows in zip(names, found, strict=True)}

    everything = await database.read(work)
    everything["stream"] = [(row[0], row[1], *row[3:]) for row in everything["stream"]]
    # Each chain of acts goes on with the restore itself.
    everything["audit"] = [row for row in everything["audit"] if row[4] != What.RESTORE]
    del everything["audit_end"]
    everything["server"] = [row for row in everything["server"] if row[0] != "backup_ms"]
    return everything


async def epochs(database: Database) -> dict[str, str]:
    def work() -> Work[dict[str, str]]:
        [rows] = yield [Say("SELECT id, epoch FROM stream")]
        return dict(rows)

    return await database.read(work)


@contextlib.asynccontextmanager
async def talk(database: Database) -> AsyncIterator[tuple[World, RoomId, PersonId]]:
    world = await world_on(database)
    yield world, await world.room("tea"), await world.person("Ada")


def take(
    settings: Settings,
    file: Path,
    *,
    key: str | None = KEY,
    erased: tuple[Erased, ...] = (),
    decided: Decided | None = None,
) -> int:
    header = checked(settings, file, key=key and key_mark(key), other_key=False)
    return restore(settings, file, header, anew=Anew(erased=erased, chain=CHAIN, decided=decided or Decided()))


async def test_what_is_restored_is_what_was_there(database_url: str, other_url: str, tmp_path: Path) -> None:
    file = tmp_path / "a.backup"
    async with opened(database_url) as database, talk(database) as (world, tea, ada), streams_on(database) as streams:
        for n in range(50):
            await say(streams, tea, ada, f"{WORDS} {n}")
        await database.write(lambda: CHAIN.write(world.community, [Act(what=What.OPEN_ROOM, by=ada, room=tea)]))
        made = make_backup(at(database_url, tmp_path), file, key=KEY)
        before, old = await every_row(database), await epochs(database)
    elsewhere = at(other_url, tmp_path / "elsewhere")
    assert not occupied(elsewhere)
    assert take(elsewhere, file) == made.rows
    assert occupied(elsewhere)
    async with opened(other_url) as database:
        assert await every_row(database) == before
        assert len(before["message"]) == 50
        new = await epochs(database)
        assert new.keys() == old.keys()
        assert not set(new.values()) & set(old.values())
        assert await database.read(last_backup) == made.made_ms
        entries: list[Entry] = []
        walk, _ = await walked(database, CHAIN, world.community, seen=entries.append)
        assert (walk.faults, [entry.what for entry in entries]) == ([], [What.OPEN_ROOM, What.RESTORE])
        assert version.is_current(await database.read(version.stored))


async def test_a_client_of_before_is_told_that_it_cannot_resume(database_url: str, tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "a.backup", f"sqlite:///{tmp_path / 'elsewhere' / 'hearth.db'}"
    async with opened(database_url) as database, talk(database) as (_, tea, ada), streams_on(database) as streams:
        await say(streams, tea, ada, WORDS)
        was = await follow(streams, Ear(ada), room_stream(tea))
        make_backup(at(database_url, tmp_path), file, key=KEY)
    take(at(elsewhere, tmp_path / "elsewhere"), file)
    async with opened(elsewhere) as database, streams_on(database) as streams:
        now = await follow(streams, Ear(ada), room_stream(tea), epoch=was.epoch, after=was.seq)
        assert not now.resumed
        assert now.snapshot is not None
        assert [message.text for message in now.snapshot.page.messages] == [WORDS]
        await say(streams, tea, ada, "and on it goes")


async def test_a_backup_made_while_people_talk_is_one_moment(database_url: str, tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "a.backup", f"sqlite:///{tmp_path / 'elsewhere' / 'hearth.db'}"
    async with opened(database_url) as database, talk(database) as (_, tea, ada), streams_on(database) as streams:
        over = asyncio.Event()
        said = 0

        async def go_on() -> None:
            nonlocal said
            while not over.is_set():
                await say(streams, tea, ada, WORDS)
                said += 1

        talking = [asyncio.create_task(go_on()) for _ in range(4)]
        while said < 20:  # noqa: ASYNC110 - it is people's talk that is waited for
            await asyncio.sleep(0.01)
        await asyncio.to_thread(make_backup, at(database_url, tmp_path), file, key=KEY)
        during = said
        while said < during + 20:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
        over.set()
        await asyncio.gather(*talking)
    take(at(elsewhere, tmp_path / "elsewhere"), file)
    async with opened(elsewhere) as database:
        everything = await every_row(database)
    [head] = [row[2] for row in everything["stream"] if row[0] == room_stream(tea)]
    seqs = sorted(row[1] for row in everything["event"] if row[0] == room_stream(tea))
    assert seqs == list(range(1, head + 1))
    assert 20 <= len(everything["message"]) == len(everything["nonce"]) <= said


async def test_words_removed_since_the_backup_do_not_come_back(database_url: str, tmp_path: Path) -> None:
    file, settings = tmp_path / "a.backup", at(database_url, tmp_path)
    async with opened(database_url) as database, talk(database) as (_, tea, ada), streams_on(database) as streams:
        regretted = (await say(streams, tea, ada, "regretted")).message
        kept = (await say(streams, tea, ada, "kept")).message
        listed = (await say(streams, tea, ada, "listed")).message
        assert regretted is not None
        assert listed is not None
        make_backup(settings, file, key=KEY)
        remove = RemoveMessage(room=tea, nonce=new_nonce(), message=regretted)
        await streams.ask(streams.order(room_stream(tea), remove, actor=ada, nonce=remove.nonce))
    erased = (*removed_here(settings), Erased(listed))
    take(settings, file, erased=erased)
    async with opened(database_url) as database:
        messages = (await database.read(texts))[0]
        assert dict(messages) == {regretted: None, kept: "kept", listed: None}
        assert (await every_row(database))["old_words"] == []


async def test_whoever_was_erased_since_the_backup_is_erased_again(database_url: str, tmp_path: Path) -> None:
    file, settings = tmp_path / "a.backup", at(database_url, tmp_path)
    async with opened(database_url) as database, talk(database) as (world, tea, ada), streams_on(database) as streams:
        listed, ben = await world.person("Lislistedson"), await world.person("Ben")
        await say(streams, tea, ada, "adawhisper")
        await say(streams, tea, listed, "listedwhisper")
        await database.write(lambda: doing([joined(world, listed, "Lislistedson")]))
        make_backup(settings, file, key=KEY)
        erasing = Erasing(database, node="a", told=streams.committed)
        await erasing.carry_out((await erasing.begin(ada, "a hash")).id, ada)
    take(settings, file, erased=(*removed_here(settings), Erased(listed)))
    async with opened(database_url) as database:
        assert [row[1] for row in (await every_row(database))["member"]] == [ben]
        said = [row for row in (await every_row(database))["event"] if "member.joined" in repr(row)]
        assert said
        assert "Lislistedson" not in repr(said)
        # Nobody reads a word of theirs from the first moment on, and the duty empties the rows.
        async with streams_on(database) as streams:
            entered = await follow(streams, Ear(ben), room_stream(tea))
            assert "whisper" not in repr(entered.snapshot)
        assert await Erasing(database, node="b").carry_out_all(0) == 2
        left = repr(await every_row(database))
        assert [word for word in ("adawhisper", "listedwhisper", "Lislistedson") if word in left] == []


async def test_holds_and_who_was_taken_out_go_on_over_a_restore(database_url: str, tmp_path: Path) -> None:
    file, settings = tmp_path / "a.backup", at(database_url, tmp_path)
    async with opened(database_url) as database, talk(database) as (world, tea, ada):
        taken, back = await world.person("Taken", Role.MODERATOR), await world.person("Back")
        hold = partial(hold_rows, world.community, by=ada, now_ms=1)
        await database.write(lambda: doing(hold(tea, HoldReason.COURT)))
        make_backup(settings, file, key=KEY)
        await database.write(lambda: doing(hold(tea, None)))
        late = await world.person("Late")
        await database.write(lambda: doing(hold(None, HoldReason.COMPLAINT, by=late)))
        gone = Say("UPDATE member SET left_ms = 5, removed_ms = 5 WHERE person = ?", (taken,))
        # Taken out, and let in again since.
        again = Say("UPDATE member SET removed_ms = 5 WHERE person = ?", (back,))
        await database.write(lambda: doing([gone, again]))
    take(settings, file, decided=decided_here(settings))
    async with opened(database_url) as database:
        rows = await every_row(database)
        assert rows["hold"] == [(world.community, "", "complaint", late, 1)]
        members = await database.read(lambda: doing([Say("SELECT person, left_ms, removed_ms FROM member")]))
        assert sorted(members) == sorted([(ada, None, None), (taken, 5, 5), (back, None, None)])
        assert [row for row in rows["role"] if taken in row] == []
    # A database that knows nothing of the community has nothing to say about it: the backup's holds stand.
    take(settings, file, decided=Decided(communities=("another",)))
    async with opened(database_url) as database:
        assert (await every_row(database))["hold"] == [(world.community, tea, "court", ada, 1)]


def joined(world: World, person: PersonId, name: str) -> Say:
    """What the community's stream says of somebody who came in."""
    body = msgspec.json.encode(MemberJoined(person=person, name=name)).decode()
    stream = community_stream(world.community)
    # Far above the numbers that the stream gives out in this test.
    return Say("INSERT INTO event (stream, seq, at_ms, acl, body) VALUES (?, 900, 1, 0, ?)", (stream, body))


def doing(statements: Sequence[Say]) -> Work[list[Row]]:
    return (yield statements)[0]


def texts() -> Work[list[list[Row]]]:
    return (yield [Say("SELECT id, text FROM message")])


# What is refused ---------------------------------------------------------------------------------------------------


@pytest.fixture
async def backup(database_url: str, tmp_path: Path) -> Path:
    """A good backup with a little talk in it."""
    file = tmp_path / "good.backup"
    async with opened(database_url) as database, talk(database) as (_, tea, ada), streams_on(database) as streams:
        await say(streams, tea, ada, WORDS)
        make_backup(at(database_url, tmp_path), file, key=KEY)
    return file


def cut_short(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def one_bit_over(whole: bytes) -> bytes:
    place = len(whole) // 2
    return whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]


def another_word(whole: bytes) -> bytes:
    return gzip.compress(gzip.decompress(whole).replace(b"Tee", b"Rum"))


def without_a_row(whole: bytes) -> bytes:
    lines = gzip.decompress(whole).splitlines(keepends=True)
    return gzip.compress(b"".join(line for line in lines if b"Tee" not in line))


def without_its_end(whole: bytes) -> bytes:
    return gzip.compress(b"".join(gzip.decompress(whole).splitlines(keepends=True)[:-1]))


def with_more_behind(whole: bytes) -> bytes:
    return gzip.compress(gzip.decompress(whole) + b'["one more"]\n')


def from_the_future(whole: bytes) -> bytes:
    return gzip.compress(gzip.decompress(whole).replace(b'"format":1', b'"format":2', 1))


def with_a_statement_for_a_name(whole: bytes) -> bytes:
    return gzip.compress(gzip.decompress(whole).replace(b'"name":"person"', b'"name":"person; DROP TABLE x"', 1))


def something_else(_whole: bytes) -> bytes:
    return b"PK\x03\x04 this is a holiday picture"


def nothing(_whole: bytes) -> bytes:
    return b""


@pytest.mark.parametrize(
    "damage",
    [
        cut_short,
        one_bit_over,
        another_word,
        without_a_row,
        without_its_end,
        with_more_behind,
        from_the_future,
        with_a_statement_for_a_name,
        something_else,
        nothing,
    ],
)
def test_a_damaged_backup_is_refused_before_anything_is_touched(
    backup: Path, database_url: str, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    settings = at(database_url, tmp_path)
    backup.write_bytes(damage(backup.read_bytes()))
    with pytest.raises(Damaged):
        take(settings, backup)
    assert occupied(settings)


def test_a_backup_of_a_newer_hearth_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "new.backup"
    header = Header(format=1, made_ms=1, version="9.0", revision="feedfacecafe", key=key_mark(KEY))
    backup_file.write(file, header, [])
    with pytest.raises(Refused, match="newer"):
        take(at(f"sqlite:///{tmp_path}/x.db", tmp_path), file)


@pytest.mark.parametrize("key", [None, "another"])
def test_another_secret_key_is_refused_unless_it_is_lost(backup: Path, tmp_path: Path, key: str | None) -> None:
    settings = at(f"sqlite:///{tmp_path / 'x' / 'hearth.db'}", tmp_path / "x")
    with pytest.raises(Refused, match="HEARTH_SECRET_KEY"):
        take(settings, backup, key=key)
    assert not (tmp_path / "x").exists()
    assert checked(settings, backup, key=key, other_key=True).key == key_mark(KEY)


def test_a_restore_that_breaks_in_the_middle_leaves_what_was_there(
    backup: Path, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = at(database_url, tmp_path)

    def full() -> str:
        raise OSError("No space left on device")

    monkeypatch.setattr("server.restore.new_epoch", full)
    with pytest.raises(OSError, match="space"):
        take(settings, backup)
    assert occupied(settings)
    assert not list(tmp_path.glob("*.restoring*"))


def test_rows_that_do_not_fit_together_are_refused_on_sqlite(tmp_path: Path) -> None:
    file, settings = tmp_path / "odd.backup", at(f"sqlite:///{tmp_path / 'hearth.db'}", tmp_path)
    header = Header(format=1, made_ms=1, version="1", revision=version.newest(), key=key_mark(KEY))
    table = backup_file.Table(name="read_place", columns=("room", "person", "seq"))
    backup_file.write(file, header, [backup_file.Part(table, iter([("nowhere", "nobody", 1)]))])
    with pytest.raises(Refused, match="do not fit together"):
        take(settings, file)
    assert not (tmp_path / "hearth.db").exists()


async def test_a_node_at_work_on_postgresql_keeps_a_restore_away(
    backup: Path, postgres_url: str, tmp_path: Path
) -> None:
    with fresh_postgres(postgres_url) as url:
        async with opened(url) as database:
            await database.read(version.stored)
            with pytest.raises(Refused, match="Stop all nodes"):
                take(at(url, tmp_path), backup)


# The file ----------------------------------------------------------------------------------------------------------


def test_the_file_is_this_users_alone_and_never_half_there(backup: Path, tmp_path: Path) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert not list(tmp_path.glob("*.partial"))


def test_the_file_says_which_key_it_needs_and_does_not_tell_it(backup: Path) -> None:
    first = gzip.decompress(backup.read_bytes()).splitlines()[0]
    assert "HEARTH_SECRET_KEY" in msgspec.json.decode(first)["needs"]
    assert KEY.encode() not in gzip.decompress(backup.read_bytes())


def test_a_backup_that_breaks_leaves_no_file(tmp_path: Path) -> None:
    def broken() -> Iterator[Row]:
        yield (1,)
        raise OSError("No space left on device")

    table = backup_file.Table(name="t", columns=("a",))
    header = Header(format=1, made_ms=1, version="1", revision="r", key="k")
    with pytest.raises(OSError, match="space"):
        backup_file.write(tmp_path / "x.backup", header, [backup_file.Part(table, broken())])
    assert not list(tmp_path.iterdir())


def test_dated_backups_are_kept_no_longer_than_erased_words_may_live(tmp_path: Path) -> None:
    settings = Settings(backup_dir=tmp_path, backup_keep_days=35)
    now_ms = 1_790_000_000_000
    old, young = dated_file(settings, now_ms - 36 * DAY_MS), dated_file(settings, now_ms - 34 * DAY_MS)
    mine = tmp_path / "before-the-move.backup"
    for file in (old, young, mine):
        file.touch()
    assert drop_old(settings, now_ms) == [old]
    assert sorted(tmp_path.iterdir()) == sorted([young, mine])


async def test_the_last_backup_is_remembered(database: Database) -> None:
    assert await database.read(last_backup) is None
    await note_backup(database, 5, CHAIN)
    await note_backup(database, 7, CHAIN)
    assert await database.read(last_backup) == 7
