"""What a device keeps: nothing that was typed is lost, and on a shared one nothing stays."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Opens
from tests.e2e.house import House, Place

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SHARED_MINUTES = 15


async def test_a_draft_survives_a_reload_wherever_it_was_begun(house: House, opens: Opens, place: Place) -> None:
    ben = await (await opens(await house.guest("Ben"))).enters(place)
    await ben.says("How are you all?")
    ada = await (await opens(await house.guest("Ada"))).enters(place)
    await ada.presses(f"Reply to {ben.name}")
    answer = ada.page.get_by_label(f"Your reply to {ben.name}")
    await answer.fill("Half an ans")
    await ada.page.get_by_role("switch", name="Hide my name").check()
    await ada.box.fill("I have been thinking")
    # At once: what was typed in the last moment counts too.
    await ada.page.reload()
    await expect(ada.box).to_have_value("I have been thinking")
    await expect(ada.page.get_by_role("switch", name="Hide my name")).to_be_checked()
    await ada.presses(f"Reply to {ben.name}")
    await expect(answer).to_have_value("Half an ans")
    await ada.box.press("Enter")
    await ada.sees_sent("I have been thinking")
    await ada.page.reload()
    await ada.sees("I have been thinking")
    await expect(ada.box).to_have_value("")


async def test_what_is_too_long_says_by_how_much_and_stays(house: House, opens: Opens, place: Place) -> None:
    ada = await (await opens(await house.guest("Ada"))).enters(place)
    words = "word " * 800 + "!"
    assert len(words) == 4001
    await ada.box.fill(words)
    await expect(ada.page.get_by_text("1 letter too many")).to_be_visible()
    await ada.box.press("Enter")
    await expect(ada.page.get_by_role("alert")).to_have_text("It is too long by 1 letter. Please make it shorter.")
    await expect(ada.box).to_have_value(words)
    assert await ada.talk() == []
    await ada.box.press("Backspace")
    await expect(ada.page.get_by_text("letter too many")).to_have_count(0)
    await ada.box.press("Enter")
    await expect(ada.box).to_have_value("")
    await expect(ada.page.locator("article .state")).to_have_text("Sent")


async def test_a_refused_message_keeps_its_words_and_can_be_changed(house: House, opens: Opens, place: Place) -> None:
    ada = await (await opens(await house.guest("Ada"))).enters(place)
    await ada.context.set_offline(offline=True)
    await expect(ada.page.get_by_text("You are offline. You can go on writing")).to_be_visible()
    await ada.says("One more thing.")
    await house.close_room(place)
    await ada.context.set_offline(offline=False)
    slip = ada.message("One more thing.")
    await expect(slip).to_contain_text("Not sent")
    await expect(slip).to_contain_text("This room is closed.")
    # Kept over a reload, reason and all.
    await ada.page.reload()
    await expect(slip).to_contain_text("Not sent")
    await house.close_room(place, closed=False)
    await expect(ada.box).to_be_visible()
    await ada.presses("Change it", within=slip)
    await expect(ada.box).to_have_value("One more thing.")
    await expect(slip).to_have_count(0)
    await ada.box.press("End")
    await ada.box.press_sequentially(" Thank you.")
    await ada.box.press("Enter")
    await ada.sees_sent("One more thing. Thank you.")


async def test_a_device_of_ones_own_forgets_at_sign_out(house: House, opens: Opens, place: Place) -> None:
    ada = await (await opens(await house.guest("Ada"))).enters(place)
    await ada.box.fill("Not finished yet")
    await ada.page.wait_for_function("() => Object.keys(localStorage).length > 0")
    await ada.page.goto("/me")
    await ada.presses("Sign out here")
    async with ada.page.expect_response("**/api/sign-out"):
        await ada.presses("Sign out")
    await expect(ada.page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert await ada.stored() == {}
    assert await ada.context.cookies() == []


async def test_a_shared_device_keeps_nothing_while_in_use_nor_after_leaving(
    house: House, opens: Opens, place: Place
) -> None:
    secret = (await house.invite(room=place.room))["secret"]
    ada = await opens()
    await ada.page.goto(f"/join/{secret}")
    await ada.page.get_by_label("What shall we call you?").fill(house.free_name("Ada"))
    await ada.page.get_by_label("This device is shared").check()
    await ada.presses("Join in")
    await ada.is_live()
    await ada.says("From the library.")
    await ada.sees_sent("From the library.")
    await ada.context.set_offline(offline=True)
    await expect(ada.page.get_by_text("You are offline. You can go on writing")).to_be_visible()
    await ada.says("Waiting to go out.")
    await ada.box.fill("Half a thought")
    await ada.context.set_offline(offline=False)
    await ada.sees_sent("Waiting to go out.")
    # Longer than a draft takes to be kept on a device of one's own.
    await ada.page.wait_for_function(
        "began => performance.now() > began + 1000", arg=await ada.page.evaluate("performance.now()")
    )
    assert await ada.stored() == {}
    [cookie] = await ada.context.cookies()
    assert cookie["expires"] == -1, "the session ends with the window"
    await ada.presses("Leave")
    async with ada.page.expect_response("**/api/sign-out"):
        await ada.presses("Sign out")
    await expect(ada.page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert await ada.stored() == {}
    assert await ada.context.cookies() == []
    await ada.page.go_back()
    await expect(ada.page.get_by_text("From the library.")).to_have_count(0)
    await ada.page.goto(place.path)
    await expect(ada.page.get_by_role("heading", name="You are signed out")).to_be_visible()


async def test_a_shared_device_signs_itself_out_when_it_was_quiet(house: House, opens: Opens, place: Place) -> None:
    guest = await house.guest("Ada", shared=True)
    ada = await opens(guest)
    await ada.page.clock.install()
    await ada.enters(place)
    await ada.box.fill("Called away")
    await ada.page.clock.fast_forward((SHARED_MINUTES - 1) * 60_000 + 5000)
    question = ada.page.get_by_role("dialog", name="Are you still here?")
    await expect(question).to_be_visible()
    await ada.presses("I am still here")
    await expect(question).to_have_count(0)
    await expect(ada.box).to_have_value("Called away")
    await ada.page.clock.fast_forward(SHARED_MINUTES * 60_000 + 5000)
    await expect(ada.page.get_by_text("It was quiet for a while, so we signed you out.")).to_be_visible()
    assert "Called away" not in await ada.page.content()
    assert await ada.stored() == {}
    # The page says so at once; its word to the server is on the way.
    async with asyncio.timeout(10):
        while (await house.answer("GET", "/api/sessions", token=guest.token)).status_code != 401:
            continue


async def test_the_question_whether_one_is_still_here_can_be_answered_with_no(house: House, opens: Opens) -> None:
    ada = await opens(await house.guest("Ada", shared=True))
    await ada.page.clock.install()
    await ada.page.goto("/me")
    await expect(ada.page.get_by_role("heading", name="You", exact=True)).to_be_visible()
    await ada.page.clock.fast_forward((SHARED_MINUTES - 1) * 60_000 + 5000)
    async with ada.page.expect_response("**/api/sign-out"):
        await ada.presses("Sign out now")
    await expect(ada.page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert await ada.context.cookies() == []


async def test_the_shell_opens_without_a_connection_and_says_so(house: House, opens: Opens, place: Place) -> None:
    ada = await opens(await house.guest("Ada"), service_workers="allow")
    await ada.enters(place)
    await ada.page.evaluate("() => navigator.serviceWorker.ready.then(() => undefined)")
    await ada.context.set_offline(offline=True)
    await ada.page.goto("/c/eyes")
    await expect(
        ada.page.get_by_text("You are offline. This page opens, but the talk needs a connection.")
    ).to_be_visible()
    kept = await ada.page.evaluate(
        "async () => (await Promise.all((await caches.keys()).map(async name =>"
        " (await (await caches.open(name)).keys()).map(request => new URL(request.url).pathname)))).flat()"
    )
    assert kept
    assert [path for path in kept if re.match("/api|/live|/c/|/join", path)] == []
    await ada.context.set_offline(offline=False)
    await expect(ada.page.get_by_role("heading", name="Rooms")).to_be_visible()
