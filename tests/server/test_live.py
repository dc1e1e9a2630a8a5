"""The live connection end to end: a real node, real sockets, and a client that knows only the protocol page."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgpack
import pytest
from websockets.exceptions import InvalidStatus

from rooms.ids import TabId, room_stream
from rooms.rights import Role
from server import here
from tests.server.live import JSON, MSGPACK, Gate, LiveHouse, gathered, new_nonce
from tests.world import until


@pytest.fixture
async def house(tmp_path: Path, sqlite_template: bytes) -> AsyncIterator[LiveHouse]:
    """Ada, Ben and Cleo are members; everybody may be in "tea"."""
    async with gathered(tmp_path, sqlite_template) as house:
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


@pytest.mark.parametrize("held", ["being checked", "not yet checked"])
async def test_whose_rights_are_not_known_to_be_current_is_not_heard_typing(house: LiveHouse, held: str) -> None:
    tea = house.world.rooms["tea"]
    ada, ben, cleo = [await house.line(name) for name in ("Ada", "Ben", "Cleo")]
    for line in (ada, ben, cleo):
        await line.follow(tea)
    person = house.world.people["Ada"]
    [checked] = [connection for connection in house.hearth.sockets.connections if connection.person == person]
    follower = checked.followers[room_stream(tea)]
    if held == "being checked":
        follower.checking = True
    else:
        follower.acl -= 1
    await ada.ask("typing.tell", room=tea, on=True)
    await cleo.ask("typing.tell", room=tea, on=True)
    await until(lambda: ben.signals("typing.changed"))
    assert [[who["name"] for who in told["people"]] for told in ben.signals("typing.changed")] == [["Cleo"]]


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


@pytest.mark.parametrize("deed", ["stream.follow", "stream.unfollow"])
async def test_a_backstage_that_is_not_mine_or_is_left_changes_nothing_in_its_room(house: LiveHouse, deed: str) -> None:
    tea = house.world.rooms["tea"]
    ada, ben = await house.line("Ada"), await house.line("Ben")
    await ada.follow(tea)
    await ben.follow(tea)
    await ada.ask(deed, stream=f"backstage:{tea}")
    await ada.ask("typing.tell", room=tea, on=True)
    await until(lambda: ben.signals("typing.changed"))
    assert house.hearth.here.count(tea) == 2


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


async def test_whom_a_keeper_signs_out_everywhere_is_off_every_line_and_nobody_else(house: LiveHouse) -> None:
    world = house.world
    await world.person("Ruth", Role.KEEPER)
    phone, tablet, ben = await house.line("Ada"), await house.line("Ada"), await house.line("Ben")
    async with house.browser("Ruth") as keeper:
        ended = await keeper.delete(f"/api/communities/eyes/members/{world.people['Ada']}/sessions")
        assert ended.status_code == 200, ended.text
    assert await asyncio.wait_for(phone.ends(), 2) == (4401, "signed out")
    assert await asyncio.wait_for(tablet.ends(), 2) == (4401, "signed out")
    assert ben.closed is None


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


async def test_who_was_away_is_told_who_left_and_who_writes_since(house: LiveHouse) -> None:
    tea = house.world.rooms["tea"]
    ada, ben, cleo = [await house.line(name) for name in ("Ada", "Ben", "Cleo")]
    following = await ben.follow(tea)
    for line in (ada, cleo):
        await line.follow(tea)
    await until(lambda: ben.signals("roster.changed") and ben.signals("roster.changed")[-1]["count"] == 3)
    # Ben's cable is pulled: his lease goes on, so nothing changes for the others when he is back.
    channel = house.hearth.streams.channels[room_stream(tea)]
    [his] = [one for one in channel.followers if one.listener.person == house.world.people["Ben"]]
    channel.followers.discard(his)
    cleo.socket.transport.abort()
    await ada.ask("typing.tell", room=tea, on=True)
    await until(lambda: house.hearth.here.count(tea) == 2)
    back = await house.line("Ben")
    assert (await back.follow(tea, epoch=following["epoch"], after=following["seq"]))["resumed"]
    await until(lambda: back.signals("typing.changed"))
    names = [one["name"] for one in back.signals("roster.changed")[0]["people"]]
    assert names == ["Ada", "Ben"]
    assert [one["name"] for one in back.signals("typing.changed")[0]["people"]] == ["Ada"]
