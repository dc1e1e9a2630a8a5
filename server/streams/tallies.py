"""Reactions are broadcast as totals, merged, at most four times a second for each room."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from rooms.contract import Signal
from rooms.ids import MessageId, RoomId, StreamId, owner_of
from rooms.signals import Counts, Tally, TallyChanged
from server.database.ports import Contended, Database, Unavailable, Work
from server.streams import reading_sql as reading
from server.streams.channel import Channel
from server.streams.ledger import Head

MERGE_S = 0.25


class Tallies:
    """What has changed in the tallies of one channel and was not yet told."""

    def __init__(self, channel: Channel, signal: Callable[[Channel, Signal], None]) -> None:
        self._channel = channel
        self._signal = signal
        self._changed: dict[MessageId, Counts] = {}
        self._told = channel.rev
        self._timer: asyncio.TimerHandle | None = None
        self._told_at = 0.0

    @property
    def told(self) -> int:
        """The revision up to which all followers have been told."""
        return self._told

    def changed(self, totals: dict[MessageId, Counts], rev: int) -> None:
        """Note the totals as they are at `rev`, and tell soon."""
        self._changed.update(totals)
        self._channel.rev = max(self._channel.rev, rev)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            wait = max(0.0, self._told_at + MERGE_S - loop.time())
            self._timer = loop.call_later(wait, self._tell)

    def _tell(self) -> None:
        self._timer = None
        self._told_at = asyncio.get_running_loop().time()
        tallies = tuple(Tally(message=message, counts=counts) for message, counts in self._changed.items())
        since, self._told = self._told, self._channel.rev
        self._changed = {}
        self._signal(self._channel, TallyChanged(since=since, rev=self._told, tallies=tallies))


class Counter:
    """Keeps the tallies of all channels up to what was counted, here and on other nodes."""

    def __init__(
        self,
        database: Database,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        *,
        raise_rights: Callable[[StreamId, int], None],
        signal: Callable[[Channel, Signal], None],
        gap: Callable[[StreamId], None],
    ) -> None:
        """`raise_rights` hears under which rights totals were read; `gap` that they could not be read just now.

        `signal` tells all who follow a channel.
        """
        self._database = database
        self._spawn = spawn
        self._raise_rights = raise_rights
        self._signal = signal
        self._gap = gap
        self._tallies: dict[Channel, Tallies] = {}
        # Channels whose totals are being read, and the newest revision that anybody has named of each.
        self._reading: dict[Channel, int] = {}

    def counted(self, channel: Channel, head: Head, totals: dict[MessageId, Counts]) -> None:
        """This node's commit has changed these totals."""
        if channel.rev == head.rev_was:
            self._of(channel).changed(totals, head.rev)
        else:
            self.named(channel, head.rev)

    def named(self, channel: Channel, rev: int) -> None:
        """Another node counted too, up to `rev`: ask SQL for all totals since what was known, one at a time."""
        if rev <= channel.rev:
            return
        before = self._reading.get(channel)
        self._reading[channel] = max(rev, before or 0)
        if before is None:
            self._spawn(self._count_anew(channel))

    def told(self, channel: Channel) -> int:
        """The revision up to which all who follow have been told; 0 before anything was counted here."""
        tallies = self._tallies.get(channel)
        return 0 if tallies is None else tallies.told

    def forget(self, channel: Channel) -> None:
        """Nobody follows this channel any more."""
        self._tallies.pop(channel, None)
        self._reading.pop(channel, None)

    def _of(self, channel: Channel) -> Tallies:
        tallies = self._tallies.get(channel)
        if tallies is None:
            tallies = self._tallies[channel] = Tallies(channel, self._signal)
        return tallies

    async def _count_anew(self, channel: Channel) -> None:
        try:
            while channel.rev < self._reading.get(channel, 0):
                acl, rev, tallies = await self._database.read(lambda: _totals(channel.stream, channel.rev))
                self._raise_rights(channel.stream, acl)
                if rev <= channel.rev or channel not in self._reading:
                    return
                self._of(channel).changed({t.message: t.counts for t in tallies}, rev)
        except (Unavailable, Contended):
            self._gap(channel.stream)
        finally:
            self._reading.pop(channel, None)


def _totals(stream: StreamId, rev: int) -> Work[tuple[int, int, tuple[Tally, ...]]]:
    """The rights that the totals since `rev` are told under, the revision they stand at, and the totals."""
    head = yield from reading.head_of(stream)
    now, tallies = yield from reading.tallies_since(RoomId(owner_of(stream)), rev)
    return head.acl if head else 0, now, tallies
