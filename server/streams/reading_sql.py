"""What is read from SQL to follow a stream: events with today's words, pages of messages, my own part of a room."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from rooms.commands import Reaction
from rooms.contract import Code, Event, Refused
from rooms.events import Author, MessageEdited, MessagePosted, RemovedBy
from rooms.ids import MessageId, PersonId, RoomId, StreamId, room_stream
from rooms.rights import Deed, Standing, may
from rooms.room import RoomState
from rooms.signals import Counts, Tally
from server.database.ports import Row, Say, Work, one_of
from server.database.together import together
from server.streams.erased_sql import ERASING, REMOVED
from server.streams.force_sql import in_force
from server.streams.ledger import HEAD_COLUMNS, Head, Stored, room_state
from server.streams.room_sql import standing_statements, standings
from server.wire import AnyEvent, HistoryPage, MessageView, Page, PageMine, RoomMine, RoomView

PAGE = 50
# Of what was answered to a page's messages, the newest: so many, as far as they fit.
REPLIES = 1000
REPLIES_BYTES = 1024 * 1024
# The newest page goes to every socket that comes in, read or not, and holds about so much.
PAGE_BYTES = 192 * 1024
# Whoever has missed more totals asks again.
TALLIES = 1000
# Nobody reads that many; counting them all would cost every visitor of a busy room.
UNREAD_LIMIT = 1000

_MESSAGE = f"id, seq, after_seq, at_ms, shown, text, reply_to, mentions, edited_ms, {REMOVED}"
_decode_event = msgspec.json.Decoder(AnyEvent).decode
_decode_author = msgspec.json.Decoder(Author).decode
_decode_mentions = msgspec.json.Decoder(tuple[PersonId, ...]).decode
_CURSOR = re.compile(r"([0-9a-f]{1,15})\.([0-9a-f]{1,15})")


@dataclass(frozen=True, slots=True)
class Foreign:
    """An event of a later version: passed on as it stands, understood by nobody here."""

    body: str


# An event as it is read: number, time, acl, and what happened.
EventRow: TypeAlias = tuple[int, int, int, Event | Foreign]


def event_with_words(body: str) -> Event | Foreign:
    """The event from the form in which it travels between nodes."""
    try:
        event: Event = _decode_event(body)
    except msgspec.ValidationError:
        return Foreign(body)
    return event


def event_of(body: str, words: str | None, *, erased: bool = False) -> Event | Foreign:
    """The event from its stored form, with the words that its message has now; none, and no name, when `erased`."""
    event = event_with_words(body)
    match event:
        case MessagePosted() if erased:
            return msgspec.structs.replace(event, text=None, author=Author(), mentions=())
        case MessageEdited() if erased:
            return msgspec.structs.replace(event, text=None, mentions=())
        case MessagePosted() | MessageEdited():
            return msgspec.structs.replace(event, text=words)
        case _:
            return event


def since(stream: StreamId, after: int, limit: int) -> Work[list[EventRow]]:
    """The events after number `after`, oldest first: number, time, acl and event."""
    rows = yield [
        Say(
            f"SELECT e.seq, e.at_ms, e.acl, e.body, m.text, m.author IN {ERASING} FROM event e"
            " LEFT JOIN message m ON m.id = e.message WHERE e.stream = ? AND e.seq > ? ORDER BY e.seq LIMIT ?",
            (stream, after, limit),
        )
    ]
    return [
        (seq, at_ms, acl, event_of(body, words, erased=bool(erased)))
        for seq, at_ms, acl, body, words, erased in rows[0]
    ]


def stored_since(stream: StreamId, after: int, limit: int) -> Work[list[Stored]]:
    """As `since`, for tests and exports that understand every event."""
    found = yield from since(stream, after, limit)
    return [Stored(stream, seq, at_ms, acl, event) for seq, at_ms, acl, event in found if isinstance(event, Event)]


def cursor_of(after: int, seq: int) -> str:
    """An opaque word for a place in the page."""
    return f"{after:x}.{seq:x}"


def place_of(cursor: str) -> tuple[int, int]:
    """The place that a cursor names. Refused when it is none of ours."""
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise Refused(Code.MALFORMED)
    return int(found[1], 16), int(found[2], 16)


def _view(row: Row, counts: Counts) -> MessageView:
    id_, seq, after, at_ms, shown, text, reply_to, mentions, edited_ms, removed = row
    if removed is not None:
        return MessageView(
            message=id_,
            seq=seq,
            after=after,
            at_ms=at_ms,
            author=Author(),
            reply_to=reply_to,
            removed=RemovedBy(removed),
        )
    return MessageView(
        message=id_,
        seq=seq,
        after=after,
        at_ms=at_ms,
        author=_decode_author(shown),
        text=text,
        reply_to=reply_to,
        mentions=_decode_mentions(mentions),
        edited_ms=edited_ms,
        counts=counts,
    )


def _counts(rows: list[Row]) -> dict[MessageId, Counts]:
    totals: dict[MessageId, Counts] = {}
    for message, kind, count in rows:
        totals.setdefault(message, {})[Reaction(kind)] = count
    return totals


def _totals_of(messages: Sequence[MessageId]) -> Say:
    meant = one_of("message", messages)
    return Say(f"SELECT message, kind, count(*) FROM reaction WHERE {meant.sql} GROUP BY message, kind", meant.values)


def _filled(tops: list[Row], *, earlier: bool, later: bool) -> Work[Page]:
    """The page of these messages, in order, with what was answered to them."""
    ids = [row[0] for row in tops]
    meant = one_of("reply_to", ids)
    rows = yield [
        Say(
            f"SELECT {_MESSAGE} FROM message WHERE {meant.sql} ORDER BY after_seq DESC, seq DESC LIMIT ?",
            (*meant.values, REPLIES),
        )
    ]
    replies = rows[0][::-1]
    rows = yield [_totals_of([*ids, *(row[0] for row in replies)])]
    counts = _counts(rows[0])
    first, last = (tops[0], tops[-1]) if tops else (None, None)
    return Page(
        messages=tuple(_view(row, counts.get(row[0], {})) for row in tops),
        replies=_newest_that_fit([_view(row, counts.get(row[0], {})) for row in replies], REPLIES_BYTES),
        earlier=cursor_of(first[2], first[1]) if first and earlier else None,
        later=cursor_of(last[2], last[1]) if last and later else None,
    )


def _size(view: MessageView) -> int:
    """As it is sent in JSON, where names, mentions and signs that must be written with two bytes count too."""
    return len(msgspec.json.encode(view))


def _newest_that_fit(views: Sequence[MessageView], room_for: int) -> tuple[MessageView, ...]:
    """The newest of these, in order, as many as fit."""
    kept = 0
    for view in reversed(views):
        room_for -= _size(view)
        if room_for < 0:
            break
        kept += 1
    return tuple(views[len(views) - kept :])


def _short(page: Page) -> Page:
    """The end of a page: as many messages as fit, each with all its answers; at least one, with the newest of them."""
    answers: dict[MessageId | None, int] = {}
    for reply in page.replies:
        answers[reply.reply_to] = answers.get(reply.reply_to, 0) + _size(reply)
    left, kept = PAGE_BYTES, 0
    for top in reversed(page.messages):
        left -= _size(top) + answers.get(top.message, 0)
        if left < 0 and kept:
            break
        kept += 1
    if kept == len(page.messages) and left >= 0:
        return page
    tops = page.messages[-kept:]
    meant = {top.message for top in tops}
    replies = [reply for reply in page.replies if reply.reply_to in meant]
    room_for = PAGE_BYTES - sum(map(_size, tops))
    shown = _newest_that_fit(replies, room_for)
    earlier = page.earlier if kept == len(page.messages) else cursor_of(tops[0].after, tops[0].seq)
    if len(shown) < len(replies):
        # The page further back has this message once more, then with all its answers.
        earlier = cursor_of(tops[0].after, tops[0].seq + 1)
    return Page(messages=tops, replies=shown, earlier=earlier, later=page.later)


def latest(room: RoomId) -> Work[Page]:
    """The newest page, or the end of it when it is large."""
    rows = yield [
        Say(
            f"SELECT {_MESSAGE} FROM message WHERE room = ? AND reply_to IS NULL"
            " ORDER BY after_seq DESC, seq DESC LIMIT ?",
            (room, PAGE + 1),
        )
    ]
    found = rows[0]
    return _short((yield from _filled(found[:PAGE][::-1], earlier=len(found) > PAGE, later=False)))


def before(room: RoomId, cursor: str) -> Work[Page]:
    """The page that ends just before the cursor."""
    after, seq = place_of(cursor)
    rows = yield [
        Say(
            f"SELECT {_MESSAGE} FROM message WHERE room = ? AND reply_to IS NULL"
            " AND (after_seq < ? OR (after_seq = ? AND seq < ?))"
            " ORDER BY after_seq DESC, seq DESC LIMIT ?",
            (room, after, after, seq, PAGE + 1),
        )
    ]
    found = rows[0]
    return (yield from _filled(found[:PAGE][::-1], earlier=len(found) > PAGE, later=bool(found)))


def later(room: RoomId, cursor: str) -> Work[Page]:
    """The page that begins just after the cursor."""
    after, seq = place_of(cursor)
    rows = yield [
        Say(
            f"SELECT {_MESSAGE} FROM message WHERE room = ? AND reply_to IS NULL"
            " AND (after_seq > ? OR (after_seq = ? AND seq > ?))"
            " ORDER BY after_seq, seq LIMIT ?",
            (room, after, after, seq, PAGE + 1),
        )
    ]
    found = rows[0]
    return (yield from _filled(found[:PAGE], earlier=bool(found), later=len(found) > PAGE))


def around(room: RoomId, message: MessageId) -> Work[Page]:
    """The page with this message, or the one it answers, in its middle."""
    rows = yield [
        Say(
            "SELECT t.after_seq, t.seq FROM message m JOIN message t ON t.id = COALESCE(m.reply_to, m.id)"
            " WHERE m.id = ? AND m.room = ?",
            (message, room),
        )
    ]
    if not rows[0]:
        raise Refused(Code.NOT_FOUND)
    after, seq = rows[0][0]
    half = PAGE // 2
    rows = yield [
        Say(
            f"SELECT {_MESSAGE} FROM message WHERE room = ? AND reply_to IS NULL"
            " AND (after_seq < ? OR (after_seq = ? AND seq <= ?)) ORDER BY after_seq DESC, seq DESC LIMIT ?",
            (room, after, after, seq, half + 1),
        ),
        Say(
            f"SELECT {_MESSAGE} FROM message WHERE room = ? AND reply_to IS NULL"
            " AND (after_seq > ? OR (after_seq = ? AND seq > ?)) ORDER BY after_seq, seq LIMIT ?",
            (room, after, after, seq, half + 1),
        ),
    ]
    back, on = rows
    tops = [*back[:half][::-1], *on[:half]]
    return (yield from _filled(tops, earlier=len(back) > half, later=len(on) > half))


def one(message: MessageId) -> Work[tuple[RoomId, MessageView]]:
    """One message as it stands, and the room it was said in."""
    rows = yield [Say(f"SELECT {_MESSAGE}, room FROM message WHERE id = ?", (message,)), _totals_of([message])]
    if not rows[0]:
        raise Refused(Code.NOT_FOUND)
    row = rows[0][0]
    return RoomId(row[-1]), _view(row[:-1], _counts(rows[1]).get(message, {}))


def tallies_since(room: RoomId, rev: int) -> Work[tuple[int, tuple[Tally, ...]]]:
    """The totals of messages that changed after `rev`, oldest change first, and the revision up to which these are all.

    That is where the stream stands, unless there are more than go into one answer.
    """
    rows = yield [
        Say("SELECT tally_rev FROM stream WHERE id = ?", (room_stream(room),)),
        Say(
            "SELECT id, tally_rev FROM message WHERE room = ? AND tally_rev > ? ORDER BY tally_rev LIMIT ?",
            (room, rev, TALLIES + 1),
        ),
    ]
    changed = rows[1][:TALLIES]
    # No two messages changed at one revision.
    up_to = changed[-1][1] if len(rows[1]) > TALLIES else rows[0][0][0] if rows[0] else 0
    rows = yield [_totals_of([id_ for id_, _ in changed])]
    counts = _counts(rows[0])
    return up_to, tuple(Tally(message=message, counts=counts.get(message, {})) for message, _ in changed)


def standing_in(room: RoomId, person: PersonId) -> Work[tuple[Standing, RoomState | None]]:
    """Who `person` is in `room`, and the room's state; None when there is no such room."""
    rows = yield [
        *standing_statements(room, [person]),
        Say("SELECT state FROM stream WHERE id = ?", (room_stream(room),)),
    ]
    who = standings(*rows[:3]).get(person) or Standing(person=person)
    return who, room_state(rows[3][0][0]) if rows[3] else None


