"""Whom an organisation vouches for: the roles that its groups give, brought up to date at each sign-in.

Only roles that came this way are ever taken this way. What a keeper has given stays, and what a keeper has taken is
not given again until the group has gone and come anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from community.audience import lowered
from community.commands import Vouched
from community.events import RoleGiven, RoleTaken
from community.facts import Member, Outcome, Room, require
from community.membership import waiting_told
from rooms.contract import Code, Event, Refused
from rooms.events import RightsChanged
from rooms.ids import PersonId, StreamId, person_stream
from rooms.rights import TEAM, Deed, Role

# Stands for everybody whom the organisation signs in, whatever their groups.
EVERYBODY = "*"


def roles_of(groups: Iterable[str], meant: Mapping[str, frozenset[Role]]) -> frozenset[Role] | None:
    """The roles that these groups give; None when whoever has them does not come in."""
    found = [meant[group] for group in (*groups, EVERYBODY) if group in meant]
    return frozenset().union(*found) & TEAM if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouching:
    """What must be known to bring a member's roles up to date.

    `came` are the roles that came by their groups and were not given by a keeper since; one of them that they do not
    hold was taken by a keeper. `identity_of` is whose the identity is, and `has_other` that the member has another.
    """

    member: Member | None
    rooms: tuple[Room, ...]
    keepers: tuple[PersonId, ...]
    came: frozenset[Role]
    identity_of: PersonId | None
    has_other: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What changes: roles given and taken, and those whose group has gone. `kept`: the last keeper stays one."""

    outcome: Outcome
    given: tuple[Role, ...] = ()
    taken: tuple[Role, ...] = ()
    forgotten: tuple[Role, ...] = ()
    kept: bool = False


def sign_in(known: Vouching, person: PersonId, vouched: Vouched) -> Brought:
    """A member comes in by the organisation's sign-in. Refused when a keeper has taken them out."""
    if known.identity_of != person:
        # Disconnected at this moment.
        raise Refused(Code.SIGN_IN_AGAIN)
    member = known.member
    if member is None or not member.member:
        raise Refused(Code.REMOVED_HERE if member is not None and member.removed else Code.SIGN_IN_AGAIN)
    return _brought(known, member, frozenset(vouched.roles))


def connect(known: Vouching, vouched: Vouched, *, now_ms: int) -> Brought:
    """A member connects the organisation's sign-in. It is one person's, and they have one."""
    member = require(known.member, Deed.READ_COMMUNITY, now_ms=now_ms)
    if known.identity_of not in {None, member.person}:
        raise Refused(Code.IDENTITY_TAKEN)
    if known.has_other:
        raise Refused(Code.IDENTITY_OTHER)
    return _brought(known, member, frozenset(vouched.roles))


def disconnect(known: Vouching, *, now_ms: int) -> Brought:
    """The organisation's sign-in is the member's no more, and so are the roles that came by it."""
    member = require(known.member, Deed.READ_COMMUNITY, now_ms=now_ms)
    brought = _brought(known, member, frozenset())
    if brought.kept:
        raise Refused(Code.LAST_KEEPER)
    # What a keeper has said no to does not come again by connecting it anew.
    return replace(brought, forgotten=())


def _brought(known: Vouching, member: Member, wanted: frozenset[Role]) -> Brought:
    held, came = member.roles & TEAM, known.came
    given = wanted - held - came
    gone = came - wanted
    # One more keeper, and the next sign-in takes it.
    last = Role.KEEPER in gone & held and len(known.keepers) <= 1
    gone -= {Role.KEEPER} if last else frozenset()
    taken = gone & held
    after = replace(member, roles=(member.roles | given) - taken)
    return Brought(
        outcome=_told(known, member, after),
        given=tuple(sorted(given)),
        taken=tuple(sorted(taken)),
        forgotten=tuple(sorted(gone - held)),
        kept=last,
    )


def _told(known: Vouching, before: Member, after: Member) -> Outcome:
    person, given, taken = before.person, sorted(after.roles - before.roles), sorted(before.roles - after.roles)
    if not given and not taken:
        return Outcome()
    also: list[tuple[StreamId, Event]] = [(person_stream(person), RightsChanged())]
    if any(before.awaits(role, None) for role in given):
        also += waiting_told(known.keepers)
    return Outcome(
        events=(
            *(RoleGiven(person=person, role=role) for role in given),
            *(RoleTaken(person=person, role=role) for role in taken),
        ),
        also=tuple(also),
        narrow=lowered(before, after, known.rooms) if taken else (),
    )
