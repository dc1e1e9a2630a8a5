"""`python -m tests.faults soak|teeth|figures …`: the fault test by itself, for longer than a test run has time for."""

import argparse
import asyncio
import hashlib
import json
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from tests.faults.figures import Figure
from tests.faults.nemesis import Nemesis, measured
from tests.faults.nodes import Servers
from tests.faults.run import Outcome, Plan, run
from tests.faults.teeth import CAUGHT_S, TEETH, bite

# One run of ten minutes is so many of these, each on a fresh cluster: a history is judged whole, in memory.
PIECE_S = 120.0
FINISHED = Path(".faults-finished")
SHOWN = 12
# The promises that the written faults are to give a figure of.
MEASURED = frozenset({"P8", "P9", "P10", "P13", "P14", "P18"})


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def table(figures: list[Figure]) -> str:
    """Figures as a table that people read."""
    lines = ["| promise | measured | unit | count | p50 | p95 | most | bound |", "|---|---|---|---|---|---|---|---|"]
    for one in figures:
        bound = "" if one.bound is None else f"{one.bound:.0f}"
        lines.append(
            f"| {one.promise} | {one.what} | {one.unit} | {one.count} | {one.p50:.0f} | {one.p95:.0f} |"
            f" {one.most:.0f} | {bound} |"
        )
    return "\n".join(lines)


def _tell(name: str, outcome: Outcome) -> bool:
    struck = ", ".join(f"{what} {times}" for what, times in sorted(outcome.struck.items()))
    _say(
        f"{name}: {len(outcome.violations)} violations in {outcome.took_s:.0f} s; {outcome.commands} commands,"
        f" {outcome.frames} frames{f'; {struck}' if struck else ''}"
    )
    for promise, (in_time, excused) in outcome.judged.items():
        _say(f"  {promise}: {in_time} waits in time, {excused} longer and excused by a fault")
    for violation in outcome.violations[:SHOWN]:
        _say(str(violation))
    if len(outcome.violations) > SHOWN:
        _say(f"… and {len(outcome.violations) - SHOWN} more")
    return not outcome.violations


def _write(path: str | None, outcomes: dict[str, Outcome]) -> None:
    if path is None:
        return
    found = {
        name: {
            "violations": [str(one) for one in outcome.violations],
            "figures": [asdict(one) for one in outcome.figures],
            "judged": outcome.judged,
            "struck": outcome.struck,
            "commands": outcome.commands,
            "frames": outcome.frames,
            "took_s": outcome.took_s,
        }
        for name, outcome in outcomes.items()
    }
    Path(path).write_text(json.dumps(found, indent=2, sort_keys=True) + "\n")


def state() -> str:
    """What the code is that is run here: what was clean before says nothing about any other."""
    git = ("git", "-c", "core.quotepath=off")
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True).stdout
    changed = subprocess.run([*git, "diff", "HEAD"], check=True, capture_output=True).stdout
    return hashlib.sha256(commit + changed).hexdigest()[:12]


def finished(path: Path, code: str) -> set[str]:
    """The pieces that were run before on this very code, and were clean."""
    lines = path.read_text().splitlines() if path.exists() else []
    return {piece for known, _, piece in (line.partition(" ") for line in lines) if known == code}


def soak(given: argparse.Namespace) -> int:
    """Piece after piece of a seed; those that were finished before are left out."""
    pieces = [f"{given.seed}.{n}" for n in range(max(1, round(given.minutes * 60 / PIECE_S)))]
    code = state()
    before = finished(given.finished, code)
    outcomes: dict[str, Outcome] = {}
    seconds = min(PIECE_S, given.minutes * 60)
    with Servers() as servers:
        for piece in [one for one in pieces if one not in before]:
            plan = Plan(lambda nemesis: nemesis.seeded(seconds, longest_s=45.0), piece, rate=2.0)
            outcome = outcomes[piece] = asyncio.run(run(servers, plan))
            if _tell(piece, outcome):
                with given.finished.open("a") as kept:
                    kept.write(f"{code} {piece}\n")
            _say(table(outcome.figures))
            _write(given.json, outcomes)
    left = [one for one in pieces if one in before]
    if left:
        _say(f"clean before, on this code: {' '.join(left)}")
    return int(any(outcome.violations for outcome in outcomes.values()))


def teeth(given: argparse.Namespace) -> int:
    """Every planted bug, or those that are named, is caught; or, without the bugs, nothing is."""
    chosen = [tooth for tooth in TEETH if not given.bugs or tooth.bug in given.bugs]
    missed: list[str] = []
    outcomes: dict[str, Outcome] = {}
    with Servers() as servers:
        for tooth in chosen:
            bitten = asyncio.run(bite(servers, tooth, planted=not given.clean))
            outcomes[tooth.bug] = bitten.outcome
            good = not bitten.outcome.violations if given.clean else bitten.caught
            missed += [] if good else [tooth.bug]
            _say(f"{'ok' if good else 'NO':3} {tooth.bug:26} {bitten.took_s:5.1f} s  {bitten.by[:160]}")
            if not good:
                _tell(tooth.bug, bitten.outcome)
    _write(given.json, outcomes)
    what = "clean" if given.clean else f"caught within {CAUGHT_S:.0f} s"
    _say(f"{len(chosen) - len(missed)} of {len(chosen)} {what}{f'; not: {missed}' if missed else ''}")
    return int(bool(missed) or not chosen)


def figures(given: argparse.Namespace) -> int:
    """Written faults, one at a time, and what is measured of each."""

    async def script(nemesis: Nemesis) -> None:
        await measured(nemesis, gone_s=given.gone)

    with Servers() as servers:
        # Nobody is put in and out meanwhile: each act locks the rooms it is about, and that is not what is measured.
        outcome = asyncio.run(run(servers, Plan(script, str(given.seed), rate=3.0, churn=False)))
    clean = _tell("figures", outcome)
    _say(table(outcome.figures))
    _write(given.json, {"figures": outcome})
    over = [one.what for one in outcome.figures if not one.holds]
    missing = sorted(MEASURED - {one.promise for one in outcome.figures})
    _say(f"over their bounds: {', '.join(over) or 'none'}; nothing measured of: {', '.join(missing) or 'none'}")
    return int(not clean or bool(over or missing))


def main() -> int:
    """Do what is asked; 0 when all is well."""
    asked = argparse.ArgumentParser(prog="python -m tests.faults")
    asked.add_argument("--json", help="also write what was found to this file")
    ways = asked.add_subparsers(required=True)
    soaking = ways.add_parser("soak", help="faults drawn from a seed")
    soaking.add_argument("--seed", default=str(int(time.time())))
    soaking.add_argument("--minutes", type=float, default=10.0)
    soaking.add_argument("--finished", type=Path, default=FINISHED, help="where finished pieces are noted")
    soaking.set_defaults(do=soak)
    biting = ways.add_parser("teeth", help="planted bugs are caught")
    biting.add_argument("bugs", nargs="*")
    biting.add_argument("--clean", action="store_true", help="the same scripts without the bugs: nothing may be found")
    biting.set_defaults(do=teeth)
    measuring = ways.add_parser("figures", help="what is measured of each fault alone")
    measuring.add_argument("--seed", default="1")
    measuring.add_argument(
        "--gone", type=float, default=60.0, help="for how many seconds Redis and PostgreSQL are gone"
    )
    measuring.set_defaults(do=figures)
    given = asked.parse_args()
    done: int = given.do(given)
    return done


if __name__ == "__main__":
    sys.exit(main())
