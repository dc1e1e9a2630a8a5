"""A tab without a socket: somebody's whole side of a conversation with the node, for tests that need no network."""

import asyncio
import itertools
from typing import Any

import msgspec

from rooms.commands import Follow, LiveCommand
from rooms.contract import Code, Refused
from rooms.ids import PersonId, StreamId, TabId
from server.clock import new_id
from server.connection import Desk, Talker
from server.here import Here
from server.streams.frames import Format
from server.streams.order import Answer, Order
from server.streams.streams import Streams

# On a machine with too much to do a disk may take longer than the server has patience.
OUT_OF_BREATH = frozenset({Code.BUSY, Code.UNAVAILABLE, Code.UNKNOWN})
AGAIN_S = 0.2


async def ask_patiently(streams: Streams, order: Order) -> Answer:
    """Send an order and wait for its receipt, as often as it takes. Raises any other `Refused`."""
    while True:
        try:
            return await streams.ask(order)
        except Refused as refused:
            if refused.code not in OUT_OF_BREATH:
                raise
        await asyncio.sleep(AGAIN_S)


class NoLimits:
    """Everybody may do everything as often as they like."""

    def allow(self, kind: str, key: str) -> int | None:
        return None


def desk_on(streams: Streams) -> Desk:
    """What the tabs of one node share, with presence."""
    here = Here()
    here.attach(streams)
    return Desk(streams, here, NoLimits(), observe=lambda *_: None, touch=_nobody_waits)


async def _nobody_waits(session: str) -> None:
    """There are no sessions here that could go quiet."""


class Tab(Talker):
    """Asks, waits for its answers, and keeps all that it is sent."""

    def __init__(self, desk: Desk, person: PersonId) -> None:
        super().__init__(desk, person=person, session="", tab=TabId(new_id()), form=Format.JSON)
        self.heard: list[dict[str, Any]] = []
        self._refs = itertools.count(1)
        self._awaited: dict[int, asyncio.Future[dict[str, Any]]] = {}

    @property
    def ready(self) -> bool:
        return True

    def write(self, frame: bytes) -> None:
        payload = frame[2:] if frame[1] < 126 else frame[4:] if frame[1] == 126 else frame[10:]
        self.heard += msgspec.json.decode(payload)

    def put(self, item: bytes) -> None:
        decoded = msgspec.json.decode(item)
        self.heard.append(decoded)
        awaited = self._awaited.pop(decoded.get("ref", 0), None)
        if awaited is not None:
            awaited.set_result(decoded)

    def come_back(self) -> None:
        raise AssertionError("a tab without a socket is never slow")

    async def done(self, command: LiveCommand) -> dict[str, Any]:
        """Ask, and wait for the answer; ask again, as any client does, when the server is only out of breath."""
        answer = await self._asked(command)
        while answer.get("code") in OUT_OF_BREATH:
            await asyncio.sleep(AGAIN_S)
            answer = await self._asked(command)
        return answer

    async def _asked(self, command: LiveCommand) -> dict[str, Any]:
        ref = next(self._refs)
        awaited = self._awaited[ref] = asyncio.get_running_loop().create_future()
        self.ask(ref, command)
        answer: dict[str, Any] = await awaited
        return answer

    async def follows(self, stream: StreamId) -> dict[str, Any]:
        """Follow a stream from now on; the answer to asking."""
        return await self.done(Follow(stream=stream))

    @property
    def events(self) -> list[dict[str, Any]]:
        return [item for item in self.heard if item["t"] == "event"]

    @property
    def signals(self) -> list[dict[str, Any]]:
        return [item["signal"] for item in self.heard if item["t"] == "signal"]
