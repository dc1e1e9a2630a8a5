"""What may be said in a room and what comes of it: pure functions of the room's state, the facts and the command."""

from dataclasses import dataclass, field
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from rooms.commands import (
    MENTIONS_LIMIT,
    EditMessage,
    PostMessage,
    Reaction,
    RemoveMessage,
    RoomCommand,
    SetReaction,
)
from rooms.contract import Code, Refused
from rooms.events import (
    Author,
    AuthorErased,
    HiddenNamesSet,
    MessageEdited,
    MessagePosted,
    MessageRemoved,
    MessagesErased,
    RemovedBy,
    RoomClosed,
    RoomEvent,
    RoomOpened,
    RoomRenamed,
    RoomReopened,
    RoomVisibilitySet,
)
from rooms.ids import CommunityId, MessageId, PersonId
from rooms.rights import Deed, Place, Standing, Visibility, badge, may
from rooms.text import clean


class RoomState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The small state that decisions in a room need. It is kept, encoded, on the row of the room's stream.

    A field that a later version adds is only written where it says something, so that older nodes can go on elsewhere.
    """

    community: CommunityId
    slug: str = ""
    title: str = ""
    purpose: str = ""
    visibility: Visibility = Visibility.COMMUNITY
    hide_names: bool = True
    closed: bool = False

    @property
    def place(self) -> Place:
        """What the rights table asks about the room."""
        return Place(visibility=self.visibility, closed=self.closed)


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """What must be known of a message to decide on it."""

    author: PersonId
    removed: bool
    is_reply: bool


@dataclass(slots=True)
class Facts:
    """What was loaded under the lock for one batch. Each decision is noted here, so that the next one knows it."""

    standings: dict[PersonId, Standing] = field(default_factory=dict)
    messages: dict[MessageId, MessageFacts] = field(default_factory=dict)
    reactions: set[tuple[MessageId, PersonId, Reaction]] = field(default_factory=set)

    def of(self, person: PersonId) -> Standing:
        """What is known of `person`; a stranger when nothing is."""
        return self.standings.get(person) or Standing(person=person)


@dataclass(frozen=True, slots=True)
class Counted:
    """A reaction that was added or taken back: rows and a tally change, no event."""

    message: MessageId
    person: PersonId
    reaction: Reaction
    on: bool


def decide(
    state: RoomState, facts: Facts, command: RoomCommand, *, who: PersonId, new: MessageId, now_ms: int
) -> RoomEvent | Counted | None:
    """What comes of `command`, asked by `who`; None when it is so already. Raises `Refused`.

    `new` is the id that a new message, and the pseudonym of a hidden name, are to have.
    """
    match command:
        case PostMessage():
            return _post(state, facts, command, who=facts.of(who), new=new, now_ms=now_ms)
        case EditMessage():
            return _edit(state, facts, command, who=facts.of(who), now_ms=now_ms)
        case RemoveMessage():
            return _remove(state, facts, command, who=facts.of(who), now_ms=now_ms)
        case SetReaction():
            return _react(state, facts, command, who=facts.of(who), now_ms=now_ms)
    assert_never(command)


def _require(state: RoomState, who: Standing, deed: Deed, *, now_ms: int, own: bool = False) -> None:
    code = may(who, deed, place=state.place, now_ms=now_ms, own=own)
    if code is not None:
        raise Refused(code)


def _post(
    state: RoomState, facts: Facts, command: PostMessage, *, who: Standing, new: MessageId, now_ms: int
) -> MessagePosted:
    _require(state, who, Deed.POST, now_ms=now_ms)
    text = clean(command.text)
    if command.hide_name and not state.hide_names:
        raise Refused(Code.NAMES_ARE_SHOWN)
    if command.reply_to is not None:
        _require_answerable(facts, command.reply_to)
    author = Author(alias=new) if command.hide_name else author_of(who)
    mentions = _mentions(state, facts, command.mentions)
    facts.messages[new] = MessageFacts(who.person, removed=False, is_reply=command.reply_to is not None)
    return MessagePosted(message=new, author=author, text=text, reply_to=command.reply_to, mentions=mentions)


def author_of(who: Standing) -> Author:
    """How `who` is shown beside what they say."""
    return Author(person=who.person, name=who.name, standing=who.standing, role=badge(who))


def _require_answerable(facts: Facts, parent: MessageId) -> None:
    found = facts.messages.get(parent)
    if found is None:
        raise Refused(Code.NOT_FOUND)
    if found.removed:
        raise Refused(Code.ALREADY_REMOVED)
    if found.is_reply:
        raise Refused(Code.REPLY_TO_REPLY)


def _mentions(state: RoomState, facts: Facts, named: tuple[PersonId, ...]) -> tuple[PersonId, ...]:
    """The people named who can read it, each once. Whoever can't is left out, so that nobody can be probed for."""
    once = tuple(dict.fromkeys(named))
    if len(once) > MENTIONS_LIMIT:
        raise Refused(Code.TOO_MANY_MENTIONS, limit=MENTIONS_LIMIT)
    return tuple(p for p in once if may(facts.of(p), Deed.READ, place=state.place, now_ms=0) is None)


