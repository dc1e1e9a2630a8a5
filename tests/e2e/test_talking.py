"""Two browsers in one room: what one does, the other sees."""

import asyncio
import re

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.conftest import Opens
from tests.e2e.house import House, Place
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def two(house: House, opens: Opens, place: Place) -> tuple[Visitor, Visitor]:
    """Ada and Ben, both in the room."""
    ada, ben = await asyncio.gather(house.guest("Ada"), house.guest("Ben"))
    one, other = await asyncio.gather(opens(ada), opens(ben))
    await asyncio.gather(one.enters(place), other.enters(place))
    return one, other


def room_line(visitor: Visitor, place: Place) -> Locator:
    """The room in the list of a community's home."""
    return visitor.page.locator(f".rooms a[href='{place.path}']")


async def test_what_one_writes_the_other_reads(house: House, opens: Opens, place: Place) -> None:
    ada, ben = await two(house, opens, place)
    await ada.says("Is anyone else waiting for a scan?")
    await ben.sees("Is anyone else waiting for a scan?")
    await ben.says("Me. Since February.")
    await ada.sees("Me. Since February.")
    await ada.sees_sent("Is anyone else waiting for a scan?")
    assert [line.text for line in await ada.talk()] == [line.text for line in await ben.talk()]
    await expect(ben.message("Is anyone else waiting for a scan?").locator(".name")).to_have_text(ada.name)
    await expect(ada.message("Is anyone else waiting for a scan?").locator(".name")).to_have_text("You")


async def test_signs_are_counted_for_both(house: House, opens: Opens, place: Place) -> None:
    ada, ben = await two(house, opens, place)
    await ada.says("The garden helps.")
    await ben.sees("The garden helps.")
    await ben.reacts("The garden helps.", "Heart")
    await ada.count("The garden helps.", "Heart, 1").click()
    await expect(ben.count("The garden helps.", "Heart, 2, you too")).to_be_visible()
    await expect(ada.count("The garden helps.", "Heart, 2, you too")).to_be_visible()
    await ben.count("The garden helps.", "Heart, 2, you too").click()
    await expect(ada.count("The garden helps.", "Heart, 1, you too")).to_be_visible()
    await expect(ben.count("The garden helps.", "Heart, 1")).to_be_visible()


async def test_who_writes_is_named_while_they_do(house: House, opens: Opens, place: Place) -> None:
    ada, ben = await two(house, opens, place)
    await ada.box.press_sequentially("I would like to")
    await expect(ben.status).to_contain_text(f"{ada.name} is writing")
    await expect(ada.status).not_to_contain_text("writing")
    await ada.box.fill("")
    await expect(ben.status).not_to_contain_text("writing")


async def test_who_is_here_comes_and_goes_as_a_person_whatever_their_tabs(
    house: House, opens: Opens, place: Place
) -> None:
    ada = await (await opens(await house.guest("Ada"))).enters(place)
    here = ada.page.locator(".here li")
    await expect(ada.page.locator(".bar")).to_contain_text("1 here")
    ben = await (await opens(await house.guest("Ben"))).enters(place)
    second = Visitor(await ben.context.new_page(), ben.guest)
    await second.enters(place)
    await expect(here).to_contain_text([f"You, as {ada.name}", ben.name])
    await expect(second.page.locator(".bar")).to_contain_text("2 here")
    await second.page.close()
    await ada.says("One of two tabs is closed.")
    await ben.sees("One of two tabs is closed.")
    await expect(ada.page.locator(".bar")).to_contain_text("2 here")
    # Whoever is called something else is told of once, beside the name before, until the list has been left.
    assert ben.guest is not None
    renamed = house.free_name("Benedict")
    await house.ask("PATCH", "/api/communities/eyes/me", {"name": renamed}, token=ben.guest.token)
    await expect(here).to_contain_text([f"You, as {ada.name}", f"{renamed}before: {ben.name}"])
    await ada.page.get_by_role("link", name="Hearth, back to").click()
    await expect(ada.page.locator(".room")).to_have_count(0)
    await ada.enters(place)
    await expect(here).to_contain_text([f"You, as {ada.name}", renamed])
    await expect(here.filter(has_text="before:")).to_have_count(0)
    await ben.page.close()
    await expect(here).to_have_count(1)
    await expect(here).to_contain_text(f"You, as {ada.name}")


