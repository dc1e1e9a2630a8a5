"""Look at everything a server depends on, and say for each thing whether it is well and what to do when it is not."""

import asyncio
import shutil
import sqlite3
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

from ulid import ULID

from rooms.contract import Code, Refused
from rooms.ids import CommunityId
from server import link_redis
from server.api_running import Check, Health, Storage
from server.audit_sql import ends
from server.clock import wall_ms
from server.database import version
from server.database.database_sqlite import connect
from server.database.ports import Database, Row, Say, Unavailable, Work
from server.door.identities_sql import community_meant
from server.door.provider import Handshake
from server.health import last_backup
from server.mail.outbox_sql import totals
from server.settings import KEY_FILE, Settings
from server.streams.peers import leases
from server.unsafe import unsafe
from server.upkeep import now, overdue
from server.version import VERSION

# Under this a day of talk, a backup and a checkpoint together may not fit.
FREE_BYTES = 1 << 30
# Clocks kept by NTP differ by far less; from here on "two minutes ago" begins to be wrong.
CLOCK_MS = 2_000
# What answers slower than this lets people wait.
SLOW_MS = 250
_REDIS_S = 2.0
_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_OTHERS = stat.S_IRWXG | stat.S_IRWXO

Look = Callable[[Settings, Database], Awaitable[Check]]


def well(name: str, says: str) -> Check:
    """A thing that is as it should be."""
    return Check(name=name, ok=True, says=says)


def ill(name: str, says: str, do: str) -> Check:
    """A thing that is not as it should be, and what to do about it."""
    return Check(name=name, ok=False, says=says, do=do)


async def examine(settings: Settings, database: Database, *, deep: bool = False) -> tuple[Check, ...]:
    """Every check in order. `deep` reads the whole SQLite file as well, which may take a minute, and asks others."""
    looks: list[Look] = [look_at_database, look_at_migrations, look_at_durability]
    if deep and settings.sqlite_path is not None:
        looks.append(look_at_integrity)
    if deep and settings.organisation is not None:
        looks.append(look_at_organisation)
    looks += [look_at_clock, look_at_backup, look_at_due_work, look_at_audit, look_at_mail, look_at_bus]
    found = [await _looked(look, settings, database) for look in looks]
    return (*found, look_at_disk(settings), look_at_files(settings), look_at_settings(settings))


async def _looked(look: Look, settings: Settings, database: Database) -> Check:
    try:
        return await look(settings, database)
    except Exception as error:  # noqa: BLE001 - a check that breaks has found something
        name = look.__name__.removeprefix("look_at_").replace("_", " ")
        return ill(name, f"It could not be looked at ({type(error).__name__}).", "See to the database first.")


async def look_at_database(settings: Settings, database: Database) -> Check:
    """Whether the database answers, and how fast."""
    try:
        began_ms = asyncio.get_running_loop().time() * 1000
        await database.read(now)
        took_ms = round(asyncio.get_running_loop().time() * 1000 - began_ms)
    except Unavailable:
        do = "Start it, and see that HEARTH_DATABASE_URL names it with the right user and password."
        return ill("database", "It does not answer.", do)
    kind = "SQLite" if settings.sqlite_path is not None else "PostgreSQL"
    if took_ms > SLOW_MS:
        return ill("database", f"{kind} took {took_ms} ms to answer.", "See what else uses its disk or its processor.")
    return well("database", f"{kind} answers in {took_ms} ms.")


async def look_at_migrations(_settings: Settings, database: Database) -> Check:
    """Whether the tables have the form this version wants."""
    try:
        revision = await database.read(version.stored)
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001 - the driver's own error for a table that is missing
        revision = None
    if version.is_current(revision):
        return well("migrations", "The tables have the form this version wants.")
    return ill("migrations", "The tables lack migrations.", "Run `hearth migrate`.")


