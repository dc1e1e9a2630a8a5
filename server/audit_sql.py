"""The audit in SQL: entries written in the transaction of what they tell of, and read again to see that they hold."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from rooms.audit import Act, End, Entry, Walk, follow_on, key_of
from rooms.ids import CommunityId, PersonId
from server.database.ports import Database, Each, Row, Say, Work

# So many entries are read at a time: a few milliseconds of checking, and then others have their turn.
PAGE = 500

COLUMNS = "number, at_ms, actor, what, person, room, details, seal"
INSERT = (
    "INSERT INTO audit (community, number, at_ms, actor, what, person, room, details, seal)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
MOVE_END = "UPDATE audit_end SET count = ?, seal = ?, at_ms = ? WHERE community = ?"


class Chain:
    """The chains of all communities, written and checked with one key of the server's."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def key_of(self, community: CommunityId) -> bytes:
        """The key of one community's chain."""
        return key_of(self._key, community)

    def write(self, community: CommunityId, acts: Sequence[Act]) -> Work[None]:
        """Write down these acts, in order, in the transaction that does them.

        To be called last in it: the chain's end is locked, and in the order of locks it comes after all others.
        """
        if not acts:
            return
        _, [(count, seal, at_ms, now_ms)] = yield [
            Say(
                "INSERT INTO audit_end (community, count, seal, at_ms, checked_ms, fault) VALUES (?, 0, '', 0, 0, 0)"
                " ON CONFLICT (community) DO NOTHING",
                (community,),
            ),
            Say("SELECT count, seal, at_ms, NOW_MS() FROM audit_end WHERE community = ? FOR UPDATE", (community,)),
        ]
        entries, end = follow_on(self.key_of(community), End(count=count, seal=seal, at_ms=at_ms), acts, now_ms=now_ms)
        yield [
            Each(INSERT, [(community, *stored(entry)) for entry in entries]),
            Say(MOVE_END, (end.count, end.seal, end.at_ms, community)),
        ]

    def write_of(self, person: PersonId, act: Act) -> Work[None]:
        """Write down an act in every community that the person is a member of."""
        [rows] = yield [
            Say("SELECT community FROM member WHERE person = ? AND left_ms IS NULL ORDER BY community", (person,))
        ]
        for (community,) in rows:
            yield from self.write(CommunityId(community), [act])

    def write_everywhere(self, act: Act) -> Work[None]:
        """Write down an act that is about the whole server, in every community."""
        [rows] = yield [Say("SELECT id FROM community ORDER BY id")]
        for (community,) in rows:
            yield from self.write(CommunityId(community), [act])


def stored(entry: Entry) -> tuple[str | int | None, ...]:
    """The entry as its columns."""
    return (entry.number, entry.at_ms, entry.by, entry.what, entry.person, entry.room, entry.details, entry.seal)


def entry_of(row: Row) -> Entry:
    """From a row of `COLUMNS`."""
    number, at_ms, by, what, person, room, details, seal = row
    return Entry(number=number, at_ms=at_ms, by=by, what=what, person=person, room=room, details=details, seal=seal)


class Kept(NamedTuple):
    """A chain's end as it is kept beside it, and what the server found when it last went along all of it."""

    community: CommunityId
    slug: str
    end: End
    checked_ms: int
    # The number of the first entry that does not fit; 0 when all do.
    fault: int


_KEPT = "c.id, c.slug, a.count, a.seal, a.at_ms, a.checked_ms, a.fault"
_ENDS = f"SELECT {_KEPT} FROM community c LEFT JOIN audit_end a ON a.community = c.id"


def ends() -> Work[list[Kept]]:
    """Where the chain of every community ends: at nothing, where nothing has been done yet."""
    [rows] = yield [Say(f"{_ENDS} ORDER BY c.slug")]
    return [_kept(row) for row in rows]


def _kept(row: Row) -> Kept:
    community, slug, *end, checked_ms, fault = row
    count, seal, at_ms = end
    kept = End() if count is None else End(count=count, seal=seal, at_ms=at_ms)
    return Kept(CommunityId(community), slug, kept, checked_ms or 0, fault or 0)


def page(community: CommunityId, *, after: int, limit: int = PAGE) -> Work[tuple[list[Entry], Kept]]:
    """The next entries behind number `after`, in order, and where the chain ended just then."""
    found, kept = yield [
        Say(
            f"SELECT {COLUMNS} FROM audit WHERE community = ? AND number > ? ORDER BY number LIMIT ?",
            (community, after, limit),
        ),
        Say(f"{_ENDS} WHERE c.id = ?", (community,)),
    ]
    end = _kept(kept[0]) if kept else Kept(community, "", End(), 0, 0)
    return [entry_of(row) for row in found], end


def newest(chain: Chain, community: CommunityId, count: int) -> Work[tuple[Walk, Kept]]:
    """Go along the newest `count` entries; the one before them is believed."""
    _, kept = yield from page(community, after=0, limit=0)
    before = max(0, kept.end.count - count)
    found, kept = yield from page(community, after=max(0, before - 1), limit=count + 1)
    after = End()
    if before and found:
        believed, found = found[0], found[1:]
        after = End(count=believed.number, seal=believed.seal, at_ms=believed.at_ms)
    walk = Walk(chain.key_of(community), after)
    walk.go(found)
    walk.arrive(kept.end)
    return walk, kept


async def walked(
    database: Database, chain: Chain, community: CommunityId, *, seen: Callable[[Entry], None] = lambda _: None
) -> tuple[Walk, Kept]:
    """Go along the whole chain, a page at a time, while others add to it. Each entry is shown to `seen`."""
    walk = Walk(chain.key_of(community))
    while True:
        entries, kept = await database.read(partial(page, community, after=walk.end.count))
        walk.go(entries)
        for entry in entries:
            seen(entry)
        if len(entries) < PAGE:
            walk.arrive(kept.end)
            return walk, kept


def note_check(community: CommunityId, *, now_ms: int, fault: int) -> Work[None]:
    """Remember what was found when the whole chain was looked at."""
    yield [Say("UPDATE audit_end SET checked_ms = ?, fault = ? WHERE community = ?", (now_ms, fault, community))]
