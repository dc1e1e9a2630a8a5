"""For how long words are kept, and legal holds: seen and set by keepers."""

from community.commands import SetHold, SetKeeping
from community.keeping import DAYS_LEAST, DAYS_MOST
from rooms.contract import Code, Refused
from rooms.ids import CommunityId, RoomId
from server import api, api_keeping
from server import keeping_sql as keeping
from server.database.ports import Work
from server.door import reads_sql as reads
from server.door.door import Asked, Door

# More than this is no number of days.
_DIGITS = 6


class KeepingWords:
    """Handlers of the routes about keeping words."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def _here(self, asked: Asked) -> CommunityId:
        slug, person = asked.path["slug"], asked.person

        def work() -> Work[CommunityId]:
            community = yield from reads.community_id(slug)
            yield from reads.member_here(community, person)
            return community

        return await self._door.database.read(work)

    async def keeping(self, asked: Asked) -> api_keeping.Keeping:
        """For how long words are kept, and what is held."""
        slug, person = asked.path["slug"], asked.person
        return await self._door.database.read(lambda: keeping.keeping(slug, person))

    async def keeping_due(self, asked: Asked) -> api_keeping.Due:
        """How many messages would go if words were kept for so many days."""
        slug, person = asked.path["slug"], asked.person
        days, room = _days(asked.query.get("days")), asked.query.get("room")
        meant = RoomId(room) if room else None
        return await self._door.database.read(lambda: keeping.due(slug, person, days=days, room=meant))

    async def set_keeping(self, asked: Asked) -> api.Done:
        """Keep words for another time."""
        body, community = asked.take(api_keeping.KeepBody), await self._here(asked)
        command = SetKeeping(community=community, room=body.room, days=body.days)
        await self._door.ask(community, command, actor=asked.person)
        return api.Done()

    async def set_hold(self, asked: Asked) -> api.Done:
        """Begin or end a legal hold."""
        body, community = asked.take(api_keeping.HoldBody), await self._here(asked)
        command = SetHold(community=community, room=body.room, reason=body.reason)
        await self._door.ask(community, command, actor=asked.person)
        return api.Done()


def _days(asked: str | None) -> int | None:
    """For how many days words would be kept; None: as they are now."""
    if asked is None:
        return None
    if not asked.isascii() or not asked.isdecimal() or len(asked) > _DIGITS:
        raise Refused(Code.KEPT_OUT_OF_RANGE, least=DAYS_LEAST, most=DAYS_MOST)
    return int(asked)
