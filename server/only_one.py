"""SQLite takes one process: whoever serves, migrates or restores holds a lock file, and a second one is told so."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class InUse(Exception):  # noqa: N818 - it is a state of the world, told to people as such
    """Another process has this database open for writing."""

    def __init__(self, file: Path, holder: str) -> None:
        who = f"by process {holder}" if holder else "by another process"
        super().__init__(
            f"{file} is already in use {who}, and SQLite takes one process.\n"
            "Stop that one first. For several processes, set HEARTH_DATABASE_URL to a PostgreSQL database."
        )


@contextmanager
def only_one(file: Path | None) -> Iterator[None]:
    """Hold the lock of the database in `file`; nothing to hold on PostgreSQL. `InUse` when somebody has it.

    The system lets go of it when the process ends, however it ends.
    """
    if file is None:
        yield
        return
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(file.with_name(f"{file.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(handle, file)
        yield
    finally:
        os.close(handle)


def _take(handle: int, file: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InUse(file, os.pread(handle, 20, 0).decode("ascii", "replace").strip()) from None
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
