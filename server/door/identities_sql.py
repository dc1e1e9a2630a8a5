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
    [rows] = yield [Say("SELECT person FROM identity WHERE hashed = ?", (identity,))]
    return PersonId(rows[0][0]) if rows else None


def is_connected(person: PersonId) -> Work[bool]:
    """Whether the organisation's sign-in is a way in for this person."""
    [rows] = yield [Say("SELECT 1 FROM identity WHERE person = ?", (person,))]
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
    """Who comes in by this identity, and what they are in the community, also when they have left."""
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
        Say("SELECT person FROM identity WHERE hashed = ?", (identity,)),
        Say("SELECT 1 FROM identity WHERE person = ? AND hashed <> ?", (person, identity)),
    ]
    return came, owners, others


# What is written -------------------------------------------------------------------------------------------------


def connected_row(person: PersonId, identity: str, now_ms: int) -> Say:
    """From now on the identity is this person's, and it was used just now."""
    return Say(
        "INSERT INTO identity (hashed, person, made_ms, used_ms) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (hashed) DO UPDATE SET used_ms = excluded.used_ms",
        (identity, person, now_ms, now_ms),
    )


def disconnected_rows(community: CommunityId, person: PersonId) -> list[Statement]:
    """The identity is nobody's again, and nothing tells any more by which way a role came."""
    return [
        Say("DELETE FROM identity WHERE person = ?", (person,)),
        Say("DELETE FROM vouched_role WHERE community = ? AND person = ?", (community, person)),
    ]


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
