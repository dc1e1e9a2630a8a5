"""Puts the demo's week where it belongs: what was written a moment ago is said to have been said days ago.

Only the demo does this, to a database that holds nothing else and that nobody serves yet.
"""

from dataclasses import dataclass, field

from rooms.ids import MessageId, PersonId, RoomId, StreamId, room_stream
from server.database.ports import Each, Say, Statement, Work


@dataclass(slots=True)
class Past:
    """What happened when. `began_ms` is when everything that has no time of its own happened."""

    began_ms: int
    posted: list[tuple[int, MessageId]] = field(default_factory=list)
    edited: list[tuple[int, MessageId]] = field(default_factory=list)
    removed: list[tuple[int, MessageId]] = field(default_factory=list)
    events: list[tuple[int, StreamId, int]] = field(default_factory=list)
    # How far somebody has read in a room, and when somebody was last in.
    read: list[tuple[RoomId, PersonId, int]] = field(default_factory=list)
    here: list[tuple[int, PersonId]] = field(default_factory=list)

    def happened(self, room: RoomId, seq: int, at_ms: int) -> None:
        """Note when an event of a room was."""
        self.events.append((at_ms, room_stream(room), seq))


def write_past(past: Past) -> Work[None]:
    """Give everything in the database its time."""
    yield [*_in_the_beginning(past.began_ms), *_since(past)]


def _in_the_beginning(began_ms: int) -> list[Statement]:
    """Everything at once, for want of a better time."""
    columns = (
        ("community", "made_ms"),
        ("person", "made_ms"),
        ("member", "joined_ms"),
        ("member", "accepted_ms"),
        ("room", "made_ms"),
        ("room_member", "since_ms"),
        ("invitation", "made_ms"),
        ("event", "at_ms"),
        # Words that were replaced or taken out are due to be forgotten.
        ("old_words", "erase_ms"),
    )
    return [Say(f"UPDATE {table} SET {column} = ?", (began_ms,)) for table, column in columns]


def _since(past: Past) -> list[Statement]:
    return [
        Each("UPDATE event SET at_ms = ? WHERE stream = ? AND seq = ?", past.events),
        Each("UPDATE message SET at_ms = ? WHERE id = ?", past.posted),
        Each("UPDATE message SET edited_ms = ? WHERE id = ?", past.edited),
        Each("UPDATE message SET removed_ms = ? WHERE id = ?", past.removed),
        Each("INSERT INTO read_place (room, person, seq) VALUES (?, ?, ?)", past.read),
        Each("UPDATE member SET here_ms = ? WHERE person = ?", past.here),
        Say("UPDATE stream SET at_ms = COALESCE((SELECT MAX(at_ms) FROM event WHERE event.stream = stream.id), 0)"),
    ]
