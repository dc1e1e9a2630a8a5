"""Rooms: opened, changed, closed, and who may be in them."""

import pytest

from tests.server.door.house import Browser, House


async def _rooms(who: Browser) -> list[str]:
    return [line["slug"] for line in (await who.get("/api/communities/eyes")).json()["rooms"]]


async def test_a_room_begins_with_its_streams_and_is_listed(house: House, keeper: Browser) -> None:
    room = await house.room(keeper, "clinic")
    assert await house.events(f"room:{room}") == [
        '{"t":"room.opened","title":"Clinic","purpose":"","visibility":"community","hide_names":true}'
    ]
    assert await house.rows("SELECT head FROM stream WHERE id = ?", f"backstage:{room}") == [(0,)]
    assert f'{{"t":"room.listed","room":"{room}"}}' in await house.events(f"community:{await house.community()}")
    assert (await keeper.get("/api/communities/eyes/rooms/clinic")).json() == {"room": room}


async def test_a_room_that_is_not_everyones_is_told_to_its_own_people_alone(house: House, keeper: Browser) -> None:
    mo = await house.member(keeper, "Mo", role="moderator")
    rosa = await house.member(keeper, "Rosa")
    community = f"community:{await house.community()}"
    before = await house.events(community)
    team, quiet = await house.room(keeper, "team", "team"), await house.room(keeper, "quiet", "invited")
    assert await house.events(community) == before
    assert f'{{"t":"room.admitted","room":"{team}"}}' in await house.events(f"person:{mo.person}")
    assert f'{{"t":"room.admitted","room":"{quiet}"}}' in await house.events(f"person:{keeper.person}")
    for room in (team, quiet):
        assert room not in str(await house.events(f"person:{rosa.person}"))


