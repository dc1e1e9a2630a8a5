"""What travels on the live connection, in both directions, around commands, events and signals.

A client frame is one `Ask`. A server frame is a list of items, so that a batch is one frame.
"""

from typing import Annotated

from msgspec import Meta, Struct

from community.events import CommunityEvent
from rooms.commands import LiveCommand, Reaction
from rooms.contract import Code
from rooms.events import Author, PersonEvent, RemovedBy, RoomEvent
from rooms.ids import CommunityId, MessageId, PersonId, RoomId, StreamId
from rooms.rights import Role, Visibility
from rooms.signals import Counts, PersonSignal, RoomSignal, RosterChanged

# Raised when an older browser page could misread what is sent.
CONTRACT = 1

# The longest message in any writing, with room to spare; more is no client's honest need.
FRAME_LIMIT_BYTES = 65_536

SUBPROTOCOL_JSON = "hearth.v1.json"
SUBPROTOCOL_MSGPACK = "hearth.v1.msgpack"

AnyEvent = RoomEvent | PersonEvent | CommunityEvent
AnySignal = RoomSignal | PersonSignal


class Ask(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A client frame: a command, and the number by which its answer will be known."""

    ref: Annotated[int, Meta(ge=0, le=2**31)]
    do: LiveCommand


class Item(Struct, frozen=True, kw_only=True, tag_field="t", omit_defaults=True):
    """One thing in a server frame."""


class Hello(Item, frozen=True, tag="hello"):
    """The first item on every connection. Another `contract` than the page was made for: offer to reload."""

    contract: int
    person: PersonId
    now_ms: int
    tab: str


class Receipt(Item, frozen=True, tag="receipt"):
    """The command is done and stored. `seq` is its number on the stream, `rev` that of the tally it changed."""

    ref: int
    message: MessageId | None = None
    seq: int | None = None
    rev: int | None = None
    at_ms: int | None = None


class Refusal(Item, frozen=True, tag="refusal"):
    """The command was not done. `code` says why, `params` fill the words; `retry_ms` says when to try again."""

    ref: int
    code: Code
    params: dict[str, str | int] = {}
    retry_ms: int | None = None


class Happened(Item, frozen=True, tag="event"):
    """An event: its stream, its number there, when it was, and what it was."""

    stream: StreamId
    seq: int
    at_ms: int
    event: AnyEvent


class Now(Item, frozen=True, tag="signal"):
    """A signal on a stream."""

    stream: StreamId
    signal: AnySignal


class MessageView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message as it stands now. `text` is null, and `removed` says why, when it was taken out."""

    message: MessageId
    seq: int
    after: int
    at_ms: int
    author: Author
    text: str | None = None
    reply_to: MessageId | None = None
    mentions: tuple[PersonId, ...] = ()
    edited_ms: int | None = None
    removed: RemovedBy | None = None
    counts: Counts = {}


class Page(Struct, frozen=True, kw_only=True):
    """Messages in the order of the page, each followed by nothing of its own: replies are listed in `replies`.

    `earlier` and `later` are opaque cursors; null when there is nothing more on that side.
    """

    messages: tuple[MessageView, ...]
    replies: tuple[MessageView, ...]
    earlier: str | None = None
    later: str | None = None


class PageMine(Struct, frozen=True, kw_only=True):
    """My own part of a page: my reactions there, and which messages with a hidden name are mine."""

    reactions: dict[MessageId, tuple[Reaction, ...]]
    own: tuple[MessageId, ...]


class HistoryPage(Page, frozen=True, kw_only=True):
    """A page asked for by REST, with my own part of it."""

    mine: PageMine


class RoomView(Struct, frozen=True, kw_only=True):
    """A room as its members see it."""

    room: RoomId
    community: CommunityId
    slug: str
    title: str
    purpose: str
    visibility: Visibility
    hide_names: bool
    closed: bool


class RoomSnapshot(Struct, frozen=True, kw_only=True, tag_field="t", tag="room"):
    """The part of a room that is the same for all who see it, as it stands at the answer's `seq`."""

    room: RoomView
    page: Page
    rev: int
    roster: RosterChanged


class RoomMine(Struct, frozen=True, kw_only=True):
    """My own part of a room: how far I have read, what I may do, my reactions, my messages with a hidden name."""

    name: str
    standing: str | None
    roles: tuple[Role, ...]
    admitted: bool
    accepted: bool
    muted_until_ms: int
    read_seq: int
    unread: int
    reactions: dict[MessageId, tuple[Reaction, ...]]
    own: tuple[MessageId, ...]


class Following(Item, frozen=True, tag="following"):
    """The answer to `stream.follow`.

    `resumed` true: the missed events come next, from the number after the one asked for. False: nothing is known
    to be missing only from here on; a room brings its `snapshot`, other streams are asked for anew by REST.
    `rev` is the revision at which a room's tallies stand now: who knows an older one asks for the totals.
    """

    ref: int
    stream: StreamId
    epoch: str
    seq: int
    resumed: bool
    rev: int | None = None
    snapshot: RoomSnapshot | None = None
    mine: RoomMine | None = None


class Ended(Item, frozen=True, tag="ended"):
    """A stream is no longer followed, because the right to it ended or it is gone."""

    stream: StreamId
    code: Code


class Moving(Item, frozen=True, tag="moving"):
    """This node is going down. Come back in `retry_ms`; nothing is lost."""

    retry_ms: int


ServerItem = Hello | Receipt | Refusal | Happened | Now | Following | Ended | Moving


class PollFollow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a polling client stands on one stream."""

    stream: StreamId
    epoch: str | None = None
    after: Annotated[int, Meta(ge=0)] = 0


class Poll(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST /live/poll`: where the client stands on each stream, and what it asks for.

    The answer is a list of items as on a socket, given as soon as there is one, within `wait_s` at most.
    """

    tab: Annotated[str, Meta(min_length=8, max_length=64)]
    streams: Annotated[tuple[PollFollow, ...], Meta(max_length=32)]
    asks: Annotated[tuple[Ask, ...], Meta(max_length=64)] = ()
    wait_s: Annotated[int, Meta(ge=0, le=25)] = 25


class Close(int):
    """Close codes. 4400 to 4499: do not come back by yourself. 4500 to 4599: come back with your cursors."""


MALFORMED = Close(4400)
SIGNED_OUT = Close(4401)
NOT_FOUND = Close(4404)
TOO_LARGE = Close(4413)
INTERNAL = Close(4500)
STALLED = Close(4502)
MOVING = Close(4503)
