"""A community for its members and keepers: home, names, roles, leaving, being removed, and what narrows with it."""

import asyncio

import pytest

from rooms.ids import RoomId, room_stream
from tests.server.door.house import Browser, House
from tests.world import say

NOBODY = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


async def _rooms(who: Browser) -> list[str]:
    return [line["slug"] for line in (await who.get("/api/communities/eyes")).json()["rooms"]]


async def test_home_shows_what_is_stated_who_i_am_and_my_rooms(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    home = (await rosa.get("/api/communities/eyes")).json()
    assert home["community"]["values"] == ["Listen first.", "Nobody is judged."]
    assert (home["community"]["members"], home["community"]["moderators"]) == (2, 0)
    assert (home["me"]["shown_name"], home["me"]["roles"]) == ("Rosa", ["member"])
    [table] = home["rooms"]
    assert (table["slug"], table["unread"], table["mentions"], table["last_ms"]) == ("tea-table", 0, 0, None)


async def test_unread_are_messages_by_others_not_removed_after_my_place(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    room = RoomId((await keeper.get("/api/communities/eyes/rooms/tea-table")).json()["room"])
    streams = house.hearth.streams
    first = await say(streams, room, keeper.person, "Good morning")  # type: ignore[arg-type]
    await say(streams, room, rosa.person, "Hello")  # type: ignore[arg-type]
    await say(streams, room, keeper.person, "How is the tea?")  # type: ignore[arg-type]

    async def unread() -> tuple[int, int]:
        [line] = (await rosa.get("/api/communities/eyes")).json()["rooms"]
        assert line["last_ms"] > 0
        return line["unread"], line["mentions"]

    assert await unread() == (2, 0)
    await house.change(
        "INSERT INTO mention (message, person, room, seq) SELECT id, ?, room, seq FROM message WHERE seq > ?",
        rosa.person,
        first.seq,
    )
    assert await unread() == (2, 2)
    await house.change("INSERT INTO read_place (room, person, seq) VALUES (?, ?, ?)", room, rosa.person, first.seq)
    assert await unread() == (1, 2)
    await house.change("UPDATE message SET removed = 'author'")
    [line] = (await rosa.get("/api/communities/eyes")).json()["rooms"]
    assert (line["unread"], line["last_ms"]) == (0, None)


async def test_the_last_visit_is_the_one_before_this(house: House, keeper: Browser) -> None:
    assert (await keeper.get("/api/communities/eyes")).json()["last_here_ms"] is None
    again = (await keeper.get("/api/communities/eyes")).json()["last_here_ms"]
    assert again > 0
    await house.change("UPDATE member SET here_ms = here_ms - 1800001")
    assert (await keeper.get("/api/communities/eyes")).json()["last_here_ms"] == again - 1800001
    assert (await keeper.get("/api/communities/eyes")).json()["last_here_ms"] >= again


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/communities/{}", None),
        ("PATCH", "/api/communities/{}/me", {"name": "Eve"}),
        ("POST", "/api/communities/{}/accept", None),
        ("POST", "/api/communities/{}/leave", None),
        ("POST", "/api/communities/{}/rooms", {"slug": "den", "title": "Den"}),
        ("GET", "/api/communities/{}/rooms/tea-table", None),
        ("GET", "/api/communities/{}/members", None),
        ("GET", "/api/communities/{}/invitations", None),
        ("GET", "/api/communities/{}/health", None),
        ("POST", "/api/communities/{}/invitations", {"kind": "link"}),
        ("DELETE", "/api/communities/{}/invitations/" + NOBODY, None),
        ("PUT", "/api/communities/{}/members/" + NOBODY + "/role", {"role": "host", "held": True}),
        ("DELETE", "/api/communities/{}/members/" + NOBODY, None),
    ],
)
async def test_a_foreign_community_and_an_unknown_one_look_the_same(
    house: House, keeper: Browser, method: str, path: str, body: object
) -> None:
    eve = await house.member(keeper, "Eve")
    await house.change("UPDATE member SET left_ms = 1 WHERE person = ?", eve.person)
    foreign = await eve.ask(method, path.format("eyes"), body)
    unknown = await eve.ask(method, path.format("nowhere"), body)
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json() == unknown.json()
    assert dict(foreign.headers) == dict(unknown.headers)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/rooms/{}/people", None),
        ("PATCH", "/api/rooms/{}", {"title": "Mine"}),
        ("PATCH", "/api/rooms/{}", {"closed": True}),
        ("PUT", "/api/rooms/{}/people/" + NOBODY, {"admitted": True}),
        ("GET", "/api/rooms/{}/messages", None),
        ("GET", "/api/rooms/{}/tallies", None),
    ],
)
@pytest.mark.parametrize("visibility", ["invited", "team"])
async def test_a_foreign_room_and_an_unknown_one_look_the_same(
    house: House, keeper: Browser, visibility: str, method: str, path: str, body: object
) -> None:
    room = await house.room(keeper, "quiet", visibility)
    eve = await house.member(keeper, "Eve")
    foreign = await eve.ask(method, path.format(room), body)
    unknown = await eve.ask(method, path.format(NOBODY), body)
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json() == unknown.json()
    assert await _rooms(eve) == ["tea-table"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/communities/eyes/members", None),
        ("GET", "/api/communities/eyes/invitations", None),
        ("GET", "/api/communities/eyes/health", None),
        ("POST", "/api/communities/eyes/invitations", {"kind": "link"}),
        ("DELETE", "/api/communities/eyes/invitations/" + NOBODY, None),
        ("PUT", "/api/communities/eyes/members/{keeper}/role", {"role": "keeper", "held": False}),
        ("DELETE", "/api/communities/eyes/members/{keeper}", None),
        ("POST", "/api/communities/eyes/rooms", {"slug": "den", "title": "Den"}),
        ("PATCH", "/api/rooms/{room}", {"title": "Mine"}),
        ("PUT", "/api/rooms/{room}/people/{keeper}", {"admitted": True}),
        (
            "PATCH",
            "/api/communities/eyes",
            {"name": "Mine", "purpose": "Mine", "values": [], "runs_it": "me", "contact": "me"},
        ),
    ],
)
async def test_what_keepers_and_hosts_do_is_not_for_every_member(
    house: House, keeper: Browser, method: str, path: str, body: object
) -> None:
    room = await house.room(keeper, "clinic")
    eve = await house.member(keeper, "Eve")
    answer = await eve.ask(method, path.format(room=room, keeper=keeper.person), body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_a_name_is_changed_and_everyone_is_told(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    changed = await rosa.patch("/api/communities/eyes/me", {"name": "Rosa Luna", "standing": "carer"})
    assert (changed.json()["shown_name"], changed.json()["standing"]) == ("Rosa Luna", "carer")
    stream = f"community:{await house.community()}"
    told = f'{{"t":"member.renamed","person":"{rosa.person}","name":"Rosa Luna"}}'
    assert told in await house.events(stream)
    assert '{"t":"rights.changed"}' in await house.events(f"person:{rosa.person}")
    count = len(await house.events(stream))
    assert (await rosa.patch("/api/communities/eyes/me", {"name": "Rosa Luna", "standing": "carer"})).status_code == 200
    assert len(await house.events(stream)) == count


async def test_how_somebody_comes_here_stands_beside_their_name_only_when_they_want_it(
    house: House, keeper: Browser
) -> None:
    room = await house.room(keeper, "clinic")
    rosa = await house.member(keeper, "Rosa")
    me = "/api/communities/eyes/me"

    async def seen() -> list[str | None]:
        """As the list for mentions, the keepers' list and what is said from now on have it."""
        people = (await keeper.get(f"/api/rooms/{room}/people?q=rosa")).json()["people"]
        members = (await keeper.get("/api/communities/eyes/members?q=rosa")).json()["members"]
        await say(house.hearth.streams, RoomId(room), rosa.person, "Hello")  # type: ignore[arg-type]
        said = (await keeper.get(f"/api/rooms/{room}/messages")).json()["messages"][-1]
        return [people[0]["standing"], members[0]["standing"], said["author"].get("standing")]

    chosen = (await rosa.patch(me, {"name": "Rosa", "standing": "carer"})).json()
    assert (chosen["standing"], chosen["shows_standing"]) == ("carer", False)
    assert await seen() == [None] * 3
    wanted = {"name": "Rosa", "standing": "carer", "shows_standing": True}
    assert (await rosa.patch(me, wanted)).json()["shows_standing"]
    assert await seen() == ["carer"] * 3
    # Absent: as it is.
    assert (await rosa.patch(me, {"name": "Rosa", "standing": "patient"})).json()["shows_standing"]
    assert await seen() == ["patient"] * 3
    # Who has left and comes again has not said it again.
    await rosa.post("/api/communities/eyes/leave")
    secret = (await house.invite(keeper))["secret"]
    await house.joined(secret, "Rosalind", standing="patient")
    for_staff = (await house.invite(keeper, staff=True))["secret"]
    await house.joined(for_staff, "Joy")
    found = (await keeper.get("/api/communities/eyes/members")).json()["members"]
    shown = {one["name"]: one["standing"] for one in found}
    # Staff is seen without being asked for: whoever talks with staff has to know it.
    assert (shown["Rosalind"], shown["Joy"]) == (None, "staff")


async def test_the_name_of_someone_who_left_stays_theirs(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    assert (await rosa.post("/api/communities/eyes/leave")).status_code == 200
    secret = (await house.invite(keeper))["secret"]
    answer = await house.browser().post("/api/join", {"secret": secret, "name": "Rosa"})
    assert answer.json()["code"] == "name_taken"
    ben = await house.member(keeper, "Ben")
    taken = await ben.patch("/api/communities/eyes/me", {"name": "ROSA"})
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")


async def test_setting_up_is_shown_to_keepers_until_they_have_seen_enough(house: House, keeper: Browser) -> None:
    ada = await house.member(keeper, "Ada")

    async def shown(browser: Browser) -> object:
        return (await browser.get("/api/communities/eyes")).json()["setting_up"]

    assert await shown(keeper) == {"invited": True}
    assert await shown(ada) is None
    not_hers = await ada.post("/api/communities/eyes/set-up")
    assert (not_hers.status_code, not_hers.json()["code"]) == (403, "not_allowed")
    for _ in range(2):
        assert (await keeper.post("/api/communities/eyes/set-up")).status_code == 200
    assert await shown(keeper) is None


async def test_what_the_community_states_is_changed(house: House, keeper: Browser) -> None:
    stated = {"name": "In My Shoes", "purpose": "To be heard.", "values": ["Be kind."], "runs_it": "A", "contact": "B"}
    changed = (await keeper.patch("/api/communities/eyes", stated)).json()
    assert {key: changed[key] for key in stated} == stated
    # What nobody spoke of is as it was.
    assert (changed["admits"], changed["lead"], changed["door"]) == ("adults", "", {})
    more = {
        "commitments": ["We answer."],
        "standings": ["carer", "friend"],
        "admits": "sixteen",
        "lead": "Sister Joy",
        "lead_contact": "01632 960 002",
        "door": {"limit": "Sister Joy is told when somebody is in danger."},
    }
    changed = (await keeper.patch("/api/communities/eyes", {**stated, **more})).json()
    assert {key: changed[key] for key in more} == more
    look = await house.browser().post("/api/invitations/look", {"secret": (await house.invite(keeper))["secret"]})
    assert {key: look.json()["community"][key] for key in more} == more
    too_young = await keeper.patch("/api/communities/eyes", {**stated, "admits": "young"})
    assert (too_young.status_code, too_young.json()["code"]) == (422, "young_not_yet")
    no_way = await keeper.patch("/api/communities/eyes", {**stated, "lead_contact": ""})
    assert (no_way.status_code, no_way.json()["code"]) == (422, "lead_needed")
    no_line = await keeper.patch("/api/communities/eyes", {**stated, "door": {"roof": "x"}})
    assert no_line.json()["code"] == "malformed"
    events = await house.events(f"community:{await house.community()}")
    assert events[-1] == '{"t":"community.changed"}'
    await keeper.patch("/api/communities/eyes", stated)
    assert await house.events(f"community:{await house.community()}") == events


# Roles, leaving, being removed


async def test_a_role_is_given_once_and_told(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    path, body = f"/api/communities/eyes/members/{rosa.person}/role", {"role": "host", "held": True}
    assert [(await keeper.put(path, body)).status_code for _ in range(2)] == [200, 200]
    given = f'{{"t":"role.given","person":"{rosa.person}","role":"host"}}'
    assert (await house.events(f"community:{await house.community()}")).count(given) == 1
    assert (await house.events(f"person:{rosa.person}")).count('{"t":"rights.changed"}') == 2
    assert await house.narrowings() == set()


async def test_a_role_taken_narrows_what_the_person_could_follow_by_it(house: House, keeper: Browser) -> None:
    team_room = await house.room(keeper, "team", "team")
    [(table,)] = await house.rows("SELECT id FROM room WHERE slug = 'tea-table'")
    mo = await house.member(keeper, "Mo", role="moderator")
    assert await _rooms(mo) == ["tea-table", "team"]
    path = f"/api/communities/eyes/members/{mo.person}/role"
    assert (await keeper.put(path, {"role": "moderator", "held": False})).status_code == 200
    assert await house.narrowings() == {
        (f"room:{team_room}", mo.person),
        (f"backstage:{team_room}", mo.person),
        (f"backstage:{table}", mo.person),
        # It can be read as before. It is held all the same, so that nothing is done there on the role any more.
        (f"room:{table}", mo.person),
    }
    assert await _rooms(mo) == ["tea-table"]
    assert await house.rows("SELECT acl FROM stream WHERE id = ?", f"room:{team_room}") == [(1,)]


async def test_a_role_in_one_room_counts_there_alone(house: House, keeper: Browser) -> None:
    one, _other = await house.room(keeper, "one", "team"), await house.room(keeper, "other", "team")
    mo = await house.member(keeper, "Mo")
    path = f"/api/communities/eyes/members/{mo.person}/role"
    await keeper.put(path, {"role": "moderator", "held": True, "room": one})
    assert await _rooms(mo) == ["tea-table", "one"]
    [line] = (await keeper.get("/api/communities/eyes/members?q=mo")).json()["members"]
    assert line["room_roles"] == [{"room": one, "role": "moderator"}]
    await keeper.put(path, {"role": "moderator", "held": False, "room": one})
    assert await _rooms(mo) == ["tea-table"]
    assert await house.narrowings() == {(f"room:{one}", mo.person), (f"backstage:{one}", mo.person)}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"role": "member", "held": False}, 422, "malformed"),
        ({"role": "keeper", "held": True, "room": "{room}"}, 422, "malformed"),
        ({"role": "host", "held": True, "room": NOBODY}, 404, "not_found"),
        ({"role": "staff", "held": True}, 422, "malformed"),
    ],
)
async def test_a_role_that_is_none_is_not_given(
    house: House, keeper: Browser, body: dict[str, object], status: int, code: str
) -> None:
    room = await house.room(keeper, "clinic")
    rosa = await house.member(keeper, "Rosa")
    filled = {key: room if value == "{room}" else value for key, value in body.items()}
    answer = await keeper.put(f"/api/communities/eyes/members/{rosa.person}/role", filled)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_last_keeper_stays_until_there_is_another(house: House, keeper: Browser) -> None:
    own = f"/api/communities/eyes/members/{keeper.person}"
    for answer in (
        await keeper.put(f"{own}/role", {"role": "keeper", "held": False}),
        await keeper.delete(own),
        await keeper.post("/api/communities/eyes/leave"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "last_keeper")
    rosa = await house.member(keeper, "Rosa", role="keeper")
    # Two keepers who take the role from each other at once: one of them keeps it.
    answers = await asyncio.gather(
        keeper.put(f"/api/communities/eyes/members/{rosa.person}/role", {"role": "keeper", "held": False}),
        rosa.put(f"{own}/role", {"role": "keeper", "held": False}),
    )
    assert sorted(answer.status_code for answer in answers) in ([200, 403], [200, 409])
    assert await house.rows("SELECT COUNT(*) FROM role WHERE role = 'keeper'") == [(1,)]


async def test_leaving_ends_rights_and_session(house: House, keeper: Browser) -> None:
    room = await house.room(keeper, "quiet", "invited")
    invitation = await house.invite(keeper, room=room, role="host")
    rosa = await house.joined(invitation["secret"], "Rosa")
    assert (await house.decide(keeper, rosa, role="host", room=room)).status_code == 200
    await rosa.get("/api/me")
    token = rosa.token
    left = await rosa.post("/api/communities/eyes/leave")
    assert "Max-Age=0" in left.headers["set-cookie"]
    assert (await house.browser().get("/api/sessions", cookie=f"hearth={token}")).status_code == 401
    assert await house.rows("SELECT person FROM role WHERE person = ?", rosa.person) == []
    assert await house.rows("SELECT person FROM room_member WHERE person = ?", rosa.person) == []
    community = await house.community()
    [(table,)] = await house.rows("SELECT id FROM room WHERE slug = 'tea-table'")
    assert await house.narrowings() == {
        (f"community:{community}", rosa.person),
        (f"room:{table}", rosa.person),
        (f"room:{room}", rosa.person),
        (f"backstage:{room}", rosa.person),
    }
    assert f'{{"t":"member.left","person":"{rosa.person}"}}' in await house.events(f"community:{community}")


async def test_who_is_removed_can_do_nothing_more_and_is_signed_out(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    ended: list[str] = []
    house.hearth.sessions.on_ended(lambda person, _session: ended.append(person))
    path = f"/api/communities/eyes/members/{rosa.person}"
    assert [(await keeper.delete(path)).status_code for _ in range(2)] == [200, 200]
    assert ended == [rosa.person]
    assert (await rosa.get("/api/communities/eyes")).status_code == 401
    community = await house.community()
    [(table,)] = await house.rows("SELECT id FROM room WHERE slug = 'tea-table'")
    assert await house.narrowings() == {(f"community:{community}", rosa.person), (f"room:{table}", rosa.person)}
    unknown = await keeper.delete(f"/api/communities/eyes/members/{NOBODY}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")


async def test_a_removal_and_a_word_at_once_leave_no_word_after_the_removal(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    room = RoomId((await rosa.get("/api/communities/eyes/rooms/tea-table")).json()["room"])
    said = [say(house.hearth.streams, room, rosa.person, f"word {n}") for n in range(20)]  # type: ignore[arg-type]
    await asyncio.gather(keeper.delete(f"/api/communities/eyes/members/{rosa.person}"), *said, return_exceptions=True)
    [(acl,)] = await house.rows("SELECT acl FROM stream WHERE id = ?", room_stream(room))
    assert acl == 1
    late = "SELECT COUNT(*) FROM event WHERE stream = ? AND acl >= ? AND message IS NOT NULL"
    assert await house.rows(late, room_stream(room), acl) == [(0,)]


async def test_members_come_by_name_in_pages(house: House, keeper: Browser) -> None:
    secret = (await house.invite(keeper))["secret"]
    names = [f"Guest {n:03}" for n in range(60)]
    for name in names:
        await house.joined(secret, name)
    first = (await keeper.get("/api/communities/eyes/members")).json()
    assert len(first["members"]) == 50
    second = (await keeper.get(f"/api/communities/eyes/members?cursor={first['next']}")).json()
    assert second["next"] is None
    assert [line["name"] for line in first["members"] + second["members"]] == [*names, "Kirsten"]
    some = (await keeper.get("/api/communities/eyes/members?q=GUEST 01")).json()["members"]
    assert [line["name"] for line in some] == names[10:20]
    for cursor in ("nonsense", "!!", "WyJhIiwiXHUwMDAwIl0", "W10"):
        wrong = await keeper.get(f"/api/communities/eyes/members?cursor={cursor}")
        assert (wrong.status_code, wrong.json()["code"]) == (422, "malformed"), cursor


async def test_when_somebody_was_last_there_is_told_by_the_hour_and_never_to_the_moment(
    house: House, keeper: Browser
) -> None:
    [line] = (await keeper.get("/api/communities/eyes/members")).json()["members"]
    [(seen_ms,)] = await house.rows("SELECT seen_ms FROM session")
    assert line["seen_ms"] == seen_ms - seen_ms % 3_600_000
