"""What a community's members are told. The union at the end is the registry."""

from typing import ClassVar

from rooms.contract import Audience, Event
from rooms.ids import PersonId, RoomId
from rooms.rights import Role


class _CommunityEvent(Event, frozen=True):
    audience: ClassVar[Audience] = Audience.COMMUNITY


class CommunityFounded(_CommunityEvent, frozen=True, tag="community.founded"):
    """The community begins."""

    name: str


class CommunityChanged(_CommunityEvent, frozen=True, tag="community.changed"):
    """The purpose, values or the way to reach who runs it were said anew: ask for them."""


class MemberJoined(_CommunityEvent, frozen=True, tag="member.joined"):
    """Someone has come in."""

    person: PersonId
    name: str


class MemberRenamed(_CommunityEvent, frozen=True, tag="member.renamed"):
    """Someone is called something else from now on. What they said before keeps the name it was said under."""

    person: PersonId
    name: str


class MemberLeft(_CommunityEvent, frozen=True, tag="member.left"):
    """Someone is a member no longer."""

    person: PersonId


class MemberErased(_CommunityEvent, frozen=True, tag="member.erased"):
    """Someone has erased themselves: their name stands nowhere any more, and they are a member no longer."""

    person: PersonId


class RoleGiven(_CommunityEvent, frozen=True, tag="role.given"):
    """A member has a role they did not have."""

    person: PersonId
    role: Role
    room: RoomId | None = None


class RoleTaken(_CommunityEvent, frozen=True, tag="role.taken"):
    """A member no longer has a role."""

    person: PersonId
    role: Role
    room: RoomId | None = None


class RoomListed(_CommunityEvent, frozen=True, tag="room.listed"):
    """A room's line in the list is new or says something new: ask for the list."""

    room: RoomId


class NewsTold(_CommunityEvent, frozen=True, tag="news.told"):
    """People were told something. What it is, and whether it is for me, my home says."""


CommunityEvent = (
    CommunityFounded
    | CommunityChanged
    | MemberJoined
    | MemberRenamed
    | MemberLeft
    | MemberErased
    | RoleGiven
    | RoleTaken
    | RoomListed
    | NewsTold
)
