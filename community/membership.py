"""Who belongs: joining, saying yes to the values, names, roles, being let into rooms, and leaving."""

from dataclasses import dataclass, replace

from community.audience import gained, lost, lowered
from community.commands import Admit, ChangeName, EndSessions, Join, Leave, RemoveMember, SetRole, Vouched
from community.events import MemberJoined, MemberLeft, MemberRenamed, RoleGiven, RoleTaken
from community.facts import NO_ROLES, STAFF, TOLD_LIMIT, AwaitedRole, Member, Outcome, Room, existing, require
from community.invitations import Invitation, closed
from community.names import chosen_name, clean_name, looks_full, name_key
from rooms.contract import Code, Event, Refused
from rooms.events import RightsChanged, RolesWaiting, RoomAdmitted, RoomDismissed
from rooms.ids import CommunityId, PersonId, StreamId, community_stream, person_stream
from rooms.rights import TEAM, Deed, Role, Visibility

# As long as a phone that lost the answer to "Join in" is given to ask again. Later, only a session proves who it is.
RETRY_MS = 600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What must be known when someone comes in. `member` is who they are here already, also when they had left.

    `keepers` is asked for when the invitation is to a role, which waits for the yes of one of them.
    """

    member: Member | None
    invitation: Invitation | None
    room: Room | None
    standings: tuple[str, ...]
    name_taken: bool
    # A session proves who they are, not only the same request sent again.
    signed_in: bool
    # Since when the server knows the person, here or in another community; None for someone new.
    known_ms: int | None = None
    keepers: tuple[PersonId, ...] = ()
    # Whose the identity is that an organisation vouches for; None while it is nobody's here.
    identity_of: PersonId | None = None
    # A keeper has taken out whose identity it is, or was; or has taken roles from them that came by a group.
    removed: bool = False
    refused: frozenset[Role] = NO_ROLES

    def is_late(self, since_ms: int, *, now_ms: int) -> bool:
        """Whether it is too late for the same request to be sent again, and nothing else proves who they are."""
        return not self.signed_in and since_ms + RETRY_MS < now_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """How someone comes in: what is written of them. `joins` is false for who was a member already.

    `asked` is what waits for a keeper's yes: whoever has a link, and not who was meant by it, has come so far. `given`
    are roles that are theirs at once, as an organisation answers for them.
    """

    outcome: Outcome
    joins: bool
    name: str
    standing: str | None
    asked: AwaitedRole | None
    admitted: bool
    given: tuple[Role, ...] = ()


def join(arrival: Arrival, command: Join, *, now_ms: int) -> Welcome:
    """How the person comes in; a member goes straight in, with what an invitation adds.

    By an invitation, or because an organisation vouches for them; each alone is enough.
    """
    if command.vouched is not None:
        return _join_vouched(arrival, command, command.vouched, now_ms=now_ms)
    member = arrival.member
    if member is not None and member.member:
        return _come_back(arrival, member, command, now_ms=now_ms)
    code = closed(arrival.invitation, now_ms=now_ms)
    if code is not None or arrival.invitation is None:
        raise Refused(code or Code.INVITATION_UNKNOWN)
    name = _name(arrival, command, now_ms=now_ms)
    return _come_in(arrival, arrival.invitation, command, name=name)


def _name(arrival: Arrival, command: Join, *, now_ms: int) -> str:
    """The name of whoever comes in, as it is shown."""
    if arrival.known_ms is not None and arrival.is_late(arrival.known_ms, now_ms=now_ms):
        raise Refused(Code.CONFLICT)
    name = chosen_name(command.who.name)
    if looks_full(name):
        raise Refused(Code.NAME_LOOKS_FULL)
    if arrival.name_taken:
        raise Refused(Code.NAME_TAKEN)
    return name


def _join_vouched(arrival: Arrival, command: Join, vouched: Vouched, *, now_ms: int) -> Welcome:
    """How somebody comes in whom an organisation vouches for. Whom a keeper has taken out does not."""
    if arrival.identity_of not in {None, command.person}:
        # Joined a moment ago by another window, as another person.
        raise Refused(Code.SIGN_IN_AGAIN)
    member = arrival.member
    if member is not None and member.member:
        # The same request sent again. What was given then stays, and is looked at anew at the next sign-in.
        if arrival.identity_of is None:
            raise Refused(Code.CONFLICT)
        return _as_they_are(member)
    if arrival.removed or (member is not None and member.removed):
        raise Refused(Code.REMOVED_HERE)
    name = _name(arrival, command, now_ms=now_ms)
    given = tuple(sorted((set(vouched.roles) & TEAM) - arrival.refused))
    events = (
        MemberJoined(person=command.person, name=name),
        *(RoleGiven(person=command.person, role=role) for role in given),
    )
    return Welcome(
        outcome=Outcome(events=events, also=((person_stream(command.person), RightsChanged()),)),
        joins=True,
        name=name,
        standing=chosen_standing(command.who.standing, arrival.standings, now=None),
        asked=None,
        admitted=False,
        given=given,
    )


def _come_in(arrival: Arrival, invitation: Invitation, command: Join, *, name: str) -> Welcome:
    person = command.person
    asked = _awaited(invitation)
    # Their own stream is told too: someone from another community, or who had left, has tabs that follow it.
    told = ((person_stream(person), RightsChanged()), *waiting_told(arrival.keepers if asked else ()))
    outcome = Outcome(events=(MemberJoined(person=person, name=name),), also=told)
    # Whoever holds a link to a role need not be who was meant: nothing that it leads to is theirs before the yes.
    given = None if asked else invitation.standing
    standing = given or chosen_standing(command.who.standing, arrival.standings, now=None)
    enters = asked is None and _lets_in(arrival.room)
    return Welcome(outcome=outcome, joins=True, name=name, standing=standing, asked=asked, admitted=enters)


def _awaited(invitation: Invitation) -> AwaitedRole | None:
    if invitation.role is Role.MEMBER:
        return None
    return AwaitedRole(invitation.role, invitation.room, invitation.standing)


def waiting_told(keepers: tuple[PersonId, ...]) -> tuple[tuple[StreamId, Event], ...]:
    """What tells the keepers that somebody waits for their yes, or does not any more."""
    return tuple((person_stream(keeper), RolesWaiting()) for keeper in keepers[:TOLD_LIMIT])


def _lets_in(room: Room | None) -> bool:
    return room is not None and room.state.visibility is Visibility.INVITED


def _come_back(arrival: Arrival, member: Member, command: Join, *, now_ms: int) -> Welcome:
    """A member again at the door: nothing is taken, and an invitation that still works may add to their rights."""
    if arrival.is_late(member.joined_ms, now_ms=now_ms):
        raise Refused(Code.CONFLICT)
    invitation = arrival.invitation
    if not arrival.signed_in or invitation is None or closed(invitation, now_ms=now_ms) is not None:
        return _as_they_are(member)
    asked = None if member.holds(invitation.role, invitation.room) else _awaited(invitation)
    enters = asked is None and _lets_in(arrival.room) and invitation.room not in member.admitted
    also = ((person_stream(command.person), _widened(arrival.room, enters=enters)),) if asked or enters else ()
    told = (*also, *waiting_told(arrival.keepers if asked else ()))
    return replace(_as_they_are(member), outcome=Outcome(also=told), asked=asked, admitted=enters)


def _widened(room: Room | None, *, enters: bool) -> Event:
    return RoomAdmitted(room=room.id) if enters and room is not None else RightsChanged()


def _as_they_are(member: Member) -> Welcome:
    return Welcome(
        outcome=Outcome(), joins=False, name=member.name, standing=member.standing, asked=None, admitted=False
    )


def chosen_standing(chosen: str | None, standings: tuple[str, ...], *, now: str | None) -> str | None:
    """The standing that someone chose. Only those in the list can be, and staff only kept by who has it."""
    if chosen is None or chosen == now:
        return chosen
    if chosen == STAFF or chosen not in standings:
        raise Refused(Code.STANDING_UNKNOWN)
    return chosen


def accept_values(who: Member | None, *, now_ms: int) -> Outcome | None:
    """The yes to the values; None when it was given before."""
    member = require(who, Deed.ACCEPT_VALUES, now_ms=now_ms)
    if member.accepted:
        return None
    return Outcome(also=((person_stream(member.person), RightsChanged()),))


@dataclass(frozen=True, slots=True)
class Renaming:
    """A new name, its key, the standing, and whether it is shown beside the name."""

    outcome: Outcome
    name: str
    key: str
    standing: str | None
    shows_standing: bool


def change_name(
    who: Member | None, command: ChangeName, *, standings: tuple[str, ...], taken: bool, now_ms: int
) -> Renaming | None:
    """Another name or standing, shown or not; None when all is as before. A full name is their own choice here."""
    member = require(who, Deed.CHANGE_NAME, now_ms=now_ms)
    name = clean_name(command.name)
    standing = chosen_standing(command.standing, standings, now=member.standing)
    shows = member.shows_standing if command.shows_standing is None else command.shows_standing
    if (name, standing, shows) == (member.name, member.standing, member.shows_standing):
        return None
    if name != member.name:
        name = chosen_name(name)
    if taken:
        raise Refused(Code.NAME_TAKEN)
    events = () if name == member.name else (MemberRenamed(person=member.person, name=name),)
    outcome = Outcome(events=events, also=((person_stream(member.person), RightsChanged()),))
    return Renaming(outcome, name, name_key(name), standing, shows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """What must be known to change what a member may do: who asks, who is meant, all rooms, who the keepers are."""

    actor: Member | None
    target: Member | None
    rooms: tuple[Room, ...]
    keepers: tuple[PersonId, ...]


def leave(circle: Circle, command: Leave, *, now_ms: int) -> Outcome:
    """Go. The last keeper first makes someone else a keeper."""
    member = require(circle.actor, Deed.LEAVE, now_ms=now_ms)
    return _gone(circle, member, command.community)


def remove_member(circle: Circle, command: RemoveMember, *, now_ms: int) -> Outcome | None:
    """Take someone out; None when they had left before."""
    require(circle.actor, Deed.REMOVE_MEMBER, now_ms=now_ms)
    if circle.target is None:
        raise Refused(Code.NOT_FOUND)
    return _gone(circle, circle.target, command.community) if circle.target.member else None


def end_sessions(circle: Circle, _command: EndSessions, *, now_ms: int) -> Outcome:
    """Sign a member out everywhere."""
    require(circle.actor, Deed.END_SESSIONS, now_ms=now_ms)
    if circle.target is None or not circle.target.member:
        raise Refused(Code.NOT_FOUND)
    return Outcome()


def _gone(circle: Circle, member: Member, community: CommunityId) -> Outcome:
    _keep_one_keeper(circle, member)
    streams: tuple[tuple[StreamId, PersonId | None], ...] = (
        (community_stream(community), member.person),
        *lost(member, replace(member, member=False), circle.rooms),
    )
    told = ((person_stream(member.person), RightsChanged()), *waiting_told(circle.keepers if member.asked else ()))
    return Outcome(events=(MemberLeft(person=member.person),), also=told, narrow=streams)


def _keep_one_keeper(circle: Circle, member: Member) -> None:
    if Role.KEEPER in member.roles and set(circle.keepers) <= {member.person}:
        raise Refused(Code.LAST_KEEPER)


def set_role(circle: Circle, command: SetRole, *, now_ms: int) -> Outcome | None:
    """Give a member a role or take it, or say yes or no to one who waits for it; None when it is so already."""
    require(circle.actor, Deed.SET_ROLES, now_ms=now_ms)
    target = circle.target
    if target is None or not target.member:
        raise Refused(Code.NOT_FOUND)
    require_role(command.role, in_room=command.room is not None)
    if command.room is not None and command.room not in {room.id for room in circle.rooms}:
        raise Refused(Code.NOT_FOUND)
    # Given meanwhile by a node of an older version, it is theirs, whatever still stands of their waiting.
    if target.awaits(command.role, command.room) is not None and not target.holds(command.role, command.room):
        return _answered(circle, target, command)
    if command.answers:
        # Somebody else has answered meanwhile, or they have gone and come again: what was meant is not so any more.
        raise Refused(Code.CONFLICT)
    if target.holds(command.role, command.room) == command.held:
        return None
    return _given(circle, target, command) if command.held else _taken(circle, target, command)


def _answered(circle: Circle, target: Member, command: SetRole) -> Outcome:
    """The yes or the no to one who waits for the role."""
    refused = Outcome(also=((person_stream(target.person), RightsChanged()),))
    outcome = _given(circle, target, command) if command.held else refused
    return replace(outcome, also=(*outcome.also, *waiting_told(circle.keepers)))


def no_longer_waited_for(waiting: PersonId | None, keepers: tuple[PersonId, ...]) -> Outcome:
    """What is told when the link is taken back by which somebody came: they wait for its role no longer."""
    if waiting is None:
        return Outcome()
    return Outcome(also=((person_stream(waiting), RightsChanged()), *waiting_told(keepers)))


def require_role(role: Role, *, in_room: bool) -> None:
    """Refuse what is no role to give: every member is one, and a keeper is the whole community's."""
    if role is Role.MEMBER or (role is Role.KEEPER and in_room):
        raise Refused(Code.MALFORMED)


