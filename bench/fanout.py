"""One room and many followers: how many deliveries a second, with real posts as the source.

Each post is checked, stored and acknowledged. The knee is the highest rate at which all of it arrives, with p99 at most
250 milliseconds from when a message was due. Measured in the same run: the loop that a C program would have, one `send`
for each message and receiver, and the same room on plain ASGI sends.
"""

import contextlib
from collections.abc import Callable, Iterator

from bench.crowd import Crowd, Place, Window, percentile
from bench.node import LEFT, free_port, many_files, node, pin_client, postgres, process

FOLLOWERS = (100, 1_000, 5_000, 10_000)
P99_MS = 250.0
WARM_S = 1.0
WINDOW_S = 3.0
LIGHT = 30_000
# More messages a second than one node acknowledges.
RATE_LIMIT = 8_000.0


def _alone(room: str) -> Callable[[int], list[str]]:
    return lambda _: [f"room:{room}"]


@contextlib.contextmanager
def crowd(place: Place, followers: int, forms: tuple[str, ...] = ("json",)) -> Iterator[Crowd]:
    """So many followers of the place's room, for the length of a block."""
    many = Crowd(place, forms=forms, streams=_alone(place.room))
    try:
        many.come(followers)
        yield many
    finally:
        many.leave()


@contextlib.contextmanager
def reference(kind: str) -> Iterator[Place]:
    """A reference server, for the length of a block."""
    port = free_port()
    with process("-m", "bench.reference", kind, str(port), port=port):
        yield Place(port, "01M8C5VJXTV1Z92WVBN8TFMJXW", ["nobody"])


def knee(many: Crowd, *, first: float) -> Window:
    """The window of the highest rate that holds: doubled until one does not, then halved in between three times."""
    best: Window | None = None
    low, high, rate = 0.0, RATE_LIMIT, first
    for _ in range(10):
        window = many.run(rate, warm_s=WARM_S, seconds=WINDOW_S)
        p99 = percentile(window.arrivals_ms, 0.99)
        held = window.complete and p99 <= P99_MS
        print(
            f"    {rate:8.0f}/s × {window.followers:,}: {window.deliveries_per_s / 1e3:9.0f} k/s, p99 {p99:6.0f} ms,"
            f" refused {window.refused}, generator {window.cpu_share:.0%}{'' if held else '  (does not hold)'}",
            flush=True,
        )
        if held:
            best, low = window if best is None or window.rate > best.rate else best, rate
        else:
            high = rate
        if high / max(low, 1.0) < 1.15 or rate >= RATE_LIMIT:
            break
        rate = min(RATE_LIMIT, rate * 2) if high >= RATE_LIMIT and held else (low + high) / 2 if low else rate / 4
    return best or Window(0.0, len(many.followers))


def _figures(name: str, window: Window) -> dict[str, float]:
    return {
        f"{name}_deliveries_per_s": window.deliveries_per_s,
        f"{name}_posts_per_s": window.rate,
        f"{name}_p99_ms": percentile(window.arrivals_ms, 0.99),
        f"{name}_receipt_p99_ms": percentile(window.answers_ms, 0.99),
        f"{name}_generator_share": window.cpu_share,
    }


def measure(database_url: str = "") -> dict[str, float]:
    """All figures; see docs/benchmarks.md."""
    pin_client()
    many_files()
    figures: dict[str, float] = {}
    with contextlib.ExitStack() as held:
        url = database_url or held.enter_context(postgres())
        for followers in FOLLOWERS:
            figures |= _at(followers, url)
    return figures


def _at(followers: int, url: str) -> dict[str, float]:
    figures: dict[str, float] = {}
    light = LIGHT / followers
    for kind in ("raw", "asgi"):
        print(f"  {kind}, {followers:,} followers")
        with reference(kind) as place, crowd(place, followers) as many:
            name = f"{kind}_{followers}"
            if kind == "raw":
                figures[f"{name}_light_p99_ms"] = _p99(many.run(light, warm_s=WARM_S, seconds=WINDOW_S))
            figures |= _figures(name, knee(many, first=max(4.0, 60_000 / followers)))
    for name, serve, forms in (
        ("unbatched", ("serve", "unpinged", "unbatched"), ("json",)),
        ("json", ("serve", "unpinged"), ("json",)),
        ("msgpack", ("serve", "unpinged"), ("msgpack",)),
        ("mixed", ("serve", "unpinged"), ("json", "msgpack")),
    ):
        print(f"  {name}, {followers:,} followers")
        with node(rooms=1, members=500, database_url=url, serve=serve) as on:
            place = Place(on.port, on.rooms[0], on.tokens)
            held = on.held()
            with crowd(place, followers, forms) as many:
                if name == "json":
                    figures[f"json_{followers}_light_p99_ms"] = _p99(many.run(light, warm_s=WARM_S, seconds=WINDOW_S))
                figures |= _figures(f"{name}_{followers}", knee(many, first=max(16.0, 240_000 / followers)))
            figures |= {f"{name}_{followers}_{what}": value for what, value in on.left(held).items()}
    raw = figures[f"raw_{followers}_deliveries_per_s"]
    figures[f"json_{followers}_times_raw"] = figures[f"json_{followers}_deliveries_per_s"] / raw
    figures[f"json_{followers}_light_times_raw"] = (
        figures[f"json_{followers}_light_p99_ms"] / figures[f"raw_{followers}_light_p99_ms"]
    )
    return figures


def _p99(window: Window) -> float:
    return percentile(window.arrivals_ms, 0.99)


# What must hold on a machine like the one described in docs/benchmarks.md.
BOUNDS = {
    "json_1000_deliveries_per_s": (2e6, None),
    "json_5000_deliveries_per_s": (4e6, None),
    "json_1000_times_raw": (15.0, None),
    "json_5000_times_raw": (15.0, None),
    "json_1000_light_times_raw": (None, 1.4),
    **{f"json_{followers}_{what}": bound for followers in FOLLOWERS for what, bound in LEFT.items()},
}
