"""Erase what is older than its community keeps: words, names and signs go, numbers and places stay."""

import msgspec

from rooms.events import Author, MessagePosted, RemovedBy
from rooms.ids import RoomId, room_stream
from server.database.ports import Each, Row, Say, Work, one_of
from server.streams.order import Answer

# So many messages in one transaction: it must not hold up the writer that everyone shares.
CHUNK = 200
_DAY_MS = 86_400_000

_encode = msgspec.json.Encoder().encode
_decode_answer = msgspec.json.Decoder(Answer).decode


def aged_words(now_ms: int) -> Work[list[Row]]:
    """Erase some messages of the first room that has any that are too old; none are left when nothing comes back."""
    [rooms] = yield [
        Say("SELECT r.id, c.kept_days FROM room r JOIN community c ON c.id = r.community WHERE c.kept_days > 0")
    ]
    for room, kept_days in rooms:
        [rows] = yield [_too_old(room, now_ms - kept_days * _DAY_MS)]
        if rows:
            yield [*_erased(room_stream(room), rows, now_ms)]
            yield from _forget_prints(room_stream(room), rows)
            return rows
    return []


def _too_old(room: RoomId, before_ms: int) -> Say:
    return Say(
        "SELECT m.id, m.seq, m.after_seq, m.reply_to, m.author FROM message m JOIN stream s ON s.id = ?"
        " WHERE m.room = ? AND m.seq > s.tail AND m.at_ms < ? ORDER BY m.seq LIMIT ?",
        (room_stream(room), room, before_ms, CHUNK),
    )


def _erased(stream: str, rows: list[Row], now_ms: int) -> list[Say | Each]:
    these = one_of("message", [row[0] for row in rows])
    ids = one_of("id", [row[0] for row in rows])
    nameless = [(_posted(row), stream, row[1]) for row in rows]
    return [
        *(
            Say(f"DELETE FROM {table} WHERE {these.sql}", these.values)
            for table in ("reaction", "mention", "old_words")
        ),
        Say(
            "UPDATE message SET text = NULL, shown = '{}', mentions = '[]', removed = COALESCE(removed, ?),"
            f" removed_ms = COALESCE(removed_ms, ?) WHERE {ids.sql}",
            (RemovedBy.AGE.value, now_ms, *ids.values),
        ),
        Each("UPDATE event SET body = ? WHERE stream = ? AND seq = ?", nameless),
        # Who stands before this begins anew from a snapshot: the events no longer say what they said.
        Say("UPDATE stream SET tail = ? WHERE id = ?", (rows[-1][1], stream)),
    ]


def _forget_prints(stream: str, rows: list[Row]) -> Work[None]:
    """Whoever holds the server's key could try words on a fingerprint. The nonce stays, and says that it is erased."""
    erased, theirs = {row[0] for row in rows}, one_of("person", sorted({row[4] for row in rows}))
    [known] = yield [
        Say(
            f"SELECT person, nonce, receipt FROM nonce WHERE stream = ? AND fingerprint IS NOT NULL AND {theirs.sql}",
            (stream, *theirs.values),
        )
    ]
    meant = [(stream, person, nonce) for person, nonce, receipt in known if _decode_answer(receipt).message in erased]
    yield [Each("UPDATE nonce SET fingerprint = NULL WHERE stream = ? AND person = ? AND nonce = ?", meant)]


def _posted(row: Row) -> str:
    """The event that the message came by, without its author's name and whom it named."""
    message, seq, after, reply_to, _ = row
    moved = after if after != seq else None
    return _encode(MessagePosted(message=message, author=Author(), reply_to=reply_to, after=moved)).decode()
