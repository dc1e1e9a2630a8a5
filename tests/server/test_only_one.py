"""SQLite takes one process."""

import subprocess
import sys
from pathlib import Path

import pytest

from server.only_one import InUse, only_one

ROOT = Path(__file__).parents[2]
HOLD = """
import pathlib, sys
from server.only_one import only_one
with only_one(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    input()
"""


def test_a_second_holder_is_told_who_has_it_and_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "new" / "hearth.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(InUse, match=f"process {holder.pid}.*takes one process") as refused, only_one(file):
            pass
        assert "PostgreSQL" in str(refused.value)
        holder.kill()
    # The system lets go for whoever can't any more.
    with only_one(file):
        pass


def test_the_next_one_may_when_the_first_is_done(tmp_path: Path) -> None:
    file = tmp_path / "hearth.db"
    for _ in range(2):
        with only_one(file):
            pass


def test_postgresql_takes_many() -> None:
    with only_one(None), only_one(None):
        pass
