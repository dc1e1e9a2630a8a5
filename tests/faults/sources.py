"""What the checker is given of the end: the database, and where words of people were found that don't belong there."""

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.faults.history import TOKEN, Final, HeadRow, MessageRow, Row
from tests.faults.nodes import Cluster

# Words that people wrote stand in these alone.
FOR_WORDS = frozenset({"message", "old_words"})
_MARK = "zq"


def final(cluster: Cluster) -> Final:
    """The database and all else in the end."""
    with psycopg.connect(cluster.url) as line:
        found = Final(
            heads={
                id_: HeadRow(epoch, head, acl, rev)
                for id_, epoch, head, acl, rev in line.execute("SELECT id, epoch, head, acl, tally_rev FROM stream")
            },
            events=[
                Row(stream, seq, acl, json.loads(body))
                for stream, seq, acl, body in line.execute(
                    "SELECT stream, seq, acl, body FROM event ORDER BY stream, seq"
                )
            ],
            messages=_messages(line),
            narrowings=list(line.execute("SELECT stream, acl, person FROM narrowing ORDER BY stream, acl")),
        )
        leaks = [*_in_tables(line), *_in_logs(cluster)]
    found.leaks = leaks
    return found


def _messages(line: psycopg.Connection) -> dict[str, MessageRow]:
    counts: dict[str, dict[str, int]] = {}
    for message, kind, count in line.execute("SELECT message, kind, count(*) FROM reaction GROUP BY message, kind"):
        counts.setdefault(message, {})[kind] = count
    rows = line.execute("SELECT id, room, seq, author, text, hidden, removed FROM message")
    return {
        id_: MessageRow(
            id_, f"room:{room}", seq, author, text, hidden=bool(hidden), removed=removed, counts=counts.get(id_, {})
        )
        for id_, room, seq, author, text, hidden, removed in rows
    }


def _in_tables(line: psycopg.Connection) -> Iterator[tuple[str, str]]:
    """Every other table, whatever it is: a row is looked at as one text."""
    tables = line.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'").fetchall()
    for (table,) in tables:
        if table in FOR_WORDS:
            continue
        sql = f'SELECT CAST(t.* AS text) FROM "{table}" t WHERE CAST(t.* AS text) LIKE %s'  # noqa: S608 - of the catalogue
        for (row,) in line.execute(sql.encode(), (f"%{_MARK}%",)):
            for token in TOKEN.findall(row.encode()):
                yield f"the table {table}", token.decode()


def _in_logs(cluster: Cluster) -> Iterator[tuple[str, str]]:
    logs = [node.log for node in cluster.nodes]
    for log in logs:
        for token in _tokens_of(log):
            yield f"the log of {log.stem}", token


def _tokens_of(path: Path) -> set[str]:
    return {token.decode() for token in TOKEN.findall(path.read_bytes())}


async def in_redis(port: int) -> list[tuple[str, str]]:
    """Every key of Redis and what it holds, as Redis itself would write them down."""
    found: list[tuple[str, str]] = []
    from redis.asyncio import Redis  # noqa: PLC0415 - only here

    async with Redis(port=port, socket_timeout=5) as redis:
        async for key in redis.scan_iter():
            data = key + (await redis.dump(key) or b"")
            found += [(f"Redis, under {key.decode()}", token.decode()) for token in TOKEN.findall(data)]
    return found


def errors_in(cluster: Cluster) -> list[str]:
    """Lines of the nodes' logs that tell of a bug of ours: an error or worse, each kind once."""
    seen: dict[str, str] = {}
    for node in cluster.nodes:
        for raw in node.log.read_bytes().splitlines():
            with contextlib.suppress(ValueError):
                line = json.loads(raw)
                if isinstance(line, dict) and line.get("level") in {"error", "critical"}:
                    kind = re.sub(r"[0-9A-Z]{26}|[0-9a-f]{8}", "…", f"{line.get('event')} {line.get('error', '')}")
                    seen.setdefault(kind, f"{node.name}: {raw.decode(errors='replace')[:400]}")
    return list(seen.values())


def last_words(log: Path) -> list[str]:
    """The trace of a part that has failed, or the end of the log when there is none."""
    lines = log.read_text(errors="replace").splitlines()
    traces = [n for n, line in enumerate(lines) if "Traceback" in line]
    return lines[traces[0] : traces[0] + 40] if traces else lines[-6:]
