"""What an idle connection costs: the server's memory for each signed-in page that follows a room and its own stream."""

import contextlib
import time

from bench.crowd import Crowd, Place
from bench.node import left_bounds, many_files, node, pin_client

CONNECTIONS = (5_000, 10_000)
SETTLE_S = 3.0


def measure(database_url: str = "") -> dict[str, float]:
    """KiB for each connection, connections opened a second, and what stays when all have gone."""
    pin_client()
    many_files()
    figures: dict[str, float] = {}
    for count in CONNECTIONS:
        with node(rooms=1, members=count, database_url=database_url) as on:
            room = f"room:{on.rooms[0]}"
            people = on.people
            many = Crowd(Place(on.port, on.rooms[0], on.tokens), streams=lambda n: [room, f"person:{people[n]}"])  # noqa: B023
            with contextlib.closing(many):
                held = on.held()
                before = on.pss_kib()
                many.come(count)
                time.sleep(SETTLE_S)
                figures[f"kib_each_{count}"] = (on.pss_kib() - before) / count
                figures[f"opened_per_s_{count}"] = count / many.opened_s
                figures[f"opened_generator_share_{count}"] = many.opened_share
                cpu = on.cpu_s()
                time.sleep(SETTLE_S)
                figures[f"idle_cores_{count}"] = (on.cpu_s() - cpu) / SETTLE_S
            figures |= {f"{name}_{count}": value for name, value in on.left(held).items()}
    return figures


# What must hold on a machine like the one described in docs/benchmarks.md.
BOUNDS = {"kib_each_5000": (None, 14.0), **left_bounds("5000", "10000")}
