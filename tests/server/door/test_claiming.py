"""The first keeper claims the server, once."""

import asyncio

import pytest

from server.door.founding_sql import Founding, found_community
from tests.server.door.house import CLAIM, House


async def _secret(house: House) -> str:
    link = await house.hearth.claim_link()
    assert link is not None
    assert link.startswith("http://localhost:8000/claim/")
    return link.rpartition("/")[2]


async def test_a_new_server_says_that_it_waits_for_its_keeper(house: House) -> None:
    assert (await house.browser().get("/api/me")).json() == {
        "person": None,
        "communities": [],
        "shared_idle_s": None,
        "claimed": False,
        "way_back": None,
        "came_back": [],
        "organisation": None,
        "connected": False,
        "proof": None,
        "idle": None,
    }


async def test_the_keeper_finds_a_community_with_a_first_room(house: House) -> None:
    keeper = await house.keeper()
    home = (await keeper.get("/api/communities/eyes")).json()
    assert home["me"]["roles"] == ["keeper", "member"]
    assert [room["slug"] for room in home["rooms"]] == ["tea-table"]
    assert (await house.browser().get("/api/me")).json()["claimed"] is True
    community, [(room,)] = await house.community(), await house.rows("SELECT id FROM room")
    assert [event.partition(",")[0] for event in await house.events(f"community:{community}")] == [
        '{"t":"community.founded"',
        '{"t":"member.joined"',
        '{"t":"role.given"',
        '{"t":"room.listed"',
    ]
    assert len(await house.events(f"room:{room}")) == 1
    heads = await house.rows("SELECT id, head FROM stream WHERE community IS NOT NULL ORDER BY id")
    assert heads == [(f"backstage:{room}", 0), (f"community:{community}", 4), (f"room:{room}", 1)]


async def test_a_claimed_server_prints_no_link(house: House) -> None:
    await house.keeper()
    assert await house.hearth.claim_link() is None
    assert await house.rows("SELECT * FROM sign_in_link") == []


async def test_of_two_who_claim_at_once_with_two_links_one_does(house: House) -> None:
    secrets = [await _secret(house) for _ in range(4)]
    answers = await asyncio.gather(
        *(house.browser().post("/api/claim", {**CLAIM, "slug": f"c{n}", "secret": s}) for n, s in enumerate(secrets))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 410, 410, 410]
    assert {a.json()["code"] for a in answers if a.status_code == 410} == {"already_claimed"}
    assert await house.rows("SELECT COUNT(*) FROM community") == [(1,)]


async def test_a_made_up_link_and_one_that_has_run_out_claim_nothing(house: House) -> None:
    secret = await _secret(house)
    await house.change("UPDATE sign_in_link SET ends_ms = 1")
    for shown in (secret, "s" * 32):
        answer = await house.browser().post("/api/claim", {**CLAIM, "secret": shown})
        assert (answer.status_code, answer.json()["code"]) == (410, "link_used")
    assert await house.rows("SELECT COUNT(*) FROM community") == [(0,)]
    assert await house.rows("SELECT name FROM server WHERE name = 'claimed'") == []


async def test_a_claim_link_signs_nobody_in_and_a_sign_in_link_claims_nothing(house: House) -> None:
    answer = await house.browser().post("/api/sign-in", {"secret": await _secret(house)})
    assert (answer.status_code, answer.json()["code"]) == (410, "link_used")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"your_name": "   "}, "empty"),
        ({"your_name": "a\u202eb"}, "name_bad"),
        ({"community_name": "\u200b"}, "empty"),
        ({"purpose": " "}, "empty"),
        ({"values": ["fine", "a\x00b"]}, "control_characters"),
        ({"contact": "a\u202eb"}, "control_characters"),
        ({"slug": "-bad-"}, "malformed"),
        ({"slug": "eyes\n"}, "malformed"),
        ({"values": ["v"] * 9}, "malformed"),
    ],
)
async def test_words_that_will_not_do_are_said_and_the_link_still_works(
    house: House, change: dict[str, object], code: str
) -> None:
    secret = await _secret(house)
    wrong = await house.browser().post("/api/claim", {**CLAIM, **change, "secret": secret})
    assert (wrong.status_code, wrong.json()["code"]) == (422, code)
    assert (await house.browser().post("/api/claim", {**CLAIM, "secret": secret})).status_code == 200


async def test_a_second_community_needs_an_address_of_its_own(house: House) -> None:
    await house.keeper()
    founding = Founding(
        slug="shoes",
        name="In My Shoes",
        purpose="To walk.",
        keeper_name="Ada",
        runs_it="A",
        contact="B",
        commitments=("The right place",),
    )
    await house.hearth.database.write(lambda: found_community(founding))
    assert await house.rows("SELECT COUNT(*) FROM community") == [(2,)]
    with pytest.raises(Exception, match="slug_taken"):
        await house.hearth.database.write(lambda: found_community(founding))
