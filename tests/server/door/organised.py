"""People whom an organisation signs in: there and back, and what they find."""

from typing import Any

import httpx2

from tests.server.door.house import Browser, House
from tests.server.provider import Provider
from tests.world import new_nonce

HOST, WARD, MODS, KEEPERS = "ward-hosts", "ward", "ward-mods", "ward-keepers"


async def off(browser: Browser, where: str = "/oidc/start") -> httpx2.Response:
    """What the provider says to a browser that was sent there."""
    sent = await browser.get(where)
    assert sent.status_code == 303, sent.text
    async with httpx2.AsyncClient(verify=False, trust_env=False) as other:
        return await other.get(sent.headers["location"])


async def there_and_back(browser: Browser, where: str = "/oidc/start") -> str:
    """Where somebody ends who signs in at the organisation."""
    back = (await off(browser, where)).headers["location"]
    return await came_back(browser, back)


async def came_back(browser: Browser, address: str) -> str:
    answer = await browser.get(address.removeprefix(browser.origin))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def joins(browser: Browser, name: str, **how: object) -> httpx2.Response:
    return await browser.post("/api/vouched/join", {"nonce": new_nonce(), "name": name, **how})


async def new_colleague(house: House, provider: Provider, name: str, *groups: str) -> Browser:
    """Somebody with these groups who has signed in at the organisation and joined."""
    browser = house.browser()
    provider.knows(name, *groups)
    assert await there_and_back(browser) == "/oidc/join"
    answer = await joins(browser, name)
    assert answer.status_code == 200, answer.text
    browser.person = answer.json()["person"]
    return browser


async def me(browser: Browser) -> dict[str, Any]:
    mine: dict[str, Any] = (await browser.get("/api/me")).json()
    return mine


async def roles(browser: Browser) -> list[str]:
    return list((await me(browser))["communities"][0]["roles"])


async def made(house: House) -> list[int]:
    """How many people, identities and sessions there are."""
    return [(await house.rows(f"SELECT COUNT(*) FROM {table}"))[0][0] for table in ("person", "identity", "session")]  # noqa: S608
