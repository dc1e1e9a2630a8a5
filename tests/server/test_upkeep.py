"""Due work is done once however many nodes look for it, and erases what it promises to."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from rooms.ids import MessageId
from server.database.ports import Database, Row, Say, Statement, Unavailable, Work
from server.duties import duties
from server.settings import Settings
from server.telemetry import Metrics
from server.upkeep import LEASE_MS, OVERDUE_MS, RETRY_MS, Duty, Upkeep, claim, enrol, finish, overdue
from tests.conftest import opened
from tests.world import world_on

HOUR_MS = 3_600_000
NOON_MS = 1_790_000_000_000
TOKEN = "the-words-before-the-edit"


def asked(*statements: Statement) -> Callable[[], Work[list[list[Row]]]]:
    def work() -> Work[list[list[Row]]]:
        return (yield statements)

    return work


async def rows(database: Database, sql: str) -> list[Row]:
    return (await database.read(asked(Say(sql))))[0]


class Bell:
    """A duty that counts how often it rang."""

    def __init__(self) -> None:
        self.rung: list[int] = []

    async def ring(self, now_ms: int) -> int:
        self.rung.append(now_ms)
        await asyncio.sleep(0)
        return 1


def upkeep(database: Database, do: Callable[[int], Awaitable[int]], *, node: str = "one") -> Upkeep:
    return Upkeep(database, [Duty("bell", HOUR_MS, do)], node=node, metrics=Metrics())


async def test_a_new_duty_is_done_at_once_and_again_when_it_is_due(database: Database) -> None:
    bell = Bell()
    one = upkeep(database, bell.ring)
    assert await one.run_due(NOON_MS) == ["bell"]
    assert await one.run_due(NOON_MS + HOUR_MS - 1) == []
    assert await one.run_due(NOON_MS + HOUR_MS) == ["bell"]
    assert bell.rung == [NOON_MS, NOON_MS + HOUR_MS]


async def test_of_two_workers_one_does_it(database_url: str) -> None:
    bell = Bell()
    async with opened(database_url) as database:
        workers = [upkeep(database, bell.ring, node=f"node {n}") for n in range(2)]
        for hour in range(10):
            at_ms = NOON_MS + hour * HOUR_MS
            done = await asyncio.gather(*(worker.run_due(at_ms) for worker in workers))
            assert sorted(done) == [[], ["bell"]]
    assert len(bell.rung) == 10


async def test_twenty_claims_at_once_give_one_the_duty(database: Database) -> None:
    duty = Duty("bell", HOUR_MS, Bell().ring)
    await database.write(lambda: enrol([duty], NOON_MS))
    claims = [database.write(lambda node=n: claim(duty, f"node {node}", now_ms=NOON_MS)) for n in range(20)]  # type: ignore[misc]
    given = await asyncio.gather(*claims)
    assert sorted(given, key=lambda due_ms: due_ms or 0) == [None] * 19 + [NOON_MS]


async def test_a_duty_whose_node_died_is_taken_over_when_its_lease_ends(database: Database) -> None:
    bell = Bell()
    duty = Duty("bell", HOUR_MS, bell.ring)
    await database.write(lambda: enrol([duty], NOON_MS))
    assert await database.write(lambda: claim(duty, "dead", now_ms=NOON_MS)) == NOON_MS
    other = upkeep(database, bell.ring, node="other")
    assert await other.run_due(NOON_MS + LEASE_MS - 1) == []
    assert await other.run_due(NOON_MS + LEASE_MS) == ["bell"]


async def test_a_node_that_was_overtaken_does_not_settle_for_the_other(database: Database) -> None:
    duty = Duty("bell", HOUR_MS, Bell().ring)
    await database.write(lambda: enrol([duty], NOON_MS))
    await database.write(lambda: claim(duty, "paused", now_ms=NOON_MS))
    later_ms = NOON_MS + LEASE_MS
    await database.write(lambda: claim(duty, "other", now_ms=later_ms))
    await database.write(lambda: finish(duty, "paused", now_ms=later_ms))
    assert await rows(database, "SELECT node, lease_ms, done_ms FROM job") == [("other", later_ms + LEASE_MS, None)]


async def test_a_duty_that_fails_is_tried_again_soon(database: Database) -> None:
    tried: list[int] = []

    async def fail_once(now_ms: int) -> int:
        tried.append(now_ms)
        if len(tried) == 1:
            raise Unavailable
        return 1

    one = upkeep(database, fail_once)
    assert await one.run_due(NOON_MS) == []
    assert await one.run_due(NOON_MS + RETRY_MS - 1) == []
    assert await one.run_due(NOON_MS + RETRY_MS) == ["bell"]
    assert len(tried) == 2


async def test_another_rhythm_takes_effect_without_a_migration(database: Database) -> None:
    bell = Bell()
    await upkeep(database, bell.ring).run_due(NOON_MS)
    faster = Upkeep(database, [Duty("bell", HOUR_MS // 2, bell.ring)], node="one", metrics=Metrics())
    await faster.run_due(NOON_MS + HOUR_MS)
    assert await rows(database, "SELECT every_ms, due_ms FROM job") == [(HOUR_MS // 2, NOON_MS + HOUR_MS * 3 // 2)]


async def test_work_that_nobody_does_is_overdue(database: Database) -> None:
    await database.write(lambda: enrol([Duty("bell", HOUR_MS, Bell().ring)], NOON_MS))
    assert await database.read(lambda: overdue(NOON_MS + OVERDUE_MS - 1)) == []
    assert await database.read(lambda: overdue(NOON_MS + OVERDUE_MS)) == [("bell", NOON_MS)]


async def test_the_looking_goes_on_after_the_database_was_away() -> None:
    class Away:
        asked = 0

        async def read(self, _work: object) -> int:
            self.asked += 1
            raise Unavailable

    away = Away()
    looking = asyncio.create_task(upkeep(away, Bell().ring).run())  # type: ignore[arg-type]
    await asyncio.sleep(0)
    assert not looking.done()
    looking.cancel()
    assert away.asked == 1


# The duties themselves ---------------------------------------------------------------------------------------------


def settings_for(url: str) -> Settings:
    return Settings(database_url=url)


async def with_old_words(database: Database, *erase_ms: int) -> None:
    world = await world_on(database)
    room, ada = await world.room("tea"), await world.person("Ada")
    message = MessageId("01" + "A" * 24)
    old = [
        Say("INSERT INTO old_words (message, seq, text, erase_ms) VALUES (?, ?, ?, ?)", (message, seq, TOKEN, at_ms))
        for seq, at_ms in enumerate(erase_ms, start=1)
    ]
    await database.write(
        asked(
            Say(
                "INSERT INTO message (id, room, seq, after_seq, at_ms, author, shown, hidden, text, mentions)"
                " VALUES (?, ?, 1, 1, ?, ?, '{}', 0, 'new words', '[]')",
                (message, room, NOON_MS, ada),
            ),
            *old,
        )
    )


async def test_replaced_words_go_when_their_time_is_over_and_not_before(database_url: str) -> None:
    async with opened(database_url) as database:
        await with_old_words(database, NOON_MS, NOON_MS + HOUR_MS)
        keeper = Upkeep(database, duties(settings_for(database_url), database), node="one", metrics=Metrics())
        await keeper.run_due(NOON_MS - 1)
        assert len(await rows(database, "SELECT seq FROM old_words")) == 2
        await keeper.run_due(NOON_MS + HOUR_MS // 2)
        assert await rows(database, "SELECT seq FROM old_words") == [(2,)]


async def test_many_replaced_words_go_in_one_run(database_url: str) -> None:
    async with opened(database_url) as database:
        await with_old_words(database, *([NOON_MS] * 1_234))
        keeper = Upkeep(database, duties(settings_for(database_url), database), node="one", metrics=Metrics())
        await keeper.run_due(NOON_MS)
        assert await rows(database, "SELECT seq FROM old_words") == []


async def test_erased_words_are_physically_gone_from_sqlites_files(tmp_path: Path, sqlite_template: bytes) -> None:
    path = tmp_path / "hearth.db"
    path.write_bytes(sqlite_template)
    url = f"sqlite:///{path}"
    async with opened(url) as database:
        await with_old_words(database, NOON_MS)
        assert TOKEN.encode() in everything_in(tmp_path)
        keeper = Upkeep(database, duties(settings_for(url), database), node="one", metrics=Metrics())
        await keeper.run_due(NOON_MS)
        assert TOKEN.encode() not in everything_in(tmp_path)


def everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()))


async def test_sessions_and_links_that_ended_are_forgotten(database_url: str) -> None:
    async with opened(database_url) as database:
        world = await world_on(database)
        ada = await world.person("Ada")
        session = "INSERT INTO session (id, token_hash, person, shared, made_ms, seen_ms, ends_ms) VALUES"
        link = "INSERT INTO sign_in_link (secret_hash, person, uses, ends_ms) VALUES"
        back = "INSERT INTO way_back (person, link_hash, words_hash, made_ms, ends_ms) VALUES"
        ben = await world.person("Ben")
        await database.write(
            asked(
                Say(f"{session} ('old', 'h1', ?, 0, 1, 1, ?)", (ada, NOON_MS)),
                Say(f"{session} ('living', 'h2', ?, 0, 1, 1, ?)", (ada, NOON_MS + 1)),
                Say(f"{link} ('over', ?, 1, ?)", (ada, NOON_MS)),
                Say(f"{link} ('used', ?, 0, ?)", (ada, NOON_MS + HOUR_MS)),
                Say(f"{link} ('fresh', ?, 1, ?)", (ada, NOON_MS + HOUR_MS)),
                Say("INSERT INTO spent_sign_in (hashed, ends_ms) VALUES ('s1', ?), ('s2', ?)", (NOON_MS, NOON_MS + 1)),
                Say(f"{back} (?, 'l1', 'w1', 1, ?)", (ada, NOON_MS)),
                Say(f"{back} (?, 'l2', 'w2', 1, ?)", (ben, NOON_MS + 1)),
            )
        )
        keeper = Upkeep(database, duties(settings_for(database_url), database), node="one", metrics=Metrics())
        done = await keeper.run_due(NOON_MS)
        assert {"forget_sessions", "forget_links", "forget_ways_back"} <= set(done)
        assert await rows(database, "SELECT id FROM session") == [("living",)]
        assert await rows(database, "SELECT secret_hash FROM sign_in_link") == [("fresh",)]
        assert await rows(database, "SELECT link_hash FROM way_back") == [("l2",)]
        assert await rows(database, "SELECT hashed FROM spent_sign_in") == [("s2",)]


async def test_freed_pages_are_wiped_on_both_engines(database_url: str) -> None:
    async with opened(database_url) as database:
        keeper = Upkeep(database, duties(settings_for(database_url), database), node="one", metrics=Metrics())
        assert "wipe_freed_pages" in await keeper.run_due(NOON_MS)
