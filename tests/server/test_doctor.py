"""The doctor names each fault, and what to do about it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rooms.ids import CommunityId
from server import doctor
from server.api_running import Check
from server.backup import note_backup
from server.clock import new_id, wall_ms
from server.database.ports import Database, Say, Statement, Unavailable, Work
from server.settings import Settings, with_key
from server.upkeep import OVERDUE_MS, Duty, enrol, now
from tests.conftest import opened
from tests.world import CHAIN, say, streams_on, world_on

HOUR_MS = 3_600_000


def doing(*statements: Statement) -> Callable[[], Work[None]]:
    def work() -> Work[None]:
        yield statements

    return work


def settings_for(url: str, folder: Path) -> Settings:
    return Settings(database_url=url, data_dir=folder)


async def examined(settings: Settings, database: Database) -> dict[str, Check]:
    return {check.name: check for check in await doctor.examine(settings, database, deep=True)}


async def test_a_healthy_server_has_nothing_to_do(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url) as database:
        found = await examined(settings_for(database_url, tmp_path), database)
    # The servers of tests are made for speed, not to keep what they are told.
    found.pop("durability")
    assert [check for check in found.values() if not check.ok] == []
    names = {"database", "migrations", "clock", "backup", "due work", "bus", "disk", "files", "settings"}
    assert names <= found.keys()
    assert ("integrity" in found) == database_url.startswith("sqlite")


async def test_sqlite_is_durable_as_hearth_opens_it(tmp_path: Path, sqlite_template: bytes) -> None:
    path = tmp_path / "hearth.db"
    path.write_bytes(sqlite_template)
    url = f"sqlite:///{path}"
    async with opened(url) as database:
        assert (await examined(settings_for(url, tmp_path), database))["durability"].ok


class Answers:
    """A database that gives one answer to everything asked of it."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    async def read(self, _work: object) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


POSTGRES = Settings(database_url="postgresql://u:p@127.0.0.1/d")


async def test_a_database_that_is_away_is_named_first() -> None:
    found = await doctor.examine(POSTGRES, Answers(Unavailable()))  # type: ignore[arg-type]
    assert found[0].name == "database"
    assert not found[0].ok
    assert "HEARTH_DATABASE_URL" in found[0].do


async def test_a_database_that_may_lose_what_it_acknowledged_is_named() -> None:
    lax = Answers({"fsync": "off", "full_page_writes": "on", "synchronous_commit": "off"})
    check = await doctor.look_at_durability(POSTGRES, lax)  # type: ignore[arg-type]
    assert not check.ok
    assert "fsync" in check.do
    assert "synchronous_commit" in check.do


async def test_clocks_that_differ_are_named() -> None:
    check = await doctor.look_at_clock(POSTGRES, Answers(wall_ms() - HOUR_MS))  # type: ignore[arg-type]
    assert not check.ok
    assert "NTP" in check.do


async def test_missing_migrations_are_named(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url) as database:
        await database.write(doing(Say("DELETE FROM alembic_version")))
        check = (await examined(settings_for(database_url, tmp_path), database))["migrations"]
    assert not check.ok
    assert "hearth migrate" in check.do


async def test_a_damaged_file_is_named(tmp_path: Path, sqlite_template: bytes) -> None:
    path = tmp_path / "hearth.db"
    half = len(sqlite_template) // 2
    path.write_bytes(sqlite_template[:half] + b"\xff" * 8_192 + sqlite_template[half + 8_192 :])
    check = await doctor.look_at_integrity(settings_for(f"sqlite:///{path}", tmp_path), Answers(None))  # type: ignore[arg-type]
    assert not check.ok
    assert "--replace" in check.do


async def test_no_backup_is_a_fault_once_there_is_something_to_lose(database_url: str, tmp_path: Path) -> None:
    settings = settings_for(database_url, tmp_path)
    async with opened(database_url) as database:
        assert (await doctor.look_at_backup(settings, database)).ok
        await world_on(database)
        check = await doctor.look_at_backup(settings, database)
        assert not check.ok
        assert "hearth backup" in check.do


async def test_an_old_backup_is_named_with_its_age(database_url: str, tmp_path: Path) -> None:
    settings = settings_for(database_url, tmp_path)
    async with opened(database_url) as database:
        await note_backup(database, await database.read(now) - 25 * HOUR_MS, CHAIN)
        assert (await doctor.look_at_backup(settings, database)).ok
        await note_backup(database, await database.read(now) - 27 * HOUR_MS, CHAIN)
        check = await doctor.look_at_backup(settings, database)
        assert not check.ok
        assert "27 h" in check.says


async def nobody(_now_ms: int) -> int:
    return 0


async def test_due_work_that_nobody_does_is_named(database_url: str, tmp_path: Path) -> None:
    settings = settings_for(database_url, tmp_path)
    async with opened(database_url) as database:
        long_ago_ms = await database.read(now) - OVERDUE_MS - HOUR_MS
        await database.write(lambda: enrol([Duty("bell", HOUR_MS, nobody)], long_ago_ms))
        check = await doctor.look_at_due_work(settings, database)
    assert not check.ok
    assert "bell" in check.says
    assert ("worker" in check.do) == (settings.sqlite_path is None)


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "not" / "there" / "yet")
    assert doctor.look_at_disk(settings).ok
    check = doctor.look_at_disk(settings, free_bytes=lambda _: 1 << 29)
    assert not check.ok
    assert "512 MiB" in check.says
    assert "HEARTH_DATA_DIR" in check.do


def test_a_key_that_others_can_read_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    settings = with_key(Settings(data_dir=tmp_path))
    assert doctor.look_at_files(settings).ok
    (tmp_path / "secret_key").chmod(0o644)
    check = doctor.look_at_files(settings)
    assert not check.ok
    assert "chmod go=" in check.do
    tmp_path.chmod(0o700)
    assert doctor.look_at_files(settings).ok


@pytest.mark.parametrize("given", [{"redis_url": "redis://x"}, {"processes": 2}, {"env": "production"}])
def test_settings_that_a_start_would_refuse_are_named(given: dict[str, Any]) -> None:
    check = doctor.look_at_settings(Settings(**given))
    assert not check.ok
    assert "HEARTH_" in check.do


async def test_a_keeper_sees_the_checks_and_how_much_was_said(database_url: str, tmp_path: Path) -> None:
    settings = settings_for(database_url, tmp_path)
    async with opened(database_url) as database, streams_on(database) as streams:
        world = await world_on(database)
        room, ada = await world.room("tea"), await world.person("Ada")
        for _ in range(3):
            await say(streams, room, ada, "hello")
        seen = await doctor.health(settings, database, world.community, sockets=2, people_here=1)
        other = await doctor.health(settings, database, CommunityId(new_id()), sockets=2, people_here=1)
    assert (seen.sockets, seen.people_here, seen.posted_today) == (2, 1, 3)
    assert other.posted_today == 0
    assert {check.name for check in seen.checks} >= {"database", "backup", "disk"}


async def test_a_keeper_is_told_also_when_the_database_is_away() -> None:
    away: Any = Answers(Unavailable())
    seen = await doctor.health(POSTGRES, away, CommunityId(new_id()), sockets=0, people_here=0)
    assert not seen.checks[0].ok
