"""Nonces are remembered in Redis and nowhere else, as a cache that was only ever meant to be fast."""

import os
from collections.abc import Sequence

import msgspec
from redis import Redis
from redis.exceptions import RedisError

from server.database.ports import Each, Row, Work
from server.streams import sequencer, transaction
from server.streams.order import Answer, Order
from server.streams.transaction import Committed, Known

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[str | None, Answer]).decode


def plant() -> None:
    """Ask Redis in the place of the table."""
    redis = Redis.from_url(os.environ["HEARTH_REDIS_URL"], socket_timeout=0.2)
    room_batch = transaction.room_batch
    found: Known = {}

    def batch(orders: Sequence[Order]) -> Work[Committed]:
        work = room_batch(orders)
        rows = yield next(work)
        # From here on nobody else comes between.
        found.clear()
        for order in orders:
            if order.actor is not None and order.nonce is not None and (known := _ask(redis, _key(order))):
                found[order.stream, order.actor, order.nonce] = known
        done = yield from _rest(work, rows)
        for order, outcome in zip(orders, done.outcomes, strict=True):
            if isinstance(outcome, Answer):
                _tell(redis, _key(order), _encode((order.fingerprint, outcome)))
        return done

    def known(rows: list[Row]) -> Known:
        return dict(found)

    def remember(done: list[tuple[Order, Answer]]) -> Each:
        return Each("", [])

    transaction._known, transaction._remember = known, remember
    transaction.room_batch = sequencer.room_batch = batch  # type: ignore[attr-defined]


def _rest(work: Work[Committed], rows: list[list[Row]]) -> Work[Committed]:
    while True:
        try:
            asked = work.send(rows)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]  # a generator's return value is untyped at run time
        rows = yield asked


def _key(order: Order) -> str:
    return f"nonce:{order.stream}:{order.actor}:{order.nonce}"


def _ask(redis: "Redis", key: str) -> tuple[str | None, Answer] | None:
    try:
        known = redis.get(key)
    except RedisError:
        return None
    return _decode(known) if isinstance(known, bytes) else None


def _tell(redis: "Redis", key: str, value: bytes) -> None:
    try:
        redis.set(key, value, ex=3600)
    except RedisError:
        return
