"""Erasing a person in SQL: the first step, after which nobody can read anything of them, and the parts that follow.

The first step is one transaction. It ends sessions, rights and name, writes the row that makes every reading hide the
words, and tells each room and community, so that what nodes and browsers hold in memory goes too. Then the rows are
emptied in parts, each a transaction of its own that finds by itself what is left: it can be broken off anywhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from community.erasing import erase_member
from community.events import MemberJoined, MemberRenamed
from community.facts import Outcome
from community.kept import KEPT, Gone, Kept, KeptKind
from community.membership import Circle
from rooms.commands import Reaction
from rooms.contract import Code, Event, Refused
from rooms.events import AuthorErased, MessagesErased, RemovedBy
from rooms.ids import CommunityId, MessageId, PersonId, RoomId, community_stream, person_stream, room_stream
from rooms.room import Counted
from server.database.ports import Each, Row, Say, Work, in_parts, one_of
from server.database.together import together
from server.door import facts_sql as facts
from server.forgetting_sql import CHUNK, HELD, nameless, with_words
from server.streams.ledger import Ledger, lock_all
from server.streams.reading_sql import event_with_words
from server.streams.room_sql import RoomRows
from server.streams.transaction import Committed

# So many ids in one event: it rides with its notice, and is a small part of a frame.
TOLD_TOGETHER = 200
_PRINTS = 500

Counts = dict[KeptKind, int]

_encode = msgspec.json.Encoder().encode
_decode_counts = msgspec.json.Decoder(dict[str, int]).decode


class Erasure(NamedTuple):
    """A person's erasure as it stands. `done_ms` None: rows are still being emptied, or wait for a hold's end."""

    id: str
    person: PersonId
    asked_ms: int
    done_ms: int | None
    sealed: bool
    counts: Mapping[str, int]


_COLUMNS = "id, person, asked_ms, done_ms, sealed, counts"


def _of(row: Row) -> Erasure:
    id_, person, asked_ms, done_ms, sealed, counts = row
    return Erasure(id_, person, asked_ms, done_ms, bool(sealed), _decode_counts(counts))


def by_secret(secret_hash: str) -> Work[Erasure | None]:
    """The erasure whose receipt this secret opens."""
    [rows] = yield [Say(f"SELECT {_COLUMNS} FROM erasure WHERE secret_hash = ?", (secret_hash,))]
    return _of(rows[0]) if rows else None


def pending() -> Work[list[tuple[str, PersonId]]]:
    """The erasures that are not done, the longest asked for first."""
    [rows] = yield [Say("SELECT id, person FROM erasure WHERE done_ms IS NULL ORDER BY asked_ms, id")]
    return [(id_, PersonId(person)) for id_, person in rows]


# What there is -----------------------------------------------------------------------------------------------------


def rows_of(kept: Kept) -> str:
    """The condition by which a table's rows are a person's; its one value is the person."""
    if kept.of is None:
        return f"{kept.column} = ?"
    return f"{kept.column} IN (SELECT id FROM {kept.of} WHERE author = ?)"


def counted(person: PersonId) -> Work[Counts]:
    """How much of each is kept of a person; what there is none of is left out."""
    meant = [kept for kept in KEPT if kept.counted]
    rows = yield [Say(f"SELECT count(*) FROM {kept.table} WHERE {_there(kept)}", (person,)) for kept in meant]
    counts: Counts = {}
    for kept, found in zip(meant, rows, strict=True):
        # Several tables may hold the same kind of thing.
        if found[0][0]:
            counts[kept.what] = counts.get(kept.what, 0) + found[0][0]
    return counts


def _there(kept: Kept) -> str:
    # Of a message that was removed, or grew too old, there is a number and no word.
    return rows_of(kept) + (" AND text IS NOT NULL" if kept.what is KeptKind.WORDS else "")


# The first step ----------------------------------------------------------------------------------------------------


class Begun(NamedTuple):
    """The erasure that has begun, and what is to be told of it."""

    erasure: Erasure
    committed: Committed


def begin(person: PersonId, *, erasure: str, secret_hash: str) -> Work[Begun]:
    """Cut everything of a person off from everybody, at once. Refused for a community's last keeper."""
    [rows] = yield [Say("SELECT community FROM member WHERE person = ? ORDER BY community", (person,))]
    communities = [CommunityId(community) for (community,) in rows]
    locks = lock_all([community_stream(community) for community in communities])
    known = Say(f"SELECT {_COLUMNS} FROM erasure WHERE person = ? OR secret_hash = ?", (person, secret_hash))
    *heads, clock, found = yield [*locks, Say("SELECT NOW_MS()"), known]
    mine = [row for row in found if row[1] == person]
    if mine:
        # Asked twice at once: the first of the two has done it.
        return Begun(_of(mine[0]), Committed([]))
    if found:
        # A secret opens one receipt.
        raise Refused(Code.CONFLICT)
    ledger = Ledger(now_ms=clock[0][0])
    for locked in heads:
        ledger.add(locked)
    counts = yield from counted(person)
    yield from _told(person, communities, ledger)
    unnamed = yield from together(*(_without_names(person, community) for community in communities))
    begun = Erasure(
        erasure, person, ledger.now_ms, None, sealed=False, counts={what.value: n for what, n in counts.items()}
    )
    writes = [_insert(begun, secret_hash), *at_once(person), *unnamed, *ledger.writes()]
    yield [write for write in writes if not isinstance(write, Each) or write.rows]
    return Begun(begun, Committed([], ledger.stored, ledger.heads, ledger.narrowed))