def _given(circle: Circle, target: Member, command: SetRole) -> Outcome:
    event = RoleGiven(person=target.person, role=command.role, room=command.room)
    told: list[tuple[StreamId, Event]] = [(person_stream(target.person), RightsChanged())]
    if command.room is not None and enters(circle, command):
        told.append((person_stream(target.person), RoomAdmitted(room=command.room)))
    return Outcome(events=(event,), also=tuple(told))


def enters(circle: Circle, command: SetRole) -> bool:
    """Whether a role in a room lets its holder into it: of a room for those let in, nobody is host from outside."""
    room = next((one for one in circle.rooms if one.id == command.room), None)
    inside = circle.target is not None and command.room in circle.target.admitted
    return command.held and _lets_in(room) and not inside


def _taken(circle: Circle, target: Member, command: SetRole) -> Outcome:
    if command.room is None:
        if command.role is Role.KEEPER:
            _keep_one_keeper(circle, target)
        after = replace(target, roles=target.roles - {command.role})
    else:
        left = target.room_roles.get(command.room, NO_ROLES) - {command.role}
        after = replace(target, room_roles={**target.room_roles, command.room: left})
    event = RoleTaken(person=target.person, role=command.role, room=command.room)
    told = ((person_stream(target.person), RightsChanged()),)
    return Outcome(events=(event,), also=told, narrow=lowered(target, after, circle.rooms))


def admit(
    actor: Member | None, target: Member | None, command: Admit, *, room: Room | None, now_ms: int
) -> Outcome | None:
    """Let a member into a room or out of it; None when it is so already."""
    require(actor, Deed.ADMIT, room=room, now_ms=now_ms)
    there = existing(room)
    if target is None or not target.member:
        raise Refused(Code.NOT_FOUND)
    if (there.id in target.admitted) == command.admitted:
        return None
    if command.admitted:
        after = replace(target, admitted=target.admitted | {there.id})
        widened = gained(target, after, there)
        return Outcome(also=((person_stream(target.person), RoomAdmitted(room=there.id)),) if widened else ())
    after = replace(target, admitted=target.admitted - {there.id})
    narrow = lost(target, after, (there,))
    told = ((person_stream(target.person), RoomDismissed(room=there.id)),) if narrow else ()
    return Outcome(also=told, narrow=narrow)
