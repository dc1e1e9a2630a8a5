"""Where passkeys are required, no role has force without one, on whatever line, and none outlives the last of them."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from rooms.rights import Role, Visibility
from tests.authenticator import Authenticator
from tests.server.live import LiveHouse, live_house, new_nonce
from tests.world import until

ROOT = Path(__file__).parents[2]
# Statements that read roles for what they are, with force or without: who must not have a way back, whose session
# idles out, who is to have a passkey; and those whose people are looked at once more with the condition.
BARE = {
    "server/door/facts_sql.py": 1,  # who may be concerned by a change of a room: more is locked, nothing is shown
    "server/door/identities_sql.py": 2,  # what came by a group and is held, with force or without
    "server/door/passkeys_sql.py": 3,
    "server/door/reads_sql.py": 2,  # who waits for a role; and people to look at with their standing
    "server/door/sessions_sql.py": 1,
    "server/door/ways_back_sql.py": 1,
}


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[LiveHouse]:
    """A server that people depend on: Ada moderates, Ben is a member, and the team has a room of its own."""
    async with live_house(database_url, env="production") as house:
        await house.world.person("Ada", Role.MODERATOR)
        await house.world.person("Ben")
        await house.world.room("tea")
        await house.world.room("desk", Visibility.TEAM)
        yield house


async def test_on_the_live_line_a_role_comes_with_the_first_passkey_and_goes_with_the_last(house: LiveHouse) -> None:
    tea, desk = house.world.rooms["tea"], house.world.rooms["desk"]
    ben = await house.line("Ben")
    said = [await ben.post(tea, f"Number {number}") for number in range(3)]

    async def removed(message: dict[str, Any]) -> dict[str, Any]:
        return await ada.ask("message.remove", room=tea, message=message["message"], nonce=new_nonce())

    async with house.browser("Ada") as browser:
        token = browser.headers["cookie"].partition("=")[2]
        ada, elsewhere = await house.line("Ada", token=token), await house.line("Ada")
        assert (await ada.follow(desk))["code"] == "not_found"
        assert (await removed(said[0]))["code"] == "not_allowed"
        assert (await browser.get(f"/api/rooms/{desk}/messages")).status_code == 404

        begun = (await browser.post("/api/passkeys/begin")).json()["options"]
        device = Authenticator(house.origin)
        added = await browser.post("/api/passkeys", json={"credential": device.make(begun)})
        assert added.status_code == 200, added.text
        # The line of a session that no passkey has confirmed is closed; the other goes on, and may now what it may.
        await until(lambda: elsewhere.closed)
        assert (await ada.follow(desk))["t"] == "following"
        assert (await removed(said[1]))["t"] == "receipt"

        [passkey] = added.json()["passkeys"]
        assert (await browser.delete(f"/api/passkeys/{passkey['passkey']}")).status_code == 200
        # What was followed by right of the role ends by itself.
        await until(lambda: [item for item in ada.items if item["t"] == "ended"])
        assert (await removed(said[2]))["code"] == "not_allowed"
        assert (await ada.follow(desk))["code"] == "not_found"


def test_every_statement_that_reads_roles_asks_whether_they_have_force() -> None:
    bare: dict[str, int] = {}
    for path in sorted((ROOT / "server").rglob("*_sql.py")):
        text = path.read_text(encoding="utf-8")
        readings = len(re.findall(r"(?<!DELETE )(?:FROM|JOIN) role\b", text))
        bare[str(path.relative_to(ROOT))] = readings - text.count("{in_force(")
    assert {name: count for name, count in bare.items() if count} == BARE
