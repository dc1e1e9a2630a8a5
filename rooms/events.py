"""What can happen in a room, and what a person alone is told about it. The unions at the end are the registry."""

from enum import StrEnum
from typing import ClassVar

from msgspec import Struct

from rooms.contract import Audience, Event
from rooms.ids import MessageId, PersonId, RoomId
from rooms.rights import Role, Visibility


class RemovedBy(StrEnum):
    """Whose hand took a message out."""

    AUTHOR = "author"
    TEAM = "team"
    # Nobody's: it was older than the community keeps what is said.
    AGE = "age"
    # The author's, with everything else that was kept of them.
    ERASED = "erased"


class Author(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who said something, as others may see it.

    With the name hidden there is neither a person nor a name, only an `alias` made fresh for this one message.
    """

    person: PersonId | None = None
    name: str | None = None
    standing: str | None = None
    role: Role | None = None
    alias: str | None = None


class MessagePosted(Event, frozen=True, tag="message.posted"):
    """Somebody said something. `text` is what the message says now; null when it has since been removed.

    `after` is the place in the page: the number of the event that it stands behind (its own number, unless it
    was let through later).
    """

    message: MessageId
    author: Author
    text: str | None = None
    reply_to: MessageId | None = None
    mentions: tuple[PersonId, ...] = ()
    after: int | None = None


class MessageEdited(Event, frozen=True, tag="message.edited"):
    """The author put other words in the place of the old ones. `text` is what the message says now."""

    message: MessageId
    text: str | None = None
    mentions: tuple[PersonId, ...] = ()


class MessageRemoved(Event, frozen=True, tag="message.removed"):
    """A message was taken out. Its words are on no path any more."""

    message: MessageId
    by: RemovedBy


class AuthorErased(Event, frozen=True, tag="author.erased"):
    """Someone who spoke here has erased themselves: whatever they said under their name is on no path any more."""

    person: PersonId
    # Somebody who knows of an edit alone can't tell whose message it was.
    edited: tuple[MessageId, ...] = ()


class MessagesErased(Event, frozen=True, tag="messages.erased"):
    """The words of these messages were erased by those who wrote them with their name hidden."""

    messages: tuple[MessageId, ...]


class RoomOpened(Event, frozen=True, tag="room.opened"):
    """The room begins."""

    title: str
    purpose: str
    visibility: Visibility
    hide_names: bool


class RoomRenamed(Event, frozen=True, tag="room.renamed"):
    """The room has another title or says its purpose in other words."""

    title: str
    purpose: str


class RoomVisibilitySet(Event, frozen=True, tag="room.visibility_set"):
    """Other people than before may be in the room."""

    visibility: Visibility


class HiddenNamesSet(Event, frozen=True, tag="room.hidden_names_set"):
    """Members may, or may no longer, hide their name on a message."""

    on: bool


class RoomClosed(Event, frozen=True, tag="room.closed"):
    """The room can be read and no longer written in."""


class RoomReopened(Event, frozen=True, tag="room.reopened"):
    """The room can be written in again."""


class OwnMessage(Event, frozen=True, tag="message.own"):
    """Tells its author's own devices which message with a hidden name is theirs."""

    audience: ClassVar[Audience] = Audience.PERSON
    room: RoomId
    message: MessageId


class RoomAdmitted(Event, frozen=True, tag="room.admitted"):
    """A room that was not mine to enter now is."""

    audience: ClassVar[Audience] = Audience.PERSON
    room: RoomId


class RoomDismissed(Event, frozen=True, tag="room.dismissed"):
    """A room that was mine to enter no longer is."""

    audience: ClassVar[Audience] = Audience.PERSON
    room: RoomId


class RightsChanged(Event, frozen=True, tag="rights.changed"):
    """What I may do here has changed: ask anew."""

    audience: ClassVar[Audience] = Audience.PERSON


class RolesWaiting(Event, frozen=True, tag="roles.waiting"):
    """Somebody waits for a keeper's yes to a role, or no longer does: a keeper's own home says who."""

    audience: ClassVar[Audience] = Audience.PERSON


RoomEvent = (
    MessagePosted
    | MessageEdited
    | MessageRemoved
    | AuthorErased
    | MessagesErased
    | RoomOpened
    | RoomRenamed
    | RoomVisibilitySet
    | HiddenNamesSet
    | RoomClosed
    | RoomReopened
)
PersonEvent = OwnMessage | RoomAdmitted | RoomDismissed | RightsChanged | RolesWaiting
