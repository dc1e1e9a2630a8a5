"""The demo as people start it: a process of its own, and what it prints."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.server.processes import Process, started

ROOM = "/c/through-my-eyes/r/waiting-well"
PEOPLE = ("wren", "ruth", "priya")


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that is open."""

    process: Process
    folder: Path
    # By whom they make of one, and the one that anybody may come in by.
    links: dict[str, str]
    invitation: str

    @property
    def address(self) -> str:
        """Where it is open on this machine."""
        return self.invitation.partition("/join/")[0]

    def count(self, table: str, where: str = "1 = 1") -> int:
        """How many rows of a table there are."""
        with closing(sqlite3.connect(self.folder / "demo" / "hearth.db")) as connection:
            return int(connection.execute(f"SELECT COUNT(*) FROM {table} WHERE {where}").fetchone()[0])  # noqa: S608


@contextmanager
def demo(folder: Path, *words: str) -> Iterator[Demo]:
    """A demo for the length of a block."""
    with started(folder, "demo", "--port", "0", *words) as process:
        process.line("Ctrl+C stops it")
        printed = "\n".join(process.said)
        links = {name: _found(rf"http://{name}\.localhost\S+", printed) for name in PEOPLE}
        yield Demo(process, folder, links, _found(r"http://localhost\S+/join/\S+", printed))
        assert process.stop() == 0


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, f"no {pattern} in:\n{text}"
    return found[0]
