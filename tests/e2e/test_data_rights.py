"""What is kept of somebody, taken along by them and erased; and for how long words are kept."""

import json
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Opens
from tests.e2e.house import House, Place

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PHONE = {"width": 390, "height": 844}
WORDS = "The plums in the hall are from my garden."
# Of the promise: nobody reads a word of theirs within this.
WITHIN_MS = 5_000


async def test_somebody_takes_their_words_along_and_is_erased_from_every_open_page(
    house: House, opens: Opens, place: Place, tmp_path: Path
) -> None:
    rosa, ben = await house.guest("Rosa"), await house.guest("Ben")
    phone = await (await opens(rosa, viewport=PHONE)).enters(place)
    await phone.says(WORDS)
    await phone.sees_sent(WORDS)
    tablet = await (await opens(rosa)).enters(place)
    bens = await (await opens(ben)).enters(place)
    await bens.sees(WORDS)
    await bens.says("They were good.")
    await bens.sees_sent("They were good.")

    await phone.page.goto("/me")
    await expect(phone.page.get_by_text("1 message, in 1 room")).to_be_visible()
    async with phone.page.expect_download() as download:
        await phone.presses("Get all of it as a file")
    file = tmp_path / "mine.json"
    await (await download.value).save_as(file)
    mine = json.loads(file.read_text(encoding="utf-8"))
    assert [row["text"] for row in mine["words"]] == [WORDS]
    assert mine["rooms"][place.room] == place.title
    assert "They were good." not in file.read_text(encoding="utf-8")

    await phone.presses("Erase me")
    sheet = phone.page.get_by_role("dialog", name="Erase everything about you?")
    await sheet.get_by_label("I know that this can’t be undone").check()
    await phone.presses("Erase me now")
    # Ben's page was open all the time.
    await expect(bens.page.get_by_text("Someone who was here has erased their words.")).to_be_visible(timeout=WITHIN_MS)
    await expect(bens.page.get_by_text(WORDS)).to_have_count(0)
    assert rosa.name not in await bens.page.locator("[role=log]").inner_text()
    await bens.sees("They were good.")
    await expect(tablet.page.get_by_text("You are signed out")).to_be_visible()

    await expect(phone.page.get_by_role("heading", name="You are erased")).to_be_visible()
    await expect(phone.page.get_by_text("Everything was erased on")).to_be_visible()
    # The receipt can be looked at again, by whoever has its address; nothing else of Rosa is left on the phone.
    receipt = phone.page.url
    assert await phone.stored() == {}
    later = await opens()
    await later.page.goto(receipt)
    await expect(later.page.get_by_text("Gone from all our backups by")).to_be_visible()
    await phone.page.goto("/me")
    await expect(phone.page.get_by_text("You are signed out")).to_be_visible()


async def test_a_keeper_says_for_how_long_a_room_keeps_words_and_the_room_says_so(house: House, opens: Opens) -> None:
    place = await house.room("Plum club")
    keeper = await opens(house.keeper)
    await keeper.page.goto("/c/eyes/keep#keeping")
    await keeper.presses(f"Change how long words are kept: {place.title}")
    await keeper.page.get_by_label("Days").fill("30")
    await expect(keeper.page.get_by_text("No words are older than 30 days now.")).to_be_visible()
    await keeper.presses("Save")
    await expect(keeper.page.get_by_text("Words are kept for 30 days")).to_be_visible()
    ben = await (await opens(await house.guest("Ben"))).enters(place)
    await expect(ben.page.get_by_text("Words here are kept for 30 days.")).to_be_visible()
    newcomer = await opens()
    await newcomer.page.goto(f"/join/{(await house.invite(room=place.room))['secret']}")
    await expect(newcomer.page.get_by_text("Kept for 30 days.")).to_be_visible()

    await keeper.presses(f"Begin a legal hold: {place.title}")
    await keeper.page.get_by_role("radio", name="a complaint").check()
    await keeper.presses("Begin the hold")
    await expect(keeper.page.get_by_text("nothing is erased since")).to_be_visible()
    await ben.says("A word.")
    await ben.sees_sent("A word.")
    await ben.page.goto("/me")
    await expect(ben.page.get_by_text("The reason: a complaint.")).to_be_visible()
    await keeper.presses(f"End the legal hold: {place.title}")
    await keeper.presses("End the hold")
    await expect(keeper.page.get_by_text("nothing is erased since")).to_have_count(0)
