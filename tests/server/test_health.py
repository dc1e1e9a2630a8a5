"""What machines are told: readiness that is true, and numbers for those who may read them."""

from typing import Any

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.testclient import TestClient

from server.backup import note_backup
from server.clock import wall_ms
from server.database.ports import Database, Say, Unavailable, Work
from server.health import HealthPages, Readiness
from server.settings import Settings
from server.telemetry import Metrics
from tests.world import CHAIN, world_on

TOKEN = "a-token-of-some-length"


class Gone:
    """A database that is away."""

    async def read(self, _work: object) -> Any:
        raise Unavailable


def migrated_further() -> Work[None]:
    yield [Say("UPDATE alembic_version SET version_num = 'feedfacecafe'")]


def never_migrated() -> Work[None]:
    yield [Say("DELETE FROM alembic_version")]


async def test_a_migrated_database_that_answers_makes_a_node_ready(database: Database) -> None:
    assert await Readiness(database).missing() is None


async def test_a_node_that_goes_is_not_ready(database: Database) -> None:
    readiness = Readiness(database)
    readiness.draining = True
    assert await readiness.missing() == "draining"


async def test_without_its_database_a_node_is_not_ready() -> None:
    assert await Readiness(Gone()).missing() == "database"  # type: ignore[arg-type]


async def test_without_its_migrations_a_node_is_not_ready(database: Database) -> None:
    await database.write(never_migrated)
    assert await Readiness(database).missing() == "migrations"


async def test_a_node_serves_on_while_a_newer_one_has_migrated(database: Database) -> None:
    await database.write(migrated_further)
    assert await Readiness(database).missing() is None


# The pages, asked over HTTP ----------------------------------------------------------------------------------------


def pages(database: object, *, client: str = "127.0.0.1", **given: object) -> TestClient:
    settings = Settings(**given)  # type: ignore[arg-type]
    readiness = Readiness(database)  # type: ignore[arg-type]
    health = HealthPages(settings, database, readiness=readiness, metrics=Metrics())  # type: ignore[arg-type]
    return TestClient(Starlette(routes=health.routes()), client=(client, 50_000))


def test_an_unready_node_says_what_is_missing() -> None:
    answer = pages(Gone()).get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "missing": "database"}


def test_a_node_without_its_database_is_alive() -> None:
    assert pages(Gone()).get("/healthz").status_code == 200


def test_this_machine_reads_the_numbers() -> None:
    answer = pages(Gone()).get("/metrics")
    assert answer.status_code == 200
    assert "hearth_sockets 0.0" in answer.text


@pytest.mark.parametrize("client", ["192.0.2.7", "::ffff:192.0.2.7"])
def test_another_machine_does_not_read_the_numbers(client: str) -> None:
    assert pages(Gone(), client=client).get("/metrics").status_code == 404


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip"])
def test_nobody_reads_the_numbers_through_a_proxy(header: str) -> None:
    assert pages(Gone()).get("/metrics", headers={header: "127.0.0.1"}).status_code == 404


def test_a_trusted_proxy_on_this_machine_brings_nobody_to_the_numbers() -> None:
    assert pages(Gone(), trusted_proxies=("127.0.0.0/8",)).get("/metrics").status_code == 404


@pytest.mark.parametrize(
    ("header", "status"), [(f"Bearer {TOKEN}", 200), ("Bearer wrong", 404), (TOKEN, 404), ("", 404), ("Bearer ÿ", 404)]
)
def test_with_a_token_only_the_token_opens_the_numbers(header: str, status: int) -> None:
    for client in ("127.0.0.1", "192.0.2.7"):
        asked = pages(Gone(), client=client, metrics_token=SecretStr(TOKEN))
        assert asked.get("/metrics", headers={b"authorization": header.encode("latin-1")}).status_code == status


@pytest.fixture
async def backed_up(database: Database) -> Database:
    await note_backup(database, wall_ms() - 3_600_000, CHAIN)
    return database


async def test_the_numbers_say_how_old_the_last_backup_is(backed_up: Database) -> None:
    metrics = Metrics()
    health = HealthPages(Settings(), backed_up, readiness=Readiness(backed_up), metrics=metrics)
    await health._look_at_database()
    age_s = metrics.registry.get_sample_value("hearth_backup_age_seconds")
    assert age_s is not None
    assert 3_600 <= age_s < 3_700


async def test_the_numbers_say_that_there_is_no_backup(database: Database) -> None:
    metrics = Metrics()
    health = HealthPages(Settings(), database, readiness=Readiness(database), metrics=metrics)
    await health._look_at_database()
    assert metrics.registry.get_sample_value("hearth_backup_age_seconds") == -1


def test_two_nodes_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.sockets.inc()
    assert other.registry.get_sample_value("hearth_sockets") == 0


async def test_the_numbers_say_how_many_devices_are_signed_in(database: Database) -> None:
    ada = await (await world_on(database)).person("Ada")

    def sign_in() -> Work[None]:
        session = "INSERT INTO session (id, token_hash, person, shared, made_ms, seen_ms, ends_ms) VALUES"
        yield [
            Say(f"{session} ('a', 'a', ?, 0, 1, 1, NOW_MS() + 1000000)", (ada,)),
            Say(f"{session} ('b', 'b', ?, 0, 1, 1, NOW_MS() - 1)", (ada,)),
        ]

    await database.write(sign_in)
    metrics = Metrics()
    await HealthPages(Settings(), database, readiness=Readiness(database), metrics=metrics)._look_at_database()
    assert metrics.registry.get_sample_value("hearth_sessions") == 1
