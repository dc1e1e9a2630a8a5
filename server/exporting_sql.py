"""What is kept of a person, read for themselves: how much of it there is, and all of it page by page."""

import re
from collections.abc import Sequence
from typing import TypeAlias

from community.kept import KEPT, Kept, KeptKind
from rooms.contract import Code, Event, Refused
from rooms.ids import CommunityId, PersonId, RoomId, community_stream
from rooms.rights import may_read
from server import api_keeping
from server.database.ports import Say, Work
from server.database.together import together
from server.door import facts_sql as facts
from server.erasing_sql import counted, rows_of
from server.streams.reading_sql import event_with_words

# Rows in one page: words of the greatest length make some megabytes of it.
PAGE = 500

# A row as it is shown: its columns by name.
Shown: TypeAlias = dict[str, str | int | None]

# The columns of what happened to a person: when, what, and what the event says beside the person.
_SAID = ("name", "role", "room")
HISTORY = ("at_ms", "what", *_SAID)

_EXPORTED = tuple(kept for kept in KEPT if kept.exported)
_CURSOR = re.compile(r"([0-9]{1,3})\.([0-9]{1,9})")


def kept_of(person: PersonId) -> Work[api_keeping.Kept]:
    """How much of each is kept of a person, in which rooms, and what holds it."""
    counts, rooms, holds = yield from together(counted(person), _rooms_of(person), _holds_on(person))
    return api_keeping.Kept(
        kept=tuple(api_keeping.KeptLine(what=what, count=count) for what, count in counts.items()),
        rooms=rooms,
        holds=holds,
    )


def _rooms_of(person: PersonId) -> Work[int]:
    [rows] = yield [
        Say("SELECT count(DISTINCT room) FROM message WHERE author = ? AND text IS NOT NULL", (person,)),
    ]
    return int(rows[0][0])


def _holds_on(person: PersonId) -> Work[tuple[api_keeping.HoldLine, ...]]:
    """The holds on rooms in which the person has spoken. Rooms that they may not see any more have no title here."""
    [rows] = yield [
        Say(
            "SELECT h.community, h.room, h.reason, h.since_ms FROM hold h WHERE EXISTS (SELECT 1 FROM message m"
            " JOIN room r ON r.id = m.room WHERE m.author = ? AND r.community = h.community"
            " AND h.room IN ('', r.id)) ORDER BY h.since_ms, h.room",
            (person,),
        )
    ]
    titles = yield from _titles(person, sorted({CommunityId(row[0]) for row in rows}))
    return tuple(
        api_keeping.HoldLine(room=room or None, title=titles.get(room, ""), reason=reason, since_ms=since_ms)
        for _, room, reason, since_ms in rows
    )


def _titles(person: PersonId, communities: Sequence[CommunityId]) -> Work[dict[str, str]]:
    """The titles of the rooms that the person may read now, by their ids."""
    titles: dict[str, str] = {}
    for community in communities:
        members, rooms = yield from together(facts.load_members(community, [person]), facts.load_rooms(community))
        who = members.get(person)
        if who is not None:
            titles |= {room.id: room.state.title for room in rooms if may_read(who.at(room.id), room.place)}
    return titles


def page(person: PersonId, cursor: str) -> Work[api_keeping.ExportPage]:
    """One page of all that is kept of a person; the first when `cursor` is empty."""
    number, after = _place(cursor)
    if number >= len(_EXPORTED):
        return (yield from _last_page(person))
    kept = _EXPORTED[number]
    [rows] = yield [
        Say(
            f"SELECT {', '.join(kept.exported)} FROM {kept.table} WHERE {rows_of(kept)}"
            f" ORDER BY {_order(kept)} LIMIT ? OFFSET ?",
            (person, PAGE + 1, after),
        )
    ]
    more = len(rows) > PAGE
    return api_keeping.ExportPage(
        what=kept.what,
        rows=tuple(_shown(kept, row) for row in rows[:PAGE]),
        next=f"{number}.{after + PAGE}" if more else f"{number + 1}.0",
    )


def _order(kept: Kept) -> str:
    """An order in which a person's rows stand still: by all that is shown of them."""
    return "id" if "id" in kept.exported else ", ".join(kept.exported)


def _shown(kept: Kept, row: Sequence[object]) -> Shown:
    return dict(zip(kept.exported, row, strict=True))  # type: ignore[arg-type]  # columns are texts and numbers


def _place(cursor: str) -> tuple[int, int]:
    if not cursor:
        return 0, 0
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise Refused(Code.MALFORMED)
    return int(found[1]), int(found[2])


def _last_page(person: PersonId) -> Work[api_keeping.ExportPage]:
    """What happened to the person in their communities, roles among it; and what the ids of rooms are called."""
    [rows] = yield [Say("SELECT community FROM member WHERE person = ? ORDER BY community", (person,))]
    communities = [CommunityId(community) for (community,) in rows]
    titles = yield from _titles(person, communities)
    told: list[Shown] = []
    for community in communities:
        told += yield from _history(person, community)
    return api_keeping.ExportPage(
        what=KeptKind.ROLES, rows=tuple(told), rooms={RoomId(room): t for room, t in titles.items()}
    )


def _history(person: PersonId, community: CommunityId) -> Work[list[Shown]]:
    [rows] = yield [
        Say(
            "SELECT at_ms, body FROM event WHERE stream = ? AND body LIKE ? ORDER BY seq LIMIT ?",
            (community_stream(community), f'%"{person}"%', PAGE),
        )
    ]
    found: list[Shown] = []
    for at_ms, body in rows:
        event = event_with_words(body)
        if isinstance(event, Event) and getattr(event, "person", None) == person:
            said = [getattr(event, name, None) for name in _SAID]
            found.append(dict(zip(HISTORY, (at_ms, str(event.__struct_config__.tag), *said), strict=True)))
    return found