def _existing(facts: Facts, message: MessageId) -> MessageFacts:
    found = facts.messages.get(message)
    if found is None:
        raise Refused(Code.NOT_FOUND)
    return found


def _edit(state: RoomState, facts: Facts, command: EditMessage, *, who: Standing, now_ms: int) -> MessageEdited:
    _require(state, who, Deed.READ, now_ms=now_ms)
    found = _existing(facts, command.message)
    _require(state, who, Deed.EDIT, now_ms=now_ms, own=found.author == who.person)
    if found.removed:
        raise Refused(Code.ALREADY_REMOVED)
    mentions = _mentions(state, facts, command.mentions)
    return MessageEdited(message=command.message, text=clean(command.text), mentions=mentions)


def _remove(
    state: RoomState, facts: Facts, command: RemoveMessage, *, who: Standing, now_ms: int
) -> MessageRemoved | None:
    _require(state, who, Deed.READ, now_ms=now_ms)
    found = _existing(facts, command.message)
    own = found.author == who.person
    _require(state, who, Deed.REMOVE, now_ms=now_ms, own=own)
    if found.removed:
        return None
    facts.messages[command.message] = MessageFacts(found.author, removed=True, is_reply=found.is_reply)
    return MessageRemoved(message=command.message, by=RemovedBy.AUTHOR if own else RemovedBy.TEAM)


def _react(state: RoomState, facts: Facts, command: SetReaction, *, who: Standing, now_ms: int) -> Counted | None:
    _require(state, who, Deed.REACT, now_ms=now_ms)
    if _existing(facts, command.message).removed:
        raise Refused(Code.ALREADY_REMOVED)
    mine = (command.message, who.person, command.reaction)
    if (mine in facts.reactions) == command.on:
        return None
    (facts.reactions.add if command.on else facts.reactions.discard)(mine)
    return Counted(command.message, who.person, command.reaction, command.on)


def evolve(state: RoomState, event: RoomEvent) -> RoomState:
    """The state after `event`."""
    match event:
        case MessagePosted() | MessageEdited() | MessageRemoved() | AuthorErased() | MessagesErased():
            return state
        case RoomOpened(title=title, purpose=purpose, visibility=visibility, hide_names=hide_names):
            return replace(state, title=title, purpose=purpose, visibility=visibility, hide_names=hide_names)
        case RoomRenamed(title=title, purpose=purpose):
            return replace(state, title=title, purpose=purpose)
        case RoomVisibilitySet(visibility=visibility):
            return replace(state, visibility=visibility)
        case HiddenNamesSet(on=on):
            return replace(state, hide_names=on)
        case RoomClosed():
            return replace(state, closed=True)
        case RoomReopened():
            return replace(state, closed=False)
    assert_never(event)
