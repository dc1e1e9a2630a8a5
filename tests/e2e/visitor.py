"""Somebody at a browser: what they do on a page, and what they then see."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import BrowserContext, CDPSession, Locator, Page, Request, WebSocket, expect

from tests.e2e.house import Guest, Place

# What a page must never say, whatever happens to it.
_AGAINST_THE_POLICY = re.compile("Content.Security.Policy", re.IGNORECASE)

# The messages in the order of the page, answers behind the message they stand under.
_TALK = """() => [...document.querySelectorAll('article.msg, article.rep')].map(a => ({
  id: a.id,
  text: a.querySelector(':scope > div > .words')?.textContent ?? '',
  state: a.querySelector(':scope > div > .acts > .state')?.textContent ?? '',
}))"""


@dataclass(frozen=True, slots=True)
class Line:
    """A message as it stands on a page. Without an id it is not sent yet."""

    id: str
    text: str
    state: str


@dataclass(slots=True, eq=False)
class Visitor:
    """One page, and all that went over its wire."""

    page: Page
    guest: Guest | None = None
    trouble: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    sockets: list[WebSocket] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.trouble.append(f"an error on the page: {error}"))
        self.page.on("console", lambda said: self._note(said.text))
        # Playwright marks the methods it is given, which those of lists and of slotted classes do not let it.
        self.page.on("request", lambda request: self.requests.append(request))  # noqa: PLW0108
        self.page.on("websocket", lambda socket: self._listen(socket))  # noqa: PLW0108

    def _note(self, said: str) -> None:
        if _AGAINST_THE_POLICY.search(said):
            self.trouble.append(said)

    def _listen(self, socket: WebSocket) -> None:
        self.sockets.append(socket)
        socket.on("framereceived", lambda frame: self.heard.append(str(frame)))

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    @property
    def name(self) -> str:
        assert self.guest is not None
        return self.guest.name

    async def devtools(self) -> CDPSession:
        """The browser's own tools for this page."""
        return await self.context.new_cdp_session(self.page)

    # Going about ---------------------------------------------------------------------------------------------------

    async def enters(self, place: Place) -> "Visitor":
        """Go into a room, and wait until it is there and up to date."""
        await self.page.goto(place.path)
        await expect(self.page.get_by_role("heading", level=1, name=place.title)).to_be_visible()
        await self.is_live()
        return self

    async def is_live(self) -> None:
        """The line is there, as the quiet slot above the box says by saying nothing."""
        await expect(self.page.get_by_role("log")).to_be_visible()
        await expect(self.page.locator(".slot .trying")).to_have_text("")

    @property
    def box(self) -> Locator:
        """Where they write."""
        return self.page.locator("#say")

    async def says(self, text: str) -> None:
        """Write something and press Enter; it stands on their own page at once."""
        await self.box.fill(text)
        await self.box.press("Enter")
        await expect(self.box).to_have_value("")
        await expect(self.message(text)).to_be_visible()

    async def presses(self, name: str, *, within: Locator | None = None) -> None:
        """Press a button."""
        await (within or self.page).get_by_role("button", name=name, exact=True).click()

    # Seeing --------------------------------------------------------------------------------------------------------

    def message(self, text: str) -> Locator:
        """The message that says just this."""
        return self.page.locator(f"article:has(> div > .words:text-is({json.dumps(text, ensure_ascii=False)}))")

    async def sees(self, *texts: str) -> None:
        """Wait until each of these stands there once."""
        for text in texts:
            await expect(self.message(text)).to_have_count(1)

    async def sees_sent(self, text: str) -> None:
        """Wait until a message of theirs is stored."""
        await expect(self.message(text).locator("> div > .acts > .state")).to_have_text("Sent")

    async def talk(self) -> list[Line]:
        """All messages on the page, in its order."""
        return [Line(**line) for line in await self.page.evaluate(_TALK)]

    async def opens_menu(self, text: str) -> Locator:
        """Open the "…" of a message; the sheet that it opens."""
        await self.message(text).locator("button[aria-label^='More for']").first.click()
        return self.page.locator(".popup.menu")

    async def chooses(self, text: str, deed: str) -> None:
        """Do something by the "…" of a message."""
        await self.presses(deed, within=await self.opens_menu(text))

    async def reacts(self, text: str, sign: str) -> None:
        """Add a sign to a message by the button with the list."""
        await self.message(text).locator("> div > .acts > button[aria-label^='Add a reaction']").click()
        await self.presses(sign, within=self.page.locator(".popup.signs"))

    def count(self, text: str, label: str) -> Locator:
        """A sign under a message, by what a screen reader says of it: "Heart, 2, you too"."""
        return self.message(text).get_by_role("button", name=label, exact=True)

    @property
    def status(self) -> Locator:
        """The slot above the box: the line first, else who is writing."""
        return self.page.locator(".slot")

    async def stored(self) -> dict[str, Any]:
        """All that this browser keeps for the page."""
        found: dict[str, Any] = await self.page.evaluate(
            "() => ({...Object.fromEntries(Object.entries(localStorage)),"
            " ...Object.fromEntries(Object.entries(sessionStorage))})"
        )
        return found

    async def is_focused(self, at: Locator) -> None:
        """The keyboard is here."""
        await expect(at).to_be_focused()
