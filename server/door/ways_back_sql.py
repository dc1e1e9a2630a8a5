"""Ways back in SQL: made, used once, and told to whoever they belong to. Only hashes are kept."""

from collections.abc import Sequence

from community.commands import NewSession
from rooms.contract import Code, Refused
from rooms.ids import PersonId
from server import api
from server.database.ports import Say, Work
from server.door.links_sql import home_of
from server.door.sessions_sql import DAY_MS, joined_session

# A conversation comes once a month, and some come once a year.
KEPT_MS = 365 * DAY_MS
# So long the request that used a way back may be sent again, because its answer was lost on the way.
AGAIN_MS = 10 * 60_000


def _roles(person: PersonId) -> Say:
    """Something when the person is of the team anywhere: what lies on a kitchen table gives no rights over others."""
    return Say("SELECT 1 FROM role WHERE person = ? LIMIT 1", (person,))


def make(person: PersonId, link_hash: str, words_hash: str) -> Work[int]:
    """Give the person this way back in place of any they had; when it runs out, ms.

    Refused as `conflict` when somebody else has the same words by chance, and to the team.
    """
    _, others, roles = yield [
        # Whoever makes two at once has the later one.
        Say("SELECT id FROM person WHERE id = ? FOR UPDATE", (person,)),
        Say("SELECT 1 FROM way_back WHERE words_hash = ? AND person <> ?", (words_hash, person)),
        _roles(person),
    ]
    if roles:
        raise Refused(Code.NOT_ALLOWED)
    if others:
        raise Refused(Code.CONFLICT)
    [made] = yield [
        Say(
            "INSERT INTO way_back (person, link_hash, words_hash, made_ms, ends_ms)"
            " VALUES (?, ?, ?, NOW_MS(), NOW_MS() + ?) ON CONFLICT (person) DO UPDATE SET"
            " link_hash = excluded.link_hash, words_hash = excluded.words_hash, made_ms = excluded.made_ms,"
            " ends_ms = excluded.ends_ms, used_ms = NULL, used_nonce = NULL, used_session = NULL RETURNING ends_ms",
            (person, link_hash, words_hash, KEPT_MS),
        )
    ]
    ends_ms: int = made[0][0]
    return ends_ms


def use(hashed: str, session: NewSession, nonce: str) -> Work[tuple[PersonId, str]]:
    """Let this session in by the way back with this hash: whose it is, and the slug of the community they go to."""
    [rows] = yield [
        Say(
            "SELECT person, used_ms, used_nonce, used_session, ends_ms, NOW_MS() FROM way_back"
            " WHERE link_hash = ? OR words_hash = ? FOR UPDATE",
            (hashed, hashed),
        )
    ]
    if not rows or rows[0][4] <= rows[0][5]:
        raise Refused(Code.WAY_BACK_UNKNOWN)
    person, used_ms, used_nonce, used_session, _, now_ms = rows[0]
    if used_ms is not None and (used_nonce != nonce or now_ms - used_ms > AGAIN_MS):
        raise Refused(Code.WAY_BACK_USED)
    slug = yield from home_of(person)
    [roles] = yield [_roles(person)]
    if slug is None or roles:
        raise Refused(Code.WAY_BACK_UNKNOWN)
    yield [
        # Nobody has the token that was lost with the answer.
        Say("DELETE FROM session WHERE id = ? AND person = ?", (used_session, person)),
        *joined_session(person, session),
        Say(
            "UPDATE session SET came_back_ms = NOW_MS() WHERE id = ? AND token_hash = ?",
            (session.session, session.token_hash),
        ),
        Say(
            "UPDATE way_back SET used_ms = COALESCE(used_ms, NOW_MS()), used_nonce = ?, used_session = ?"
            " WHERE person = ?",
            (nonce, session.session, person),
        ),
    ]
    return person, slug


def status(person: PersonId, session: str) -> Work[tuple[api.WayBack, tuple[api.CameBack, ...]]]:
    """Whether the person has a way back, and who came in by one lately, as told to this session of theirs."""
    mine, roles, came = yield [
        Say("SELECT ends_ms FROM way_back WHERE person = ? AND used_ms IS NULL AND ends_ms > NOW_MS()", (person,)),
        _roles(person),
        Say(
            "SELECT c.id, c.came_back_ms FROM session c JOIN session mine ON mine.id = ? AND mine.made_ms < c.made_ms"
            " WHERE c.person = ? AND c.came_back_ms IS NOT NULL AND c.ends_ms > NOW_MS()"
            " ORDER BY c.came_back_ms DESC, c.id",
            (session, person),
        ),
    ]
    way_back = api.WayBack(allowed=not roles, ends_ms=mine[0][0] if mine and not roles else None)
    return way_back, tuple(api.CameBack(session=id_, at_ms=at_ms) for id_, at_ms in came)


def was_me(person: PersonId, session: str, others: Sequence[str]) -> Work[None]:
    """The person says, where they have been signed in for longer, that it was them who came back there."""
    # Whoever came in by it must not be able to say so for them.
    yield [
        Say(
            "UPDATE session SET came_back_ms = NULL WHERE id = ? AND person = ?"
            " AND made_ms > (SELECT mine.made_ms FROM session mine WHERE mine.id = ?)",
            (other, person, session),
        )
        for other in others
    ]
