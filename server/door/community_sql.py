"""A community's commands in SQL: load what the rules want to know, let them decide, and say which rows change."""

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

import msgspec

from community import invitations as inviting
from community import keeping, membership, opening, stating, telling
from community.commands import (
    AcceptValues,
    Admit,
    ChangeCommunity,
    ChangeName,
    ChangeRoom,
    CloseRoom,
    CommunityCommand,
    EndSessions,
    FinishSetup,
    InvitationKind,
    Join,
    Leave,
    MakeInvitation,
    OpenRoom,
    RemoveMember,
    RevokeInvitation,
    SetHold,
    SetKeeping,
    SetRole,
    TellPeople,
)
from community.events import CommunityChanged
from community.facts import STAFF, AwaitedRole, Member, Outcome, Stated
from community.names import name_key
from community.reach import NewsKind
from rooms.contract import Code, Refused
from rooms.ids import CommunityId, PersonId, RoomId, StreamId, kind_of
from rooms.rights import Role
from rooms.room import RoomState
from server import keeping_sql
from server.database.ports import Say, Statement, Work
from server.database.together import together
from server.door import facts_sql as facts
from server.door.sessions_sql import DAY_MS, end_all, joined_session, renew_sessions
from server.erasing_sql import is_erased
from server.mail import news_sql, reach_sql
from server.streams.order import Order, Resolved

_encode = msgspec.json.Encoder().encode

NOTHING = Resolved()


def resolve(order: Order, now_ms: int) -> Work[Resolved]:
    """What comes of one command of a community, whose stream is locked. Raises `Refused` before any row is written."""
    command: CommunityCommand = order.command  # type: ignore[assignment]  # community streams get no other commands
    match command:
        case Join():
            return (yield from _join(order.actor, command, now_ms))
        case AcceptValues() | ChangeName():
            return (yield from _about_oneself(order.actor, command, now_ms))
        case Leave() | RemoveMember() | EndSessions() | SetRole():
            return (yield from _about_members(order.actor, command, now_ms))
        case Admit():
            return (yield from _admit(order.actor, command, now_ms))
        case OpenRoom() | ChangeRoom() | CloseRoom():
            return (yield from _about_rooms(order.actor, command, now_ms))
        case MakeInvitation() | RevokeInvitation():
            return (yield from _about_invitations(order.actor, command, now_ms))
        case ChangeCommunity():
            return (yield from _state(order.actor, command, now_ms))
        case TellPeople():
            return (yield from _tell(order.actor, command, now_ms))
        case FinishSetup():
            return (yield from _set_up(order.actor, command, now_ms))
        case SetKeeping() | SetHold():
            return (yield from _about_keeping(order.actor, command, now_ms))
    assert_never(command)


def _told(outcome: Outcome, rows: Iterable[Statement]) -> Work[Resolved]:
    """The outcome with its rows, once the streams that narrow are locked."""
    yield from _lock(stream for stream, _ in outcome.narrow)
    return Resolved(
        events=outcome.events, also=outcome.also, rows=tuple(rows), narrow=outcome.narrow, opens=outcome.opens
    )


def _lock(streams: Iterable[StreamId]) -> Work[None]:
    """Lock rooms, then their backstages, before any right changes: who decides there now decides on the old rights."""
    by_kind: dict[str, list[StreamId]] = {"room": [], "backstage": []}
    for stream in streams:
        if kind_of(stream) in by_kind:  # the community's own is locked already
            by_kind[kind_of(stream)].append(stream)
    statements = [
        Say(f"SELECT id FROM stream WHERE id IN ({', '.join('?' * len(found))}) ORDER BY id FOR UPDATE", sorted(found))
        for found in by_kind.values()
        if found
    ]
    if statements:
        yield statements


def _actor(community: CommunityId, person: PersonId | None) -> Work[Member | None]:
    found = yield from facts.load_members(community, [person])
    return found.get(person) if person is not None else None


def _key_taken(community: CommunityId, key: str, person: PersonId) -> Work[bool]:
    """Whether someone else, here or gone, has a name that looks the same: old words stand beside it for good."""
    [rows] = yield [
        Say("SELECT 1 FROM member WHERE community = ? AND name_key = ? AND person <> ?", (community, key, person))
    ]
    return bool(rows)


