"""Many who come at once: a conversation starts, or a node that was killed is started again.

Each follows a room and their own stream. Who was there before comes with cursors, has missed what was said meanwhile,
and has done nothing by hand for more than ten minutes, as most have in a long conversation.
"""

import contextlib

import psycopg

from bench.crowd import Crowd, Place
from bench.node import left_bounds, many_files, node, pin_client, postgres

PEOPLE = (1_000, 5_000)
MISSED = 100


def measure(database_url: str = "") -> dict[str, float]:
    """Seconds until all are live and caught up, and what the node used meanwhile."""
    pin_client()
    many_files()
    figures: dict[str, float] = {}
    with contextlib.ExitStack() as held:
        url = database_url or held.enter_context(postgres())
        for count in PEOPLE:
            figures |= _at(count, url)
    return figures


def _at(count: int, url: str) -> dict[str, float]:
    figures: dict[str, float] = {}
    with node(rooms=1, members=count, database_url=url) as on:
        people, room = on.people, f"room:{on.rooms[0]}"
        place = Place(on.port, on.rooms[0], on.tokens)
        held = on.held()
        many = Crowd(place, streams=lambda n: [room, f"person:{people[n]}"])
        with contextlib.closing(many):
            cpu = on.cpu_s()
            many.come(count)
            figures[f"storm_{count}_s"] = many.opened_s
            figures[f"storm_{count}_generator_share"] = many.opened_share
            figures[f"storm_{count}_cpu_s"] = on.cpu_s() - cpu
        figures |= {f"{name}_storm_{count}": value for name, value in on.left(held).items()}
        away = Crowd(place, streams=lambda n: [room, f"person:{people[n]}"])
        with contextlib.closing(away):
            away.run(MISSED, warm_s=0.0, seconds=1.0)
        _age_sessions(url)
        on.restart()
        held = on.held()
        back = Crowd(place, streams=lambda n: [room, f"person:{people[n]}"], cursors=many.cursors)
        with contextlib.closing(back):
            back.come(count, up_to=MISSED)
            figures[f"resume_{count}_s"] = back.opened_s
            figures[f"resume_{count}_generator_share"] = back.opened_share
            figures[f"resume_{count}_cpu_s"] = on.cpu_s()
            figures[f"resume_{count}_resumed"] = float(back.resumed)
            figures[f"resume_{count}_turned_away"] = float(back.turned_away)
        figures |= {f"{name}_resume_{count}": value for name, value in on.left(held).items()}
    return figures


def _age_sessions(url: str) -> None:
    """Nobody has been seen for ten minutes, so that each who comes back is written down anew."""
    with psycopg.connect(url) as line:
        line.execute("UPDATE session SET seen_ms = seen_ms - 700000")


# What must hold on a machine like the one described in docs/benchmarks.md.
BOUNDS = {
    "resume_5000_s": (None, 10.0),
    "resume_5000_resumed": (5_000.0, None),
    **left_bounds("storm_5000", "resume_5000"),
}
