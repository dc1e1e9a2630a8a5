"""Ninety seconds of overlapping faults, and three of thirteen planted bugs: all promises hold, and it would show."""

import asyncio
import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.nemesis import Nemesis
from tests.faults.nodes import Servers
from tests.faults.run import Plan, run
from tests.faults.teeth import CAUGHT_S, TEETH, Tooth, bite

ROOT = Path(__file__).parents[2]
SECONDS = 90.0
TEETH_IN_A_RUN = 3
# With its start, the mending and what is measured at rest, on two busy cores.
PATIENCE_S = 600

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.timeout(PATIENCE_S)]


def commit() -> int:
    """A number that is another for each commit; without git, for each state of the sources."""
    asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    if asked.returncode == 0:
        return int(asked.stdout.strip()[:12], 16)
    seen = hashlib.sha256()
    for path in sorted((ROOT / "server").rglob("*.py")):
        seen.update(path.read_bytes())
    return int(seen.hexdigest()[:12], 16)


def chosen() -> list[Tooth]:
    """Three that this commit is tried with."""
    first = commit() * TEETH_IN_A_RUN
    return [TEETH[(first + n) % len(TEETH)] for n in range(TEETH_IN_A_RUN)]


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with Servers() as running:
        yield running


def test_what_is_promised_holds_while_things_go_wrong(servers: Servers) -> None:
    async def script(nemesis: Nemesis) -> None:
        await nemesis.seeded(SECONDS)

    outcome = asyncio.run(run(servers, Plan(script, str(commit()))))
    told = "\n".join(map(str, outcome.violations[:20]))
    assert not outcome.violations, f"seed {commit()}:\n{told}"
    # A run in which nothing happened shows nothing.
    assert len(outcome.struck) >= 5
    assert outcome.commands > 100
    # Nor does one in which faults excuse most of what took long.
    for promise, (in_time, excused) in outcome.judged.items():
        assert in_time >= 5 * excused, f"{promise}: {in_time} in time, {excused} excused"


@pytest.mark.parametrize("tooth", chosen(), ids=lambda tooth: tooth.bug)
def test_a_planted_bug_is_caught(servers: Servers, tooth: Tooth) -> None:
    bitten = asyncio.run(bite(servers, tooth))
    found = sorted({one.promise for one in bitten.outcome.violations})
    assert bitten.caught, f"{tooth.bug} was looked for {bitten.took_s:.1f} s (at most {CAUGHT_S}); broken: {found}"
