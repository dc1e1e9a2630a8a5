"""Invitations as they are read: by whoever holds one, and by keepers, who see everything but the secret."""

from dataclasses import dataclass

from community.commands import InvitationKind
from community.facts import STAFF, Member, require
from community.invitations import Invitation, as_code, closed
from rooms.contract import Code, Refused
from rooms.ids import PersonId
from rooms.rights import Deed, Role, badge, may_read
from server import api
from server.database.ports import Row, Say, Work
from server.database.together import together
from server.door import facts_sql as facts
from server.door import reads_sql as reads
from server.door.keys import Keys, secret_hash
from server.keeping_sql import load_keeping

# Nobody scrolls further back than this through invitations; the newest are those that live.
LIMIT = 500


def hash_of(secret: str, keys: Keys) -> str:
    """How the invitation with this secret is kept, be it a link or a code typed in any way."""
    code = as_code(secret)
    return secret_hash(secret.strip()) if code is None else keys.code_hash(code)


def by_secret(hashed: str) -> Work[tuple[Invitation | None, int]]:
    """The invitation with this secret, if there is one, and the database's time."""
    [rows, clock] = yield [facts.invitations_where("secret_hash = ?", hashed), Say("SELECT NOW_MS()")]
    return facts.invitation_of(rows[0]) if rows else None, clock[0][0]


@dataclass(frozen=True, slots=True)
class Looked:
    """What stands on the join screen, or why nobody comes in by this invitation."""

    view: api.InvitationLook | None
    refused: Code | None


def look(hashed: str, person: PersonId | None) -> Work[Looked]:
    """What an invitation leads to, for a stranger or for `person`. Uses nothing up.

    A member is shown it even when it has ended: they can still go straight in.
    """
    invitation, now_ms = yield from by_secret(hashed)
    if invitation is None:
        return Looked(None, Code.INVITATION_UNKNOWN)
    (found, maker), view, room, kept = yield from together(
        _concerned(invitation, person),
        reads.community_view(invitation.community),
        facts.load_room(invitation.community, invitation.room),
        load_keeping(invitation.community, invitation.room),
    )
    member = found if found is not None and found.member else None
    ended = closed(invitation, now_ms=now_ms)
    if ended is not None and member is None:
        return Looked(None, ended)
    # Nobody's name stands under the invitation of someone who has left.
    inviter = maker.at(invitation.room) if maker is not None and maker.member else None
    return Looked(
        api.InvitationLook(
            community=view,
            inviter=inviter.name if inviter else "",
            inviter_role=badge(inviter) if inviter else None,
            room_slug=room.state.slug if room else None,
            room_title=room.state.title if room else None,
            role=invitation.role,
            staff=invitation.standing == STAFF,
            ends_ms=invitation.ends_ms,
            member=reads.membership(view, member) if member else None,
            kept_days=kept.days,
        ),
        None,
    )


def _concerned(invitation: Invitation, person: PersonId | None) -> Work[tuple[Member | None, Member | None]]:
    """Whoever looks, when they are or were a member, and whoever made the invitation."""
    found = yield from facts.load_members(invitation.community, [person, invitation.made_by])
    return found.get(person) if person is not None else None, found.get(invitation.made_by)


def destination(invitation: Invitation, person: PersonId) -> Work[tuple[str, str | None]]:
    """Where someone who came in by the invitation goes: the community's slug, and the room's when they may read it.

    Whoever waits for a role goes where it is said that they do.
    """
    slug, room, found = yield from together(
        reads.slug_of(invitation.community),
        facts.load_room(invitation.community, invitation.room),
        facts.load_members(invitation.community, [person]),
    )
    waits = person in found and found[person].awaits(invitation.role, invitation.room) is not None
    if room is None or waits:
        return slug, None
    who = yield from facts.standing(person, invitation.community, room.id)
    return slug, room.state.slug if may_read(who, room.place) else None


def listed(slug: str, person: PersonId) -> Work[api.Invitations]:
    """All invitations of a community, newest first, for keepers."""
    community = yield from reads.community_id(slug)
    found = yield from facts.load_members(community, [person])
    require(found.get(person), Deed.LIST_INVITATIONS, now_ms=0)
    [rows] = yield [
        Say(
            "SELECT i.id, i.kind, i.role, i.room, i.standing, i.label, i.uses, i.used, i.ends_ms, i.revoked_ms,"
            " i.made_ms, m.name, EXISTS (SELECT 1 FROM asked_role w WHERE w.invitation = i.id)"
            " FROM invitation i LEFT JOIN member m ON m.community = i.community"
            " AND m.person = i.made_by WHERE i.community = ? ORDER BY i.made_ms DESC, i.id DESC LIMIT ?",
            (community, LIMIT),
        )
    ]
    return api.Invitations(invitations=tuple(map(_line, rows)))


def _line(row: Row) -> api.InvitationLine:
    id_, kind, role, room, standing, label, uses, used, ends_ms, revoked_ms, made_ms, made_by, waits = row
    return api.InvitationLine(
        invitation=id_,
        kind=InvitationKind(kind),
        role=Role(role),
        room=room,
        staff=standing == STAFF,
        label=label,
        uses=uses,
        used=used,
        ends_ms=ends_ms,
        revoked=revoked_ms is not None,
        made_ms=made_ms,
        made_by=made_by or "",
        waits=bool(waits),
    )


def open_invitation(invitation: Invitation | None) -> Invitation:
    """The invitation, which exists."""
    if invitation is None:
        raise Refused(Code.INVITATION_UNKNOWN)
    return invitation
