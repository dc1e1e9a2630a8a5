"""A community's commands in SQL: load what the rules want to know, let them decide, and say which rows change."""

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

import structlog

from community import invitations as inviting
from community import membership, vouching
from community.commands import (
    AcceptValues,
    Admit,
    ChangeCommunity,
    ChangeName,
    ChangeRoom,
    CloseRoom,
    CommunityCommand,
    ConnectIdentity,
    DisconnectIdentity,
    EndSessions,
    FinishSetup,
    Join,
    Leave,
    MakeInvitation,
    OpenRoom,
    RemoveMember,
    RevokeInvitation,
    SetHold,
    SetKeeping,
    SetRole,
    SignInVouched,
    TellPeople,
    Vouched,
)
from community.facts import AwaitedRole, Member
from community.names import name_key
from rooms.audit import Act, What
from rooms.contract import Code, Refused
from rooms.ids import CommunityId, PersonId, RoomId
from rooms.rights import TEAM, Role
from server.database.ports import Say, Statement, Work
from server.database.together import together
from server.door import facts_sql as facts
from server.door import hosting_sql as hosting
from server.door import identities_sql as identities
from server.door.outcome_sql import NOTHING, let_in, load_actor, told
from server.door.sessions_sql import end_all, joined_session, renew_sessions
from server.mail import reach_sql
from server.streams.order import Order, Resolved

log = structlog.get_logger("hearth.door")


def resolve(order: Order, now_ms: int) -> Work[Resolved]:
    """What comes of one command of a community, whose stream is locked. Raises `Refused` before any row is written."""
    command: CommunityCommand = order.command  # type: ignore[assignment]  # community streams get no other commands
    match command:
        case Join():
            return (yield from _join(order.actor, command, now_ms))
        case SignInVouched() | ConnectIdentity() | DisconnectIdentity():
            return (yield from _about_identities(order.actor, command, now_ms))
        case AcceptValues() | ChangeName():
            return (yield from _about_oneself(order.actor, command, now_ms))
        case Leave() | RemoveMember() | EndSessions() | SetRole():
            return (yield from _about_members(order.actor, command, now_ms))
        case Admit():
            return (yield from _admit(order.actor, command, now_ms))
        case OpenRoom() | ChangeRoom() | CloseRoom():
            return (yield from hosting.about_rooms(order.actor, command, now_ms))
        case MakeInvitation() | RevokeInvitation():
            return (yield from hosting.about_invitations(order.actor, command, now_ms))
        case ChangeCommunity():
            return (yield from hosting.state(order.actor, command, now_ms))
        case TellPeople():
            return (yield from hosting.tell(order.actor, command, now_ms))
        case FinishSetup():
            return (yield from hosting.set_up(order.actor, command, now_ms))
        case SetKeeping() | SetHold():
            return (yield from hosting.about_keeping(order.actor, command, now_ms))
    assert_never(command)


def _key_taken(community: CommunityId, key: str, person: PersonId) -> Work[bool]:
    """Whether someone else, here or gone, has a name that looks the same: old words stand beside it for good."""
    [rows] = yield [
        Say("SELECT 1 FROM member WHERE community = ? AND name_key = ? AND person <> ?", (community, key, person))
    ]
    return bool(rows)


def _known_ms(person: PersonId) -> Work[int | None]:
    [rows] = yield [
        Say(
            "SELECT p.made_ms, EXISTS (SELECT 1 FROM erasure e WHERE e.person = p.id) FROM person p WHERE p.id = ?",
            (person,),
        )
    ]
    if rows and rows[0][1]:
        # A request that was on its way when they erased themselves, or that is sent again.
        raise Refused(Code.ERASED)
    return rows[0][0] if rows else None


# Joining ---------------------------------------------------------------------------------------------------------


