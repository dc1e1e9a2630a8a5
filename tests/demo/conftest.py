"""The browser that all browser tests have, and one demo for those who look at it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.demo.opened import Demo, demo
from tests.e2e.conftest import browser, pages

__all__ = ["browser", "opened", "pages"]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def opened(pages: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    """A demo that phones on the network may open too."""
    context = demo(tmp_path_factory.mktemp("demo"), "--lan")
    opened = await asyncio.to_thread(context.__enter__)
    yield opened
    await asyncio.to_thread(context.__exit__, None, None, None)