def _known_ms(person: PersonId) -> Work[int | None]:
    [rows] = yield [Say("SELECT made_ms FROM person WHERE id = ?", (person,))]
    return rows[0][0] if rows else None


def _slug_taken(community: CommunityId, slug: str) -> Work[bool]:
    [rows] = yield [Say("SELECT 1 FROM room WHERE community = ? AND slug = ?", (community, slug))]
    return bool(rows)


# Joining ---------------------------------------------------------------------------------------------------------


def _join(actor: PersonId | None, command: Join, now_ms: int) -> Work[Resolved]:
    community, person = command.community, command.person
    if (yield from is_erased(person)):
        # A request that was on its way when they erased themselves, or that is sent again.
        raise Refused(Code.ERASED)
    invitation, stated, member, taken, known_ms = yield from together(
        facts.load_invitation(community, command.invitation),
        facts.load_stated(community),
        _actor(community, person),
        _key_taken(community, name_key(command.who.name), person),
        _known_ms(person),
    )
    keepers = (yield from facts.load_keepers(community)) if invitation and invitation.role is not Role.MEMBER else ()
    arrival = membership.Arrival(
        member=member,
        invitation=invitation,
        room=(yield from facts.load_room(community, invitation.room if invitation else None)),
        standings=stated.standings,
        name_taken=taken,
        signed_in=actor == person,
        known_ms=known_ms,
        keepers=keepers,
    )
    welcome = membership.join(arrival, command, now_ms=now_ms)
    rows: list[Statement] = _member_rows(command, welcome, now_ms) if welcome.joins else []
    if invitation is not None:
        rows += _granted_rows(command, welcome, invitation, now_ms=now_ms)
    if command.session is not None:
        rows += joined_session(command.person, command.session)
    return (yield from _told(welcome.outcome, rows))


