"""Hearth as people run it: a process of its own, told what to do by its command line and its environment."""

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Two busy cores may take long to load what a command needs.
PATIENCE_S = 60.0
# A terminal's width, colours and somebody's own settings have no place in a test.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")


def environment(folder: Path, **given: str) -> dict[str, str]:
    """The environment of a process whose data is in `folder`."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {"HEARTH_DATA_DIR": str(folder), "HEARTH_DRAIN_S": "0", "PYTHONUNBUFFERED": "1"} | given


def hearth(folder: Path, *words: str, **given: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "server.cli", *words],
        cwd=ROOT,
        env=environment(folder, **given),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


class Process:
    """A command that goes on until it is told to stop; what it says is kept."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.said: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def line(self, containing: str) -> str:
        """The next line with these words; fails when the process ends, or says nothing of the kind, first."""
        while (line := self._lines.get(timeout=PATIENCE_S)) is not None:
            if containing in line:
                return line
        raise AssertionError(f"it ended without saying {containing!r}:\n" + "\n".join(self.said))

    def stop(self) -> int:
        """Tell it to stop, and wait; its status."""
        self.process.terminate()
        status = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        return status


@contextmanager
def started(folder: Path, *words: str, **given: str) -> Iterator[Process]:
    """A command that runs during the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "server.cli", *words],
        cwd=ROOT,
        env=environment(folder, **given),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        running = Process(process)
        try:
            yield running
        finally:
            if process.poll() is None:
                process.kill()


@contextmanager
def served(folder: Path, **given: str) -> Iterator[tuple[Process, str]]:
    """A server on a free port, and its address."""
    with started(folder, "--port", "0", **given) as server:
        yield server, server.line("Hearth is at").split()[-1]
