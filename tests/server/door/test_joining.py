"""Coming in: by a link, by a code, again, together, and not at all."""

import asyncio
from xml.etree.ElementTree import fromstring

import pytest

from server.door.limits import LIMITS, Limit
from tests.server.door.house import Browser, House

# As often as a person would, told each time to wait a second.
PRESSES = 20


async def test_a_stranger_looks_joins_and_is_known(house: House, keeper: Browser) -> None:
    invitation = await house.invite(keeper)
    stranger = house.browser()
    looked = (await stranger.post("/api/invitations/look", {"secret": invitation["secret"]})).json()
    assert (looked["community"]["name"], looked["inviter"], looked["member"]) == ("Through My Eyes", "Kirsten", None)
    assert looked["inviter_role"] == "keeper"
    joined = await stranger.post("/api/join", {"secret": invitation["secret"], "name": "Rosa", "standing": "patient"})
    assert joined.json()["community_slug"] == "eyes"
    me = (await stranger.get("/api/me")).json()
    assert me["person"] == joined.json()["person"]
    assert me["communities"][0]["shown_name"] == "Rosa"
    assert me["communities"][0]["standing"] == "patient"
    assert me["communities"][0]["accepted"] is True


async def test_the_community_is_told_who_came(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    events = await house.events(f"community:{await house.community()}")
    assert f'{{"t":"member.joined","person":"{rosa.person}","name":"Rosa"}}' in events


async def test_just_listening_gives_no_yes_and_needs_no_name(house: House, keeper: Browser) -> None:
    invitation = await house.invite(keeper)
    listener = await house.joined(invitation["secret"], "", listen=True)
    here = (await listener.get("/api/me")).json()["communities"][0]
    assert here["accepted"] is False
    assert here["shown_name"].startswith("Listener ")
    accepted = await listener.post("/api/communities/eyes/accept")
    assert accepted.json()["accepted"] is True


@pytest.mark.parametrize(
    ("sql", "code", "status"),
    [
        ("UPDATE invitation SET ends_ms = 1", "invitation_expired", 410),
        ("UPDATE invitation SET uses = 2, used = 2", "invitation_used_up", 410),
        ("UPDATE invitation SET revoked_ms = 1", "invitation_revoked", 410),
        ("DELETE FROM invitation", "invitation_unknown", 404),
    ],
)
async def test_an_invitation_that_has_ended_says_how(
    house: House, keeper: Browser, sql: str, code: str, status: int
) -> None:
    secret = (await house.invite(keeper))["secret"]
    await house.change(sql)
    stranger = house.browser()
    for path, body in (
        ("/api/invitations/look", {"secret": secret}),
        ("/api/join", {"secret": secret, "name": "Rosa"}),
    ):
        answer = await stranger.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_member_goes_straight_in_by_an_invitation_that_has_ended(house: House, keeper: Browser) -> None:
    invitation = await house.invite(keeper)
    rosa = await house.joined(invitation["secret"], "Rosa")
    await keeper.delete(f"/api/communities/eyes/invitations/{invitation['invitation']}")
    looked = await rosa.post("/api/invitations/look", {"secret": invitation["secret"]})
    assert looked.json()["member"]["shown_name"] == "Rosa"
    again = await rosa.post("/api/join", {"secret": invitation["secret"]})
    assert (again.status_code, again.json()["person"]) == (200, rosa.person)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "empty"),
        (" \u2003 ", "empty"),
        ("x" * 41, "too_long"),
        ("Ro\u202esa", "name_bad"),
        ("Ro\u200bsa", "name_bad"),
        ("Ro\x07sa", "name_bad"),
        ("Z" + "\u0301" * 10, "name_bad"),
        ("Z" + "\u0301" * 10_000, "malformed"),
        ("\u3164", "name_bad"),
        ("...", "name_bad"),
        ("Harold Pemberton", "name_looks_full"),
        ("Moderator", "name_reserved"),
    ],
)
async def test_a_name_that_will_not_do_says_why(house: House, keeper: Browser, name: str, code: str) -> None:
    secret = (await house.invite(keeper))["secret"]
    answer = await house.browser().post("/api/join", {"secret": secret, "name": name})
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.parametrize("twin", ["rosa", "ROSA", "Rósa", "R0sa", "R\u043es\u0430", "  Rosa ", "Rosa.", "\uff32osa"])
async def test_two_members_never_look_alike(house: House, keeper: Browser, twin: str) -> None:
    secret = (await house.invite(keeper))["secret"]
    await house.joined(secret, "Rosa")
    answer = await house.browser().post("/api/join", {"secret": secret, "name": twin})
    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")


