"""Reactions are broadcast as totals, merged, at most four times a second for each room."""

import asyncio

from rooms.ids import MessageId
from rooms.signals import Counts, Tally, TallyChanged
from server.streams.channel import Channel

MERGE_S = 0.25


class Tallies:
    """What has changed in the tallies of one channel and was not yet told."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
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
        self._channel.signal(TallyChanged(since=since, rev=self._told, tallies=tallies))
