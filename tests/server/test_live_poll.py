"""The live connection where sockets are forbidden: one request with all cursors and commands, one list back."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from rooms.ids import room_stream
from rooms.rights import Visibility
from server import here as presence
from server import poll as polls
from tests.server.live import Gate, LiveHouse, gathered, new_nonce
from tests.world import say, until

Wire = dict[str, Any]


@pytest.fixture
async def house(tmp_path: Path, sqlite_template: bytes) -> AsyncIterator[LiveHouse]:
    """Everybody may be in "tea", and only the team in "desk"."""
    async with gathered(tmp_path, sqlite_template) as house:
        await house.world.room("desk", Visibility.TEAM)
        yield house


@dataclass(slots=True)
class Poller:
    """A page behind a strict network: it polls, and remembers where each stream stands."""

    browser: httpx2.AsyncClient
    streams: dict[str, Wire] = field(default_factory=dict)
    tab: str = "k3VZr0yQd1xw"

    async def poll(self, *asks: Wire, wait_s: int = 20) -> list[Wire]:
        """One poll; its items, by which the cursors move."""
        numbered = [{"ref": ref, "do": do} for ref, do in enumerate(asks, start=1)]
        body = {"tab": self.tab, "streams": list(self.streams.values()), "asks": numbered, "wait_s": wait_s}
        answer = await self.browser.post("/live/poll", json=body)
        assert answer.status_code == 200, answer.text
        items: list[Wire] = answer.json()
        for item in items:
            if item["t"] == "following":
                self.streams[item["stream"]] = {k: item[k] for k in ("stream", "epoch")} | {"after": item["seq"]}
            elif item["t"] == "event":
                self.streams[item["stream"]]["after"] = item["seq"]
        return items

    def begin(self, stream: str) -> None:
        """Follow a stream from the next poll on."""
        self.streams[stream] = {"stream": stream}


@pytest.fixture
async def ben(house: LiveHouse) -> AsyncIterator[Poller]:
    """Ben, who polls, and has the room before him."""
    async with house.browser("Ben") as browser:
        poller = Poller(browser)
        poller.begin(f"room:{house.world.rooms['tea']}")
        await poller.poll()
        yield poller


def kinds(items: list[Wire]) -> list[str]:
    return [item["t"] for item in items]


async def test_a_poll_greets_and_brings_the_room_as_a_socket_does(house: LiveHouse) -> None:
    tea = house.world.rooms["tea"]
    ada = await house.line("Ada")
    await ada.post(tea, "Good morning")
    following = await ada.follow(tea)
    async with house.browser("Ada") as browser:
        poller = Poller(browser)
        poller.begin(f"room:{tea}")
        hello, polled = await poller.poll()
    assert hello == {**ada.items[0], "now_ms": hello["now_ms"], "tab": hello["tab"]}
    assert polled["ref"] == -1
    for one in (polled, following):
        del one["ref"], one["snapshot"]["roster"]
    assert polled == following


async def test_what_is_said_between_two_polls_comes_with_the_next_exactly_as_on_a_socket(
    house: LiveHouse, ben: Poller
) -> None:
    tea = house.world.rooms["tea"]
    ada = await house.line("Ada")
    await ada.follow(tea)
    said = (await ada.post(tea, "frist"))["message"]
    await ada.ask("message.edit", room=tea, nonce=new_nonce(), message=said, text="first")
    await ada.post(tea, "second")
    await until(lambda: len(ada.texts) == 2)
    items = await ben.poll()
    events = [item for item in items if item["t"] == "event"]
    heard = [item for item in ada.items if item["t"] == "event"]
    assert [event["seq"] for event in events] == [1, 2, 3]
    # Whoever comes later is told the words as they are now.
    assert events[0]["event"]["text"] == "first"
    assert events[1:] == heard[1:]
    assert items[1]["resumed"]


async def test_a_poll_is_held_until_there_is_something_to_tell(house: LiveHouse, ben: Poller) -> None:
    tea, ada = house.world.rooms["tea"], await house.line("Ada")
    channel = house.hearth.streams.channels[f"room:{tea}"]  # type: ignore[index]
    polling = asyncio.create_task(ben.poll())
    await until(lambda: channel.followers)
    assert not polling.done()
    await ada.post(tea, "are you there?")
    items = await asyncio.wait_for(polling, 5)
    assert [item["event"]["text"] for item in items if item["t"] == "event"] == ["are you there?"]


async def test_a_quiet_poll_is_answered_when_its_time_is_over(house: LiveHouse, ben: Poller) -> None:
    began = time.monotonic()
    items = await ben.poll(wait_s=1)
    took_s = time.monotonic() - began
    assert set(kinds(items)) <= {"hello", "following", "signal"}
    # The clock of the loop is coarser than ours; the rest is what a busy machine needs.
    assert 0.95 < took_s < 5


async def test_a_poll_that_will_not_wait_greets_at_once(house: LiveHouse) -> None:
    async with house.browser("Ben") as browser:
        assert kinds(await Poller(browser).poll(wait_s=0)) == ["hello"]


async def test_a_poll_carries_commands_and_each_has_its_answer(house: LiveHouse, ben: Poller) -> None:
    tea = house.world.rooms["tea"]
    post = {"t": "message.post", "room": tea, "nonce": new_nonce(), "text": "by post"}
    items = await ben.poll(
        post, {**post, "nonce": new_nonce(), "text": " "}, {"t": "place.mark", "room": tea, "seq": 0}
    )
    answers = {item["ref"]: item for item in items if item.get("ref", 0) > 0}
    assert (answers[1]["t"], answers[1]["seq"]) == ("receipt", 1)
    assert (answers[2]["t"], answers[2]["code"]) == ("refusal", "empty")
    assert answers[3]["t"] == "receipt"
    # Sent again, because the answer was lost, it is the same message.
    [again] = [item for item in await ben.poll(post, wait_s=0) if item.get("ref") == 1]
    assert (again["message"], again["seq"]) == (answers[1]["message"], 1)


async def test_the_answer_to_a_command_comes_before_what_is_followed(house: LiveHouse, ben: Poller) -> None:
    tea = house.world.rooms["tea"]
    items = await ben.poll({"t": "message.post", "room": tea, "nonce": new_nonce(), "text": "mine"})
    assert kinds(items)[:3] == ["hello", "receipt", "following"]


async def test_a_numbering_that_has_ended_brings_a_snapshot_at_once(house: LiveHouse, ben: Poller) -> None:
    stream = f"room:{house.world.rooms['tea']}"
    ben.streams[stream] = {"stream": stream, "epoch": "anotherlife", "after": 3}
    items = await asyncio.wait_for(ben.poll(), 5)
    [following] = [item for item in items if item["t"] == "following"]
    assert not following["resumed"]
    assert following["snapshot"]["room"]["slug"] == "tea"


async def test_a_stream_that_is_not_mine_is_refused_at_once_beside_one_that_is(house: LiveHouse, ben: Poller) -> None:
    desk = f"room:{house.world.rooms['desk']}"
    ben.streams[desk] = {"stream": desk, "epoch": "e0000001", "after": 1}
    items = await asyncio.wait_for(ben.poll(), 5)
    assert [item for item in items if item["t"] == "refusal"] == [{"t": "refusal", "ref": -2, "code": "not_found"}]


async def test_who_polls_is_in_the_room_between_two_polls_too(house: LiveHouse, ben: Poller) -> None:
    tea, ada = house.world.rooms["tea"], await house.line("Ada")
    following = await ada.follow(tea)
    assert [who["name"] for who in following["snapshot"]["roster"]["people"]] == ["Ben"]
    await ben.poll(wait_s=0)
    assert house.hearth.here.count(tea) == 2


async def test_the_node_remembers_nobody_whose_poll_was_answered(house: LiveHouse, ben: Poller) -> None:
    channel = house.hearth.streams.channels[f"room:{house.world.rooms['tea']}"]  # type: ignore[index]
    for wait_s in (0, 0, 0, 1):
        await ben.poll(wait_s=wait_s)
    assert channel.followers == set()


async def test_what_comes_to_be_followed_after_the_answer_is_let_go_of(
    house: LiveHouse, ben: Poller, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = house.hearth.streams
    channel = streams.channels[f"room:{house.world.rooms['tea']}"]  # type: ignore[index]
    gate = Gate(house.hearth.database, holds="reads")
    monkeypatch.setattr(streams, "database", gate)
    assert kinds(await ben.poll(wait_s=0)) == ["hello"]
    assert streams._tasks
    gate.open.set()
    await until(lambda: not streams._tasks)
    assert channel.followers == set()


async def test_a_poll_that_waits_is_answered_when_its_session_ends_and_hears_nothing_more(
    house: LiveHouse, ben: Poller
) -> None:
    tea, ada = house.world.rooms["tea"], await house.line("Ada")
    channel = house.hearth.streams.channels[f"room:{tea}"]  # type: ignore[index]
    polling = asyncio.create_task(ben.poll())
    await until(lambda: channel.followers)
    assert (await ben.browser.post("/api/sign-out")).status_code == 200
    await ada.post(tea, "after you left")
    items = await asyncio.wait_for(polling, 5)
    assert [item for item in items if item["t"] == "event"] == []
    body = {"tab": ben.tab, "streams": [], "wait_s": 0}
    assert (await ben.browser.post("/live/poll", json=body)).status_code == 401


async def test_a_node_that_goes_answers_the_polls_that_wait_and_says_when_to_come_back(
    house: LiveHouse, ben: Poller
) -> None:
    waiting = asyncio.create_task(ben.poll())
    await until(lambda: house.hearth._live.polls.open)
    await house.hearth.drain(0.3)
    moving = (await waiting)[-1]
    assert moving["t"] == "moving"
    assert 0 <= moving["retry_ms"] <= 300
    # Who comes meanwhile is still answered, and sent on at once.
    tea = house.world.rooms["tea"]
    items = await ben.poll({"t": "message.post", "room": tea, "nonce": new_nonce(), "text": "still here"})
    assert [item["t"] for item in items if item["t"] in {"receipt", "moving"}] == ["receipt", "moving"]


async def test_who_polls_is_seen_writing(house: LiveHouse, ben: Poller) -> None:
    tea, ada = house.world.rooms["tea"], await house.line("Ada")
    await ada.follow(tea)
    items = await ben.poll({"t": "typing.tell", "room": tea, "on": True}, wait_s=1)
    assert {item["t"] for item in items if item.get("ref") == 1} == {"receipt"}
    await until(lambda: ada.signals("typing.changed"))
    assert [who["name"] for who in ada.signals("typing.changed")[0]["people"]] == ["Ben"]


async def test_what_is_wrong_with_a_poll_is_told_as_a_problem(house: LiveHouse, ben: Poller) -> None:
    one = {"stream": "room:" + "0" * 26}
    wrong: list[tuple[object, int]] = [
        ({"tab": "short", "streams": []}, 422),
        ({"tab": ben.tab, "streams": [], "wait_s": 26}, 422),
        ({"tab": ben.tab, "streams": [one] * 33}, 422),
        ({"tab": ben.tab, "streams": [{**one, "epoche": "x"}]}, 422),
        ({"tab": ben.tab, "streams": [], "asks": [{"ref": 1, "do": {"t": "message.shout"}}]}, 422),
        ([], 422),
    ]
    for body, status in wrong:
        answer = await ben.browser.post("/live/poll", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, "malformed"), body
    depths = '{"asks":[{"ref":1,"do":{"a":' + "[" * 30_000 + "]" * 30_000 + "}}]}"
    deep = await ben.browser.post("/live/poll", content=depths, headers={"content-type": "application/json"})
    assert (deep.status_code, deep.json()["code"], deep.json()["detail"]) == (422, "malformed", "nested too deeply")
    large = await ben.browser.post("/live/poll", json={"tab": ben.tab, "streams": [], "more": "x" * 70_000})
    assert large.status_code == 413


async def test_a_poll_passes_the_same_checks_as_a_socket(house: LiveHouse, ben: Poller) -> None:
    body = {"tab": ben.tab, "streams": [], "wait_s": 0}
    for header, value in (("origin", "http://evil.example"), ("x-hearth", ""), ("x-hearth", "2")):
        answer = await ben.browser.post("/live/poll", json=body, headers={header: value})
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong_origin")
    stranger = await ben.browser.post("/live/poll", json=body, headers={"cookie": "hearth=nobody"})
    assert (stranger.status_code, stranger.json()["code"]) == (401, "signed_out")
    await house.end_sessions("Ben")
    house.hearth.sessions.drop_cached(house.world.people["Ben"])
    ended = await ben.browser.post("/live/poll", json=body)
    assert ended.status_code == 401


@pytest.mark.parametrize("told", [True, False], ids=["here", "elsewhere"])
async def test_a_poll_that_waits_when_its_session_ends_hears_nothing_of_what_comes_after(
    house: LiveHouse, ben: Poller, *, told: bool
) -> None:
    tea, people = house.world.rooms["tea"], house.world.people
    waiting = asyncio.create_task(ben.poll())
    await until(lambda: house.hearth.streams.channels[room_stream(tea)].followers)
    await house.end_sessions("Ben")
    if told:
        house.hearth.sessions.forget(people["Ben"])
    async with asyncio.timeout(2):
        items = await waiting
    await say(house.hearth.streams, tea, people["Ada"], "among ourselves")
    assert "event" not in kinds(items)
    house.hearth.sessions.drop_cached(people["Ben"])
    assert (await ben.browser.post("/live/poll", json={"tab": ben.tab, "streams": []})).status_code == 401


def people_in(items: list[Wire], signal: str) -> list[list[str]]:
    """Whom each signal of a kind names."""
    told = [item["signal"] for item in items if item["t"] == "signal" and item["signal"]["t"] == signal]
    return [[one["name"] for one in each["people"]] for each in told]


async def test_who_writes_between_two_polls_is_told_by_the_next_one_soon(house: LiveHouse, ben: Poller) -> None:
    tea, ada = house.world.rooms["tea"], await house.line("Ada")
    await ada.follow(tea)
    await ada.ask("typing.tell", room=tea, on=True)
    # Nothing else happens, and the poll would wait for 20 s.
    items = await asyncio.wait_for(ben.poll(), 10)
    assert people_in(items, "typing.changed")[0] == ["Ada"]
    assert people_in(items, "roster.changed")[0] == ["Ada", "Ben"]


async def test_with_nothing_told_lately_a_poll_waits_though_somebody_is_here(
    house: LiveHouse, ben: Poller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "LATELY_MS", 0)
    monkeypatch.setattr(polls, "SOON_S", 0.0)
    tea = house.world.rooms["tea"]
    channel = house.hearth.streams.channels[room_stream(tea)]
    await until(lambda: not house.hearth.here._places[tea].roster_changed)
    polling = asyncio.create_task(ben.poll())
    await until(lambda: channel.followers)
    await say(house.hearth.streams, tea, house.world.people["Ada"], "Now")
    items = await polling
    assert kinds(items)[-1] == "event"
    assert people_in(items, "roster.changed") == [["Ben"]]
