"""The checks, each a program and the words in its output that prove it looked at something."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# A tool that hangs must not hang the run; the slowest, a cold type check on a busy machine, takes a minute.
PATIENCE_S = 600

# What is kept of tests that talk without end. Failures stand last, and a page of them has some kilobytes.
KEPT_LINES = 50_000
# What pytest says of each file, or of each line of dots, as it goes.
PROGRESS = re.compile(rb"\[ *\d+%\](\x1b\[\d*m)*\s*$")
# What runs side by side: three for two cores, as nearly half of the time is spent in waiting. The rest is the third.
LANES = {
    "server tests": ("tests/server",),
    "end-to-end tests": ("tests/e2e", "tests/live", "tests/faults"),
}
# What only these reach counts as reached by no test: they look at the whole from outside, in browsers and over the
# network, and would notice few mistakes in a line. Counting takes a third of the work of everything counted.
NOT_COUNTED = "end-to-end tests"

# Memory that looks like a folder (Linux), and what must be free of it: the tests fill some hundred megabytes.
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
MEMORY_BYTES = 2 * 1024**3

# More than this is read in the tool itself, not in a list of checks.
SHOWN_CHARACTERS = 12_000

# Rules are short, pure and cheap to test, so all of their branches are.
RULES = "rooms/*,presence/*,moderation/*,stories/*,community/*"
NOT_RULES = "*/ports.py,*/*_sql.py,*/*_redis.py,*/*_memory.py"
RULES_PERCENT = 100
WHOLE_PERCENT = 92


@dataclass(frozen=True, slots=True)
class Gate:
    """A check: what to run, and what its output says when it has really checked something."""

    name: str
    words: tuple[str, ...]
    proof: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a check ended. `trouble` is None when all is well."""

    name: str
    took_s: float
    trouble: str | None = None


def _python(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *words)


# The pages themselves, which tests in a browser look at; it says nothing when they are fresh.
BUILD = Gate("web build", _python("server.webbuild"), r"")
# The tools that all other checks of the client need.
PACKAGES = Gate("web packages", _python("server.webbuild", "packages"), r"are in place")
FIRST = frozenset({PACKAGES.name, BUILD.name})
# Brings together what each process of the tests has counted.
GATHER = Gate("gather", _python("coverage", "combine", "-q"), r"")
# Figures of an earlier run must not be added to this one's.
FORGET = Gate("forget", _python("coverage", "erase"), r"")


def python_gates() -> list[Gate]:
    """What looks at Python, in the order in which mistakes are cheapest to mend."""
    return [
        # Without a file to look at, ruff is content.
        Gate("lint", _python("ruff", "check", "."), r"\A(?s:(?!.*No Python files).*All checks passed)"),
        Gate("format", _python("ruff", "format", "--check", "."), r"\b[1-9]\d* files? already formatted"),
        Gate(
            "repository", _python("server.checks.repository"), r"\b[1-9]\d* files, [1-9]\d* functions, [1-9]\d* locks"
        ),
        Gate("generated", _python("server.checks.generated"), r"\b[1-9]\d* generated files are fresh"),
        Gate("types", _python("mypy"), r"no issues found in [1-9]\d* source files?"),
    ]


def web_gates() -> list[Gate]:
    """What looks at the web client, once its tools are there and it is built."""
    npm = _python("server.webbuild", "npm", "run", "-s")
    # oxlint comes from the Python packages: its npm packages for other platforms are not in every registry.
    oxlint = str(Path(sys.executable).parent / "oxlint")
    # The rules are in web/.oxlintrc.json; these two sets are named here so that they can't get lost there.
    plugins = ("--jsx-a11y-plugin", "--vitest-plugin")
    return [
        PACKAGES,
        BUILD,
        Gate("web lint", (oxlint, *plugins, "--deny-warnings", "web"), r"\bon [1-9]\d* files?"),
        Gate("web format", (*npm, "format:check"), r"All matched files use Prettier"),
        # tsc says nothing when all is well, and refuses to start without a file to look at.
        Gate("web types", (*npm, "check"), r""),
        Gate("web tests", (*npm, "test"), r"Tests\s.*\b[1-9]\d* passed"),
        Gate("web size", (*npm, "size"), r"\d"),
    ]


