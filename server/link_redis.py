"""The way to Redis, one server or a cluster: how to reach it, and how long to wait for it."""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import structlog
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException, RedisError, ResponseError

from server.door.keys import Keys
from server.settings import Settings
from server.together import Mistakes, Seldom, going_on

# Nothing here is worth waiting longer for: whoever asks has a way to go on without the answer.
ANSWER_S = 0.2
CONNECT_S = 1.0
# How often it is looked whether connections are there.
READY_S = 1.0

Client: TypeAlias = "Redis | RedisCluster"

log = structlog.get_logger("hearth.redis")


class NoAnswer(Exception):  # noqa: N818 - what is so, not what broke
    """Redis had no answer in time, or a refusal."""


# What Redis says of a key that holds another kind of thing than ours, or the same kind with something else in it.
_STRANGE = ("WRONGTYPE", "not an integer", "attempt to")

_strange_said = Seldom()

# What it is like when Redis can't be reached, does not answer, or says no.
FAULTS = (RedisError, RedisClusterException, OSError, TimeoutError)


@contextlib.contextmanager
def closed_is_fault() -> Iterator[None]:
    """Raise what comes of a transport that has closed under the driver's hands as the fault that it is.

    uvloop raises a bare `RuntimeError` then, and only its words tell that from a mistake of somebody's. Where another
    task found the line broken first, the driver has let its transport go, and writes to nothing.
    """
    try:
        yield
    except RuntimeError as error:
        if "the handler is closed" not in str(error):
            raise
        raise ConnectionResetError("the transport has closed") from error
    except AttributeError as error:
        if error.obj is not None or error.name != "writelines":
            raise
        raise ConnectionResetError("the transport has gone") from error


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


async def make_ready(client: Client, connections: int) -> None:
    """Have so many connections made. Raises one of `FAULTS` when they can't be, within `CONNECT_S`.

    To make one can take longer than an answer may, on a long way or a busy node: whoever gives up on the answer gives
    up on the connection too, and so would the next.
    """
    with closed_is_fault():
        async with asyncio.timeout(CONNECT_S):
            greetings = [_greet(client) for _ in range(connections)]
            answers = await asyncio.gather(*greetings, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer


async def _greet(client: Client) -> None:
    if isinstance(client, RedisCluster):
        await client.initialize()  # type: ignore[unused-awaitable]
        await client.ping(target_nodes=RedisCluster.PRIMARIES)
    else:
        await client.ping()


async def keep_ready(client: Client, connections: int) -> None:
    """Have so many connections ready for those who ask, for as long as the node lives."""
    mistakes = Mistakes(log)
    while going_on():
        try:
            await make_ready(client, connections)
        except FAULTS as error:
            # Those who ask say that Redis is away.
            log.debug("no connections are ready", error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - the edge of a loop: a strange greeting is not worth the node
            mistakes.say("connections could not be made", error)
        await asyncio.sleep(READY_S)


async def ask(client: Client, commands: Sequence[tuple[Any, ...]], *, answer_s: float = ANSWER_S) -> list[Any]:
    """The answers to all of these commands, sent in one go. Raises `NoAnswer` when one of them is missing in time.

    A command whose key holds what none of ours has written has None for its answer, and the key is deleted: what stands
    in one place must not keep all others from their answers.
    """
    if not commands:
        return []
    answers = await _asked(client, commands, answer_s)
    strange = [number for number, answer in enumerate(answers) if _is_strange(answer)]
    for number in strange:
        answers[number] = None
    failed = next((answer for answer in answers if isinstance(answer, Exception)), None)
    if failed is not None:
        raise NoAnswer from failed
    if strange:
        # With `UNLINK` a key that holds millions of things is as soon gone as any.
        keys = [("UNLINK", key) for number in strange for key in _keys(commands[number])]
        gone = await _asked(client, keys, answer_s)
        if _strange_said.is_due() and not any(isinstance(one, Exception) for one in gone):
            log.warning("strange keys deleted", count=len(strange))
    return answers


async def _asked(client: Client, commands: Sequence[tuple[Any, ...]], answer_s: float) -> list[Any]:
    """An answer or an error for each. Raises `NoAnswer`."""
    try:
        with closed_is_fault():
            if isinstance(client, RedisCluster):
                # To learn which server has what takes longer than an answer, and is done once.
                async with asyncio.timeout(CONNECT_S):
                    await client.initialize()  # type: ignore[unused-awaitable]
            async with asyncio.timeout(answer_s), client.pipeline(transaction=False) as pipeline:
                for words in commands:
                    pipeline.execute_command(*words)
                return list(await pipeline.execute(raise_on_error=False))
    # The driver makes dicts of maps, whatever their keys: one that can't be a key is a `TypeError`.
    except (*FAULTS, TypeError) as error:
        raise NoAnswer from error


def _is_strange(answer: object) -> bool:
    return isinstance(answer, ResponseError) and any(says in str(answer) for says in _STRANGE)


def _keys(words: tuple[Any, ...]) -> tuple[Any, ...]:
    return words[3 : 3 + words[2]] if words[0] == "EVAL" else words[1:2]


def strings(answer: object) -> list[bytes]:
    """An answer that is a list of strings; none for None. Raises `NoAnswer` for any other."""
    if answer is None:
        return []
    if not isinstance(answer, list) or not all(isinstance(one, bytes) for one in answer):
        raise NoAnswer
    return answer


def fields(answer: object) -> dict[bytes, bytes]:
    """An answer that is a hash; an empty one for None. Raises `NoAnswer` for any other."""
    if answer is None:
        return {}
    if not isinstance(answer, dict) or not all(isinstance(one, bytes) for pair in answer.items() for one in pair):
        raise NoAnswer
    return answer


def number(answer: object) -> int:
    """An answer that is a number; 0 for None. Raises `NoAnswer` for any other."""
    if answer is None:
        return 0
    if not isinstance(answer, int):
        raise NoAnswer
    return answer


def numbers(answer: object, count: int) -> list[int]:
    """An answer that is a list of so many numbers; all 0 for None. Raises `NoAnswer` for any other."""
    if answer is None:
        return [0] * count
    if not isinstance(answer, list) or len(answer) != count or not all(isinstance(one, int) for one in answer):
        raise NoAnswer
    return answer


def shared_prefix(keys: Keys) -> str:
    """What every key and channel of this server begins with, so that two servers may share one Redis."""
    return f"hearth:{keys.derive('redis').hex()[:12]}"