def _told(person: PersonId, communities: Sequence[CommunityId], ledger: Ledger) -> Work[None]:
    """Take the person's rights, and tell every community they were in and every room in which they spoke."""
    decided = yield from together(*(_decided(person, community, ledger.now_ms) for community in communities))
    outcomes = list(zip(communities, decided, strict=True))
    [spoken] = yield [_spoken(person)]
    rooms = {room_stream(RoomId(room)) for (room,) in spoken}
    narrowed = [each for _, outcome in outcomes for each in outcome.narrow]
    also = [each for _, outcome in outcomes for each in outcome.also]
    others = (rooms | {stream for stream, _ in (*narrowed, *also)}) - ledger.heads.keys()
    locked = yield lock_all(sorted(others))
    for found in locked:
        ledger.add(found)
    for stream, who in narrowed:
        if stream in ledger.heads:
            ledger.narrow(stream, who)
    for community, outcome in outcomes:
        for event in outcome.events:
            ledger.append(community_stream(community), event)
    for stream, event in also:
        ledger.append(stream, event)
    # Once more, now that nothing of theirs can come to be in a room any more.
    spoken, unsaid = yield [_spoken(person), _not_by_name(person)]
    for (room,) in spoken:
        stream = room_stream(RoomId(room))
        if stream in ledger.heads:
            for event in _erased_in(person, [row[1:] for row in unsaid if row[0] == room]):
                ledger.append(stream, event)


def _decided(person: PersonId, community: CommunityId, now_ms: int) -> Work[Outcome]:
    found, rooms, keepers = yield from together(
        facts.load_members(community, [person]), facts.load_rooms(community), facts.load_keepers(community)
    )
    circle = Circle(actor=found.get(person), target=None, rooms=rooms, keepers=keepers)
    return erase_member(circle, person, community, now_ms=now_ms)


def _spoken(person: PersonId) -> Say:
    return Say("SELECT DISTINCT room FROM message WHERE author = ? ORDER BY room", (person,))


def _not_by_name(person: PersonId) -> Say:
    """Messages of which whoever holds their events can't tell by the name that they go: edits, and hidden names."""
    return Say(
        "SELECT room, id, hidden FROM message WHERE author = ? AND text IS NOT NULL"
        " AND (hidden = 1 OR edited_ms IS NOT NULL) ORDER BY id",
        (person,),
    )


def _erased_in(person: PersonId, unsaid: Sequence[Row]) -> Iterator[Event]:
    """What a room is told."""
    edited = [MessageId(id_) for id_, hidden in unsaid if not hidden]
    nobodys = [MessageId(id_) for id_, hidden in unsaid if hidden]
    for some in _together(edited) or [()]:
        yield AuthorErased(person=person, edited=some)
    # Apart from the person's own event: it must not say whose the messages with a hidden name were.
    for some in _together(nobodys):
        yield MessagesErased(messages=some)


def _together(ids: list[MessageId]) -> list[tuple[MessageId, ...]]:
    return [tuple(ids[first : first + TOLD_TOGETHER]) for first in range(0, len(ids), TOLD_TOGETHER)]


