"""What tests of the program from a shell share."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.house import House


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A server with a keeper. Tests share it, each with a room of its own."""
    house = await House(tmp_path_factory.mktemp("house")).open()
    yield house
    await house.close()
