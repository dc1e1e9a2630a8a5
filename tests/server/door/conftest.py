"""A running server for each test at the door, once on SQLite and once on PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.server.door.house import Browser, House, house_on
from tests.server.provider import Provider, new_key, running


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    """A server that nobody has claimed."""
    async with house_on(database_url) as house:
        yield house


@pytest.fixture
async def keeper(house: House) -> Browser:
    """The keeper of "Through My Eyes", in a browser."""
    return await house.keeper()


@pytest.fixture(scope="session")
def answering() -> Iterator[Provider]:
    """An organisation's provider."""
    with running(new_key()) as provider:
        yield provider


@pytest.fixture
def provider(answering: Provider) -> Provider:
    """The provider, honest to begin with, who knows nobody."""
    answering.behave()
    answering.workers.clear()
    answering.asked.clear()
    return answering


@pytest.fixture
def sqlite_url(sqlite_template: bytes, tmp_path: Path) -> str:
    """An empty database on SQLite alone, for what has nothing to do with the database."""
    path = tmp_path / "hearth.db"
    path.write_bytes(sqlite_template)
    return f"sqlite:///{path}"


@pytest.fixture
async def small(sqlite_url: str, provider: Provider) -> AsyncIterator[House]:
    """A house on SQLite with a keeper, whose organisation signs people in."""
    async with house_on(sqlite_url, **provider.settings()) as house:
        await house.keeper()
        yield house
