"""A running server for each test at the door, once on SQLite and once on PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from tests.server.door.house import Browser, House, house_on


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    """A server that nobody has claimed."""
    async with house_on(database_url) as house:
        yield house


@pytest.fixture
async def keeper(house: House) -> Browser:
    """The keeper of "Through My Eyes", in a browser."""
    return await house.keeper()
