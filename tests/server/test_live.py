"""The live connection end to end: a real node, real sockets, and a client that knows only the protocol page."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import msgpack
import pytest
from websockets.exceptions import InvalidStatus

from rooms.ids import TabId, room_stream
from rooms.rights import Role
from server import here, socket
from server.database.ports import Database, Work
from server.door.limits import LIMITS
from server.streams.reading_sql import stored_since
from tests.server.live import JSON, MSGPACK, LiveHouse, NoLimits, live_house, new_nonce
from tests.world import say, until

T = TypeVar("T")


@pytest.fixture
async def house(tmp_path: Path, sqlite_template: bytes) -> AsyncIterator[LiveHouse]:
    """Ada, Ben and Cleo are members; everybody may be in "tea"."""
    path = tmp_path / "hearth.db"
    path.write_bytes(sqlite_template)
    async with live_house(f"sqlite:///{path}") as house:
        for name in ("Ada", "Ben", "Cleo"):
            await house.world.person(name)
        await house.world.room("tea")
        yield house


# Coming in --------------------------------------------------------------------------------------------------------


async def test_the_first_item_greets_and_says_who_one_is_and_in_which_tab(house: LiveHouse) -> None:
    ada, again = await house.line("Ada"), await house.line("Ada")
    hello = ada.items[0]
    assert (hello["t"], hello["contract"], hello["person"]) == ("hello", 1, house.world.people["Ada"])
    assert hello["tab"] != again.items[0]["tab"]
    assert ada.socket.subprotocol == JSON


async def test_a_program_comes_in_by_a_bearer_token_without_an_origin(house: LiveHouse) -> None:
    line = await house.open({"Authorization": f"Bearer {await house.token('Ada')}"}, origin=None)
    await until(lambda: line.items)
    assert line.items[0]["person"] == house.world.people["Ada"]


# Talking ----------------------------------------------------------------------------------------------------------


async def test_what_is_said_is_stored_acknowledged_and_heard_by_all_who_follow(house: LiveHouse) -> None:
    tea = house.world.rooms["tea"]
    ada, ben = await house.line("Ada"), await house.line("Ben")
    await ada.follow(tea)
    await ben.follow(tea)
    receipt = await ada.post(tea, "Good morning")
    assert (receipt["t"], receipt["seq"]) == ("receipt", 1)
    await until(lambda: ada.texts and ben.texts)
    assert ben.events() == ada.events()
    assert ben.events()[0]["message"] == receipt["message"]
    assert ben.texts == ["Good morning"]


async def test_the_binary_form_says_the_same_to_a_decoder_that_is_not_ours(house: LiveHouse) -> None:
    tea = house.world.rooms["tea"]
    ada, ben = await house.line("Ada"), await house.line("Ben", form=MSGPACK)
    assert ben.socket.subprotocol == MSGPACK
    await ada.follow(tea)
    following = await ben.follow(tea)
    assert following["snapshot"]["room"]["slug"] == "tea"
    receipt = await ben.post(tea, "żółw 🐢", mentions=[house.world.people["Ada"]])
    reaction = {"message": receipt["message"], "reaction": "heart", "on": True}
    reacted = await ada.ask("reaction.set", room=tea, nonce=new_nonce(), **reaction)
    await until(lambda: ben.signals("tally.changed") and ada.signals("tally.changed"))
    assert reacted["rev"] == 1
    assert ben.events() == ada.events()
    assert ben.texts == ["żółw 🐢"]
    assert ben.signals("tally.changed") == ada.signals("tally.changed")
    assert all(isinstance(msgpack.unpackb(frame), list) for frame in ben.frames if isinstance(frame, bytes))
    assert all(isinstance(frame, bytes) for frame in ben.frames)


async def test_commands_are_done_in_the_order_they_are_sent(house: LiveHouse) -> None:
    tea = house.world.rooms["tea"]
    ada = await house.line("Ada")
    posts = [{"t": "message.post", "room": tea, "nonce": new_nonce(), "text": f"{n}"} for n in range(40)]
    refs = [await ada.send(post) for post in posts]
    assert [(await ada.answer(ref))["seq"] for ref in refs] == list(range(1, 41))


class Gate:
    """A database whose writes wait until they are let through."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.open = asyncio.Event()

    async def write(self, work: Callable[[], Work[T]]) -> T:
        await self.open.wait()
        return await self._database.write(work)

    async def read(self, work: Callable[[], Work[T]]) -> T:
        return await self._database.read(work)


