"""News in SQL: what people are told, and the rows of mails made of it, person by person in chunks."""

from community.facts import Member, Room
from community.reach import Involvement, Matter, NewsKind, concerns, matter_of
from rooms.ids import CommunityId, PersonId, RoomId
from rooms.rights import may_read
from server import api
from server.clock import new_id
from server.database.ports import Each, Row, Say, Work
from server.door import facts_sql as facts

# So many people are looked at in one transaction.
CHUNK = 200
SHOWN_MS = 14 * 86_400_000
SHOWN_LIMIT = 20

_COLUMNS = {Matter.NEXT_TALK: "next_talk", Matter.MY_WORDS: "my_words", Matter.CHANGES: "changes"}


def told_row(
    news: str, community: CommunityId, room: RoomId | None, *, kind: NewsKind, says: str, when: str, by: PersonId | None
) -> Say:
    """The row of news that the team tells, or that follows from what a keeper did."""
    return Say(
        "INSERT INTO news (id, community, room, kind, says, when_words, made_by, at_ms, spread_to)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, NOW_MS(), '') ON CONFLICT (id) DO NOTHING",
        (news, community, room, kind.value, says, when, by),
    )


def is_told(news: str) -> Work[bool]:
    """Whether this was told already."""
    [rows] = yield [Say("SELECT 1 FROM news WHERE id = ?", (news,))]
    return bool(rows)


def for_me(community: CommunityId, who: Member, involved: Involvement) -> Work[tuple[api.NewsLine, ...]]:
    """The news that a member has not put away, the newest first: what they may read and want to hear of."""
    [rows] = yield [
        Say(
            "SELECT n.id, n.room, n.kind, n.says, n.when_words, n.at_ms FROM news n WHERE n.community = ?"
            " AND n.at_ms > NOW_MS() - ? AND n.at_ms >= ?"
            # Who has said something else of the community knows that.
            " AND NOT (n.kind = 'stated' AND COALESCE(n.made_by, '') = ?) AND (n.person IS NULL OR n.person = ?)"
            " AND NOT EXISTS (SELECT 1 FROM seen_news s WHERE s.news = n.id AND s.person = ?)"
            " ORDER BY n.at_ms DESC, n.id DESC LIMIT ?",
            (community, SHOWN_MS, who.joined_ms, who.person, who.person, who.person, SHOWN_LIMIT),
        )
    ]
    wanted = [row for row in rows if concerns(NewsKind(row[2]), involved)]
    places = yield from _places(community, wanted)
    return tuple(
        api.NewsLine(news=id_, room=room, kind=NewsKind(kind), says=says, when=when, at_ms=at_ms)
        for id_, room, kind, says, when, at_ms in wanted
        if room is None or (room in places and may_read(who.at(room), places[room].place))
    )


def _places(community: CommunityId, rows: list[Row]) -> Work[dict[RoomId, Room]]:
    if not any(row[1] for row in rows):
        return {}
    return {room.id: room for room in (yield from facts.load_rooms(community))}


def seen(news: str, person: PersonId) -> Work[None]:
    """Put news away."""
    yield [
        Say(
            "INSERT INTO seen_news (news, person) SELECT id, ? FROM news WHERE id = ? ON CONFLICT DO NOTHING",
            (person, news),
        )
    ]


def spread() -> Work[bool]:
    """Make rows of mails for some of the people whom the oldest unspread news concerns; false when there is none.

    Another node at the same news waits for its row; the same row is made once, whoever makes it.
    """
    [found] = yield [
        Say(
            "SELECT id, community, room, person, kind, spread_to FROM news WHERE spread_ms IS NULL"
            " ORDER BY at_ms, id LIMIT 1 FOR UPDATE"
        )
    ]
    if not found:
        return False
    news, community, room, person, kind, after = found[0]
    matter = matter_of(NewsKind(kind))
    people = (yield from _ticked(community, matter, after=after, alone=person)) if matter is not None else []
    meant = (yield from _readers(community, room, people)) if room is not None else people
    done = len(people) < CHUNK
    yield [
        *([Each(_OUTBOX, [(new_id(), community, who, kind, news) for who in meant])] if meant else []),
        Say(
            f"UPDATE news SET spread_to = ?, spread_ms = {'NOW_MS()' if done else 'NULL'} WHERE id = ?",
            (people[-1] if people else after, news),
        ),
    ]
    return True


_OUTBOX = (
    "INSERT INTO outbox (id, community, person, kind, cause, at_ms, due_ms, state, tries, node)"
    " VALUES (?, ?, ?, ?, ?, NOW_MS(), NOW_MS(), 'waiting', 0, '') ON CONFLICT DO NOTHING"
)


def _ticked(community: CommunityId, matter: Matter, *, after: str, alone: PersonId | None) -> Work[list[PersonId]]:
    """The next members who may be reached about a matter. Switches are looked at when the mail is written."""
    only = "" if alone is None else " AND r.person = ?"
    [rows] = yield [
        Say(
            "SELECT r.person FROM reach r JOIN member m ON m.person = r.person AND m.community = ?"
            f" WHERE m.left_ms IS NULL AND r.confirmed_ms IS NOT NULL AND r.failed_ms IS NULL AND r.{_COLUMNS[matter]}"
            f" = 1 AND r.person > ?{only} ORDER BY r.person LIMIT ?",
            (community, after, *([alone] if alone is not None else []), CHUNK),
        )
    ]
    return [PersonId(person) for (person,) in rows]


def _readers(community: CommunityId, room: RoomId, people: list[PersonId]) -> Work[list[PersonId]]:
    """Those of them who may read the room."""
    place = yield from facts.load_room(community, room)
    found = yield from facts.load_members(community, people)
    if place is None:
        return []
    return [who for who in people if who in found and may_read(found[who].at(room), place.place)]


def old_news(now_ms: int, *, limit: int) -> Work[list[Row]]:
    """Forget some of the news that is shown no more, and who had put it away."""
    old = "(SELECT id FROM news WHERE at_ms <= ? AND spread_ms IS NOT NULL ORDER BY at_ms, id LIMIT ?)"
    _, rows = yield [
        Say(f"DELETE FROM seen_news WHERE news IN {old}", (now_ms - 2 * SHOWN_MS, limit)),
        Say(f"DELETE FROM news WHERE id IN {old} RETURNING id", (now_ms - 2 * SHOWN_MS, limit)),
    ]
    return rows
