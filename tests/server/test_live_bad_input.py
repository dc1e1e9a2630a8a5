"""What bad input gets on the live connection: to each the exact answer, and to what is forbidden that of nothing."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import msgpack
import pytest
from websockets.exceptions import InvalidStatus

from rooms.ids import room_stream
from rooms.rights import Role, Visibility
from server.streams.reading_sql import stored_since
from tests.server.live import JSON, MSGPACK, LiveHouse, NoLimits, gathered, new_nonce

NOWHERE = "0" * 26
NONCE = "Zr3kT0m1Q8yV5bJcW2dN7A"
FRAME_LIMIT_BYTES = 65_536


@pytest.fixture
async def house(tmp_path: Path, sqlite_template: bytes) -> AsyncIterator[LiveHouse]:
    """There are two rooms more: "desk" is the team's, and "porch" for those who are let in."""
    async with gathered(tmp_path, sqlite_template, limits=NoLimits()) as house:
        await house.world.room("desk", Visibility.TEAM)
        await house.world.room("porch", Visibility.INVITED)
        yield house


# Before the upgrade -----------------------------------------------------------------------------------------------


async def denied(house: LiveHouse, headers: dict[str, str], *, origin: str | None, form: str = JSON) -> tuple[int, str]:
    """The status and the code that an upgrade is refused with; no socket has come to be."""
    with pytest.raises(InvalidStatus) as refused:
        await house.open(headers, origin=origin, form=form)
    assert house.hearth.sockets.connections == set()
    response = refused.value.response
    if not response.headers["content-type"].startswith("application/problem+json"):
        return response.status_code, ""
    return response.status_code, json.loads(response.body or b"{}")["code"]


STRANGERS: list[dict[str, str]] = [
    {},
    {"Cookie": "hearth="},
    {"Cookie": "hearth=nobodys-token"},
    {"Cookie": "other=1"},
    {"Authorization": "Bearer nobodys-token"},
    {"Authorization": "Basic QWRhOkFkYQ=="},
]


async def test_without_a_session_the_upgrade_is_refused(house: LiveHouse) -> None:
    answers = [await denied(house, headers, origin=house.origin) for headers in STRANGERS]
    assert answers == [(401, "signed_out")] * len(STRANGERS)


async def test_a_session_that_has_ended_opens_nothing(house: LiveHouse) -> None:
    token = await house.token("Ada")
    await house.end_sessions("Ada")
    assert await denied(house, {"Cookie": f"hearth={token}"}, origin=house.origin) == (401, "signed_out")


ELSEWHERE = [
    None,
    "null",
    "http://evil.example",
    "https://127.0.0.1:{port}",
    "http://127.0.0.1:1",
    "http://127.0.0.1:{port}.evil.example",
    "http://127.0.0.1:{port}/",
    "HTTP://127.0.0.1:{port}",
    "http://evil.example http://127.0.0.1:{port}",
]


async def test_a_page_from_anywhere_else_is_refused_before_the_upgrade(house: LiveHouse) -> None:
    headers = {"Cookie": f"hearth={await house.token('Ada')}"}
    origins = [None if origin is None else origin.format(port=house.port) for origin in ELSEWHERE]
    answers = {origin: await denied(house, headers, origin=origin) for origin in origins}
    assert answers == dict.fromkeys(origins, (403, "wrong_origin"))


async def test_a_bearer_token_does_not_let_a_foreign_page_in(house: LiveHouse) -> None:
    headers = {"Authorization": f"Bearer {await house.token('Ada')}"}
    assert await denied(house, headers, origin="http://evil.example") == (403, "wrong_origin")


async def test_without_a_form_that_it_speaks_the_upgrade_is_refused(house: LiveHouse) -> None:
    headers = {"Cookie": f"hearth={await house.token('Ada')}"}
    forms = ("", "chat", "hearth.v2.json", "HEARTH.V1.JSON")
    assert [(await denied(house, headers, origin=house.origin, form=form))[0] for form in forms] == [400] * 4


# Frames that are no command ---------------------------------------------------------------------------------------

