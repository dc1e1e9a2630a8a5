"""What is kept of me: seen in numbers, taken along page by page, and erased, with a receipt."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from rooms.contract import Code, Refused
from rooms.ids import PersonId, RoomId, community_stream, room_stream
from server import exporting_sql
from server.streams.reading_sql import since
from tests.conftest import fresh_postgres
from tests.server.door.house import Browser, House, house_on
from tests.services import Redis
from tests.world import Ear, follow, new_nonce, say, until

DAY_MS = 86_400_000
# A word of each kind that no other text holds.
WORD, NAME = "adawhisper", "Adalovelace"


async def speak(house: House, who: Browser, room: str, text: str, *, hide_name: bool = False) -> str:
    """What `who` said, by its id."""
    answer = await say(house.hearth.streams, RoomId(room), PersonId(who.person), text, hide_name=hide_name)
    return str(answer.message)


async def erased(who: Browser) -> dict[str, Any]:
    """The receipt of somebody who has just erased themselves, with its secret."""
    secret = new_nonce()
    answer = await who.post("/api/me/erase", {"secret": secret})
    assert answer.status_code == 200, answer.text
    return {**answer.json(), "secret": secret}


async def exported(who: Browser) -> list[dict[str, Any]]:
    """Every page of what is kept of somebody."""
    pages: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = await who.get(f"/api/me/export?cursor={cursor}" if cursor else "/api/me/export")
        assert answer.status_code == 200, answer.text
        pages.append(answer.json())
        cursor = pages[-1]["next"]
    return pages


async def line_of(who: Browser, room: str) -> dict[str, Any]:
    """A room as it stands in somebody's list."""
    rooms: list[dict[str, Any]] = (await who.get("/api/communities/eyes")).json()["rooms"]
    return next(one for one in rooms if one["room"] == room)


def rows_of(pages: list[dict[str, Any]], what: str) -> list[dict[str, Any]]:
    return [row for page in pages if page["what"] == what for row in page["rows"]]


async def test_what_is_kept_is_told_in_numbers(house: House, keeper: Browser) -> None:
    ada, tea = await house.member(keeper, NAME), await house.room(keeper, "tea")
    for text in ("one", "two"):
        await speak(house, ada, tea, text)
    kept = (await ada.get("/api/me/kept")).json()
    assert {line["what"]: line["count"] for line in kept["kept"]} == {"name": 1, "words": 2, "devices": 1}
    assert (kept["rooms"], kept["holds"]) == (1, [])


async def test_roles_are_counted_together_whoever_gave_them(house: House, keeper: Browser) -> None:
    ada = await house.member(keeper, NAME, role="host", room=await house.room(keeper, "tea"))
    await house.change(
        "INSERT INTO vouched_role (community, person, role) VALUES (?, ?, 'moderator')",
        await house.community(),
        ada.person,
    )
    kept = (await ada.get("/api/me/kept")).json()["kept"]
    assert {line["what"]: line["count"] for line in kept}["roles"] == 2


async def test_the_file_has_everything_of_mine_and_nothing_of_anybody_else(
    house: House, keeper: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting_sql, "PAGE", 3)
    ada, ben, tea = await house.member(keeper, NAME), await house.member(keeper, "Ben"), await house.room(keeper, "tea")
    said = [await speak(house, ada, tea, f"{WORD} {number}") for number in range(7)]
    await speak(house, ben, tea, "a word of Ben's")
    pages = await exported(ada)
    assert [row["id"] for row in rows_of(pages, "words")] == said
    assert max(len(page["rows"]) for page in pages) == 3
    assert [row["name"] for row in rows_of(pages, "name")] == [NAME]
    assert [row["what"] for row in rows_of(pages, "roles")] == ["member.joined"]
    assert pages[-1]["rooms"][tea] == "Tea"
    assert len(rows_of(pages, "devices")) == 1
    whole = repr(pages)
    assert "Ben" not in whole
    secrets = [value for row in await house.rows("SELECT id, token_hash FROM session") for value in row]
    assert [one for one in secrets if one in whole] == []


async def test_only_whoever_is_signed_in_gets_it_and_on_a_shared_device_only_who_says_so(
    house: House, keeper: Browser
) -> None:
    assert (await house.browser().get("/api/me/export")).status_code == 401
    assert (await house.browser().get("/api/me/kept")).status_code == 401
    shared = await house.joined((await house.invite(keeper))["secret"], NAME, shared=True)
    answer = await shared.get("/api/me/export")
    assert (answer.status_code, answer.json()["code"]) == (409, "shared_device")
    assert (await shared.get("/api/me/export?here=yes")).status_code == 200
    assert (await shared.get("/api/me/export?here=yes&cursor=x")).json()["code"] == "malformed"


