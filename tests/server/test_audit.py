"""The chain of privileged acts on both databases: written by many at once, and verified by whoever runs the server."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs
from typer.testing import CliRunner

from rooms.audit import OTHER_KEY, Act, Entry, What
from rooms.commands import RemoveMessage
from rooms.ids import CommunityId, PersonId, room_stream
from rooms.rights import Role
from server.audit_sql import Chain, ends, walked
from server.backup import key_mark, make_backup
from server.cli import app
from server.database.ports import Database, Say, Work
from server.doctor import look_at_audit
from server.door.keys import Keys
from server.duties import duties
from server.restore import Anew, checked, restore
from server.settings import Settings
from tests.conftest import opened
from tests.world import CHAIN, new_nonce, say, streams_on, world_on

KEY = "vTq0rWm3Zb8yKx5LcNd7PfHs2JgUe9Aa"
CHAINS = Keys(KEY).chain()
RUTH = PersonId("01JD3V5RVTH000000000000000")


def changing(*statements: str) -> Callable[[], Work[None]]:
    def work() -> Work[None]:
        yield [Say(statement) for statement in statements]

    return work


async def with_acts(database: Database, count: int = 5) -> CommunityId:
    """A community where so much has been done."""
    world = await world_on(database)
    acts = [Act(what=What.OPEN_ROOM, by=RUTH, details={"n": n}) for n in range(count)]
    await database.write(lambda: CHAINS.write(world.community, acts))
    return world.community


async def verify(url: str, folder: Path, *words: str) -> tuple[int, str]:
    """What `hearth audit verify` ends with, and says, beside whoever has the database open."""
    env = {"HEARTH_DATABASE_URL": url, "HEARTH_DATA_DIR": str(folder), "HEARTH_SECRET_KEY": KEY}
    done = await asyncio.to_thread(CliRunner().invoke, app, ["audit", "verify", *words], env=env)
    return done.exit_code, done.output


async def test_what_many_do_at_once_stands_in_one_chain_without_holes(database: Database) -> None:
    world = await world_on(database)
    ruth = await world.person("Ruth", Role.KEEPER)
    ada = await world.person("Ada")
    rooms = [await world.room(f"room{n}") for n in range(4)]
    async with streams_on(database) as one, streams_on(database) as other:
        said = [(room, (await say(one, room, ada, "hello")).message) for room in rooms for _ in range(5)]
        commands = [RemoveMessage(room=room, nonce=new_nonce(), message=message) for room, message in said if message]
        # Two nodes, and of each command two nodes' tries: it is done once, and written down once.
        await asyncio.gather(
            *(
                node.ask(node.order(room_stream(command.room), command, actor=ruth, nonce=command.nonce))
                for command in commands
                for node in (one, other)
            )
        )
    entries: list[Entry] = []
    walk, kept = await walked(database, CHAIN, world.community, seen=entries.append)
    assert (walk.faults, kept.end.count) == ([], len(said))
    assert sorted(entry.details for entry in entries) == sorted(f'{{"message":"{message}"}}' for _, message in said)
    assert {(entry.by, entry.what, entry.room in rooms) for entry in entries} == {(ruth, "message.remove", True)}


async def test_a_chain_that_is_whole_is_said_to_be_and_how_to_see_what_is_taken_from_its_end(
    database_url: str, tmp_path: Path
) -> None:
    async with opened(database_url) as database:
        await with_acts(database)
        [kept] = await database.read(ends)
        status, said = await verify(database_url, tmp_path)
        assert status == 0
        assert f"eyes: 5 acts are as they were written. Its end: 5:{kept.end.seal}" in said
        assert "--anchor" in said
        anchor = f"{kept.end.count}:{kept.end.seal}"
        await database.write(lambda: CHAINS.write(kept.community, [Act(what=What.BACKUP)]))
        assert await verify(database_url, tmp_path, "--anchor", anchor, "--anchor", f"eyes:{anchor}") == (
            0,
            (await verify(database_url, tmp_path))[1].splitlines()[0] + "\neyes: 2 anchors fit.\n",
        )
        assert (await verify(database_url, tmp_path, "--anchor", "5:abc"))[0] == 2
        assert (await verify(database_url, tmp_path, "--anchor", f"shoes:{anchor}"))[0] == 2


@pytest.mark.parametrize(
    ("meddled", "says"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE number = 3", "act 3 was changed"),
        ("UPDATE audit SET at_ms = at_ms - 1 WHERE number = 1", "act 1 was changed, put in or moved"),
        ("DELETE FROM audit WHERE number = 2", "acts are missing from number 2 on"),
        ("DELETE FROM audit WHERE number = 5", "acts are missing from number 5 on"),
        ("DELETE FROM audit", "acts are missing from number 1 on"),
        ("UPDATE audit SET number = 9 - number WHERE number IN (4, 5)", "act 4 was changed"),
        ("UPDATE audit_end SET count = 4", "act 5 was changed"),
    ],
)
async def test_whatever_is_changed_in_a_chain_is_named(
    database_url: str, tmp_path: Path, meddled: str, says: str
) -> None:
    async with opened(database_url) as database:
        await with_acts(database)
        # Two rows can't change places in one statement.
        first = ["UPDATE audit SET number = number + 10 WHERE number IN (4, 5)"] if "9 -" in meddled else []
        last = meddled.replace("9 - number WHERE number IN (4, 5)", "19 - number WHERE number IN (14, 15)")
        await database.write(changing(*first, last))
        status, said = await verify(database_url, tmp_path)
        assert (status, f"eyes: {says}" in said) == (1, True), said


async def test_what_is_taken_from_the_end_with_the_end_shows_by_an_anchor_alone(
    database_url: str, tmp_path: Path
) -> None:
    async with opened(database_url) as database:
        await with_acts(database)
        [kept] = await database.read(ends)
        anchor = f"{kept.end.count}:{kept.end.seal}"
        await database.write(
            changing(
                "DELETE FROM audit WHERE number > 3",
                "UPDATE audit_end SET count = 3, seal = (SELECT seal FROM audit WHERE number = 3)",
            )
        )
        assert (await verify(database_url, tmp_path))[0] == 0
        status, said = await verify(database_url, tmp_path, "--anchor", anchor)
        assert status == 1
        assert "the anchor tells of 5 acts, and there are 3: some were taken from the end." in said
        # Even when as many others are done afterwards.
        acts = [Act(what=What.BACKUP)] * 4
        await database.write(lambda: CHAINS.write(kept.community, acts))
        status, said = await verify(database_url, tmp_path, "--anchor", anchor)
        assert (status, "act 5 is another than the anchor tells of" in said) == (1, True)


async def test_the_log_is_told_hourly_where_each_chain_ends_and_the_doctor_when_one_is_broken(
    database_url: str, tmp_path: Path
) -> None:
    settings = Settings(database_url=database_url, data_dir=tmp_path, secret_key=SecretStr(KEY))
    async with opened(database_url) as database:
        community = await with_acts(database, 1_001)
        [duty] = [one for one in duties(settings, database) if one.name == "look_at_audit"]
        assert duty.every_ms == 3_600_000
        with capture_logs() as lines:
            assert await duty.do(1_000) == 1_001
        [kept] = await database.read(ends)
        [told] = [line for line in lines if line["event"] == "audit.end"]
        assert (told["community"], told["count"], told["head"]) == (community, 1_001, kept.end.seal)
        assert (kept.checked_ms, (await look_at_audit(settings, database)).ok) == (1_000, True)

        await database.write(changing("UPDATE audit SET what = 'member.remove' WHERE number = 700"))
        with capture_logs() as lines:
            await duty.do(2_000)
        [told] = [line for line in lines if line["event"] == "audit.broken"]
        assert (told["log_level"], told["community"], told["seq"]) == ("error", community, 700)
        check = await look_at_audit(settings, database)
        assert (check.ok, "act 700" in check.says, "hearth audit verify" in check.do) == (False, True, True)


async def test_a_restore_goes_on_with_the_chain_and_says_under_which_key(database_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=database_url, data_dir=tmp_path, secret_key=SecretStr(KEY))
    file = tmp_path / "a.backup"
    async with opened(database_url) as database:
        community = await with_acts(database)
        make_backup(settings, file, key=KEY)
        await database.write(lambda: CHAINS.write(community, [Act(what=What.OPEN_ROOM, by=RUTH)]))
        [kept] = await database.read(ends)
    lost = f"6:{kept.end.seal}"
    header = checked(settings, file, key=key_mark(KEY), other_key=False)
    restore(settings, file, header, anew=Anew(erased=(), chain=CHAINS))
    async with opened(database_url):
        assert "6 acts are as they were written" in (await verify(database_url, tmp_path))[1]
        status, said = await verify(database_url, tmp_path, "--anchor", lost)
        assert (status, "A backup was restored as act 6" in said) == (1, True)
    # Under another key nobody can say whether what came with the backup is as it was.
    other = Chain(b"another key of thirty-two signs..")
    restore(settings, file, header, anew=Anew(erased=(), chain=other, other_key=True))
    async with opened(database_url) as database:
        walk, _ = await walked(database, other, community)
        assert (walk.faults, walk.foreign, walk.end.count) == ([], 5, 6)


async def test_a_lost_key_is_said_once_and_what_follows_can_be_checked_again(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url) as database:
        community = await with_acts(database)
        other = {"HEARTH_DATABASE_URL": database_url, "HEARTH_DATA_DIR": str(tmp_path), "HEARTH_SECRET_KEY": KEY[::-1]}

        async def under_another(*words: str) -> tuple[int, str]:
            done = await asyncio.to_thread(CliRunner().invoke, app, ["audit", *words], env=other)
            return done.exit_code, done.output

        status, said = await under_another("verify")
        assert (status, "hearth audit new-key" in said) == (1, True)
        assert await under_another("new-key") == (
            0,
            "Said in eyes. From here on `hearth audit verify` checks what follows.\n",
        )
        status, said = await under_another("verify")
        assert (status, "the first 5 were written under another key" in said) == (0, True)
        assert (await under_another("new-key"))[0] == 1
        # With the key that is not lost at all, it is seen that somebody has said so.
        assert (await verify(database_url, tmp_path))[0] == 1
        [kept] = await database.read(ends)
        assert (kept.community, kept.end.count) == (community, 6)


async def test_no_key_is_said_to_be_lost_while_acts_fit_the_one_that_is_set(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url) as database:
        community = await with_acts(database)
        env = {"HEARTH_DATABASE_URL": database_url, "HEARTH_DATA_DIR": str(tmp_path), "HEARTH_SECRET_KEY": KEY}

        async def new_key(*words: str) -> tuple[int, str]:
            done = await asyncio.to_thread(CliRunner().invoke, app, ["audit", "new-key", *words], env=env)
            return done.exit_code, done.output

        await database.write(changing("UPDATE audit SET actor = 'someone' WHERE number = 3"))
        for words in ((), ("--first", "3")):
            status, said = await new_key(*words)
            assert (status, "eyes: act 3 was changed, put in or moved. The key is right" in said) == (1, True), said
            assert "--first" not in said
        assert (await verify(database_url, tmp_path))[0] == 1
        [kept] = await database.read(ends)
        assert kept.end.count == 5
        # Also an act that was sealed with the right key, of whoever said so by mistake, hides nothing.
        for what in (What.NEW_KEY, What.RESTORE):
            act = Act(what=what, details={OTHER_KEY: True})
            await database.write(partial(CHAINS.write, community, [act]))
            status, said = await verify(database_url, tmp_path)
            assert (status, "eyes: act 3 was changed" in said) == (1, True), said


async def test_a_lost_key_is_said_also_after_acts_under_the_new_one(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url) as database:
        community = await with_acts(database, 0)
        acts = [Act(what=What.OPEN_ROOM, by=RUTH)] * 3
        await database.write(partial(Chain(b"the lost key of thirty-two signs").write, community, acts))
        await database.write(partial(CHAINS.write, community, acts))
        env = {"HEARTH_DATABASE_URL": database_url, "HEARTH_DATA_DIR": str(tmp_path), "HEARTH_SECRET_KEY": KEY}
        done = await asyncio.to_thread(CliRunner().invoke, app, ["audit", "new-key"], env=env)
        assert (done.exit_code, "add --first 3." in done.output) == (1, True), done.output
        done = await asyncio.to_thread(CliRunner().invoke, app, ["audit", "new-key", "--first", "3"], env=env)
        assert done.exit_code == 0, done.output
        status, said = await verify(database_url, tmp_path)
        assert (status, "the first 3 were written under another key" in said) == (0, True), said
        await database.write(changing("UPDATE audit SET actor = 'someone' WHERE number = 5"))
        status, said = await verify(database_url, tmp_path)
        assert (status, "eyes: act 5 was changed, put in or moved" in said) == (1, True), said
