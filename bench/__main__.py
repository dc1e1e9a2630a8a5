"""`python -m bench NAME [--json FILE] [--check] [--postgres | --database-url URL]`."""

import argparse
import contextlib
import importlib
import json
import sys
from pathlib import Path

from bench.node import pin_client, postgres

# With more of its core in use, a generator may be slower than what it measures.
GENERATOR_LIMIT = 0.8
NAMES = ("posting", "fanout", "idle", "slow", "join", "nodes")


def _missed(figures: dict[str, float], bounds: dict[str, tuple[float | None, float | None]]) -> list[str]:
    """The figures out of their bounds. A bench may have bounds for databases that were not measured this time."""
    held = {name: bound for name, bound in bounds.items() if name in figures}
    if not held:
        raise SystemExit("nothing that was measured has a bound")
    return [
        name
        for name, (least, most) in held.items()
        if (least is not None and figures[name] < least) or (most is not None and figures[name] > most)
    ]


def main() -> int:
    """Run a bench, print its figures, write them, and hold them to their bounds if asked to."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--check", action="store_true", help="fail when a figure is out of its bounds")
    parser.add_argument("--database-url", default="", help="a PostgreSQL database to measure on; else SQLite")
    parser.add_argument("--postgres", action="store_true", help="measure on a PostgreSQL started for it")
    asked = parser.parse_args()
    bench = importlib.import_module(f"bench.{asked.name}")
    with contextlib.ExitStack() as held:
        if asked.postgres:
            # It is to run where the generator does, on a core that is not the server's.
            pin_client()
            asked.database_url = held.enter_context(postgres())
        figures: dict[str, float] = bench.measure(database_url=asked.database_url)
    for name, value in figures.items():
        print(f"{name:44} {value:12.2f}")
    for name, value in figures.items():
        if "generator_share" in name and value > GENERATOR_LIMIT:
            print(f"warning: {name} is {value:.0%}: the generator may be what was measured", file=sys.stderr)
    if asked.json:
        asked.json.write_text(json.dumps({"bench": asked.name, "figures": figures}, indent=1) + "\n")
    missed = _missed(figures, bench.BOUNDS) if asked.check else []
    for name in missed:
        print(f"out of bounds: {name} is {figures[name]:.2f}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