TYPING = {"t": "typing.tell", "room": NOWHERE, "on": True}
POST = {"t": "message.post", "room": NOWHERE, "nonce": NONCE, "text": "hello"}


def asking(do: object, **beside: object) -> str:
    """A client frame, as text."""
    return json.dumps({"ref": 1, "do": do, **beside})


MALFORMED = {
    "nothing": "",
    "no JSON": "{",
    "two values": asking(TYPING) + " {}",
    "null": "null",
    "a list": "[]",
    "no command": '{"ref":1}',
    "no number": json.dumps({"do": TYPING}),
    "a number below nought": asking(TYPING, ref=-1),
    "a number that is none": asking(TYPING, ref="1"),
    "a command without a name": asking({"room": NOWHERE, "on": True}),
    "an unknown command": asking({"t": "message.shout", "room": NOWHERE}),
    "a community's command": asking({"t": "values.accept", "community": NOWHERE}),
    "an event": asking({"t": "message.removed", "message": NOWHERE, "by": "team"}),
    "an unknown field": asking({**TYPING, "loud": True}),
    "an unknown field beside": asking(TYPING, by="keeper"),
    "a missing field": asking({"t": "typing.tell", "room": NOWHERE}),
    "a field of another kind": asking({**TYPING, "on": "yes"}),
    "an id that is none": asking({**TYPING, "room": "tea"}),
    "a nonce that is too short": asking({**POST, "nonce": "once"}),
    "a text beyond all measure": asking({**POST, "text": "x" * 16_001}),
    "half a character": asking({**POST, "text": "\ud800"}),
    "the depths": "[" * 20_000,
    "the depths beside a command's name": '{"ref":1,"do":{"a":' + "[" * 30_000 + "]" * 30_000 + ',"t":"typing.tell"}}',
}


async def test_a_frame_that_is_no_command_ends_the_connection_with_the_reason(house: LiveHouse) -> None:
    ends = {}
    for name, frame in MALFORMED.items():
        ada = await house.line("Ada")
        await ada.socket.send(frame)
        code, reason = await ada.ends()
        ends[name] = (code, bool(reason), len(ada.items))
    assert ends == dict.fromkeys(MALFORMED, (4400, True, 1))


async def test_the_reason_holds_none_of_the_words_that_were_sent(house: LiveHouse) -> None:
    for wrong in ({"text": "my secret" * 2_000}, {"nonce": 1}, {"mentions": ["my secret"]}, {"text": ["my secret"]}):
        ada = await house.line("Ada")
        await ada.socket.send(asking({**POST, "text": "my secret", **wrong}))
        code, reason = await ada.ends()
        assert code == 4400
        assert "secret" not in reason


async def test_a_binary_frame_that_is_no_command_ends_the_connection(house: LiveHouse) -> None:
    unknown_field, unknown_command = (
        {"ref": 1, "do": {**TYPING, "loud": True}},
        {"ref": 1, "do": {"t": "message.shout"}},
    )
    packed = [msgpack.packb(value) for value in (unknown_field, unknown_command, [1, 2, 3], None)]
    depths = b"\x82\xa3ref\x01\xa2do\x82\xa1a" + b"\x91" * 60_000
    for frame in (b"", b"\xc1", b"\x93\x01\x02", depths, *packed):
        ada = await house.line("Ada", form=MSGPACK)
        await ada.socket.send(frame)
        assert (await ada.ends())[0] == 4400, frame


async def test_the_wrong_kind_of_frame_ends_the_connection(house: LiveHouse) -> None:
    text, binary = await house.line("Ada"), await house.line("Ada", form=MSGPACK)
    await text.socket.send(asking(TYPING).encode())
    await binary.socket.send(asking(TYPING))
    assert await text.ends() == (4400, "a text frame is expected")
    assert await binary.ends() == (4400, "a binary frame is expected")


async def test_text_that_is_not_utf8_ends_the_connection(house: LiveHouse) -> None:
    whole, pieces = await house.line("Ada"), await house.line("Ada")
    await whole.socket.send(b'{"ref":1,"do":"\xff\xfe"}', text=True)
    await pieces.socket.send([b'{"ref":1,"do":"\xc3', b'x"}'], text=True)
    assert await whole.ends() == await pieces.ends() == (4400, "not UTF-8")


