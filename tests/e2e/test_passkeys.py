"""A passkey in a real browser, whose device is played by the browser itself."""

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Opens
from tests.e2e.house import House

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

# Finds its passkeys by itself, and has its owner's finger.
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


async def test_a_moderator_adds_a_passkey_signs_out_and_comes_back_by_it_with_the_role(
    house: House, opens: Opens
) -> None:
    mo = await house.guest("Mo", role="moderator")
    # A passkey is made for a name, never for an address in numbers.
    visitor = await opens(mo, base_url=f"http://localhost:{house.port}", viewport={"width": 390, "height": 844})
    page, tools = visitor.page, await visitor.devtools()
    await tools.send("WebAuthn.enable")
    device = await tools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})

    await page.goto("/me")
    await visitor.presses("Add a passkey")
    await expect(page.get_by_text("not used yet")).to_be_visible()
    # The device knows it already, and says so.
    await visitor.presses("Add a passkey")
    await expect(page.get_by_text("This device has a passkey for you already.")).to_be_visible()
    await visitor.presses("Sign out here")
    await visitor.presses("Sign out")
    await expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()

    await page.get_by_role("link", name="Go to the start").click()
    # Nobody's finger: nothing happens, and it is said.
    await tools.send(
        "WebAuthn.setUserVerified", {"authenticatorId": device["authenticatorId"], "isUserVerified": False}
    )
    await visitor.presses("Sign in with your passkey")
    await expect(page.get_by_text("It was stopped.")).to_be_visible()
    await tools.send("WebAuthn.setUserVerified", {"authenticatorId": device["authenticatorId"], "isUserVerified": True})
    await visitor.presses("Sign in with your passkey")
    await expect(page.get_by_role("heading", name=mo.name)).to_be_visible()
    me = await page.evaluate("() => fetch('/api/me').then((answer) => answer.json())")
    assert (me["person"], me["communities"][0]["roles"]) == (mo.person, ["member", "moderator"])

    await page.goto("/me")
    await expect(page.get_by_text("last used")).to_have_count(2)
    await page.get_by_role("button", name="Remove the passkey added").click()
    await visitor.presses("Remove")
    await expect(page.get_by_text("You have none yet.")).to_be_visible()
