"""Somebody leaves an address, is reminded of a conversation, and stops it; who ticked nothing is never written to."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Opens
from tests.e2e.house import House
from tests.smtp import Sink
from tests.world import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PHONE = {"width": 390, "height": 844}
LINE = "Tea, cake and what the wait was like."


async def mail_to(server: Sink, address: str, number: int) -> str:
    """The text of the mail with this number that came for an address, once it is there."""
    await until(lambda: server.addresses().count(address) >= number, within_s=15)
    texts = [mail.get_content() for to, mail in server.taken if to == address]
    return str(texts[number - 1])


def link_in(text: str, what: str) -> str:
    """The path of a link in a mail."""
    found = re.search(rf"http\S+/{what}/\S+", text)
    assert found is not None, text
    return urlsplit(found[0]).path


async def test_somebody_is_reminded_by_mail_and_stops_it(house: House, opens: Opens, mail_server: Sink) -> None:
    place = await house.room("Cake and talk")
    rosa, ben = await house.guest("Rosa"), await house.guest("Ben")
    mine, bens = (f"{who.person.lower()}@example.org" for who in (rosa, ben))
    phone = await opens(rosa, viewport=PHONE)
    await phone.page.goto("/me")
    await phone.page.get_by_label("Your mail address").fill(mine)
    await phone.page.get_by_label("The next conversation").check()
    reach = phone.page.get_by_role("region", name="How we may reach you")
    await reach.get_by_role("button", name="Save", exact=True).click()
    await expect(phone.page.get_by_text("We wait for the yes from")).to_be_visible()
    await rosa.ask("PUT", "/api/me/quiet", {"from_min": 0, "to_min": 0, "zone": "UTC"})
    # Ben leaves an address too, and ticks something else.
    await ben.ask("PUT", "/api/me/reach", {"address": bens, "ticked": ["changes"]})
    for who, address in ((None, mine), (None, bens)):
        inbox = await opens(who, viewport=PHONE)
        await inbox.page.goto(link_in(await mail_to(mail_server, address, 1), "reach"))
        await inbox.presses("Yes, it is mine")
        await expect(inbox.page.get_by_text("We may write to you now.")).to_be_visible()

    home = await opens(rosa, viewport=PHONE)
    await home.page.goto("/c/eyes")
    await expect(home.page.get_by_role("heading", name="How you take part")).to_be_visible()
    keeper = await opens(house.keeper)
    await keeper.page.goto("/c/eyes")
    await keeper.presses("Tell people")
    sheet = keeper.page.get_by_role("dialog", name="Tell people")
    await sheet.get_by_role("radio", name=place.title, exact=True).check()
    await sheet.get_by_label("Your line").fill(LINE)
    await sheet.get_by_label("When, in words").fill("Thursday at 3")
    await keeper.presses("Tell them")
    # On her open page at once, and in her letter box.
    await expect(home.page.get_by_text(LINE)).to_be_visible()
    reminder = await mail_to(mail_server, mine, 2)
    assert LINE in reminder.splitlines()
    assert "Thursday at 3" in reminder.splitlines()
    assert place.path in reminder

    stop = await opens(viewport=PHONE)
    await stop.page.goto(link_in(reminder, "stop"))
    await stop.presses("Stop all mails")
    await expect(stop.page.get_by_text("No more mails come to you.")).to_be_visible()
    await phone.page.reload()
    await expect(phone.page.get_by_label("Your mail address")).to_be_visible()
    await house.keeper.ask(
        "POST",
        "/api/communities/eyes/news",
        {"news": "A" * 22, "room": place.room, "kind": "coming", "says": "Once more.", "when": ""},
    )
    await home.presses(f"Put away: {LINE}")
    await expect(home.page.get_by_text(LINE)).to_have_count(0)
    await keeper.page.goto("/c/eyes/keep#health")
    await expect(keeper.page.get_by_text("1 went out").first).to_be_visible()
    assert [mail_server.addresses().count(address) for address in (mine, bens)] == [2, 1]
