"""Without a mouse, and without eyes: focus that is seen and never lost, and what is read aloud."""

import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from rooms.commands import PostMessage
from server.voice import new_nonce
from tests.e2e.conftest import Opens
from tests.e2e.house import House, Place
from tests.e2e.lively import BOARD, Lively
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

# No way on these pages is longer.
STEPS = 80

# A ring of two pixels at least, on what has the focus or on what stands for it: the word beside a hidden radio
# button, the frame of the place to write.
_SEEN = """() => {
  const at = document.activeElement;
  if (at === null || at === document.body) return 'the focus is nowhere';
  const ringed = e => e !== null && getComputedStyle(e).outlineStyle !== 'none' &&
    parseFloat(getComputedStyle(e).outlineWidth) >= 2;
  const frame = at.closest('form.composer');
  if (frame !== null && getComputedStyle(frame).boxShadow !== 'none') return '';
  const box = at.getBoundingClientRect();
  const shown = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight;
  const stands = [at, at.nextElementSibling, at.parentElement];
  return shown && stands.some(ringed) ? '' : at.outerHTML.slice(0, 200);
}"""


async def tab_to(page: Page, to: Locator, *, back: bool = False) -> None:
    """Press Tab until something has the focus, which must be seen on every step of the way."""
    for _ in range(STEPS):
        await page.keyboard.press("Shift+Tab" if back else "Tab")
        assert await page.evaluate(_SEEN) == ""
        if await to.evaluate("e => e === document.activeElement"):
            return
    raise AssertionError(f"Tab does not lead to {to}")


async def test_from_the_invitation_to_every_deed_without_a_mouse(house: House, opens: Opens, place: Place) -> None:
    ben = await (await opens(await house.guest("Ben"))).enters(place)
    await ben.says("Good morning, everyone.")
    secret = (await house.invite(room=place.room))["secret"]
    ada = await opens()
    page, keys = ada.page, ada.page.keyboard
    await page.goto(f"/join/{secret}")
    await expect(page.get_by_label("What shall we call you?")).to_be_visible()
    await tab_to(page, page.get_by_label("What shall we call you?"))
    name = house.free_name("Ada")
    await keys.type(name)
    await tab_to(page, page.get_by_role("button", name="Join in", exact=True))
    await keys.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()
    await ada.is_live()
    await writes_by_the_skip_link(ada)
    await ben.sees("Is this the right room?")
    await answers(ada, ben)
    await reacts(ada, ben)
    await edits(ada, ben)
    await removes(ada, ben)


async def writes_by_the_skip_link(ada: Visitor) -> None:
    await tab_to(ada.page, ada.page.get_by_role("link", name="Go to where you write"), back=True)
    await ada.page.keyboard.press("Enter")
    await expect(ada.box).to_be_focused()
    await ada.page.keyboard.type("Is this the right room?")
    await ada.page.keyboard.press("Enter")
    await ada.sees_sent("Is this the right room?")
    await expect(ada.box).to_be_focused()


async def answers(ada: Visitor, ben: Visitor) -> None:
    await tab_to(ada.page, ada.page.get_by_role("button", name=f"Reply to {ben.name}"), back=True)
    await ada.page.keyboard.press("Enter")
    box = ada.page.get_by_label(f"Your reply to {ben.name}")
    await expect(box).to_be_focused()
    await ada.page.keyboard.type("Good morning.")
    await ada.page.keyboard.press("Enter")
    await ada.sees("Good morning.")
    await expect(box).to_be_focused()
    await tab_to(ada.page, ada.page.get_by_role("button", name="Close the replies"), back=True)
    await ada.page.keyboard.press("Enter")
    await expect(ada.message("Good morning, everyone.")).to_be_focused()
    await expect(ben.page.get_by_role("button", name="1 reply")).to_be_visible()


async def reacts(ada: Visitor, ben: Visitor) -> None:
    add = ada.page.get_by_role("button", name=f"Add a reaction to the message by {ben.name}")
    await tab_to(ada.page, add)
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.get_by_role("button", name="Heart", exact=True)).to_be_focused()
    await ada.page.keyboard.press("Escape")
    await expect(ada.page.locator(".popup")).to_have_count(0)
    await expect(add).to_be_focused()
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.get_by_role("button", name="Heart", exact=True)).to_be_focused()
    await ada.page.keyboard.press("ArrowDown")
    await expect(ada.page.get_by_role("button", name="Thank you", exact=True)).to_be_focused()
    await ada.page.keyboard.press("Enter")
    await expect(add).to_be_focused()
    await expect(ben.count("Good morning, everyone.", "Thank you, 1")).to_be_visible()