async def test_the_receipt_says_what_went_and_is_all_that_is_left_of_the_session(house: House, keeper: Browser) -> None:
    ada, tea = await house.member(keeper, NAME), await house.room(keeper, "tea")
    await speak(house, ada, tea, WORD)
    other = house.browser()
    other.http.cookies.update(ada.http.cookies)
    receipt = await erased(ada)
    assert {line["what"]: line["count"] for line in receipt["erased"]} == {"name": 1, "words": 1, "devices": 1}
    assert receipt["backups_ms"] == receipt["done_ms"] + 35 * DAY_MS
    assert receipt["wiped_ms"] == receipt["done_ms"] + DAY_MS
    assert (await other.get("/api/me")).json()["person"] is None
    assert (await other.get("/api/me/kept")).status_code == 401
    # Anybody with the secret may look, and nobody else.
    looked = await house.browser().post("/api/receipt", {"secret": receipt["secret"]})
    assert looked.json() == {name: value for name, value in receipt.items() if name != "secret"}
    assert NAME not in looked.text
    assert (await house.browser().post("/api/receipt", {"secret": new_nonce()})).status_code == 404


async def test_the_name_is_free_and_stands_nowhere_any_more(house: House, keeper: Browser) -> None:
    ada, tea = await house.member(keeper, NAME, role="moderator"), await house.room(keeper, "tea")
    await speak(house, ada, tea, WORD)
    await ada.patch("/api/communities/eyes/me", {"name": f"{NAME} too"})
    await erased(ada)
    everything = [await house.rows(f"SELECT * FROM {table}") for table in ("event", "member", "message", "stream")]  # noqa: S608
    assert NAME not in repr(everything)
    members = (await keeper.get("/api/communities/eyes/members")).json()["members"]
    assert [one["name"] for one in members] == ["Kirsten"]
    again = await house.member(keeper, NAME)
    assert again.person != ada.person


async def test_from_the_first_step_on_no_event_of_the_community_says_the_name(house: House, keeper: Browser) -> None:
    ada = await house.member(keeper, NAME)
    await ada.patch("/api/communities/eyes/me", {"name": f"{NAME} too"})
    stream, streams = community_stream(await house.community()), house.hearth.streams
    known = Ear(PersonId(keeper.person))
    epoch = (await follow(streams, known, stream)).epoch
    # A node that dies before it has done a part.
    await house.hearth.erasing.begin(PersonId(ada.person), "a hash")
    await until(lambda: known.events)
    for _ in range(2):
        # Whoever comes back: from memory, and from the database.
        again = Ear(PersonId(keeper.person))
        assert (await follow(streams, again, stream, epoch=epoch, after=0)).resumed
        await until(lambda: "member.erased" in repr(again.heard))  # noqa: B023 - waited for here
        assert NAME not in repr(again.heard)
        streams.channels[stream].ring.shrink()
    stored = await house.hearth.database.read(lambda: since(stream, 0, 100))
    assert [type(event).__name__ for *_, event in stored].count("MemberJoined") >= 1
    assert NAME not in repr(stored)


async def test_a_mention_by_somebody_erased_is_no_badge_though_a_hold_keeps_the_words(
    house: House, keeper: Browser
) -> None:
    ada, ben, tea = await house.member(keeper, NAME), await house.member(keeper, "Ben"), await house.room(keeper, "tea")
    said = await speak(house, ada, tea, WORD)
    await house.change(
        "INSERT INTO mention (message, person, room, seq) SELECT id, ?, room, seq FROM message WHERE id = ?",
        ben.person,
        said,
    )
    here = await line_of(ben, tea)
    assert (here["mentions"], here["unread"], here["last_ms"] is None) == (1, 1, False)
    assert (await keeper.put("/api/communities/eyes/hold", {"room": tea, "reason": "court"})).status_code == 200
    assert (await erased(ada))["sealed"]
    here = await line_of(ben, tea)
    assert (here["mentions"], here["unread"], here["last_ms"]) == (0, 0, None)


async def test_what_was_noted_on_a_code_for_one_goes_with_whom_it_was_for(house: House, keeper: Browser) -> None:
    own = await house.invite(keeper, label=f"for {NAME}", uses=1)
    shared = await house.invite(keeper, label="for the ward", uses=5)
    ada, ben = await house.joined(own["secret"], NAME), await house.joined(shared["secret"], "Ben")
    await erased(ada)
    await erased(ben)
    labels = await house.rows("SELECT label FROM invitation WHERE id = ?", own["invitation"])
    labels += await house.rows("SELECT label FROM invitation WHERE id = ?", shared["invitation"])
    assert labels == [("",), ("for the ward",)]


