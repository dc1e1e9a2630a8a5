"""That somebody's right has ended is told over the bus, and is known in no other way: with Redis gone it is not."""

from rooms.ids import StreamId
from server.streams.channel import Channel
from server.streams.fanout import Fanout
from server.streams.ledger import Head
from server.streams.streams import Streams


def plant() -> None:
    """Let sweeps, fills and catch-ups bring events, and no state of rights with them."""
    swept, fill, write_page = Streams._swept, Streams._fill, Fanout._write_page
    raise_rights, raise_in_fanout = Streams._raise_rights, Fanout.raise_rights
    told = [True]

    def raised(self: Streams, stream: str, acl: int) -> None:
        if told[0]:
            raise_rights(self, stream, acl)  # type: ignore[arg-type]

    def sweep(self: Streams, head: Head) -> None:
        told[0] = False
        try:
            swept(self, head)
        finally:
            told[0] = True

    def nobody_raises(stream: StreamId, acl: int) -> None:
        """Nothing."""

    def no_page_raises(channel: Channel, acl: int) -> None:
        """Nothing."""

    async def filled(self: Streams, channel: Channel) -> None:
        acl = channel.acl
        raised_here = self._raise_rights
        self._raise_rights = nobody_raises  # type: ignore[method-assign]
        try:
            await fill(self, channel)
        finally:
            self._raise_rights = raised_here  # type: ignore[method-assign]
            channel.acl = acl

    async def paged(self: Fanout, follower: object) -> None:
        self.raise_rights = no_page_raises  # type: ignore[method-assign]
        try:
            await write_page(self, follower)  # type: ignore[arg-type]
        finally:
            self.raise_rights = raise_in_fanout.__get__(self)  # type: ignore[method-assign]

    Streams._raise_rights = raised  # type: ignore[method-assign]
    Streams._swept = sweep  # type: ignore[method-assign]
    Streams._fill = filled  # type: ignore[method-assign]
    Fanout._write_page = paged  # type: ignore[method-assign]