async def opens_own_menu(ada: Visitor, text: str) -> Locator:
    more = ada.message(text).get_by_role("button", name="More for your message")
    if not await more.evaluate("e => e === document.activeElement"):
        await tab_to(ada.page, more)
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.get_by_role("button", name="Change the words")).to_be_focused()
    return more


async def edits(ada: Visitor, ben: Visitor) -> None:
    await opens_own_menu(ada, "Is this the right room?")
    await ada.page.keyboard.press("Enter")
    box = ada.page.get_by_label("Your message, in other words")
    await expect(box).to_be_focused()
    await ada.page.keyboard.press("Escape")
    await expect(box).to_have_count(0)
    await expect(ada.message("Is this the right room?")).to_be_focused()
    await opens_own_menu(ada, "Is this the right room?")
    await ada.page.keyboard.press("Enter")
    await expect(box).to_be_focused()
    await ada.page.keyboard.press("Control+a")
    await ada.page.keyboard.type("Is this the room for the tea table?")
    await ada.page.keyboard.press("Enter")
    await ben.sees("Is this the room for the tea table?")
    await expect(ada.message("Is this the room for the tea table?")).to_be_focused()


async def removes(ada: Visitor, ben: Visitor) -> None:
    dialog = ada.page.get_by_role("dialog", name="Remove this message?")
    more = await opens_own_menu(ada, "Is this the room for the tea table?")
    await ada.page.keyboard.press("ArrowUp")
    await expect(ada.page.get_by_role("button", name="Remove", exact=True)).to_be_focused()
    await ada.page.keyboard.press("Enter")
    await expect(dialog.get_by_role("button", name="Leave it")).to_be_focused()
    await ada.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(more).to_be_focused()
    await opens_own_menu(ada, "Is this the room for the tea table?")
    await ada.page.keyboard.press("ArrowUp")
    await ada.page.keyboard.press("Enter")
    await tab_to(ada.page, dialog.get_by_role("button", name="Remove the message"))
    await ada.page.keyboard.press("Enter")
    await expect(ben.page.get_by_text("A message was taken back here.")).to_be_visible()
    await expect(ada.page.get_by_text("A message was taken back here.")).to_be_visible()
    # What had the focus is gone; the next press of Tab goes on from there, not from the top of the page.
    await expect(ada.page.locator("body")).not_to_be_focused()


async def test_the_list_of_names_is_walked_through_by_key(house: House, opens: Opens, place: Place) -> None:
    for name in ("Xandra", "Xaver"):
        await house.guest(name)
    ada = await (await opens(await house.guest("Ada"))).enters(place)
    await ada.box.press_sequentially("Hello @xa")
    found = ada.page.get_by_role("option")
    await expect(found).to_have_count(2)
    await ada.box.press("ArrowDown")
    await expect(ada.page.get_by_role("option", selected=True)).to_contain_text("Xaver")
    await ada.box.press("Escape")
    await expect(found).to_have_count(0)
    await expect(ada.box).to_have_value("Hello @xa")
    await expect(ada.box).to_be_focused()
    await ada.box.press_sequentially("v")
    await expect(found).to_have_count(1)
    await ada.box.press("Tab")
    await expect(ada.box).to_have_value("Hello @Xaver ")
    await expect(ada.box).to_be_focused()


_LISTEN = """() => {
  window.read = [];
  const region = document.querySelector('.room > p[aria-live=polite]');
  new MutationObserver(() => window.read.push(region.textContent)).observe(
    region, {childList: true, subtree: true, characterData: true});
}"""


