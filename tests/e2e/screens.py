"""Every screen there is, and how one comes to see it: for axe, for the policy, for narrow windows, for pictures."""

import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Route as PageRoute
from playwright.async_api import expect

from tests.e2e.conftest import Opens
from tests.e2e.house import Guest, House, Place
from tests.e2e.lively import BOARD, VET, Lively
from tests.e2e.visitor import Visitor
from tests.world import new_nonce

NARROW, WIDE = 390, 1280
HEIGHTS = {NARROW: 844, WIDE: 900}


@dataclass(frozen=True, slots=True)
class Setting:
    """What there is to look at, and how wide the window is to begin with."""

    house: House
    unclaimed: str
    lively: Lively
    opens: Opens
    width: int

    async def page(self, guest: Guest | None, path: str, heading: str) -> Visitor:
        """A page, once its heading is there."""
        visitor = await self.opens(guest, viewport={"width": self.width, "height": HEIGHTS[self.width]})
        await visitor.page.goto(path)
        await expect(visitor.page.get_by_role("heading", name=heading).first).to_be_visible()
        return visitor

    async def room(self, guest: Guest | None = None) -> Visitor:
        """The living room, as Wren sees it unless somebody else looks."""
        visitor = await self.page(guest or self.lively.guests["Wren"], self.lively.place.path, "Waiting well")
        await visitor.is_live()
        await visitor.sees(VET)
        return visitor