def community_standing_statements(community: str, people: Sequence[PersonId]) -> list[Say]:
    """What is known of `people` in the community at large; read by `standings`."""
    meant = one_of("person", people)
    return [
        Say(
            "SELECT person, name, standing, shows_standing, accepted_ms, muted_until_ms FROM member"
            f" WHERE community = ? AND left_ms IS NULL AND {meant.sql}",
            (community, *meant.values),
        ),
        Say(
            f"SELECT person, role FROM role WHERE community = ? AND room = '' AND {meant.sql}"
            f" AND {in_force('role.person')}",
            (community, *meant.values),
        ),
        Say("SELECT person FROM room_member WHERE 1 = 0"),
    ]


def standing_among(community: str, person: PersonId) -> Work[Standing]:
    """Who `person` is in the community at large."""
    rows = yield community_standing_statements(community, [person])
    return standings(*rows).get(person) or Standing(person=person)


def require_reader(room: RoomId, person: PersonId) -> Work[tuple[Standing, RoomState]]:
    """The standing of someone who may read the room; refused as not found for anyone else."""
    who, state = yield from standing_in(room, person)
    if state is None or may(who, Deed.READ, place=state.place, now_ms=0) is not None:
        raise Refused(Code.NOT_FOUND)
    return who, state


def head_of(stream: StreamId) -> Work[Head | None]:
    """Where the stream stands; None when it does not exist (a person's begins with its first event)."""
    rows = yield [Say(f"SELECT {HEAD_COLUMNS} FROM stream WHERE id = ?", (stream,))]
    return Head.of(rows[0][0]) if rows[0] else None


