"""What presence asks of the outside: a place where every node leases its share of a room, so that others can read it.

A lease that is not renewed ends by itself, so that a node that dies leaves nobody behind.
"""

from collections.abc import Awaitable, Collection, Mapping
from typing import Protocol

from presence.shares import Change, Share
from rooms.ids import RoomId


class LeasesAway(Exception):  # noqa: N818 - what is so, not what broke
    """The leases can't be read or written just now."""


class Leases(Protocol):
    """The leases of one node among those of the others. Each raises `LeasesAway` when it had no answer in time."""

    def hold(self, changes: Mapping[RoomId, Change]) -> Awaitable[frozenset[RoomId]]:
        """Write what changed in this node's shares, and renew them, also where nothing changed.

        A change with `before` 0 is the whole share. Gives the rooms in which no lease was left that could be changed:
        there nothing is written, and the share is to be written whole.
        """
        ...

    def drop(self, rooms: Collection[RoomId]) -> Awaitable[None]:
        """End this node's leases in these rooms: nobody is there through it."""
        ...

    def read(self, rooms: Collection[RoomId]) -> Awaitable[dict[RoomId, dict[str, Share]]]:
        """The shares of the other nodes in these rooms, by node. A room that is not in it has none."""
        ...