See = Callable[[Setting], Awaitable[Visitor]]


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen. Some exist only where there is much room, or little."""

    name: str
    see: See
    widths: tuple[int, ...] = (NARROW, WIDE)


def _door(path: str, heading: str) -> See:
    return lambda setting: setting.page(None, path, heading)


async def _join(setting: Setting, **how: Any) -> Visitor:
    secret = (await setting.house.invite(room=setting.lively.place.room, **how))["secret"]
    return await setting.page(None, f"/join/{secret}", "Through My Eyes")


async def _join_in_its_own_words(setting: Setting) -> Visitor:
    async with setting.house.own_words():
        visitor = await setting.page(None, (await setting.house.invite())["path"], "Through My Eyes")
        await expect(visitor.page.get_by_label(setting.house.OWN_WORDS["ask"])).to_be_visible()
    return visitor


async def _door_words(setting: Setting) -> Visitor:
    visitor = await setting.page(setting.house.keeper, "/c/eyes/keep#statement", "What we state")
    await visitor.page.get_by_text("Every other word at the door").click()
    return visitor


async def _join_without_a_name(setting: Setting) -> Visitor:
    visitor = await _join(setting)
    await visitor.presses("Join in")
    await expect(visitor.page.get_by_text("Please tell us a name first.")).to_be_visible()
    return visitor


async def _join_expired(setting: Setting) -> Visitor:
    made = await setting.house.invite()
    with sqlite3.connect(setting.house.folder / "hearth.db", timeout=20) as database:
        database.execute("UPDATE invitation SET ends_ms = 1 WHERE id = ?", (made["invitation"],))
    database.close()
    return await _not_in(setting, made["secret"], "This invitation has run out.")


async def _join_used_up(setting: Setting) -> Visitor:
    secret = (await setting.house.invite(uses=1))["secret"]
    name = setting.house.free_name("Una")
    await setting.house.signed_in(name, "/api/join", {"secret": secret, "name": name})
    return await _not_in(setting, secret, "This invitation has been used as often as it can be.")


async def _join_revoked(setting: Setting) -> Visitor:
    made = await setting.house.invite()
    await setting.house.keeper.ask("DELETE", f"/api/communities/eyes/invitations/{made['invitation']}")
    return await _not_in(setting, made["secret"], "This invitation was taken back.")


async def _join_unknown(setting: Setting) -> Visitor:
    return await _not_in(setting, "nobodymadethisone", "We don’t know this invitation.")


async def _not_in(setting: Setting, secret: str, why: str) -> Visitor:
    visitor = await setting.page(None, f"/join/{secret}", "You can’t come in by this")
    await expect(visitor.page.get_by_text(why)).to_be_visible()
    return visitor


async def _code_too_short(setting: Setting) -> Visitor:
    visitor = await setting.page(None, "/j", "Have you been given a code?")
    await visitor.page.get_by_label("Your code").fill("ABC")
    await visitor.presses("Come in")
    await expect(visitor.page.get_by_text("The code has six letters.")).to_be_visible()
    return visitor


async def _claim(setting: Setting) -> Visitor:
    visitor = await setting.opens(viewport={"width": setting.width, "height": HEIGHTS[setting.width]})
    await visitor.page.goto(setting.unclaimed)
    await expect(visitor.page.get_by_role("heading", name="Begin your community")).to_be_visible()
    await visitor.presses("Begin")
    await expect(visitor.page.get_by_text("Please fill this in.").first).to_be_visible()
    return visitor


async def _sign_in(setting: Setting) -> Visitor:
    return await setting.page(None, "/in/nobodymadethisone", "Come in again")


async def _sign_in_used(setting: Setting) -> Visitor:
    visitor = await _sign_in(setting)
    await visitor.presses("Sign in here")
    await expect(visitor.page.get_by_text("This link has been used, or has run out.")).to_be_visible()
    return visitor


async def _organised(setting: Setting, path: str, heading: str, *, guest: Guest | None = None) -> Visitor:
    """A page of a server whose organisation has a sign-in of its own."""
    visitor = await setting.opens(guest, viewport={"width": setting.width, "height": HEIGHTS[setting.width]})

    async def said(route: PageRoute) -> None:
        me = await (await route.fetch()).json()
        await route.fulfill(json={**me, "organisation": "St Brannock’s", "connected": guest is not None})

    await visitor.page.route("**/api/me", said)
    await visitor.page.goto(path)
    await expect(visitor.page.get_by_role("heading", name=heading).first).to_be_visible()
    return visitor


async def _my_organisation(setting: Setting) -> Visitor:
    return await _organised(setting, "/me", "Sign-in by St Brannock’s", guest=setting.lively.guests["Wren"])


async def _join_vouched(setting: Setting) -> Visitor:
    secret = (await setting.house.invite())["secret"]
    look = await setting.house.ask("POST", "/api/invitations/look", {"secret": secret})
    visitor = await setting.opens(viewport={"width": setting.width, "height": HEIGHTS[setting.width]})
    told = {"organisation": "St Brannock’s", "name": "Hana", "roles": ["host"], "shared": False, "ends_ms": 1}
    await visitor.page.route(
        "**/api/vouched", lambda route: route.fulfill(json={**told, "community": look["community"]})
    )
    await visitor.page.goto("/oidc/join")
    await expect(visitor.page.get_by_text("You come in as a host.")).to_be_visible()
    return visitor


async def _home(setting: Setting) -> Visitor:
    visitor = await setting.page(setting.lively.guests["Wren"], "/c/eyes", setting.lively.guests["Wren"].name)
    await expect(visitor.page.get_by_role("heading", name="Rooms")).to_be_visible()
    return visitor


async def _waiting_home(setting: Setting) -> Visitor:
    """Somebody has come by a link to a role."""
    await setting.house.asking("Hana", "host")
    return await setting.page(setting.house.keeper, "/c/eyes", "Waiting for your yes")


async def _asking_home(setting: Setting) -> Visitor:
    """The same, as they see it themselves."""
    guest = await setting.house.asking("Hana", "host")
    visitor = await setting.page(guest, "/c/eyes", guest.name)
    await expect(visitor.page.get_by_text("If a keeper says yes, you will be a host.")).to_be_visible()
    return visitor


async def _keepers_home(setting: Setting) -> Visitor:
    return await setting.page(setting.house.keeper, "/c/eyes", "Kirsten")


async def _listeners_home(setting: Setting) -> Visitor:
    return await setting.page(await setting.house.guest("Lisa", listen=True), "/c/eyes", "Lisa")


async def _empty_room(setting: Setting) -> Visitor:
    place = await setting.house.room("Quiet corner")
    visitor = await setting.page(setting.lively.guests["Wren"], place.path, place.title)
    await expect(visitor.page.get_by_text("Nobody has written yet.")).to_be_visible()
    return visitor


async def closed_room(house: House) -> Place:
    """A room that can only be read."""
    place = await house.room("Last winter")
    guest = await house.guest("Nora")
    async with guest.in_room(place) as voice:
        said = Lively(house, place, voices={"Nora": voice})
        await said.say("Nora", "Thank you all. See you in the spring.")
    await house.close_room(place)
    return place


async def _closed_room(setting: Setting) -> Visitor:
    place = await closed_room(setting.house)
    visitor = await setting.page(setting.lively.guests["Wren"], place.path, place.title)
    await expect(visitor.page.get_by_text("This room is closed.")).to_be_visible()
    return visitor


async def _listening(setting: Setting) -> Visitor:
    visitor = await setting.room(await setting.house.guest("Lisa", listen=True))
    await expect(visitor.page.get_by_text("You are listening.")).to_be_visible()
    return visitor


async def _gone(setting: Setting) -> Visitor:
    return await setting.page(setting.lively.guests["Wren"], "/c/eyes/r/no-such-room", "This room is not here")


async def _people(setting: Setting) -> Visitor:
    visitor = await setting.room()
    await visitor.page.locator(".bar button[aria-label$='here']").click()
    await expect(visitor.page.get_by_role("dialog", name="Here now")).to_be_visible()
    return visitor


async def _more_of_the_room(setting: Setting) -> Visitor:
    visitor = await setting.room()
    await visitor.presses("More: reading help, leave")
    return visitor


async def _reading_help(setting: Setting) -> Visitor:
    visitor = await setting.page(setting.lively.guests["Wren"], "/c/eyes", setting.lively.guests["Wren"].name)
    await visitor.presses("Reading help")
    await expect(visitor.page.get_by_role("dialog", name="Reading help")).to_be_visible()
    return visitor


async def _calm(setting: Setting) -> Visitor:
    visitor = await setting.room()
    await visitor.page.evaluate("() => localStorage.setItem('hearth.reading', JSON.stringify({calm: true}))")
    await visitor.page.reload()
    await expect(visitor.page.get_by_role("button", name="more message").first).to_be_visible()
    return visitor


async def _menu(setting: Setting) -> Visitor:
    visitor = await setting.room()
    await visitor.opens_menu(VET)
    return visitor


async def _reply(setting: Setting) -> Visitor:
    visitor = await setting.room()
    await visitor.presses("3 replies")
    await visitor.sees("Two hours I can plan for.")
    return visitor


async def _signs(setting: Setting) -> Visitor:
    visitor = await setting.room()
    await visitor.message(BOARD).locator("> div > .acts > button[aria-label^='Add a reaction']").click()
    await expect(visitor.page.locator(".popup.signs")).to_be_visible()
    return visitor


async def _mentions(setting: Setting) -> Visitor:
    visitor = await setting.room()
    await visitor.box.press_sequentially("Thank you, @d")
    await expect(visitor.page.get_by_role("option").first).to_be_visible()
    return visitor


async def _edit(setting: Setting) -> Visitor:
    visitor = await setting.room()
    await visitor.chooses(VET, "Change the words")
    return visitor


async def _remove(setting: Setting) -> Visitor:
    visitor = await setting.room()
    await visitor.chooses(VET, "Remove")
    await expect(visitor.page.get_by_role("dialog")).to_be_visible()
    return visitor


async def _offline(setting: Setting) -> Visitor:
    visitor = await setting.room()
    await visitor.context.set_offline(offline=True)
    await expect(visitor.page.get_by_text("You are offline. You can go on writing")).to_be_visible()
    await visitor.says("And somewhere to charge a phone, so the text can find us.")
    return visitor


async def _refused(setting: Setting) -> Visitor:
    """A room closed in the very moment when something was under way to it."""
    place = await setting.house.room("Corridor")
    visitor = await setting.page(setting.lively.guests["Wren"], place.path, place.title)
    await visitor.is_live()
    await visitor.context.set_offline(offline=True)
    await expect(visitor.page.get_by_text("You are offline. You can go on writing")).to_be_visible()
    await visitor.says("Is anybody still here?")
    await setting.house.close_room(place)
    await visitor.context.set_offline(offline=False)
    await expect(visitor.message("Is anybody still here?")).to_contain_text("Not sent")
    return visitor


async def _me(setting: Setting) -> Visitor:
    visitor = await setting.page(setting.lively.guests["Wren"], "/me", "You")
    await expect(visitor.page.get_by_text("This device")).to_be_visible()
    await expect(visitor.page.get_by_role("button", name="Get all of it as a file")).to_be_visible()
    return visitor


async def _me_of_the_team(setting: Setting) -> Visitor:
    """A moderator's, with a passkey that was added long ago."""
    house = setting.house
    mo = await house.guest("Morag", role="moderator")
    with sqlite3.connect(house.folder / "hearth.db", timeout=20) as database:
        database.execute(
            "INSERT INTO passkey (id, person, credential, public_key, sign_count, transports, made_ms, used_ms)"
            " VALUES (?, ?, ?, '', 0, '[]', 1700000000000, 1750000000000)",
            (mo.person, mo.person, mo.person),
        )
    database.close()
    visitor = await setting.page(mo, "/me", "You")
    await expect(visitor.page.get_by_role("button", name="Remove the passkey added")).to_be_visible()
    return visitor


