"""One browser and one house for all of these tests, and a page for each person in them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from server import webbuild
from tests.e2e.house import Guest, House, Place
from tests.e2e.lively import Lively, lively_room
from tests.e2e.visitor import Visitor
from tests.server.processes import served
from tests.services import chromium
from tests.smtp import Sink, sink

# A bound on each wait: two cores carry the server, the browser and this.
PATIENCE_MS = 20_000
# As root there is no sandbox to be had; nothing may call home; shared memory is small in containers.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Several people sit at this one browser, and only one window is ever in front.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    # A name that is neither an address nor `localhost`, as on somebody's own network.
    "--host-resolver-rules=MAP hearth.test 127.0.0.1",
]


class Opens(Protocol):
    """Opens a browser of its own for somebody."""

    def __call__(self, guest: Guest | None = None, **how: Any) -> Awaitable[Visitor]: ...


@asynccontextmanager
async def started_browser() -> AsyncIterator[Browser]:
    """Chromium, for the length of a block."""
    program = chromium()
    assert program is not None, "no Chromium here; ./hearth test --without browser leaves these tests out"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        await browser.close()


async def visit(browser: Browser, house: House, guest: Guest | None = None, **how: Any) -> Visitor:
    """A browser of somebody's own: 1280 wide with a mouse, unless asked otherwise."""
    asked = {"viewport": {"width": 1280, "height": 900}, "service_workers": "block", "base_url": house.address} | how
    context = await browser.new_context(locale="en-GB", **asked)
    context.set_default_timeout(PATIENCE_MS)
    if guest is not None:
        await context.add_cookies([{"name": "hearth", "value": guest.token, "url": str(asked["base_url"])}])
    return Visitor(await context.new_page(), guest)


@pytest.fixture(scope="session")
def pages() -> None:
    """The client, built from what stands in `web` now."""
    webbuild.build_if_stale()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The browser that everybody's windows belong to."""
    expect.set_options(timeout=PATIENCE_MS)
    async with started_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def mail_server() -> Iterator[Sink]:
    """Where the house's mails go."""
    with sink() as kept:
        yield kept


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(pages: None, mail_server: Sink, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A server with a keeper. Tests share it, each with rooms and people of its own."""
    mail = {"HEARTH_MAIL_URL": mail_server.url, "HEARTH_MAIL_FROM": "hearth@example.org"}
    house = await House(tmp_path_factory.mktemp("house"), **mail).open()
    yield house
    await house.close()


@pytest_asyncio.fixture(loop_scope="session")
async def opens(browser: Browser, house: House) -> AsyncIterator[Opens]:
    """Opens browsers; afterwards closes them, and fails when a page has had trouble."""
    opened: list[Visitor] = []

    async def open_one(guest: Guest | None = None, **how: Any) -> Visitor:
        opened.append(await visit(browser, guest.house if guest else house, guest, **how))
        return opened[-1]

    yield open_one
    await asyncio.gather(*(visitor.context.close() for visitor in opened))
    assert [trouble for visitor in opened for trouble in visitor.trouble] == []


@pytest_asyncio.fixture(loop_scope="session")
async def place(house: House) -> Place:
    """An empty room."""
    return await house.room()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def lively(house: House) -> AsyncIterator[Lively]:
    """A room in which people talk. Tests look at it and leave it as it is."""
    async with lively_room(house) as lively:
        yield lively


@pytest.fixture(scope="session")
def unclaimed(pages: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The link by which a server that nobody keeps yet is claimed."""
    with served(tmp_path_factory.mktemp("unclaimed")) as (server, _):
        yield server.line("Claim it, once:").split()[-1]
