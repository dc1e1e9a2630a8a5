"""One in ten does not read: what the others notice of it, and how long the node keeps those who take nothing."""

import contextlib
import time

from bench.crowd import POSTS_A_SENDER, Crowd, Place, percentile
from bench.node import LEFT, many_files, node, pin_client

FOLLOWERS = 1_000
STALLED = 100
RATE = 200.0
WINDOW_S = 5.0
# Promise 7: a stalled socket is gone within so long.
GONE_S = 60.0


def measure(database_url: str = "") -> dict[str, float]:
    """p99 of the readers without and with stalled ones beside them, and what the stalled ones cost."""
    pin_client()
    many_files()
    with node(rooms=1, members=500, database_url=database_url, serve=("serve", "unpinged")) as on:
        at_first = on.held()
        place = Place(on.port, on.rooms[0], on.tokens)
        room = f"room:{on.rooms[0]}"
        readers = Crowd(place, streams=lambda _: [room])
        stalled = Crowd(place, streams=lambda _: [room])
        with contextlib.closing(readers), contextlib.closing(stalled):
            readers.come(FOLLOWERS - STALLED)
            before = percentile(readers.run(RATE, warm_s=1.0, seconds=WINDOW_S).arrivals_ms, 0.99)
            # All who will write are here before anybody is counted.
            readers.send_with(int(RATE * 4 / POSTS_A_SENDER) + 1)
            stalled.come(STALLED)
            held = on.pss_kib()
            sockets = on.held()["sockets"]
            began = time.perf_counter()
            window = readers.run(RATE, warm_s=1.0, seconds=WINDOW_S)
            figures = {
                "readers_p99_ms": before,
                "beside_stalled_p99_ms": percentile(window.arrivals_ms, 0.99),
                "generator_share": window.cpu_share,
            }
            most = held
            while on.held()["sockets"] > sockets - STALLED and time.perf_counter() - began < GONE_S:
                readers.run(RATE * 4, warm_s=0.0, seconds=1.0)
                most = max(most, on.pss_kib())
            figures["stalled_gone_s"] = time.perf_counter() - began
            figures["stalled_kib_each"] = (most - held) / STALLED
            figures["stalled_left"] = on.held()["sockets"] - (sockets - STALLED)
        figures |= on.left(at_first)
    figures["p99_more_ms"] = figures["beside_stalled_p99_ms"] - figures["readers_p99_ms"]
    return figures


# What must hold on a machine like the one described in docs/benchmarks.md.
BOUNDS = {
    "p99_more_ms": (None, 20.0),
    "stalled_kib_each": (None, 512.0),
    "stalled_gone_s": (None, 45.0),
    "stalled_left": (None, 0.0),
    **LEFT,
}
