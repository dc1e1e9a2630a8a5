"""Passkeys: how the team shows who it is, what is refused, and that in production no role has force without one."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from rooms.audit import What
from rooms.ids import PersonId, person_stream
from server.door import sessions_sql
from server.door.challenges import LASTS_MS, SIGN_IN, Challenges, adding
from server.door.links_sql import make_sign_in_link
from server.door.passkeys_sql import LIMIT
from server.door.sessions import Scope, SessionInfo
from tests.authenticator import HERE, Authenticator, text
from tests.server.door.house import Browser, House, house_on
from tests.world import new_nonce

MEMBERS = "/api/communities/eyes/members"


@pytest.fixture
async def strict(database_url: str) -> AsyncIterator[House]:
    """A server that people depend on, which nobody has claimed."""
    async with house_on(database_url, env="production") as house:
        yield house


async def options(browser: Browser, path: str) -> str:
    answer = await browser.post(path)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["options"])


async def added(browser: Browser, **how: Any) -> Authenticator:
    """A passkey that this browser has added."""
    device = Authenticator(browser.origin, **how)
    answer = await add(browser, device)
    assert answer.status_code == 200, answer.text
    return device


async def add(browser: Browser, device: Authenticator) -> httpx2.Response:
    made = device.make(await options(browser, "/api/passkeys/begin"))
    return await browser.post("/api/passkeys", {"credential": made})


async def sign_in(browser: Browser, device: Authenticator, *, asked: str = "", **how: object) -> httpx2.Response:
    asked = asked or await options(browser, "/api/passkeys/sign-in/begin")
    answer = await browser.post("/api/passkeys/sign-in", {"credential": device.sign(asked), **how})
    if answer.status_code == 200:
        browser.person = answer.json()["person"]
    return answer


def no(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def me(browser: Browser) -> dict[str, Any]:
    found: dict[str, Any] = (await browser.get("/api/me")).json()
    return found


async def roles(browser: Browser) -> list[str]:
    found: list[str] = (await me(browser))["communities"][0]["roles"]
    return found


def challenges(house: House) -> Challenges:
    return Challenges(house.hearth.door.keys.derive("passkey"))


# Adding one and signing in ----------------------------------------------------------------------------------------


async def test_a_passkey_is_added_listed_signs_in_anywhere_and_is_removed(house: House, keeper: Browser) -> None:
    assert (await me(keeper))["proof"] == {"passkeys": 0, "required": False}
    device = await added(keeper)
    [line] = (await keeper.get("/api/passkeys")).json()["passkeys"]
    assert line["used_ms"] is None
    phone = house.browser()
    answer = await sign_in(phone, device, shared=False)
    assert answer.json() == {"community_slug": "eyes", "room_slug": None, "person": keeper.person}
    assert "Max-Age" in answer.headers["set-cookie"]
    assert await roles(phone) == ["keeper", "member"]
    listed = (await phone.get("/api/passkeys")).json()
    assert listed["passkeys"][0]["used_ms"] >= line["made_ms"]
    assert (listed["allowed"], listed["required"]) == (True, False)
    assert (await phone.delete(f"/api/passkeys/{line['passkey']}")).json()["passkeys"] == []
    assert no(await sign_in(house.browser(), device)) == (404, "passkey_unknown")
    assert no(await phone.delete(f"/api/passkeys/{line['passkey']}")) == (404, "not_found")
    audit = (await keeper.get("/api/communities/eyes/audit")).json()["lines"]
    assert [one["what"] for one in audit[:2]] == [What.REMOVE_PASSKEY, What.ADD_PASSKEY]
    assert {one["by"]["person"] for one in audit[:2]} == {keeper.person}


async def test_whoever_was_signed_in_here_is_put_out_by_who_signs_in(house: House, keeper: Browser) -> None:
    device = await added(keeper)
    rosa = await house.member(keeper, "Rosa")
    token = rosa.token
    await sign_in(rosa, device, shared=True)
    assert (await me(rosa))["person"] == keeper.person
    assert (await house.browser().get("/api/sessions", cookie=f"hearth={token}")).status_code == 401


async def test_a_passkey_is_for_the_team(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    assert no(await rosa.post("/api/passkeys/begin")) == (403, "not_allowed")
    assert (await me(rosa))["proof"] is None
    assert (await rosa.get("/api/passkeys")).json() == {"passkeys": [], "allowed": False, "required": False}


async def test_nobody_removes_anybody_elses_passkey_or_has_more_than_enough(house: House, keeper: Browser) -> None:
    hana = await house.member(keeper, "Hana", role="host")
    for _ in range(LIMIT):
        await added(keeper)
    answer = await keeper.post("/api/passkeys/begin")
    assert (no(answer), answer.json()["params"]) == ((409, "passkeys_full"), {"limit": LIMIT})
    [first, *_] = (await keeper.get("/api/passkeys")).json()["passkeys"]
    assert no(await hana.delete(f"/api/passkeys/{first['passkey']}")) == (404, "not_found")


async def test_what_a_browser_is_asked_is_for_this_name_and_never_without_a_person(
    house: House, keeper: Browser
) -> None:
    device = await added(keeper)
    asked = json.loads(await options(keeper, "/api/passkeys/begin"))
    assert asked["rp"]["id"] == "localhost"
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert [one["id"] for one in asked["excludeCredentials"]] == [text(device.credential)]
    by_stranger = json.loads(await options(house.browser(), "/api/passkeys/sign-in/begin"))
    assert (by_stranger["rpId"], by_stranger["userVerification"]) == ("localhost", "required")
    assert not by_stranger.get("allowCredentials")


# What bad input gets ----------------------------------------------------------------------------------------------

ELSEWHERE = "https://evil.example"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"origin": ELSEWHERE}, (403, "wrong_origin")),
        ({"rp": "evil.example"}, (422, "passkey_refused")),
        ({"flags": HERE}, (422, "passkey_refused")),
    ],
    ids=["another origin", "another name", "touched by anybody"],
)
async def test_a_passkey_of_another_place_or_without_its_owner_is_refused(
    house: House, keeper: Browser, wrong: dict[str, Any], told: tuple[int, str]
) -> None:
    assert no(await add(keeper, replace(Authenticator(keeper.origin), **wrong))) == told
    assert (await keeper.get("/api/passkeys")).json()["passkeys"] == []
    device = await added(keeper)
    stranger = house.browser()
    assert no(await sign_in(stranger, replace(device, **wrong))) == told
    assert (await me(stranger))["person"] is None


async def test_an_answer_is_taken_once_and_in_time_and_for_what_it_was_asked(house: House, keeper: Browser) -> None:
    device = await added(keeper)
    asked = await options(house.browser(), "/api/passkeys/sign-in/begin")
    assert (await sign_in(house.browser(), device, asked=asked)).status_code == 200
    assert no(await sign_in(house.browser(), device, asked=asked)) == (410, "passkey_late")

    def given_out(purpose: str, ago_ms: int) -> str:
        challenge = challenges(house).make(purpose, now_ms=now_ms - ago_ms)
        return f'{{"challenge":"{text(challenge)}","user":{{"id":"{text(keeper.person.encode())}"}}}}'

    [(now_ms,)] = await house.rows("SELECT NOW_MS()")
    assert (await sign_in(house.browser(), device, asked=given_out(SIGN_IN, LASTS_MS - 60_000))).status_code == 200
    assert no(await sign_in(house.browser(), device, asked=given_out(SIGN_IN, LASTS_MS))) == (410, "passkey_late")
    # For adding, of another session or another person, or none of ours.
    [(session,)] = await house.rows("SELECT id FROM session WHERE person = ? ORDER BY made_ms LIMIT 1", keeper.person)
    mine = PersonId(keeper.person)
    for purpose in (adding(mine, session), "", "sign-in"):
        assert no(await sign_in(house.browser(), device, asked=given_out(purpose, 0))) == (422, "passkey_refused")
    for purpose in (SIGN_IN, adding(mine, "another"), adding(PersonId("another"), session)):
        made = Authenticator(keeper.origin).make(given_out(purpose, 0))
        assert no(await keeper.post("/api/passkeys", {"credential": made})) == (422, "passkey_refused")
    late = Authenticator(keeper.origin).make(given_out(adding(mine, session), LASTS_MS))
    assert no(await keeper.post("/api/passkeys", {"credential": late})) == (410, "passkey_late")
    # What has run out is forgotten.
    await house.change("UPDATE answered_challenge SET ends_ms = 0")
    await sign_in(house.browser(), device)
    assert len(await house.rows("SELECT 1 FROM answered_challenge")) == 1


async def test_a_count_that_goes_back_is_a_copy_of_the_key(house: House, keeper: Browser) -> None:
    device = await added(keeper)
    device.count = 7
    assert (await sign_in(house.browser(), device)).status_code == 200
    for copied in (7, 3, 0):
        assert no(await sign_in(house.browser(), replace(device, count=copied))) == (422, "passkey_refused")
    device.count = 8
    assert (await sign_in(house.browser(), device)).status_code == 200


async def test_a_passkey_that_counts_nothing_goes_on_working(house: House, keeper: Browser) -> None:
    device = await added(keeper)
    for _ in range(2):
        assert (await sign_in(house.browser(), device)).status_code == 200


async def test_nobody_comes_in_as_another_by_their_own_passkey(house: House, keeper: Browser) -> None:
    hana = await house.member(keeper, "Hana", role="host")
    hers, keepers = await added(hana), await added(keeper)
    # Her key says that it is the keeper's, or shows the keeper's passkey and signs with its own.
    for forged in (replace(hers, user=keepers.user), replace(hers, credential=keepers.credential, user=keepers.user)):
        assert no(await sign_in(house.browser(), forged)) == (422, "passkey_refused")
    # What somebody has is nobody else's to add.
    assert no(await add(hana, replace(keepers))) == (422, "passkey_refused")
    answer = await sign_in(house.browser(), keepers)
    assert answer.json()["person"] == keeper.person


@pytest.mark.parametrize(
    "sent",
    [
        "{}",
        "[" * 20_000,
        '{"id":"","rawId":"","type":"public-key","response":{"clientDataJSON":""}}',
        '{"id":"a","rawId":"a","type":"public-key","response":{"clientDataJSON":"bnVsbA"}}',
        "\u0000\u0000",
    ],
    ids=["nothing", "nested", "empty", "null", "zeros"],
)
async def test_what_is_no_answer_is_refused(house: House, keeper: Browser, sent: str) -> None:
    assert no(await keeper.post("/api/passkeys", {"credential": sent})) == (422, "passkey_refused")
    assert no(await house.browser().post("/api/passkeys/sign-in", {"credential": sent})) == (422, "passkey_refused")


async def test_whoever_is_wrong_too_often_waits(house: House, keeper: Browser) -> None:
    device = await added(keeper)
    stranger = house.browser(address="203.0.113.9")
    for _ in range(100):
        await stranger.post("/api/passkeys/sign-in", {"credential": "{}"})
    assert no(await stranger.post("/api/passkeys/sign-in/begin")) == (429, "too_fast")
    # Elsewhere the right one opens.
    assert (await sign_in(house.browser(), device)).status_code == 200


# Required in production -------------------------------------------------------------------------------------------


async def test_in_production_a_keeper_is_one_from_their_first_passkey_to_their_last(strict: House) -> None:
    keeper = await strict.keeper()
    before = await me(keeper)
    assert before["proof"] == {"passkeys": 0, "required": True}
    assert before["communities"][0]["roles"] == ["member"]
    assert before["communities"][0]["dormant"] == [{"role": "keeper", "room": None}]
    assert no(await keeper.get(MEMBERS)) == (403, "not_allowed")
    assert no(await keeper.post("/api/communities/eyes/invitations", {"kind": "link"})) == (403, "not_allowed")
    # The only keeper stays, also before they can keep anything.
    assert no(await keeper.post("/api/communities/eyes/leave")) == (409, "last_keeper")
    told = len(await strict.events(person_stream(PersonId(keeper.person))))
    await added(keeper)
    assert await roles(keeper) == ["keeper", "member"]
    assert (await me(keeper))["communities"][0]["dormant"] == []
    [line] = (await keeper.get(MEMBERS)).json()["members"]
    assert (line["roles"], line["passkey"]) == (["keeper", "member"], True)
    assert len(await strict.events(person_stream(PersonId(keeper.person)))) == told + 1
    [passkey] = (await keeper.get("/api/passkeys")).json()["passkeys"]
    assert (await keeper.delete(f"/api/passkeys/{passkey['passkey']}")).status_code == 200
    assert no(await keeper.get(MEMBERS)) == (403, "not_allowed")
    assert len(await strict.events(person_stream(PersonId(keeper.person)))) == told + 2


async def test_in_production_keepers_see_who_has_none_and_can_take_the_role(strict: House) -> None:
    keeper = await strict.keeper()
    await added(keeper)
    mo = await strict.member(keeper, "Mo", role="moderator")
    await strict.member(keeper, "Rosa")
    lines = {line["name"]: line for line in (await keeper.get(MEMBERS)).json()["members"]}
    assert {name: line["passkey"] for name, line in lines.items()} == {"Kirsten": True, "Mo": False, "Rosa": None}
    assert lines["Mo"]["roles"] == ["member", "moderator"]
    # Others see no badge that means nothing, and no moderator who can't help.
    home = (await mo.get("/api/communities/eyes")).json()
    assert (home["community"]["moderators"], home["me"]["roles"]) == (0, ["member"])
    assert (await strict.decide(keeper, mo, role="moderator", held=False, answers=False)).status_code == 200
    assert (await me(mo))["communities"][0]["dormant"] == []


async def test_in_production_a_keeper_without_a_passkey_does_not_count_as_another(strict: House) -> None:
    keeper = await strict.keeper()
    await added(keeper)
    mo = await strict.member(keeper, "Mo", role="keeper")
    assert (await keeper.get("/api/communities/eyes")).json()["alone"] is True
    assert no(await keeper.post("/api/communities/eyes/leave")) == (409, "last_keeper")
    await added(mo)
    assert (await keeper.get("/api/communities/eyes")).json()["alone"] is False
    assert (await keeper.post("/api/communities/eyes/leave")).status_code == 200


async def test_in_production_no_session_of_before_has_any_part_in_a_role(strict: House) -> None:
    keeper = await strict.keeper()
    await added(keeper)
    mo = await strict.member(keeper, "Mo")
    tablet = await _by_the_way_back_of(mo, strict)
    await keeper.put(f"{MEMBERS}/{mo.person}/role", {"role": "moderator", "held": True})
    ended: list[tuple[PersonId, str | None]] = []
    strict.hearth.sessions.on_ended(lambda person, session: ended.append((person, session)))
    device = await added(mo)
    # Whoever came in by the way back is out, at once, and their open connections with them.
    assert (await tablet.get("/api/sessions")).status_code == 401
    assert [person for person, _ in ended] == [mo.person]
    assert await roles(mo) == ["member", "moderator"]
    # No way back for the team; a link of whoever runs the server, and the passkey, are the ways in.
    assert no(await mo.post("/api/way-back")) == (403, "not_allowed")
    link = await make_sign_in_link(strict.hearth.database, strict.hearth.door.keys.chain(), PersonId(mo.person))
    lost = strict.browser()
    assert (await lost.post("/api/sign-in", {"secret": link.rpartition("/")[2]})).status_code == 200
    assert await roles(lost) == ["member", "moderator"]
    await added(lost)
    assert (await sign_in(strict.browser(), device)).status_code == 200


async def test_in_production_a_session_that_no_passkey_made_opens_nothing_for_who_has_one(strict: House) -> None:
    keeper = await strict.keeper()
    device = await added(keeper)
    await strict.change("UPDATE session SET proven = 0")
    await strict.forgets()
    assert (await keeper.get("/api/sessions")).status_code == 401
    held = [session for (session,) in await strict.rows("SELECT id FROM session")]
    assert await strict.hearth.sessions.living(held) == frozenset()
    assert (await sign_in(keeper, device)).status_code == 200
    assert await roles(keeper) == ["keeper", "member"]


async def test_in_production_a_session_that_has_just_ended_adds_no_passkey(
    strict: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = await strict.keeper()
    await added(keeper)
    mo = await strict.member(keeper, "Mo")
    thief = await _by_the_way_back_of(mo, strict)
    await keeper.put(f"{MEMBERS}/{mo.person}/role", {"role": "moderator", "held": True})
    made = Authenticator(thief.origin).make(await options(thief, "/api/passkeys/begin"))
    # The request is let in, and only then Mo's own passkey ends the session that it is of.
    door, who = strict.hearth.sessions, strict.hearth.sessions.who

    async def then_mo_is_faster(scope: Scope, **how: bool) -> SessionInfo | None:
        found = await who(scope, **how)
        monkeypatch.setattr(door, "who", who)
        await added(mo)
        return found

    monkeypatch.setattr(door, "who", then_mo_is_faster)
    assert no(await thief.post("/api/passkeys", {"credential": made})) == (401, "signed_out")
    assert await strict.rows("SELECT count(*) FROM passkey WHERE person = ?", mo.person) == [(1,)]


async def test_in_production_a_role_given_again_ends_what_no_passkey_has_made(strict: House) -> None:
    keeper = await strict.keeper()
    await added(keeper)
    mo = await strict.member(keeper, "Mo", role="moderator")
    device = await added(mo)
    await strict.decide(keeper, mo, role="moderator", held=False, answers=False)
    tablet = await _by_the_way_back_of(mo, strict)
    ended: list[tuple[PersonId, str | None]] = []
    strict.hearth.sessions.on_ended(lambda person, session: ended.append((person, session)))
    await keeper.put(f"{MEMBERS}/{mo.person}/role", {"role": "moderator", "held": True})
    # Told to all nodes, so that none goes on believing what it has seen.
    assert [(person, session is None) for person, session in ended] == [(mo.person, False)]
    assert (await tablet.get("/api/sessions")).status_code == 401
    assert (await sign_in(strict.browser(), device)).status_code == 200


async def _by_the_way_back_of(owner: Browser, house: House) -> Browser:
    way = (await owner.post("/api/way-back")).json()["path"].rpartition("/")[2]
    tablet = house.browser()
    assert (await tablet.post("/api/back", {"nonce": new_nonce(), "link": way})).status_code == 200
    return tablet


# Ending and idling out --------------------------------------------------------------------------------------------


async def test_everywhere_else_is_ended_in_one_go(house: House, keeper: Browser) -> None:
    device = await added(keeper)
    phones = [house.browser(), house.browser()]
    for phone in phones:
        await sign_in(phone, device)
    answer = await keeper.post("/api/sessions/end-others")
    assert answer.json() == {"ended": 2}
    assert [(await phone.get("/api/sessions")).status_code for phone in phones] == [401, 401]
    [line] = (await keeper.get("/api/sessions")).json()["sessions"]
    assert line["this"] is True


async def test_the_team_is_signed_out_after_twelve_quiet_hours_and_others_are_not(
    house: House, keeper: Browser
) -> None:
    rosa = await house.member(keeper, "Rosa")
    # Whoever has no passkey could not come back by one.
    assert (await me(keeper))["idle"] is None
    await added(keeper)
    assert (await me(keeper))["idle"] == {"desk_s": 1_800, "elsewhere_s": 43_200}
    assert (await me(rosa))["idle"] is None

    async def quiet_for(ms: int) -> list[int]:
        await house.change("UPDATE session SET seen_ms = NOW_MS() - ?", ms)
        await house.forgets()
        return [(await each.get("/api/sessions", cookie=f"hearth={each.token}")).status_code for each in (keeper, rosa)]

    hana = await house.member(keeper, "Hana", role="host")
    assert await quiet_for(sessions_sql.TEAM_MS - 60_000) == [200, 200]
    sessions = [session for (session,) in await house.rows("SELECT id FROM session WHERE person = ?", keeper.person)]
    assert await quiet_for(sessions_sql.TEAM_MS + 1_000) == [401, 200]
    assert (await hana.get("/api/sessions")).status_code == 200
    # Nor is a connection that is still open a way on, or a late word from it.
    assert await house.hearth.sessions.living(sessions) == frozenset()
    await house.hearth.sessions.touch(sessions[0])
    assert (await keeper.get("/api/sessions")).status_code == 401