async def test_staff_is_given_by_an_invitation_for_staff_and_never_chosen(house: House, keeper: Browser) -> None:
    secret = (await house.invite(keeper))["secret"]
    chosen = await house.browser().post("/api/join", {"secret": secret, "name": "Joy", "standing": "staff"})
    assert (chosen.status_code, chosen.json()["code"]) == (422, "standing_unknown")
    for_staff = await house.invite(keeper, staff=True)
    joy = await house.joined(for_staff["secret"], "Joy", standing="patient")
    assert (await joy.get("/api/me")).json()["communities"][0]["standing"] == "staff"
    looked = await house.browser().post("/api/invitations/look", {"secret": for_staff["secret"]})
    assert looked.json()["staff"] is True
    assert "staff" not in looked.json()["community"]["standings"]


async def test_of_many_who_come_at_once_the_last_use_goes_to_one(house: House, keeper: Browser) -> None:
    secret = (await house.invite(keeper, uses=1))["secret"]
    answers = await asyncio.gather(
        *(house.browser().post("/api/join", {"secret": secret, "name": f"Guest {n}"}) for n in range(12))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [410] * 11
    assert await house.rows("SELECT used FROM invitation") == [(1,)]
    assert await house.rows("SELECT COUNT(*) FROM member") == [(2,)]


async def test_a_join_whose_answer_was_lost_is_sent_again_and_is_the_same_person(house: House, keeper: Browser) -> None:
    secret = (await house.invite(keeper, uses=5))["secret"]
    body = {"secret": secret, "name": "Rosa", "nonce": "n" * 22}
    first = await house.browser().post("/api/join", body)
    rosa = house.browser()
    second = await rosa.post("/api/join", body)
    assert (second.status_code, second.json()) == (200, first.json())
    assert (await rosa.get("/api/me")).json()["person"] == first.json()["person"]
    assert await house.rows("SELECT used FROM invitation") == [(1,)]
    await house.change("UPDATE member SET joined_ms = joined_ms - 600001")
    late = await house.browser().post("/api/join", body)
    assert (late.status_code, late.json()["code"]) == (409, "conflict")


async def test_the_request_of_someone_who_left_is_not_sent_again_in_their_name(house: House, keeper: Browser) -> None:
    secret = (await house.invite(keeper))["secret"]
    rosa = await house.joined(secret, "Rosa", nonce="n" * 22)
    await rosa.post("/api/communities/eyes/leave")
    await house.change("UPDATE person SET made_ms = made_ms - 600001")
    late = await house.browser().post("/api/join", {"secret": secret, "name": "Rosa", "nonce": "n" * 22})
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    assert await house.rows("SELECT COUNT(*) FROM session WHERE person = ?", rosa.person) == [(0,)]


async def test_300_people_join_by_code_from_one_address(house: House, keeper: Browser) -> None:
    code = (await house.invite(keeper, kind="code"))["code"]
    # In a hall they take a minute; so many of them at the very same moment is far worse.
    at_once, refusals = asyncio.Semaphore(60), list[str]()

    async def pressed(browser: Browser, path: str, body: dict[str, str]) -> int:
        """The answer. On a machine that has no time just now, one is told so and presses again; nobody is too many."""
        for _ in range(PRESSES):
            answer = await browser.post(path, body)
            if answer.status_code != 503:
                return answer.status_code
            refusals.append(path)
            await asyncio.sleep(answer.json()["retry_ms"] / 1000)
        return 503

    async def come(n: int) -> tuple[int, int, int]:
        async with at_once:
            browser = house.browser()
            secret = "WRXNGG" if n % 5 == 0 else code
            mistyped = await pressed(browser, "/api/invitations/look", {"secret": secret})
            looked = await pressed(browser, "/api/invitations/look", {"secret": code})
            joining = {"secret": code, "name": f"Guest {n}", "nonce": f"{n:022}"}
            return mistyped, looked, await pressed(browser, "/api/join", joining)

    answers = await asyncio.gather(*(come(n) for n in range(300)))
    assert set(answers) == {(200, 200, 200), (404, 200, 200)}
    assert len(refusals) < 300
    assert await house.rows("SELECT COUNT(*) FROM member") == [(301,)]


@pytest.mark.parametrize("typed", ["{}", " {} ", "{lower}", "{spaced}", "{hyphened}"])
async def test_a_code_is_understood_however_it_is_typed(house: House, keeper: Browser, typed: str) -> None:
    code = (await house.invite(keeper, kind="code"))["code"]
    text = typed.format(code, lower=code.lower(), spaced=" ".join(code), hyphened=f"{code[:3]}-{code[3:]}")
    assert (await house.browser().post("/api/invitations/look", {"secret": text})).status_code == 200


async def test_who_guesses_codes_is_stopped_also_with_the_right_one(house: House, keeper: Browser) -> None:
    code = (await house.invite(keeper, kind="code"))["code"]
    guesser = house.browser()
    for _ in range(LIMITS[Limit.WRONG_TRY].amount):
        assert (await guesser.post("/api/invitations/look", {"secret": "WRXNGG"})).status_code == 404
    for path, body in (("/api/invitations/look", {"secret": code}), ("/api/join", {"secret": code, "name": "Eve"})):
        stopped = await guesser.post(path, body)
        assert (stopped.status_code, stopped.json()["code"]) == (429, "too_fast")
        assert int(stopped.headers["retry-after"]) > 1
    elsewhere = house.browser(address="203.0.113.9")
    assert (await elsewhere.post("/api/invitations/look", {"secret": code})).status_code == 200


@pytest.mark.parametrize(("path", "beside"), [("/api/invitations/look", {}), ("/api/join", {"name": "Eve"})])
async def test_guesses_at_the_same_moment_are_as_many_guesses(
    house: House, keeper: Browser, path: str, beside: dict[str, str]
) -> None:
    code = (await house.invite(keeper, kind="code"))["code"]
    guesser, most = house.browser(), LIMITS[Limit.WRONG_TRY].amount
    guesses = ["WRXNGG"] * (most + 30) + [code]
    answers = await asyncio.gather(*(guesser.post(path, {"secret": each, **beside}) for each in guesses))
    given = [answer.status_code for answer in answers]
    assert (given.count(404), given.count(429), given[-1]) == (most, 31, 429)


async def test_a_secret_is_nowhere_in_the_database(house: House, keeper: Browser) -> None:
    link = await house.invite(keeper)
    code = await house.invite(keeper, kind="code")
    rosa = await house.joined(link["secret"], "Rosa")
    kept = str(await house.rows("SELECT * FROM invitation")) + str(await house.rows("SELECT * FROM session"))
    for secret in (link["secret"], code["code"], rosa.token):
        assert secret not in kept


async def test_an_invitation_for_an_invited_room_lets_its_people_into_it(house: House, keeper: Browser) -> None:
    room = await house.room(keeper, "quiet", "invited")
    invitation = await house.invite(keeper, room=room)
    rosa = house.browser()
    joined = await rosa.post("/api/join", {"secret": invitation["secret"], "name": "Rosa"})
    assert joined.json()["room_slug"] == "quiet"
    assert (await rosa.get("/api/communities/eyes/rooms/quiet")).json()["room"] == room
    ben = await house.member(keeper, "Ben")
    assert (await ben.get("/api/communities/eyes/rooms/quiet")).status_code == 404
    again = await ben.post("/api/join", {"secret": invitation["secret"], "name": "Somebody else"})
    assert (again.status_code, again.json()["person"]) == (200, ben.person)
    assert (await ben.get("/api/communities/eyes/rooms/quiet")).status_code == 200
    assert (await ben.get("/api/me")).json()["communities"][0]["shown_name"] == "Ben"
    assert f'{{"t":"room.admitted","room":"{room}"}}' in await house.events(f"person:{ben.person}")


async def test_a_role_by_a_link_waits_for_a_keepers_yes_and_keepers_are_told(house: House, keeper: Browser) -> None:
    room = await house.room(keeper, "clinic")
    for_a_host = (await house.invite(keeper, role="host"))["secret"]
    for_a_moderator = (await house.invite(keeper, role="moderator", room=room))["secret"]
    hana, mo = await house.joined(for_a_host, "Hana"), await house.joined(for_a_moderator, "Mo")
    assert (await house.events(f"person:{keeper.person}")).count('{"t":"roles.waiting"}') == 2
    [me] = (await hana.get("/api/me")).json()["communities"]
    assert (me["roles"], me["asked"]) == (["member"], [{"role": "host", "room": None}])
    assert (await hana.post("/api/communities/eyes/rooms", {"slug": "den", "title": "Den"})).status_code == 403
    waiting = (await keeper.get("/api/communities/eyes")).json()["waiting"]
    assert [(one["name"], one["role"], one["room"]) for one in waiting] == [
        ("Hana", "host", None),
        ("Mo", "moderator", room),
    ]
    # Those who wait are nobody else's business, and nobody says yes to themselves.
    assert (await hana.get("/api/communities/eyes")).json()["waiting"] == []
    assert (await house.decide(hana, hana, role="host")).status_code == 403

    assert (await house.decide(keeper, hana, role="host")).status_code == 200
    assert (await house.decide(keeper, mo, role="moderator", room=room, held=False)).status_code == 200
    assert (await keeper.get("/api/communities/eyes")).json()["waiting"] == []
    [me] = (await hana.get("/api/me")).json()["communities"]
    assert (me["roles"], me["asked"]) == (["host", "member"], [])
    assert await house.rows("SELECT role FROM role WHERE person = ?", mo.person) == []
    told = "".join(await house.events(f"community:{await house.community()}"))
    assert f'{{"t":"role.given","person":"{hana.person}","role":"host"}}' in told
    assert f'"person":"{mo.person}","role"' not in told
    # An answer that comes late changes nothing, and the links are used up, whatever came of them.
    for held in (True, False):
        late = await house.decide(keeper, hana, role="host", held=held)
        assert (late.status_code, late.json()["code"]) == (409, "conflict")
    for secret in (for_a_host, for_a_moderator):
        stranger = await house.browser().post("/api/join", {"secret": secret, "name": "Kim"})
        assert (stranger.status_code, stranger.json()["code"]) == (410, "invitation_used_up")


async def test_the_only_keeper_is_told_so_until_there_is_a_second_one(house: House, keeper: Browser) -> None:
    async def alone(who: Browser) -> bool:
        return bool((await who.get("/api/communities/eyes")).json()["alone"])

    hana = await house.joined((await house.invite(keeper, role="keeper"))["secret"], "Hana")
    assert (await alone(keeper), await alone(hana)) == (True, False)
    assert (await house.decide(keeper, hana, role="keeper")).status_code == 200
    assert (await alone(keeper), await alone(hana)) == (False, False)
    assert (await keeper.post("/api/communities/eyes/leave")).status_code == 200
    assert await alone(hana)


async def test_before_the_yes_a_link_to_a_role_opens_no_room_and_makes_nobody_staff(
    house: House, keeper: Browser
) -> None:
    room = await house.room(keeper, "quiet", "invited")
    how = {"role": "host", "room": room, "staff": True}
    for answer, opened, standing in ((False, 404, None), (True, 200, "staff")):
        secret = (await house.invite(keeper, label="For Hana", **how))["secret"]
        hana = await house.joined(secret, "Hana" if answer else "Hani")
        [line] = (await keeper.get("/api/communities/eyes")).json()["waiting"]
        assert (line["made_by"], line["label"], line["staff"]) == ("Kirsten", "For Hana", True)
        assert (await hana.get("/api/communities/eyes/rooms/quiet")).status_code == 404
        assert (await hana.get("/api/me")).json()["communities"][0]["standing"] is None
        assert (await house.decide(keeper, hana, role="host", room=room, held=answer)).status_code == 200
        assert (await hana.get("/api/communities/eyes/rooms/quiet")).status_code == opened
        assert (await hana.get("/api/me")).json()["communities"][0]["standing"] == standing
        told = f'{{"t":"room.admitted","room":"{room}"}}' in await house.events(f"person:{hana.person}")
        assert told is answer


async def test_who_came_by_a_link_that_was_taken_back_waits_no_longer(house: House, keeper: Browser) -> None:
    made = await house.invite(keeper, role="host")
    look = await house.browser().post("/api/invitations/look", {"secret": made["secret"]})
    assert look.json()["role"] == "host"
    hana = await house.joined(made["secret"], "Hana")
    [line] = (await keeper.get("/api/communities/eyes/invitations")).json()["invitations"]
    assert line["waits"] is True
    assert (await keeper.delete(f"/api/communities/eyes/invitations/{made['invitation']}")).status_code == 200
    assert (await keeper.get("/api/communities/eyes")).json()["waiting"] == []
    assert (await hana.get("/api/me")).json()["communities"][0]["asked"] == []
    # Both see it at once, wherever they are looking.
    for who, told in ((keeper, '{"t":"roles.waiting"}'), (hana, '{"t":"rights.changed"}')):
        assert (await house.events(f"person:{who.person}")).count(told) == 2
    assert (await house.decide(keeper, hana, role="host")).status_code == 409


async def test_a_member_who_comes_by_a_link_to_a_role_waits_too_and_whoever_leaves_waits_no_longer(
    house: House, keeper: Browser
) -> None:
    rosa = await house.member(keeper, "Rosa")
    secret = (await house.invite(keeper, role="host", room=await house.room(keeper, "clinic")))["secret"]
    joined = await rosa.post("/api/join", {"secret": secret})
    # She is led to where it is said that she waits, and not into the room.
    assert (joined.status_code, joined.json()["room_slug"]) == (200, None)
    [line] = (await keeper.get("/api/communities/eyes")).json()["waiting"]
    assert (line["person"], line["role"]) == (rosa.person, "host")
    assert (await rosa.post("/api/communities/eyes/leave")).status_code == 200
    assert (await keeper.get("/api/communities/eyes")).json()["waiting"] == []
    assert (await house.decide(keeper, rosa, role="host", room=line["room"])).status_code == 404


async def test_a_role_that_an_older_node_gave_is_waited_for_no_more(house: House, keeper: Browser) -> None:
    """It writes the role and leaves the row of who waits; and whoever it has taken out waits for nothing."""
    hana, kim = [
        await house.joined((await house.invite(keeper, role="host"))["secret"], name) for name in ("Hana", "Kim")
    ]
    community = await house.community()
    await house.change(
        "INSERT INTO role (community, person, role, room) VALUES (?, ?, 'host', '')", community, hana.person
    )
    await house.change("UPDATE member SET left_ms = 1 WHERE person = ?", kim.person)
    assert (await keeper.get("/api/communities/eyes")).json()["waiting"] == []
    # Taking the role is more than a no: it is told, and takes her out of what it led to.
    assert (await house.decide(keeper, hana, role="host", held=False, answers=False)).status_code == 200
    told = "".join(await house.events(f"community:{community}"))
    assert f'{{"t":"role.taken","person":"{hana.person}","role":"host"}}' in told


async def test_an_invitation_gives_its_role_and_only_in_its_room(house: House, keeper: Browser) -> None:
    room = await house.room(keeper, "clinic")
    hana = await house.member(keeper, "Hana", role="host")
    mo = await house.member(keeper, "Mo", role="moderator", room=room)
    assert "host" in (await hana.get("/api/me")).json()["communities"][0]["roles"]
    assert (await mo.get("/api/me")).json()["communities"][0]["roles"] == ["member"]
    assert await house.rows("SELECT role, room FROM role WHERE person = ?", mo.person) == [("moderator", room)]


async def test_a_new_code_ends_the_one_before_and_no_other(house: House, keeper: Browser) -> None:
    clinic, garden = await house.room(keeper, "clinic"), await house.room(keeper, "garden")
    link = (await house.invite(keeper, room=clinic))["secret"]
    elsewhere = (await house.invite(keeper, kind="code", room=garden))["code"]
    before = (await house.invite(keeper, kind="code", room=clinic))["code"]
    now = (await house.invite(keeper, kind="code", room=clinic))["code"]
    late = await house.browser().post("/api/join", {"secret": before, "name": "Late"})
    assert (late.status_code, late.json()["code"]) == (410, "invitation_expired")
    for n, secret in enumerate((now, elsewhere, link)):
        await house.joined(secret, f"Guest {n}")


async def test_a_code_ends_with_its_room_and_a_link_does_not(house: House, keeper: Browser) -> None:
    room = await house.room(keeper, "clinic")
    code = (await house.invite(keeper, kind="code", room=room))["code"]
    link = (await house.invite(keeper, room=room))["secret"]
    assert (await keeper.ask("PATCH", f"/api/rooms/{room}", {"closed": True})).status_code == 200
    for path, more in (("/api/invitations/look", {}), ("/api/join", {"name": "Late"})):
        late = await house.browser().post(path, {"secret": code, **more})
        assert (late.status_code, late.json()["code"]) == (410, "invitation_expired")
    await house.joined(link, "Rosa")
    # Opened again next month, the room has not opened to whoever has kept the code.
    assert (await keeper.ask("PATCH", f"/api/rooms/{room}", {"closed": False})).status_code == 200
    late = await house.browser().post("/api/join", {"secret": code, "name": "Late"})
    assert (late.status_code, late.json()["code"]) == (410, "invitation_expired")
    assert (await keeper.ask("PATCH", f"/api/rooms/{room}", {"closed": True})).status_code == 200
    another = await keeper.post("/api/communities/eyes/invitations", {"kind": "code", "room": room})
    assert (another.status_code, another.json()["code"]) == (409, "room_closed")


async def test_a_code_is_for_one_room(house: House, keeper: Browser) -> None:
    answer = await keeper.post("/api/communities/eyes/invitations", {"kind": "code"})
    assert (answer.status_code, answer.json()["code"]) == (422, "code_needs_room")


async def test_a_code_hands_out_no_role(house: House, keeper: Browser) -> None:
    answer = await keeper.post("/api/communities/eyes/invitations", {"kind": "code", "role": "keeper"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_an_invitation_is_listed_without_its_secret_and_revoked(house: House, keeper: Browser) -> None:
    made = await house.invite(keeper, kind="code", label="Tuesday group")
    listed = await keeper.get("/api/communities/eyes/invitations")
    [line] = listed.json()["invitations"]
    assert (line["label"], line["made_by"], line["revoked"]) == ("Tuesday group", "Kirsten", False)
    assert made["code"] not in listed.text
    picture = fromstring(made["qr"])  # noqa: S314 - our own
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert "style" not in made["qr"]
    path = f"/api/communities/eyes/invitations/{made['invitation']}"
    assert [(await keeper.delete(path)).status_code for _ in range(2)] == [200, 200]
    [line] = (await keeper.get("/api/communities/eyes/invitations")).json()["invitations"]
    assert line["revoked"] is True
    unknown = await keeper.delete("/api/communities/eyes/invitations/01ARZ3NDEKTSV4RRFFQ69G5FAV")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