async def _me_reach(setting: Setting) -> Visitor:
    guest = await setting.house.guest("Rosa")
    address = f"{guest.person.lower()}@example.org"
    await guest.ask("PUT", "/api/me/reach", {"address": address, "ticked": ["next_talk"]})
    visitor = await setting.page(guest, "/me", "How we may reach you")
    await expect(visitor.page.get_by_text("We wait for the yes from")).to_be_visible()
    return visitor


async def _news(setting: Setting) -> Visitor:
    guest, place = await setting.house.guest("Rosa"), await setting.house.room()
    told = {"room": place.room, "kind": "coming", "says": "Tea and cake in the hall.", "when": "Thursday at 3"}
    await setting.house.keeper.ask("POST", "/api/communities/eyes/news", {"news": new_nonce(), **told})
    return await setting.page(guest, "/c/eyes", "News for you")


async def _tell_people(setting: Setting) -> Visitor:
    visitor = await setting.page(setting.house.keeper, "/c/eyes", "Tell people")
    await visitor.presses("Tell people")
    await visitor.presses("Tell them")
    await expect(visitor.page.get_by_text("Please write a line first.")).to_be_visible()
    return visitor


async def _erase_me(setting: Setting) -> Visitor:
    visitor = await _me(setting)
    await visitor.presses("Erase me")
    await expect(visitor.page.get_by_role("dialog", name="Erase everything about you?")).to_be_visible()
    return visitor


