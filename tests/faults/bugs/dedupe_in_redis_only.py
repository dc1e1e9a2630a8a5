"""Nonces are remembered in Redis and nowhere else, as a cache that was only ever meant to be fast."""

import os
from collections.abc import Sequence

import msgspec
from redis import Redis
from redis.exceptions import RedisError

from rooms.ids import StreamId
from server.database.ports import Each, Say, Work
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

    def key(stream: StreamId, order: Order) -> str:
        return f"nonce:{stream}:{order.actor}:{order.nonce}"

    def batch(stream: StreamId, orders: Sequence[Order]) -> Work[Committed]:
        found.clear()
        for order in orders:
            if order.actor is not None and order.nonce is not None and (known := _ask(redis, key(stream, order))):
                found[order.actor, order.nonce] = known
        done = yield from room_batch(stream, orders)
        for order, outcome in zip(orders, done.outcomes, strict=True):
            if isinstance(outcome, Answer):
                _tell(redis, key(stream, order), _encode((order.fingerprint, outcome)))
        return done

    transaction._nonce_statement = lambda _stream, _orders: Say("SELECT 1 WHERE 1 = 0")
    transaction._known = lambda _rows: dict(found)
    transaction._remember = lambda _stream, _done: Each("", [])
    transaction.room_batch = sequencer.room_batch = batch


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
