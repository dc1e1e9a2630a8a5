"""What hosts and keepers ask of a community in SQL: its rooms, invitations, what it states, how long it keeps words."""

from dataclasses import replace
from typing import assert_never

import msgspec

from community import invitations as inviting
from community import keeping, membership, opening, stating, telling
from community.commands import (
    ChangeCommunity,
    ChangeRoom,
    CloseRoom,
    FinishSetup,
    InvitationKind,
    MakeInvitation,
    OpenRoom,
    RevokeInvitation,
    SetHold,
    SetKeeping,
    TellPeople,
)
from community.events import CommunityChanged
from community.facts import STAFF, Stated
from community.reach import NewsKind
from rooms.contract import Code, Refused
from rooms.ids import CommunityId, PersonId, RoomId
from rooms.room import RoomState
from server import keeping_sql
from server.database.ports import Say, Work
from server.database.together import together
from server.door import facts_sql as facts
from server.door.outcome_sql import NOTHING, let_in, load_actor, told
from server.door.sessions_sql import DAY_MS
from server.mail import news_sql
from server.streams.order import Resolved

_encode = msgspec.json.Encoder().encode


# Rooms -----------------------------------------------------------------------------------------------------------


def about_rooms(actor: PersonId | None, command: OpenRoom | ChangeRoom | CloseRoom, now_ms: int) -> Work[Resolved]:
    """A room is begun, changed, closed or opened again."""
    slug = command.slug if isinstance(command, OpenRoom) else ""
    member, room, concerned, taken = yield from together(
        load_actor(command.community, actor),
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
            return (yield from told(opened.outcome, rows))
        case ChangeRoom():
            changed = opening.change_room(known, command, now_ms=now_ms)
            if changed is None:
                return NOTHING
            rows = [_changed_row(command.room, changed.state), *_host_row(known, command.room, changed)]
            resolved = yield from told(changed.outcome, rows)
            return replace(resolved, noted=opening.differs(room, changed.state))
        case CloseRoom(closed=closed):
            outcome = opening.close_room(known, command, now_ms=now_ms)
            rows = [Say("UPDATE room SET closed_ms = ? WHERE id = ?", (now_ms if closed else None, command.room))]
            # For good: opened again next month, the room is not open to whoever has heard this month's code.
            rows += [_end_codes_of(command.room, now_ms)] if closed else []
            return NOTHING if outcome is None else (yield from told(outcome, rows))
    assert_never(command)


def _host_row(known: opening.RoomFacts, room: RoomId, changed: opening.RoomChanged) -> list[Say]:
    """Whoever makes a room invited is let into it, or they would shut themselves out."""
    return [let_in(room, known.actor.person)] if changed.admits_actor and known.actor is not None else []


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


def about_invitations(
    actor: PersonId | None, command: MakeInvitation | RevokeInvitation, now_ms: int
) -> Work[Resolved]:
    """People are asked in, or an invitation is taken back."""
    member = yield from load_actor(command.community, actor)
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


def _taken_back(command: RevokeInvitation, now_ms: int) -> Work[Resolved]:
    """End an invitation. Who came by it and still waits for a role has come by a link that went astray."""
    waiting, keepers = yield from together(_who_came_by(command.invitation), facts.load_keepers(command.community))
    ended = Say("UPDATE invitation SET revoked_ms = ? WHERE id = ?", (now_ms, command.invitation))
    rows = [ended, Say("DELETE FROM asked_role WHERE invitation = ?", (command.invitation,))]
    return (yield from told(membership.no_longer_waited_for(waiting, keepers), rows))


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


def state(actor: PersonId | None, command: ChangeCommunity, now_ms: int) -> Work[Resolved]:
    """What the community says of itself is said anew."""
    now = yield from facts.load_stated(command.community)
    member = yield from load_actor(command.community, actor)
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
    rows = (row, *_restated(actor, now, after, now_ms=now_ms))
    return Resolved(events=(CommunityChanged(),), rows=rows, noted=stating.differs(now, after))


def _restated(actor: PersonId | None, now: Stated, after: Stated, *, now_ms: int) -> list[Say]:
    """Members are told, once a day, that it says something else of itself. While it is set up, that is no news."""
    if not now.set_up or replace(after, door=now.door) == now:
        return []
    news = f"{after.id}.{now_ms // DAY_MS}"
    return [news_sql.told_row(news, after.id, None, kind=NewsKind.STATED, says="", when="", by=actor)]


def tell(actor: PersonId | None, command: TellPeople, now_ms: int) -> Work[Resolved]:
    """Members are told that a conversation is coming."""
    member, room, known = yield from together(
        load_actor(command.community, actor),
        facts.load_room(command.community, command.room),
        news_sql.is_told(command.news),
    )
    found = telling.tell_people(member, room, command, told=known, now_ms=now_ms)
    if found is None:
        return NOTHING
    row = news_sql.told_row(
        command.news, command.community, command.room, kind=command.kind, says=found.says, when=found.when, by=actor
    )
    return (yield from told(found.outcome, [row]))


def set_up(actor: PersonId | None, command: FinishSetup, now_ms: int) -> Work[Resolved]:
    """The steps of setting up are put away."""
    now = yield from facts.load_stated(command.community)
    member = yield from load_actor(command.community, actor)
    if not stating.finish_setup(member, now, command, now_ms=now_ms):
        return NOTHING
    row = Say("UPDATE community SET set_up_ms = ? WHERE id = ?", (now_ms, command.community))
    return Resolved(events=(CommunityChanged(),), rows=(row,))


def about_keeping(actor: PersonId | None, command: SetKeeping | SetHold, now_ms: int) -> Work[Resolved]:
    """For how long words are kept, or that none are erased for now. Both are acts of the team that others must see."""
    member, room = yield from together(
        load_actor(command.community, actor), facts.load_room(command.community, command.room)
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


def _end_codes_of(room: RoomId | None, now_ms: int) -> Say:
    """No code that the room has had lets anybody in any more: others may have heard it."""
    return Say(
        "UPDATE invitation SET ends_ms = ? WHERE room = ? AND kind = ? AND ends_ms > ?",
        (now_ms, room, InvitationKind.CODE.value, now_ms),
    )


def _slug_taken(community: CommunityId, slug: str) -> Work[bool]:
    [rows] = yield [Say("SELECT 1 FROM room WHERE community = ? AND slug = ?", (community, slug))]
    return bool(rows)