async def test_a_host_stays_in_the_room_they_make_invited(house: House, keeper: Browser) -> None:
    hana = await house.member(keeper, "Hana", role="host")
    await house.room(hana, "quiet", "invited")
    assert await _rooms(hana) == ["tea-table", "quiet"]
    room = await house.room(hana, "clinic")
    assert (await hana.patch(f"/api/rooms/{room}", {"visibility": "invited"})).status_code == 200
    assert await _rooms(hana) == ["tea-table", "quiet", "clinic"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"slug": "tea-table", "title": "Again"}, 409, "slug_taken"),
        ({"slug": "Bad Slug", "title": "x"}, 422, "malformed"),
        ({"slug": "den\n", "title": "x"}, 422, "malformed"),
        ({"slug": "den", "title": ""}, 422, "malformed"),
        ({"slug": "den", "title": "   "}, 422, "empty"),
        ({"slug": "den", "title": "a\u202eb"}, 422, "control_characters"),
        ({"slug": "den", "title": "a\x00b"}, 422, "control_characters"),
        ({"slug": "den", "title": "x" * 81}, 422, "malformed"),
        ({"slug": "den", "title": "x", "purpose": "x" * 401}, 422, "malformed"),
        ({"slug": "den", "title": "x", "visibility": "secret"}, 422, "malformed"),
    ],
)
async def test_a_room_that_will_not_do_says_why(
    house: House, keeper: Browser, body: dict[str, str], status: int, code: str
) -> None:
    answer = await keeper.post("/api/communities/eyes/rooms", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_each_change_of_a_room_is_an_event_of_its_own(house: House, keeper: Browser) -> None:
    room = await house.room(keeper, "clinic")
    change = {"title": "Waiting", "purpose": "While we wait", "hide_names": False, "closed": True}
    assert (await keeper.patch(f"/api/rooms/{room}", change)).status_code == 200
    assert (await house.events(f"room:{room}"))[1:] == [
        '{"t":"room.renamed","title":"Waiting","purpose":"While we wait"}',
        '{"t":"room.hidden_names_set","on":false}',
        '{"t":"room.closed"}',
    ]
    count = len(await house.events(f"room:{room}"))
    assert (await keeper.patch(f"/api/rooms/{room}", change)).status_code == 200
    assert len(await house.events(f"room:{room}")) == count
    [_, line] = (await keeper.get("/api/communities/eyes")).json()["rooms"]
    assert (line["title"], line["purpose"], line["closed"]) == ("Waiting", "While we wait", True)
    [(state,)] = await house.rows("SELECT state FROM stream WHERE id = ?", f"room:{room}")
    assert '"title":"Waiting"' in state
    assert '"closed":true' in state
    assert (await keeper.patch(f"/api/rooms/{room}", {"closed": False})).status_code == 200
    assert (await house.events(f"room:{room}"))[-1] == '{"t":"room.reopened"}'


@pytest.mark.parametrize(
    ("before", "after", "narrows"),
    [
        ("community", "invited", True),
        ("community", "team", True),
        ("invited", "team", True),
        ("team", "invited", True),
        ("invited", "community", False),
        ("team", "community", False),
    ],
)
async def test_a_room_that_fewer_may_be_in_narrows_for_everyone(
    house: House,
    keeper: Browser,
    before: str,
    after: str,
    narrows: bool,  # noqa: FBT001 - a case, not a switch
) -> None:
    room = await house.room(keeper, "clinic", before)
    assert (await keeper.patch(f"/api/rooms/{room}", {"visibility": after})).status_code == 200
    expected = {(f"room:{room}", ""), (f"backstage:{room}", "")} if narrows else set()
    assert await house.narrowings() == expected
    assert (await house.events(f"room:{room}"))[-1] == f'{{"t":"room.visibility_set","visibility":"{after}"}}'
    listed = f'{{"t":"room.listed","room":"{room}"}}' in await house.events(f"community:{await house.community()}")
    assert listed == ("community" in {before, after})


async def test_who_gains_and_who_loses_a_hidden_room_is_told(house: House, keeper: Browser) -> None:
    mo = await house.member(keeper, "Mo", role="moderator")
    rosa = await house.member(keeper, "Rosa")
    room = await house.room(keeper, "quiet", "invited")
    await keeper.put(f"/api/rooms/{room}/people/{rosa.person}", {"admitted": True})
    await keeper.patch(f"/api/rooms/{room}", {"visibility": "team"})
    assert (await house.events(f"person:{mo.person}"))[-1] == f'{{"t":"room.admitted","room":"{room}"}}'
    assert (await house.events(f"person:{rosa.person}"))[-1] == f'{{"t":"room.dismissed","room":"{room}"}}'
    assert "quiet" in await _rooms(mo)
    assert "quiet" not in await _rooms(rosa)


async def test_a_member_is_let_in_and_out_again(house: House, keeper: Browser) -> None:
    room = await house.room(keeper, "quiet", "invited")
    rosa = await house.member(keeper, "Rosa")
    path = f"/api/rooms/{room}/people/{rosa.person}"
    for _ in range(2):
        assert (await keeper.put(path, {"admitted": True})).status_code == 200
    assert await _rooms(rosa) == ["tea-table", "quiet"]
    for _ in range(2):
        assert (await keeper.put(path, {"admitted": False})).status_code == 200
    assert await _rooms(rosa) == ["tea-table"]
    assert (await house.events(f"person:{rosa.person}"))[-2:] == [
        f'{{"t":"room.admitted","room":"{room}"}}',
        f'{{"t":"room.dismissed","room":"{room}"}}',
    ]
    assert await house.narrowings() == {(f"room:{room}", rosa.person)}
    stranger = await keeper.put(f"/api/rooms/{room}/people/01ARZ3NDEKTSV4RRFFQ69G5FAV", {"admitted": True})
    assert (stranger.status_code, stranger.json()["code"]) == (404, "not_found")


async def test_people_are_found_by_how_their_name_begins(house: House, keeper: Browser) -> None:
    room = await house.room(keeper, "quiet", "invited")
    rosa, ben = await house.member(keeper, "Rosa"), await house.member(keeper, "Ben")
    await house.member(keeper, "Mo", role="moderator")
    await keeper.put(f"/api/rooms/{room}/people/{rosa.person}", {"admitted": True})

    async def names(who: Browser, q: str = "") -> list[str]:
        answer = await who.get(f"/api/rooms/{room}/people?q={q}")
        return [line["name"] for line in answer.json()["people"]]

    # Whoever lets people in has to find those who are not in; members of the room see only who is.
    assert await names(keeper) == ["Ben", "Kirsten", "Mo", "Rosa"]
    assert await names(keeper, "be") == ["Ben"]
    assert await names(keeper, "%") == ["Ben", "Kirsten", "Mo", "Rosa"]
    assert await names(rosa) == ["Kirsten", "Rosa"]
    assert await names(rosa, "ben") == []
    assert (await ben.get(f"/api/rooms/{room}/people")).status_code == 404
    [line] = (await keeper.get(f"/api/rooms/{room}/people?q=mo")).json()["people"]
    assert line["role"] == "moderator"
