"""The live connection for networks that forbid WebSockets: one request with all cursors and commands, one list back.

The node remembers nothing between two polls but the tab's lease in its rooms.
"""

import asyncio
import contextlib
import random

from rooms.commands import Follow, Type
from rooms.ids import PersonId, RoomId, StreamId, TabId, room_stream
from server.at_once import AtOnce
from server.clock import wall_ms
from server.connection import Desk, Talker
from server.streams.bus import Ending
from server.streams.channel import Follower
from server.streams.frames import Format, encode_item, join_items
from server.wire import CONTRACT, Following, Hello, Item, Moving, Now, Poll

# One answer carries at most so much; the rest comes with the next poll.
ANSWER_BYTES = 512 * 1024
ANSWER_S = 5.0
# What comes together is answered together: a receipt, and the event that it is about.
GATHER_S = 0.02
# What may have been missed is worth an answer, but not one that makes the client ask as fast as it can.
SOON_S = 1.0


class Poller(Talker):
    """A talker for the length of one request."""

    def __init__(self, desk: Desk, *, person: PersonId, session: str, tab: TabId) -> None:
        super().__init__(desk, person=person, session=session, tab=tab, form=Format.JSON)
        self._items: list[bytes] = []
        self._size = 0
        self._news = asyncio.Event()
        self._over = False
        self._answered = asyncio.Event()
        self._typing: list[tuple[int, Type]] = []
        self._moving: Moving | None = None

    def _end(self) -> None:
        super()._end()
        if not self.unanswered:
            self._answered.set()

    @property
    def gone(self) -> bool:
        """Whether the answer has been given: what is followed after that is let go at once."""
        return self._over

    @property
    def ready(self) -> bool:
        """Whether the answer has room for more."""
        return not self._over and self._size < ANSWER_BYTES

    def _followed(self, stream: StreamId, follower: Follower, *, wanted: bool) -> None:
        super()._followed(stream, follower, wanted=wanted)
        self._tell_typing()

    def _tell_typing(self) -> None:
        """Typing is only heard from someone who is in the room, which a poll enters by following it."""
        waiting, self._typing = self._typing, []
        for ref, command in waiting:
            if room_stream(command.room) in self.followers or self._over:
                self.ask(ref, command)
            else:
                self._typing.append((ref, command))

    def send(self, item: Item) -> None:
        """Add an item; that a known stream goes on as before is no reason to answer yet."""
        super().send(item)
        if not isinstance(item, Hello) and not (isinstance(item, Following) and item.resumed):
            self._news.set()

    def put(self, item: bytes) -> None:
        """Add an encoded item to the answer."""
        self._items.append(item)
        self._size += len(item)

    def write(self, frame: bytes) -> None:
        """Add what a frame holds to the answer: its list without the brackets."""
        self.put(_payload(frame)[1:-1])
        self._news.set()

    def come_back(self) -> None:
        """Answer now with what there is."""
        self._over = True
        self._news.set()

    def move(self, retry_ms: int) -> None:
        """Answer soon, and say at the end of the answer that this node is going down."""
        self._moving = Moving(retry_ms=retry_ms)
        self._news.set()

    def tell_now(self, stream: StreamId, room: RoomId) -> None:
        """With whatever else there is to tell; alone, soon, when something may have been told between two polls."""
        for signal in self.desk.here.now(room):
            self.put(encode_item(Now(stream=stream, signal=signal), self.form))
        if self.desk.here.told_lately(room):
            asyncio.get_running_loop().call_later(SOON_S, self._news.set)

    async def answer(self, poll: Poll) -> bytes:
        """Ask and follow what the request says, wait until there is something to tell, and give it."""
        self.send(Hello(contract=CONTRACT, person=self.person, now_ms=wall_ms(), tab=self.tab))
        for ask in poll.asks:
            if isinstance(ask.do, Type):
                self._typing.append((ask.ref, ask.do))
            else:
                self.ask(ask.ref, ask.do)
        for number, place in enumerate(poll.streams):
            # Refused or followed, the answer bears a number that no command of the client can have.
            self.ask(-1 - number, Follow(stream=place.stream, epoch=place.epoch, after=place.after))
        await self._wait(poll.wait_s)
        self._over = True
        self._tell_typing()
        if self._moving is not None:
            self.send(self._moving)
        return join_items(self._items, self.form)

    async def _wait(self, wait_s: int) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._news.wait()
        if self.unanswered:
            # Every command has its answer by then; whatever has not is asked again.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ANSWER_S):
                    await self._answered.wait()
        await asyncio.sleep(GATHER_S)


def _payload(frame: bytes) -> bytes:
    """What a server's WebSocket frame carries."""
    length = frame[1]
    return frame[2:] if length < 126 else frame[4:] if length == 126 else frame[10:]


class Polls:
    """The polls that a node is answering just now."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.open: set[Poller] = set()
        self._at_once = AtOnce()
        # Within how many seconds people are to come back, once this node goes down.
        self._leaving_s: float | None = None
        desk.streams.on_ending(self._ending)

    async def answer(self, body: Poll, *, person: PersonId, session: str) -> bytes:
        """The answer to one poll. Refused while very many of this person wait already."""
        with self._at_once.one_more(person):
            poller = Poller(self._desk, person=person, session=session, tab=TabId(f"{person}/{body.tab}"))
            self.open.add(poller)
            if self._leaving_s is not None:
                poller.move(_some_ms(self._leaving_s))
            try:
                return await poller.answer(body)
            finally:
                self.open.discard(poller)
                poller.close(leave=False)

    def drain(self, seconds: float) -> None:
        """Answer every poll that waits, and those to come, so that none is cut off when the node stops."""
        self._leaving_s = seconds
        for poller in self.open:
            poller.move(_some_ms(seconds))

    def _ending(self, ending: Ending) -> None:
        """Who has just been signed out is told nothing more; their next poll is refused."""
        for poller in list(self.open):
            if poller.person == ending.person and ending.session in {None, poller.session}:
                poller.come_back()


def _some_ms(within_s: float) -> int:
    return random.randint(0, int(within_s * 1000))  # noqa: S311 - jitter