def pytest_lanes(leave_out: set[str], words: list[str], *, covered: bool) -> list[Gate]:
    """The tests in Python, without those that need what is left out: three lanes to run side by side. `words` are
    pytest's, and may choose tests of one lane alone: with them there is one lane."""
    if words:
        return [_pytest_gate("tests", leave_out, words, covered=covered)]
    others = ["tests", *(f"--ignore={folder}" for folders in LANES.values() for folder in folders)]
    lanes = {**{name: [*folders] for name, folders in LANES.items()}, "other tests": others}
    return [
        # With one memory of what has failed, the lane that ends last would forget what the others found.
        _pytest_gate(
            name,
            leave_out,
            [*lane, "-o", f"cache_dir=.pytest_cache/{name.split()[0]}"],
            covered=covered and name != NOT_COUNTED,
        )
        for name, lane in lanes.items()
    ]


def _pytest_gate(name: str, leave_out: set[str], words: list[str], *, covered: bool) -> Gate:
    runner = _python("coverage", "run", "-m", "pytest") if covered else _python("pytest")
    colour = ("--color=yes",) if sys.stdout.isatty() else ()
    marks = ("-m", " and ".join(f"not {mark}" for mark in sorted(leave_out))) if leave_out else ()
    return Gate(name, (*runner, *colour, *marks, *words), r"\b[1-9]\d* passed")


def coverage_gates() -> list[Gate]:
    """What the tests have reached, once they have all been run."""
    report = _python("coverage", "report")
    rules = (*report, f"--include={RULES}", f"--omit={NOT_RULES}", f"--fail-under={RULES_PERCENT}")
    return [
        Gate("rules covered", rules, r"TOTAL\s+[1-9]"),
        Gate("all covered", (*report, f"--fail-under={WHOLE_PERCENT}"), r"TOTAL\s+[1-9]"),
    ]


@contextlib.contextmanager
def in_memory() -> Iterator[None]:
    """Let what tests store lie in memory where the machine has enough, and nobody has named another place.

    They make a thousand databases. Each server is as careful there as on a disk, whose writing down takes as long as
    all the rest, and protects from what no test does: a power cut.
    """
    if "TMPDIR" in os.environ or not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < MEMORY_BYTES:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="hearth-tests-", dir=MEMORY, ignore_cleanup_errors=True) as folder:
        # A PostgreSQL that root starts runs as somebody else.
        Path(folder).chmod(0o755)
        os.environ["TMPDIR"] = folder
        try:
            yield
        finally:
            del os.environ["TMPDIR"]


def run(gate: Gate) -> Outcome:
    """Run one check quietly."""
    began = time.monotonic()
    try:
        done = subprocess.run(
            gate.words,
            cwd=ROOT,
            # Colours would hide the words that are looked for.
            env=dict(os.environ, NO_COLOR="1", FORCE_COLOR="0"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=PATIENCE_S,
            check=False,
        )
        trouble = judge(gate, done.returncode, done.stdout)
    except subprocess.TimeoutExpired:
        trouble = f"did not finish within {PATIENCE_S} s"
    except OSError as why:
        trouble = f"could not be started: {why}"
    return Outcome(gate.name, time.monotonic() - began, trouble)


def run_aloud(gate: Gate) -> Outcome:
    """Run one check whose output people want to watch."""
    began = time.monotonic()
    process = subprocess.Popen(gate.words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = b""
    if process.stdout is not None:
        while chunk := os.read(process.stdout.fileno(), 65536):
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            # Only the end matters here, and a chatty test must not fill the memory.
            said = (said + chunk)[-65536:]
    trouble = judge(gate, process.wait(), said.decode(errors="replace"))
    # What it said has been read already.
    return Outcome(gate.name, time.monotonic() - began, trouble and "see above")


def run_in_company(gate: Gate) -> Outcome:
    """Run one check while another talks too: how far it is, line by line; all else it says in one piece, at its end."""
    began = time.monotonic()
    said: deque[bytes] = deque(maxlen=KEPT_LINES)
    with subprocess.Popen(
        gate.words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        for line in process.stdout or ():
            if PROGRESS.search(line):
                _say(f"{gate.name:16}".encode() + line)
            else:
                said.append(line)
    words = b"".join(said)
    trouble = judge(gate, process.wait(), words.decode(errors="replace"))
    _say(f"\n{gate.name}:\n".encode() + words)
    return Outcome(gate.name, time.monotonic() - began, trouble and "see above")


_saying = threading.Lock()


def _say(words: bytes) -> None:
    """Write it whole, whoever else is writing."""
    with _saying:
        sys.stdout.buffer.write(words)
        sys.stdout.buffer.flush()


def judge(gate: Gate, status: int, said: str) -> str | None:
    """What is wrong with a check that ended so; None when nothing is."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
    if status:
        return plain.strip()[-SHOWN_CHARACTERS:] or f"ended with status {status} and said nothing"
    if not re.search(gate.proof, plain):
        return f"checked nothing: its output has no “{gate.proof}”\n{plain.strip()}"
    return None
