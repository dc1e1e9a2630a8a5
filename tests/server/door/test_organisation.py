"""An organisation's own sign-in: in as somebody new and again, and roles that follow the groups."""

import asyncio
import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx2
import msgspec
import pytest
import structlog

from community.commands import ConnectIdentity, Join, SignInVouched
from server.door.limits import LIMITS, Limit
from server.wire import Ask
from tests.server.door.house import Browser, House, house_on
from tests.server.door.organised import (
    HOST,
    KEEPERS,
    MODS,
    WARD,
    came_back,
    joins,
    made,
    me,
    new_colleague,
    off,
    roles,
    there_and_back,
)
from tests.server.provider import Provider
from tests.world import new_nonce


@pytest.fixture
async def house(database_url: str, provider: Provider) -> AsyncIterator[House]:
    async with house_on(database_url, **provider.settings()) as house:
        yield house


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
    [(hashed, person, *_)] = await house.rows("SELECT * FROM identity")
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


async def test_one_sign_in_ten_times_at_once_lets_one_in_and_makes_one_person(
    house: House, keeper: Browser, provider: Provider
) -> None:
    provider.knows("Hana", WARD)
    hana = house.browser()
    back = (await off(hana)).headers["location"]
    kept = {cookie.name: cookie.value or "" for cookie in hana.http.cookies.jar}
    windows = [house.browser() for _ in range(10)]
    for window in windows:
        window.http.cookies.update(kept)
    ends = await asyncio.gather(*(came_back(window, back) for window in windows))
    assert sorted(ends) == ["/oidc/join"] + ["/oidc/refused#sign_in_again"] * 9
    ticket = dict(windows[ends.index("/oidc/join")].http.cookies)
    for window in windows:
        window.http.cookies.update(ticket)
    answers = await asyncio.gather(*(joins(window, f"Hana {at}") for at, window in enumerate(windows)))
    assert sorted(answer.status_code for answer in answers) == [200] + [410] * 9
    assert (await made(house))[:2] == [2, 1]


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


async def test_a_star_lets_in_everybody_of_the_organisation(sqlite_url: str, provider: Provider) -> None:
    settings = provider.settings(oidc_roles="*=member", oidc_community="eyes")
    async with house_on(sqlite_url, **settings) as house:
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
    # What came and went by a group is written down, and that nobody here did it.
    lines = (await keeper.get("/api/communities/eyes/audit?what=roles.set")).json()["lines"]
    said = [(line["by"], line["details"]["role"], line["details"]["held"]) for line in lines]
    assert sorted(said[:2]) == [(None, "host", False), (None, "moderator", False)]
    assert sorted(said[2:4]) == [(None, "host", True), (None, "moderator", True)]
    assert all(line["details"]["organisation"] for line in lines)
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


async def test_what_a_keeper_has_taken_does_not_come_again_by_going_and_coming(
    house: House, keeper: Browser, provider: Provider
) -> None:
    hana = await new_colleague(house, provider, "Hana", MODS)
    assert (await house.decide(keeper, hana, role="moderator", held=False, answers=False)).status_code == 200
    assert (await hana.delete("/api/me/identity")).status_code == 200
    assert await connects(hana) == "/me"
    assert await roles(hana) == ["member"]
    await hana.post("/api/communities/eyes/leave")
    again = house.browser()
    assert await there_and_back(again) == "/oidc/join"
    assert (await joins(again, "Hana")).status_code == 200
    assert await roles(again) == ["member"]


async def test_whoever_was_taken_out_stays_out_also_when_they_had_disconnected_it(
    house: House, keeper: Browser, provider: Provider
) -> None:
    hana = await new_colleague(house, provider, "Hana", HOST)
    assert (await hana.delete("/api/me/identity")).status_code == 200
    # On the way already when it happens.
    waiting = house.browser()
    assert await there_and_back(waiting) == "/oidc/join"
    assert (await keeper.delete(f"/api/communities/eyes/members/{hana.person}")).status_code == 200
    assert await there_and_back(house.browser()) == "/oidc/refused#removed_here"
    assert (await joins(waiting, "Hanna")).json()["code"] == "removed_here"


async def test_on_a_shared_device_nobody_connects_and_everybody_is_asked_who_they_are(
    house: House, keeper: Browser, provider: Provider
) -> None:
    tablet = await house.joined((await house.invite(keeper))["secret"], "Rosa", shared=True)
    assert (await tablet.post("/api/me/identity")).json()["code"] == "shared_device"
    provider.knows("Hana", HOST)
    ward = house.browser()
    sent = (await ward.get("/oidc/start?shared=1")).headers["location"]
    assert {"prompt=login", "max_age=0"} <= set(urlsplit(sent).query.split("&"))
    assert await there_and_back(ward, "/oidc/start?shared=1") == "/oidc/join"
    # A provider that goes by what it remembers is not believed.
    provider.lie = lambda claims: {name: value for name, value in claims.items() if name != "auth_time"}
    assert await there_and_back(house.browser(), "/oidc/start?shared=1") == "/oidc/refused#provider_wrong"
    provider.lie = lambda claims: {**claims, "auth_time": claims["iat"] - 3_600}
    assert await there_and_back(house.browser(), "/oidc/start?shared=1") == "/oidc/refused#provider_wrong"
    assert await there_and_back(house.browser()) == "/oidc/join"


async def test_whoever_joins_on_the_way_to_a_room_gets_there(house: House, keeper: Browser, provider: Provider) -> None:
    await house.room(keeper, "kitchen")
    provider.knows("Hana", WARD)
    hana = house.browser()
    assert await there_and_back(hana, "/oidc/start?to=/c/eyes/r/kitchen") == "/oidc/join"
    assert (await joins(hana, "Hana")).json()["room_slug"] == "kitchen"


async def test_another_way_in_to_the_team_is_written_down_and_the_last_keeper_keeps_theirs(
    house: House, keeper: Browser, provider: Provider
) -> None:
    provider.knows("Kirsten", KEEPERS)
    assert await connects(keeper) == "/me"
    lines = (await keeper.get("/api/communities/eyes/audit")).json()["lines"]
    assert (lines[0]["what"], lines[0]["by"]["person"]) == ("identity.connect", keeper.person)
    assert (await keeper.delete("/api/me/identity")).status_code == 200
    lines = (await keeper.get("/api/communities/eyes/audit")).json()["lines"]
    assert lines[0]["what"] == "identity.disconnect"


async def test_nothing_of_a_sign_in_is_logged(small: House, provider: Provider) -> None:
    with structlog.testing.capture_logs() as logs:
        hana = await new_colleague(small, provider, "Hana", WARD)
        browser = small.browser()
        back = (await off(browser)).headers["location"]
        await came_back(browser, back)
        provider.lie = lambda claims: {**claims, "nonce": "another"}
        await there_and_back(small.browser())
    written = repr(logs)
    assert [one["event"] for one in logs if one["event"] not in {"job.done", "audit.end"}] == [
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
