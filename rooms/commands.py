"""What a person can ask of a room over the live connection. The union at the end is the registry."""

from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from rooms.contract import Command, Way
from rooms.ids import MessageId, Nonce, PersonId, RoomId, StreamId

# Code points after NFC. The decoder allows more, so that the refusal can say by how much a text is over.
TEXT_LIMIT = 4000
MENTIONS_LIMIT = 20

# In Python `$` lets one line end through, which no browser's would.
RoomRef = Annotated[RoomId, Meta(pattern=r"^[0-9A-Z]{26}(?!\n)$")]
MessageRef = Annotated[MessageId, Meta(pattern=r"^[0-9A-Z]{26}(?!\n)$")]
PersonRef = Annotated[PersonId, Meta(pattern=r"^[0-9A-Z]{26}(?!\n)$")]
NonceRef = Annotated[Nonce, Meta(pattern=r"^[A-Za-z0-9_-]{22}(?!\n)$")]
StreamRef = Annotated[StreamId, Meta(pattern=r"^[a-z]{4,12}:[0-9A-Z]{26}(?!\n)$")]
Words = Annotated[str, Meta(max_length=16_000)]
Mentions = Annotated[tuple[PersonRef, ...], Meta(max_length=100)]


class Reaction(StrEnum):
    """The signs that someone has heard: a small, kind set first, and more behind a button."""

    HEART = "heart"
    THANKS = "thanks"
    ME_TOO = "metoo"
    TELL_MORE = "tellmore"
    IDEA = "idea"
    CLAP = "clap"
    SMILE = "smile"
    LAUGH = "laugh"
    HUG = "hug"
    TEAR = "tear"
    WOW = "wow"
    STRONG = "strong"
    HOPE = "hope"
    YES = "yes"
    LOOK = "look"
    PARTY = "party"
    SUN = "sun"
    FLOWER = "flower"
    TEA = "tea"
    RAINBOW = "rainbow"
    CANDLE = "candle"
    LUCK = "luck"
    STAR = "star"
    PEACE = "peace"


class PostMessage(Command, frozen=True, tag="message.post"):
    """Say something to everyone in a room, or answer one message."""

    room: RoomRef
    nonce: NonceRef
    text: Words
    reply_to: MessageRef | None = None
    mentions: Mentions = ()
    hide_name: bool = False


class EditMessage(Command, frozen=True, tag="message.edit"):
    """Put other words in the place of one's own."""

    room: RoomRef
    nonce: NonceRef
    message: MessageRef
    text: Words
    mentions: Mentions = ()


class RemoveMessage(Command, frozen=True, tag="message.remove"):
    """Take a message out of the room: one's own, or, for the team, anyone's."""

    audited: ClassVar[tuple[str, ...]] = ("message",)
    room: RoomRef
    nonce: NonceRef
    message: MessageRef


class SetReaction(Command, frozen=True, tag="reaction.set"):
    """Add one's own reaction to a message, or take it back. Doing it twice changes nothing."""

    way: ClassVar[Way] = Way.COUNTED
    room: RoomRef
    nonce: NonceRef
    message: MessageRef
    reaction: Reaction
    on: bool


class MarkRead(Command, frozen=True, tag="place.mark"):
    """Remember how far I have read, on all my devices. It never moves back."""

    way: ClassVar[Way] = Way.OWN
    room: RoomRef
    seq: Annotated[int, Meta(ge=0)]


class Type(Command, frozen=True, tag="typing.tell"):
    """Tell the room that I am writing, or have stopped. Not sent while my name is hidden."""

    way: ClassVar[Way] = Way.PASSING
    room: RoomRef
    on: bool


class Follow(Command, frozen=True, tag="stream.follow"):
    """Send me what happens on a stream, from `after` on when the numbering `epoch` still lives.

    Without `epoch` the answer is a snapshot.
    """

    way: ClassVar[Way] = Way.PASSING
    stream: StreamRef
    epoch: str | None = None
    after: Annotated[int, Meta(ge=0)] = 0


class Unfollow(Command, frozen=True, tag="stream.unfollow"):
    """Send me no more of a stream."""

    way: ClassVar[Way] = Way.PASSING
    stream: StreamRef


Streamed = PostMessage | EditMessage | RemoveMessage
Counted = SetReaction
RoomCommand = Streamed | Counted
LiveCommand = PostMessage | EditMessage | RemoveMessage | SetReaction | MarkRead | Type | Follow | Unfollow
