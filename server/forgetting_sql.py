"""What goes with a message's words, be it that they are too old or that their author is erased.

Whatever else comes to hang on a message (a file, a search row) goes here, in the same transaction.
"""

from collections.abc import Sequence

import msgspec

from rooms.events import Author, MessagePosted
from rooms.ids import MessageId
from server.database.ports import Say, Statement, one_of

# So many messages in one transaction: it must not hold up the writer that everyone shares.
CHUNK = 200

# Messages in rooms, by their id `room`, that a legal hold keeps.
HELD = "(SELECT r.id FROM room r JOIN hold h ON h.community = r.community AND h.room IN ('', r.id))"

_encode = msgspec.json.Encoder().encode


def with_words(messages: Sequence[MessageId]) -> list[Statement]:
    """Delete what hangs on the words of these messages."""
    these = one_of("message", messages)
    return [
        Say(f"DELETE FROM {table} WHERE {these.sql}", these.values) for table in ("reaction", "mention", "old_words")
    ]


def nameless(message: MessageId, *, seq: int, after: int, reply_to: MessageId | None) -> str:
    """The stored form of the event that a message came by, without its author's name and whom it named."""
    moved = after if after != seq else None
    return _encode(MessagePosted(message=message, author=Author(), reply_to=reply_to, after=moved)).decode()
