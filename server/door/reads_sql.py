"""What a page asks to read of a community: its home, its people, its members. Rights are asked in every one."""

import base64
import binascii

import msgspec

from community.door import Admits
from community.facts import STAFF, AwaitedRole, Member, Room, require, shown_to_all
from community.keeping import Keeping
from community.names import name_key
from rooms.contract import Code, Refused
from rooms.ids import CommunityId, PersonId, RoomId
from rooms.rights import TEAM, Deed, Role, Standing, badge, may, may_read
from server import api
from server.database.ports import Row, Say, Statement, Work, one_of
from server.database.together import together
from server.door import facts_sql as facts
from server.mail import news_sql, reach_sql
from server.streams.erased_sql import ERASING
from server.streams.force_sql import has_proof, in_force
from server.streams.reading_sql import UNREAD_LIMIT

PAGE = 50
PEOPLE = 20
# Shorter absences are one visit: whoever reloads the page has not come back.
VISIT_MS = 30 * 60_000
# Others are told the hour in which somebody was last there: told to the moment, it would be the moment of a message
# whose author hid their name.
SEEN_MS = 60 * 60_000

_lines = msgspec.json.Decoder(tuple[str, ...]).decode

_STATED = (
    "id, slug, name, purpose, vows, commitments, standings, runs_it, contact, kept_days, admits, lead, lead_contact,"
    " door"
)


def community_id(slug: str) -> Work[CommunityId]:
    """The community at this address. Refused when there is none."""
    [rows] = yield [Say("SELECT id FROM community WHERE slug = ?", (slug,))]
    if not rows:
        raise Refused(Code.NOT_FOUND)
    return CommunityId(rows[0][0])


def slug_of(community: CommunityId) -> Work[str]:
    """The address of a community that exists."""
    [rows] = yield [Say("SELECT slug FROM community WHERE id = ?", (community,))]
    return str(rows[0][0])


def community_view(community: CommunityId) -> Work[api.CommunityView]:
    """What the community states, for whoever is there or holds an invitation."""
    [stated, members, moderators] = yield [
        Say(f"SELECT {_STATED} FROM community WHERE id = ?", (community,)),
        Say("SELECT COUNT(*) FROM member WHERE community = ? AND left_ms IS NULL", (community,)),
        Say(
            f"SELECT COUNT(DISTINCT person) FROM role WHERE community = ? AND role = ? AND {in_force('role.person')}",
            (community, Role.MODERATOR.value),
        ),
    ]
    if not stated:
        raise Refused(Code.NOT_FOUND)
    return _community(stated[0], members=members[0][0], moderators=moderators[0][0])


def _community(row: Row, *, members: int, moderators: int) -> api.CommunityView:
    id_, slug, name, purpose, vows, commitments, standings, runs_it, contact, kept_days, *more = row
    admits, lead, lead_contact, door = more
    return api.CommunityView(
        community=id_,
        slug=slug,
        name=name,
        purpose=purpose,
        values=_lines(vows),
        commitments=_lines(commitments),
        # Staff is given by an invitation, so it is nothing to choose from.
        standings=tuple(each for each in _lines(standings) if each != STAFF),
        runs_it=runs_it,
        contact=contact,
        members=members,
        moderators=moderators,
        kept_days=kept_days,
        admits=Admits(admits),
        lead=lead,
        lead_contact=lead_contact,
        door=facts.door_lines(door),
    )


def _by_role(asked: AwaitedRole) -> tuple[str, str]:
    return asked.role.value, asked.room or ""


def membership(view: api.CommunityView, who: Member) -> api.Membership:
    """What `who` is in the community."""
    return api.Membership(
        community=view.community,
        slug=view.slug,
        name=view.name,
        shown_name=who.name,
        standing=who.standing,
        shows_standing=who.shows_standing,
        roles=tuple(sorted(who.at(None).roles)),
        accepted=who.accepted,
        dormant=() if who.has_force else _held(who),
        asked=tuple(api.AskedRole(role=one.role, room=one.room) for one in sorted(who.asked, key=_by_role)),
    )


