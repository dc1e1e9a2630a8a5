"""What is due again and again in this version: words to erase, sessions and links to forget, freed pages to wipe."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import structlog

from community.kept import KEPT, Gone
from server.aging_sql import aged_words
from server.audit_sql import Chain, ends, note_check, walked
from server.clock import new_id
from server.database.database_sqlite import connect
from server.database.ports import Database, Row, Say, Work
from server.door.keys import chain_of
from server.erasing import Erasing
from server.forgetting_sql import HELD
from server.mail import news_sql, outbox_sql, reach_sql
from server.settings import Settings
from server.upkeep import Duty

log = structlog.get_logger()

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
# Looking through a large table for the first time takes PostgreSQL minutes.
_WIPE_LEASE_MS = 30 * _MINUTE_MS
# So many rows in one transaction: it must not hold up the writer that everyone shares.
_CHUNK = 500
# Where words and names of people stand, and what else goes when somebody is erased.
_WIPED = sorted({kept.table for kept in KEPT if kept.gone is not Gone.STAYS} | {"event"})


def duties(settings: Settings, database: Database, erasing: Erasing | None = None) -> tuple[Duty, ...]:
    """All duties of this version. Narrowings have none: a node that lags far behind still needs the oldest.

    A node gives its own `erasing`, which tells those who follow; a worker has nobody to tell.
    """
    erasing = erasing or Erasing(database, node=new_id())
    return (
        Duty("erase_replaced_words", 10 * _MINUTE_MS, partial(_in_chunks, database, replaced_words)),
        Duty("erase_aged_words", _HOUR_MS, partial(_in_chunks, database, aged_words)),
        # Mostly the node that was asked has long done it; this is for the one that was stopped in the middle.
        Duty("erase_people", _MINUTE_MS, erasing.carry_out_all),
        Duty("forget_sessions", _HOUR_MS, partial(_in_chunks, database, ended_sessions)),
        Duty("forget_links", _HOUR_MS, partial(_in_chunks, database, ended_links)),
        Duty("forget_spent_sign_ins", _HOUR_MS, partial(_in_chunks, database, spent_sign_ins)),
        Duty("forget_ways_back", _HOUR_MS, partial(_in_chunks, database, ended_ways_back)),
        Duty("forget_addresses", _HOUR_MS, partial(_in_chunks, database, partial(reach_sql.unconfirmed, limit=_CHUNK))),
        Duty("forget_mails", _HOUR_MS, partial(_in_chunks, database, partial(outbox_sql.old_mails, limit=_CHUNK))),
        Duty("forget_news", _HOUR_MS, partial(_in_chunks, database, partial(news_sql.old_news, limit=_CHUNK))),
        Duty("look_at_audit", _HOUR_MS, partial(look_at_audit, database, chain_of(settings))),
        # Four times within the 24 h after which erased words must be physically gone.
        Duty("wipe_freed_pages", 6 * _HOUR_MS, wiper(settings), lease_ms=_WIPE_LEASE_MS),
    )


async def look_at_audit(database: Database, chain: Chain, now_ms: int) -> int:
    """Go along every chain of privileged acts, and tell the log where each ends; how many acts there are.

    The log is the anchor that shows when somebody has taken acts from the end, or has rolled the database back.
    """
    acts = 0
    for one in await database.read(ends):
        walk, kept = await walked(database, chain, one.community)
        fault = walk.faults[0] if walk.faults else None
        if fault is None:
            log.info("audit.end", community=one.community, count=walk.end.count, head=walk.end.seal)
        else:
            log.error("audit.broken", community=one.community, seq=fault.number, reason=fault.fault.value)
        await database.write(
            partial(note_check, kept.community, now_ms=now_ms, fault=0 if fault is None else fault.number)
        )
        acts += walk.end.count
    return acts


async def _in_chunks(database: Database, delete: Callable[[int], Work[list[Row]]], now_ms: int) -> int:
    """Delete until nothing is left to; how many rows went."""
    gone = 0
    while rows := await database.write(lambda: delete(now_ms)):
        gone += len(rows)
    return gone


def replaced_words(now_ms: int) -> Work[list[Row]]:
    """Erase some of the words that were replaced or removed and whose time is over, but for those under a hold."""
    [rows] = yield [
        Say(
            "DELETE FROM old_words WHERE (message, seq) IN"  # noqa: S608 - a constant of ours
            " (SELECT o.message, o.seq FROM old_words o JOIN message m ON m.id = o.message WHERE o.erase_ms <= ?"
            f" AND m.room NOT IN {HELD} ORDER BY o.erase_ms LIMIT ?) RETURNING message",
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
        for table in _WIPED:
            await connection.execute(f"VACUUM {table}")
    return 0
