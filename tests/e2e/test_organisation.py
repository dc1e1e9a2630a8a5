"""The sign-in of an organisation in a browser: in as a new colleague, a host by their group, and a host no more."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.e2e.conftest import visit
from tests.e2e.house import House
from tests.e2e.visitor import Visitor
from tests.server.provider import CLIENT, SECRET, Provider, Worker, new_key, running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def organised(pages: None, tmp_path: Path) -> AsyncIterator[tuple[House, Provider]]:
    """A house of people whom an organisation signs in."""
    with running(new_key()) as provider:
        house = House(
            tmp_path / "organised",
            HEARTH_OIDC_ISSUER=provider.address,
            HEARTH_OIDC_CLIENT_ID=CLIENT,
            HEARTH_OIDC_CLIENT_SECRET=SECRET,
            HEARTH_OIDC_NAME="St Brannock’s",
            HEARTH_OIDC_ROLES="ward=member,ward-hosts=host",
        )
        yield await house.open(), provider
        await house.close()


async def signs_in(visitor: Visitor, who: str) -> None:
    """From the start page, by the organisation's own page."""
    await visitor.page.goto("/")
    await visitor.page.get_by_role("link", name="Sign in with St Brannock’s").click()
    await visitor.presses(who)


async def test_a_colleague_is_a_host_as_long_as_their_group_says_so(
    browser: Browser, organised: tuple[House, Provider]
) -> None:
    house, provider = organised
    provider.workers = {
        "Hana": Worker("staff-1", ["ward-hosts"], "Hana"),
        "Otto": Worker("staff-2", ["canteen"], "Otto"),
    }
    # Where the provider sends people back to, which is the server's own address.
    how: dict[str, Any] = {"base_url": f"http://localhost:{house.port}", "viewport": {"width": 390, "height": 844}}
    hana = await visit(browser, house, **how)
    await signs_in(hana, "Hana")
    await expect(hana.page.get_by_text("You come in as a host.")).to_be_visible()
    await expect(hana.page.get_by_label("What shall we call you?")).to_have_value("Hana")
    await hana.presses("Join in")
    await expect(hana.page.get_by_role("heading", name="Hana")).to_be_visible()
    await hana.page.goto("/me")
    await expect(hana.page.get_by_text("You can come in here on any device")).to_be_visible()
    await hana.page.goto("/c/eyes/keep")
    await expect(hana.page.get_by_role("heading", name="Rooms")).to_be_visible()

    provider.workers["Hana"].groups = ["ward"]
    tablet = await visit(browser, house, **how)
    await signs_in(tablet, "Hana")
    await expect(tablet.page.get_by_role("heading", name="Hana")).to_be_visible()
    await tablet.page.goto("/c/eyes/keep")
    await expect(tablet.page.get_by_text("Only keepers and hosts see this page.")).to_be_visible()
    # Also where she was signed in as a host, and the page stood open.
    await expect(hana.page.get_by_text("Only keepers and hosts see this page.")).to_be_visible()

    stranger = await visit(browser, house, **how)
    await signs_in(stranger, "Otto")
    await expect(stranger.page.get_by_text("no group you are in there comes in here")).to_be_visible()
    written = "\n".join(house.log)
    assert "organisation.signed_in" in written
    assert not [one for one in ("code=", "state=", "staff-1", "Hana") if one in written]
    for visitor in (hana, tablet, stranger):
        assert visitor.trouble == []
        await visitor.context.close()