def _held(who: Member) -> tuple[api.AskedRole, ...]:
    """The roles of the team that somebody holds, with force or without: those of the community, then those of rooms."""
    everywhere = [api.AskedRole(role=role, room=None) for role in sorted(who.roles & TEAM)]
    rooms = sorted(who.room_roles.items())
    return (*everywhere, *(api.AskedRole(role=role, room=room) for room, roles in rooms for role in sorted(roles)))


def every_room() -> Work[list[RoomId]]:
    """All rooms of this server, also those that are closed: one may still be in them."""
    [rows] = yield [Say("SELECT id FROM room")]
    return [RoomId(room) for (room,) in rows]


def member_here(community: CommunityId, person: PersonId) -> Work[Member]:
    """Who `person` is in the community. Refused, as if it did not exist, when they are no member."""
    found = yield from facts.load_members(community, [person])
    return require(found.get(person), Deed.READ_COMMUNITY, now_ms=0)


def my_membership(community: CommunityId, person: PersonId) -> Work[api.Membership]:
    """My place in one community."""
    who, view = yield from together(member_here(community, person), community_view(community))
    return membership(view, who)


def my_memberships(person: PersonId) -> Work[tuple[api.Membership, ...]]:
    """Every community I am a member of, the longest first."""
    [rows] = yield [
        Say(
            "SELECT community FROM member WHERE person = ? AND left_ms IS NULL ORDER BY joined_ms, community", (person,)
        )
    ]
    found: list[api.Membership] = []
    for (community,) in rows:
        found.append((yield from my_membership(CommunityId(community), person)))
    return tuple(found)


# Home ------------------------------------------------------------------------------------------------------------


def home(slug: str, person: PersonId) -> Work[api.Home]:
    """A community's home for one member. `here` and `mail` are left open: they are not in SQL."""
    community = yield from community_id(slug)
    who, view, found, last_here_ms = yield from together(
        member_here(community, person),
        community_view(community),
        facts.load_rooms(community),
        _last_here(community, person),
    )
    rooms = [room for room in found if may_read(who.at(room.id), room.place)]
    decides = may(who.at(None), Deed.SET_ROLES, place=None, now_ms=0) is None
    keepers = (yield from facts.load_keepers(community)) if decides else ()
    involved = yield from reach_sql.involvement(community, person)
    states = may(who.at(None), Deed.FINISH_SETUP, place=None, now_ms=0) is None
    return api.Home(
        community=view,
        me=membership(view, who),
        rooms=(yield from _lines_of(rooms, who)),
        last_here_ms=last_here_ms,
        waiting=(yield from _waiting(community)) if decides else (),
        alone=keepers == (person,),
        setting_up=(yield from _setting_up(community)) if states else None,
        news=(yield from news_sql.for_me(community, who, involved)),
        involved=involved,
        mail=False,
    )


def _setting_up(community: CommunityId) -> Work[api.SettingUp | None]:
    """How far the community is set up; None once its keepers want to see no more of that."""
    stated, [invited] = yield from together(
        facts.load_stated(community),
        _rows(Say("SELECT 1 FROM invitation WHERE community = ? AND role = ? LIMIT 1", (community, Role.MEMBER.value))),
    )
    return None if stated.set_up else api.SettingUp(invited=bool(invited))


def _rows(asked: Say) -> Work[list[list[Row]]]:
    return (yield [asked])


def _waiting(community: CommunityId) -> Work[tuple[api.WaitingLine, ...]]:
    """Who waits for a yes to a role, the longest first."""
    [rows] = yield [
        Say(
            "SELECT w.person, who.name, w.role, w.room, w.standing, w.at_ms, maker.name, i.label FROM asked_role w"
            " JOIN member who ON who.community = w.community AND who.person = w.person"
            " JOIN invitation i ON i.id = w.invitation"
            " LEFT JOIN member maker ON maker.community = w.community AND maker.person = i.made_by"
            # A node of an older version gives the role, or takes them out, and leaves the row.
            " WHERE w.community = ? AND who.left_ms IS NULL AND NOT EXISTS (SELECT 1 FROM role r WHERE"
            " r.community = w.community AND r.person = w.person AND r.role = w.role AND r.room = w.room)"
            " ORDER BY w.at_ms, w.person, w.role, w.room LIMIT ?",
            (community, PAGE),
        )
    ]
    return tuple(
        api.WaitingLine(
            person=person,
            name=name,
            role=Role(role),
            room=room or None,
            staff=standing == STAFF,
            at_ms=at_ms,
            made_by=maker or "",
            label=label,
        )
        for person, name, role, room, standing, at_ms, maker, label in rows
    )


