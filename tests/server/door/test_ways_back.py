"""Ways back: four words or a link bring the same person to another device, once, and their owner hears of it."""

import asyncio
from typing import Any

import httpx2
import pytest

from rooms.ids import PersonId, person_stream
from server import duties
from server.door.limits import LIMITS, Limit
from tests.server.door.house import Browser, House
from tests.world import Ear, new_nonce, until


@pytest.fixture
async def rosa(house: House, keeper: Browser) -> Browser:
    return await house.member(keeper, "Rosa")


async def made(browser: Browser) -> dict[str, Any]:
    answer = await browser.post("/api/way-back")
    assert answer.status_code == 200, answer.text
    way: dict[str, Any] = answer.json()
    return {**way, "link": way["path"].rpartition("/")[2]}


async def back(browser: Browser, **how: object) -> httpx2.Response:
    return await browser.post("/api/back", {"nonce": new_nonce(), **how})


def code_of(answer: httpx2.Response) -> str:
    return str(answer.json()["code"])


async def whoever_is(browser: Browser) -> dict[str, Any]:
    me: dict[str, Any] = (await browser.get("/api/me")).json()
    return me


@pytest.mark.parametrize("way", ["words", "link"])
async def test_a_cleared_phone_is_the_same_person_again_with_the_words_or_the_link(
    house: House, rosa: Browser, way: str
) -> None:
    mine = await made(rosa)
    assert len(mine["words"]) == 4
    assert mine["qr"].startswith("<svg")
    assert (await whoever_is(rosa))["way_back"] == {"allowed": True, "ends_ms": mine["ends_ms"]}
    phone = house.browser()
    shown = {"words": " ".join(mine["words"])} if way == "words" else {"link": mine["link"]}
    answer = await back(phone, **shown)
    assert answer.json() == {"community_slug": "eyes", "room_slug": None, "person": rosa.person}
    assert "Max-Age" in answer.headers["set-cookie"]
    me = await whoever_is(phone)
    assert (me["person"], me["communities"][0]["shown_name"]) == (rosa.person, "Rosa")
    # It worked once: there is none now, and another can be made.
    assert me["way_back"] == {"allowed": True, "ends_ms": None}
    again = await back(house.browser(), **shown)
    assert (again.status_code, code_of(again)) == (410, "way_back_used")


@pytest.mark.parametrize(
    "written", ["{} {} {} {}", "  {}-{}-{}-{} ", "{}, {}, {}, {}.", "{}\n{}\n{}\n{}", "1. {} 2. {} 3. {} 4. {}"]
)
async def test_words_may_be_written_in_any_way(house: House, rosa: Browser, written: str) -> None:
    words = (await made(rosa))["words"]
    answer = await back(house.browser(), words=written.format(*[word.upper() for word in words]))
    assert answer.json()["person"] == rosa.person


async def test_who_mistypes_a_word_is_told_which(house: House, rosa: Browser) -> None:
    words = (await made(rosa))["words"]
    answer = await back(house.browser(), words=f"{words[0]} {words[1]} lemmmon {words[3]}")
    assert (answer.status_code, code_of(answer), answer.json()["params"]) == (422, "words_unknown", {"number": 3})
    answer = await back(house.browser(), words=f"{words[0]} {words[1]} {words[3]}")
    assert answer.json()["params"] == {"number": 0}
    right_words_wrong_order = await back(house.browser(), words=" ".join(reversed(words)))
    assert code_of(right_words_wrong_order) == "way_back_unknown"


async def test_both_ways_or_none_at_once_is_no_way(house: House) -> None:
    for shown in ({}, {"words": "acorn", "link": "x" * 32}):
        assert code_of(await back(house.browser(), **shown)) == "malformed"


async def test_a_new_way_back_ends_the_old_one(house: House, rosa: Browser) -> None:
    old, new = await made(rosa), await made(rosa)
    for shown in ({"words": " ".join(old["words"])}, {"link": old["link"]}):
        assert code_of(await back(house.browser(), **shown)) == "way_back_unknown"
    assert (await back(house.browser(), link=new["link"])).status_code == 200


async def test_only_so_many_are_made_in_a_while(house: House, rosa: Browser) -> None:
    for _ in range(LIMITS[Limit.WAY_BACK].amount):
        await made(rosa)
    answer = await rosa.post("/api/way-back")
    assert (answer.status_code, answer.json()["code"]) == (429, "too_fast")


