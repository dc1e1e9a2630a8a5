"""`./hearth test`: run every check, say how long each took, and fail when one failed or could not be done."""

import argparse
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from server.checks import gates, needs
from server.checks.gates import Gate, Outcome

TESTS = "tests"


@dataclass
class Report:
    """What has been found so far, told as it is found."""

    outcomes: list[Outcome] = field(default_factory=list)
    # What could not be done, and why or what to do about it.
    undone: dict[str, str] = field(default_factory=dict)

    def add(self, outcome: Outcome) -> None:
        """Take one check's outcome in, and show what is wrong with it."""
        self.outcomes.append(outcome)
        verdict = "ok" if outcome.trouble is None else "FAILED"
        lines = [f"{verdict:8}{outcome.name:16}{outcome.took_s:6.1f} s"]
        if outcome.trouble is not None:
            lines.append(textwrap.indent(outcome.trouble, "        "))
        # In one write, as two lanes of checks talk at once.
        _tell("\n".join(lines))

    @property
    def failed(self) -> list[str]:
        """The names of the checks that failed."""
        return [outcome.name for outcome in self.outcomes if outcome.trouble is not None]


def main(arguments: list[str]) -> int:
    """Run what is asked for; 0 only when all of it was done and nothing was found."""
    began = time.monotonic()
    options, for_pytest = _parser().parse_known_args(arguments)
    without = set(options.without)
    chosen = set(options.only) or ({TESTS} if for_pytest else _names())
    report = Report()
    _run_lanes(report, chosen)
    if TESTS in chosen:
        _run_tests(report, without, for_pytest, whole=chosen == _names())
    return _close(report, without, left=_names() - chosen, took_s=time.monotonic() - began)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./hearth test",
        description="Run every check. Other words on the line go to pytest, and then only the tests in Python run: "
        "./hearth test -k hand",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--without",
        metavar="NAME",
        choices=sorted(needs.DEBIAN),
        action="append",
        default=[],
        help="leave out the tests that need %(choices)s (repeat for several)",
    )
    parser.add_argument(
        "--only",
        metavar="CHECK",
        choices=sorted(_names()),
        action="append",
        default=[],
        help="run only %(choices)s (repeat for several)",
    )
    return parser


def _names() -> set[str]:
    return {gate.name for gate in (*gates.python_gates(), *gates.web_gates())} | {TESTS}


def _run_lanes(report: Report, chosen: set[str]) -> None:
    """The quiet checks, in two lanes: the smallest machine has two cores, and the web client needs its build first."""
    first: set[str] = set()
    if {gate.name for gate in gates.web_gates()} & chosen - gates.FIRST:
        first = set(gates.FIRST)
    elif TESTS in chosen:
        # A browser looks at the pages.
        first = {gates.BUILD.name}
    web = [gate for gate in gates.web_gates() if gate.name in chosen | first]
    python = [gate for gate in gates.python_gates() if gate.name in chosen]
    with ThreadPoolExecutor(max_workers=2) as lanes:
        for done in [lanes.submit(_run_lane, report, lane) for lane in (python, web)]:
            done.result()


def _run_lane(report: Report, lane: list[Gate]) -> None:
    for gate in lane:
        report.add(gates.run(gate))


def _run_tests(report: Report, without: set[str], for_pytest: list[str], *, whole: bool) -> None:
    """The tests in Python, when the other checks are done; and what they reached, if nothing was left out."""
    lacking = needs.missing(set(needs.DEBIAN) - without)
    report.undone |= {f"tests that need {name}": f"to have it: {needs.advice(name)}" for name in sorted(lacking)}
    covered = whole and not lacking and not without
    if covered:
        gates.run(gates.FORGET)
    lanes = gates.pytest_lanes(without | lacking, for_pytest, covered=covered)
    with gates.in_memory():
        _run_side_by_side(report, lanes)
    if covered:
        gates.run(gates.GATHER)
        _run_lane(report, gates.coverage_gates())


def _run_side_by_side(report: Report, lanes: list[Gate]) -> None:
    """One lane is watched as it goes; of several each is heard whole when it ends."""
    if len(lanes) == 1:
        report.add(gates.run_aloud(lanes[0]))
        return
    with ThreadPoolExecutor(max_workers=len(lanes)) as threads:
        for done in [threads.submit(lambda lane: report.add(gates.run_in_company(lane)), lane) for lane in lanes]:
            done.result()


def _close(report: Report, without: set[str], *, left: set[str], took_s: float) -> int:
    """Say how it went, so that the last lines tell all."""
    _tell("")
    for outcome in sorted(report.outcomes, key=lambda each: -each.took_s):
        _tell(f"{outcome.took_s:8.1f} s  {outcome.name}{'' if outcome.trouble is None else '  FAILED'}")
    if without:
        _tell(f"Left out as told: {', '.join(sorted(without))} (and coverage, which needs all tests).")
    if left:
        _tell(f"Not asked for: {', '.join(sorted(left))}.")
    for what, why in report.undone.items():
        _tell(f"COULD NOT BE DONE: {what}; {why}")
    if report.undone:
        _tell("Leave out what you can't have by name, for example: ./hearth test --without browser")
    if report.failed:
        _tell(f"FAILED: {', '.join(report.failed)}")
    if report.failed or report.undone:
        _tell(f"Not passed, after {took_s:.0f} s.")
        return 1
    _tell(f"All {len(report.outcomes)} checks passed in {took_s:.0f} s.")
    return 0


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
