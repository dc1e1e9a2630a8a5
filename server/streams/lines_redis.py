"""Lines to Redis on which a node publishes and hears: plain pub/sub on one server, sharded on a cluster."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from itertools import count
from typing import Any, Protocol, TypeAlias

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.client import PubSub
from redis.asyncio.cluster import ClusterNode, ClusterPubSub
from redis.exceptions import ConnectionError as LineLost

from server.link_redis import Client
from server.together import until_one_ends

# One command carries so many names: a long one would hold up what else is on the line.
NAMES = 500
# As long as one word is on its way, no other is on that connection: so many keep a server of the cluster busy.
PUBLISH_AT_ONCE = 16
LOOK_S = 1.0
# Each is checked and opened: so many are a millisecond.
HEARD_AT_ONCE = 32
# How soon the line to a server of the cluster is found that had no channel of ours so far.
NEW_S = 0.05

# What came in, on which channel: the envelope, or None when the server says something of the channel itself.
Heard: TypeAlias = Callable[[str, bytes | None], None]
Letter: TypeAlias = tuple[str, bytes]


class Line(Protocol):
    """One way to hear, until it breaks."""

    async def ask(self, more: Collection[str], less: Collection[str]) -> None:
        """Hear these channels too, and those no more."""
        ...

    async def read(self, heard: Heard) -> None:
        """Hand on what comes in; ends only with an error."""
        ...

    async def close(self) -> None:
        """Let the line go."""
        ...


def line(client: Client) -> Line:
    """A new line to hear on."""
    return _Sharded(client) if isinstance(client, RedisCluster) else _Plain(client)


def connections(client: Client) -> int:
    """How many connections `publish` uses at once."""
    return PUBLISH_AT_ONCE if isinstance(client, RedisCluster) else 1


async def publish(client: Client, letters: Sequence[Letter]) -> None:
    """Send all of these, or raise."""
    if isinstance(client, RedisCluster):
        # A cluster's client has no pipeline for this, and takes a connection for each that is under way.
        for first in range(0, len(letters), PUBLISH_AT_ONCE):
            some = letters[first : first + PUBLISH_AT_ONCE]
            await asyncio.gather(*(client.spublish(channel, letter) for channel, letter in some))
        return
    async with client.pipeline(transaction=False) as pipeline:
        for channel, letter in letters:
            pipeline.publish(channel, letter)  # type: ignore[unused-awaitable]  # a pipeline keeps it until `execute`
        await pipeline.execute()


def _hand_on(message: dict[str, Any] | None, heard: Heard) -> None:
    if message is None or message["channel"] is None:
        return
    spoken = message["type"] in {"message", "smessage"}
    heard(message["channel"].decode(), message["data"] if spoken else None)


async def _let_others(number: int) -> None:
    """Of what has come in already the driver hands out one after the other, and waits for nothing in between."""
    if number % HEARD_AT_ONCE == 0:
        await asyncio.sleep(0)


class _Plain:
    """A line to one server."""

    def __init__(self, client: Redis) -> None:
        self._pubsub: PubSub = client.pubsub()

    async def ask(self, more: Collection[str], less: Collection[str]) -> None:
        """Hear these channels too, and those no more."""
        for names in _parted(more):
            await self._pubsub.subscribe(*names)
        for names in _parted(less):
            await self._pubsub.unsubscribe(*names)

    async def read(self, heard: Heard) -> None:
        """Hand on what comes in."""
        for number in count(1):
            _hand_on(await self._pubsub.get_message(timeout=LOOK_S), heard)
            await _let_others(number)

    async def close(self) -> None:
        """Let the line go."""
        await self._pubsub.aclose()  # type: ignore[no-untyped-call]


class _Sharded:
    """Lines to the servers of a cluster, each of which carries the channels of its slots."""

    def __init__(self, client: RedisCluster) -> None:
        self._client = client
        self._pubsub: ClusterPubSub = client.pubsub()

    async def ask(self, more: Collection[str], less: Collection[str]) -> None:
        """Hear these channels too, and those no more."""
        # It looks for its servers with the first command; a subscription is none.
        await self._client.initialize()  # type: ignore[unused-awaitable]
        for names in _parted(more):
            await self._pubsub.ssubscribe(*names)
        for names in _parted(less):
            await self._pubsub.sunsubscribe(*names)

    async def read(self, heard: Heard) -> None:
        """Hand on what comes in from every server; a change of servers ends the line, as if it broke."""
        servers = self._client.get_primaries()
        reading = (self._read_from(server, heard) for server in servers)
        await until_one_ends(self._mind_servers({server.name for server in servers}), *reading)

    async def _mind_servers(self, names: set[str]) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            if {server.name for server in self._client.get_primaries()} != names:
                raise LineLost("the cluster has other servers now")

    async def _read_from(self, server: ClusterNode, heard: Heard) -> None:
        for number in count(1):
            if server.name not in self._pubsub.node_pubsub_mapping:
                await asyncio.sleep(NEW_S)
                continue
            _hand_on(await self._pubsub.get_sharded_message(timeout=LOOK_S, target_node=server), heard)
            await _let_others(number)

    async def close(self) -> None:
        """Let the lines go."""
        await self._pubsub.aclose()


def _parted(names: Collection[str]) -> list[list[str]]:
    every = list(names)
    return [every[at : at + NAMES] for at in range(0, len(every), NAMES)]