async def test_what_is_no_frame_at_all_ends_the_connection(house: LiveHouse) -> None:
    unknown_sort, not_masked = b"\x83\x80\x00\x00\x00\x00", b"\x81\x02{}"
    for raw in (unknown_sort, not_masked):
        ada = await house.line("Ada")
        ada.socket.transport.write(raw)
        assert await ada.ends() == (4400, "not a valid frame")


async def test_a_character_may_be_cut_in_two_by_the_frames_of_one_message(house: LiveHouse) -> None:
    ada = await house.line("Ada")
    tea = house.world.rooms["tea"]
    do = {"t": "message.post", "room": tea, "nonce": NONCE, "text": "é"}
    sent = json.dumps({"ref": 1, "do": do}, ensure_ascii=False).encode()
    middle = sent.index(b"\xc3") + 1
    await ada.socket.send([sent[:middle], sent[middle:]], text=True)
    assert (await ada.answer(1))["t"] == "receipt"


async def test_a_frame_as_large_as_may_be_is_read_and_one_byte_more_is_not(house: LiveHouse) -> None:
    ada, pieces = await house.line("Ada"), await house.line("Ada")
    asked = asking(TYPING, ref=7)
    await ada.socket.send(asked.ljust(FRAME_LIMIT_BYTES))
    assert (await ada.answer(7))["t"] == "receipt"
    await ada.socket.send(asked.ljust(FRAME_LIMIT_BYTES + 1))
    assert await ada.ends() == (4413, "frame too large")
    # In pieces it is no smaller.
    await pieces.socket.send([asked, " " * FRAME_LIMIT_BYTES])
    assert (await pieces.ends())[0] == 4413
    # Whoever looks after the server sees both.
    assert b'hearth_closed_total{code="4413"} 2.0' in house.hearth.streams.metrics.page()


# Commands that are refused ----------------------------------------------------------------------------------------


async def test_a_room_that_is_not_mine_is_refused_exactly_as_one_that_does_not_exist(house: LiveHouse) -> None:
    ada = await house.line("Ada")
    rooms = [house.world.rooms["desk"], house.world.rooms["porch"], NOWHERE]
    commands: list[dict[str, object]] = [
        {"t": "message.post", "text": "hello"},
        {"t": "message.post", "text": "hello", "reply_to": NOWHERE, "hide_name": True},
        {"t": "message.edit", "message": NOWHERE, "text": "hello"},
        {"t": "message.remove", "message": NOWHERE},
        {"t": "reaction.set", "message": NOWHERE, "reaction": "heart", "on": True},
        {"t": "place.mark", "seq": 1},
    ]
    for command in commands:
        nonce = {} if command["t"] == "place.mark" else {"nonce": new_nonce()}
        answers = [await ada.ask(**{**command, **nonce, "room": room}) for room in rooms]  # type: ignore[arg-type]
        assert [{**answer, "ref": 0} for answer in answers] == [{"t": "refusal", "ref": 0, "code": "not_found"}] * 3, (
            command
        )
    for kind in ("room", "backstage"):
        answers = [await ada.ask("stream.follow", stream=f"{kind}:{room}") for room in rooms]
        assert [{**answer, "ref": 0} for answer in answers] == [{"t": "refusal", "ref": 0, "code": "not_found"}] * 3
    # Of what is only passing both hear nothing at all.
    assert {(await ada.ask("typing.tell", room=room, on=True))["t"] for room in rooms} == {"receipt"}


