"""The REST side of what is live: pages of messages, totals, the poll, and how the server is."""

from collections.abc import Callable

from community.facts import require
from rooms.contract import Code, Refused
from rooms.ids import CommunityId, MessageId, PersonId, RoomId
from rooms.rights import Deed
from server import api, api_running
from server.connection import Desk
from server.database.ports import Database, Work
from server.doctor import health
from server.door import facts_sql, reads_sql
from server.door.door import Asked, Handler
from server.live_reads import LiveReads
from server.poll import Polls
from server.settings import Settings
from server.wire import HistoryPage, MessageView, Poll


class LiveHandlers:
    """Handlers of the routes that stand beside the live connection."""

    def __init__(self, settings: Settings, database: Database, *, desk: Desk, sockets: Callable[[], int]) -> None:
        """`sockets` counts the open live connections."""
        self._settings = settings
        self._database = database
        self._reads = LiveReads(database)
        self._desk = desk
        self.polls = Polls(desk)
        self._sockets = sockets

    def handlers(self) -> dict[str, Handler]:
        """By the names of their routes."""
        return {
            "messages": self.messages,
            "message": self.message,
            "tallies": self.tallies,
            "poll": self.poll,
            "health": self.health,
        }

    async def messages(self, asked: Asked) -> HistoryPage:
        """A page of messages."""
        wanted = {name: asked.query[name] for name in ("before", "after", "around") if asked.query.get(name)}
        if len(wanted) > 1:
            raise Refused(Code.MALFORMED)
        return await self._reads.messages(asked.person, RoomId(asked.path["room"]), **wanted)

    async def message(self, asked: Asked) -> MessageView:
        """One message as it stands."""
        return await self._reads.message(asked.person, MessageId(asked.path["message"]))

    async def tallies(self, asked: Asked) -> api.Tallies:
        """The totals that changed since a revision."""
        return await self._reads.tallies(asked.person, RoomId(asked.path["room"]), asked.query.get("since", "0"))

    async def poll(self, asked: Asked) -> bytes:
        """Items, as soon as there are any."""
        person = asked.person
        session = asked.session.session if asked.session else ""
        return await self.polls.answer(asked.take(Poll), person=person, session=session)

    async def health(self, asked: Asked) -> api_running.Health:
        """How the server is, for keepers."""
        person = asked.person
        community = await self._database.read(lambda: _seen_by(asked.path["slug"], person))
        rooms = await self._database.read(reads_sql.every_room)
        people = await self._desk.here.everybody(rooms)
        return await health(self._settings, self._database, community, sockets=self._sockets(), people_here=people)


def _seen_by(slug: str, person: PersonId) -> Work[CommunityId]:
    """The community, for someone who may see how its server is."""
    community = yield from reads_sql.community_id(slug)
    found = yield from facts_sql.load_members(community, [person])
    require(found.get(person), Deed.SEE_HEALTH, now_ms=0)
    return community