async def look_at_durability(settings: Settings, database: Database) -> Check:
    """Whether what is acknowledged is on the disk."""
    if settings.sqlite_path is not None:
        found = await asyncio.to_thread(_sqlite_pragmas, settings.sqlite_path)
        wrong = [name for name, wanted in (("journal_mode", "wal"), ("synchronous", "2")) if found[name] != wanted]
    else:
        found = await database.read(_postgres_settings)
        wrong = [name for name, value in found.items() if value != "on"]
    if not wrong:
        return well("durability", "Every commit is on the disk before it is acknowledged.")
    said = ", ".join(f"{name} is {found[name]}" for name in wrong)
    return ill("durability", f"Acknowledged messages could be lost: {said}.", f"Set {', '.join(wrong)} back to on.")


def _sqlite_pragmas(path: Path) -> dict[str, str]:
    connection = connect(path, read_only=True)
    try:
        return {
            name: str(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("journal_mode", "synchronous")
        }
    finally:
        connection.close()


def _postgres_settings() -> Work[dict[str, str]]:
    names = ("fsync", "full_page_writes", "synchronous_commit")
    answers = yield [Say(f"SHOW {name}") for name in names]
    return {name: str(rows[0][0]) for name, rows in zip(names, answers, strict=True)}


async def look_at_integrity(settings: Settings, _database: Database) -> Check:
    """Whether the SQLite file is whole."""
    faults = await asyncio.to_thread(_faults, settings.sqlite_path or Path())
    if not faults:
        return well("integrity", "The database's file is whole.")
    return ill(
        "integrity",
        f"The database's file is damaged: {faults[0]}",
        "Stop the server, keep a copy of the file, and restore the last backup with --replace.",
    )


def _faults(path: Path) -> list[str]:
    connection = connect(path, read_only=True)
    try:
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)")]
    except sqlite3.DatabaseError as error:
        return [str(error)]
    finally:
        connection.close()
    return [] if found == ["ok"] else found


async def look_at_organisation(settings: Settings, database: Database) -> Check:
    """Whether the organisation's provider describes itself as it should, and people have somewhere to come in to."""
    from server.door.provider_authlib import AuthlibProvider  # noqa: PLC0415 - only where an organisation signs in

    name = "organisation"
    try:
        _, slug = await database.read(lambda: community_meant(settings.oidc_community))
    except Refused:
        do = "Claim the server, or name one of its communities in HEARTH_OIDC_COMMUNITY."
        return ill(name, "It is not known to which community its people come in.", do)
    try:
        await AuthlibProvider(settings).address(Handshake(state="", nonce="", verifier="v" * 43))
    except Refused as refused:
        if refused.code is Code.PROVIDER_AWAY:
            return ill(name, "Its provider does not answer.", f"See that this machine reaches {settings.oidc_issuer}.")
        do = "Set HEARTH_OIDC_ISSUER to what its description says as `issuer`, to the letter. The log says more."
        return ill(name, "Its provider does not describe itself as it should.", do)
    return well(name, f"Its provider answers, and signs people in to {slug}.")


async def look_at_clock(_settings: Settings, database: Database) -> Check:
    """Whether this machine and the database agree what time it is."""
    apart_ms = abs(await database.read(now) - wall_ms())
    if apart_ms <= CLOCK_MS:
        return well("clock", "This machine and the database agree on the time.")
    says = f"This machine's clock and the database's are {apart_ms // 1000} s apart."
    return ill("clock", says, "Let both be set by NTP. Order does not depend on it, but the times people see do.")


async def look_at_backup(settings: Settings, database: Database) -> Check:
    """Whether there is a recent backup, once there is something to lose."""
    at_ms, people = await database.read(_backup_and_people)
    if at_ms is None:
        if not people:
            return well("backup", "There is none yet, and nothing to lose.")
        return ill("backup", "There is none.", "Run `hearth backup` every day, and keep the files on another machine.")
    hours = (await database.read(now) - at_ms) // _HOUR_MS
    if hours < settings.backup_max_age_h:
        return well("backup", f"The last one is {hours} h old.")
    return ill("backup", f"The last one is {hours} h old.", "Run `hearth backup`, and see why its timer does not.")