def unread(room: RoomId, person: PersonId, read_seq: int) -> Say:
    """How many messages by others, not removed, stand after the place read."""
    return Say(
        "SELECT count(*) FROM (SELECT 1 FROM message WHERE room = ? AND seq > ? AND author <> ?"
        f" AND removed IS NULL AND author NOT IN {ERASING} LIMIT ?) AS later",
        (room, read_seq, person, UNREAD_LIMIT),
    )


def page_mines(people: Sequence[PersonId], page: Page) -> Work[dict[PersonId, PageMine]]:
    """Each one's reactions on a page, and which of its messages with a hidden name are theirs."""
    ids = [view.message for view in (*page.messages, *page.replies)]
    shown, own = one_of("message", ids), one_of("id", ids)
    signed, wrote = one_of("person", people), one_of("author", people)
    given, hidden = yield [
        Say(
            f"SELECT person, message, kind FROM reaction WHERE {signed.sql} AND {shown.sql}",
            (*signed.values, *shown.values),
        ),
        Say(
            f"SELECT author, id FROM message WHERE {wrote.sql} AND hidden = 1 AND {own.sql}",
            (*wrote.values, *own.values),
        ),
    ]
    reactions: dict[PersonId, dict[MessageId, tuple[Reaction, ...]]] = {}
    for person, message, kind in given:
        signs = reactions.setdefault(person, {})
        signs[message] = (*signs.get(message, ()), Reaction(kind))
    theirs: dict[PersonId, tuple[MessageId, ...]] = {}
    for person, message in hidden:
        theirs[person] = (*theirs.get(person, ()), message)
    return {person: PageMine(reactions=reactions.get(person, {}), own=theirs.get(person, ())) for person in people}


