"""The REST routes that read what was said: the same rights, asked in the same transaction as the words."""

from rooms.contract import Code, Refused
from rooms.ids import MessageId, PersonId, RoomId
from server import api
from server.database.ports import Database, Work
from server.streams import reading_sql as reading
from server.wire import HistoryPage, MessageView, Page


class LiveReads:
    """Pages of messages and totals of reactions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def messages(
        self, person: PersonId, room: RoomId, *, before: str = "", after: str = "", around: str = ""
    ) -> HistoryPage:
        """A page of messages: the newest, or before or after a cursor, or around a message."""

        def work() -> Work[HistoryPage]:
            yield from reading.require_reader(room, person)
            page = yield from _page(room, before=before, after=after, around=around)
            return (yield from reading.with_mine(person, page))

        return await self._database.read(work)

    async def message(self, person: PersonId, message: MessageId) -> MessageView:
        """One message as it stands; not found for whoever may not read its room."""

        def work() -> Work[MessageView]:
            room, view = yield from reading.one(message)
            yield from reading.require_reader(room, person)
            return view

        return await self._database.read(work)

    async def tallies(self, person: PersonId, room: RoomId, since: str) -> api.Tallies:
        """The totals that changed after a revision; more than go into one answer are asked for again."""
        if not since.isdecimal() or len(since) > 15:
            raise Refused(Code.MALFORMED)

        def work() -> Work[api.Tallies]:
            yield from reading.require_reader(room, person)
            rev, tallies = yield from reading.tallies_since(room, int(since))
            return api.Tallies(rev=rev, tallies=tallies)

        return await self._database.read(work)


def _page(room: RoomId, *, before: str, after: str, around: str) -> Work[Page]:
    if before:
        return (yield from reading.before(room, before))
    if after:
        return (yield from reading.later(room, after))
    if around:
        return (yield from reading.around(room, MessageId(around)))
    return (yield from reading.latest(room))
