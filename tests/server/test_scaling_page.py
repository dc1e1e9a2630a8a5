"""The bounds that operators reckon with are those of the server."""

from pathlib import Path

from server import connection, socket
from server.database import database_postgres
from server.streams import entering_sql, pressure, ring, sequencer, streams

PAGE = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text()


def test_the_bounds_on_the_page_are_the_servers() -> None:
    mib = 1024 * 1024
    rows = (
        f"| commands in one transaction | {sequencer.BATCH} |",
        f"| commands that wait for one stream | {pressure.STREAM_LIMIT:,}, and no more once",
        f"the first has waited {pressure.WAIT_MS} ms |",
        f"| commands that wait on the node | {pressure.NODE_LIMIT:,} |",
        f"| commands of one connection without an answer | {connection.UNANSWERED_LIMIT} |",
        f"| streams on one connection | {connection.FOLLOW_LIMIT} |",
        f"| what a resume may have missed | {entering_sql.RESUME_LIMIT:,} events |",
        f"| write to one follower | {ring.WRITE_BYTES // 1024} KiB at a time |",
        f"| PostgreSQL connections | {database_postgres.POOL_SIZE} for the server,",
        f"wait up to {database_postgres.POOL_WAIT_S:g} s, then `unavailable`",
        f"| {ring.RING_BYTES // mib} MiB at most, and never fewer than {ring.KEEP_LEAST} events |",
        f"| {streams.NODE_BYTES // mib} MiB, the least recently followed go first |",
        f"cut off after {socket.STALLED_MS // 1000} s without progress",
    )
    assert [row for row in rows if row not in PAGE] == []
