"""What the sequencer asks of SQL for rooms: the facts for a batch, and the rows that its events change."""

from collections.abc import Sequence

import msgspec

from rooms.commands import EditMessage, PostMessage, Reaction, RemoveMessage, SetReaction
from rooms.contract import Command
from rooms.events import MessageEdited, MessagePosted, MessageRemoved, RoomEvent
from rooms.ids import MessageId, PersonId, RoomId
from rooms.rights import Role, Standing
from rooms.room import Counted, Facts, MessageFacts
from server.database.ports import Each, Row, Say, Statement, Value, one_of
from server.streams.ledger import Stored

# Replaced and removed words can be looked at for a day by those who may, then they are erased.
KEEP_OLD_WORDS_MS = 24 * 60 * 60 * 1000

_encode = msgspec.json.Encoder().encode


def standing_statements(room: RoomId, people: Sequence[PersonId]) -> list[Say]:
    """What is known of `people` where they meet in `room`; read by `standings`."""
    mine = one_of("person", people)
    here = "community = (SELECT community FROM room WHERE id = ?)"
    return [
        Say(
            "SELECT person, name, standing, accepted_ms, muted_until_ms FROM member"
            f" WHERE {here} AND left_ms IS NULL AND {mine.sql}",
            (room, *mine.values),
        ),
        Say(
            f"SELECT person, role FROM role WHERE {here} AND room IN ('', ?) AND {mine.sql}", (room, room, *mine.values)
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
            standing=standing,
            member=True,
            roles=frozenset(held[person]) if person in held else member_only,
            admitted=person in let_in,
            accepted=accepted_ms is not None,
            muted_until_ms=muted_until_ms,
        )
        for person, name, standing, accepted_ms, muted_until_ms in members
    }


def _people_and_messages(asked: Sequence[tuple[PersonId, Command]]) -> tuple[list[PersonId], list[MessageId]]:
    people: dict[PersonId, None] = {}
    messages: dict[MessageId, None] = {}
    for actor, command in asked:
        people[actor] = None
        match command:
            case PostMessage(reply_to=parent, mentions=named):
                people.update(dict.fromkeys(named))
                if parent is not None:
                    messages[parent] = None
            case EditMessage(message=message, mentions=named):
                people.update(dict.fromkeys(named))
                messages[message] = None
            case RemoveMessage(message=message) | SetReaction(message=message):
                messages[message] = None
    return list(people), list(messages)


def fact_statements(room: RoomId, asked: Sequence[tuple[PersonId, Command]]) -> list[Say]:
    """The one load of everything that the rules will want to know; read by `facts`."""
    people, messages = _people_and_messages(asked)
    statements = standing_statements(room, people)
    if not messages:
        # Nearly always: somebody says something new.
        return statements
    meant = one_of("id", messages)
    statements.append(
        Say(f"SELECT id, author, removed, reply_to FROM message WHERE room = ? AND {meant.sql}", (room, *meant.values))
    )
    reacted = one_of("message", [c.message for _, c in asked if isinstance(c, SetReaction)])
    mine = one_of("person", people)
    statements.append(
        Say(
            f"SELECT message, person, kind FROM reaction WHERE {reacted.sql} AND {mine.sql}",
            (*reacted.values, *mine.values),
        )
    )
    return statements


def facts(rows: Sequence[list[Row]]) -> Facts:
    """The facts from the rows of `fact_statements`."""
    members, roles, admitted, *about = rows
    messages, reactions = about or ([], [])
    return Facts(
        standings=standings(members, roles, admitted),
        messages={
            id_: MessageFacts(author, removed=removed is not None, is_reply=reply_to is not None)
            for id_, author, removed, reply_to in messages
        },
        reactions={(message, person, Reaction(kind)) for message, person, kind in reactions},
    )


class RoomRows:
    """Gathers, for one transaction, the rows that a room's events and counts change."""

    def __init__(self, room: RoomId) -> None:
        self._room = room
        self._posted: list[tuple[Value, ...]] = []
        self._mentions: list[tuple[Value, ...]] = []
        self._late: list[Statement] = []
        self._counted: dict[MessageId, int] = {}

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

    def count(self, counted: Counted, rev: int) -> None:
        """Note that a reaction was added or taken back."""
        key = (counted.message, counted.person, counted.reaction.value)
        if counted.on:
            self._late.append(
                Say("INSERT INTO reaction (message, person, kind) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", key)
            )
        else:
            self._late.append(Say("DELETE FROM reaction WHERE message = ? AND person = ? AND kind = ?", key))
        self._counted[counted.message] = rev

    def _post(self, stored: Stored, event: MessagePosted, author: PersonId) -> None:
        place = stored.seq if event.after is None else event.after
        self._posted.append(
            (
                event.message,
                self._room,
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
        self._mentions += [(event.message, person, self._room, stored.seq) for person in event.mentions]

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
                [(rev, message) for message, rev in self._counted.items()],
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

    @property
    def counted(self) -> list[MessageId]:
        """The messages whose reactions changed."""
        return list(self._counted)