async def test_what_was_decided_at_work_stays_by_its_number_and_its_note_goes(house: House, keeper: Browser) -> None:
    second = await house.member(keeper, NAME, role="keeper")
    invitation = (await house.invite(second, label="for Adalovelace's friends"))["invitation"]
    await erased(second)
    assert await house.rows("SELECT made_by, label FROM invitation WHERE id = ?", invitation) == [(second.person, "")]
    line = (await keeper.get("/api/communities/eyes/invitations")).json()["invitations"][0]
    assert (line["invitation"], line["made_by"]) == (invitation, "")


async def test_the_only_keeper_is_told_what_to_do_first(house: House, keeper: Browser) -> None:
    answer = await keeper.post("/api/me/erase", {"secret": new_nonce()})
    assert (answer.status_code, answer.json()["code"]) == (409, "last_keeper")
    assert (await keeper.get("/api/me")).json()["person"] == keeper.person


async def test_whoever_has_the_join_request_of_before_does_not_come_in_by_it(house: House, keeper: Browser) -> None:
    join = {"secret": (await house.invite(keeper))["secret"], "name": NAME, "nonce": new_nonce()}
    ada = house.browser()
    assert (await ada.post("/api/join", join)).status_code == 200
    await erased(ada)
    answer = await house.browser().post("/api/join", join)
    assert (answer.status_code, answer.json()["code"]) == (410, "erased")


async def test_a_receipt_is_forgotten_after_a_month_and_who_was_erased_is_not(house: House, keeper: Browser) -> None:
    ada = await house.member(keeper, NAME)
    receipt = await erased(ada)
    await house.hearth.erasing.carry_out_all(receipt["done_ms"] + 31 * DAY_MS)
    assert (await house.browser().post("/api/receipt", {"secret": receipt["secret"]})).status_code == 404
    assert await house.rows("SELECT person, counts FROM erasure") == [(ada.person, "{}")]


# How long words are kept --------------------------------------------------------------------------------------------


async def test_keepers_see_and_say_for_how_long_words_are_kept(house: House, keeper: Browser) -> None:
    ada, tea = await house.member(keeper, NAME), await house.room(keeper, "tea")
    quiet = await house.room(keeper, "quiet")
    for text in ("old", "older", "new"):
        await speak(house, ada, tea, text)
    await house.change("UPDATE message SET at_ms = at_ms - ? WHERE text <> 'new'", 100 * DAY_MS)
    path = "/api/communities/eyes/keeping"
    assert (await keeper.get(f"{path}/due?days=90")).json() == {"due": 2}
    assert (await keeper.get(f"{path}/due?days=90&room={quiet}")).json() == {"due": 0}
    assert (await keeper.get(f"{path}/due?days=1")).json()["params"] == {"least": 7, "most": 3650}
    assert (await keeper.put(path, {"days": 90, "room": tea})).status_code == 200
    kept = (await keeper.get(path)).json()
    assert (kept["days"], kept["hold"]) == (365, None)
    there = next(room for room in kept["rooms"] if room["room"] == tea)
    assert (there["own_days"], there["days"], there["due"]) == (90, 90, 2)
    assert (await keeper.put(path, {"days": 30})).status_code == 200
    home = (await ada.get("/api/communities/eyes")).json()
    assert home["community"]["kept_days"] == 30
    assert {room["kept_days"] for room in home["rooms"]} == {30}
    answer = await keeper.put(path, {"days": 60, "room": tea})
    assert (answer.status_code, answer.json()["params"]) == (422, {"least": 7, "most": 30})


async def test_what_would_go_is_told_for_each_time_that_can_be_set_and_for_no_other(
    house: House, keeper: Browser
) -> None:
    ada, tea = await house.member(keeper, NAME), await house.room(keeper, "tea")
    await speak(house, ada, tea, WORD)
    await house.change("UPDATE message SET at_ms = at_ms - ?", 6 * DAY_MS)
    path = "/api/communities/eyes/keeping"
    # A community that keeps for less than the least may go on so, and so may its rooms.
    await house.change("UPDATE community SET kept_days = 5")
    assert (await keeper.get(f"{path}/due?days=5&room={tea}")).json() == {"due": 1}
    longer = await keeper.get(f"{path}/due?days=7&room={tea}")
    assert (longer.json()["code"], longer.json()["params"]) == ("kept_out_of_range", {"least": 5, "most": 5})
    assert (await keeper.put(path, {"days": 7, "room": tea})).json()["params"] == {"least": 5, "most": 5}
    assert (await keeper.put(path, {"days": 5, "room": tea})).status_code == 200
    # Kept without end: nothing goes, so nothing is said to go.
    await house.change("UPDATE community SET kept_days = 0")
    rooms = (await keeper.get(path)).json()["rooms"]
    assert {room["due"] for room in rooms} == {0}
    assert (await keeper.get(f"{path}/due")).json() == {"due": 0}