def _last_here(community: CommunityId, person: PersonId) -> Work[int | None]:
    [rows] = yield [Say("SELECT here_ms FROM member WHERE community = ? AND person = ?", (community, person))]
    return rows[0][0] if rows else None


def _lines_of(rooms: list[Room], who: Member) -> Work[tuple[api.RoomLine, ...]]:
    if not rooms:
        return ()
    asked: list[Statement] = []
    for room in rooms:
        asked += _counts(room.id, who.person)
    rows = yield asked
    return tuple(_line(room, who, rows[4 * n : 4 * n + 4]) for n, room in enumerate(rooms))


def _counts(room: RoomId, person: PersonId) -> list[Statement]:
    unread = "seq > COALESCE((SELECT seq FROM read_place WHERE room = ? AND person = ?), 0)"
    return [
        Say(
            f"SELECT COUNT(*) FROM (SELECT 1 FROM message WHERE room = ? AND author <> ? AND removed IS NULL"
            f" AND author NOT IN {ERASING} AND {unread} LIMIT {UNREAD_LIMIT}) AS few",
            (room, person, room, person),
        ),
        Say(
            f"SELECT COUNT(*) FROM mention WHERE room = ? AND person = ? AND {unread} AND NOT EXISTS"
            f" (SELECT 1 FROM message WHERE id = mention.message AND author IN {ERASING})",
            (room, person, room, person),
        ),
        Say(
            f"SELECT at_ms FROM message WHERE room = ? AND removed IS NULL AND author NOT IN {ERASING}"
            " ORDER BY seq DESC LIMIT 1",
            (room,),
        ),
        Say(
            "SELECT c.kept_days, r.kept_days FROM room r JOIN community c ON c.id = r.community WHERE r.id = ?", (room,)
        ),
    ]


def _line(room: Room, who: Member, counted: list[list[Row]]) -> api.RoomLine:
    state = room.state
    unread, mentions, last, kept = counted
    return api.RoomLine(
        room=room.id,
        slug=state.slug,
        title=state.title,
        purpose=state.purpose,
        visibility=state.visibility,
        closed=state.closed,
        unread=unread[0][0],
        mentions=mentions[0][0],
        here=None,
        last_ms=last[0][0] if last else None,
        kept_days=Keeping(*kept[0]).days,
        tells=may(who.at(room.id), Deed.TELL_PEOPLE, place=room.place, now_ms=0) is None,
    )


def came_by(community: CommunityId, person: PersonId) -> Work[None]:
    """Remember this visit, unless it is the same as the last."""
    yield [
        Say(
            "UPDATE member SET here_ms = NOW_MS() WHERE community = ? AND person = ?"
            " AND COALESCE(here_ms, 0) < NOW_MS() - ?",
            (community, person, VISIT_MS),
        )
    ]


def find_room(slug: str, room_slug: str, person: PersonId) -> Work[RoomId]:
    """The room at this address. Refused alike when there is none and when it is not for this person."""
    community = yield from community_id(slug)
    who = yield from member_here(community, person)
    [rows] = yield [facts.rooms_where("community = ? AND slug = ?", community, room_slug)]
    room = facts.room_of(rows[0]) if rows else None
    require(who, Deed.READ, room=room, now_ms=0)
    return RoomId(rows[0][0])


def readable_room(room: RoomId, person: PersonId) -> Work[Room]:
    """The room. Refused alike when there is none and when it is not for this person."""
    [rows] = yield [facts.rooms_where("id = ?", room)]
    if not rows:
        raise Refused(Code.NOT_FOUND)
    found = facts.room_of(rows[0])
    members = yield from facts.load_members(found.state.community, [person])
    require(members.get(person), Deed.READ, room=found, now_ms=0)
    return found


# People ----------------------------------------------------------------------------------------------------------


