"""What the community's rules want to know, from SQL: members with their roles, rooms, invitations, what is stated."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import msgspec

from community.commands import InvitationKind
from community.door import Admits, DoorLine
from community.facts import AwaitedRole, Member, Room, Stated
from community.invitations import Invitation
from rooms.contract import Code, Refused
from rooms.ids import CommunityId, PersonId, RoomId
from rooms.rights import TEAM, Role, Standing, Visibility
from rooms.room import RoomState
from server.database.ports import Row, Say, Value, Work, one_of
from server.streams.force_sql import in_force
from server.streams.room_sql import standing_statements, standings

_lines = msgspec.json.Decoder(tuple[str, ...]).decode
_texts = msgspec.json.Decoder(dict[str, str]).decode

_MEMBER = "person, name, standing, shows_standing, accepted_ms, muted_until_ms, joined_ms, left_ms, removed_ms"
_ROOM = "id, community, slug, title, purpose, visibility, hide_names, closed_ms"
_INVITATION = "id, community, kind, role, room, standing, uses, used, ends_ms, revoked_ms, made_by"
_STATED = (
    "id, name, purpose, vows, commitments, standings, runs_it, contact, admits, lead, lead_contact, door, set_up_ms"
)


def _member_statements(community: CommunityId, people: Sequence[PersonId]) -> list[Say]:
    """What is known of `people` in the community, also of those who left."""
    meant = one_of("person", people)
    theirs = (community, *meant.values)
    return [
        Say(f"SELECT {_MEMBER} FROM member WHERE community = ? AND {meant.sql}", theirs),
        Say(
            f"SELECT person, role, room, CASE WHEN {in_force('role.person')} THEN 1 ELSE 0 END FROM role"
            f" WHERE community = ? AND {meant.sql}",
            theirs,
        ),
        Say(f"SELECT person, role, room, standing FROM asked_role WHERE community = ? AND {meant.sql}", theirs),
        Say(
            "SELECT person, room FROM room_member WHERE room IN (SELECT id FROM room WHERE community = ?)"
            f" AND {meant.sql}",
            theirs,
        ),
    ]


def load_members(community: CommunityId, people: Iterable[PersonId | None]) -> Work[dict[PersonId, Member]]:
    """The members among `people`."""
    meant = [person for person in people if person is not None]
    if not meant:
        return {}
    rows, roles, asked, admitted = yield _member_statements(community, meant)
    held: dict[tuple[str, str], set[Role]] = {}
    for person, role, room, _ in roles:
        held.setdefault((person, room), set()).add(Role(role))
    without_force = {person for person, _, _, force in roles if not force}
    found = [_member(row, held) for row in rows]
    return {
        one.person: replace(
            one,
            has_force=one.person not in without_force,
            asked=frozenset(_awaited(*row[1:]) for row in asked if row[0] == one.person),
            admitted=frozenset(RoomId(room) for person, room in admitted if person == one.person),
        )
        for one in found
    }


def _member(row: Row, held: dict[tuple[str, str], set[Role]]) -> Member:
    person, name, standing, shows, accepted_ms, muted_until_ms, joined_ms, left_ms, removed_ms = row
    return Member(
        person=person,
        name=name,
        standing=standing,
        shows_standing=bool(shows),
        member=left_ms is None,
        roles=frozenset({Role.MEMBER} | held.get((person, ""), set())),
        room_roles={RoomId(room): frozenset(roles) for (who, room), roles in held.items() if who == person and room},
        accepted=accepted_ms is not None,
        muted_until_ms=muted_until_ms,
        joined_ms=joined_ms,
        removed=left_ms is not None and removed_ms is not None,
    )


def _awaited(role: str, room: str, standing: str | None) -> AwaitedRole:
    return AwaitedRole(Role(role), RoomId(room) if room else None, standing)


def room_of(row: Row) -> Room:
    """A room from a row that `rooms_where` asked for."""
    id_, community, slug, title, purpose, visibility, hide_names, closed_ms = row
    state = RoomState(
        community=community,
        slug=slug,
        title=title,
        purpose=purpose,
        visibility=Visibility(visibility),
        hide_names=bool(hide_names),
        closed=closed_ms is not None,
    )
    return Room(id=id_, state=state)


def rooms_where(condition: str, *values: Value) -> Say:
    """Asks for rooms; read by `room_of`."""
    return Say(f"SELECT {_ROOM} FROM room WHERE {condition} ORDER BY made_ms, id", values)


def load_rooms(community: CommunityId) -> Work[tuple[Room, ...]]:
    """All rooms of the community, oldest first."""
    [rows] = yield [rooms_where("community = ?", community)]
    return tuple(map(room_of, rows))


def load_room(community: CommunityId, room: RoomId | None) -> Work[Room | None]:
    """The room, when it is one of this community's."""
    if room is None:
        return None
    [rows] = yield [rooms_where("id = ? AND community = ?", room, community)]
    return room_of(rows[0]) if rows else None