async def _leave(setting: Setting) -> Visitor:
    visitor = await _me(setting)
    await visitor.presses("Leave the community")
    await expect(visitor.page.get_by_role("dialog").get_by_role("button", name="Get what we keep")).to_be_visible()
    return visitor


async def _erased(setting: Setting) -> Visitor:
    guest, secret = await setting.house.guest("Rosa"), new_nonce()
    await guest.ask("POST", "/api/me/erase", {"secret": secret})
    visitor = await setting.page(None, f"/erased#{secret}", "You are erased")
    await expect(visitor.page.get_by_text("Everything was erased on")).to_be_visible()
    return visitor


async def _sign_out(setting: Setting) -> Visitor:
    visitor = await _me(setting)
    await visitor.presses("Sign out here")
    await expect(visitor.page.get_by_role("dialog")).to_be_visible()
    return visitor


async def _back_wrong(setting: Setting) -> Visitor:
    visitor = await setting.page(None, "/back", "Come back")
    await visitor.page.get_by_label("Your four words").fill("otter lemmon umbrella harbour")
    await visitor.presses("Come back in")
    await expect(visitor.page.get_by_text("Word 2 is not one of ours.")).to_be_visible()
    return visitor


async def _way_back(setting: Setting) -> Visitor:
    guest = await setting.house.guest("Rosa")
    visitor = await setting.page(guest, "/me", "You")
    await visitor.presses("Show my way back")
    await expect(visitor.page.locator(".way-back .four li")).to_have_count(4)
    return visitor