def people(room_id: RoomId, q: str, person: PersonId) -> Work[api.People]:
    """People whose name begins with `q`: those in the room for its members, everyone for who may let people in."""
    room = yield from readable_room(room_id, person)
    community = room.state.community
    who = yield from member_here(community, person)
    # Who lets people in must find those who are not in yet; anyone else must not learn who else there is.
    hosts = may(who.at(room.id), Deed.ADMIT, place=room.place, now_ms=0) is None
    everyone = hosts or shown_to_all(room)
    within = Say("1 = 1") if everyone else _concerned(community, room.id)
    [rows] = yield [
        Say(
            f"SELECT person FROM member WHERE community = ? AND left_ms IS NULL AND name_key LIKE ? AND {within.sql}"
            " ORDER BY LOWER(name), person LIMIT ?",
            (community, f"{name_key(q)}%", *within.values, 4 * PEOPLE),
        )
    ]
    found = yield from facts.load_members(community, [id_ for (id_,) in rows])
    standings = [found[id_].at(room.id) for (id_,) in rows]
    shown = [_person(each) for each in standings if everyone or may_read(each, room.place)]
    return api.People(people=tuple(shown[:PEOPLE]))


def _concerned(community: CommunityId, room: RoomId) -> Say:
    """A condition that holds for whoever could be in a room that is not everyone's."""
    team = one_of("role", sorted(role.value for role in TEAM))
    return Say(
        "(person IN (SELECT person FROM room_member WHERE room = ?) OR person IN"
        f" (SELECT person FROM role WHERE community = ? AND room IN ('', ?) AND {team.sql}))",
        (room, community, room, *team.values),
    )


def _person(who: Standing) -> api.PersonLine:
    return api.PersonLine(person=who.person, name=who.name, standing=who.standing, role=badge(who))


def cursor_of(name: str, person: str) -> str:
    """An opaque word for a place in a list by name."""
    return base64.urlsafe_b64encode(msgspec.json.encode((name, person))).decode().rstrip("=")


def place_of(cursor: str) -> tuple[str, str]:
    """The place that a cursor names. Refused when it is none of ours."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        name, person = msgspec.json.decode(text, type=tuple[str, str])
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise Refused(Code.MALFORMED) from None
    if "\0" in name + person:
        raise Refused(Code.MALFORMED)
    return name, person


def members(slug: str, person: PersonId, *, q: str, cursor: str | None) -> Work[api.Members]:
    """A page of members by name, for keepers."""
    community = yield from community_id(slug)
    found = yield from facts.load_members(community, [person])
    require(found.get(person), Deed.LIST_MEMBERS, now_ms=0)
    after, last = place_of(cursor) if cursor else ("", "")
    [rows] = yield [
        Say(
            "SELECT person, LOWER(name), joined_ms,"
            " (SELECT MAX(seen_ms) FROM session WHERE session.person = member.person),"
            f" CASE WHEN {has_proof('member.person')} THEN 1 ELSE 0 END FROM member"
            " WHERE community = ? AND left_ms IS NULL AND name_key LIKE ?"
            " AND (LOWER(name) > ? OR (LOWER(name) = ? AND person > ?)) ORDER BY LOWER(name), person LIMIT ?",
            (community, f"{name_key(q)}%", after, after, last, PAGE + 1),
        )
    ]
    shown = rows[:PAGE]
    known = yield from facts.load_members(community, [row[0] for row in shown])
    return api.Members(
        members=tuple(
            _member(known[id_], joined_ms=joined_ms, seen_ms=seen_ms, proof=bool(proof))
            for id_, _, joined_ms, seen_ms, proof in shown
        ),
        next=cursor_of(shown[-1][1], shown[-1][0]) if len(rows) > PAGE else None,
    )


def _member(who: Member, *, joined_ms: int, seen_ms: int | None, proof: bool) -> api.MemberLine:
    return api.MemberLine(
        person=who.person,
        name=who.name,
        standing=who.shown_standing,
        roles=tuple(sorted(who.roles)),
        room_roles=tuple(
            api.RoomRole(room=room, role=role)
            for room, roles in sorted(who.room_roles.items())
            for role in sorted(roles)
        ),
        accepted=who.accepted,
        passkey=proof if _held(who) else None,
        joined_ms=joined_ms,
        seen_ms=None if seen_ms is None else seen_ms - seen_ms % SEEN_MS,
    )
