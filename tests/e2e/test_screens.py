"""Every screen as a machine can judge it: by axe, by the content policy, and by its width."""

from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

from tests.e2e.conftest import Opens
from tests.e2e.house import House
from tests.e2e.lively import VET, Lively
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
  [...document.querySelectorAll('body *')].filter(e => {
    const at = e.getBoundingClientRect();
    return at.right > innerWidth + 1 || at.left < -1;
  }).map(e => e.outerHTML.slice(0, 160)).slice(0, 5)"""
# The page in no language, in letters that are read from the right: what it says becomes as long in Hebrew signs.
MIRROR = """() => {
  const signs = 'אבגדהוזחטיכלמנסעפצקרשת';
  const turned = text => text.replace(/[a-z]/gi, one => signs[one.toLowerCase().charCodeAt(0) % signs.length]);
  Object.assign(document.documentElement, {dir: 'rtl', lang: 'he'});
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walk.nextNode(); text; text = walk.nextNode()) text.data = turned(text.data);
  for (const field of document.querySelectorAll('[placeholder]')) field.placeholder = turned(field.placeholder);
}"""
# What depends on where things are; all else is the same in both directions.
PLACES = ("color-contrast", "scrollable-region-focusable", "target-size")


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


async def _fits(visitor: Visitor, screen: Screen) -> None:
    for width in (NARROWEST, ZOOMED) if NARROW in screen.widths else (ZOOMED * 2,):
        await visitor.page.set_viewport_size({"width": width, "height": 560})
        assert await visitor.page.evaluate(STICKS_OUT) == [], f"at {width}"


@pytest.mark.parametrize("screen", SCREENS, ids=[screen.name for screen in SCREENS])
async def test_a_screen_is_clean(house: House, unclaimed: str, lively: Lively, opens: Opens, screen: Screen) -> None:
    """Axe finds nothing, nothing sticks out of a narrow window, from either side, no request leaves the house or names
    its page.

    That the browser had no complaint about the content policy is asked of every page of these tests at its end.
    """
    setting = Setting(house, unclaimed, lively, opens, screen.widths[0])
    visitor = await screen.see(setting)
    assert await faults_by_axe(visitor.page, screen) == {}
    await _fits(visitor, screen)
    await visitor.page.evaluate(MIRROR)
    await _fits(visitor, screen)
    await visitor.page.set_viewport_size({"width": screen.widths[0], "height": HEIGHTS[screen.widths[0]]})
    # Where a room is scrolled to, something is half behind the box and counts as small.
    rules = [rule for rule in PLACES if rule != "target-size" or not screen.name.startswith("room")]
    assert await violations(visitor.page, runOnly={"type": "rule", "values": rules}) == []
    assert visitor.requests
    assert await told_outside(visitor, house.address, unclaimed.partition("/claim/")[0]) == []


async def test_a_room_is_mirrored_for_those_who_read_from_the_right(lively: Lively, opens: Opens) -> None:
    visitor = await (await opens(lively.guests["Wren"])).enters(lively.place)
    await visitor.sees(VET)
    message = visitor.message(VET)
    pairs = {
        "the button behind the box": (visitor.box, visitor.page.get_by_role("button", name="Send")),
        "the words behind the face": (message.locator(".face").first, message.locator(".words").first),
        "what can be done behind the title": (
            visitor.page.locator(".bar h1"),
            visitor.page.locator(".bar .btn:visible").last,
        ),
    }

    async def sides() -> dict[str, bool]:
        """Whether the second of two stands to the right of the first."""
        found: dict[str, bool] = {}
        for name, two in pairs.items():
            first, second = [await one.bounding_box() for one in two]
            assert first is not None
            assert second is not None
            found[name] = second["x"] > first["x"]
        return found

    assert await sides() == dict.fromkeys(pairs, True)
    await visitor.page.evaluate("document.documentElement.dir = 'rtl'")
    assert await sides() == dict.fromkeys(pairs, False)
    arrow = visitor.page.locator(".icon.turns").first
    assert await arrow.evaluate("e => new DOMMatrix(getComputedStyle(e).transform).a") == -1