def _join(actor: PersonId | None, command: Join, now_ms: int) -> Work[Resolved]:
    community, person = command.community, command.person
    invitation, stated, member, taken, known_ms = yield from together(
        facts.load_invitation(community, command.invitation or ""),
        facts.load_stated(community),
        load_actor(community, person),
        _key_taken(community, name_key(command.who.name), person),
        _known_ms(person),
    )
    identity_of, removed, refused = (yield from _vouched_before(command, command.vouched)) if command.vouched else _NEW
    keepers = (yield from facts.load_keepers(community)) if invitation and invitation.role is not Role.MEMBER else ()
    arrival = membership.Arrival(
        member=member,
        invitation=invitation,
        room=(yield from facts.load_room(community, invitation.room if invitation else None)),
        standings=stated.standings,
        name_taken=taken,
        signed_in=person in {actor, identity_of},
        known_ms=known_ms,
        keepers=keepers,
        identity_of=identity_of,
        removed=removed,
        refused=refused,
    )
    welcome = membership.join(arrival, command, now_ms=now_ms)
    rows: list[Statement] = _member_rows(command, welcome, now_ms) if welcome.joins else []
    if invitation is not None:
        rows += _granted_rows(command, welcome, invitation, now_ms=now_ms)
    if command.vouched is not None:
        rows += _vouched_rows(community, person, given=welcome.given)
        rows += identities.identity_rows(person, command.vouched, command.session, now_ms=now_ms)
    elif command.session is not None:
        rows += joined_session(command.person, command.session)
    resolved = yield from told(welcome.outcome, rows)
    return replace(resolved, acts=_vouched_acts(person, given=welcome.given))


# Of whom nobody vouches, nothing is known of that kind.
_NEW: tuple[PersonId | None, bool, frozenset[Role]] = (None, False, frozenset())


def _vouched_before(command: Join, vouched: Vouched) -> Work[tuple[PersonId | None, bool, frozenset[Role]]]:
    """Whose the identity is, whether its owner was taken out, and the roles that a keeper has taken from them."""
    return (
        yield from together(
            identities.person_of(vouched.identity),
            identities.removed_before(command.community, vouched.identity),
            identities.refused_roles(command.community, command.person),
        )
    )


def _member_rows(command: Join, welcome: membership.Welcome, now_ms: int) -> list[Statement]:
    accepted_ms = now_ms if command.who.accepted else None
    key = name_key(welcome.name)
    return [
        Say("INSERT INTO person (id, made_ms) VALUES (?, ?) ON CONFLICT DO NOTHING", (command.person, now_ms)),
        Say(
            "INSERT INTO member (community, person, name, name_key, standing, joined_ms, accepted_ms, invitation)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (community, person) DO UPDATE SET name = excluded.name,"
            " name_key = excluded.name_key, standing = excluded.standing, joined_ms = excluded.joined_ms,"
            " accepted_ms = excluded.accepted_ms, invitation = excluded.invitation, left_ms = NULL, removed_ms = NULL,"
            " shows_standing = 0",
            (
                command.community,
                command.person,
                welcome.name,
                key,
                welcome.standing,
                now_ms,
                accepted_ms,
                command.invitation,
            ),
        ),
        *([_used(command.invitation)] if command.invitation is not None else []),
    ]


def _used(invitation: str) -> Say:
    return Say("UPDATE invitation SET used = used + 1 WHERE id = ?", (invitation,))


def _granted_rows(
    command: Join, welcome: membership.Welcome, invitation: inviting.Invitation, *, now_ms: int
) -> list[Statement]:
    rows: list[Statement] = []
    if welcome.asked is not None:
        rows.append(_awaited_row(command, welcome.asked, now_ms))
        if not welcome.joins:
            rows.append(_used(invitation.id))
    if welcome.admitted and invitation.room is not None:
        rows.append(let_in(invitation.room, command.person))
    return rows


def _awaited_row(command: Join, asked: AwaitedRole, now_ms: int) -> Say:
    """Who comes by a second link for the same waits from then on."""
    return Say(
        "INSERT INTO asked_role (community, person, role, room, standing, invitation, at_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (community, person, role, room) DO UPDATE SET"
        " standing = excluded.standing, invitation = excluded.invitation, at_ms = excluded.at_ms",
        (
            command.community,
            command.person,
            asked.role.value,
            asked.room or "",
            asked.standing,
            command.invitation,
            now_ms,
        ),
    )


