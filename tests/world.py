"""A small community to test with, and people who listen: builders and named fakes."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from rooms.commands import PostMessage
from rooms.ids import CommunityId, MessageId, Nonce, PersonId, RoomId, StreamId, community_stream, room_stream
from rooms.rights import Role, Visibility
from rooms.room import RoomState
from rooms.signals import RosterChanged
from server.audit_sql import Chain
from server.clock import new_id
from server.database.ports import Database, Say, Work
from server.door.community_sql import resolve
from server.streams.bus import Bus
from server.streams.bus_memory import MemoryBus
from server.streams.channel import Pen
from server.streams.frames import Format
from server.streams.ledger import open_stream, room_state_text
from server.streams.order import Answer
from server.streams.streams import Entered, Streams
from server.telemetry import Metrics

DEADLINE_S = 20.0
CHAIN = Chain(b"c" * 32)


def new_nonce() -> Nonce:
    return Nonce(secrets.token_urlsafe(16))


async def until(holds: Callable[[], object], *, within_s: float = DEADLINE_S) -> None:
    """Wait for a condition; fail when it does not come to hold."""
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 - any condition, not only those with an event of their own
            await asyncio.sleep(0.005)


@dataclass(slots=True)
class World:
    """Through My Eyes, as small as can be: who is in it is asked for by name."""

    database: Database
    community: CommunityId = field(default_factory=lambda: CommunityId(new_id()))
    people: dict[str, PersonId] = field(default_factory=dict)
    rooms: dict[str, RoomId] = field(default_factory=dict)

    async def build(self) -> "World":
        def work() -> Work[None]:
            yield [
                Say(
                    "INSERT INTO community (id, slug, name, purpose, vows, commitments, standings, runs_it, contact,"
                    " kept_days, made_ms) VALUES (?, 'eyes', 'Through My Eyes', 'To see', '[]', '[]', '[\"patient\"]',"
                    " 'St Brannock', 'desk', 365, 1)",
                    (self.community,),
                ),
                open_stream(community_stream(self.community), self.community, ""),
            ]

        await self.database.write(work)
        return self

    async def person(self, name: str, *roles: Role, accepted: bool = True, room: str = "") -> PersonId:
        """A member called `name`, with roles in the community or in one room."""
        known = self.people.get(name)
        person = known or PersonId(new_id())
        where = self.rooms[room] if room else ""

        def work() -> Work[None]:
            if known is None:
                yield [
                    Say("INSERT INTO person (id, made_ms) VALUES (?, 1)", (person,)),
                    Say(
                        "INSERT INTO member (community, person, name, name_key, joined_ms, accepted_ms)"
                        " VALUES (?, ?, ?, ?, 1, ?)",
                        (self.community, person, name, name.lower(), 1 if accepted else None),
                    ),
                ]
            yield [
                Say(
                    "INSERT INTO role (community, person, role, room) VALUES (?, ?, ?, ?)",
                    (self.community, person, role, where),
                )
                for role in roles
            ]

        await self.database.write(work)
        self.people[name] = person
        return person

    async def room(
        self, slug: str, visibility: Visibility = Visibility.COMMUNITY, *, closed: bool = False, hide_names: bool = True
    ) -> RoomId:
        """A room and its streams."""
        room = RoomId(new_id())
        state = room_state_text(
            RoomState(
                community=self.community,
                slug=slug,
                title=slug,
                visibility=visibility,
                closed=closed,
                hide_names=hide_names,
            )
        )

        def work() -> Work[None]:
            yield [
                Say(
                    "INSERT INTO room (id, community, slug, title, purpose, visibility, hide_names, closed_ms, made_ms)"
                    " VALUES (?, ?, ?, ?, '', ?, ?, ?, 1)",
                    (room, self.community, slug, slug, visibility, int(hide_names), 1 if closed else None),
                ),
                open_stream(room_stream(room), self.community, state),
            ]

        await self.database.write(work)
        self.rooms[slug] = room
        return room

    async def admit(self, person: PersonId, room: RoomId) -> None:
        """Let someone into an invited room."""
        await self.database.write(
            lambda: _do([Say("INSERT INTO room_member (room, person, since_ms) VALUES (?, ?, 1)", (room, person))])
        )


def _do(statements: list[Say]) -> Work[None]:
    yield statements


async def world_on(database: Database) -> World:
    return await World(database).build()


@contextlib.asynccontextmanager
async def streams_on(database: Database, bus: Bus | None = None, *, several: bool = False) -> AsyncIterator[Streams]:
    """A node's streams, running; `several` when it is to know of other nodes by their leases."""
    streams = Streams(
        database=database,
        bus=bus or MemoryBus(),
        resolver=resolve,
        key=b"k" * 32,
        chain=CHAIN,
        roster_of=lambda _: RosterChanged(count=0, people=()),
        metrics=Metrics(),
        several=several,
    )
    running = asyncio.create_task(streams.run())
    try:
        yield streams
    finally:
        await streams.finish(5)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await streams.close()


@dataclass(slots=True, eq=False)
class Ear:
    """A listener that keeps what it hears. `deaf` makes it as slow as a stalled socket."""

    person: PersonId
    form: Format = Format.JSON
    deaf: bool = False
    heard: list[dict[str, Any]] = field(default_factory=list)
    entered: list[Entered] = field(default_factory=list)
    ended: list[StreamId] = field(default_factory=list)
    told_to_come_back: bool = False
    told_how_it_stands: list[StreamId] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        return not self.deaf

    def write(self, frame: bytes) -> None:
        payload = frame[2:] if frame[1] < 126 else frame[4:] if frame[1] == 126 else frame[10:]
        decode = msgspec.json.decode if self.form is Format.JSON else msgspec.msgpack.decode
        self.heard += decode(payload)

    def pen(self) -> Pen | None:
        return self.write if self.ready else None

    def unfollow(self, stream: StreamId) -> None:
        self.ended.append(stream)

    def come_back(self) -> None:
        self.told_to_come_back = True

    def missed(self, stream: StreamId) -> None:
        self.told_how_it_stands.append(stream)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [item for item in self.heard if item["t"] == "event"]

    @property
    def seqs(self) -> list[int]:
        return [item["seq"] for item in self.events]

    @property
    def texts(self) -> list[str | None]:
        return [item["event"].get("text") for item in self.events if item["event"]["t"] == "message.posted"]


async def follow(streams: Streams, ear: Ear, stream: StreamId, *, epoch: str | None = None, after: int = 0) -> Entered:
    """Let an ear follow a stream; what it was told first."""
    await streams.follow(ear, stream, epoch=epoch, after=after, tell=ear.entered.append)
    return ear.entered[-1]


async def say(
    streams: Streams,
    room: RoomId,
    person: PersonId,
    text: str,
    *,
    nonce: Nonce | None = None,
    reply_to: MessageId | None = None,
    hide_name: bool = False,
) -> Answer:
    """Post a message and wait for its receipt."""
    command = PostMessage(room=room, nonce=nonce or new_nonce(), text=text, reply_to=reply_to, hide_name=hide_name)
    return await streams.ask(streams.order(room_stream(room), command, actor=person, nonce=command.nonce))
