"""Erase what is older than is kept where it was said: words, names and signs go, numbers and places stay."""

import msgspec

from community.keeping import Keeping
from rooms.events import RemovedBy
from rooms.ids import RoomId, room_stream
from server.database.ports import Each, Row, Say, Statement, Work, one_of
from server.forgetting_sql import CHUNK, HELD, nameless, with_words
from server.streams.order import Answer

_decode_answer = msgspec.json.Decoder(Answer).decode


def aged_words(now_ms: int) -> Work[list[Row]]:
    """Erase some messages of the first room that has any that are too old; none are left when nothing comes back.

    Rooms under a legal hold are passed over.
    """
    [rooms] = yield [
        Say(
            "SELECT r.id, c.kept_days, r.kept_days FROM room r JOIN community c ON c.id = r.community"
            f" WHERE c.kept_days > 0 AND r.id NOT IN {HELD}"
        )
    ]
    for room, kept_days, room_days in rooms:
        [rows] = yield [_too_old(room, Keeping(kept_days, room_days).before_ms(now_ms))]
        if rows:
            yield _erased(room_stream(room), rows, now_ms)
            yield from _forget_prints(room_stream(room), rows)
            return rows
    return []


def _too_old(room: RoomId, before_ms: int) -> Say:
    return Say(
        "SELECT m.id, m.seq, m.after_seq, m.reply_to, m.author FROM message m JOIN stream s ON s.id = ?"
        " WHERE m.room = ? AND m.seq > s.tail AND m.at_ms < ? ORDER BY m.seq LIMIT ?",
        (room_stream(room), room, before_ms, CHUNK),
    )


def _erased(stream: str, rows: list[Row], now_ms: int) -> list[Statement]:
    ids = one_of("id", [row[0] for row in rows])
    events = [
        (nameless(id_, seq=seq, after=after, reply_to=reply_to), stream, seq) for id_, seq, after, reply_to, _ in rows
    ]
    return [
        *with_words([row[0] for row in rows]),
        Say(
            "UPDATE message SET text = NULL, shown = '{}', mentions = '[]', removed = COALESCE(removed, ?),"
            f" removed_ms = COALESCE(removed_ms, ?) WHERE {ids.sql}",
            (RemovedBy.AGE.value, now_ms, *ids.values),
        ),
        Each("UPDATE event SET body = ? WHERE stream = ? AND seq = ?", events),
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
