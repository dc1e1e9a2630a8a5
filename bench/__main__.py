"""`python -m bench NAME [--json FILE] [--check] [--database-url URL]`."""

import argparse
import importlib
import json
import sys
from pathlib import Path

NAMES = ("posting", "fanout", "idle", "slow", "join", "nodes")


def main() -> int:
    """Run a bench, print its figures, write them, and hold them to their bounds if asked to."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--check", action="store_true", help="fail when a figure is out of its bounds")
    parser.add_argument("--database-url", default="", help="a PostgreSQL database to measure on; else SQLite")
    asked = parser.parse_args()
    bench = importlib.import_module(f"bench.{asked.name}")
    figures: dict[str, float] = bench.measure(database_url=asked.database_url)
    for name, value in figures.items():
        print(f"{name:28} {value:12.2f}")
    if asked.json:
        asked.json.write_text(json.dumps({"bench": asked.name, "figures": figures}, indent=1) + "\n")
    missed = (
        []
        if not asked.check
        else [
            name
            for name, (least, most) in bench.BOUNDS.items()
            if (least is not None and figures[name] < least) or (most is not None and figures[name] > most)
        ]
    )
    for name in missed:
        print(f"out of bounds: {name} is {figures[name]:.2f}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