def with_mine(who: PersonId, page: Page) -> Work[HistoryPage]:
    """The page, with my own part of it."""
    parts = yield from page_mines([who], page)
    return HistoryPage(
        messages=page.messages, replies=page.replies, earlier=page.earlier, later=page.later, mine=parts[who]
    )


def mines(room: RoomId, people: Sequence[Standing], page: Page) -> Work[dict[PersonId, RoomMine]]:
    """Each one's own part of a room whose newest page is `page`."""
    ids = [who.person for who in people]
    parts, places = yield from together(page_mines(ids, page), _read_places(room, ids))
    return {
        who.person: RoomMine(
            name=who.name,
            standing=who.standing,
            roles=tuple(sorted(who.roles)),
            admitted=who.admitted,
            accepted=who.accepted,
            muted_until_ms=who.muted_until_ms,
            read_seq=places[who.person][0],
            unread=places[who.person][1],
            reactions=parts[who.person].reactions,
            own=parts[who.person].own,
        )
        for who in people
    }


def _read_places(room: RoomId, people: Sequence[PersonId]) -> Work[dict[PersonId, tuple[int, int]]]:
    """How far each has read, and how much by others, not removed, stands after it."""
    meant = one_of("p.id", people)
    [rows] = yield [
        Say(
            "SELECT p.id, COALESCE(r.seq, 0), (SELECT count(*) FROM (SELECT 1 FROM message m WHERE m.room = ?"
            " AND m.seq > COALESCE(r.seq, 0) AND m.author <> p.id AND m.removed IS NULL"
            f" AND m.author NOT IN {ERASING} LIMIT ?) AS later)"
            f" FROM person p LEFT JOIN read_place r ON r.room = ? AND r.person = p.id WHERE {meant.sql}",
            (room, UNREAD_LIMIT, room, *meant.values),
        )
    ]
    return {PersonId(person): (seq, count) for person, seq, count in rows}