def invitations_where(condition: str, *values: Value) -> Say:
    """Asks for invitations; read by `invitation_of`."""
    return Say(f"SELECT {_INVITATION} FROM invitation WHERE {condition}", values)


def invitation_of(row: Row) -> Invitation:
    """An invitation from a row that `invitations_where` asked for."""
    id_, community, kind, role, room, standing, uses, used, ends_ms, revoked_ms, made_by = row
    return Invitation(
        id=id_,
        community=community,
        kind=InvitationKind(kind),
        role=Role(role),
        room=room,
        standing=standing,
        uses=uses,
        used=used,
        ends_ms=ends_ms,
        revoked=revoked_ms is not None,
        made_by=made_by,
    )


def load_invitation(community: CommunityId, invitation: str) -> Work[Invitation | None]:
    """The invitation, when it is one of this community's."""
    [rows] = yield [invitations_where("id = ? AND community = ?", invitation, community)]
    return invitation_of(rows[0]) if rows else None


def load_stated(community: CommunityId) -> Work[Stated]:
    """What the community states. Refused when there is none."""
    [rows] = yield [Say(f"SELECT {_STATED} FROM community WHERE id = ?", (community,))]
    if not rows:
        raise Refused(Code.NOT_FOUND)
    id_, name, purpose, vows, commitments, standings_, runs_it, contact, admits, lead, reach, door, set_up_ms = rows[0]
    return Stated(
        id=id_,
        name=name,
        purpose=purpose,
        values=_lines(vows),
        commitments=_lines(commitments),
        standings=_lines(standings_),
        runs_it=runs_it,
        contact=contact,
        admits=Admits(admits),
        lead=lead,
        lead_contact=reach,
        door=door_lines(door),
        set_up=set_up_ms is not None,
    )


def door_lines(kept: str) -> dict[DoorLine, str]:
    """The lines at the door that are the community's own, as they are kept; those of a later version are left out."""
    texts = _texts(kept)
    return {name: texts[name] for name in DoorLine if name in texts}


def load_keepers(community: CommunityId) -> Work[tuple[PersonId, ...]]:
    """Who can keep the community; where nobody can yet, those who could if they had a passkey."""
    [rows] = yield [
        Say(
            f"SELECT person, CASE WHEN {in_force('role.person')} THEN 1 ELSE 0 END FROM role"
            " WHERE community = ? AND room = '' AND role = ? ORDER BY person",
            (community, Role.KEEPER.value),
        )
    ]
    able = [person for person, force in rows if force]
    return tuple(PersonId(person) for person in able or [person for person, _ in rows])


def load_concerned(community: CommunityId, room: RoomId) -> Work[tuple[Member, ...]]:
    """The team of the community and of the room, and whoever was let into the room."""
    team = one_of("role", sorted(role.value for role in TEAM))
    [team_rows, admitted] = yield [
        Say(
            f"SELECT DISTINCT person FROM role WHERE community = ? AND room IN ('', ?) AND {team.sql}",
            (community, room, *team.values),
        ),
        Say("SELECT person FROM room_member WHERE room = ?", (room,)),
    ]
    people = dict.fromkeys(person for (person,) in [*team_rows, *admitted])
    found = yield from load_members(community, people)
    return tuple(found[person] for person in sorted(found))


def standing(person: PersonId, community: CommunityId, room: RoomId | None) -> Work[Standing]:
    """What the rights table asks of `person` in the community or one of its rooms; a stranger when nothing is known.

    For the early check, outside the lock; what counts is asked again under it.
    """
    if room is not None:
        rows = yield standing_statements(room, [person])
        return standings(*rows).get(person, Standing(person=person))
    found = yield from load_members(community, [person])
    return found[person].at(None) if person in found else Standing(person=person)
