"""A program's own connection: what it asks again, what it goes on from, and when it gives up."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from rooms.commands import PostMessage, Type
from rooms.contract import Code, Refused
from rooms.ids import PersonId, RoomId, room_stream
from server import voice as voices
from server.voice import Heard, Pass, Voice, live_address, new_nonce
from server.wire import SUBPROTOCOL_JSON, Happened
from tests.world import until

ROOM = RoomId("01JD3V5R00M000000000000000")
ADA = Pass(person=PersonId("01JD3V5ADA0000000000000000"), name="Ada", token="let-me-in")
HELLO = {"t": "hello", "contract": 1, "person": ADA.person, "now_ms": 0, "tab": "tab"}

Answer = Callable[["Counter", dict[str, Any]], Awaitable[None]]


class Counter:
    """The other side of the line, with a test behind it. What it was asked is kept, by connection."""

    def __init__(self) -> None:
        self.asked: list[list[dict[str, Any]]] = []
        self.tokens: list[str] = []
        self.status = 101
        self.port = 0
        self._socket: ServerConnection | None = None
        self.answer: Answer = _says_yes

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        self.tokens.append(request.headers["Authorization"])
        return None if self.status == 101 else connection.respond(self.status, "")

    async def talk(self, socket: ServerConnection) -> None:
        self._socket = socket
        self.asked.append([])
        await self.tell(HELLO)
        with contextlib.suppress(ConnectionClosed):
            async for frame in socket:
                ask = msgspec.json.decode(frame)
                self.asked[-1].append(ask)
                await self.answer(self, ask)

    async def tell(self, *items: dict[str, Any]) -> None:
        assert self._socket is not None
        await self._socket.send(msgspec.json.encode(items).decode())

    async def hang_up(self, code: int = 4503) -> None:
        assert self._socket is not None
        await self._socket.close(code)

    def kinds(self, connection: int) -> list[str]:
        """The commands of one connection, in the order in which they came."""
        return [ask["do"]["t"] for ask in self.asked[connection]]


async def _says_yes(counter: Counter, ask: dict[str, Any]) -> None:
    if ask["do"]["t"] == "stream.follow":
        await counter.tell(following(ask["ref"], ask["do"].get("after", 0), resumed="epoch" in ask["do"]))
    else:
        await counter.tell({"t": "receipt", "ref": ask["ref"], "message": "M1", "seq": 1})


async def says_nothing(_counter: Counter, _ask: dict[str, Any]) -> None:
    """Take it in, and no more."""


def following(ref: int, seq: int, *, resumed: bool = False) -> dict[str, Any]:
    return {"t": "following", "ref": ref, "stream": room_stream(ROOM), "epoch": "e", "seq": seq, "resumed": resumed}


def event(seq: int) -> dict[str, Any]:
    return {"t": "event", "stream": room_stream(ROOM), "seq": seq, "at_ms": 0, "event": {"t": "room.closed"}}


def post(text: str = "Good morning.") -> PostMessage:
    return PostMessage(room=ROOM, nonce=new_nonce(), text=text)


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    counter = Counter()
    protocol = Subprotocol(SUBPROTOCOL_JSON)
    async with serve(
        counter.talk, "127.0.0.1", 0, subprotocols=[protocol], process_request=counter.admit, compression=None
    ) as server:
        counter.port = next(iter(server.sockets)).getsockname()[1]
        yield counter


@contextlib.asynccontextmanager
async def speaking(counter: Counter, heard: list[Heard] | None = None) -> AsyncIterator[Voice]:
    """A voice at its line, during the block."""
    voice = Voice(counter.address, ADA, hear=heard.append if heard is not None else None)
    running = asyncio.create_task(voice.run())
    try:
        async with asyncio.timeout(20):
            yield voice
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def test_the_line_is_as_safe_as_the_page() -> None:
    assert live_address("https://talk.example.org/") == "wss://talk.example.org/live"
    assert live_address("http://localhost:8000") == "ws://localhost:8000/live"


async def test_it_shows_its_token_and_gets_its_receipt(counter: Counter) -> None:
    async with speaking(counter) as voice:
        receipt = await voice.ask(post())
    assert receipt.seq == 1
    assert counter.tokens == ["Bearer let-me-in"]


async def test_a_line_that_brings_no_answer_is_given_up_for_another(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voices, "ANSWER_S", 0.2)
    monkeypatch.setattr(Voice, "_pause_s", lambda *_: 0.0)
    counter.answer = says_nothing
    async with speaking(counter) as voice:
        following_ = asyncio.create_task(voice.follow(room_stream(ROOM)))
        await until(lambda: len(counter.asked) == 2)
        counter.answer = _says_yes
        await following_
        counter.answer = says_nothing
        asked = asyncio.create_task(voice.ask(post()))
        known = len(counter.asked)
        await until(lambda: len(counter.asked) > known)
        counter.answer = _says_yes
        assert (await asked).seq == 1


async def test_what_was_not_answered_is_asked_again_before_the_room_is_followed(counter: Counter) -> None:
    async with speaking(counter) as voice:
        await voice.follow(room_stream(ROOM))
        counter.answer = says_nothing
        asked = asyncio.create_task(voice.ask(post()))
        await until(lambda: counter.kinds(0) == ["stream.follow", "message.post"])
        counter.answer = _says_yes
        await counter.hang_up()
        await asked
        await until(lambda: len(counter.asked) == 2 and len(counter.asked[1]) == 2)
    assert counter.kinds(1) == ["message.post", "stream.follow"]
    assert counter.asked[1][0]["do"] == counter.asked[0][1]["do"]
    assert counter.asked[1][1]["do"]["epoch"] == "e"
    assert (voice.comings.opened, voice.comings.resumed) == (2, 1)


async def test_a_refusal_that_says_later_is_waited_out_with_the_same_nonce(counter: Counter) -> None:
    async def not_yet(counter: Counter, ask: dict[str, Any]) -> None:
        counter.answer = _says_yes
        await counter.tell({"t": "refusal", "ref": ask["ref"], "code": "too_fast", "retry_ms": 5})

    counter.answer = not_yet
    async with speaking(counter) as voice:
        await voice.ask(post())
    first, second = counter.asked[0]
    assert first["do"] == second["do"]


async def test_any_other_refusal_is_an_answer(counter: Counter) -> None:
    async def muted(counter: Counter, ask: dict[str, Any]) -> None:
        await counter.tell({"t": "refusal", "ref": ask["ref"], "code": "muted", "params": {"limit": 3}})

    counter.answer = muted
    async with speaking(counter) as voice:
        with pytest.raises(Refused) as refused:
            await voice.ask(post())
    assert (refused.value.code, refused.value.params) == (Code.MUTED, {"limit": 3})


async def test_a_room_that_may_not_be_followed_is_told(counter: Counter) -> None:
    async def unknown(counter: Counter, ask: dict[str, Any]) -> None:
        await counter.tell({"t": "refusal", "ref": ask["ref"], "code": "not_found"})

    counter.answer = unknown
    async with speaking(counter) as voice:
        with pytest.raises(Refused) as refused:
            await voice.follow(room_stream(ROOM))
    assert refused.value.code == Code.NOT_FOUND


async def test_a_room_that_can_not_be_followed_just_now_is_asked_for_on_another_connection(counter: Counter) -> None:
    async def not_now(counter: Counter, ask: dict[str, Any]) -> None:
        counter.answer = _says_yes
        await counter.tell({"t": "refusal", "ref": ask["ref"], "code": "unavailable", "retry_ms": 5})

    counter.answer = not_now
    async with speaking(counter) as voice:
        await voice.follow(room_stream(ROOM))
    assert [counter.kinds(0), counter.kinds(1)] == [["stream.follow"], ["stream.follow"]]


async def test_each_event_is_heard_once_and_a_hole_is_filled_from_the_cursor(counter: Counter) -> None:
    heard: list[Heard] = []
    async with speaking(counter, heard) as voice:
        await voice.follow(room_stream(ROOM))
        await counter.tell(event(1), event(1), event(4), event(5))
        await until(lambda: len(counter.asked[0]) == 2)
        assert counter.asked[0][1]["do"]["after"] == 1
        await counter.tell(*(event(seq) for seq in (2, 3, 4, 5)))
        await until(lambda: voice.place(room_stream(ROOM)) == 5)
    assert [item.seq for item in heard if isinstance(item, Happened)] == [1, 2, 3, 4, 5]


async def test_a_stream_that_has_ended_is_not_asked_for_again(counter: Counter) -> None:
    heard: list[Heard] = []
    async with speaking(counter, heard) as voice:
        await voice.follow(room_stream(ROOM))
        await counter.tell({"t": "ended", "stream": room_stream(ROOM), "code": "not_found"})
        await until(lambda: len(heard) == 2)
        await counter.hang_up()
        await until(lambda: len(counter.asked) == 2)
        await voice.ask(post())
    assert counter.kinds(1) == ["message.post"]


async def test_a_node_that_goes_says_when_to_come_back(counter: Counter) -> None:
    async with speaking(counter) as voice:
        await voice.ask(post())
        await counter.tell({"t": "moving", "retry_ms": 1})
        began = asyncio.get_running_loop().time()
        await counter.hang_up()
        await until(lambda: len(counter.asked) == 2)
    # Sooner than by itself, which takes 0.3 s at least.
    assert asyncio.get_running_loop().time() - began < 0.3


@pytest.mark.parametrize("how", ["closed", "not let in"])
async def test_who_is_signed_out_stays_away_and_is_told(counter: Counter, how: str) -> None:
    counter.answer = says_nothing
    counter.status = 401 if how == "not let in" else 101
    async with speaking(counter) as voice:
        asked = asyncio.create_task(voice.ask(post()))
        if how == "closed":
            await until(lambda: counter.asked and counter.asked[0])
            await counter.hang_up(4401)
        for waits in (asked, voice.ask(post()), voice.follow(room_stream(ROOM))):
            with pytest.raises(Refused) as refused:
                await waits
            assert refused.value.code == Code.SIGNED_OUT
    assert voice.ended is Code.SIGNED_OUT


async def test_what_passes_is_not_sent_later(counter: Counter) -> None:
    voice = Voice(counter.address, ADA)
    await voice.tell(Type(room=ROOM, on=True))
    running = asyncio.create_task(voice.run())
    await voice.ask(post())
    running.cancel()
    assert counter.kinds(0) == ["message.post"]
