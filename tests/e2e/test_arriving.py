"""Coming in: by code on a slow phone, and three hundred at once."""

import asyncio
import re

import pytest
from playwright.async_api import CDPSession, expect

from rooms.signals import RosterChanged
from server.voice import Heard
from server.wire import Now
from tests.e2e.conftest import Opens
from tests.e2e.house import Guest, House, Place
from tests.world import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

POSTED_WITHIN_S = 20.0
PEOPLE = 300
ALL_IN_WITHIN_S = 60.0
# So many come through the door in one moment.
ABREAST = 20


async def slow_down(tools: CDPSession) -> None:
    """An old phone at the edge of a cell: 400 kbit/s, 400 ms there and back, a quarter of this machine's speed."""
    await tools.send("Network.enable")
    await tools.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000},
    )
    await tools.send("Emulation.setCPUThrottlingRate", {"rate": 4})


async def test_a_third_comes_in_by_code_on_a_slow_phone_and_has_posted(
    house: House, opens: Opens, place: Place
) -> None:
    ada = await (await opens(await house.guest("Ada"))).enters(place)
    code = (await house.invite(kind="code", room=place.room))["code"]
    phone = await opens(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, device_scale_factor=2)
    await slow_down(await phone.devtools())
    name = house.free_name("Dorothy")
    # Also where a community has written every line of its door itself.
    async with house.own_words(), asyncio.timeout(POSTED_WITHIN_S):
        await phone.page.goto("/j", wait_until="commit")
        # The code, the name, the words: three things to do.
        await phone.page.get_by_label("Your code").fill(code.lower())
        await phone.presses("Come in")
        await phone.page.get_by_label(house.OWN_WORDS["ask"]).fill(name)
        await expect(phone.page.get_by_text(house.OWN_WORDS["limit"])).to_be_visible()
        await phone.presses("Join in")
        await phone.box.fill("Hello, I am new here.")
        await phone.presses("Send")
        await phone.sees_sent("Hello, I am new here.")
    await ada.sees("Hello, I am new here.")
    await expect(ada.message("Hello, I am new here.").locator(".name")).to_have_text(name)
    await expect(phone.page).to_have_url(re.compile(f"{place.path}$"))


async def test_a_poster_is_one_page_in_large_print_and_its_code_lets_a_stranger_in(
    house: House, opens: Opens, place: Place
) -> None:
    keeper = await opens(house.keeper, color_scheme="dark", viewport={"width": 794, "height": 1123})
    page = keeper.page
    await page.goto("/c/eyes/keep#invitations")
    await page.get_by_role("radio", name="A code to read out").check()
    await page.get_by_role("combobox").last.select_option(label=place.title)
    await keeper.presses("Make it")
    await expect(page.get_by_role("button", name="Print a poster")).to_be_visible()
    poster = page.locator(".poster")
    await expect(poster).to_be_hidden()
    await page.emulate_media(media="print")
    await expect(poster).to_be_visible()
    # Nothing else is on the paper.
    await expect(page.get_by_role("button")).to_have_count(0)
    await expect(page.get_by_role("heading")).to_have_count(0)
    for told in ("Through My Eyes", place.title, f"{house.address.removeprefix('http://')}/j"):
        await expect(poster).to_contain_text(told)
    sizes = await poster.evaluate(
        "e => [...e.querySelectorAll('*')].map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    # 18 points, which is large print.
    assert min(sizes) >= 24
    ink = await poster.evaluate(
        "e => [getComputedStyle(e).color, getComputedStyle(e.closest('dialog')).backgroundColor]"
    )
    assert ink == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    paper = await page.pdf(format="A4", print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    code = await poster.locator(".poster-code").inner_text()
    stranger = await opens()
    await stranger.page.goto("/j")
    await stranger.page.get_by_label("Your code").fill(code)
    await stranger.presses("Come in")
    await expect(stranger.page.get_by_label("What shall we call you?")).to_be_visible()


async def test_three_hundred_come_in_by_code_from_one_address_without_a_refusal(
    house: House, opens: Opens, place: Place
) -> None:
    host = await (await opens(await house.guest("Ruth", role="host"))).enters(place)
    code = (await house.invite(kind="code", room=place.room))["code"]
    gate = asyncio.Semaphore(ABREAST)

    async def come_in(number: int) -> Guest:
        async with gate:
            # As the page does it: look what the code leads to, then join.
            await house.ask("POST", "/api/invitations/look", {"secret": code})
            return await house.signed_in(
                f"Hall {number}", "/api/join", {"secret": code, "name": f"Hall {number}", "shared": number % 2 == 0}
            )

    async with asyncio.timeout(ALL_IN_WITHIN_S):
        guests = await asyncio.gather(*(come_in(number) for number in range(PEOPLE)))
    assert len({guest.person for guest in guests}) == PEOPLE

    counts: list[int] = []

    def hear(heard: Heard) -> None:
        if isinstance(heard, Now) and isinstance(heard.signal, RosterChanged):
            counts.append(heard.signal.count)

    voices = [guest.voice(hear if guest is guests[0] else None) for guest in guests]
    running = [asyncio.create_task(voice.run()) for voice in voices]
    try:
        await asyncio.gather(*(voice.follow(place.stream) for voice in voices))
        await until(lambda: PEOPLE + 1 in counts)
        await expect(host.page.locator(".bar")).to_contain_text(f"{PEOPLE + 1} here")
        # Of so many only the team is named.
        await expect(host.page.locator(".here li")).to_have_count(1)
        await expect(host.page.locator(".here")).to_contain_text(f"and {PEOPLE} others.")
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    await expect(host.page.locator(".bar")).to_contain_text("1 here")