async def test_a_change_of_words_is_marked_and_the_old_ones_are_gone(house: House, opens: Opens, place: Place) -> None:
    ada, ben = await two(house, opens, place)
    await ada.says("See you on Tusday.")
    await ben.sees("See you on Tusday.")
    await ada.chooses("See you on Tusday.", "Change the words")
    await ada.page.get_by_label("Your message, in other words").fill("See you on Tuesday.")
    await ada.presses("Save the change")
    await ben.sees("See you on Tuesday.")
    await expect(ben.message("See you on Tuesday.")).to_contain_text("edited")
    assert "Tusday" not in await ben.page.content()
    assert "Tusday" not in await ada.page.content()


async def test_what_is_taken_back_leaves_a_line_and_no_name(house: House, opens: Opens, place: Place) -> None:
    ada, ben = await two(house, opens, place)
    await ada.says("I should not have said this.")
    await ada.says("And something else.")
    await ben.sees("I should not have said this.", "And something else.")
    await ada.chooses("I should not have said this.", "Remove")
    await ada.presses("Remove the message")
    for page in (ada, ben):
        await expect(page.message("I should not have said this.")).to_have_count(0)
        await expect(page.page.get_by_text("A message was taken back here.")).to_be_visible()
    assert "should not have said" not in await ben.page.content()


async def test_the_team_may_take_out_what_another_said(house: House, opens: Opens, place: Place) -> None:
    ada, ben = await two(house, opens, place)
    moderator = await (await opens(await house.guest("Mo", role="moderator"))).enters(place)
    await ada.says("Something unkind.")
    await ben.sees("Something unkind.")
    await expect(await ben.opens_menu("Something unkind.")).not_to_contain_text("Remove")
    await ben.page.keyboard.press("Escape")
    await moderator.chooses("Something unkind.", "Remove")
    await moderator.presses("Remove the message")
    for page in (ada, ben):
        await expect(page.page.get_by_text("A message was removed here by the team.")).to_be_visible()
        await expect(page.message("Something unkind.")).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 390], ids=["beside", "under"])
async def test_an_answer_stands_under_its_message(house: House, opens: Opens, place: Place, width: int) -> None:
    ada = await (await opens(await house.guest("Ada"))).enters(place)
    ben = await opens(await house.guest("Ben"), viewport={"width": width, "height": 844})
    await ben.enters(place)
    await ada.says("How did it go?")
    await ben.sees("How did it go?")
    await ben.presses(f"Reply to {ada.name}")
    answer = ben.page.get_by_label(f"Your reply to {ada.name}")
    await answer.fill("Better than I feared.")
    await answer.press("Enter")
    await ben.sees("Better than I feared.")
    await expect(ada.message("Better than I feared.")).to_have_count(0)
    await ada.presses("1 reply")
    await ada.sees("Better than I feared.")
    inside = ben.page.locator(".thread-under" if width == 390 else ".beside .thread-card")
    await expect(inside.locator("article.rep")).to_contain_text("Better than I feared.")
    # An answer can't be answered.
    await expect(ben.message("Better than I feared.").get_by_role("button", name=re.compile("^Reply"))).to_have_count(0)


async def test_whoever_is_named_is_found_by_the_beginning_of_their_name(
    house: House, opens: Opens, place: Place
) -> None:
    # More members are called so than the list shows, and all of them stand before her in the alphabet.
    for name in ("Zeba", "Zebb", "Zebc", "Zebd", "Zebe", "Zebf"):
        await house.guest(name)
    ada, zebra = await asyncio.gather(house.guest("Ada"), house.guest("Zebra"))
    author, named = await asyncio.gather(opens(ada), opens(zebra))
    other = await (await opens(await house.guest("Cleo"))).enters(place)
    await asyncio.gather(author.enters(place), named.enters(place))
    await expect(author.page.locator(".here")).to_contain_text("Zebra")
    await author.box.press_sequentially("What do you think, @zeb")
    found = author.page.get_by_role("listbox", name="People you can name").get_by_role("option")
    await expect(found).to_contain_text(["Zebra", "Zeba", "Zebb", "Zebc", "Zebd", "Zebe"])
    await author.box.press("Enter")
    await expect(author.box).to_have_value("What do you think, @Zebra ")
    await author.box.press_sequentially("?")
    await author.box.press("Enter")
    await expect(named.page.locator(".words mark")).to_have_text("@Zebra")
    await expect(other.page.locator(".words .at")).to_have_text("@Zebra")
    await expect(other.page.locator(".words mark")).to_have_count(0)


