"""A new host with no guide: from an empty server to a community that others come into, and the words at its door."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import expect

from tests.e2e.conftest import Opens
from tests.e2e.house import House
from tests.e2e.test_screens import NARROWEST, STICKS_OUT, violations
from tests.e2e.visitor import Visitor
from tests.server.processes import served

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PRESSES_MOST = 15
# One for each time that a finger or a mouse goes down; a printer would wait for somebody.
COUNT = "addEventListener('pointerdown', () => pressed(), true); window.print = () => undefined"
TYPED = {
    "Your name here": "Nadia",
    "What is the community called?": "Clearwater Ward",
    "Why do you come together?": "To make a stay here easier for whoever comes next.",
    "Who runs it?": "The nurses of Clearwater Ward",
    "How can people reach them?": "01632 960 003",
}


async def _counting(visitor: Visitor, presses: list[int]) -> Visitor:
    await visitor.context.expose_function("pressed", lambda: presses.append(1))
    await visitor.context.add_init_script(COUNT)
    return visitor


async def test_an_empty_server_becomes_a_community_with_a_room_a_poster_and_a_second_keeper(
    pages: None, opens: Opens, tmp_path: Path
) -> None:
    presses: list[int] = []
    with served(tmp_path / "empty") as (server, address):
        phone: dict[str, Any] = {"base_url": address, "viewport": {"width": 390, "height": 844}}
        nadia = await _counting(await opens(**phone), presses)
        page = nadia.page
        await page.goto(server.line("Claim it, once:").split()[-1])
        for label, words in TYPED.items():
            await page.get_by_label(label).fill(words)
        await nadia.presses("Begin")
        steps = page.get_by_role("region", name="Setting up")
        await expect(steps.get_by_text("to do")).to_have_count(4)
        await page.evaluate(AXE_SCRIPT)
        assert await violations(page) == []
        await page.set_viewport_size({"width": NARROWEST, "height": 560})
        assert await page.evaluate(STICKS_OUT) == []
        await steps.get_by_role("link", name="Say who to turn to").click()
        lead = page.get_by_role("group", name="If somebody is worried about somebody else")
        await lead.get_by_label("Their name").fill("Sister Joy")
        await lead.get_by_label("How to reach that person").fill("the desk on the ward")
        await nadia.presses("Save")
        await expect(page.get_by_text("Saved.")).to_be_visible()
        await page.get_by_role("link", name="Back to Clearwater Ward").click()
        await expect(steps.get_by_text("to do")).to_have_count(3)
        await nadia.presses("Open these rooms")
        await expect(page.get_by_role("link", name="Ask anything")).to_be_visible()
        await nadia.presses("Make an invitation")
        made = page.get_by_role("dialog", name="Here is the invitation")
        await expect(made.get_by_role("img", name="A square picture")).to_be_visible()
        code = await made.locator(".letters").inner_text()
        await expect(made.get_by_label("The link")).to_have_value(f"{address}/join/{code}")
        await nadia.presses("Print a poster")
        await page.emulate_media(media="print")
        await expect(page.locator(".poster")).to_contain_text("Clearwater Ward")
        await page.emulate_media(media="screen")
        await nadia.presses("Done")
        await nadia.presses("Make a link for a second keeper")
        link = await made.get_by_label("The link").input_value()
        await nadia.presses("Done")
        omar = await _counting(await opens(**phone), presses)
        await omar.page.goto(link)
        await omar.page.get_by_label("What shall we call you?").fill("Omar")
        await omar.presses("Join in")
        await expect(omar.page.get_by_text("If a keeper says yes, you will be a keeper.")).to_be_visible()
        await nadia.presses("Yes, make Omar a keeper")
        await nadia.presses("Yes", within=page.get_by_role("dialog"))
        await expect(page.get_by_text("All four steps are done.")).to_be_visible()
        # Said with the second keeper's own eyes: they keep it now.
        await expect(omar.page.get_by_role("link", name="For keepers")).to_be_visible()
        await nadia.presses("Hide these steps")
        await expect(steps).to_have_count(0)
        assert 0 < len(presses) <= PRESSES_MOST
        await page.reload()
        await expect(page.get_by_role("heading", name="Rooms")).to_be_visible()
        await expect(steps).to_have_count(0)


async def test_the_door_is_seen_as_a_phone_shows_it_while_its_words_are_written(house: House, opens: Opens) -> None:
    keeper = await opens(house.keeper)
    page = keeper.page
    await page.goto("/c/eyes/keep#statement")
    frame = page.frame_locator("iframe.phone")
    await expect(frame.get_by_role("heading", name="Through My Eyes")).to_be_visible()
    assert await frame.locator("html").evaluate("e => e.ownerDocument.defaultView.innerWidth") == 390
    # Laid out as on a phone, whatever the width of the keeper's own window.
    columns = await frame.locator(".join-in").evaluate("e => getComputedStyle(e).gridTemplateColumns")
    assert len(columns.split()) == 1
    said = page.get_by_role("group", name="The door on a phone").get_by_role("status")
    await expect(said).to_contain_text("words at the door.")
    await page.get_by_text("Every other word at the door").click()
    limit = page.get_by_label("What you may have to tell others")
    await limit.fill("Sister Joy is told when somebody is in danger.")
    await page.get_by_role("radio", name="16 and over").check()
    for words in ("Sister Joy is told when somebody is in danger.", "For people of 16 and over."):
        await expect(frame.get_by_text(words)).to_be_visible()
    # Where people read from the right, the phone does too.
    await page.evaluate("document.documentElement.dir = 'rtl'")
    await page.get_by_label("Beneath that question").fill("word " * 39)
    await expect(frame.locator("html")).to_have_attribute("dir", "rtl")
    await expect(said).to_contain_text("With more than 120, many stop reading.")
    # It is only to look at: nobody is asked in, and nothing is kept before it is saved.
    await frame.get_by_role("button", name="Join in").click()
    await expect(page.get_by_text("This is only to look at. Nobody has joined.")).to_be_visible()
    stated = (await house.keeper.ask("GET", "/api/communities/eyes"))["community"]
    assert (stated["admits"], stated["door"]) == ("adults", {})
    await page.get_by_label("Beneath that question").fill("")
    try:
        await keeper.presses("Save")
        await expect(page.get_by_text("Saved.")).to_be_visible()
        stranger = await opens()
        await stranger.page.goto((await house.invite())["path"])
        for words in ("Sister Joy is told when somebody is in danger.", "For people of 16 and over."):
            await expect(stranger.page.get_by_text(words)).to_be_visible()
    finally:
        # As it was for all other tests.
        async with house.own_words():
            pass
