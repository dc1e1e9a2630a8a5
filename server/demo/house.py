"""Builds the demo's community: founded, joined, opened and talked in by the same works and commands as a real one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from community.commands import (
    Admit,
    ChangeName,
    FinishSetup,
    InvitationKind,
    Join,
    MakeInvitation,
    NewMember,
    OpenRoom,
    SetRole,
)
from community.facts import STAFF
from community.invitations import TEAM_ENDS_IN_S
from community.names import looks_full
from rooms.contract import Command
from rooms.ids import PersonId, RoomId, community_stream
from rooms.rights import Role
from rooms.signals import RosterChanged
from server.clock import new_id, new_secret
from server.database.ports import Database
from server.demo.cast import CAST, FIRST_ROOM, GUISES, HOST, KEEPER, LIVING_ROOM, ROOMS, STATED, Part, RoomPlan
from server.demo.keyring import Keyring
from server.demo.past_sql import Past, write_past
from server.demo.retelling import Retelling
from server.demo.week import Moment, week
from server.door.community_sql import resolve
from server.door.founding_sql import Founded, found_community
from server.door.keys import secret_hash
from server.streams.bus_memory import MemoryBus
from server.streams.streams import Streams
from server.telemetry import Metrics

_INVITED_FOR_S = 365 * 86_400
_BEGAN = Moment(7, 8 * 60)
# Whoever tries the demo out was in the living room just now, so that what is new there and what is arriving fit on a
# phone together; in the other rooms on the evening before.
_JUST_NOW = Moment(0, 6)
_EVENING = Moment(1, 22 * 60 + 15)


async def build_house(database: Database, keyring: Keyring, now: datetime) -> None:
    """Fill an empty database with the demo's community, its people, its rooms and a week of talk until `now`."""
    founded = await database.write(lambda: found_community(STATED))
    past = Past(began_ms=_BEGAN.at_ms(now))
    async with _streams(database, keyring) as streams:
        house = _House(streams, keyring, founded)
        await house.welcome()
        rooms = {FIRST_ROOM.slug: founded.room, **await house.open_rooms()}
        await house.leave_door_open(rooms[LIVING_ROOM])
        await house.finish_setup()
        retelling = Retelling(streams, people=house.people, past=past, now=now)
        for plan in ROOMS:
            left = _JUST_NOW if plan.slug == LIVING_ROOM else _EVENING
            await retelling.tell(rooms[plan.slug], week(plan.text), readers=plan.readers(), left=left)
    past.here += [(_JUST_NOW.at_ms(now), house.people[guise.person]) for guise in GUISES]
    await database.write(lambda: write_past(past))


@asynccontextmanager
async def _streams(database: Database, keyring: Keyring) -> AsyncIterator[Streams]:
    """Streams that take orders, before there is a server."""
    streams = Streams(
        database=database,
        bus=MemoryBus(),
        resolver=resolve,
        key=keyring.fingerprint,
        chain=keyring.chain(),
        roster_of=lambda _: RosterChanged(count=0, people=()),
        metrics=Metrics(),
    )
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(streams.run())
        try:
            yield streams
        finally:
            running.cancel()


class _House:
    """The community while it is being built."""

    def __init__(self, streams: Streams, keyring: Keyring, founded: Founded) -> None:
        self._streams = streams
        self._keyring = keyring
        self._community = founded.community
        self.people: dict[str, PersonId] = {KEEPER.name: founded.keeper}

    async def _order(self, command: Command, actor: PersonId | None) -> None:
        stream = community_stream(self._community)
        await self._streams.ask(self._streams.order(stream, command, actor=actor))

    async def welcome(self) -> None:
        """Let everybody in, each by an invitation made for people like them."""
        invitations: dict[tuple[Role, bool], str] = {}
        for part in CAST:
            if part is KEEPER:
                continue
            kind = (part.role, part.standing == STAFF)
            if kind not in invitations:
                invitations[kind] = await self._invite(part)
            await self._join(part, invitations[kind])

    async def _invite(self, part: Part, *, secret: str = "", room: RoomId | None = None, label: str = "") -> str:
        invitation = new_id()
        command = MakeInvitation(
            community=self._community,
            invitation=invitation,
            kind=InvitationKind.LINK,
            secret_hash=secret_hash(secret or new_secret()),
            ends_in_s=_INVITED_FOR_S if part.role is Role.MEMBER else TEAM_ENDS_IN_S,
            uses=0 if part.role is Role.MEMBER else 1,
            role=part.role,
            room=room,
            standing=STAFF if part.standing == STAFF else None,
            label=label or _label(part),
        )
        await self._order(command, self.people[KEEPER.name])
        return invitation

    async def _join(self, part: Part, invitation: str) -> None:
        person = self.people[part.name] = self._keyring.person(part.name)
        # The door asks for a first name; who wants to be known by more says so once inside.
        first = part.name.split(" ")[0] if looks_full(part.name) else part.name
        chosen = None if part.standing == STAFF else part.standing
        who = NewMember(name=first, standing=chosen)
        await self._order(Join(community=self._community, person=person, invitation=invitation, who=who), None)
        if part.role is not Role.MEMBER:
            given = SetRole(community=self._community, person=person, role=part.role, answers=True)
            await self._order(given, self.people[KEEPER.name])
        # The door asks for nothing more than a name: inside, all of them want to be seen as who they are.
        known_by = ChangeName(
            community=self._community, name=part.name, standing=part.standing, shows_standing=part.standing is not None
        )
        await self._order(known_by, person)

    async def open_rooms(self) -> dict[str, RoomId]:
        """The other rooms, opened by the host, with whoever is let in."""
        return {plan.slug: await self._open(plan) for plan in ROOMS if plan is not FIRST_ROOM}

    async def _open(self, plan: RoomPlan) -> RoomId:
        room, host = RoomId(new_id()), self.people[HOST.name]
        command = OpenRoom(
            community=self._community,
            room=room,
            slug=plan.slug,
            title=plan.title,
            purpose=plan.purpose,
            visibility=plan.visibility,
        )
        await self._order(command, host)
        for name in plan.admits:
            await self._order(Admit(community=self._community, room=room, person=self.people[name]), host)
        return room

    async def finish_setup(self) -> None:
        """A house that people live in is set up."""
        await self._order(FinishSetup(community=self._community), self.people[KEEPER.name])

    async def leave_door_open(self, room: RoomId) -> None:
        """An invitation for whoever wants to come in under a name of their own."""
        anybody = Part(name="", standing=None)
        await self._invite(anybody, secret=self._keyring.invitation, room=room, label="Come and try it out")


def _label(part: Part) -> str:
    if part.role is not Role.MEMBER:
        return f"{part.role.value.capitalize()}s"
    return "Staff of the department" if part.standing == STAFF else "Patients, carers and volunteers"
