"""Every screen as a machine can judge it: by axe, by the content policy, and by its width."""

from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

from tests.e2e.conftest import Opens
from tests.e2e.house import House
from tests.e2e.lively import Lively
from tests.e2e.screens import HEIGHTS, NARROW, SCREENS, Screen, Setting
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

# In the dark only the colours are different, so there only what depends on them is asked again.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# The narrowest phone, and what 200 % leaves of the usual window.
NARROWEST, ZOOMED = 320, 640
# What sticks out beyond the window, apart from what is only there for screen readers.
STICKS_OUT = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
    .map(e => e.outerHTML.slice(0, 160)).slice(0, 5)"""


async def violations(page: Page, **options: Any) -> list[str]:
    """What axe finds, in one line each."""
    asked = {"resultTypes": ["violations"], "preload": False, **options}
    found = await page.evaluate("options => axe.run(document, options)", asked)
    assert found["passes"] or found["incomplete"], "axe looked at nothing"
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in found["violations"]
    ]


async def faults_by_axe(page: Page, screen: Screen) -> dict[str, list[str]]:
    """What axe finds in each width and light."""
    # A colour on its way from light to dark is neither.
    await page.emulate_media(reduced_motion="reduce")
    await page.evaluate(AXE_SCRIPT)
    found: dict[str, list[str]] = {}
    for width in screen.widths:
        await page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        for theme in THEMES:
            await page.emulate_media(color_scheme=theme)
            found[f"{width} {theme}"] = await violations(page, **({} if theme == "light" else COLOURS))
    return {where: what for where, what in found.items() if what}


async def told_outside(visitor: Visitor, *own: str) -> list[str]:
    """Requests that leave the house, or say which page they come from."""
    sent = [(request.url, await request.all_headers()) for request in visitor.requests]
    return [
        f"{url} from {headers.get('referer', 'nowhere')}"
        for url, headers in sent
        # Of a request that is broken off the browser reports an empty one, which names nothing.
        if not url.startswith(("data:", *own)) or headers.get("referer")
    ]


@pytest.mark.parametrize("screen", SCREENS, ids=[screen.name for screen in SCREENS])
async def test_a_screen_is_clean(house: House, unclaimed: str, lively: Lively, opens: Opens, screen: Screen) -> None:
    """Axe finds nothing, nothing sticks out of a narrow window, no request leaves the house, none names its page.

    That the browser had no complaint about the content policy is asked of every page of these tests at its end.
    """
    setting = Setting(house, unclaimed, lively, opens, screen.widths[0])
    visitor = await screen.see(setting)
    assert await faults_by_axe(visitor.page, screen) == {}
    for width in (NARROWEST, ZOOMED) if NARROW in screen.widths else (ZOOMED * 2,):
        await visitor.page.set_viewport_size({"width": width, "height": 560})
        assert await visitor.page.evaluate(STICKS_OUT) == [], f"at {width}"
    assert visitor.requests
    assert await told_outside(visitor, house.address, unclaimed.partition("/claim/")[0]) == []