async def test_following_waits_for_the_answers_to_what_was_asked_before(
    house: LiveHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    tea = house.world.rooms["tea"]
    ada = await house.line("Ada")
    gate = Gate(house.hearth.database)
    monkeypatch.setattr(house.hearth.streams.sequencer, "_database", gate)
    posted = await ada.send({"t": "message.post", "room": tea, "nonce": new_nonce(), "text": "first this"})
    followed = await ada.send({"t": "stream.follow", "stream": f"room:{tea}"})
    # Later commands that wait for nothing are answered meanwhile.
    assert (await ada.ask("typing.tell", room=tea, on=True))["t"] == "receipt"
    assert ada.answers(posted) == ada.answers(followed) == []
    gate.open.set()
    following = await ada.answer(followed)
    assert ada.items.index(await ada.answer(posted)) < ada.items.index(following)
    assert [message["text"] for message in following["snapshot"]["page"]["messages"]] == ["first this"]


async def test_a_message_sent_again_after_the_line_broke_is_the_same_message(house: LiveHouse) -> None:
    tea = house.world.rooms["tea"]
    nonce = new_nonce()
    first = await house.line("Ada")
    following = await first.follow(tea)
    receipt = await first.post(tea, "did it go out?", nonce=nonce)
    first.socket.transport.abort()
    await first.ends()
    second = await house.line("Ada")
    again = await second.post(tea, "did it go out?", nonce=nonce)
    assert (again["message"], again["seq"]) == (receipt["message"], receipt["seq"])
    resumed = await second.follow(tea, epoch=following["epoch"], after=following["seq"])
    assert resumed["resumed"]
    await until(lambda: second.texts)
    await second.post(tea, "yes")
    await until(lambda: len(second.texts) == 2)
    assert second.texts == ["did it go out?", "yes"]


async def test_a_line_that_broke_goes_on_from_its_cursor_with_nothing_missing_and_nothing_doubled(
    house: LiveHouse,
) -> None:
    tea = house.world.rooms["tea"]
    ada, ben = await house.line("Ada"), await house.line("Ben")
    following = await ben.follow(tea)
    for n in range(5):
        await ada.post(tea, f"{n}")
    await until(lambda: len(ben.texts) == 5)
    ben.socket.transport.abort()
    await ben.ends()
    for n in range(5, 10):
        await ada.post(tea, f"{n}")
    back = await house.line("Ben")
    resumed = await back.follow(tea, epoch=following["epoch"], after=5)
    assert (resumed["resumed"], resumed.get("snapshot")) == (True, None)
    await until(lambda: len(back.texts) == 5)
    assert back.texts == ["5", "6", "7", "8", "9"]


# Who is here, and who writes --------------------------------------------------------------------------------------


async def test_two_tabs_are_one_person_and_closing_one_is_no_leaving(
    house: LiveHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Who reloads the page is not seen to leave; here nobody reloads.
    monkeypatch.setattr(here, "LINGER_MS", 0)
    tea = house.world.rooms["tea"]
    ben, ada, second = await house.line("Ben"), await house.line("Ada"), await house.line("Ada")
    await ada.follow(tea)
    await second.follow(tea)
    following = await ben.follow(tea)
    assert {who["name"] for who in following["snapshot"]["roster"]["people"]} == {"Ada"}
    await until(lambda: ben.signals("roster.changed"))
    assert [roster["count"] for roster in ben.signals("roster.changed")] == [2]

    await second.socket.close()
    await until(lambda: TabId(second.items[0]["tab"]) not in house.hearth.here._places[tea].roster.leases)
    assert house.hearth.here.count(tea) == 2
    await ada.socket.close()
    await until(lambda: len(ben.signals("roster.changed")) == 2)
    last = ben.signals("roster.changed")[-1]
    assert (last["count"], [who["name"] for who in last["people"]]) == (1, ["Ben"])


async def test_who_writes_is_told_to_the_room_and_ends_with_the_message(house: LiveHouse) -> None:
    tea = house.world.rooms["tea"]
    ada, ben = await house.line("Ada"), await house.line("Ben")
    await ada.follow(tea)
    await ben.follow(tea)
    await ada.ask("typing.tell", room=tea, on=True)
    await until(lambda: ben.signals("typing.changed"))
    assert [who["name"] for who in ben.signals("typing.changed")[0]["people"]] == ["Ada"]
    await ada.post(tea, "here it is")
    await until(lambda: len(ben.signals("typing.changed")) == 2)
    assert ben.signals("typing.changed")[1]["people"] == []


async def test_somebody_who_is_not_in_the_room_is_not_seen_writing(house: LiveHouse) -> None:
    tea = house.world.rooms["tea"]
    await house.world.person("Lil", accepted=False)
    ada, ben, lil = await house.line("Ada"), await house.line("Ben"), await house.line("Lil")
    await ada.follow(tea)
    await lil.follow(tea)
    # Ben may be there and is not, Lil is there and only listens.
    assert await ben.ask("typing.tell", room=tea, on=True) == {"t": "receipt", "ref": 1}
    assert (await lil.ask("typing.tell", room=tea, on=True))["t"] == "receipt"
    await ada.ask("typing.tell", room=tea, on=True)
    await until(lambda: ada.signals("typing.changed"))
    assert [[who["name"] for who in told["people"]] for told in ada.signals("typing.changed")] == [["Ada"]]


# Rights that end --------------------------------------------------------------------------------------------------


async def test_a_session_that_is_ended_here_closes_its_sockets_and_no_others(house: LiveHouse) -> None:
    token = await house.token("Ada")
    ada, elsewhere, ben = await house.line("Ada", token=token), await house.line("Ada"), await house.line("Ben")
    async with house.browser("Ada") as browser:
        browser.headers["cookie"] = f"hearth={token}"
        assert (await browser.post("/api/sign-out")).status_code == 200
    assert await asyncio.wait_for(ada.ends(), 2) == (4401, "signed out")
    assert (elsewhere.closed, ben.closed) == (None, None)
    with pytest.raises(InvalidStatus) as denied:
        await house.line("Ada", token=token)
    assert denied.value.response.status_code == 401


async def test_a_session_that_another_process_ended_is_found_within_two_seconds(house: LiveHouse) -> None:
    ada, ben = await house.line("Ada"), await house.line("Ben")
    await house.end_sessions("Ada")
    assert await asyncio.wait_for(ada.ends(), 2) == (4401, "signed out")
    assert ben.closed is None


async def test_who_is_taken_out_hears_nothing_of_what_comes_after_and_is_gone_from_the_room(house: LiveHouse) -> None:
    tea, world = house.world.rooms["tea"], house.world
    await world.person("Ruth", Role.KEEPER)
    ada, ben = await house.line("Ada"), await house.line("Ben")
    await ada.follow(tea)
    await ben.follow(tea)
    async with house.browser("Ruth") as keeper:
        gone = await keeper.delete(f"/api/communities/eyes/members/{world.people['Ben']}")
        assert gone.status_code == 200, gone.text
    await ada.post(tea, "between us")
    await until(lambda: ada.texts)
    await until(lambda: ben.closed or any(item["t"] == "ended" for item in ben.items))
    assert ben.texts == []
    await until(lambda: [r["count"] for r in ada.signals("roster.changed")][-1:] == [1])


# Load -------------------------------------------------------------------------------------------------------------


async def test_more_than_a_person_may_do_is_answered_with_when_to_try_again(house: LiveHouse) -> None:
    tea = house.world.rooms["tea"]
    ada, second, ben = await house.line("Ada"), await house.line("Ada"), await house.line("Ben")
    allowed = LIMITS["message.post"].amount
    answers = [await ada.post(tea, f"{n}") for n in range(allowed + 1)]
    assert [answer["t"] for answer in answers] == ["receipt"] * allowed + ["refusal"]
    refusal = answers[-1]
    assert (refusal["code"], 0 < refusal["retry_ms"] <= 10_000) == ("too_fast", True)
    # Another tab is the same person, another person is not; other commands are counted apart.
    assert (await second.post(tea, "me again"))["code"] == "too_fast"
    assert (await ben.post(tea, "and I?"))["t"] == "receipt"
    assert (await ada.ask("place.mark", room=tea, seq=1))["t"] == "receipt"


async def test_a_reader_that_stalls_delays_nobody_and_is_cut(
    tmp_path: Path, sqlite_template: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "STALLED_MS", 300)
    monkeypatch.setattr(socket, "LOOK_S", 0.05)
    path = tmp_path / "hearth.db"
    path.write_bytes(sqlite_template)
    async with live_house(f"sqlite:///{path}", limits=NoLimits()) as house:
        tea = await house.world.room("tea")
        for name in ("Ada", "Ben"):
            await house.world.person(name)
        stalled, ben = await house.line("Ada", reads_slowly=True), await house.line("Ben")
        await stalled.follow(tea)
        await ben.follow(tea)
        stalled.socket.transport.pause_reading()
        streams, said_by = house.hearth.streams, house.world.people["Ben"]
        # Far more than the node keeps for one reader and the two systems between them.
        await asyncio.gather(*(say(streams, tea, said_by, "\U0001f525" * 4_000) for _ in range(400)))
        await until(lambda: len(ben.texts) == 400)
        await until(lambda: house.sockets_of("Ada") == 0)
        assert (streams.metrics.stalled._value.get(), ben.closed) == (1, None)
        stalled.socket.transport.resume_reading()
        await stalled.ends()
        assert len(stalled.texts) < 400


async def test_a_node_that_goes_tells_everybody_when_to_come_back_and_lets_nobody_in(house: LiveHouse) -> None:
    lines = [await house.line(name) for name in ("Ada", "Ben", "Cleo")]
    draining = asyncio.create_task(house.hearth.drain(0.3))
    closes = [await line.ends() for line in lines]
    assert closes == [(4503, "moving")] * 3
    for line in lines:
        assert line.items[-1]["t"] == "moving"
        assert 0 <= line.items[-1]["retry_ms"] <= 300
    await draining
    with pytest.raises(InvalidStatus) as denied:
        await house.line("Ada")
    assert denied.value.response.status_code == 503
    assert denied.value.response.headers["Retry-After"] == "2"


async def test_what_was_begun_before_a_node_goes_is_finished(house: LiveHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    tea = house.world.rooms["tea"]
    ada = await house.line("Ada")
    gate = Gate(house.hearth.database)
    monkeypatch.setattr(house.hearth.streams.sequencer, "_database", gate)
    await ada.send({"t": "message.post", "room": tea, "nonce": new_nonce(), "text": "just in time"})
    await until(lambda: house.hearth.streams.sequencer.waiting)
    draining = asyncio.create_task(house.hearth.drain(0))
    assert (await ada.ends())[0] == 4503
    assert not draining.done()
    gate.open.set()
    await draining
    stored = await gate.read(lambda: stored_since(room_stream(tea), 0, 10))
    assert [event.seq for event in stored] == [1]
