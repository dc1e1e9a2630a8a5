"""What must be known of members and rooms to decide on a command. Loaded under the community's lock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from community.door import Admits, DoorLine
from rooms.contract import Code, Event, Refused
from rooms.ids import CommunityId, PersonId, RoomId, StreamId
from rooms.rights import Deed, Place, Role, Standing, Visibility, may
from rooms.room import RoomState

# Given only by an invitation made for staff, and never chosen: others trust it.
STAFF = "staff"


def shown_standing(standing: str | None, *, shows: bool) -> str | None:
    """The standing that others see beside a name: one that was chosen only when its owner wants it, staff always.

    Whoever talks with staff has to know it, and nobody can choose to be staff.
    """
    return standing if shows or standing == STAFF else None


# Each person told costs a row and a lock inside the command. Beyond, a closing stream and the next look tell them.
TOLD_LIMIT = 200

NO_ROLES: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class AwaitedRole:
    """A role that somebody is to have once a keeper has said yes, and the standing that comes with it."""

    role: Role
    room: RoomId | None = None
    standing: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person's place in one community. `roles` are those of the community; rooms have theirs besides.

    `asked` are roles that wait for a keeper's yes, and give no right until then. Without `has_force` those that are
    held give none either: the member has yet to show who they are, with a passkey. `removed`: who is no member any
    more was taken out by a keeper.
    """

    person: PersonId
    name: str = ""
    standing: str | None = None
    shows_standing: bool = False
    member: bool = True
    roles: frozenset[Role] = frozenset({Role.MEMBER})
    room_roles: Mapping[RoomId, frozenset[Role]] = field(default_factory=lambda: MappingProxyType({}))
    asked: frozenset[AwaitedRole] = frozenset()
    has_force: bool = True
    admitted: frozenset[RoomId] = frozenset()
    accepted: bool = True
    muted_until_ms: int = 0
    joined_ms: int = 0
    removed: bool = False

    @property
    def shown_standing(self) -> str | None:
        """How the member comes here, as far as others see it beside the name."""
        return shown_standing(self.standing, shows=self.shows_standing)

    def at(self, room: RoomId | None) -> Standing:
        """What the rights table asks of this member in `room`, or in the community when there is none."""
        return Standing(
            person=self.person,
            name=self.name,
            standing=self.shown_standing,
            member=self.member,
            roles=self._held_in(room) if self.has_force else frozenset({Role.MEMBER}),
            admitted=room in self.admitted,
            accepted=self.accepted,
            muted_until_ms=self.muted_until_ms,
        )

    def _held_in(self, room: RoomId | None) -> frozenset[Role]:
        return self.roles | (self.room_roles.get(room, NO_ROLES) if room is not None else NO_ROLES)

    def awaits(self, role: Role, room: RoomId | None) -> AwaitedRole | None:
        """What the member waits for, when it is `role` in the community, or in that one room."""
        return next((one for one in self.asked if (one.role, one.room) == (role, room)), None)

    def holds(self, role: Role, room: RoomId | None) -> bool:
        """Whether the member has `role` in the community, or in that one room, with force or without."""
        return role in (self.roles if room is None else self.room_roles.get(room, NO_ROLES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A room as the community lists it."""

    id: RoomId
    state: RoomState

    @property
    def place(self) -> Place:
        """What the rights table asks about the room."""
        return self.state.place


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a community states of itself."""

    id: CommunityId
    name: str
    purpose: str
    values: tuple[str, ...]
    commitments: tuple[str, ...] = ()
    standings: tuple[str, ...]
    runs_it: str
    contact: str
    admits: Admits = Admits.ADULTS
    lead: str = ""
    lead_contact: str = ""
    door: Mapping[DoorLine, str] = field(default_factory=lambda: MappingProxyType({}))
    set_up: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes of a command. `events` go to the community's stream, `also` to others.

    `narrow` names who may see less from now on; an empty person means that everyone there is to be asked again.
    """

    events: tuple[Event, ...] = ()
    also: tuple[tuple[StreamId, Event], ...] = ()
    narrow: tuple[tuple[StreamId, PersonId | None], ...] = ()
    opens: tuple[tuple[StreamId, str], ...] = ()


def require(who: Member | None, deed: Deed, *, room: Room | None = None, now_ms: int) -> Member:
    """`who`, who may do `deed`. Refused when they may not, alike for strangers and for rooms that are not there."""
    if who is None:
        raise Refused(Code.NOT_FOUND)
    standing = who.at(None if room is None else room.id)
    code = may(standing, deed, place=None if room is None else room.place, now_ms=now_ms)
    if code is not None:
        raise Refused(code)
    return who


def existing(found: Room | None) -> Room:
    """The room that was meant, which exists."""
    if found is None:
        raise Refused(Code.NOT_FOUND)
    return found


def shown_to_all(room: Room) -> bool:
    """Whether every member sees the room in the list."""
    return room.state.visibility is Visibility.COMMUNITY
