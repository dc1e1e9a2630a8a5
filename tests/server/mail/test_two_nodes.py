"""Two real workers and a real mail server: one worker is killed in the middle, and nobody gets a mail twice."""

import asyncio
from pathlib import Path

import pytest

from community.reach import Matter, NewsKind, Quiet
from rooms.ids import PersonId
from server.clock import new_id
from server.database.ports import Database, Row, Say, Work
from server.door.keys import secret_hash
from server.mail.news_sql import told_row
from server.mail.opened import seal_of
from server.mail.reach_sql import Calm as CalmKept
from server.mail.reach_sql import NewAddress, confirm, give, set_calm
from server.settings import Settings
from tests.conftest import fresh_postgres, opened
from tests.server.processes import started
from tests.smtp import sink
from tests.world import until, world_on

pytestmark = pytest.mark.postgres

KEY = "a key for tests, 32 signs and more"
OPEN = Say("SELECT 1 FROM outbox WHERE done_ms IS NULL")
ENDS = Say("SELECT state, COUNT(*) FROM outbox WHERE kind = 'coming' GROUP BY state")
NAMES = ("Ada", "Ben", "Cleo")


def one(say: Say) -> Work[list[Row]]:
    [rows] = yield [say]
    return rows


async def reachable(database: Database, person: PersonId, address: str, *ticked: Matter) -> None:
    """Somebody whose address was confirmed."""
    seal, id_ = seal_of(Settings(secret_key=KEY)), new_id()  # type: ignore[arg-type]  # taken as it is
    hashed = secret_hash(seal.confirm_secret(id_))
    new = NewAddress(
        id=id_,
        sealed=seal.close(address, person),
        confirm_hash=hashed,
        stop_hash=secret_hash(seal.stop_secret(id_)),
        mail=new_id(),
    )
    await database.write(lambda: give(person, new, ticked=ticked, language="en"))
    await database.write(lambda: confirm(hashed))
    await database.write(lambda: set_calm(person, CalmKept(Quiet(from_min=0, to_min=0), "UTC")))


async def test_one_reminder_to_one_person_once_though_a_node_is_killed_in_the_middle(
    postgres_url: str, tmp_path: Path
) -> None:
    with fresh_postgres(postgres_url) as url, sink() as server:
        async with opened(url) as database:
            world = await world_on(database)
            room = await world.room("tea")
            for name in NAMES:
                await world.person(name)
                ticked = (Matter.NEXT_TALK,) if name != "Cleo" else (Matter.MY_WORDS, Matter.CHANGES)
                await reachable(database, world.people[name], f"{name.lower()}@example.org", *ticked)
            given = {
                "HEARTH_DATABASE_URL": url,
                "HEARTH_SECRET_KEY": KEY,
                "HEARTH_MAIL_URL": server.url,
                "HEARTH_MAIL_FROM": "hearth@example.org",
            }
            server.holds = True
            news = told_row(
                new_id(), world.community, room, kind=NewsKind.COMING, says="Tea.", when="Thursday at 3", by=None
            )
            with started(tmp_path, "worker", **given) as first:
                first.line("at work")
                await database.write(lambda: one(news))
                # The mail server has the first mail whole, and has not said so yet.
                await until(server.held.is_set)
                with started(tmp_path, "worker", **given) as second:
                    second.line("at work")
                    first.process.kill()
                    first.process.wait(10)
                    server.holds = False
                    server.go.set()
                    # As two minutes later: the leases of the one that is gone have run out.
                    await database.write(lambda: one(Say("UPDATE outbox SET lease_ms = 1 WHERE done_ms IS NULL")))
                    async with asyncio.timeout(20):
                        while await database.read(lambda: one(OPEN)):  # noqa: ASYNC110 - two processes, no event
                            await asyncio.sleep(0.05)
            assert dict(await database.read(lambda: one(ENDS))) == {"unsure": 1, "sent": 1}
    assert sorted(server.addresses()) == ["ada@example.org", "ben@example.org"]
