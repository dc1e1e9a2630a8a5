"""Who came in by an organisation's sign-in, in SQL: whose an identity is, the roles that came by it, what is spent."""

from community import vouching
from community.commands import NewSession, Vouched
from community.facts import Member
from rooms.contract import Code, Refused
from rooms.ids import CommunityId, PersonId
from rooms.rights import Role
from server.database.ports import Row, Say, Statement, Work
from server.database.together import together
from server.door import facts_sql as facts
from server.door.sessions_sql import joined_session, prove


def person_of(identity: str) -> Work[PersonId | None]:
    """Whose the identity is; None while it is nobody's here."""
    [rows] = yield [Say("SELECT person FROM identity WHERE hashed = ? AND ended_ms IS NULL", (identity,))]
    return PersonId(rows[0][0]) if rows else None


def removed_before(community: CommunityId, identity: str) -> Work[bool]:
    """Whether a keeper has taken out of the community whose identity it is, or was until they disconnected it."""
    [rows] = yield [
        Say(
            "SELECT 1 FROM identity i JOIN member m ON m.person = i.person AND m.community = ?"
            " WHERE i.hashed = ? AND m.removed_ms IS NOT NULL",
            (community, identity),
        )
    ]
    return bool(rows)


def refused_roles(community: CommunityId, person: PersonId) -> Work[frozenset[Role]]:
    """The roles that came to this person by a group, and that a keeper has taken since."""
    [rows] = yield [
        Say(
            "SELECT role FROM vouched_role v WHERE community = ? AND person = ? AND NOT EXISTS (SELECT 1 FROM role r"
            " WHERE r.community = v.community AND r.person = v.person AND r.role = v.role AND r.room = '')",
            (community, person),
        )
    ]
    return frozenset(Role(role) for (role,) in rows)


def is_connected(person: PersonId) -> Work[bool]:
    """Whether the organisation's sign-in is a way in for this person."""
    [rows] = yield [Say("SELECT 1 FROM identity WHERE person = ? AND ended_ms IS NULL", (person,))]
    return bool(rows)


def community_meant(slug: str) -> Work[tuple[CommunityId, str]]:
    """The community that the organisation signs people in to, and its slug: the one named, or the only one.

    Refused when there is none, or none is named and there are several.
    """
    if slug:
        [rows] = yield [Say("SELECT id, slug FROM community WHERE slug = ?", (slug,))]
    else:
        [rows] = yield [Say("SELECT id, slug FROM community ORDER BY id LIMIT 2")]
    if len(rows) != 1:
        raise Refused(Code.NOT_FOUND)
    return CommunityId(rows[0][0]), str(rows[0][1])


def known(community: CommunityId, identity: str) -> Work[tuple[PersonId | None, Member | None]]:
    """Who comes in by this identity, and what they are in the community, also when they have left.

    Refused for whoever was taken out, also when they had disconnected it before.
    """
    if (yield from removed_before(community, identity)):
        raise Refused(Code.REMOVED_HERE)
    person = yield from person_of(identity)
    found = yield from facts.load_members(community, [person])
    return person, found.get(person) if person is not None else None


def spend(hashed: str, *, ends_in_ms: int) -> Work[bool]:
    """Let a sign-in that has come back be used; false when it was before."""
    [first] = yield [
        Say(
            "INSERT INTO spent_sign_in (hashed, ends_ms) VALUES (?, NOW_MS() + ?) ON CONFLICT DO NOTHING"
            " RETURNING hashed",
            (hashed, ends_in_ms),
        )
    ]
    return bool(first)


# What the rules ask, under the community's lock ------------------------------------------------------------------


def load_vouching(community: CommunityId, person: PersonId | None, identity: str | None) -> Work[vouching.Vouching]:
    """What must be known to bring the roles of `person` up to date."""
    found, rooms, keepers, ours = yield from together(
        facts.load_members(community, [person]),
        facts.load_rooms(community),
        facts.load_keepers(community),
        _about(community, person or PersonId(""), identity or ""),
    )
    came, owners, others = ours
    return vouching.Vouching(
        member=found.get(person) if person is not None else None,
        rooms=rooms,
        keepers=keepers,
        came=frozenset(Role(role) for (role,) in came),
        identity_of=PersonId(owners[0][0]) if owners else None,
        has_other=bool(others),
    )


def _about(community: CommunityId, person: PersonId, identity: str) -> Work[tuple[list[Row], list[Row], list[Row]]]:
    came, owners, others = yield [
        Say("SELECT role FROM vouched_role WHERE community = ? AND person = ?", (community, person)),
        Say("SELECT person FROM identity WHERE hashed = ? AND ended_ms IS NULL", (identity,)),
        Say("SELECT 1 FROM identity WHERE person = ? AND hashed <> ? AND ended_ms IS NULL", (person, identity)),
    ]
    return came, owners, others


# What is written -------------------------------------------------------------------------------------------------


def connected_row(person: PersonId, identity: str, now_ms: int) -> Say:
    """From now on the identity is this person's, and it was used just now."""
    return Say(
        "INSERT INTO identity (hashed, person, made_ms, used_ms) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (hashed) DO UPDATE SET used_ms = excluded.used_ms, person = excluded.person, ended_ms = NULL",
        (identity, person, now_ms, now_ms),
    )


def disconnected_rows(person: PersonId, now_ms: int) -> list[Statement]:
    """The identity is nobody's way in any more. What a keeper has said no to stays so."""
    return [Say("UPDATE identity SET ended_ms = ? WHERE person = ? AND ended_ms IS NULL", (now_ms, person))]


def gone_row(community: CommunityId, person: PersonId | None) -> Say:
    """Somebody goes, and the roles that came by a group go with them; said before those are deleted.

    What a keeper has taken is remembered, so that it does not come again with them.
    """
    return Say(
        "DELETE FROM vouched_role WHERE community = ? AND person = ? AND EXISTS (SELECT 1 FROM role r"
        " WHERE r.community = vouched_role.community AND r.person = vouched_role.person"
        " AND r.role = vouched_role.role AND r.room = '')",
        (community, person),
    )


def came_by_group(community: CommunityId, person: PersonId, role: Role) -> Say:
    """The role came by a group, and goes with it."""
    return Say(
        "INSERT INTO vouched_role (community, person, role) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (community, person, role.value),
    )


def no_longer_by_group(community: CommunityId, person: PersonId, role: Role) -> Say:
    """The role has nothing to do with a group any more: it went, or a keeper has given it."""
    return Say(
        "DELETE FROM vouched_role WHERE community = ? AND person = ? AND role = ?", (community, person, role.value)
    )


def vouched_session(person: PersonId, session: NewSession) -> list[Statement]:
    """The session of somebody whom the organisation has signed in.

    The one place where such a session is made: it is as good as one by a passkey, since the organisation answers for
    how its people sign in.
    """
    return [*joined_session(person, session), prove(session)]


def identity_rows(person: PersonId, vouched: Vouched, session: NewSession | None, *, now_ms: int) -> list[Statement]:
    """What is written whenever the organisation has signed somebody in."""
    return [
        connected_row(person, vouched.identity, now_ms),
        *(vouched_session(person, session) if session is not None else []),
    ]
