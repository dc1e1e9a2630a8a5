"""What is true in a room just now. The unions at the end are the registry."""

from typing import ClassVar

from msgspec import Struct

from rooms.commands import Reaction
from rooms.contract import Audience, Signal
from rooms.ids import MessageId, PersonId, RoomId
from rooms.rights import Role

Counts = dict[Reaction, int]


class Present(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One person who is here now, however many tabs they have open."""

    person: PersonId
    name: str
    standing: str | None = None
    role: Role | None = None


class RosterChanged(Signal, frozen=True, tag="roster.changed"):
    """Who is here: the number, and the people. Above 50 people only the team is named.

    `known` is false while it can't be told who is here on other nodes: then these are only some of them.
    """

    count: int
    people: tuple[Present, ...]
    named_all: bool = True
    known: bool = True


class TypingChanged(Signal, frozen=True, tag="typing.changed"):
    """Who is writing: three at most are named, `more` counts the rest."""

    people: tuple[Present, ...]
    more: int = 0


class PressureChanged(Signal, frozen=True, tag="pressure.changed"):
    """So many are writing that some are asked to wait a moment (`high`), or no longer. Of interest to the team."""

    high: bool


class Tally(Struct, frozen=True, kw_only=True):
    """How often each reaction stands under one message."""

    message: MessageId
    counts: Counts


class TallyChanged(Signal, frozen=True, tag="tally.changed"):
    """The totals of these messages as they are at `rev`.

    Who has not seen `since` has missed one and asks for the totals.
    """

    since: int
    rev: int
    tallies: tuple[Tally, ...]


class PlaceMoved(Signal, frozen=True, tag="place.moved"):
    """I have read further, on another of my devices."""

    audience: ClassVar[Audience] = Audience.PERSON
    room: RoomId
    seq: int
    unread: int


class OwnReaction(Signal, frozen=True, tag="reaction.own"):
    """I reacted, or took it back, on another of my devices."""

    audience: ClassVar[Audience] = Audience.PERSON
    room: RoomId
    message: MessageId
    reaction: Reaction
    on: bool


class WayUsed(Signal, frozen=True, tag="way.used"):
    """My way back has just let another device in as me. Which one, and what I can do, `/api/me` says."""

    audience: ClassVar[Audience] = Audience.PERSON


RoomSignal = RosterChanged | TypingChanged | TallyChanged | PressureChanged
PersonSignal = PlaceMoved | OwnReaction | WayUsed
