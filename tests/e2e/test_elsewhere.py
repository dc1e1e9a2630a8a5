"""On somebody's own network: plain http, and a name that no browser trusts more than any other."""

import re

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Opens
from tests.e2e.house import House, Place

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_everything_works_where_the_browser_gives_no_secure_context(
    house: House, opens: Opens, place: Place
) -> None:
    there = f"http://hearth.test:{house.port}"
    code = (await house.invite(kind="code", room=place.room))["code"]
    ada = await opens(base_url=there)
    await ada.page.goto("/j")
    assert await ada.page.evaluate("() => isSecureContext") is False
    assert await ada.page.evaluate("() => typeof crypto.randomUUID") == "undefined"
    await ada.page.get_by_label("Your code").fill(f"{code[:3]} {code[3:]}")
    await ada.presses("Come in")
    await ada.page.get_by_label("What shall we call you?").fill(house.free_name("Ada"))
    await ada.presses("Join in")
    await expect(ada.page).to_have_url(f"{there}{place.path}")
    await ada.is_live()
    ben = await (await opens(await house.guest("Ben"))).enters(place)
    await ada.says("From the ward’s own network.")
    await ben.sees("From the ward’s own network.")
    await ben.says("Loud and clear.")
    await ada.sees("Loud and clear.")
    await ada.reacts("From the ward’s own network.", "Heart")
    await expect(ben.count("From the ward’s own network.", "Heart, 1")).to_be_visible()
    await ada.chooses("From the ward’s own network.", "Copy a link to it")
    told = ada.page.get_by_role("status").filter(has_text=re.compile("link"))
    await expect(told).to_have_text(re.compile(r"^The link is copied\.|^Copy this link: http://hearth\.test"))
    await ada.page.reload()
    await ada.sees("From the ward’s own network.")


async def test_a_link_in_a_message_opens_elsewhere_and_tells_nobody_where_it_was_found(
    house: House, opens: Opens, place: Place
) -> None:
    ada = await (await opens(await house.guest("Ada"))).enters(place)
    await ada.box.fill(f"Look: {house.address}/j and javascript:alert(1) and https://example.org/path).")
    await ada.box.press("Enter")
    links = ada.page.locator(".words a")
    await expect(links).to_have_count(2)
    for link in await links.all():
        assert await link.get_attribute("target") == "_blank"
        assert {"noopener", "noreferrer"} <= set((await link.get_attribute("rel") or "").split())
    assert await links.last.get_attribute("href") == "https://example.org/path"
    async with ada.context.expect_page() as opened:
        await links.first.click()
    page = await opened.value
    await expect(page.get_by_role("heading", name="Have you been given a code?")).to_be_visible()
    assert await page.evaluate("() => [document.referrer, window.opener]") == ["", None]


async def test_a_link_to_a_message_leads_to_it(house: House, opens: Opens, place: Place) -> None:
    ada = await (await opens(await house.guest("Ada"))).enters(place)
    await ada.says("This is the one.")
    await ada.sees_sent("This is the one.")
    [line] = await ada.talk()
    ben = await opens(await house.guest("Ben"))
    await ben.page.goto(f"{place.path}#{line.id}")
    await expect(ben.message("This is the one.")).to_have_class(re.compile(r"\bfound\b"))


async def test_every_answer_carries_the_policy_and_keeps_addresses_to_itself(house: House) -> None:
    for path in ("/", "/j", "/join/secret", "/c/eyes", "/api/me", "/no/such/page", "/early.js"):
        answer = await house.answer("GET", path)
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
