"""For how long words are kept, and what is held: as rows, for the rules and for the page that keepers see."""

from dataclasses import replace

from community.commands import HoldReason
from community.facts import require
from community.keeping import DAYS_LEAST, DAYS_MOST, Keeping
from rooms.contract import Code, Refused
from rooms.ids import CommunityId, PersonId, RoomId, room_stream
from rooms.rights import Deed
from server import api_keeping
from server.database.ports import Say, Work
from server.door import facts_sql as facts
from server.door import reads_sql as reads

# Nobody has to know that there are more than so many, and counting them is felt by others.
DUE_LIMIT = 100_000


def load_keeping(community: CommunityId, room: RoomId | None) -> Work[Keeping]:
    """What counts in the community, or in one of its rooms."""
    [stated, own] = yield [
        Say("SELECT kept_days FROM community WHERE id = ?", (community,)),
        Say("SELECT kept_days FROM room WHERE id = ? AND community = ?", (room, community)),
    ]
    if not stated:
        raise Refused(Code.NOT_FOUND)
    return Keeping(stated[0][0], own[0][0] if own else None)


def load_hold(community: CommunityId, room: RoomId | None) -> Work[HoldReason | None]:
    """The reason of the hold on the room, or on the whole community; None when there is none."""
    [rows] = yield [Say("SELECT reason FROM hold WHERE community = ? AND room = ?", (community, room or ""))]
    return HoldReason(rows[0][0]) if rows else None


def keep_row(community: CommunityId, room: RoomId | None, days: int | None) -> Say:
    """Keep words for so many days from now on."""
    if room is None:
        return Say("UPDATE community SET kept_days = ? WHERE id = ?", (days, community))
    return Say("UPDATE room SET kept_days = ? WHERE id = ?", (days, room))


def hold_rows(
    community: CommunityId, room: RoomId | None, reason: HoldReason | None, *, by: PersonId | None, now_ms: int
) -> list[Say]:
    """Begin a hold, or end it."""
    where = (community, room or "")
    rows = [Say("DELETE FROM hold WHERE community = ? AND room = ?", where)]
    if reason is not None:
        rows.append(
            Say(
                "INSERT INTO hold (community, room, reason, person, since_ms) VALUES (?, ?, ?, ?, ?)",
                (*where, reason.value, by, now_ms),
            )
        )
    return rows


def keeping(slug: str, person: PersonId) -> Work[api_keeping.Keeping]:
    """For how long words are kept, room by room, and what is held; for keepers."""
    community = yield from _seen_by(slug, person)
    stated = yield from load_keeping(community, None)
    rows, holds, clock = yield [
        Say("SELECT id, title, kept_days FROM room WHERE community = ? ORDER BY made_ms, id", (community,)),
        Say("SELECT room, reason, since_ms FROM hold WHERE community = ?", (community,)),
        Say("SELECT NOW_MS()"),
    ]
    held = {room: (HoldReason(reason), since_ms) for room, reason, since_ms in holds}
    rooms: list[api_keeping.RoomKeeping] = []
    for room, title, own_days in rows:
        here = Keeping(stated.community_days, own_days)
        reason, since_ms = held.get(room, (None, None))
        due = 0 if "" in held or room in held else (yield from _due(room, here, clock[0][0]))
        rooms.append(
            api_keeping.RoomKeeping(
                room=room,
                title=title,
                own_days=own_days,
                days=here.days,
                hold=reason,
                held_since_ms=since_ms,
                due=due,
            )
        )
    reason, since_ms = held.get("", (None, None))
    return api_keeping.Keeping(
        days=stated.community_days,
        least=DAYS_LEAST,
        most=DAYS_MOST,
        hold=reason,
        held_since_ms=since_ms,
        rooms=tuple(rooms),
    )


def due(slug: str, person: PersonId, *, days: int | None, room: RoomId | None) -> Work[api_keeping.Due]:
    """How many messages would go with the next pass if words were kept for so many days, there or everywhere.

    `days` None: for as long as they are now. Refused for a time that `keep_for` would refuse.
    """
    community = yield from _seen_by(slug, person)
    stated = yield from load_keeping(community, None)
    if days is not None:
        stated.require_days(days, whole=room is None)
    rows, holds, clock = yield [
        Say("SELECT id, kept_days FROM room WHERE community = ?", (community,)),
        Say("SELECT room FROM hold WHERE community = ?", (community,)),
        Say("SELECT NOW_MS()"),
    ]
    held = {one for (one,) in holds}
    count = 0
    for one, own_days in rows:
        if "" in held or one in held or room not in {None, one}:
            continue
        now = Keeping(stated.community_days, own_days)
        if days is None:
            here = now
        else:
            here = replace(now, community_days=days) if room is None else replace(now, room_days=days)
        count += yield from _due(one, here, clock[0][0])
    return api_keeping.Due(due=count)


def _seen_by(slug: str, person: PersonId) -> Work[CommunityId]:
    community = yield from reads.community_id(slug)
    found = yield from facts.load_members(community, [person])
    require(found.get(person), Deed.SEE_KEEPING, now_ms=0)
    return community


def _due(room: RoomId, here: Keeping, now_ms: int) -> Work[int]:
    if not here.ages:
        return 0
    [rows] = yield [
        Say(
            "SELECT count(*) FROM (SELECT 1 FROM message m JOIN stream s ON s.id = ? WHERE m.room = ?"
            " AND m.seq > s.tail AND m.at_ms < ? AND m.text IS NOT NULL LIMIT ?) AS old",
            (room_stream(room), room, here.before_ms(now_ms), DUE_LIMIT),
        )
    ]
    return int(rows[0][0])
