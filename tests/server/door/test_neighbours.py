"""Two communities on one server: whoever keeps one is nobody in the other."""

import pytest

from rooms.ids import PersonId
from server.door.founding_sql import Founded, Founding, found_community
from server.door.links_sql import make_sign_in_link
from tests.server.door.house import Browser, House

NOBODY = "0" * 26


@pytest.fixture
async def shoes(house: House, keeper: Browser) -> Founded:
    """A second community on the server of the first."""
    founding = Founding(
        slug="shoes", name="In My Shoes", purpose="To walk.", keeper_name="Ada", runs_it="A", contact="B"
    )
    return await house.hearth.database.write(lambda: found_community(founding))


async def _signed_in(house: House, person: str) -> Browser:
    path = await make_sign_in_link(house.hearth.database, house.hearth.door.chain, PersonId(person))
    browser = house.browser()
    assert (await browser.post("/api/sign-in", {"secret": path.rpartition("/")[2]})).status_code == 200
    browser.person = person
    return browser


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/communities/{eyes}", None),
        ("GET", "/api/communities/{eyes}/members", None),
        ("GET", "/api/communities/{eyes}/invitations", None),
        ("GET", "/api/communities/{eyes}/health", None),
        ("POST", "/api/communities/{eyes}/invitations", {"kind": "link", "role": "keeper"}),
        ("POST", "/api/communities/{eyes}/rooms", {"slug": "den", "title": "Den"}),
        ("PUT", "/api/communities/{eyes}/members/{ada}/role", {"role": "keeper", "held": True}),
        ("PATCH", "/api/rooms/{room}", {"visibility": "community"}),
        ("GET", "/api/rooms/{room}/messages", None),
        ("PUT", "/api/rooms/{room}/people/{ada}", {"admitted": True}),
        ("PUT", "/api/communities/shoes/members/{rosa}/role", {"role": "host", "held": True}),
        ("PUT", "/api/communities/shoes/members/{ada}/role", {"role": "host", "held": True, "room": "{room}"}),
        ("DELETE", "/api/communities/shoes/members/{rosa}", None),
        ("PUT", "/api/rooms/{own}/people/{rosa}", {"admitted": True}),
        ("POST", "/api/communities/shoes/invitations", {"kind": "link", "room": "{room}"}),
        ("DELETE", "/api/communities/shoes/invitations/{invitation}", None),
        ("GET", "/api/communities/shoes/rooms/tea", None),
    ],
)
async def test_a_keeper_next_door_finds_what_is_not_theirs_as_little_as_what_is_not_there(
    house: House, keeper: Browser, shoes: Founded, method: str, path: str, body: dict[str, object] | None
) -> None:
    rosa = await house.member(keeper, "Rosa")
    there = {
        "eyes": "eyes",
        "room": await house.room(keeper, "tea"),
        "rosa": rosa.person,
        "invitation": (await house.invite(keeper))["invitation"],
    }
    nothing = {"eyes": "nowhere", "room": NOBODY, "rosa": NOBODY, "invitation": NOBODY}
    ada = await _signed_in(house, shoes.keeper)
    answers = []
    for meant in (there, nothing):
        named = {**meant, "ada": shoes.keeper, "own": shoes.room}
        asked = {k: v.format(**named) if isinstance(v, str) else v for k, v in body.items()} if body else None
        answers.append(await ada.ask(method, path.format(**named), asked))
    foreign, unknown = answers
    assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")
    assert foreign.json() == unknown.json()
    assert dict(foreign.headers) == dict(unknown.headers)


async def test_who_is_removed_from_one_community_stays_in_the_other_with_a_new_token(
    house: House, keeper: Browser, shoes: Founded
) -> None:
    rosa = await house.member(keeper, "Rosa", role="host")
    ada = await _signed_in(house, shoes.keeper)
    invited = (await ada.post("/api/communities/shoes/invitations", {"kind": "link"})).json()
    assert (await rosa.post("/api/join", {"secret": invited["path"][6:], "name": "Rosa"})).status_code == 200
    before = rosa.token
    await keeper.delete(f"/api/communities/eyes/members/{rosa.person}")
    [left] = (await rosa.get("/api/me")).json()["communities"]
    assert left["slug"] == "shoes"
    assert rosa.token != before
