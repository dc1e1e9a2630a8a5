"""A walk through the demo in a browser: a phone, three people in one browser, and a phone on the network."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from server.demo.cast import speakers
from server.demo.opening import network_address
from tests.demo.opened import ROOM, Demo
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PHONE = ViewportSize(width=390, height=844)
# People take their time, and so do two busy cores.
PATIENCE_MS = 40_000
ASKED = "Hello everyone! How long is the wait today?"
GREETED = "Good morning from my phone."


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A phone's browser, in which each page is a tab."""
    context = await browser.new_context(viewport=PHONE, has_touch=True, service_workers="block", locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    yield context
    await context.close()


async def tab(context: BrowserContext) -> Visitor:
    """A new tab."""
    return Visitor(await context.new_page())


async def signed_in(context: BrowserContext, link: str) -> Visitor:
    """A tab in which somebody has followed their link, pressed its button and is in the room."""
    visitor = await tab(context)
    await visitor.page.goto(link)
    await visitor.presses("Sign in here")
    await visitor.page.wait_for_url(re.compile(f"{ROOM}$"))
    await visitor.is_live()
    return visitor


async def sends(visitor: Visitor, text: str) -> None:
    """Write something on a phone, where Enter makes a line, and press the button."""
    await visitor.box.fill(text)
    await visitor.presses("Send")
    await visitor.sees_sent(text)


async def axe(page: Page) -> list[str]:
    """What axe finds on a page, in one line each."""
    # A message that is just fading in has half its colour.
    await page.emulate_media(reduced_motion="reduce")
    await page.evaluate(AXE_SCRIPT)
    found: Any = await page.evaluate("() => axe.run(document, {resultTypes: ['violations'], preload: false})")
    assert found["passes"]
    return [f"{one['id']}: {[node['html'][:160] for node in one['nodes'][:3]]}" for one in found["violations"]]


def by(visitor: Visitor, names: str) -> Locator:
    """Messages by one of these. Not by the name that is shown, which stands only at the first of several in a row."""
    return visitor.page.get_by_role("article", name=re.compile(f"by ({names})"))


def by_others_after(visitor: Visitor, css: str) -> Locator:
    """What the scripted members have written after a message: the week before holds names too."""
    names = "|".join(map(re.escape, speakers()))
    rows = visitor.page.locator(f"li:has({css}) ~ li")
    return rows.get_by_role("article", name=re.compile(f"by ({names})"))


def answers(visitor: Visitor, said: str, *, to: str) -> Locator:
    """What they have answered to somebody by name."""
    return by_others_after(visitor, f"article.msg .words:text-is({json.dumps(said)})").filter(has_text=to)


async def test_a_participant_is_in_a_living_room_by_one_button_and_is_answered(
    opened: Demo, phone: BrowserContext
) -> None:
    wren = await signed_in(phone, opened.links["wren"])
    await expect(wren.page.get_by_role("heading", level=1, name="Waiting well")).to_be_visible()
    newest = await wren.page.locator("article.msg").last.get_attribute("id")
    await expect(by_others_after(wren, f"[id='{newest}']").first).to_be_visible(timeout=PATIENCE_MS)
    await sends(wren, ASKED)
    await expect(answers(wren, ASKED, to="Wren").first).to_be_visible(timeout=PATIENCE_MS)
    assert await axe(wren.page) == []
    assert wren.trouble == []


async def test_host_and_moderator_in_two_more_tabs_stay_who_they_are(opened: Demo, phone: BrowserContext) -> None:
    three = {name: await signed_in(phone, opened.links[name]) for name in ("wren", "ruth", "priya")}
    for name, visitor in three.items():
        await visitor.page.reload()
        await visitor.is_live()
        await sends(visitor, f"This is {name}, as before.")
    wren, ruth, _ = three.values()
    for name, author, role in (("ruth", "Ruth Adeyemi", "Host"), ("priya", "Priya Nair", "Moderator")):
        message = by(wren, author).filter(has_text=f"This is {name}, as before.")
        await expect(message).to_be_visible()
        await expect(message).to_contain_text(role)
    await expect(by(ruth, "Wren").filter(has_text="This is wren, as before.")).to_be_visible()
    # What each may do is theirs alone: the moderator can take out what Wren has said, Wren what she has.
    menu = await three["priya"].opens_menu("This is ruth, as before.")
    await expect(menu.get_by_role("button", name=re.compile("Remove"))).to_be_visible()


async def test_each_of_them_sees_rooms_of_their_own_on_a_clean_home(opened: Demo, phone: BrowserContext) -> None:
    rooms = {"wren": "Carers’ corner", "priya": "The team"}
    for name, room in rooms.items():
        visitor = await signed_in(phone, opened.links[name])
        await visitor.page.goto(visitor.page.url.removesuffix("/r/waiting-well"))
        listed = visitor.page.locator(".rooms")
        await expect(listed).to_contain_text(room)
        for other in set(rooms.values()) - {room}:
            await expect(listed).not_to_contain_text(other)
        assert await axe(visitor.page) == []


async def test_a_phone_on_the_network_comes_in_over_plain_http(opened: Demo, phone: BrowserContext) -> None:
    network = network_address()
    assert network is not None, "this machine is in no network, so no phone can be tried out"
    guest = await tab(phone)
    link = re.search(rf"http://{re.escape(network)}:\d+/join/\S+", "\n".join(opened.process.said))
    assert link is not None
    await guest.page.goto(link[0])
    assert not await guest.page.evaluate("isSecureContext")
    await guest.page.get_by_label("What shall we call you?").fill("Imogen")
    await guest.presses("Join in")
    await guest.page.wait_for_url(re.compile(f"{ROOM}$"))
    await guest.is_live()
    await sends(guest, GREETED)
    await expect(answers(guest, GREETED, to="Imogen").first).to_be_visible(timeout=PATIENCE_MS)
    assert guest.trouble == []