async def test_one_message_is_read_aloud_once_and_a_burst_as_its_number(
    house: House, opens: Opens, place: Place
) -> None:
    ben = await house.guest("Ben")
    ada = await (await opens(await house.guest("Ada"))).enters(place)
    await ada.page.evaluate(_LISTEN)

    async def read() -> list[str]:
        said: list[str] = await ada.page.evaluate("() => window.read.filter(Boolean)")
        return said

    async with ben.in_room(place) as voice:
        await voice.ask(PostMessage(room=place.id, nonce=new_nonce(), text="Only one."))
        await ada.sees("Only one.")
        await ada.page.wait_for_function("() => window.read.some(Boolean)")
        # My own words are not read to me.
        await ada.says("I say something too.")
        for number in range(5):
            await voice.ask(PostMessage(room=place.id, nonce=new_nonce(), text=f"Quickly, {number}."))
        await ada.page.wait_for_function("() => window.read.some(said => said.includes('new messages'))")
    assert (await read())[0] == f"{ben.name}: Only one."
    told = [int(number) for said in await read() for number in re.findall(r"^(\d+) new messages?$", said)]
    single = [said for said in await read() if said.startswith(f"{ben.name}: Quickly")]
    assert sum(told) + len(single) == 5, await read()
    assert len(await read()) <= 3, "five messages at once are told in one or two breaths"


_MOVING = """() => [...document.querySelectorAll('*')].filter(e => {
  const of = getComputedStyle(e);
  const moves = (names, lasting) => names !== 'none' && lasting.split(',').some(d => parseFloat(d) > 0.001);
  return moves(of.transitionProperty, of.transitionDuration) || moves(of.animationName, of.animationDuration);
}).map(e => e.outerHTML.slice(0, 120)).slice(0, 5)"""


async def test_nothing_moves_for_who_asks_for_stillness(lively: Lively, opens: Opens) -> None:
    wren = await (await opens(lively.guests["Wren"])).enters(lively.place)
    await wren.sees(BOARD)
    moving = await wren.page.evaluate(_MOVING)
    assert moving, "with motion, something changes softly"
    await wren.page.emulate_media(reduced_motion="reduce")
    assert await wren.page.evaluate(_MOVING) == []


async def test_with_forced_colours_what_is_chosen_and_where_one_is_can_still_be_seen(
    lively: Lively, opens: Opens
) -> None:
    wren = await opens(lively.guests["Wren"], forced_colors="active")
    await wren.enters(lively.place)

    async def look(of: Locator, *names: str) -> dict[str, Any]:
        style: dict[str, Any] = await of.evaluate(
            "(e, names) => Object.fromEntries(names.map(name => [name, getComputedStyle(e)[name]]))", list(names)
        )
        return style

    mine = wren.message(BOARD).get_by_role("button", name=re.compile("^Me too.*you too$")).locator("span").first
    others = wren.message(BOARD).get_by_role("button", name=re.compile("^Heart")).locator("span").first
    assert await look(mine, "backgroundColor") != await look(others, "backgroundColor")
    await wren.box.focus()
    frame = wren.page.locator("form.composer")
    rings = [await look(at, "outlineStyle", "outlineWidth", "outlineColor") for at in (wren.box, frame)]
    assert any(ring["outlineStyle"] != "none" and float(ring["outlineWidth"][:-2]) >= 2 for ring in rings), rings
    edge = await look(frame, "borderTopStyle", "borderTopWidth")
    assert edge["borderTopStyle"] == "solid"


async def test_a_narrow_window_and_large_words_keep_the_box_in_reach(lively: Lively, opens: Opens) -> None:
    wren = await opens(lively.guests["Wren"], viewport={"width": 320, "height": 568})
    await wren.enters(lively.place)
    await wren.presses("More: reading help, leave")
    await wren.presses("Reading help")
    await wren.page.get_by_role("radio", name="Very large").check()
    await wren.presses("Done")
    width = await wren.page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    assert width <= 0
    await wren.box.fill("I can still write here.")
    for at in (wren.box, wren.page.get_by_role("button", name="Send", exact=True)):
        await expect(at).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("width", [320, 360, 390, 640, 1280])
async def test_hiding_the_name_leaves_the_switch_under_the_finger(lively: Lively, opens: Opens, width: int) -> None:
    wren = await opens(lively.guests["Wren"], viewport={"width": width, "height": 844})
    await wren.enters(lively.place)
    switch = wren.page.get_by_role("switch", name="Hide my name")

    async def place() -> tuple[float, float]:
        box = await switch.bounding_box()
        assert box is not None
        return round(box["x"]), round(box["y"])

    before = await place()
    await switch.check()
    await expect(wren.page.get_by_text("Seen by everyone here, without your name")).to_be_visible()
    assert await place() == before
