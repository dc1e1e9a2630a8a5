"""The one table of who may do what, as values and pure rules.

The same table refuses the command, hides the read path and tells the browser which actions to draw.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import assert_never

from msgspec import Struct

from rooms.contract import Code
from rooms.ids import PersonId


class Role(StrEnum):
    """What a member may do. Roles add up."""

    MEMBER = "member"
    MODERATOR = "moderator"
    HOST = "host"
    KEEPER = "keeper"


class Visibility(StrEnum):
    """Who may be in a room."""

    COMMUNITY = "community"  # every member
    INVITED = "invited"  # those let in, and keepers
    TEAM = "team"  # hosts, moderators and keepers


TEAM = frozenset({Role.MODERATOR, Role.HOST, Role.KEEPER})
HOSTS = frozenset({Role.HOST, Role.KEEPER})
KEEPERS = frozenset({Role.KEEPER})
EVERYONE = frozenset(Role)


class Deed(StrEnum):
    """Something that needs a right. A live command has the name of its deed."""

    READ = "room.read"
    POST = "message.post"
    EDIT = "message.edit"
    REMOVE = "message.remove"
    REACT = "reaction.set"
    MARK_READ = "place.mark"
    TYPE = "typing.tell"
    READ_BACKSTAGE = "backstage.read"
    READ_COMMUNITY = "community.read"
    ACCEPT_VALUES = "values.accept"
    CHANGE_NAME = "name.change"
    LEAVE = "community.leave"
    OPEN_ROOM = "room.open"
    CHANGE_ROOM = "room.change"
    CLOSE_ROOM = "room.close"
    ADMIT = "room.admit"
    LIST_MEMBERS = "members.list"
    SET_ROLES = "roles.set"
    REMOVE_MEMBER = "member.remove"
    END_SESSIONS = "sessions.end"
    INVITE = "invitation.make"
    LIST_INVITATIONS = "invitations.list"
    REVOKE_INVITATION = "invitation.revoke"
    CHANGE_COMMUNITY = "community.change"
    FINISH_SETUP = "setup.finish"
    SEE_HEALTH = "health.see"
    TELL_PEOPLE = "news.tell"
    SEE_OUTBOX = "outbox.see"
    READ_AUDIT = "audit.read"
    SEE_KEEPING = "keeping.see"
    SET_KEEPING = "keeping.set"
    HOLD = "hold.set"


class Rule(Struct, frozen=True, kw_only=True):
    """When a deed is allowed: to which roles, on one's own alone or on anyone's, and with what else in place."""

    roles: frozenset[Role] = EVERYONE
    # Roles that may do it to what is their own; `roles` may do it to anybody's.
    own: frozenset[Role] = frozenset()
    # The person has said yes to the community's values ("Just listen" has not).
    accepted: bool = False
    # Nobody has muted them.
    unmuted: bool = False
    # The room is open; a closed one is only read.
    open: bool = False
    # The deed happens in a room, so the person must be able to read there.
    in_room: bool = False


NOBODY: frozenset[Role] = frozenset()

RIGHTS: Mapping[Deed, Rule] = MappingProxyType(
    {
        Deed.READ: Rule(in_room=True),
        Deed.POST: Rule(in_room=True, accepted=True, unmuted=True, open=True),
        Deed.EDIT: Rule(roles=NOBODY, own=EVERYONE, in_room=True, accepted=True, unmuted=True, open=True),
        # One's own words can always be taken back, also when muted or after the close.
        Deed.REMOVE: Rule(roles=TEAM, own=EVERYONE, in_room=True),
        Deed.REACT: Rule(in_room=True, accepted=True, unmuted=True, open=True),
        Deed.MARK_READ: Rule(in_room=True),
        Deed.TYPE: Rule(in_room=True, accepted=True, unmuted=True, open=True),
        Deed.READ_BACKSTAGE: Rule(roles=TEAM, in_room=True),
        Deed.READ_COMMUNITY: Rule(),
        Deed.ACCEPT_VALUES: Rule(),
        Deed.CHANGE_NAME: Rule(),
        Deed.LEAVE: Rule(),
        Deed.OPEN_ROOM: Rule(roles=HOSTS, accepted=True),
        Deed.CHANGE_ROOM: Rule(roles=HOSTS, in_room=True, accepted=True),
        Deed.CLOSE_ROOM: Rule(roles=HOSTS, in_room=True, accepted=True),
        Deed.ADMIT: Rule(roles=HOSTS, in_room=True, accepted=True),
        Deed.LIST_MEMBERS: Rule(roles=KEEPERS),
        Deed.SET_ROLES: Rule(roles=KEEPERS, accepted=True),
        Deed.REMOVE_MEMBER: Rule(roles=KEEPERS, accepted=True),
        Deed.END_SESSIONS: Rule(roles=KEEPERS, accepted=True),
        Deed.INVITE: Rule(roles=KEEPERS, accepted=True),
        Deed.LIST_INVITATIONS: Rule(roles=KEEPERS),
        Deed.REVOKE_INVITATION: Rule(roles=KEEPERS),
        Deed.CHANGE_COMMUNITY: Rule(roles=KEEPERS, accepted=True),
        Deed.FINISH_SETUP: Rule(roles=KEEPERS, accepted=True),
        Deed.SEE_HEALTH: Rule(roles=KEEPERS),
        Deed.TELL_PEOPLE: Rule(roles=HOSTS, in_room=True, accepted=True, open=True),
        Deed.SEE_OUTBOX: Rule(roles=KEEPERS),
        Deed.READ_AUDIT: Rule(roles=KEEPERS),
        Deed.SEE_KEEPING: Rule(roles=KEEPERS),
        Deed.SET_KEEPING: Rule(roles=KEEPERS, accepted=True),
        Deed.HOLD: Rule(roles=KEEPERS, accepted=True),
    }
)


class Standing(Struct, frozen=True, kw_only=True):
    """What is known of a person where they act, loaded under the lock.

    `roles` are those of the community and of the room together. `member` is false for someone who is not, or
    no longer, a member.
    """

    person: PersonId
    name: str = ""
    standing: str | None = None
    member: bool = False
    roles: frozenset[Role] = frozenset()
    admitted: bool = False
    accepted: bool = False
    muted_until_ms: int = 0


class Place(Struct, frozen=True, kw_only=True):
    """What the rules need to know of the room that a deed happens in."""

    visibility: Visibility = Visibility.COMMUNITY
    closed: bool = False


def may_read(who: Standing, place: Place) -> bool:
    """Whether `who` may see anything of the room. Every read path asks this."""
    if not who.member:
        return False
    match place.visibility:
        case Visibility.COMMUNITY:
            return True
        case Visibility.INVITED:
            return who.admitted or Role.KEEPER in who.roles
        case Visibility.TEAM:
            return bool(who.roles & TEAM)
    assert_never(place.visibility)


def may(who: Standing, deed: Deed, *, place: Place | None, now_ms: int, own: bool = False) -> Code | None:
    """Why `who` may not do `deed` just now; None when they may.

    Whoever may not read a place is told the same as if it did not exist.
    """
    rule = RIGHTS[deed]
    if not who.member or (rule.in_room and (place is None or not may_read(who, place))):
        return Code.NOT_FOUND
    if not who.roles & (rule.roles | rule.own if own else rule.roles):
        return Code.NOT_ALLOWED
    if rule.accepted and not who.accepted:
        return Code.VALUES_FIRST
    if rule.open and place is not None and place.closed:
        return Code.ROOM_CLOSED
    if rule.unmuted and who.muted_until_ms > now_ms:
        return Code.MUTED
    return None


def badge(who: Standing) -> Role | None:
    """The role shown beside a name: the one that says most about why this person speaks."""
    for role in (Role.HOST, Role.MODERATOR, Role.KEEPER):
        if role in who.roles:
            return role
    return None