async def test_with_the_name_hidden_nothing_of_it_reaches_the_other(house: House, opens: Opens, place: Place) -> None:
    ben = await (await opens(await house.guest("Ben"))).enters(place)
    # Nobody by this name is in the room as Ben hears it: not by presence, not by writing, not by what is said.
    hidden = await house.guest("Philippa")
    async with hidden.in_room(place):
        await expect(ben.page.locator(".here li")).to_contain_text([ben.name, hidden.name])
    await expect(ben.page.locator(".here li")).to_have_count(1)
    page = await opens(hidden)
    began = len(ben.heard)
    await page.enters(place)
    await expect(ben.page.locator(".here li")).to_have_count(2)
    await page.page.get_by_role("switch", name="Hide my name").check()
    await expect(page.page.locator(".foot-notes")).to_contain_text("Seen by everyone here, without your name")
    roster = len(ben.heard)
    await page.box.press_sequentially("I am afraid of the result.")
    await page.box.press("Enter")
    await page.sees_sent("I am afraid of the result.")
    message = ben.message("I am afraid of the result.")
    await expect(message.locator(".name")).to_have_text("Someone here")
    await expect(message).to_contain_text("name hidden")
    assert hidden.name in "".join(ben.heard[began:roster]), "the roster names who is here, so the name was to be seen"
    said = [frame for frame in ben.heard[roster:] if "roster.changed" not in frame]
    assert any("I am afraid of the result." in frame for frame in said)
    assert all(hidden.name not in frame and hidden.person not in frame for frame in said)
    for where in ("log", "article"):
        inside = await ben.page.get_by_role(where).first.inner_html()
        assert hidden.name not in inside
        assert hidden.person not in inside
    # To its author it is theirs; whether the name is there or not after the page is loaded anew.
    await page.page.reload()
    await expect(page.message("I am afraid of the result.")).to_contain_text("your name is hidden")
    await ben.page.reload()
    await expect(ben.message("I am afraid of the result.").locator(".name")).to_have_text("Someone here")


async def test_what_came_meanwhile_is_counted_and_marked(house: House, opens: Opens, place: Place) -> None:
    ada, ben = await two(house, opens, place)
    await ada.says("Before you go.")
    await ben.sees("Before you go.")
    # Told as the page goes, at the last moment.
    await expect(ben.page).to_have_title("Tea table · Hearth")
    await ben.page.goto("/c/eyes")
    await expect(room_line(ben, place)).not_to_contain_text("unread")
    for text in ("One.", "Two.", "Three."):
        await ada.says(text)
        await ada.sees_sent(text)
    await ben.page.reload()
    await expect(room_line(ben, place)).to_contain_text("3 unread")
    await room_line(ben, place).click()
    await ben.sees("Three.")
    rows = await ben.page.locator(".talk .rows > li").all_inner_texts()
    mark = next(i for i, row in enumerate(rows) if "New since you were last here" in row)
    assert "Before you go." in rows[mark - 1]
    assert "One." in rows[mark + 1]
    # All of it is in view, so it is read once the eyes have rested on it.
    await expect(ben.page).to_have_title("Tea table · Hearth")
    await ben.presses("Leave")
    await expect(room_line(ben, place)).not_to_contain_text("unread")


async def test_what_is_read_on_one_device_is_read_on_the_other(house: House, opens: Opens, place: Place) -> None:
    ada = await (await opens(await house.guest("Ada"))).enters(place)
    ben = await opens(await house.guest("Ben"))
    await ben.page.goto("/c/eyes")
    phone = await opens(viewport={"width": 390, "height": 844})
    assert ben.guest is not None
    link = house.command("people", "link", "--person", ben.guest.person)
    await phone.page.goto(link.removeprefix(f"http://localhost:{house.port}"))
    await phone.presses("Sign in here")
    await expect(phone.page).to_have_url(re.compile("/c/eyes$"))
    for text in ("One.", "Two."):
        await ada.says(text)
        await ada.sees_sent(text)
    for device in (ben, phone):
        await device.page.reload()
        await expect(room_line(device, place)).to_contain_text("2 unread")
    await phone.enters(place)
    await phone.sees("Two.")
    await expect(room_line(ben, place)).not_to_contain_text("unread")
