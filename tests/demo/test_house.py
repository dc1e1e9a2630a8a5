"""The demo's community, built by the works and commands of a real one, and put a week into the past."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rooms.ids import PersonId, RoomId
from rooms.rights import Role
from server.database.ports import Database, Say, Work
from server.demo.cast import CAST, LIVING_ROOM, ROOMS
from server.demo.house import build_house
from server.demo.keyring import Keyring
from server.demo.opening import Doors, unlock
from server.demo.week import week
from server.door.links_sql import sign_in
from server.door.reads_sql import home, members
from server.door.sessions import new_session
from server.streams.reading_sql import latest

# The demo never has another.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NOW = datetime(2026, 3, 9, 14, 0, tzinfo=ZoneInfo("Europe/London"))
KEYRING = Keyring("a secret that is long enough for a demo")


@pytest.fixture
async def doors(database: Database) -> Doors:
    """The house, built and unlocked."""
    await build_house(database, KEYRING, NOW)
    return await unlock(database, KEYRING)


async def rows(database: Database, sql: str, *values: str) -> list[Any]:
    def work() -> Work[list[Any]]:
        [found] = yield [Say(sql, values)]
        return found

    return await database.read(work)


async def test_everybody_is_in_with_the_standing_and_role_of_their_part(database: Database, doors: Doors) -> None:
    keeper = (await rows(database, "SELECT person FROM role WHERE role = 'keeper'"))[0][0]
    listed = await database.read(lambda: members("through-my-eyes", PersonId(keeper), q="", cursor=""))
    assert {(line.name, line.standing, *line.roles) for line in listed.members} == {
        (part.name, part.standing, *sorted({Role.MEMBER, part.role})) for part in CAST
    }
    assert len(listed.members) == 14


async def test_each_room_holds_its_week_in_order_and_in_the_past(database: Database, doors: Doors) -> None:
    for plan in ROOMS:
        found = await rows(
            database,
            "SELECT m.at_ms, m.text FROM message m JOIN room r ON r.id = m.room WHERE r.slug = ? ORDER BY m.seq",
            plan.slug,
        )
        entries = week(plan.text)
        assert [at_ms for at_ms, _ in found] == [entry.moment.at_ms(NOW) for entry in entries]
        words = [None if entry.removal else entry.edit.text if entry.edit else entry.text for entry in entries]
        assert [text for _, text in found] == words
    times = await rows(database, "SELECT MIN(at_ms), MAX(at_ms) FROM event")
    assert datetime.fromtimestamp(times[0][0] / 1000, tz=NOW.tzinfo) > NOW - timedelta(days=8)
    assert times[0][1] < NOW.timestamp() * 1000


async def test_the_times_of_events_agree_with_those_of_messages(database: Database, doors: Doors) -> None:
    unlike = await rows(
        database,
        "SELECT e.body FROM event e JOIN message m ON m.room = substr(e.stream, 6) AND m.seq = e.seq"
        " WHERE substr(e.stream, 1, 5) = 'room:' AND e.at_ms <> m.at_ms",
    )
    assert unlike == []
    late = await rows(
        database, "SELECT id FROM stream WHERE at_ms <> (SELECT MAX(at_ms) FROM event WHERE stream = stream.id)"
    )
    assert late == []


async def test_who_tries_it_out_finds_something_new(database: Database, doors: Doors) -> None:
    wren = KEYRING.person("Wren")
    seen = await database.read(lambda: home("through-my-eyes", wren))
    unread = {line.slug: line.unread for line in seen.rooms}
    assert set(unread) == {"tea-table", LIVING_ROOM, "carers-corner"}
    assert all(unread.values())
    assert unread[LIVING_ROOM] <= 2
    page = await database.read(lambda: latest(RoomId(doors.place.room)))
    assert page.messages[-1].counts


async def test_links_work_again_and_again_and_nothing_is_there_twice(database: Database, doors: Doors) -> None:
    for _ in range(3):
        assert (await unlock(database, KEYRING)).passes == doors.passes
        person, slug = await database.write(lambda: sign_in(KEYRING.link("Ruth Adeyemi"), new_session(shared=False)[1]))
        assert (person, slug) == (KEYRING.person("Ruth Adeyemi"), "through-my-eyes")
    assert await rows(database, "SELECT COUNT(*) FROM sign_in_link") == [(3,)]
    # Ten voices, and Ruth three times.
    assert await rows(database, "SELECT COUNT(*) FROM session") == [(13,)]
