"""One-use links: the first keeper's claim, and signing in on another device. Only their hashes are kept."""

from community.commands import NewSession
from rooms.audit import Act, What
from rooms.contract import Code, Refused
from rooms.ids import PersonId
from server.audit_sql import Chain
from server.clock import new_secret
from server.database.ports import Database, Say, Work
from server.door.founding_sql import Founded, Founding, found_community
from server.door.keys import secret_hash
from server.door.sessions_sql import joined_session, prove

# Printed where only the operator reads; a week is long enough to come back to an installation begun on a Friday.
CLAIM_MS = 7 * 86_400_000
SIGN_IN_MS = 86_400_000


async def ensure_claim_link(database: Database) -> str | None:
    """The path of a new link by which the first keeper claims this server; None when it has been claimed."""
    secret = new_secret()
    return f"/claim/{secret}" if await database.write(lambda: _claim_link(secret_hash(secret))) else None


def _claim_link(hashed: str) -> Work[bool]:
    if (yield from claimed()):
        return False
    yield [_link(hashed, None, uses=1, ends_in_ms=CLAIM_MS)]
    return True


def claimed() -> Work[bool]:
    """Whether this server has a community, and so a keeper."""
    [rows] = yield [Say("SELECT 1 FROM community LIMIT 1")]
    return bool(rows)


def _link(hashed: str, person: PersonId | None, *, uses: int, ends_in_ms: int) -> Say:
    return Say(
        "INSERT INTO sign_in_link (secret_hash, person, uses, ends_ms) VALUES (?, ?, ?, NOW_MS() + ?)",
        (hashed, person, uses, ends_in_ms),
    )


async def make_sign_in_link(
    database: Database, chain: Chain, person: PersonId, *, uses: int = 1, ends_in_ms: int = SIGN_IN_MS
) -> str:
    """The path of a new link that signs `person` in, made by whoever runs the server."""
    secret = new_secret()

    def work() -> Work[None]:
        yield [_link(secret_hash(secret), person, uses=uses, ends_in_ms=ends_in_ms)]
        yield from chain.write_of(person, Act(what=What.SIGN_IN_LINK, person=person))

    await database.write(work)
    return f"/in/{secret}"


def _use(secret: str) -> Work[PersonId | None]:
    """Use the link up; whose it is (None: the first keeper's). Refused when it is used, has run out or is unknown."""
    hashed = secret_hash(secret)
    [rows] = yield [
        Say("SELECT person, uses, ends_ms, NOW_MS() FROM sign_in_link WHERE secret_hash = ? FOR UPDATE", (hashed,))
    ]
    if not rows or rows[0][1] < 1 or rows[0][2] <= rows[0][3]:
        raise Refused(Code.LINK_USED)
    yield [Say("UPDATE sign_in_link SET uses = uses - 1 WHERE secret_hash = ?", (hashed,))]
    person: PersonId | None = rows[0][0]
    return person


def sign_in(secret: str, session: NewSession) -> Work[tuple[PersonId, str]]:
    """Sign in by a link: the person, and the slug of the community they go to."""
    person = yield from _use(secret)
    if person is None:
        raise Refused(Code.LINK_USED)
    slug = yield from home_of(person)
    if slug is None:
        raise Refused(Code.LINK_USED)
    # Whoever runs the server has vouched for them: so somebody who lost their passkey comes in to add another.
    yield [*joined_session(person, session), prove(session)]
    return person, slug


def home_of(person: PersonId) -> Work[str | None]:
    """The slug of the community that the person joined first; None when they are in none any more."""
    [rows] = yield [
        Say(
            "SELECT c.slug FROM member m JOIN community c ON c.id = m.community WHERE m.person = ?"
            " AND m.left_ms IS NULL ORDER BY m.joined_ms LIMIT 1",
            (person,),
        )
    ]
    return rows[0][0] if rows else None


def claim(secret: str, founding: Founding, session: NewSession, *, chain: Chain) -> Work[Founded]:
    """Claim this server: found its community and sign its first keeper in. Only ever done once."""
    # Whoever inserts this row first claims; another waits here for the commit, and then finds it taken.
    [first] = yield [
        Say("INSERT INTO server (name, value) VALUES ('claimed', '') ON CONFLICT DO NOTHING RETURNING name")
    ]
    if not first or (yield from claimed()):
        raise Refused(Code.ALREADY_CLAIMED)
    if (yield from _use(secret)) is not None:
        raise Refused(Code.LINK_USED)
    made = yield from found_community(founding, session=session)
    yield [Say("DELETE FROM sign_in_link WHERE person IS NULL")]
    yield from chain.write(made.community, [Act(what=What.FOUND, by=made.keeper, person=made.keeper)])
    return made
