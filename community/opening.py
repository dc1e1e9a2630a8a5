"""Rooms of a community: opened, changed, closed and opened again, and who is told of it."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace as changed

from community.commands import ChangeRoom, CloseRoom, OpenRoom
from community.events import RoomListed
from community.facts import TOLD_LIMIT, Member, Outcome, Room, existing, require, shown_to_all
from community.text import line, passage
from rooms.contract import Code, Event, Refused
from rooms.events import (
    HiddenNamesSet,
    RoomAdmitted,
    RoomClosed,
    RoomDismissed,
    RoomOpened,
    RoomRenamed,
    RoomReopened,
    RoomVisibilitySet,
)
from rooms.ids import PersonId, RoomId, StreamId, backstage_stream, person_stream, room_stream
from rooms.rights import Deed, Place, Visibility, may_read
from rooms.room import RoomState

TITLE_LIMIT = 80
PURPOSE_LIMIT = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFacts:
    """What must be known to open or change a room. `concerned`: the team, and whoever was let in."""

    actor: Member | None
    room: Room | None
    slug_taken: bool
    concerned: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class RoomChanged:
    """The room as it is from now on, and whether the one who changed it has to be let in to stay in it."""

    outcome: Outcome
    state: RoomState
    admits_actor: bool


def open_room(facts: RoomFacts, command: OpenRoom, *, now_ms: int) -> RoomChanged | None:
    """A new room; None when it was opened by this very command before."""
    actor = require(facts.actor, Deed.OPEN_ROOM, now_ms=now_ms)
    if facts.room is not None:
        return None
    if facts.slug_taken:
        raise Refused(Code.SLUG_TAKEN)
    state = RoomState(
        community=command.community,
        slug=command.slug,
        title=line(command.title, limit=TITLE_LIMIT),
        purpose=passage(command.purpose, limit=PURPOSE_LIMIT),
        visibility=command.visibility,
        hide_names=command.hide_names,
    )
    room = Room(id=command.room, state=state)
    told = () if shown_to_all(room) else _told(facts, room.id, before=None, after=_opened_to(room, actor))
    kept = msgspec.json.encode(state).decode()
    outcome = Outcome(
        events=_listed(room),
        also=((room_stream(room.id), _opened(state)), *told),
        opens=((room_stream(room.id), kept), (backstage_stream(room.id), kept)),
    )
    return RoomChanged(outcome, state, admits_actor=state.visibility is Visibility.INVITED)


def _opened(state: RoomState) -> RoomOpened:
    return RoomOpened(
        title=state.title, purpose=state.purpose, visibility=state.visibility, hide_names=state.hide_names
    )


def _listed(room: Room) -> tuple[Event, ...]:
    return (RoomListed(room=room.id),) if shown_to_all(room) else ()


@dataclass(frozen=True, slots=True)
class _Opening:
    """A place, and the one person who is let into it by making it so."""

    place: Place
    host: PersonId | None = None

    def reads(self, who: Member, room: RoomId) -> bool:
        standing = who.at(room)
        if who.person == self.host:
            standing = changed(standing, admitted=True)
        return may_read(standing, self.place)


def _opened_to(room: Room, actor: Member) -> _Opening:
    return _Opening(room.place, actor.person if room.state.visibility is Visibility.INVITED else None)


def _told(
    facts: RoomFacts, room: RoomId, *, before: _Opening | None, after: _Opening
) -> tuple[tuple[StreamId, Event], ...]:
    """The news to each person concerned for whom the room was not there and now is, or the other way round."""
    told: list[tuple[StreamId, Event]] = []
    for who in facts.concerned[:TOLD_LIMIT]:
        could, can = before is not None and before.reads(who, room), after.reads(who, room)
        if can and not could:
            told.append((person_stream(who.person), RoomAdmitted(room=room)))
        elif could and not can:
            told.append((person_stream(who.person), RoomDismissed(room=room)))
    return tuple(told)


def change_room(facts: RoomFacts, command: ChangeRoom, *, now_ms: int) -> RoomChanged | None:
    """The room's title, purpose, visibility or rule for names said anew; None when nothing differs."""
    actor = require(facts.actor, Deed.CHANGE_ROOM, room=facts.room, now_ms=now_ms)
    room = existing(facts.room)
    after = Room(id=room.id, state=_said_anew(room.state, command))
    if after.state == room.state:
        return None
    outcome = Outcome(
        events=(RoomListed(room=room.id),) if shown_to_all(room) or shown_to_all(after) else (),
        also=(
            *((room_stream(room.id), event) for event in _differences(room.state, after.state)),
            *_news(facts, actor, before=room, after=after),
        ),
        narrow=_everyone(room.id) if _narrows(room.state.visibility, after.state.visibility) else (),
    )
    becomes_invited = after.state.visibility is Visibility.INVITED is not room.state.visibility
    return RoomChanged(outcome, after.state, admits_actor=becomes_invited)


def _narrows(before: Visibility, after: Visibility) -> bool:
    """Whether someone may see less than before: so it is between team and invited, both ways."""
    return before is not after and after is not Visibility.COMMUNITY


def _news(facts: RoomFacts, actor: Member, *, before: Room, after: Room) -> tuple[tuple[StreamId, Event], ...]:
    if shown_to_all(before) or shown_to_all(after):
        return ()  # the whole community is told by the list
    return _told(facts, before.id, before=_Opening(before.place), after=_opened_to(after, actor))


def _said_anew(state: RoomState, command: ChangeRoom) -> RoomState:
    return changed(
        state,
        title=state.title if command.title is None else line(command.title, limit=TITLE_LIMIT),
        purpose=state.purpose if command.purpose is None else passage(command.purpose, limit=PURPOSE_LIMIT),
        visibility=state.visibility if command.visibility is None else command.visibility,
        hide_names=state.hide_names if command.hide_names is None else command.hide_names,
    )


def _differences(before: RoomState, after: RoomState) -> Iterable[Event]:
    if (before.title, before.purpose) != (after.title, after.purpose):
        yield RoomRenamed(title=after.title, purpose=after.purpose)
    if before.visibility is not after.visibility:
        yield RoomVisibilitySet(visibility=after.visibility)
    if before.hide_names is not after.hide_names:
        yield HiddenNamesSet(on=after.hide_names)


def differs(before: Room | None, after: RoomState) -> dict[str, str | bool]:
    """What is different about a room, in codes: what it is called now is for those who may read it."""
    said: dict[str, str | bool] = {}
    for event in _differences(existing(before).state, after):
        match event:
            case RoomVisibilitySet(visibility=visibility):
                said["visibility"] = visibility.value
            case HiddenNamesSet(on=on):
                said["hide_names"] = on
            case _:
                said["renamed"] = True
    return said


def _everyone(room: RoomId) -> tuple[tuple[StreamId, PersonId | None], ...]:
    return ((backstage_stream(room), None), (room_stream(room), None))


def close_room(facts: RoomFacts, command: CloseRoom, *, now_ms: int) -> Outcome | None:
    """Let a room only be read, or open it again; None when it is so already."""
    require(facts.actor, Deed.CLOSE_ROOM, room=facts.room, now_ms=now_ms)
    room = existing(facts.room)
    if room.state.closed == command.closed:
        return None
    event: Event = RoomClosed() if command.closed else RoomReopened()
    return Outcome(events=_listed(room), also=((room_stream(room.id), event),))
