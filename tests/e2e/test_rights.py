"""Rights that change under one's hands: every page that is open knows it at once."""

import time

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Opens
from tests.e2e.house import House, Place
from tests.e2e.visitor import Visitor
from tests.world import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

# Promise P18: sockets of an ended session are closed within this.
CLOSED_WITHIN_S = 2.0


async def test_signing_out_in_one_tab_closes_the_other(house: House, opens: Opens, place: Place) -> None:
    ada = await (await opens(await house.guest("Ada"))).enters(place)
    other = Visitor(await ada.context.new_page(), ada.guest)
    await other.page.goto("/me")
    await other.presses("Sign out here")
    await other.presses("Sign out")
    began = time.monotonic()
    await until(lambda: all(socket.is_closed() for socket in ada.sockets), within_s=CLOSED_WITHIN_S)
    await expect(ada.page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert time.monotonic() - began < CLOSED_WITHIN_S + 2
    await expect(other.page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert ada.sockets


TABS = ["Members", "Invitations", "Rooms", "What we keep", "What we state", "What was done", "Health"]


async def test_a_device_is_signed_out_from_another(house: House, opens: Opens, place: Place) -> None:
    guest = await house.guest("Ada")
    lost = await (await opens(guest)).enters(place)
    own = await opens()
    link = house.command("people", "link", "--person", guest.person)
    await own.page.goto(link.removeprefix(f"http://localhost:{house.port}"))
    await own.presses("Sign in here")
    await expect(own.page.get_by_role("heading", name="Rooms")).to_be_visible()
    await own.page.goto("/me")
    await own.page.get_by_role("button", name="Sign it out: in use since").click()
    await expect(lost.page.get_by_role("heading", name="You are signed out")).to_be_visible()
    devices = own.page.get_by_role("region", name="Where you are signed in").get_by_role("listitem")
    await expect(devices).to_have_count(1)
    await own.enters(place)


async def test_who_comes_by_a_link_to_a_role_has_it_once_a_keeper_has_said_yes(house: House, opens: Opens) -> None:
    keeper = await opens(house.keeper)
    await keeper.page.goto("/c/eyes")
    await expect(keeper.page.get_by_role("heading", name="Rooms", exact=True)).to_be_visible()
    guest = await house.asking("Hana", "host")
    hana = await opens(guest)
    await hana.page.goto("/c/eyes")
    waits = hana.page.get_by_text("If a keeper says yes, you will be a host.")
    await expect(waits).to_be_visible()
    await expect(hana.page.get_by_role("heading", name="For hosts")).to_have_count(0)
    # The keeper's page was open before: it knows by itself.
    await keeper.presses(f"Yes, make {guest.name} a host")
    await keeper.page.get_by_role("dialog").get_by_role("button", name="Yes").click()
    await expect(hana.page.get_by_role("heading", name="For hosts")).to_be_visible()
    await expect(waits).to_have_count(0)
    await expect(keeper.page.get_by_text(f"{guest.name} is a host now.")).to_be_visible()

    other = await house.asking("Mo", "moderator")
    refuses = keeper.page.get_by_role("button", name=f"No, don’t make {other.name} a moderator")
    await refuses.click()
    await keeper.page.get_by_role("dialog").get_by_role("button", name="Say no").click()
    await expect(refuses).to_have_count(0)
    # Who was said no to is not taken out.
    await keeper.page.goto("/c/eyes/keep#members")
    await keeper.page.get_by_label("Find a member").fill(other.name)
    await expect(keeper.page.get_by_role("button", name=f"Change the roles of {other.name}")).to_be_visible()


async def test_who_is_taken_out_sees_the_room_go_and_hears_nothing_more(
    house: House, opens: Opens, place: Place
) -> None:
    ada = await (await opens(await house.guest("Ada"))).enters(place)
    ben = await (await opens(await house.guest("Ben"))).enters(place)
    await ada.says("Good to see you.")
    await ben.sees("Good to see you.")
    assert ben.guest is not None
    await house.keeper.ask("DELETE", f"/api/communities/eyes/members/{ben.guest.person}")
    await expect(ben.box).to_have_count(0)
    await expect(ben.message("Good to see you.")).to_have_count(0)
    await expect(ada.page.locator(".bar")).to_contain_text("1 here")
    heard = len(ben.heard)
    await ada.says("Among ourselves.")
    await ada.sees_sent("Among ourselves.")
    await expect(ben.page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    await ben.page.reload()
    await expect(ben.page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    assert not any("Among ourselves." in frame for frame in ben.heard[heard:])


async def test_a_role_that_is_given_and_taken_opens_and_closes_the_keepers_page(house: House, opens: Opens) -> None:
    ada = await opens(await house.guest("Ada"))
    assert ada.guest is not None
    role = f"/api/communities/eyes/members/{ada.guest.person}/role"
    tabs = ada.page.get_by_role("navigation", name="Keeping the community").get_by_role("link")
    await ada.page.goto("/c/eyes/keep")
    await expect(ada.page.get_by_text("Only keepers and hosts see this page.")).to_be_visible()
    await house.keeper.ask("PUT", role, {"role": "host", "held": True})
    await expect(ada.page.get_by_role("button", name="Open a room")).to_be_visible()
    await expect(tabs).to_have_count(0)
    await house.keeper.ask("PUT", role, {"role": "keeper", "held": True})
    await expect(tabs).to_have_text(TABS)
    for held in ("keeper", "host"):
        await house.keeper.ask("PUT", role, {"role": held, "held": False})
    await expect(ada.page.get_by_text("Only keepers and hosts see this page.")).to_be_visible()


async def test_an_invited_room_comes_and_goes_with_the_leave_to_enter_it(house: House, opens: Opens) -> None:
    place = await house.room("Small circle", visibility="invited")
    ada = await opens(await house.guest("Ada"))
    assert ada.guest is not None
    seat = f"/api/rooms/{place.room}/people/{ada.guest.person}"
    await ada.page.goto("/c/eyes")
    line = ada.page.locator(f".rooms a[href='{place.path}']")
    await expect(ada.page.get_by_role("heading", name="Rooms")).to_be_visible()
    await expect(line).to_have_count(0)
    await house.keeper.ask("PUT", seat, {"admitted": True})
    await line.click()
    await ada.is_live()
    await ada.says("Thank you for asking me in.")
    await ada.sees_sent("Thank you for asking me in.")
    await house.keeper.ask("PUT", seat, {"admitted": False})
    await expect(ada.page.get_by_role("heading", name="This room is not here")).to_be_visible()
    await expect(ada.page.get_by_text("Thank you for asking me in.")).to_have_count(0)


async def test_who_only_listens_can_say_yes_in_the_room_and_then_write(
    house: House, opens: Opens, place: Place
) -> None:
    ben = await (await opens(await house.guest("Ben"))).enters(place)
    await ben.says("Listening is taking part too.")
    ada = await (await opens(await house.guest("Ada", listen=True))).enters(place)
    await ada.sees("Listening is taking part too.")
    await expect(ada.box).to_have_count(0)
    await expect(ada.page.get_by_role("button", name="Add a reaction")).to_have_count(0)
    await ada.presses("Join in")
    await ada.is_focused(ada.box)
    await ada.says("Then I have something to say.")
    await ben.sees("Then I have something to say.")


async def test_a_room_that_is_closed_can_be_read_and_not_written_in(house: House, opens: Opens, place: Place) -> None:
    ada = await (await opens(await house.guest("Ada"))).enters(place)
    await ada.says("The last word.")
    await ada.sees_sent("The last word.")
    await house.close_room(place)
    await expect(ada.page.get_by_text("This room is closed. You can read it")).to_be_visible()
    await expect(ada.box).to_have_count(0)
    await ada.sees("The last word.")
    await expect(ada.page.get_by_role("button", name="Reply", exact=False)).to_have_count(0)
    await house.close_room(place, closed=False)
    await ada.says("And one more.")
    await ada.sees_sent("And one more.")
