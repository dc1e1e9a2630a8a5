"""Coming back as oneself: a phone that was cleared, four words, and whoever else may have used them."""

import pytest
from playwright.async_api import expect

from rooms.commands import PostMessage
from tests.e2e.conftest import Opens
from tests.e2e.house import House, Place
from tests.e2e.visitor import Visitor
from tests.world import new_nonce

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PHONE = {"width": 390, "height": 844}


async def kept_words(visitor: Visitor) -> str:
    """The four words that somebody is shown and photographs."""
    await visitor.presses("Show my way back")
    words = visitor.page.locator(".way-back .four li")
    await expect(words).to_have_count(4)
    shown = await words.all_text_contents()
    # What is printed is the words, and nothing of the page behind them.
    await visitor.page.emulate_media(media="print")
    await expect(words.first).to_be_visible()
    await expect(visitor.page.get_by_role("button")).to_have_count(0)
    await visitor.page.emulate_media(media="screen")
    await visitor.presses("Done")
    return " ".join(shown)


async def comes_back(visitor: Visitor, words: str) -> None:
    """From the start page, in as many presses as it takes."""
    await visitor.page.goto("/")
    await visitor.page.get_by_role("link", name="Come back with four words").click()
    await visitor.page.get_by_label("Your four words").fill(words)
    await visitor.presses("Come back in")


async def test_a_cleared_phone_is_the_same_person_with_four_words_unread_counts_and_all(
    house: House, opens: Opens, place: Place
) -> None:
    rosa, ben = await house.guest("Rosa"), await house.guest("Ben")
    phone = await (await opens(rosa, viewport=PHONE)).enters(place)
    await expect(phone.page.get_by_text("Keep a way back.")).to_have_count(0)
    await phone.says("The board in the hall helped me.")
    await phone.sees_sent("The board in the hall helped me.")
    words = await kept_words(phone)
    # Once it is kept it is not offered again.
    await expect(phone.page.get_by_text("Keep a way back.")).to_have_count(0)
    await phone.page.goto("/me")
    await expect(phone.page.get_by_text("You have one. It works once")).to_be_visible()
    async with ben.in_room(place) as voice:
        for text in ("Which one?", "The one by the lift?"):
            await voice.ask(PostMessage(room=place.id, nonce=new_nonce(), text=text))

    other = await opens(viewport=PHONE)
    await comes_back(other, words.upper())
    await expect(other.page.get_by_role("heading", name=rosa.name)).to_be_visible()
    await expect(other.page.locator(f".rooms a[href='{place.path}']")).to_contain_text("2 unread")
    await other.enters(place)
    await other.says("By the lift, yes.")
    await other.sees_sent("By the lift, yes.")
    await expect(other.message("By the lift, yes.")).to_contain_text(rosa.name)
    # Whoever came is not asked about themselves.
    await expect(other.page.get_by_text("came in as you")).to_have_count(0)

    await expect(phone.page.get_by_text("Someone came in as you by your way back")).to_be_visible()
    await phone.presses("Yes, it was me")
    await expect(phone.page.get_by_text("came in as you")).to_have_count(0)


async def test_words_that_somebody_else_used_first_are_told_and_one_press_ends_it(
    house: House, opens: Opens, place: Place
) -> None:
    rosa = await (await opens(await house.guest("Rosa"))).enters(place)
    await rosa.says("They are otter, lemon … oh.")
    await rosa.sees_sent("They are otter, lemon … oh.")
    words = await kept_words(rosa)
    thief = await opens()
    await comes_back(thief, words)
    await thief.enters(place)
    await rosa.presses("No, sign them out")
    await expect(thief.page.get_by_text("You are signed out")).to_be_visible()
    await rosa.is_live()

    late = await opens()
    await comes_back(late, words)
    await expect(late.page.get_by_text("This way back was used already")).to_be_visible()


async def test_opening_the_link_uses_nothing_up_and_a_shared_device_forgets(
    house: House, opens: Opens, place: Place
) -> None:
    rosa = await house.guest("Rosa")
    path = (await rosa.ask("POST", "/api/way-back"))["path"]
    # A mail scanner, or a curious neighbour.
    for _ in range(2):
        curious = await opens()
        await curious.page.goto(path)
        await expect(curious.page.get_by_role("button", name="Come back in")).to_be_visible()
    tablet = await opens()
    await tablet.page.goto(path)
    await tablet.page.get_by_label("This device is shared").check()
    await tablet.presses("Come back in")
    await expect(tablet.page.get_by_role("heading", name=rosa.name)).to_be_visible()
    # The secret is not left in the history.
    assert "/back/" not in await tablet.page.evaluate("() => location.href")
    [cookie] = await tablet.context.cookies()
    assert cookie.get("expires") == -1