def _role_rows(
    community: CommunityId, person: PersonId, role: str, *, room: RoomId | None, held: bool
) -> list[Statement]:
    where = (community, person, str(role), room or "")
    if held:
        say = Say("INSERT INTO role (community, person, role, room) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", where)
    else:
        say = Say("DELETE FROM role WHERE community = ? AND person = ? AND role = ? AND room = ?", where)
    # Yes or no: it waits no longer.
    return [say, Say("DELETE FROM asked_role WHERE community = ? AND person = ? AND role = ? AND room = ?", where)]


# The organisation's sign-in --------------------------------------------------------------------------------------


def _vouched_rows(
    community: CommunityId, person: PersonId, *, given: Iterable[Role], taken: Iterable[Role] = ()
) -> list[Statement]:
    rows: list[Statement] = []
    for role in given:
        rows += _role_rows(community, person, role, room=None, held=True)
        rows.append(identities.came_by_group(community, person, role))
    for role in taken:
        rows += _role_rows(community, person, role, room=None, held=False)
        rows.append(identities.no_longer_by_group(community, person, role))
    return rows


def _vouched_acts(person: PersonId, *, given: Iterable[Role], taken: Iterable[Role] = ()) -> tuple[Act, ...]:
    """What the audit says of roles that came and went by the organisation's groups: nobody here gave or took them."""
    return tuple(
        Act(what=What.SET_ROLES, person=person, details={"role": role.value, "held": held, "organisation": True})
        for held, roles in ((True, given), (False, taken))
        for role in roles
    )


def _about_identities(
    actor: PersonId | None, command: SignInVouched | ConnectIdentity | DisconnectIdentity, now_ms: int
) -> Work[Resolved]:
    community = command.community
    person = (command.person if isinstance(command, SignInVouched) else actor) or PersonId("")
    vouched = None if isinstance(command, DisconnectIdentity) else command.vouched
    known = yield from identities.load_vouching(community, person, vouched.identity if vouched else None)
    match command:
        case SignInVouched():
            brought = vouching.sign_in(known, person, command.vouched)
            rows = identities.identity_rows(person, command.vouched, command.session, now_ms=now_ms)
        case ConnectIdentity():
            brought = vouching.connect(known, command.vouched, now_ms=now_ms)
            rows = identities.identity_rows(person, command.vouched, None, now_ms=now_ms)
        case DisconnectIdentity():
            brought = vouching.disconnect(known, now_ms=now_ms)
            rows = identities.disconnected_rows(person, now_ms)
        case _:
            assert_never(command)
    if brought.kept:
        log.warning("organisation.last_keeper_kept", community=community, person=person)
    changed = _vouched_rows(community, person, given=brought.given, taken=brought.taken)
    if changed:
        # Before the session of this sign-in is made: it has a new token already.
        changed.append(renew_sessions(person))
    changed += [identities.no_longer_by_group(community, person, role) for role in brought.forgotten]
    resolved = yield from told(brought.outcome, [*changed, *rows])
    acts = _vouched_acts(person, given=brought.given, taken=brought.taken)
    return replace(resolved, acts=(*_way_in_acts(command, known.member), *acts))


def _way_in_acts(
    command: SignInVouched | ConnectIdentity | DisconnectIdentity, member: Member | None
) -> tuple[Act, ...]:
    """A new way in to somebody of the team, or one less: others must be able to see it."""
    if isinstance(command, SignInVouched) or member is None or not member.roles & TEAM:
        return ()
    what = What.CONNECT_IDENTITY if isinstance(command, ConnectIdentity) else What.DISCONNECT_IDENTITY
    return (Act(what=what, by=member.person, person=member.person),)


# Oneself and other members ---------------------------------------------------------------------------------------


def _about_oneself(actor: PersonId | None, command: AcceptValues | ChangeName, now_ms: int) -> Work[Resolved]:
    member = yield from load_actor(command.community, actor)
    if isinstance(command, AcceptValues):
        accepted = membership.accept_values(member, now_ms=now_ms)
        if accepted is None:
            return NOTHING
        row = Say(
            "UPDATE member SET accepted_ms = ? WHERE community = ? AND person = ?", (now_ms, command.community, actor)
        )
        return (yield from told(accepted, [row]))
    stated = yield from facts.load_stated(command.community)
    taken = yield from _key_taken(command.community, name_key(command.name), actor or PersonId(""))
    renamed = membership.change_name(member, command, standings=stated.standings, taken=taken, now_ms=now_ms)
    if renamed is None:
        return NOTHING
    row = Say(
        "UPDATE member SET name = ?, name_key = ?, standing = ?, shows_standing = ? WHERE community = ? AND person = ?",
        (renamed.name, renamed.key, renamed.standing, int(renamed.shows_standing), command.community, actor),
    )
    return (yield from told(renamed.outcome, [row]))


