"""Rooms for hosts and members: found by their address, opened, changed, closed, and who is let in."""

from community.commands import Admit, ChangeRoom, CloseRoom, OpenRoom
from rooms.ids import CommunityId, PersonId, RoomId
from server import api
from server.clock import new_id
from server.database.ports import Work
from server.door import reads_sql as reads
from server.door.door import Asked, Door


class Hosting:
    """Handlers of the routes about rooms."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def _community_of(self, asked: Asked) -> CommunityId:
        """The community of the room at the address, which the asker may read."""
        room, person = RoomId(asked.path["room"]), asked.person

        def work() -> Work[CommunityId]:
            found = yield from reads.readable_room(room, person)
            return found.state.community

        return await self._door.database.read(work)

    async def open_room(self, asked: Asked) -> api.RoomMade:
        """Begin a room."""
        body, slug = asked.take(api.RoomBody), asked.path["slug"]
        community = await self._door.database.read(lambda: reads.community_id(slug))
        room = RoomId(new_id())
        command = OpenRoom(
            community=community,
            room=room,
            slug=body.slug,
            title=body.title,
            purpose=body.purpose,
            visibility=body.visibility,
            hide_names=body.hide_names,
        )
        await self._door.ask(community, command, actor=asked.person)
        return api.RoomMade(room=room, slug=body.slug)

    async def find_room(self, asked: Asked) -> api.Found:
        """A room's id by its address."""
        slug, room_slug, person = asked.path["slug"], asked.path["room_slug"], asked.person
        return api.Found(room=await self._door.database.read(lambda: reads.find_room(slug, room_slug, person)))

    async def change_room(self, asked: Asked) -> api.Done:
        """Change a room's title, purpose, who may be in it, or close it."""
        body, room = asked.take(api.RoomChange), RoomId(asked.path["room"])
        community = await self._community_of(asked)
        change = ChangeRoom(
            community=community,
            room=room,
            title=body.title,
            purpose=body.purpose,
            visibility=body.visibility,
            hide_names=body.hide_names,
        )
        await self._door.ask(community, change, actor=asked.person)
        if body.closed is not None:
            await self._door.ask(
                community, CloseRoom(community=community, room=room, closed=body.closed), actor=asked.person
            )
        return api.Done()

    async def people(self, asked: Asked) -> api.People:
        """People in the room whose name begins with `q`."""
        room, person, q = RoomId(asked.path["room"]), asked.person, asked.query.get("q", "")
        return await self._door.database.read(lambda: reads.people(room, q, person))

    async def admit(self, asked: Asked) -> api.Done:
        """Let a member into an invited room, or out of it."""
        body, room = asked.take(api.AdmitBody), RoomId(asked.path["room"])
        community = await self._community_of(asked)
        command = Admit(community=community, room=room, person=PersonId(asked.path["person"]), admitted=body.admitted)
        await self._door.ask(community, command, actor=asked.person)
        return api.Done()