async def _way_back_offered(setting: Setting) -> Visitor:
    place = await setting.house.room("Front step")
    visitor = await setting.page(await setting.house.guest("Rosa"), place.path, place.title)
    await visitor.is_live()
    await visitor.says("Good morning, all.")
    await expect(visitor.page.get_by_text("Keep a way back.")).to_be_visible()
    return visitor


async def _came_back(setting: Setting) -> Visitor:
    guest = await setting.house.guest("Rosa")
    link = (await guest.ask("POST", "/api/way-back"))["path"].rpartition("/")[2]
    await setting.house.ask("POST", "/api/back", {"nonce": new_nonce(), "link": link})
    visitor = await setting.page(guest, "/c/eyes", guest.name)
    await expect(visitor.page.get_by_text("Someone came in as you")).to_be_visible()
    return visitor


def _keep(part: str, heading: str) -> See:
    return lambda setting: setting.page(setting.house.keeper, f"/c/eyes/keep#{part}", heading)


async def _member(setting: Setting) -> Visitor:
    visitor = await _keep("members", "Members")(setting)
    await visitor.page.get_by_role("button", name="Change the roles of").first.click()
    await expect(visitor.page.get_by_role("dialog")).to_be_visible()
    return visitor


async def _invitation_made(setting: Setting) -> Visitor:
    visitor = await _keep("invitations", "Make an invitation")(setting)
    await visitor.page.get_by_role("radio", name="A code to read out").check()
    await visitor.page.get_by_role("combobox").last.select_option(label=setting.lively.place.title)
    await visitor.presses("Make it")
    await expect(visitor.page.get_by_role("dialog", name="Here is the invitation")).to_be_visible()
    return visitor


async def _room_form(setting: Setting) -> Visitor:
    visitor = await _keep("rooms", "Rooms")(setting)
    await visitor.presses("Open a room")
    await expect(visitor.page.get_by_role("dialog", name="Open a room")).to_be_visible()
    return visitor


async def _health(setting: Setting) -> Visitor:
    visitor = await _keep("health", "Health")(setting)
    await expect(visitor.page.get_by_text("messages today")).to_be_visible()
    return visitor


async def _audit(setting: Setting) -> Visitor:
    visitor = await _keep("audit", "What was done")(setting)
    await expect(visitor.page.get_by_text("as they were written")).to_be_visible()
    return visitor


async def _keeping(setting: Setting) -> Visitor:
    visitor = await _keep("keeping", "What we keep")(setting)
    await expect(visitor.page.get_by_text("Words are kept for").first).to_be_visible()
    return visitor


async def _keeping_days(setting: Setting) -> Visitor:
    visitor = await _keeping(setting)
    await visitor.presses("Change how long words are kept: The whole community")
    await visitor.page.get_by_label("Days").fill("30")
    await expect(visitor.page.get_by_text("older than 30 days")).to_be_visible()
    return visitor


async def _holding(setting: Setting) -> Visitor:
    visitor = await _keeping(setting)
    await visitor.presses("Begin a legal hold: The whole community")
    await visitor.page.get_by_role("radio", name="a complaint").check()
    return visitor


async def _keep_as_a_member(setting: Setting) -> Visitor:
    return await setting.page(setting.lively.guests["Wren"], "/c/eyes/keep", "Only keepers and hosts see this page.")