def _insert(erasure: Erasure, secret_hash: str | None) -> Say:
    return Say(
        "INSERT INTO erasure (id, person, asked_ms, counts, secret_hash, sealed, lease_ms, node)"
        " VALUES (?, ?, ?, ?, ?, 0, 0, '')",
        (erasure.id, erasure.person, erasure.asked_ms, _encode(erasure.counts).decode(), secret_hash),
    )


def at_once(person: PersonId) -> list[Say]:
    """What is deleted and emptied with the first step, and once more with the last."""
    # Whoever made a code for one person may have noted who it was for. Before the row that says which code it was.
    note = Say(
        "UPDATE invitation SET label = '' WHERE uses = 1 AND label <> ''"
        " AND id IN (SELECT invitation FROM member WHERE person = ?)",
        (person,),
    )
    rows = [Say(f"DELETE FROM {kept.table} WHERE {rows_of(kept)}", (person,)) for kept in KEPT if kept.gone is Gone.ROW]
    emptied = [
        Say(f"UPDATE {kept.table} SET {column} = '' WHERE {rows_of(kept)} AND {column} <> ''", (person,))
        for kept in KEPT
        for column in kept.emptied
    ]
    return [note, *rows, *emptied]


# The parts ---------------------------------------------------------------------------------------------------------

LEASE_MS = 30_000


def claim(erasure: str, node: str) -> Work[bool]:
    """Take an erasure, for half a minute from each of its parts on; false when another node is at it, or it is done."""
    [rows] = yield [
        Say(
            "UPDATE erasure SET lease_ms = NOW_MS() + ?, node = ? WHERE id = ? AND done_ms IS NULL"
            " AND (lease_ms <= NOW_MS() OR node = ?) RETURNING id",
            (LEASE_MS, node, erasure, node),
        )
    ]
    return bool(rows)


def next_part(erasure: str, person: PersonId, node: str) -> Work[Committed | None]:
    """Empty some rows of a person's, and say what is to be told of it; None when there is nothing left to empty."""
    for part in (_some_words, _some_reactions, _some_prints, _some_names):
        committed = yield from part(person)
        if committed is not None:
            yield [
                Say("UPDATE erasure SET lease_ms = NOW_MS() + ? WHERE id = ? AND node = ?", (LEASE_MS, erasure, node))
            ]
            return committed
    return None


# However it was taken out before, the name stood there until it was erased.
_LEFT = "author = ? AND shown <> '{}'"


def _some_words(person: PersonId) -> Work[Committed | None]:
    """The newest first, as they are read most."""
    [rooms] = yield [
        Say(f"SELECT room FROM message WHERE {_LEFT} AND room NOT IN {HELD} ORDER BY id DESC LIMIT 1", (person,))
    ]
    if not rooms:
        return None
    room = RoomId(rooms[0][0])
    stream = room_stream(room)
    # Under the room's lock: whoever removes one of them just now puts its words aside.
    *_, clock, rows = yield [
        *lock_all([stream]),
        Say("SELECT NOW_MS()"),
        Say(
            f"SELECT id, seq, after_seq, reply_to FROM message WHERE {_LEFT} AND room = ? ORDER BY id DESC LIMIT ?",
            (person, room, CHUNK),
        ),
    ]
    ids = one_of("id", [row[0] for row in rows])
    events = [
        (nameless(id_, seq=seq, after=after, reply_to=reply_to), stream, seq) for id_, seq, after, reply_to in rows
    ]
    yield [
        *with_words([row[0] for row in rows]),
        Say(
            "UPDATE message SET text = NULL, shown = '{}', mentions = '[]', hidden = 0, edited_ms = NULL,"
            f" removed = COALESCE(removed, ?), removed_ms = COALESCE(removed_ms, ?) WHERE {ids.sql}",
            (RemovedBy.ERASED.value, clock[0][0], *ids.values),
        ),
        Each("UPDATE event SET body = ? WHERE stream = ? AND seq = ?", events),
    ]
    return Committed([])


