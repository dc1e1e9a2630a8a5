"""The way to Redis, one server or a cluster: how to reach it, and how long to wait for it."""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException, RedisError

from server.door.keys import Keys
from server.settings import Settings

# Nothing here is worth waiting longer for: whoever asks has a way to go on without the answer.
ANSWER_S = 0.2
CONNECT_S = 1.0

Client: TypeAlias = "Redis | RedisCluster"


class NoAnswer(Exception):  # noqa: N818 - what is so, not what broke
    """Redis had no answer in time, or a refusal."""


# What it is like when Redis can't be reached, does not answer, or says no.
FAULTS = (RedisError, RedisClusterException, OSError, TimeoutError)


@contextlib.contextmanager
def closed_is_fault() -> Iterator[None]:
    """Raise what uvloop says of a transport that has closed under the driver's hands as the fault that it is.

    It raises a bare `RuntimeError`, and only its words tell that from a mistake of somebody's.
    """
    try:
        yield
    except RuntimeError as error:
        if "the handler is closed" not in str(error):
            raise
        raise ConnectionResetError("the transport has closed") from error


def connect(settings: Settings, *, answer_s: float = ANSWER_S) -> Client:
    """A client, not connected yet. A command that has no answer after `answer_s` fails with one of `FAULTS`.

    It tries nothing twice: what could be repeated safely only the caller knows.
    """
    kind = RedisCluster if settings.redis_cluster else Redis
    return kind.from_url(
        settings.redis_url,
        socket_timeout=answer_s,
        socket_connect_timeout=CONNECT_S,
        protocol=3,
        retry=Retry(NoBackoff(), 0),
    )


async def ask(client: Client, commands: Sequence[tuple[Any, ...]], *, answer_s: float = ANSWER_S) -> list[Any]:
    """The answers to all of these commands, sent in one go. Raises `NoAnswer` when one of them is missing in time."""
    if not commands:
        return []
    try:
        with closed_is_fault():
            if isinstance(client, RedisCluster):
                # To learn which server has what takes longer than an answer, and is done once.
                async with asyncio.timeout(CONNECT_S):
                    await client.initialize()  # type: ignore[unused-awaitable]
            async with asyncio.timeout(answer_s), client.pipeline(transaction=False) as pipeline:
                for words in commands:
                    pipeline.execute_command(*words)
                return list(await pipeline.execute())
    except FAULTS as error:
        raise NoAnswer from error


def shared_prefix(keys: Keys) -> str:
    """What every key and channel of this server begins with, so that two servers may share one Redis."""
    return f"hearth:{keys.derive('redis').hex()[:12]}"
