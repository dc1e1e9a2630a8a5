"""Starts one node as `hearth serve` does, for the fault test: with a clock that can jump, and with a planted bug.

`python -m tests.faults.node [--bug NAME]`. The clock's offset, in milliseconds, is the number in the file that
`FAULTS_CLOCK` names; it is looked at whenever somebody asks for wall time. Monotonic time is left alone.
"""

import asyncio
import importlib
import mmap
import os
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable

CLOCK_BYTES = 8
SEND_BYTES = 64 * 1024


def jump_with(path: str) -> None:
    """Let wall time be off by what stands in the file from now on, in all of this process."""
    handle = os.open(path, os.O_RDONLY)
    shared = mmap.mmap(handle, CLOCK_BYTES, prot=mmap.PROT_READ)
    os.close(handle)
    real_ns: Callable[[], int] = time.time_ns

    def offset_ns() -> int:
        return int(struct.unpack("<q", shared[:CLOCK_BYTES])[0]) * 1_000_000

    time.time_ns = lambda: real_ns() + offset_ns()
    time.time = lambda: (real_ns() + offset_ns()) / 1e9


def narrow() -> None:
    """Let little wait in the system for each client: who stops reading is felt soon, as over a slow line."""
    from server import node  # noqa: PLC0415 - as above

    listen = node.listen

    def narrowly(host: str, port: int) -> socket.socket:
        waiting = listen(host, port)
        waiting.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)
        return waiting

    node.listen = narrowly


def tell_all() -> None:
    """Let a part that has failed say why in full: nobody's words are in it here but ours."""
    from server.app import Hearth  # noqa: PLC0415 - as above

    ended = Hearth._ended

    def told(self: Hearth, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            traceback.print_exception(error)
        ended(self, task)

    Hearth._ended = told  # type: ignore[method-assign]


def main() -> None:
    """Serve, until told to stop."""
    if path := os.environ.get("FAULTS_CLOCK"):
        # Before anything is loaded that may keep a reference to the function.
        jump_with(path)
    narrow()
    tell_all()
    words = sys.argv[1:]
    if words[:1] == ["--bug"]:
        importlib.import_module(f"tests.faults.bugs.{words[1]}").plant()
    from server.cli import app  # noqa: PLC0415 - only now, with the clock and the bug in place

    app(args=["serve"], prog_name="hearth")


if __name__ == "__main__":
    main()
