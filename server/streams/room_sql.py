"""What the sequencer asks of SQL for rooms: the facts for a batch, and the rows that its events change."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from community.facts import shown_standing
from community.reach import NewsKind
from rooms.commands import EditMessage, PostMessage, Reaction, RemoveMessage, SetReaction
from rooms.contract import Command
from rooms.events import MessageEdited, MessagePosted, MessageRemoved, RemovedBy, RoomEvent
from rooms.ids import MessageId, PersonId, RoomId, StreamId, owner_of
from rooms.rights import Role, Standing
from rooms.room import Counted, Facts, MessageFacts
from rooms.signals import Counts
from server.database.ports import Each, Row, Say, Statement, Value, one_of
from server.streams.erased_sql import REMOVED
from server.streams.force_sql import in_force
from server.streams.ledger import Stored

# Replaced and removed words can be looked at for a day by those who may, then they are erased.
DAY_MS = 24 * 60 * 60 * 1000
KEEP_OLD_WORDS_MS = DAY_MS

_encode = msgspec.json.Encoder().encode


def standing_statements(room: RoomId, people: Sequence[PersonId]) -> list[Say]:
    """What is known of `people` where they meet in `room`; read by `standings`."""
    mine = one_of("person", people)
    here = "community = (SELECT community FROM room WHERE id = ?)"
    return [
        Say(
            "SELECT person, name, standing, shows_standing, accepted_ms, muted_until_ms FROM member"
            f" WHERE {here} AND left_ms IS NULL AND {mine.sql}",
            (room, *mine.values),
        ),
        Say(
            f"SELECT person, role FROM role WHERE {here} AND room IN ('', ?) AND {mine.sql}"
            f" AND {in_force('role.person')}",
            (room, room, *mine.values),
        ),
        Say(f"SELECT person FROM room_member WHERE room = ? AND {mine.sql}", (room, *mine.values)),
    ]


def standings(members: list[Row], roles: list[Row], admitted: list[Row]) -> dict[PersonId, Standing]:
    """The standings of those who are members, from the rows of `standing_statements`."""
    held: dict[str, set[Role]] = {}
    for person, role in roles:
        held.setdefault(person, {Role.MEMBER}).add(Role(role))
    let_in = {person for (person,) in admitted}
    member_only = frozenset({Role.MEMBER})
    return {
        person: Standing(
            person=person,
            name=name,
            standing=shown_standing(standing, shows=bool(shows)),
            member=True,
            roles=frozenset(held[person]) if person in held else member_only,
            admitted=person in let_in,
            accepted=accepted_ms is not None,
            muted_until_ms=muted_until_ms,
        )
        for person, name, standing, shows, accepted_ms, muted_until_ms in members
    }


@dataclass(frozen=True, slots=True)
class Told:
    """A command for a room, and who asks it."""

    room: RoomId
    actor: PersonId
    command: Command


def _people(told: Sequence[Told]) -> list[PersonId]:
    """Those of whom the rules will ask who they are: who acts, and who is named."""
    people: dict[PersonId, None] = {}
    for one in told:
        people[one.actor] = None
        if isinstance(one.command, (PostMessage, EditMessage)):
            people.update(dict.fromkeys(one.command.mentions))
    return list(people)


def _messages(told: Sequence[Told]) -> list[MessageId]:
    messages: dict[MessageId, None] = {}
    for one in told:
        match one.command:
            case PostMessage(reply_to=str(parent)):
                messages[parent] = None
            case EditMessage(message=message) | RemoveMessage(message=message) | SetReaction(message=message):
                messages[message] = None
    return list(messages)


def fact_statements(asked: Sequence[Told]) -> list[Say]:
    """The one load of everything that the rules will want to know, for all rooms; read by `facts`."""
    # Each is looked up by an index, however many the community has, and the statements are the same for every batch.
    pairs = [(room, person) for room, told in _rooms(asked).items() for person in _people(told)]
    mine = (_encode(pairs).decode(),)
    # Written so that no plan can begin with all that a community has: PostgreSQL does, before it has counted a table.
    home = "(SELECT r.community FROM room AS r WHERE r.id = k.value ->> 0)"
    at_home = f"WHERE x.community = {home} AND x.person = k.value ->> 1"
    statements = [
        Say(
            "SELECT k.value ->> 0, x.person, x.name, x.standing, x.shows_standing, x.accepted_ms, x.muted_until_ms"
            f" FROM EACH_OF(?) AS k CROSS JOIN member AS x {at_home} AND x.left_ms IS NULL",
            mine,
        ),
        Say(
            "SELECT k.value ->> 0, x.person, x.role FROM EACH_OF(?) AS k CROSS JOIN role AS x"
            f" {at_home} AND x.room IN ('', k.value ->> 0) AND {in_force('x.person')}",
            mine,
        ),
        Say(
            "SELECT x.room, x.person FROM EACH_OF(?) AS k CROSS JOIN room_member AS x"
            " WHERE x.room = k.value ->> 0 AND x.person = k.value ->> 1",
            mine,
        ),
    ]
    messages = _messages(asked)
    if not messages:
        # Nearly always: somebody says something new.
        return statements
    meant = one_of("id", messages)
    statements.append(Say(f"SELECT id, room, author, {REMOVED}, reply_to FROM message WHERE {meant.sql}", meant.values))
    reacted = one_of("message", [one.command.message for one in asked if isinstance(one.command, SetReaction)])
    people = one_of("person", list({one.actor: None for one in asked}))
    statements.append(
        Say(
            f"SELECT message, person, kind FROM reaction WHERE {reacted.sql} AND {people.sql}",
            (*reacted.values, *people.values),
        )
    )
    return statements


def _rooms(asked: Sequence[Told]) -> dict[RoomId, list[Told]]:
    rooms: dict[RoomId, list[Told]] = {}
    for one in asked:
        rooms.setdefault(one.room, []).append(one)
    return rooms


def facts(rows: Sequence[list[Row]], asked: Sequence[Told]) -> dict[RoomId, Facts]:
    """The facts for each room from the rows of `fact_statements`."""
    members, roles, admitted = map(_by_room, rows[:3])
    messages, reactions = rows[3:] or ([], [])
    reacted = {(message, person, Reaction(kind)) for message, person, kind in reactions}
    return {
        room: Facts(
            standings=standings(members.get(room, []), roles.get(room, []), admitted.get(room, [])),
            messages={
                id_: MessageFacts(author, removed=removed is not None, is_reply=reply_to is not None)
                for id_, where, author, removed, reply_to in messages
                if where == room
            },
            reactions=set(reacted),
        )
        for room in _rooms(asked)
    }


def _by_room(rows: Sequence[Row]) -> dict[RoomId, list[Row]]:
    found: dict[RoomId, list[Row]] = {}
    for room, *more in rows:
        found.setdefault(RoomId(room), []).append(tuple(more))
    return found


def _told_author(stored: Stored, message: MessageId) -> Say:
    """The author is told that words of theirs were taken out, once a day for each room."""
    day = str(stored.at_ms // DAY_MS)
    return Say(
        "INSERT INTO news (id, community, room, person, kind, says, when_words, at_ms, spread_to)"
        " SELECT m.author || '.' || m.room || '.' || ?, r.community, m.room, m.author, ?, '', '', ?, ''"
        " FROM message m JOIN room r ON r.id = m.room WHERE m.id = ? AND m.text IS NOT NULL ON CONFLICT DO NOTHING",
        (day, NewsKind.TAKEN_OUT.value, stored.at_ms, message),
    )


class RoomRows:
    """Gathers, for one transaction, the rows that rooms' events and counts change."""

    def __init__(self) -> None:
        self._posted: list[tuple[Value, ...]] = []
        self._mentions: list[tuple[Value, ...]] = []
        self._late: list[Statement] = []
        self._counted: dict[MessageId, tuple[StreamId, int]] = {}

    def event(self, stored: Stored, event: RoomEvent, author: PersonId) -> None:
        """Note what `event` changes."""
        match event:
            case MessagePosted():
                self._post(stored, event, author)
            case MessageEdited():
                self._edit(stored, event)
            case MessageRemoved():
                self._remove(stored, event)
            case _:
                return

    def count(self, stream: StreamId, counted: Counted, rev: int) -> None:
        """Note that a reaction was added or taken back."""
        key = (counted.message, counted.person, counted.reaction.value)
        if counted.on:
            self._late.append(
                Say("INSERT INTO reaction (message, person, kind) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", key)
            )
        else:
            self._late.append(Say("DELETE FROM reaction WHERE message = ? AND person = ? AND kind = ?", key))
        self._counted[counted.message] = (stream, rev)

    def _post(self, stored: Stored, event: MessagePosted, author: PersonId) -> None:
        place = stored.seq if event.after is None else event.after
        room = owner_of(stored.stream)
        self._posted.append(
            (
                event.message,
                room,
                stored.seq,
                place,
                stored.at_ms,
                author,
                _encode(event.author).decode(),
                int(event.author.person is None),
                event.text,
                event.reply_to,
                _encode(event.mentions).decode(),
            )
        )
        self._mentions += [(event.message, person, room, stored.seq) for person in event.mentions]

    def _edit(self, stored: Stored, event: MessageEdited) -> None:
        self._late += [
            self._set_aside(stored, event.message),
            Say(
                "UPDATE message SET text = ?, mentions = ?, edited_ms = ? WHERE id = ?",
                (event.text, _encode(event.mentions).decode(), stored.at_ms, event.message),
            ),
            Say("DELETE FROM mention WHERE message = ?", (event.message,)),
            Each(
                "INSERT INTO mention (message, person, room, seq) SELECT id, ?, room, seq FROM message WHERE id = ?",
                [(person, event.message) for person in event.mentions],
            ),
        ]

    def _remove(self, stored: Stored, event: MessageRemoved) -> None:
        self._late += [
            *([_told_author(stored, event.message)] if event.by is RemovedBy.TEAM else []),
            self._set_aside(stored, event.message),
            Say(
                "UPDATE message SET text = NULL, mentions = '[]', removed = ?, removed_ms = ? WHERE id = ?",
                (event.by.value, stored.at_ms, event.message),
            ),
            Say("DELETE FROM mention WHERE message = ?", (event.message,)),
        ]

    def _set_aside(self, stored: Stored, message: MessageId) -> Say:
        return Say(
            "INSERT INTO old_words (message, seq, text, erase_ms) SELECT id, ?, text, ? FROM message"
            " WHERE id = ? AND text IS NOT NULL",
            (stored.seq, stored.at_ms + KEEP_OLD_WORDS_MS, message),
        )

    def writes(self) -> list[Statement]:
        """The statements, in an order in which each finds what it needs."""
        return [
            Each(
                "INSERT INTO message (id, room, seq, after_seq, at_ms, author, shown, hidden, text, reply_to, mentions)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                self._posted,
            ),
            Each("INSERT INTO mention (message, person, room, seq) VALUES (?, ?, ?, ?)", self._mentions),
            *self._late,
            Each(
                "UPDATE message SET tally_rev = ? WHERE id = ?",
                [(rev, message) for message, (_, rev) in self._counted.items()],
            ),
        ]

    def totals(self) -> Say | None:
        """Asks for the totals of the messages whose reactions changed; run after the writes."""
        if not self._counted:
            return None
        changed = one_of("message", list(self._counted))
        return Say(
            f"SELECT message, kind, count(*) FROM reaction WHERE {changed.sql} GROUP BY message, kind", changed.values
        )

    def tallies(self, rows: Sequence[Row]) -> dict[StreamId, dict[MessageId, Counts]]:
        """The totals of each stream's messages whose reactions changed, from the rows of `totals`."""
        found: dict[StreamId, dict[MessageId, Counts]] = {}
        for message, (stream, _) in self._counted.items():
            found.setdefault(stream, {})[message] = {}
        for message, kind, count in rows:
            found[self._counted[message][0]][message][Reaction(kind)] = count
        return found
