"""The way to Redis, one server or a cluster: how to reach it, and how long to wait for it."""

from typing import TypeAlias

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

# What it is like when Redis can't be reached, does not answer, or says no.
FAULTS = (RedisError, RedisClusterException, OSError, TimeoutError)


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


def shared_prefix(keys: Keys) -> str:
    """What every key and channel of this server begins with, so that two servers may share one Redis."""
    return f"hearth:{keys.derive('redis').hex()[:12]}"
