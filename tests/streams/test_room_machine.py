"""One room, two nodes that half hear each other, and people who talk, take back, come, go and are taken out.

Hypothesis picks what happens and in which order. After every step, and when all is quiet again, what each follower
was sent is held against promises P1, P5, P17 and P18.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from community.commands import Admit, RemoveMember
from rooms.commands import EditMessage, Reaction, RemoveMessage, RoomCommand, SetReaction
from rooms.contract import Code, Refused
from rooms.ids import MessageId, PersonId, RoomId, community_stream, room_stream
from rooms.rights import Role, Visibility
from server.database.database_sqlite import SqliteDatabase
from server.database.migrate import upgrade
from server.streams.bus import Word
from server.streams.bus_memory import MemoryBus, MemoryWire
from server.streams.frames import Format
from server.streams.order import Answer, Order
from server.streams.streams import Streams
from tests.world import Ear, World, follow, new_nonce, say, streams_on, until, world_on

T = TypeVar("T")

NAMES = ("Ada", "Ben", "Cleo", "Dan")


class BadBus(MemoryBus):
    """Loses, doubles or keeps back what its node tells, as `mood` says."""

    mood = "well"

    def __init__(self, wire: MemoryWire) -> None:
        super().__init__(wire)
        self._kept: list[Word] = []

    def tell(self, word: Word) -> None:
        match self.mood:
            case "loses":
                return
            case "doubles":
                super().tell(word)
                super().tell(word)
            case "keeps back":
                self._kept.append(word)
            case _:
                super().tell(word)

    def let_go(self) -> None:
        """Tell what was kept back, the newest first."""
        while self._kept:
            super().tell(self._kept.pop())


@dataclass(eq=False)
class Client(Ear):
    """A follower that remembers from which number on it was sent what, over all its connections."""

    node: int = 0
    epoch: str = ""
    # What it has applied: number and event, as they came.
    applied: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    start: int = 0
    taken: int = 0

    def take(self) -> None:
        """Apply what has come since; what is known already would be a fault of the node."""
        for item in self.events[self.taken :]:
            self.applied.append((item["seq"], item["event"]))
        self.taken = len(self.events)

    @property
    def place(self) -> int:
        """The number of the newest event applied."""
        return self.applied[-1][0] if self.applied else self.start


class Room(RuleBasedStateMachine):
    """The room and everybody around it."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        self.folder = TemporaryDirectory()
        self.clients: list[Client] = []
        self.said: list[MessageId] = []
        # Words that were taken back or replaced, and the highest number that was stored before that.
        self.unsaid: dict[str, int] = {}
        self.words: dict[MessageId, str] = {}
        # Who was taken out, and the room's newest number at that time.
        self.out: dict[PersonId, int] = {}
        self.head = 0
        self.count = 0

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(asyncio.wait_for(work, 20))

    @initialize()
    def begin(self) -> None:
        self.wait(self._begin())

    async def _begin(self) -> None:
        path = Path(self.folder.name) / "hearth.db"
        upgrade_template(path)
        database = SqliteDatabase(path)
        await database.open()
        self.stack.push_async_callback(database.close)
        self.world: World = await world_on(database)
        self.keeper = await self.world.person("Ruth", Role.KEEPER)
        self.people = [await self.world.person(name) for name in NAMES]
        self.room: RoomId = await self.world.room("tea", Visibility.INVITED)
        for person in self.people[:2]:
            await self.world.admit(person, self.room)
        wire = MemoryWire()
        self.buses = [BadBus(wire), BadBus(wire)]
        self.nodes: list[Streams] = [
            await self.stack.enter_async_context(streams_on(database, bus)) for bus in self.buses
        ]
        for node in (0, 1):
            for person, form in ((self.keeper, Format.MSGPACK), *((who, Format.JSON) for who in self.people[:2])):
                await self._come(person, form, node)

    async def _come(self, person: PersonId, form: Format, node: int) -> None:
        client = Client(person, form=form, node=node)
        entered = await follow(self.nodes[node], client, room_stream(self.room))
        client.start, client.epoch = entered.seq, entered.epoch
        assert not any(word in repr(entered.snapshot) for word in self.unsaid)
        self.clients.append(client)

    # What happens -------------------------------------------------------------------------------------------------

    def attempt(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do what may be refused; None when it was."""
        try:
            return self.wait(work)
        except Refused as refused:
            if refused.code in {Code.NOT_FOUND, Code.NOT_ALLOWED, Code.ALREADY_REMOVED}:
                return None
            raise

    def order(self, node: int, who: PersonId, command: RoomCommand) -> Any:
        streams = self.nodes[node]
        answer = self.attempt(
            streams.ask(streams.order(room_stream(self.room), command, actor=who, nonce=command.nonce))
        )
        if answer is not None and answer.seq is not None:
            self.head = max(self.head, answer.seq)
        return answer

    def anyone(self, number: int) -> PersonId:
        return [self.keeper, *self.people][number]

    @rule(node=st.integers(0, 1), who=st.integers(0, 4), hide=st.booleans())
    def post(self, node: int, who: int, hide: bool) -> None:  # noqa: FBT001 - Hypothesis gives it by name
        self.count += 1
        text = f"word-{self.count}-"
        answer = self.attempt(say(self.nodes[node], self.room, self.anyone(who), text, hide_name=hide))
        if answer is not None:
            assert answer.seq == self.head + 1
            self.head = answer.seq
            self.said.append(answer.message)
            self.words[answer.message] = text

    @precondition(lambda self: self.said)
    @rule(node=st.integers(0, 1), who=st.integers(0, 4), which=st.integers(0, 50))
    def edit(self, node: int, who: int, which: int) -> None:
        self.count += 1
        message, text = self.said[which % len(self.said)], f"edit-{self.count}-"
        command = EditMessage(room=self.room, nonce=new_nonce(), message=message, text=text)
        if self.order(node, self.anyone(who), command) is not None:
            self.words[message] = text

    @precondition(lambda self: self.said)
    @rule(node=st.integers(0, 1), who=st.integers(0, 4), which=st.integers(0, 50))
    def remove(self, node: int, who: int, which: int) -> None:
        message = self.said[which % len(self.said)]
        command = RemoveMessage(room=self.room, nonce=new_nonce(), message=message)
        if self.order(node, self.anyone(who), command) is not None and message in self.words:
            self.unsaid[self.words.pop(message)] = self.head

    @precondition(lambda self: self.said)
    @rule(node=st.integers(0, 1), who=st.integers(0, 4), which=st.integers(0, 50), on=st.booleans())
    def react(self, node: int, who: int, which: int, on: bool) -> None:  # noqa: FBT001 - as above
        message = self.said[which % len(self.said)]
        self.order(
            node,
            self.anyone(who),
            SetReaction(room=self.room, nonce=new_nonce(), message=message, reaction=Reaction.HEART, on=on),
        )

    def community(self, node: int, command: Any) -> Any:
        streams = self.nodes[node]
        home = community_stream(self.world.community)
        return self.attempt(streams.ask(streams.order(home, command, actor=self.keeper)))

    @rule(node=st.integers(0, 1), who=st.integers(1, 4), admitted=st.booleans())
    def admit(self, node: int, who: int, admitted: bool) -> None:  # noqa: FBT001 - as above
        person = self.anyone(who)
        command = Admit(community=self.world.community, room=self.room, person=person, admitted=admitted)
        if self.community(node, command) is not None:
            if admitted:
                self.out.pop(person, None)
            else:
                self.out.setdefault(person, self.head)

    @rule(node=st.integers(0, 1), who=st.integers(2, 4))
    def kick(self, node: int, who: int) -> None:
        person = self.anyone(who)
        if self.community(node, RemoveMember(community=self.world.community, person=person)) is not None:
            self.out.setdefault(person, self.head)

    @rule(node=st.integers(0, 1), who=st.integers(1, 2))
    def let_out_unheard(self, node: int, who: int) -> None:
        """Somebody is let out while their node hears nothing of it, and the talk goes on there."""
        self.admit(node, who, admitted=True)
        self.come(1 - node, who, Format.JSON)
        self.bus(node, "loses")
        self.admit(node, who, admitted=False)
        self.post(1 - node, 0, hide=False)

    @rule(node=st.integers(0, 1))
    def let_out_together(self, node: int) -> None:
        """Two are let out in one moment, and the talk goes on at once."""
        home, streams = community_stream(self.world.community), self.nodes[node]
        two = self.people[:2]
        orders = [
            streams.order(
                home,
                Admit(community=self.world.community, room=self.room, person=person, admitted=False),
                actor=self.keeper,
            )
            for person in two
        ]
        for person, answer in zip(two, self.wait(_all(streams, orders)), strict=True):
            if not isinstance(answer, BaseException):
                self.out.setdefault(person, self.head)
        self.post(node, 0, hide=False)

    @rule(node=st.integers(0, 1), who=st.integers(0, 4), form=st.sampled_from(list(Format)))
    def come(self, node: int, who: int, form: Format) -> None:
        if len(self.clients) < 20:
            self.attempt(self._come(self.anyone(who), form, node))

    @rule(which=st.integers(0, 20), node=st.integers(0, 1))
    def come_back(self, which: int, node: int) -> None:
        """A client loses its connection and goes on, maybe on the other node, from its cursor."""
        client = self.clients[which % len(self.clients)]
        self.wait(self._leave(client))
        client.node, client.deaf, client.ended = node, False, []
        back = self.attempt(
            follow(self.nodes[node], client, room_stream(self.room), epoch=client.epoch, after=client.place)
        )
        if back is None:
            self.clients.remove(client)
        else:
            assert back.resumed

    async def _leave(self, client: Client) -> None:
        for streams in self.nodes:
            channel = streams.channels.get(room_stream(self.room))
            for follower in [f for f in (channel.followers if channel else ()) if f.listener is client]:
                streams.unfollow(follower)
        client.take()

    @rule(which=st.integers(0, 20), deaf=st.booleans())
    def slow(self, which: int, deaf: bool) -> None:  # noqa: FBT001 - as above
        client = self.clients[which % len(self.clients)]
        client.deaf = deaf
        if not deaf:
            self.wait(self._drained(client))

    async def _drained(self, client: Client) -> None:
        streams = self.nodes[client.node]
        for follower in list(streams.channels[room_stream(self.room)].followers):
            if follower.listener is client:
                streams.fanout.deliver(follower)

    @rule(node=st.integers(0, 1), mood=st.sampled_from(["loses", "keeps back", "doubles", "well"]))
    def bus(self, node: int, mood: str) -> None:
        self.buses[node].mood = mood
        self.wait(self._let_go(node))

    async def _let_go(self, node: int) -> None:
        self.buses[node].let_go()
        await asyncio.sleep(0)

    @rule(node=st.integers(0, 1))
    def sweep(self, node: int) -> None:
        self.wait(self.nodes[node].sweep())

    @rule(node=st.integers(0, 1))
    def forget(self, node: int) -> None:
        """The ring's memory is needed elsewhere: who is behind is caught up from SQL."""
        channel = self.nodes[node].channels.get(room_stream(self.room))
        if channel is not None:
            channel.ring.shrink()

    # What must hold -----------------------------------------------------------------------------------------------

    @invariant()
    def promises(self) -> None:
        for client in self.clients:
            client.take()
            seqs = [seq for seq, _ in client.applied]
            assert seqs == list(range(client.start + 1, client.start + 1 + len(seqs)))
            if client.person in self.out:
                assert client.place <= max(self.out[client.person], client.start)

    def teardown(self) -> None:
        try:
            if self.clients:
                self.wait(self._quiet())
                self.promises()
                self._agree()
        finally:
            self.wait(self.stack.aclose())
            self.loop.close()
            self.folder.cleanup()

    async def _quiet(self) -> None:
        for client in self.clients:
            client.deaf = False
        for node, streams in enumerate(self.nodes):
            self.buses[node].mood = "well"
            self.buses[node].let_go()
            await streams.sweep()
        for client in self.clients:
            await self._drained(client)
        await until(self._converged)

    def _converged(self) -> bool:
        for client in self.clients:
            client.take()
        return all(client.place == self.head or client.ended for client in self.clients)

    def _agree(self) -> None:
        """All agree on names, ids and order, and those who come in fresh find no words that were taken back."""
        told: dict[int, tuple[str, str | None]] = {}
        for client in self.clients:
            for seq, event in client.applied:
                named = (event["t"], event.get("message"))
                assert told.setdefault(seq, named) == named
        for node in (0, 1):
            fresh = Client(self.keeper)
            entered = self.wait(follow(self.nodes[node], fresh, room_stream(self.room), epoch=self.clients[0].epoch))
            assert entered.resumed
            self.wait(_until_at(fresh, self.head))
            heard = msgspec.json.encode(fresh.heard).decode()
            assert not [word for word in self.unsaid if word in heard]


async def _all(streams: Streams, orders: list[Order]) -> list[Answer | BaseException]:
    return await asyncio.gather(*(streams.ask(order) for order in orders), return_exceptions=True)


async def _until_at(client: Client, head: int) -> None:
    await until(lambda: (client.seqs or [0])[-1] == head)


_template: list[bytes] = []


def upgrade_template(path: Path) -> None:
    """A fresh database, migrated once for all examples."""
    if not _template:
        upgrade(f"sqlite:///{path}")
        _template.append(path.read_bytes())
    path.write_bytes(_template[0])


Room.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

TestRoom = Room.TestCase
