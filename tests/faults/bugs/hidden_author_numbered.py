"""What only its author and few others may know gets a number in the room's stream, and so reaches everybody.

The bug that belongs here numbers a held message. Held messages come with a later version; until then this is the
nearest thing there is: a message whose name is hidden is numbered with its author's id and name in it. When messages
are held, plant that instead.
"""

from msgspec.structs import replace

from rooms import room
from rooms.events import MessagePosted


def plant() -> None:
    """Put the author where only a pseudonym should stand."""
    post = room._post

    def named(state: object, facts: object, command: object, **more: object) -> MessagePosted:
        posted = post(state, facts, command, **more)  # type: ignore[arg-type]
        who = room.author_of(more["who"])  # type: ignore[arg-type]
        return replace(posted, author=replace(posted.author, person=who.person, name=who.name))

    room._post = named