def view_of(room: RoomId, state: RoomState) -> RoomView:
    """The room as its members see it."""
    return RoomView(
        room=room,
        community=state.community,
        slug=state.slug,
        title=state.title,
        purpose=state.purpose,
        visibility=state.visibility,
        hide_names=state.hide_names,
        closed=state.closed,
    )


def narrowed_since(stream: StreamId, acl: int) -> Work[list[PersonId]]:
    """Who may see less of the stream since `acl`; an empty id stands for everyone."""
    rows = yield [Say("SELECT person FROM narrowing WHERE stream = ? AND acl > ?", (stream, acl))]
    return [PersonId(person) for (person,) in rows[0]]


def mark_read(room: RoomId, person: PersonId, seq: int) -> Work[tuple[int, int]]:
    """Remember the place read, never moving back or past the head; the place and what is unread after it."""
    yield from require_reader(room, person)
    rows = yield [
        Say(
            "INSERT INTO read_place (room, person, seq)"
            " SELECT ?, ?, CASE WHEN head < ? THEN head ELSE CAST(? AS BIGINT) END FROM stream WHERE id = ?"
            " ON CONFLICT (room, person) DO UPDATE SET seq = CASE WHEN excluded.seq > read_place.seq"
            " THEN excluded.seq ELSE read_place.seq END RETURNING seq",
            (room, person, seq, seq, room_stream(room)),
        ),
    ]
    place: int = rows[0][0][0]
    counted = yield [unread(room, person, place)]
    return place, counted[0][0][0]
