"""Several nodes over Redis and PostgreSQL: how much later a message is on another node, and what each node costs.

All nodes share one core, the database, Redis and the generator the other. At light load; the reference, in the same
run, is what followers on the sender's own node see.
"""

import contextlib
import time

from bench.crowd import Crowd, Place, percentile
from bench.node import Node, beside, left_bounds, many_files, node, pin_client, postgres

NODES = (2, 4)
FOLLOWERS = 200
RATE = 20.0
WINDOW_S = 8.0
SETTLE_S = 2.0


def measure(database_url: str = "") -> dict[str, float]:
    """Milliseconds from when a message was due until it was at followers, near and far; cores of processor."""
    from tests.services import redis_server  # noqa: PLC0415 - only where it is asked for

    pin_client()
    many_files()
    figures: dict[str, float] = {}
    for count in NODES:
        with contextlib.ExitStack() as held:
            url = database_url or held.enter_context(postgres())
            redis = held.enter_context(redis_server())
            on = held.enter_context(node(rooms=1, members=500, database_url=url, redis_url=redis))
            others = [held.enter_context(beside(on)) for _ in range(count - 1)]
            figures |= _at(on, others)
    return figures


def _at(on: Node, others: list[Node]) -> dict[str, float]:
    count = 1 + len(others)
    held_at_first = on.held()
    streams = [f"room:{on.rooms[0]}"]
    crowds = [
        Crowd(Place(one.port, on.rooms[0], on.tokens), streams=lambda _: streams, sends_to=on.port)
        for one in (on, *others)
    ]
    with contextlib.ExitStack() as held:
        for crowd in crowds:
            held.callback(crowd.leave)
            crowd.come(FOLLOWERS // count)
        idle = _cores((on, *others), SETTLE_S)
        # All are posted through the first node, and followed there, then on another.
        near, far = (crowd.run(RATE, warm_s=1.0, seconds=WINDOW_S) for crowd in crowds[:2])
    return {
        **{f"{name}_{count}": value for name, value in on.left(held_at_first).items()},
        f"near_{count}_p50_ms": percentile(near.arrivals_ms, 0.5),
        f"near_{count}_p99_ms": percentile(near.arrivals_ms, 0.99),
        f"far_{count}_p50_ms": percentile(far.arrivals_ms, 0.5),
        f"far_{count}_p99_ms": percentile(far.arrivals_ms, 0.99),
        f"far_{count}_after_receipt_p50_ms": percentile(far.after_receipt_ms, 0.5),
        f"far_{count}_after_receipt_p99_ms": percentile(far.after_receipt_ms, 0.99),
        f"far_{count}_generator_share": far.cpu_share,
        f"far_{count}_complete": float(far.complete),
        f"idle_{count}_cores_each": idle,
    }


def _cores(nodes: tuple[Node, ...], seconds: float) -> float:
    before = sum(one.cpu_s() for one in nodes)
    time.sleep(seconds)
    return (sum(one.cpu_s() for one in nodes) - before) / seconds / len(nodes)


# What must hold on a machine like the one described in docs/benchmarks.md.
BOUNDS = {"far_2_after_receipt_p99_ms": (None, 50.0), "far_2_complete": (1.0, None), **left_bounds("2", "4")}