def _backup_and_people() -> Work[tuple[int | None, bool]]:
    at_ms = yield from last_backup()
    [rows] = yield [Say("SELECT 1 FROM community LIMIT 1")]
    return at_ms, bool(rows)


async def look_at_due_work(settings: Settings, database: Database) -> Check:
    """Whether somebody does what is due."""
    now_ms = await database.read(now)
    late: list[Row] = await database.read(lambda: overdue(now_ms))
    if not late:
        return well("due work", "Nothing is overdue.")
    name, due_ms = late[0]
    does = "the server, which does it on SQLite" if settings.sqlite_path is not None else "a worker: `hearth worker`"
    return ill("due work", f"{name} has been due for {(now_ms - due_ms) // _HOUR_MS} h.", f"Start {does}.")


async def look_at_audit(_settings: Settings, database: Database) -> Check:
    """Whether what was written down of privileged acts was as it had been written, when it was last looked at."""
    broken = [one for one in await database.read(ends) if one.fault]
    if not broken:
        return well("audit", "What keepers, hosts, moderators and operators did stands as it was written.")
    one = broken[0]
    says = f"Of what was done in {one.slug}, act {one.fault} is not as it was written."
    return ill("audit", says, "Run `hearth audit verify`, and ask who can write to the database besides Hearth.")


async def look_at_bus(settings: Settings, database: Database) -> Check:
    """Whether nodes can hear of each other, and which there are."""
    nodes = await database.read(leases)
    if not settings.redis_url:
        if nodes > 1:
            do = "Set HEARTH_REDIS_URL on all of them, to the same Redis."
            return ill("bus", f"{nodes} nodes share the database, and find each other's words only by looking.", do)
        return well("bus", "One node needs none.")
    client = link_redis.connect(settings, answer_s=_REDIS_S)
    try:
        await client.ping()
    except link_redis.FAULTS as error:
        do = "Start Redis, and see that HEARTH_REDIS_URL names it with the right user and password."
        return ill("bus", f"Redis does not answer ({type(error).__name__}); nodes look for news once a second.", do)
    finally:
        await client.aclose()
    return well("bus", f"Redis answers. Nodes: {nodes}.")


def _data_folder(settings: Settings) -> Path:
    """The data folder, or the one that it would be made in."""
    folder = settings.data_dir.resolve()
    while not folder.exists():
        folder = folder.parent
    return folder


def look_at_disk(settings: Settings, free_bytes: Callable[[Path], int] | None = None) -> Check:
    """Whether there is room to write."""
    folder = _data_folder(settings)
    free = free_bytes(folder) if free_bytes else shutil.disk_usage(folder).free
    if free >= FREE_BYTES:
        return well("disk", f"{free >> 30} GiB are free.")
    return ill("disk", f"Only {free >> 20} MiB are free at {folder}.", "Make room, or move HEARTH_DATA_DIR.")


def look_at_files(settings: Settings) -> Check:
    """Whether other users of the machine can read the key or what people said."""
    mine = [settings.data_dir / KEY_FILE]
    if settings.sqlite_path is not None:
        mine.append(settings.sqlite_path)
    open_ones = [file for file in mine if _open_to_others(file)]
    if not open_ones:
        return well("files", "Only this user can read them.")
    names = " ".join(map(str, open_ones))
    return ill("files", f"Other users of this machine can read {names}.", f"Run `chmod go= {names}`.")


def _open_to_others(file: Path) -> bool:
    # A folder closed to others closes what is in it.
    return file.exists() and bool(file.stat().st_mode & _OTHERS) and bool(file.parent.stat().st_mode & stat.S_IXOTH)


def look_at_settings(settings: Settings) -> Check:
    """Whether the settings are safe."""
    problems = unsafe(settings)
    if problems:
        return ill("settings", "A start would refuse them.", " ".join(map(str, problems)))
    if settings.production:
        return well("settings", "They are safe for production.")
    return well("settings", "They are for trying things out. Set HEARTH_ENV=production before people depend on it.")