SCREENS = (
    Screen("landing", _door("/", "A room to talk in, kept kind")),
    Screen("code", _door("/j", "Have you been given a code?")),
    Screen("code-too-short", _code_too_short),
    Screen("landing-organisation", lambda setting: _organised(setting, "/", "A room to talk in, kept kind")),
    Screen("join-vouched", _join_vouched),
    Screen("sign-in-refused", _door("/oidc/refused#not_in_group", "You can’t come in by this")),
    Screen("me-organisation", _my_organisation),
    Screen("signed-out-organisation", lambda setting: _organised(setting, "/c/eyes", "You are signed out")),
    Screen("join", _join),
    Screen("join-staff", lambda setting: _join(setting, staff=True, kind="code")),
    Screen("join-role", lambda setting: _join(setting, role="host", uses=1, ends_in_s=3600)),
    Screen("join-own-words", _join_in_its_own_words),
    Screen("join-without-a-name", _join_without_a_name),
    Screen("join-expired", _join_expired),
    Screen("join-used-up", _join_used_up),
    Screen("join-revoked", _join_revoked),
    Screen("join-unknown", _join_unknown),
    Screen("claim", _claim),
    Screen("back", _door("/back", "Come back")),
    Screen("back-wrong", _back_wrong),
    Screen("back-by-link", _door("/back/nobodymadethisone", "Come back")),
    Screen("way-back", _way_back),
    Screen("way-back-offered", _way_back_offered),
    Screen("came-back", _came_back),
    Screen("reach-confirm", _door("/reach/nobodymadethisone", "Is this your address?")),
    Screen("reach-stop", _door("/stop/nobodymadethisone", "Stop all mails?")),
    Screen("sign-in", _sign_in),
    Screen("sign-in-used", _sign_in_used),
    Screen("signed-out", _door("/c/eyes", "You are signed out")),
    Screen("nowhere", _door("/no/such/page", "There is nothing at this address.")),
    Screen("home", _home),
    Screen("home-keeper", _keepers_home),
    Screen("home-listening", _listeners_home),
    Screen("home-waiting", _waiting_home),
    Screen("home-asking", _asking_home),
    Screen("home-news", _news),
    Screen("tell-people", _tell_people),
    Screen("room-empty", _empty_room),
    Screen("room", Setting.room),
    Screen("room-closed", _closed_room),
    Screen("room-listening", _listening),
    Screen("room-gone", _gone),
    Screen("room-people", _people, (NARROW,)),
    Screen("room-more", _more_of_the_room, (NARROW,)),
    Screen("room-menu", _menu),
    Screen("room-reply", _reply),
    Screen("room-signs", _signs),
    Screen("room-mentions", _mentions),
    Screen("room-edit", _edit),
    Screen("room-remove", _remove),
    Screen("room-offline", _offline),
    Screen("room-refused", _refused),
    Screen("reading-help", _reading_help),
    Screen("room-calm", _calm),
    Screen("me", _me),
    Screen("me-of-the-team", _me_of_the_team),
    Screen("me-reach", _me_reach),
    Screen("sign-out", _sign_out),
    Screen("erase-me", _erase_me),
    Screen("leave", _leave),
    Screen("erased", _erased),
    Screen("keep-members", _keep("members", "Members")),
    Screen("keep-member", _member),
    Screen("keep-invitations", _keep("invitations", "Make an invitation")),
    Screen("keep-invitation-made", _invitation_made),
    Screen("keep-rooms", _keep("rooms", "Rooms")),
    Screen("keep-room-form", _room_form),
    Screen("keep-keeping", _keeping),
    Screen("keep-keeping-days", _keeping_days),
    Screen("keep-hold", _holding),
    Screen("keep-statement", _door_words),
    Screen("keep-audit", _audit),
    Screen("keep-health", _health),
    Screen("keep-not-yours", _keep_as_a_member),
)
