"""What is due again and again in this version: words to erase, sessions and links to forget, freed pages to wipe."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from server.aging_sql import aged_words
from server.database.database_sqlite import connect
from server.database.ports import Database, Row, Say, Work
from server.settings import Settings
from server.upkeep import Duty

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
# Looking through a large table for the first time takes PostgreSQL minutes.
_WIPE_LEASE_MS = 30 * _MINUTE_MS
# So many rows in one transaction: it must not hold up the writer that everyone shares.
_CHUNK = 500


def duties(settings: Settings, database: Database) -> tuple[Duty, ...]:
    """All duties of this version. Narrowings have none: a node that lags far behind still needs the oldest."""
    return (
        Duty("erase_replaced_words", 10 * _MINUTE_MS, partial(_in_chunks, database, replaced_words)),
        Duty("erase_aged_words", _HOUR_MS, partial(_in_chunks, database, aged_words)),
        Duty("forget_sessions", _HOUR_MS, partial(_in_chunks, database, ended_sessions)),
        Duty("forget_links", _HOUR_MS, partial(_in_chunks, database, ended_links)),
        Duty("forget_spent_sign_ins", _HOUR_MS, partial(_in_chunks, database, spent_sign_ins)),
        Duty("forget_ways_back", _HOUR_MS, partial(_in_chunks, database, ended_ways_back)),
        # Four times within the 24 h after which erased words must be physically gone.
        Duty("wipe_freed_pages", 6 * _HOUR_MS, wiper(settings), lease_ms=_WIPE_LEASE_MS),
    )


async def _in_chunks(database: Database, delete: Callable[[int], Work[list[Row]]], now_ms: int) -> int:
    """Delete until nothing is left to; how many rows went."""
    gone = 0
    while rows := await database.write(lambda: delete(now_ms)):
        gone += len(rows)
    return gone


def replaced_words(now_ms: int) -> Work[list[Row]]:
    """Erase some of the words that were replaced or removed and whose time is over."""
    [rows] = yield [
        Say(
            "DELETE FROM old_words WHERE (message, seq) IN"
            " (SELECT message, seq FROM old_words WHERE erase_ms <= ? ORDER BY erase_ms LIMIT ?)"
            " RETURNING message",
            (now_ms, _CHUNK),
        ),
    ]
    return rows


def ended_sessions(now_ms: int) -> Work[list[Row]]:
    """Forget some of the sessions that ended."""
    [rows] = yield [
        Say(
            "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE ends_ms <= ? LIMIT ?) RETURNING id",
            (now_ms, _CHUNK),
        ),
    ]
    return rows


def ended_links(now_ms: int) -> Work[list[Row]]:
    """Forget some of the sign-in links that were used up or whose time is over."""
    [rows] = yield [
        Say(
            "DELETE FROM sign_in_link WHERE secret_hash IN"
            " (SELECT secret_hash FROM sign_in_link WHERE ends_ms <= ? OR uses < 1 LIMIT ?) RETURNING secret_hash",
            (now_ms, _CHUNK),
        ),
    ]
    return rows


def spent_sign_ins(now_ms: int) -> Work[list[Row]]:
    """Forget some of the sign-ins at an organisation that could not come back any more anyway."""
    [rows] = yield [
        Say(
            "DELETE FROM spent_sign_in WHERE hashed IN (SELECT hashed FROM spent_sign_in WHERE ends_ms <= ? LIMIT ?)"
            " RETURNING hashed",
            (now_ms, _CHUNK),
        ),
    ]
    return rows


def ended_ways_back(now_ms: int) -> Work[list[Row]]:
    """Forget some of the ways back whose time is over."""
    [rows] = yield [
        Say(
            "DELETE FROM way_back WHERE person IN (SELECT person FROM way_back WHERE ends_ms <= ? LIMIT ?)"
            " RETURNING person",
            (now_ms, _CHUNK),
        ),
    ]
    return rows


def wiper(settings: Settings) -> Callable[[int], Awaitable[int]]:
    """What makes deleted words physically gone, in the way of the database that is used."""
    if settings.sqlite_path is not None:
        return partial(_wipe_sqlite, settings.sqlite_path)
    return partial(_wipe_postgres, settings.postgres_url)


async def _wipe_sqlite(path: Path, _now_ms: int) -> int:
    return await asyncio.to_thread(_checkpoint, path)


def _checkpoint(path: Path) -> int:
    """Write the log back into the file and cut it to nothing.

    Deleting overwrites the page (secure_delete), but the log still holds how the page was before.
    """
    connection = connect(path)
    try:
        busy, pages, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    if busy:
        # Somebody reads an old view, a backup perhaps. Failing puts the duty back for a minute.
        raise sqlite3.OperationalError("the log is in use")
    return int(pages)


async def _wipe_postgres(url: str, _now_ms: int) -> int:
    """Let the database reuse, and so overwrite, the space of deleted rows, without waiting for its own vacuum."""
    import psycopg  # noqa: PLC0415 - only where PostgreSQL is used

    async with await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=5) as connection:
        for table in ("old_words", "message"):
            await connection.execute(f"VACUUM {table}")
    return 0