def _member_rows(command: Join, welcome: membership.Welcome, now_ms: int) -> list[Statement]:
    accepted_ms = now_ms if command.who.accepted else None
    key = name_key(welcome.name)
    return [
        Say("INSERT INTO person (id, made_ms) VALUES (?, ?) ON CONFLICT DO NOTHING", (command.person, now_ms)),
        Say(
            "INSERT INTO member (community, person, name, name_key, standing, joined_ms, accepted_ms, invitation)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (community, person) DO UPDATE SET name = excluded.name,"
            " name_key = excluded.name_key, standing = excluded.standing, joined_ms = excluded.joined_ms,"
            " accepted_ms = excluded.accepted_ms, invitation = excluded.invitation, left_ms = NULL, shows_standing = 0",
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
        _used(command.invitation),
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
        rows.append(_let_in(invitation.room, command.person))
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


def _let_in(room: RoomId, person: PersonId) -> Say:
    return Say(
        "INSERT INTO room_member (room, person, since_ms) VALUES (?, ?, NOW_MS()) ON CONFLICT DO NOTHING",
        (room, person),
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


# Oneself and other members ---------------------------------------------------------------------------------------


def _about_oneself(actor: PersonId | None, command: AcceptValues | ChangeName, now_ms: int) -> Work[Resolved]:
    member = yield from _actor(command.community, actor)
    if isinstance(command, AcceptValues):
        accepted = membership.accept_values(member, now_ms=now_ms)
        if accepted is None:
            return NOTHING
        row = Say(
            "UPDATE member SET accepted_ms = ? WHERE community = ? AND person = ?", (now_ms, command.community, actor)
        )
        return (yield from _told(accepted, [row]))
    stated = yield from facts.load_stated(command.community)
    taken = yield from _key_taken(command.community, name_key(command.name), actor or PersonId(""))
    renamed = membership.change_name(member, command, standings=stated.standings, taken=taken, now_ms=now_ms)
    if renamed is None:
        return NOTHING
    row = Say(
        "UPDATE member SET name = ?, name_key = ?, standing = ?, shows_standing = ? WHERE community = ? AND person = ?",
        (renamed.name, renamed.key, renamed.standing, int(renamed.shows_standing), command.community, actor),
    )
    return (yield from _told(renamed.outcome, [row]))


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
            return (yield from _told(left, _gone_rows(command.community, actor, now_ms)))
        case RemoveMember(person=person):
            removed = membership.remove_member(circle, command, now_ms=now_ms)
            rows = _gone_rows(command.community, person, now_ms)
            return NOTHING if removed is None else (yield from _told(removed, rows))
        case EndSessions(person=person):
            ended = membership.end_sessions(circle, command, now_ms=now_ms)
            return (yield from _told(ended, [end_all(person)]))
        case SetRole(person=person, role=role, room=room, held=held):
            changed = membership.set_role(circle, command, now_ms=now_ms)
            rows = [*_role_rows(command.community, person, role, room=room, held=held), renew_sessions(person)]
            rows += _yes_rows(circle, command)
            return NOTHING if changed is None else (yield from _told(changed, rows))
    assert_never(command)


def _yes_rows(circle: membership.Circle, command: SetRole) -> list[Statement]:
    """What comes with a role besides the role: the way into its room, and the standing of those it was meant for."""
    rows: list[Statement] = []
    if command.room is not None and membership.enters(circle, command):
        rows.append(_let_in(command.room, command.person))
    waits = circle.target.awaits(command.role, command.room) if circle.target is not None else None
    if command.held and waits is not None and waits.standing is not None:
        where = (waits.standing, command.community, command.person)
        rows.append(Say("UPDATE member SET standing = ? WHERE community = ? AND person = ?", where))
    return rows


def _gone_rows(community: CommunityId, person: PersonId | None, now_ms: int) -> list[Statement]:
    return [
        Say("UPDATE member SET left_ms = ? WHERE community = ? AND person = ?", (now_ms, community, person)),
        Say("DELETE FROM role WHERE community = ? AND person = ?", (community, person)),
        Say("DELETE FROM asked_role WHERE community = ? AND person = ?", (community, person)),
        Say(
            "DELETE FROM room_member WHERE person = ? AND room IN (SELECT id FROM room WHERE community = ?)",
            (person, community),
        ),
        *([renew_sessions(person), *reach_sql.homeless(person)] if person is not None else []),
    ]


def _admit(actor: PersonId | None, command: Admit, now_ms: int) -> Work[Resolved]:
    room = yield from facts.load_room(command.community, command.room)
    found = yield from facts.load_members(command.community, [actor, command.person])
    asks = found.get(actor) if actor is not None else None
    outcome = membership.admit(asks, found.get(command.person), command, room=room, now_ms=now_ms)
    if outcome is None:
        return NOTHING
    if command.admitted:
        row = _let_in(command.room, command.person)
    else:
        row = Say("DELETE FROM room_member WHERE room = ? AND person = ?", (command.room, command.person))
    return (yield from _told(outcome, [row]))


# Rooms -----------------------------------------------------------------------------------------------------------


def _about_rooms(actor: PersonId | None, command: OpenRoom | ChangeRoom | CloseRoom, now_ms: int) -> Work[Resolved]:
    slug = command.slug if isinstance(command, OpenRoom) else ""
    member, room, concerned, taken = yield from together(
        _actor(command.community, actor),
        facts.load_room(command.community, command.room),
        facts.load_concerned(command.community, command.room),
        _slug_taken(command.community, slug),
    )
    known = opening.RoomFacts(actor=member, room=room, slug_taken=taken, concerned=concerned)
    match command:
        case OpenRoom():
            opened = opening.open_room(known, command, now_ms=now_ms)
            if opened is None:
                return NOTHING
            rows = [room_row(command.room, opened.state, now_ms=now_ms), *_host_row(known, command.room, opened)]
            return (yield from _told(opened.outcome, rows))
        case ChangeRoom():
            changed = opening.change_room(known, command, now_ms=now_ms)
            if changed is None:
                return NOTHING
            rows = [_changed_row(command.room, changed.state), *_host_row(known, command.room, changed)]
            resolved = yield from _told(changed.outcome, rows)
            return replace(resolved, noted=opening.differs(room, changed.state))
        case CloseRoom(closed=closed):
            outcome = opening.close_room(known, command, now_ms=now_ms)
            rows = [Say("UPDATE room SET closed_ms = ? WHERE id = ?", (now_ms if closed else None, command.room))]
            # For good: opened again next month, the room is not open to whoever has heard this month's code.
            rows += [_end_codes_of(command.room, now_ms)] if closed else []
            return NOTHING if outcome is None else (yield from _told(outcome, rows))
    assert_never(command)


def _host_row(known: opening.RoomFacts, room: RoomId, changed: opening.RoomChanged) -> list[Say]:
    """Whoever makes a room invited is let into it, or they would shut themselves out."""
    return [_let_in(room, known.actor.person)] if changed.admits_actor and known.actor is not None else []


def room_row(room: RoomId, state: RoomState, *, now_ms: int) -> Say:
    """The row of a new room."""
    return Say(
        "INSERT INTO room (id, community, slug, title, purpose, visibility, hide_names, made_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            room,
            state.community,
            state.slug,
            state.title,
            state.purpose,
            state.visibility.value,
            int(state.hide_names),
            now_ms,
        ),
    )


def _changed_row(room: RoomId, state: RoomState) -> Say:
    return Say(
        "UPDATE room SET title = ?, purpose = ?, visibility = ?, hide_names = ? WHERE id = ?",
        (state.title, state.purpose, state.visibility.value, int(state.hide_names), room),
    )


# Invitations and what is stated ----------------------------------------------------------------------------------


def _about_invitations(
    actor: PersonId | None, command: MakeInvitation | RevokeInvitation, now_ms: int
) -> Work[Resolved]:
    member = yield from _actor(command.community, actor)
    found = yield from facts.load_invitation(command.community, command.invitation)
    if isinstance(command, RevokeInvitation):
        if not inviting.revoke_invitation(member, found, command, now_ms=now_ms):
            return NOTHING
        return (yield from _taken_back(command, now_ms))
    stated, room, taken = yield from together(
        facts.load_stated(command.community),
        facts.load_room(command.community, command.room),
        _secret_taken(command.secret_hash),
    )
    known = inviting.InvitingFacts(
        actor=member, room=room, standings=stated.standings, made=found is not None, secret_taken=taken
    )
    label = inviting.make_invitation(known, command, now_ms=now_ms)
    if label is None:
        return NOTHING
    before = [_end_codes_of(command.room, now_ms)] if command.kind is InvitationKind.CODE else []
    rows = (*before, _invitation_row(actor, command, label, now_ms=now_ms))
    return Resolved(rows=rows, noted={"staff": True} if command.standing == STAFF else {})


def _end_codes_of(room: RoomId | None, now_ms: int) -> Say:
    """No code that the room has had lets anybody in any more: others may have heard it."""
    return Say(
        "UPDATE invitation SET ends_ms = ? WHERE room = ? AND kind = ? AND ends_ms > ?",
        (now_ms, room, InvitationKind.CODE.value, now_ms),
    )


def _taken_back(command: RevokeInvitation, now_ms: int) -> Work[Resolved]:
    """End an invitation. Who came by it and still waits for a role has come by a link that went astray."""
    waiting, keepers = yield from together(_who_came_by(command.invitation), facts.load_keepers(command.community))
    ended = Say("UPDATE invitation SET revoked_ms = ? WHERE id = ?", (now_ms, command.invitation))
    rows = [ended, Say("DELETE FROM asked_role WHERE invitation = ?", (command.invitation,))]
    return (yield from _told(membership.no_longer_waited_for(waiting, keepers), rows))


def _who_came_by(invitation: str) -> Work[PersonId | None]:
    """Who came by the link to a role, which is for one person, and waits for a yes."""
    [rows] = yield [Say("SELECT person FROM asked_role WHERE invitation = ?", (invitation,))]
    return PersonId(rows[0][0]) if rows else None


def _secret_taken(secret_hash: str) -> Work[bool]:
    [rows] = yield [Say("SELECT 1 FROM invitation WHERE secret_hash = ?", (secret_hash,))]
    return bool(rows)


def _invitation_row(actor: PersonId | None, command: MakeInvitation, label: str, *, now_ms: int) -> Say:
    return Say(
        "INSERT INTO invitation (id, community, kind, secret_hash, role, room, standing, label, uses, used, ends_ms,"
        " made_by, made_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)",
        (
            command.invitation,
            command.community,
            command.kind.value,
            command.secret_hash,
            command.role.value,
            command.room,
            command.standing,
            label,
            command.uses,
            now_ms + command.ends_in_s * 1000,
            actor,
            now_ms,
        ),
    )


def _state(actor: PersonId | None, command: ChangeCommunity, now_ms: int) -> Work[Resolved]:
    now = yield from facts.load_stated(command.community)
    member = yield from _actor(command.community, actor)
    after = stating.change_community(member, now, command, now_ms=now_ms)
    if after is None:
        return NOTHING
    row = Say(
        "UPDATE community SET name = ?, purpose = ?, vows = ?, commitments = ?, standings = ?, runs_it = ?,"
        " contact = ?, admits = ?, lead = ?, lead_contact = ?, door = ? WHERE id = ?",
        (
            after.name,
            after.purpose,
            *(_encode(each).decode() for each in (after.values, after.commitments, after.standings)),
            after.runs_it,
            after.contact,
            after.admits.value,
            after.lead,
            after.lead_contact,
            _encode(after.door).decode(),
            after.id,
        ),
    )
    return Resolved(events=(CommunityChanged(),), rows=(row, *_restated(actor, now, after, now_ms=now_ms)))


def _restated(actor: PersonId | None, now: Stated, after: Stated, *, now_ms: int) -> list[Say]:
    """Members are told, once a day, that it says something else of itself. While it is set up, that is no news."""
    if not now.set_up or replace(after, door=now.door) == now:
        return []
    news = f"{after.id}.{now_ms // DAY_MS}"
    return [news_sql.told_row(news, after.id, None, kind=NewsKind.STATED, says="", when="", by=actor)]


def _tell(actor: PersonId | None, command: TellPeople, now_ms: int) -> Work[Resolved]:
    member, room, told = yield from together(
        _actor(command.community, actor),
        facts.load_room(command.community, command.room),
        news_sql.is_told(command.news),
    )
    found = telling.tell_people(member, room, command, told=told, now_ms=now_ms)
    if found is None:
        return NOTHING
    row = news_sql.told_row(
        command.news, command.community, command.room, kind=command.kind, says=found.says, when=found.when, by=actor
    )
    return (yield from _told(found.outcome, [row]))


def _set_up(actor: PersonId | None, command: FinishSetup, now_ms: int) -> Work[Resolved]:
    now = yield from facts.load_stated(command.community)
    member = yield from _actor(command.community, actor)
    if not stating.finish_setup(member, now, command, now_ms=now_ms):
        return NOTHING
    row = Say("UPDATE community SET set_up_ms = ? WHERE id = ?", (now_ms, command.community))
    return Resolved(events=(CommunityChanged(),), rows=(row,))


def _about_keeping(actor: PersonId | None, command: SetKeeping | SetHold, now_ms: int) -> Work[Resolved]:
    """For how long words are kept, or that none are erased for now. Both are acts of the team that others must see."""
    member, room = yield from together(
        _actor(command.community, actor), facts.load_room(command.community, command.room)
    )
    if command.room is not None and room is None:
        raise Refused(Code.NOT_FOUND)
    if isinstance(command, SetKeeping):
        now = yield from keeping_sql.load_keeping(command.community, command.room)
        changed = keeping.keep_for(member, now, command.days, room=room, now_ms=now_ms)
        rows = [keeping_sql.keep_row(command.community, command.room, command.days)]
    else:
        held = yield from keeping_sql.load_hold(command.community, command.room)
        changed = keeping.hold(member, held, command.reason, now_ms=now_ms)
        rows = keeping_sql.hold_rows(command.community, command.room, command.reason, by=actor, now_ms=now_ms)
    return Resolved(events=(CommunityChanged(),), rows=tuple(rows)) if changed else NOTHING