def _about_members(
    actor: PersonId | None, command: Leave | RemoveMember | EndSessions | SetRole, now_ms: int
) -> Work[Resolved]:
    target = None if isinstance(command, Leave) else command.person
    found, rooms, keepers = yield from together(
        facts.load_members(command.community, [actor, target]),
        facts.load_rooms(command.community),
        facts.load_keepers(command.community),
    )
    circle = membership.Circle(
        actor=found.get(actor) if actor is not None else None,
        target=found.get(target) if target is not None else None,
        rooms=rooms,
        keepers=keepers,
    )
    match command:
        case Leave():
            left = membership.leave(circle, command, now_ms=now_ms)
            return (yield from told(left, gone_rows(command.community, actor, now_ms)))
        case RemoveMember(person=person):
            removed = membership.remove_member(circle, command, now_ms=now_ms)
            gone = [*gone_rows(command.community, person, now_ms), _removed_row(command, now_ms)]
            return NOTHING if removed is None else (yield from told(removed, gone))
        case EndSessions(person=person):
            ended = membership.end_sessions(circle, command, now_ms=now_ms)
            return (yield from told(ended, [end_all(person)]))
        case SetRole(person=person, role=role, room=room, held=held):
            changed = membership.set_role(circle, command, now_ms=now_ms)
            rows = [*_role_rows(command.community, person, role, room=room, held=held), renew_sessions(person)]
            rows += _yes_rows(circle, command)
            if held and room is None:
                rows.append(identities.no_longer_by_group(command.community, person, role))
            return NOTHING if changed is None else (yield from told(changed, rows))
    assert_never(command)


def _yes_rows(circle: membership.Circle, command: SetRole) -> list[Statement]:
    """What comes with a role besides the role: the way into its room, and the standing of those it was meant for."""
    rows: list[Statement] = []
    if command.room is not None and membership.enters(circle, command):
        rows.append(let_in(command.room, command.person))
    waits = circle.target.awaits(command.role, command.room) if circle.target is not None else None
    if command.held and waits is not None and waits.standing is not None:
        where = (waits.standing, command.community, command.person)
        rows.append(Say("UPDATE member SET standing = ? WHERE community = ? AND person = ?", where))
    return rows


def gone_rows(community: CommunityId, person: PersonId | None, now_ms: int) -> list[Say]:
    """Take somebody out of a community, with every right they have there."""
    return [
        Say("UPDATE member SET left_ms = ? WHERE community = ? AND person = ?", (now_ms, community, person)),
        identities.gone_row(community, person),
        Say("DELETE FROM role WHERE community = ? AND person = ?", (community, person)),
        Say("DELETE FROM asked_role WHERE community = ? AND person = ?", (community, person)),
        Say(
            "DELETE FROM room_member WHERE person = ? AND room IN (SELECT id FROM room WHERE community = ?)",
            (person, community),
        ),
        *([renew_sessions(person), *reach_sql.homeless(person)] if person is not None else []),
    ]


def _removed_row(command: RemoveMember, now_ms: int) -> Say:
    """Only a keeper's invitation brings them back: an organisation that still vouches for them does not."""
    where = (now_ms, command.community, command.person)
    return Say("UPDATE member SET removed_ms = ? WHERE community = ? AND person = ?", where)


def _admit(actor: PersonId | None, command: Admit, now_ms: int) -> Work[Resolved]:
    room = yield from facts.load_room(command.community, command.room)
    found = yield from facts.load_members(command.community, [actor, command.person])
    asks = found.get(actor) if actor is not None else None
    outcome = membership.admit(asks, found.get(command.person), command, room=room, now_ms=now_ms)
    if outcome is None:
        return NOTHING
    if command.admitted:
        row = let_in(command.room, command.person)
    else:
        row = Say("DELETE FROM room_member WHERE room = ? AND person = ?", (command.room, command.person))
    return (yield from told(outcome, [row]))
