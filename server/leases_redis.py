"""Leases of presence in Redis: for each room the nodes that have a share in it, and each share as a hash.

All keys of a room have its id between braces, so that in a cluster they lie together. Each ends by itself.
"""

import hmac
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

import msgspec

from presence.ports import LeasesAway
from presence.shares import Change, Share
from rooms.ids import PersonId, RoomId
from rooms.signals import Present
from server.link_redis import ANSWER_S, Client, NoAnswer, ask, fields, number, strings

# Renewed every 5 s: a node that died is in no answer after 15, and one lost renewal changes nothing.
LEASE_MS = 15_000
SEAL_BYTES = 16
# Far more than a server has. What else stands in a room's list is not asked for one by one.
NODES_LIMIT = 100
# Far more than a node has in one room. To take in so many takes a fifth of a second, in which nothing else goes on.
FIELDS_LIMIT = 20_000
# The field of a share that holds its revision; no person has an empty id.
_REV = b""

# One share, changed as a whole or not at all: nobody ever reads half of a change. Gives 0, and writes nothing, when
# there is no lease to change. KEYS: the room's nodes, the share. ARGV: the node, how long it holds, whether this is
# the whole share, how many have gone, who they are, then the fields to set and their values.
_HOLD = """
local whole, gone = ARGV[3], tonumber(ARGV[4])
if whole == '1' then
  redis.call('DEL', KEYS[2])
elseif redis.call('EXISTS', KEYS[2]) == 0 then
  return 0
end
for i = 5, 4 + gone do redis.call('HDEL', KEYS[2], ARGV[i]) end
for i = 5 + gone, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
redis.call('ZADD', KEYS[1], 0, ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
"""

# Take a node from the room's when its share has ended by itself. KEYS as above. ARGV: the node.
_FORGET = "if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('ZREM', KEYS[1], ARGV[1]) end return 1"

A = TypeVar("A")

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Present).decode


class RedisLeases:
    """One node's leases."""

    def __init__(
        self,
        client: Client,
        *,
        node: str,
        prefix: str,
        key: bytes,
        lease_ms: int = LEASE_MS,
        answer_s: float = ANSWER_S,
    ) -> None:
        """`prefix` begins every key; `key` seals what is written, so that only nodes of this server are believed."""
        self._answer_s = answer_s
        self._client = client
        self._node = node
        self._prefix = prefix
        self._key = key
        self._lease_ms = lease_ms

    def _nodes(self, room: RoomId) -> str:
        return f"{self._prefix}:here:{{{room}}}"

    def _share(self, room: RoomId, node: str) -> str:
        return f"{self._nodes(room)}:{node}"

    async def _ask(self, commands: list[tuple[Any, ...]], shaped: Callable[[object], A]) -> list[A]:
        """The answers, in the shape that they must have."""
        try:
            return [shaped(answer) for answer in await ask(self._client, commands, answer_s=self._answer_s)]
        except NoAnswer as error:
            raise LeasesAway from error

    async def hold(self, changes: Mapping[RoomId, Change]) -> frozenset[RoomId]:
        """Write what changed, and renew; the rooms in which no lease was left that could be changed."""
        done = await self._ask([self._hold(room, change) for room, change in changes.items()], bool)
        return frozenset(room for room, there in zip(changes, done, strict=True) if not there)

    def _hold(self, room: RoomId, change: Change) -> tuple[Any, ...]:
        share = self._share(room, self._node)
        fields: list[str | bytes] = [_REV, self._seal(share, _REV, _encode(change.rev))]
        for who in change.came:
            fields += [who.person, self._seal(share, who.person.encode(), _encode(who))]
        whole = int(change.before == 0)
        return (
            "EVAL",
            _HOLD,
            2,
            self._nodes(room),
            share,
            self._node,
            self._lease_ms,
            whole,
            len(change.gone),
            *change.gone,
            *fields,
        )

    async def drop(self, rooms: Collection[RoomId]) -> None:
        """End this node's leases in these rooms."""
        commands: list[tuple[Any, ...]] = []
        for room in rooms:
            commands += [("DEL", self._share(room, self._node)), ("ZREM", self._nodes(room), self._node)]
        await self._ask(commands, bool)

    async def read(self, rooms: Collection[RoomId]) -> dict[RoomId, dict[str, Share]]:
        """The shares of the other nodes in these rooms, by node."""
        meant = list(rooms)
        listed = await self._ask([("ZRANGE", self._nodes(room), 0, NODES_LIMIT) for room in meant], strings)
        wanted = [
            (room, name.decode())
            for room, names in zip(meant, listed, strict=True)
            for name in names
            # What no node of ours has written is nobody's share.
            if name.isascii() and name.decode() != self._node
        ]
        sizes = await self._ask([("HLEN", self._share(room, node)) for room, node in wanted], number)
        ended: list[tuple[Any, ...]] = [
            ("UNLINK", self._share(room, node))
            for (room, node), size in zip(wanted, sizes, strict=True)
            if size > FIELDS_LIMIT
        ]
        wanted = [one for one, size in zip(wanted, sizes, strict=True) if size <= FIELDS_LIMIT]
        read = await self._ask([("HGETALL", self._share(room, node)) for room, node in wanted], fields)
        found: dict[RoomId, dict[str, Share]] = {}
        for (room, node), held in zip(wanted, read, strict=True):
            share = self._open(self._share(room, node), held)
            if share is None and held:
                # Nothing that a node of ours has written: it would be in the way of those.
                ended += [("UNLINK", self._share(room, node)), ("ZREM", self._nodes(room), node)]
            elif share is None:
                ended.append(("EVAL", _FORGET, 2, self._nodes(room), self._share(room, node), node))
            else:
                found.setdefault(room, {})[node] = share
        await self._ask(ended, bool)
        if any(len(names) > NODES_LIMIT for names in listed):
            # Somebody else writes here. Some of it is gone by now; who is in these rooms only the next look can tell.
            raise LeasesAway
        return found

    def _open(self, share: str, held: Mapping[bytes, bytes]) -> Share | None:
        """What was read, as far as a node of ours wrote it; None when there is nothing of the kind."""
        opened = {field: self._unseal(share, field, sealed) for field, sealed in held.items()}
        rev = opened.pop(_REV, None)
        if rev is None:
            return None
        try:
            people = [_decode(letter) for letter in opened.values() if letter is not None]
        except msgspec.ValidationError:
            # Written by a newer version, which says it in another way: nobody can be shown that this one can't read.
            people = []
        return Share(msgspec.msgpack.decode(rev, type=int), {PersonId(who.person): who for who in people})

    def _seal(self, share: str, field: bytes, letter: bytes) -> bytes:
        seal = hmac.digest(self._key, share.encode() + b"\0" + field + b"\0" + letter, "sha256")[:SEAL_BYTES]
        return seal + letter

    def _unseal(self, share: str, field: bytes, sealed: bytes) -> bytes | None:
        letter = sealed[SEAL_BYTES:]
        return letter if hmac.compare_digest(self._seal(share, field, letter), sealed) else None