async def test_a_hold_is_a_keepers_and_is_told_to_whoever_has_spoken_there(house: House, keeper: Browser) -> None:
    ada, tea = await house.member(keeper, NAME), await house.room(keeper, "tea")
    await speak(house, ada, tea, WORD)
    path = "/api/communities/eyes/hold"
    for way in ("get", "put"):
        ask = ada.get("/api/communities/eyes/keeping") if way == "get" else ada.put(path, {"reason": "court"})
        assert (await ask).json()["code"] == "not_allowed"
    assert (await keeper.put(path, {"reason": "court", "room": tea})).status_code == 200
    kept = (await ada.get("/api/me/kept")).json()
    assert [(hold["room"], hold["title"], hold["reason"]) for hold in kept["holds"]] == [(tea, "Tea", "court")]
    receipt = await erased(ada)
    assert (receipt["sealed"], receipt["done_ms"]) == (True, None)
    messages = (await keeper.get(f"/api/rooms/{tea}/messages")).json()["messages"]
    assert [(one.get("text"), one["removed"]) for one in messages] == [(None, "erased")]
    assert (await keeper.put(path, {"reason": None, "room": tea})).status_code == 200
    assert await house.hearth.erasing.carry_out_all(0) == 1
    looked = await house.browser().post("/api/receipt", {"secret": receipt["secret"]})
    assert (looked.json()["sealed"], looked.json()["done_ms"] is None) == (False, False)
    assert await house.rows("SELECT text, shown FROM message") == [(None, "{}")]


# Two nodes -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    with Redis() as server:
        yield server


@pytest.fixture
async def two(postgres_url: str, redis: Redis) -> AsyncIterator[tuple[House, House]]:
    """Two nodes of one server."""
    with fresh_postgres(postgres_url) as url:
        async with house_on(url, redis_url=redis.url) as one, house_on(url, redis_url=redis.url) as other:
            yield one, other


@pytest.mark.redis
@pytest.mark.postgres
async def test_erased_on_one_node_is_gone_on_the_other_within_five_seconds(two: tuple[House, House]) -> None:
    here, there = two
    keeper = await here.keeper()
    ada, ben, tea = await here.member(keeper, NAME), await here.member(keeper, "Ben"), await here.room(keeper, "tea")
    room, bens = RoomId(tea), Browser(there.browser().http, there.url, ben.person)
    bens.http.cookies.update(ben.http.cookies)
    adas = there.browser()
    adas.http.cookies.update(ada.http.cookies)
    assert (await adas.get("/api/me")).json()["person"] == ada.person
    live, home = Ear(PersonId(ben.person)), Ear(PersonId(ben.person))
    await follow(there.hearth.streams, live, room_stream(room))
    epoch, before = live.entered[0].epoch, live.entered[0].seq
    await follow(there.hearth.streams, home, community_stream(await here.community()))
    await speak(here, ada, tea, WORD)
    await speak(here, ada, tea, f"{WORD} hidden", hide_name=True)
    await speak(here, ben, tea, "a word of Ben's")
    await until(lambda: len(live.events) == 3)
    async with asyncio.timeout(5):
        await erased(ada)
        await until(lambda: len(live.events) == 5 and home.events)
        # History, the memory of the other node, and what comes after a break.
        page = await bens.get(f"/api/rooms/{tea}/messages")
        again = Ear(PersonId(ben.person))
        assert (await follow(there.hearth.streams, again, room_stream(room), epoch=epoch, after=before)).resumed
        await until(lambda: len(again.events) == 5)
        shown = repr((page.text, again.heard, (await bens.get("/api/communities/eyes")).text))
        assert WORD not in shown
        assert NAME not in shown
        assert (await adas.get("/api/me")).json()["person"] is None
    assert [item["event"]["t"] for item in live.events[3:]] == ["author.erased", "messages.erased"]
    assert again.seqs == live.seqs == list(range(before + 1, before + 6))
    assert "a word of Ben's" in page.text
    with pytest.raises(Refused) as refused:
        await speak(there, ada, tea, "once more")
    assert refused.value.code == Code.NOT_FOUND