def _some_reactions(person: PersonId) -> Work[Committed | None]:
    """Signs under others' messages: whoever looks at these is told the new totals."""
    where = "FROM reaction r JOIN message m ON m.id = r.message WHERE r.person = ?"
    [rooms] = yield [Say(f"SELECT m.room {where} ORDER BY r.message DESC LIMIT 1", (person,))]
    if not rooms:
        return None
    room = RoomId(rooms[0][0])
    stream = room_stream(room)
    locked, clock, signs = yield [
        *lock_all([stream]),
        Say("SELECT NOW_MS()"),
        Say(f"SELECT r.message, r.kind {where} AND m.room = ? ORDER BY r.message DESC LIMIT ?", (person, room, CHUNK)),
    ]
    ledger, rows = Ledger(now_ms=clock[0][0]), RoomRows()
    ledger.add(locked)
    for message, kind in signs:
        rows.count(stream, Counted(message, person, Reaction(kind), on=False), ledger.count(stream))
    totals = rows.totals()
    writes = [*rows.writes(), *ledger.writes()]
    found = yield [*(w for w in writes if not isinstance(w, Each) or w.rows), *([totals] if totals else [])]
    return Committed([], heads=ledger.heads, tallies=rows.tallies(found[-1] if totals else []))


def _some_prints(person: PersonId) -> Work[Committed | None]:
    """Whoever holds the server's key could try words on a fingerprint."""
    [rooms] = yield [Say("SELECT id FROM room ORDER BY id")]
    for some in in_parts([(room_stream(RoomId(room)), person) for (room,) in rooms]):
        [found] = yield [
            Say(
                "SELECT n.stream, n.person, n.nonce FROM EACH_OF(?) AS k CROSS JOIN nonce AS n"
                " WHERE n.stream = k.value ->> 0 AND n.person = k.value ->> 1 AND n.fingerprint IS NOT NULL LIMIT ?",
                (_encode(some).decode(), _PRINTS),
            )
        ]
        if found:
            yield [Each("UPDATE nonce SET fingerprint = NULL WHERE stream = ? AND person = ? AND nonce = ?", found)]
            return Committed([])
    return None


def _some_names(person: PersonId) -> Work[Committed | None]:
    """What the first step could not find: a community that has no row of the person any more."""
    [communities] = yield [Say("SELECT id FROM community ORDER BY id")]
    for (community,) in communities:
        unnamed = yield from _without_names(person, CommunityId(community))
        if unnamed.rows:
            yield [unnamed]
            return Committed([])
    return None


def _without_names(person: PersonId, community: CommunityId) -> Work[Each]:
    """The writes that empty what a community's events say of how the person was called."""
    stream = community_stream(community)
    [rows] = yield [
        Say(
            'SELECT seq, body FROM event WHERE stream = ? AND body LIKE ? AND body NOT LIKE \'%"name":""%\'',
            (stream, f'%"{person}"%'),
        )
    ]
    named = [(without, stream, seq) for seq, body in rows if (without := without_name(body, person)) is not None]
    return Each("UPDATE event SET body = ? WHERE stream = ? AND seq = ?", named)


def without_name(body: str, person: PersonId) -> str | None:
    """An event of a community without the person's name; None when it does not say it."""
    event = event_with_words(body)
    if not isinstance(event, (MemberJoined, MemberRenamed)) or event.person != person:
        return None
    return _encode(msgspec.structs.replace(event, name="")).decode()


def finish(erasure: str, person: PersonId) -> Work[bool]:
    """The last step, when the parts are done; false when a hold keeps words that nobody can read until it ends."""
    own = person_stream(person)
    *_, held = yield [
        # What came to be in the very moment of the first step, by a request that was on its way.
        *at_once(person),
        Say("DELETE FROM event WHERE stream = ?", (own,)),
        Say("DELETE FROM stream WHERE id = ?", (own,)),
        Say(f"SELECT 1 FROM message WHERE {_LEFT} LIMIT 1", (person,)),
    ]
    if held:
        yield [Say("UPDATE erasure SET sealed = 1, lease_ms = 0 WHERE id = ?", (erasure,))]
        return False
    yield [Say("UPDATE erasure SET done_ms = NOW_MS(), sealed = 0, lease_ms = 0 WHERE id = ?", (erasure,))]
    return True


def old_receipts(before_ms: int) -> Work[list[Row]]:
    """Forget some of the receipts whose time is over. Who was erased is remembered for when a backup is put back."""
    [rows] = yield [
        Say(
            "UPDATE erasure SET secret_hash = NULL, counts = '{}' WHERE id IN"
            " (SELECT id FROM erasure WHERE done_ms <= ? AND secret_hash IS NOT NULL LIMIT ?) RETURNING id",
            (before_ms, CHUNK),
        )
    ]
    return rows