async def test_a_message_of_another_room_is_refused_as_one_that_does_not_exist(house: LiveHouse) -> None:
    ada, tea, desk = await house.line("Ada"), house.world.rooms["tea"], house.world.rooms["desk"]
    await house.world.person("Ruth", Role.KEEPER)
    ruth = await house.line("Ruth")
    secret = (await ruth.post(desk, "between us"))["message"]
    for message in (secret, NOWHERE):
        for answer in (
            await ada.post(tea, "to that", reply_to=message),
            await ada.ask("message.edit", room=tea, nonce=new_nonce(), message=message, text="mine"),
            await ada.ask("message.remove", room=tea, nonce=new_nonce(), message=message),
            await ada.ask("reaction.set", room=tea, nonce=new_nonce(), message=message, reaction="heart", on=True),
        ):
            assert {**answer, "ref": 0} == {"t": "refusal", "ref": 0, "code": "not_found"}


REFUSED_WORDS: dict[str, tuple[str, dict[str, object]]] = {
    "nothing": ("", {"code": "empty"}),
    "blanks": (" \n\t ", {"code": "empty"}),
    "zero-width signs": ("\u200b\u200d", {"code": "empty"}),
    "one sign too many": ("x" * 4_001, {"code": "too_long", "params": {"limit": 4000, "length": 4001, "over": 1}}),
    "as much as a frame's field may hold": (
        "x" * 16_000,
        {"code": "too_long", "params": {"limit": 4000, "length": 16_000, "over": 12_000}},
    ),
    "a control character": ("a\x00b", {"code": "control_characters"}),
    "an escape": ("\x1b[31mred", {"code": "control_characters"}),
    "ten thousand marks": ("a" + "\u0301" * 10_000, {"code": "too_many_marks", "params": {"limit": 8}}),
}


async def test_words_that_may_not_be_said_are_refused_and_nothing_is_stored(house: LiveHouse) -> None:
    ada, tea = await house.line("Ada"), house.world.rooms["tea"]
    said = await ada.post(tea, "fine")
    for name, (text, expected) in REFUSED_WORDS.items():
        refused = await ada.post(tea, text)
        edited = await ada.ask("message.edit", room=tea, nonce=new_nonce(), message=said["message"], text=text)
        for answer in (refused, edited):
            assert {**answer, "ref": 0} == {"t": "refusal", "ref": 0, **expected}, name
    stored = await house.hearth.database.read(lambda: stored_since(room_stream(tea), 0, 10))
    assert [event.seq for event in stored] == [1]
    assert ada.closed is None


async def test_a_text_of_exactly_the_limit_is_said(house: LiveHouse) -> None:
    ada, tea = await house.line("Ada"), house.world.rooms["tea"]
    assert (await ada.post(tea, "\U0001f642" * 4_000))["t"] == "receipt"


async def test_a_refused_command_can_be_sent_again_with_the_same_nonce(house: LiveHouse) -> None:
    ada, tea = await house.line("Ada"), house.world.rooms["tea"]
    assert (await ada.post(tea, " ", nonce=NONCE))["code"] == "empty"
    assert (await ada.post(tea, "something", nonce=NONCE))["t"] == "receipt"
    assert (await ada.post(tea, "something else", nonce=NONCE))["code"] == "conflict"


async def test_more_people_than_may_be_named_are_refused_with_the_limit(house: LiveHouse) -> None:
    ada, tea = await house.line("Ada"), house.world.rooms["tea"]
    answer = await ada.post(tea, "all of you", mentions=[f"{n:026}" for n in range(21)])
    assert (answer["code"], answer["params"]) == ("too_many_mentions", {"limit": 20})


async def test_somebody_elses_own_stream_is_as_good_as_none(house: LiveHouse) -> None:
    ada = await house.line("Ada")
    for person in (house.world.people["Ben"], NOWHERE):
        answer = await ada.ask("stream.follow", stream=f"person:{person}")
        assert {**answer, "ref": 0} == {"t": "refusal", "ref": 0, "code": "not_found"}


async def test_more_streams_than_a_connection_may_follow_are_refused(house: LiveHouse) -> None:
    ada = await house.line("Ada")
    rooms = [await house.world.room(f"room-{n}") for n in range(65)]
    answers = [await ada.follow(room) for room in rooms]
    assert [answer["t"] for answer in answers] == ["following"] * 64 + ["refusal"]
    assert (answers[-1]["code"], answers[-1]["retry_ms"]) == ("too_fast", 1_000)
