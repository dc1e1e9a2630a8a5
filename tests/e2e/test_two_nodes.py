"""The same talk on two nodes: whoever comes second has their page from the other node, and nobody can tell."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.conftest import fresh_postgres
from tests.e2e.conftest import Opens, visit
from tests.e2e.house import Guest, House
from tests.e2e.test_rights import *  # noqa: F403 - these tests are run again, on the fixtures of this file
from tests.e2e.test_talking import *  # noqa: F403 - and these
from tests.e2e.visitor import Visitor
from tests.services import redis_server

pytestmark = [
    pytest.mark.browser,
    pytest.mark.redis,
    pytest.mark.postgres,
    pytest.mark.asyncio(loop_scope="session"),
]

# Promise 8: whose node died is live on another within so long.
ELSEWHERE_MS = 20_000


@pytest.fixture(scope="module")
def shared(postgres_url: str) -> Iterator[dict[str, str]]:
    """What makes two processes nodes of one server."""
    with fresh_postgres(postgres_url) as database, redis_server() as redis:
        yield {"HEARTH_DATABASE_URL": database, "HEARTH_REDIS_URL": redis, "HEARTH_SECRET_KEY": "one key for both " * 3}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(pages: None, shared: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """The first node, which the keeper has claimed."""
    house = await House(tmp_path_factory.mktemp("first"), **shared).open()
    yield house
    await house.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def other(house: House, shared: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """The second node."""
    other = House(tmp_path_factory.mktemp("second"), **shared)
    await asyncio.to_thread(other.start)
    yield other
    await other.close()


@pytest_asyncio.fixture(loop_scope="session")
async def opens(browser: Browser, house: House, other: House) -> AsyncIterator[Opens]:
    """Opens browsers, by turns on one node and on the other."""
    opened: list[Visitor] = []
    nodes = itertools.cycle((house, other))

    async def open_one(guest: Guest | None = None, **how: Any) -> Visitor:
        opened.append(await visit(browser, house, guest, **{"base_url": next(nodes).address, **how}))
        return opened[-1]

    yield open_one
    await asyncio.gather(*(visitor.context.close() for visitor in opened))
    assert [trouble for visitor in opened for trouble in visitor.trouble] == []


async def test_two_pages_really_are_on_two_nodes(house: House, other: House, opens: Opens) -> None:
    one, two = await opens(), await opens()
    await one.page.goto("/")
    await two.page.goto("/")
    assert one.page.url.startswith(house.address)
    assert two.page.url.startswith(other.address)
    assert house.address != other.address
