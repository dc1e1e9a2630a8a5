"""An organisation's own sign-in: in as somebody new and again, roles that follow the groups, and all that lies."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
import structlog
from joserfc.jwk import ECKey, RSAKey

from community.commands import ConnectIdentity, Join, SignInVouched
from server.doctor import examine, look_at_organisation
from server.door import provider_authlib
from server.door.limits import LIMITS, Limit
from server.wire import Ask
from tests.server import provider as lying
from tests.server.door.house import Browser, House, house_on
from tests.server.provider import Provider, new_key, running
from tests.world import new_nonce

HOST, WARD, MODS, KEEPERS = "ward-hosts", "ward", "ward-mods", "ward-keepers"


@pytest.fixture(scope="module")
def rsa() -> RSAKey:
    return new_key()


@pytest.fixture(scope="module")
def answering(rsa: RSAKey) -> Iterator[Provider]:
    with running(rsa) as provider:
        yield provider


@pytest.fixture
def provider(answering: Provider) -> Provider:
    """The provider, honest to begin with."""
    answering.behave()
    answering.workers.clear()
    answering.asked.clear()
    return answering


@pytest.fixture
async def house(database_url: str, provider: Provider) -> AsyncIterator[House]:
    async with house_on(database_url, **provider.settings()) as house:
        yield house


@pytest.fixture
async def small(sqlite_template: bytes, tmp_path: Path, provider: Provider) -> AsyncIterator[House]:
    """A house on SQLite alone, for what has nothing to do with the database."""
    path = tmp_path / "hearth.db"
    path.write_bytes(sqlite_template)
    async with house_on(f"sqlite:///{path}", **provider.settings()) as house:
        await house.keeper()
        yield house


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


# Coming in --------------------------------------------------------------------------------------------------------


async def test_somebody_new_is_asked_for_a_name_joins_and_has_the_role_of_their_group(
    house: House, keeper: Browser, provider: Provider
) -> None:
    hana = house.browser()
    assert (await me(hana))["organisation"] == "St Brannock’s"
    provider.knows("Hana", HOST, "canteen")
    assert await there_and_back(hana) == "/oidc/join"
    look = (await hana.get("/api/vouched")).json()
    assert (look["community"]["slug"], look["organisation"]) == ("eyes", "St Brannock’s")
    assert (look["name"], look["roles"], look["shared"]) == ("Hana", ["host"], False)
    answer = await joins(hana, "Hana B.", standing="volunteer")
    assert answer.json() | {"person": ""} == {"community_slug": "eyes", "room_slug": None, "person": ""}
    mine = await me(hana)
    assert (mine["person"], mine["connected"]) == (answer.json()["person"], True)
    [place] = mine["communities"]
    assert (place["shown_name"], place["roles"], place["standing"]) == ("Hana B.", ["host", "member"], "volunteer")
    # It counts at once: a host opens rooms.
    assert await house.room(hana, "ward-three")
    # What the ticket was good for it was good for once.
    assert (await joins(hana, "Hanna")).status_code in {409, 410}
    told = await house.events(f"community:{await house.community()}")
    assert [body for body in told if '"role.given"' in body and mine["person"] in body]


async def test_a_colleague_comes_in_again_on_any_device_as_themselves(
    house: House, keeper: Browser, provider: Provider
) -> None:
    hana = await new_colleague(house, provider, "Hana", WARD)
    tablet = house.browser()
    provider.who = "Hana"
    assert await there_and_back(tablet, "/oidc/start?shared=1&to=/c/eyes/r/tea-table") == "/c/eyes/r/tea-table"
    mine = await me(tablet)
    assert (mine["person"], mine["shared_idle_s"]) == (hana.person, 900)
    assert (await me(hana))["person"] == hana.person
    assert [row[0] for row in await house.rows("SELECT COUNT(*) FROM member")] == [2]


async def test_of_the_provider_s_words_nothing_is_kept(house: House, keeper: Browser, provider: Provider) -> None:
    await new_colleague(house, provider, "Hana", WARD)
    [(hashed, person, _, _)] = await house.rows("SELECT * FROM identity")
    assert "hana" not in f"{hashed}{person}".lower()
    assert len(hashed) == 64


async def test_nobody_is_sent_on_to_another_place_than_ours(small: House, provider: Provider) -> None:
    hana = await new_colleague(small, provider, "Hana", WARD)
    for onward in ("https://elsewhere.example", "//elsewhere.example", "/c/eyes/../../x", "/c/eyes\n", "/c/eyes?x=1"):
        address = str(httpx2.URL("/oidc/start", params={"to": onward}))
        assert await there_and_back(hana, address) == "/c/eyes", onward


async def test_who_has_left_joins_again_as_the_same_person_and_who_was_taken_out_does_not(
    house: House, keeper: Browser, provider: Provider
) -> None:
    hana = await new_colleague(house, provider, "Hana", HOST)
    assert (await hana.post("/api/communities/eyes/leave")).status_code == 200
    again = house.browser()
    assert await there_and_back(again) == "/oidc/join"
    assert (await joins(again, "Hana")).json()["person"] == hana.person
    assert await roles(again) == ["host", "member"]
    assert (await keeper.delete(f"/api/communities/eyes/members/{hana.person}")).status_code == 200
    back = house.browser()
    assert await there_and_back(back) == "/oidc/refused#removed_here"
    assert (await me(back))["person"] is None


async def test_a_ticket_does_not_outlast_a_removal(house: House, keeper: Browser, provider: Provider) -> None:
    hana = await new_colleague(house, provider, "Hana", WARD)
    await hana.post("/api/communities/eyes/leave")
    waiting = house.browser()
    assert await there_and_back(waiting) == "/oidc/join"
    await house.change("UPDATE member SET removed_ms = 1 WHERE person = ?", hana.person)
    answer = await joins(waiting, "Hana")
    assert (answer.status_code, answer.json()["code"]) == (403, "removed_here")


async def test_two_windows_that_join_at_once_are_one_person(house: House, keeper: Browser, provider: Provider) -> None:
    one, two = house.browser(), house.browser()
    provider.knows("Hana", WARD)
    assert await there_and_back(one) == await there_and_back(two) == "/oidc/join"
    nonce = new_nonce()
    first = await joins(one, "Hana", nonce=nonce)
    assert first.status_code == 200
    other = await joins(two, "Hanna")
    assert (other.status_code, other.json()["code"]) == (410, "sign_in_again")
    # The same request, sent again because its answer was lost, is the same person's.
    same = await joins(two, "Hana", nonce=nonce)
    assert same.json() == first.json()


async def test_names_have_the_rules_that_they_have_at_every_door(small: House, provider: Provider) -> None:
    browser = small.browser()
    provider.knows("Kirsten", WARD)
    assert await there_and_back(browser) == "/oidc/join"
    codes = [(await joins(browser, name)).json()["code"] for name in ("Kirsten", "Moderator", "Hana Bright")]
    assert codes == ["name_taken", "name_reserved", "name_looks_full"]
    assert (await joins(browser, "Hana", standing="staff")).json()["code"] == "standing_unknown"


async def test_who_is_in_no_group_that_comes_in_stays_out(small: House, provider: Provider) -> None:
    before = await made(small)
    provider.knows("Hana", "canteen")
    assert await there_and_back(small.browser()) == "/oidc/refused#not_in_group"
    assert await made(small) == before


async def test_a_star_lets_in_everybody_of_the_organisation(
    sqlite_template: bytes, tmp_path: Path, provider: Provider
) -> None:
    path = tmp_path / "hearth.db"
    path.write_bytes(sqlite_template)
    settings = provider.settings(oidc_roles="*=member", oidc_community="eyes")
    async with house_on(f"sqlite:///{path}", **settings) as house:
        # Nobody has claimed the server: there is no community yet to come in to.
        assert (await me(house.browser()))["organisation"] is None
        provider.knows("Hana")
        assert await there_and_back(house.browser()) == "/oidc/refused#not_found"
        await house.keeper()
        hana = await new_colleague(house, provider, "Hana")
        assert await roles(hana) == ["member"]


async def test_no_client_can_vouch_for_anybody(small: House) -> None:
    said = {"secret": "x" * 32, "name": "Mallory", "vouched": {"identity": "x", "roles": ["keeper"]}}
    assert (await small.browser().post("/api/join", said)).json()["code"] == "malformed"
    for command in (Join, SignInVouched, ConnectIdentity):
        asked = {"ref": 1, "do": {"t": command.__struct_config__.tag, "community": "x", "person": "y"}}
        with pytest.raises(msgspec.ValidationError, match="Invalid value"):
            msgspec.json.decode(msgspec.json.encode(asked), type=Ask)


# Roles ------------------------------------------------------------------------------------------------------------


async def test_roles_follow_the_groups_and_what_a_keeper_gave_stays(
    house: House, keeper: Browser, provider: Provider
) -> None:
    hana = await new_colleague(house, provider, "Hana", HOST, MODS)
    assert await roles(hana) == ["host", "member", "moderator"]
    room = await house.room(keeper, "backstage-room", "team")
    assert (await hana.get(f"/api/rooms/{room}/messages")).status_code == 200
    provider.workers["Hana"].groups = [WARD]
    assert await there_and_back(hana) == "/c/eyes"
    assert await roles(hana) == ["member"]
    # What was the team's is closed at once, and every node is told so by the stream itself.
    assert (await hana.get(f"/api/rooms/{room}/messages")).status_code == 404
    assert (f"room:{room}", hana.person) in await house.narrowings()
    assert (await house.decide(keeper, hana, role="moderator", answers=False)).status_code == 200
    await there_and_back(hana)
    assert await roles(hana) == ["member", "moderator"]


async def test_what_a_keeper_has_taken_is_not_given_again_until_the_group_comes_anew(
    house: House, keeper: Browser, provider: Provider
) -> None:
    hana = await new_colleague(house, provider, "Hana", HOST)
    assert (await house.decide(keeper, hana, role="host", held=False, answers=False)).status_code == 200
    await there_and_back(hana)
    assert await roles(hana) == ["member"]
    for groups, expected in (([WARD], ["member"]), ([HOST], ["host", "member"])):
        provider.workers["Hana"].groups = groups
        await there_and_back(hana)
        assert await roles(hana) == expected


async def test_the_last_keeper_stays_one_until_there_is_another(
    house: House, keeper: Browser, provider: Provider
) -> None:
    hana = await new_colleague(house, provider, "Hana", KEEPERS)
    assert (await house.decide(hana, keeper, role="keeper", held=False, answers=False)).status_code == 200
    provider.workers["Hana"].groups = [WARD]
    with structlog.testing.capture_logs() as logs:
        await there_and_back(hana)
    assert await roles(hana) == ["keeper", "member"]
    [line] = [one for one in logs if one["event"] == "organisation.last_keeper_kept"]
    assert line["person"] == hana.person
    assert (await house.decide(hana, keeper, role="keeper", answers=False)).status_code == 200
    await there_and_back(hana)
    assert await roles(hana) == ["member"]


async def test_who_is_in_no_group_any_more_does_not_come_in_and_has_no_role_left(
    house: House, keeper: Browser, provider: Provider
) -> None:
    hana = await new_colleague(house, provider, "Hana", HOST)
    provider.workers["Hana"].groups = []
    tablet = house.browser()
    assert await there_and_back(tablet) == "/oidc/refused#not_in_group"
    assert (await me(tablet))["person"] is None
    assert await roles(hana) == ["member"]


# A member's own ---------------------------------------------------------------------------------------------------


async def connects(browser: Browser) -> str:
    answer = await browser.post("/api/me/identity")
    assert answer.status_code == 200, answer.text
    async with httpx2.AsyncClient(verify=False, trust_env=False) as other:
        sent = await other.get(answer.json()["address"])
    return await came_back(browser, sent.headers["location"])


async def test_a_member_connects_theirs_and_disconnects_it(house: House, keeper: Browser, provider: Provider) -> None:
    rosa = await house.member(keeper, "Rosa")
    provider.knows("Rosa", HOST)
    # Signed in here, and not connected: nobody becomes two people unawares.
    assert await there_and_back(rosa) == "/oidc/refused#connect_first"
    assert await connects(rosa) == "/me"
    assert ((await me(rosa))["connected"], await roles(rosa)) == (True, ["host", "member"])
    phone = house.browser()
    assert await there_and_back(phone) == "/c/eyes"
    assert (await me(phone))["person"] == rosa.person

    ben = await house.member(keeper, "Ben")
    assert await connects(ben) == "/oidc/refused#identity_taken"
    provider.knows("Rosa’s other self", WARD)
    assert await connects(rosa) == "/oidc/refused#identity_other"

    assert (await rosa.delete("/api/me/identity")).status_code == 200
    assert ((await me(rosa))["connected"], await roles(rosa)) == (False, ["member"])
    provider.who = "Rosa"
    assert await there_and_back(house.browser()) == "/oidc/join"


async def test_only_who_began_to_connect_is_connected(house: House, keeper: Browser, provider: Provider) -> None:
    rosa, ben = await house.member(keeper, "Rosa"), await house.member(keeper, "Ben")
    provider.knows("Rosa", WARD)
    began = await rosa.post("/api/me/identity")
    ben.http.cookies.update(
        {cookie.name: cookie.value or "" for cookie in rosa.http.cookies.jar if "begun" in cookie.name}
    )
    async with httpx2.AsyncClient(verify=False, trust_env=False) as other:
        sent = await other.get(began.json()["address"])
    assert await came_back(ben, sent.headers["location"]) == "/oidc/refused#signed_out"
    assert (await house.rows("SELECT COUNT(*) FROM identity")) == [(0,)]


async def test_two_people_after_each_other_on_one_browser(house: House, keeper: Browser, provider: Provider) -> None:
    hana = await new_colleague(house, provider, "Hana", WARD)
    ines = await new_colleague(house, provider, "Ines", WARD)
    before, provider.who = hana.token, "Ines"
    assert await there_and_back(hana) == "/c/eyes"
    assert (await me(hana))["person"] == ines.person
    other = house.browser()
    assert (await other.get("/api/me", authorization=f"Bearer {before}")).json()["person"] is None


# The way there and back -------------------------------------------------------------------------------------------


async def test_a_sign_in_comes_back_once_and_only_to_the_browser_that_began_it(
    small: House, provider: Provider
) -> None:
    provider.knows("Hana", WARD)
    browser, stranger = small.browser(), small.browser()
    back = (await off(browser)).headers["location"]
    assert await came_back(stranger, back) == "/oidc/refused#sign_in_again"
    kept = dict(browser.http.cookies)
    assert await came_back(browser, back) == "/oidc/join"
    browser.http.cookies.update(kept)
    assert await came_back(browser, back) == "/oidc/refused#sign_in_again"
    # Another state than the browser's own.
    await off(browser)
    assert await came_back(browser, back) == "/oidc/refused#sign_in_again"


async def test_what_the_browser_keeps_can_be_neither_read_nor_changed_nor_kept_for_long(
    small: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.knows("Hana", WARD)
    browser = small.browser()
    sent = await browser.get("/oidc/start")
    cookie = sent.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Max-Age=600"} <= set(cookie.split("; "))
    name, _, value = cookie.partition(";")[0].partition("=")
    async with httpx2.AsyncClient(verify=False, trust_env=False) as other:
        back = (await other.get(sent.headers["location"])).headers["location"]
    other_browser = small.browser()

    async def shown(cookie_value: str) -> str:
        answer = await other_browser.get(back.removeprefix(browser.origin), cookie=f"{name}={cookie_value}")
        return str(answer.headers["location"])

    for wrong in (value[:-2] + "AA", "x", value[: len(value) // 2], ""):
        assert await shown(wrong) == "/oidc/refused#sign_in_again"
    with monkeypatch.context() as later:
        later.setattr("server.door.sealed.wall_ms", lambda: 10**15)
        assert await shown(value) == "/oidc/refused#sign_in_again"
    assert await shown(value) == "/oidc/join"


async def test_who_was_not_signed_in_there_is_told_so(small: House, provider: Provider) -> None:
    provider.who = "nobody"
    assert await there_and_back(small.browser()) == "/oidc/refused#provider_refused"


async def test_failures_are_counted_by_address(small: House, provider: Provider) -> None:
    guesser = small.browser(address="203.0.113.9")
    for _ in range(LIMITS[Limit.WRONG_TRY].amount):
        assert await came_back(guesser, "/oidc/back?state=x&code=y") == "/oidc/refused#sign_in_again"
    assert await came_back(guesser, "/oidc/back?state=x&code=y") == "/oidc/refused#too_fast"
    provider.knows("Hana", WARD)
    assert await there_and_back(small.browser()) == "/oidc/join"


async def test_nothing_of_a_sign_in_is_logged(small: House, provider: Provider) -> None:
    with structlog.testing.capture_logs() as logs:
        hana = await new_colleague(small, provider, "Hana", WARD)
        browser = small.browser()
        back = (await off(browser)).headers["location"]
        await came_back(browser, back)
        provider.lie = lambda claims: {**claims, "nonce": "another"}
        await there_and_back(small.browser())
    written = repr(logs)
    assert [one["event"] for one in logs if one["event"] != "job.done"] == [
        "organisation.signed_in",
        "organisation.refused",
    ]
    assert hana.person in written
    for secret in (back.partition("?")[2], "staff-hana", WARD, *re.findall(r"(?:code|state)=([^&]+)", back)):
        assert secret not in written


async def test_without_an_organisation_there_is_no_such_page(database_url: str) -> None:
    async with house_on(database_url) as house:
        browser = house.browser()
        assert (await browser.get("/oidc/start", accept="text/html")).status_code in {404, 503}
        assert (await browser.get("/api/vouched")).json()["code"] == "not_found"
        assert (await joins(browser, "Hana")).json()["code"] == "not_found"
        assert (await me(browser))["organisation"] is None


# A provider that lies ---------------------------------------------------------------------------------------------

LIES: dict[str, lying.Lie] = {
    "another sign-in's nonce": lambda claims: {**claims, "nonce": "x"},
    "no nonce": lambda claims: {key: claims[key] for key in claims if key != "nonce"},
    "for another server": lambda claims: {**claims, "aud": "somebody-else"},
    "for two and given to nobody": lambda claims: {**claims, "aud": ["hearth", "somebody-else"]},
    "given to another server": lambda claims: {**claims, "azp": "somebody-else"},
    "run out": lambda claims: {**claims, "exp": claims["iat"] - 120},
    "without an end": lambda claims: {key: claims[key] for key in claims if key != "exp"},
    "from the future": lambda claims: {**claims, "iat": claims["iat"] + 600},
    "not to be used yet": lambda claims: {**claims, "nbf": claims["iat"] + 600},
    "another issuer's": lambda claims: {**claims, "iss": "https://elsewhere.example"},
    "about nobody": lambda claims: {**claims, "sub": ""},
    "about a number": lambda claims: {**claims, "sub": 7},
    "two names in one": lambda claims: {**claims, "sub": "a\nb"},
}
SIGNS: dict[str, lying.Sign] = {
    "by nobody": lying.unsigned,
    "with the public key": lying.signed_with_the_public_key,
    "and changed afterwards": lying.changed_afterwards,
    "not at all": lambda _provider, _claims: "no.token.this",
}


async def refused_with_nothing_made(house: House, code: str, what: str = "") -> None:
    before = await made(house)
    browser = house.browser()
    assert await there_and_back(browser) == f"/oidc/refused#{code}", what
    assert await made(house) == before, what
    assert (await me(browser))["person"] is None, what
    assert (await browser.get("/api/vouched")).json()["code"] == "sign_in_again", what


async def test_a_token_that_says_something_wrong_lets_nobody_in(small: House, provider: Provider) -> None:
    provider.knows("Hana", WARD)
    for what, provider.lie in LIES.items():
        await refused_with_nothing_made(small, "provider_wrong", what)
    provider.behave()
    assert await there_and_back(small.browser()) == "/oidc/join"


async def test_a_token_that_is_signed_wrongly_lets_nobody_in(small: House, provider: Provider) -> None:
    provider.knows("Hana", WARD)
    for what, provider.sign in SIGNS.items():
        await refused_with_nothing_made(small, "provider_wrong", what)
    provider.behave()
    assert await there_and_back(small.browser()) == "/oidc/join"


async def test_a_token_by_a_key_that_is_not_published_lets_nobody_in(small: House, provider: Provider) -> None:
    provider.knows("Hana", WARD)
    provider.signs_with = new_key()
    await refused_with_nothing_made(small, "provider_wrong")


async def test_a_new_key_of_the_provider_is_looked_for_when_it_is_met(
    small: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    await new_colleague(small, provider, "Hana", WARD)
    provider.rotate(ECKey.generate_key("P-256", {"kid": "ec"}))
    # A moment after the last look it is not looked for again.
    await refused_with_nothing_made(small, "provider_wrong")
    monkeypatch.setattr(provider_authlib, "KEYS_AGAIN_MS", -1)
    asked = provider.asked.count("/keys")
    assert await there_and_back(small.browser()) == "/c/eyes"
    assert await there_and_back(small.browser()) == "/c/eyes"
    # Known now, it is not asked for again.
    assert provider.asked.count("/keys") == asked + 1
    assert provider.asked.count("/.well-known/openid-configuration") == 1


ANSWERS = {
    "fails": (lying.failing, "provider_away"),
    "is huge": (lying.huge, "provider_wrong"),
    "is packed": (lying.packed, "provider_wrong"),
    "is a page": (lying.no_json, "provider_wrong"),
    "is a list": (lying.a_list, "provider_wrong"),
}


async def test_an_answer_that_is_none_lets_nobody_in(small: House, provider: Provider) -> None:
    provider.knows("Hana", WARD)
    for path in ("/token", "/keys"):
        for what, (answer, code) in ANSWERS.items():
            provider.answers = {path: answer}
            await refused_with_nothing_made(small, code, f"{path} {what}")


@pytest.mark.parametrize(
    ("where", "path"),
    [("start", "/.well-known/openid-configuration"), ("back", "/token")],
)
async def test_a_provider_that_does_not_answer_is_waited_for_no_longer_than_a_page_may_take(
    small: House, provider: Provider, monkeypatch: pytest.MonkeyPatch, where: str, path: str
) -> None:
    monkeypatch.setattr(provider_authlib, "DEADLINE_S", 0.3)
    provider.knows("Hana", WARD)
    provider.slow.add(path)
    browser = small.browser()
    if where == "start":
        assert (await browser.get("/oidc/start")).headers["location"] == "/oidc/refused#provider_away"
        # As soon as it answers again, so do we.
        provider.slow.clear()
        assert await there_and_back(browser) == "/oidc/join"
    else:
        await refused_with_nothing_made(small, "provider_away")


DESCRIPTIONS: dict[str, lying.Lie] = {
    "another's": lambda told: {**told, "issuer": "https://elsewhere.example"},
    "half of one": lambda told: {"issuer": told["issuer"]},
    "of a place that is no web page": lambda told: {**told, "token_endpoint": "file:///etc/passwd"},
}


async def test_a_description_that_is_not_the_provider_s_own_is_not_followed(small: House, provider: Provider) -> None:
    for what, provider.describes in DESCRIPTIONS.items():
        answer = await small.browser().get("/oidc/start")
        assert answer.headers["location"] == "/oidc/refused#provider_wrong", what


async def test_the_doctor_says_whether_people_can_come_in_by_it(
    sqlite_template: bytes, tmp_path: Path, provider: Provider
) -> None:
    path = tmp_path / "hearth.db"
    path.write_bytes(sqlite_template)
    async with house_on(f"sqlite:///{path}", **provider.settings()) as house:
        settings, database = house.hearth.settings, house.hearth.database

        async def says() -> tuple[bool, str]:
            check = await look_at_organisation(settings, database)
            assert check.ok or check.do
            return check.ok, check.says

        assert await says() == (False, "It is not known to which community its people come in.")
        await house.keeper()
        assert await says() == (True, "Its provider answers, and signs people in to eyes.")
        assert "organisation" in {check.name for check in await examine(settings, database, deep=True)}
        provider.describes = lambda told: {**told, "issuer": "https://elsewhere.example"}
        assert await says() == (False, "Its provider does not describe itself as it should.")
        provider.answers["/.well-known/openid-configuration"] = lying.failing
        assert await says() == (False, "Its provider does not answer.")


async def test_groups_may_come_by_the_user_information_if_it_is_theirs(small: House, provider: Provider) -> None:
    provider.groups_in_userinfo = True
    hana = await new_colleague(small, provider, "Hana", HOST)
    assert await roles(hana) == ["host", "member"]
    provider.userinfo_of = "staff-ruth"
    await refused_with_nothing_made(small, "provider_wrong")


async def test_a_wrong_client_secret_is_said_to_the_operator(
    sqlite_template: bytes, tmp_path: Path, provider: Provider
) -> None:
    path = tmp_path / "hearth.db"
    path.write_bytes(sqlite_template)
    async with house_on(f"sqlite:///{path}", **provider.settings(oidc_client_secret="another")) as house:
        provider.knows("Hana", WARD)
        with structlog.testing.capture_logs() as logs:
            assert await there_and_back(house.browser()) == "/oidc/refused#provider_refused"
    assert [one["reason"] for one in logs if one["event"] == "organisation.refused"] == ["it said invalid_client"]