async def test_used_ten_times_at_once_it_lets_one_in(house: House, rosa: Browser) -> None:
    words = " ".join((await made(rosa))["words"])
    answers = await asyncio.gather(*(back(house.browser(), words=words) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [410] * 9


async def test_who_lost_the_answer_on_the_way_is_let_in_by_the_same_request(house: House, rosa: Browser) -> None:
    link, nonce = (await made(rosa))["link"], new_nonce()
    lost = house.browser()
    await back(lost, link=link, nonce=nonce)
    phone = house.browser()
    assert (await back(phone, link=link, nonce=nonce)).json()["person"] == rosa.person
    assert (await whoever_is(phone))["person"] == rosa.person
    await house.forgets()
    # Nobody has the token that was lost, and it opens nothing.
    assert (await whoever_is(lost))["person"] is None
    await house.change("UPDATE way_back SET used_ms = used_ms - 601000")
    assert code_of(await back(house.browser(), link=link, nonce=nonce)) == "way_back_used"


async def test_a_shared_device_forgets_with_its_window(house: House, rosa: Browser) -> None:
    answer = await back(house.browser(), link=(await made(rosa))["link"], shared=True)
    assert "Max-Age" not in answer.headers["set-cookie"]


async def test_who_was_signed_in_there_before_is_signed_out(house: House, keeper: Browser, rosa: Browser) -> None:
    tablet = await house.member(keeper, "Ben")
    token = tablet.token
    await back(tablet, link=(await made(rosa))["link"], shared=True)
    assert (await whoever_is(tablet))["person"] == rosa.person
    bens = await house.browser().get("/api/me", authorization=f"Bearer {token}")
    assert bens.json()["person"] is None


async def test_its_owner_hears_at_once_and_can_end_it_and_who_came_cannot_say_it_was_them(
    house: House, rosa: Browser
) -> None:
    ear, streams = Ear(PersonId(rosa.person)), house.hearth.streams
    await streams.follow(ear, person_stream(ear.person), epoch=None, after=0, tell=lambda _: None)
    thief = house.browser()
    await back(thief, words=" ".join((await made(rosa))["words"]))
    await until(lambda: any(item["t"] == "signal" and item["signal"] == {"t": "way.used"} for item in ear.heard))
    assert (await whoever_is(thief))["came_back"] == []
    [came] = (await whoever_is(rosa))["came_back"]
    for who, left in ((thief, 1), (rosa, 0)):
        assert (await who.post("/api/was-me", {"sessions": [came["session"]]})).status_code == 200
        assert len((await whoever_is(rosa))["came_back"]) == left
    assert (await rosa.delete(f"/api/sessions/{came['session']}")).status_code == 200
    assert (await whoever_is(thief))["person"] is None


async def test_who_came_by_a_stolen_way_back_hides_it_with_no_second_one(house: House, rosa: Browser) -> None:
    thief, second = house.browser(), house.browser()
    await back(thief, link=(await made(rosa))["link"])
    await back(second, link=(await made(thief))["link"])
    told = {one["session"] for one in (await whoever_is(rosa))["came_back"]}
    assert len(told) == 2
    await second.post("/api/was-me", {"sessions": sorted(told)})
    assert {one["session"] for one in (await whoever_is(rosa))["came_back"]} == told


async def test_nobody_answers_for_somebody_else(house: House, keeper: Browser, rosa: Browser) -> None:
    await back(house.browser(), link=(await made(rosa))["link"])
    [came] = (await whoever_is(rosa))["came_back"]
    await keeper.post("/api/was-me", {"sessions": [came["session"]]})
    assert (await whoever_is(rosa))["came_back"] == [came]


async def test_the_team_has_none_and_who_joins_it_loses_theirs(house: House, keeper: Browser, rosa: Browser) -> None:
    refused = await keeper.post("/api/way-back")
    assert code_of(refused) == "not_allowed"
    assert (await whoever_is(keeper))["way_back"] == {"allowed": False, "ends_ms": None}
    link = (await made(rosa))["link"]
    answer = await keeper.put(f"/api/communities/eyes/members/{rosa.person}/role", {"role": "host", "held": True})
    assert answer.status_code == 200, answer.text
    assert code_of(await back(house.browser(), link=link)) == "way_back_unknown"


async def test_who_has_left_comes_back_by_no_way(house: House, rosa: Browser) -> None:
    link = (await made(rosa))["link"]
    await rosa.post("/api/communities/eyes/leave")
    assert code_of(await back(house.browser(), link=link)) == "way_back_unknown"


async def test_it_runs_out_and_is_forgotten(house: House, rosa: Browser) -> None:
    link = (await made(rosa))["link"]
    await house.change("UPDATE way_back SET ends_ms = made_ms")
    assert code_of(await back(house.browser(), link=link)) == "way_back_unknown"
    assert (await whoever_is(rosa))["way_back"] == {"allowed": True, "ends_ms": None}
    [(now_ms,)] = await house.rows("SELECT NOW_MS()")
    assert len(await house.hearth.database.write(lambda: duties.ended_ways_back(now_ms))) == 1
    assert await house.rows("SELECT 1 FROM way_back") == []


async def test_guessing_words_is_stopped_and_links_work_on_elsewhere(house: House, rosa: Browser) -> None:
    mine = await made(rosa)
    guesser = house.browser(address="203.0.113.66")
    codes = set()
    for _ in range(LIMITS[Limit.WRONG_TRY].amount + 1):
        codes.add(code_of(await back(guesser, words="acorn acrobat active actor")))
    assert codes == {"way_back_unknown", "too_fast"}
    # Not even the right words are looked at any more.
    assert code_of(await back(guesser, words=" ".join(mine["words"]))) == "too_fast"
    assert (await back(house.browser(), link=mine["link"])).status_code == 200


async def test_only_hashes_of_it_are_kept(house: House, rosa: Browser) -> None:
    mine = await made(rosa)
    [row] = await house.rows("SELECT * FROM way_back")
    assert not [cell for cell in row if isinstance(cell, str) and (mine["link"] in cell or mine["words"][0] in cell)]