async def look_at_mail(settings: Settings, database: Database) -> Check:
    """Whether mail is set up, and whether any of the last month's mails did not go out."""
    if not settings.mail_url.get_secret_value():
        do = "Set HEARTH_MAIL_URL and HEARTH_MAIL_FROM, or leave it so: what people are told stands on their home page."
        return well("mail", f"People cannot be reminded: mail is not set up. {do}")
    found = await database.read(totals)
    wrong = {state: found.get(state, 0) for state in ("late", "failed", "unsure") if found.get(state, 0)}
    if not wrong:
        return well("mail", f"Mail is set up; {found.get('sent', 0)} went out in the last 30 days.")
    said = {
        "late": "could not be handed on yet",
        "failed": "could not be delivered",
        "unsure": "may have gone out or not",
    }
    listed = ", ".join(f"{count} {said[state]}" for state, count in wrong.items())
    if "late" in wrong:
        return ill("mail", f"Of the last 30 days' mails {listed}.", "See that the mail server takes mails from here.")
    return well("mail", f"Mail is set up. Of the last 30 days' mails {listed}.")


async def health(
    settings: Settings, database: Database, community: CommunityId, *, sockets: int, people_here: int | None
) -> Health:
    """What a keeper is shown of the server. The right to see it is the caller's to check."""
    checks = await examine(settings, database)
    free = shutil.disk_usage(_data_folder(settings)).free
    try:
        posted = await database.read(lambda: _posted(community, since_ms=wall_ms() - _DAY_MS))
        backup_ms = await database.read(last_backup)
        taken, messages, events = await database.read(_stored_in(settings))
    except Unavailable:
        posted, backup_ms, taken, messages, events = 0, None, None, None, None
    return Health(
        version=VERSION,
        checks=checks,
        sockets=sockets,
        people_here=people_here,
        posted_today=posted,
        storage=Storage(database_bytes=taken, free_bytes=free, messages=messages, events=events),
        backup_ms=backup_ms,
    )


# The bytes of the database, and how many messages and events it has, as each database tells them without counting.
_Stored = tuple[int | None, int | None, int | None]


def _stored_in(settings: Settings) -> Callable[[], Work[_Stored]]:
    return _stored_sqlite if settings.sqlite_path is not None else _stored_postgres


def _stored_sqlite() -> Work[_Stored]:
    pages, size, messages, events = yield [
        Say("SELECT page_count FROM pragma_page_count"),
        Say("SELECT page_size FROM pragma_page_size"),
        # No row of these two is ever deleted, so that the last one's place is their number.
        Say("SELECT COALESCE(MAX(rowid), 0) FROM message"),
        Say("SELECT COALESCE(MAX(rowid), 0) FROM event"),
    ]
    return pages[0][0] * size[0][0], messages[0][0], events[0][0]


def _stored_postgres() -> Work[_Stored]:
    size, rows = yield [
        Say("SELECT pg_database_size(current_database())"),
        Say(
            "SELECT relname, reltuples::bigint FROM pg_class WHERE relname IN ('message', 'event')"
            " AND relnamespace = current_schema()::regnamespace AND reltuples >= 0"
        ),
    ]
    counts = {str(name): int(count) for name, count in rows}
    return int(size[0][0]), counts.get("message"), counts.get("event")


def _posted(community: CommunityId, *, since_ms: int) -> Work[int]:
    """How many messages since then, found by their ids: those begin with the time, and have an index."""
    first = f"{str(ULID.from_timestamp(since_ms / 1000))[:10]:0<26}"
    [rows] = yield [
        Say(
            "SELECT COUNT(*) FROM message WHERE id >= ? AND room IN (SELECT id FROM room WHERE community = ?)",
            (first, community),
        ),
    ]
    return int(rows[0][0])
