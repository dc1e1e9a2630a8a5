"""Signed-in devices in SQL. Times are the database's; tokens are kept as hashes."""

from collections.abc import Sequence
from dataclasses import dataclass

from community.commands import NewSession
from rooms.ids import PersonId
from server.database.ports import Row, Say, Statement, Work, in_parts, one_of
from server.streams.force_sql import has_proof

DAY_MS = 86_400_000
# A person who looks in once a season is still signed in on a device of their own.
OWN_MS = 90 * DAY_MS
# Others use a shared device: it is let go of after a quiet quarter of an hour.
SHARED_MS = 15 * 60_000
# Whoever may do more than others is asked for their passkey again after half a day away.
TEAM_MS = 12 * 60 * 60_000
# At a desk, where others' names and cases are on the screen, the page itself asks after half an hour.
DESK_MS = 30 * 60_000
# A row is not written at every request; so much of the time above may be missing at its end.
SEEN_OWN_MS = 10 * 60_000
SEEN_SHARED_MS = 20_000
# Requests on their way when a new token arrived still carry the old one.
OVERLAP_MS = 60_000
# An answer with a new token that took longer than this is taken for lost, and another token is made.
LOST_MS = 30_000

# Whoever has no passkey yet could not come back by one: they are not asked to.
_ON_THE_TEAM = f"({has_proof('session.person')} AND EXISTS (SELECT 1 FROM role WHERE role.person = session.person))"
# What a session must be to open anything: not run out, not idle for too long, and, where passkeys are required, made or
# confirmed by one if it is of somebody of the team who has one. A session from before, or by another way in, is none.
LIVES = (
    "(ends_ms > NOW_MS()"
    f" AND (seen_ms > NOW_MS() - {TEAM_MS} OR NOT {_ON_THE_TEAM})"
    f" AND (proven = 1 OR NOT PASSKEYS_REQUIRED() OR NOT {_ON_THE_TEAM}))"
)

_COLUMNS = (
    "id, person, shared, made_ms, seen_ms, ends_ms, renew, renewed_ms, token_hash, before_hash, before_until_ms,"
    " NOW_MS()"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A session as found by a token's hash, at the database's time."""

    id: str
    person: PersonId
    shared: bool
    made_ms: int
    seen_ms: int
    ends_ms: int
    renew: bool
    renewed_ms: int
    # The token that was shown is the one before the newest.
    old_token: bool
    # The newest token has been used, so the one before goes soon.
    arrived: bool
    now_ms: int

    @property
    def stale(self) -> bool:
        """Whether it is time to write down that the session is in use."""
        return self.now_ms - self.seen_ms >= (SEEN_SHARED_MS if self.shared else SEEN_OWN_MS)

    @property
    def wants_token(self) -> bool:
        """Whether the device is to be given a new token now."""
        if self.old_token:
            return not self.arrived and self.now_ms - self.renewed_ms >= LOST_MS
        return self.renew


def _row(row: Row, token_hash: str) -> SessionRow:
    id_, person, shared, made, seen, ends, renew, renewed, newest, before, before_until, now = row
    return SessionRow(
        id=id_,
        person=person,
        shared=bool(shared),
        made_ms=made,
        seen_ms=seen,
        ends_ms=ends,
        renew=bool(renew),
        renewed_ms=renewed,
        old_token=newest != token_hash,
        arrived=before is None or before_until <= now + OVERLAP_MS,
        now_ms=now,
    )


def find(token_hash: str) -> Work[SessionRow | None]:
    """The living session that this token opens."""
    [found] = yield from find_all([token_hash])
    return found


def find_all(token_hashes: Sequence[str]) -> Work[list[SessionRow | None]]:
    """The living session that each of these tokens opens, in order."""
    shown, before = one_of("token_hash", token_hashes), one_of("before_hash", token_hashes)
    living = f"SELECT {_COLUMNS} FROM session WHERE {LIVES}"
    newest, older = yield [
        Say(f"{living} AND {shown.sql}", shown.values),
        Say(f"{living} AND before_until_ms > NOW_MS() AND {before.sql}", before.values),
    ]
    rows = {row[9]: row for row in older} | {row[8]: row for row in newest}
    return [_row(rows[token], token) if token in rows else None for token in token_hashes]


def insert(person: PersonId, session: NewSession) -> Say:
    """The row of a new session, unless this very one is there."""
    return Say(
        "INSERT INTO session (id, token_hash, person, shared, made_ms, seen_ms, ends_ms)"
        " SELECT ?, ?, ?, ?, NOW_MS(), NOW_MS(), NOW_MS() + ?"
        " WHERE NOT EXISTS (SELECT 1 FROM session WHERE token_hash = ?)",
        (
            session.session,
            session.token_hash,
            person,
            int(session.shared),
            SHARED_MS if session.shared else OWN_MS,
            session.token_hash,
        ),
    )


def joined_session(person: PersonId, session: NewSession) -> list[Statement]:
    """The session that joining brings: the one the person had gets a new token, a stranger gets a new one."""
    if session.instead_of is None:
        return [insert(person, session)]
    # In place, so that the person's other tabs stay connected.
    in_place = Say(
        "UPDATE session SET before_hash = token_hash, before_until_ms = ends_ms, token_hash = ?, renew = 0,"
        " renewed_ms = NOW_MS() WHERE id = ? AND person = ?",
        (session.token_hash, session.instead_of, person),
    )
    return [in_place, insert(person, session)]


def prove(session: NewSession) -> Say:
    """This session was made by a passkey, or by what counts like one: said right after `joined_session`."""
    return Say("UPDATE session SET proven = 1 WHERE token_hash = ?", (session.token_hash,))


def renew_sessions(person: PersonId) -> Say:
    """What a person may do has changed: each of their devices gets a new token at its next request."""
    return Say("UPDATE session SET renew = 1 WHERE person = ?", (person,))


def seen(sessions: Sequence[str]) -> Work[None]:
    """Write down that these are in use, which puts off their end. One that has ended stays so."""
    meant = one_of("id", sorted(sessions))
    yield [
        Say(
            "UPDATE session SET seen_ms = NOW_MS(), ends_ms = NOW_MS() + CASE WHEN shared = 1 THEN ?"
            f" WHEN {_ON_THE_TEAM} THEN ? ELSE ? END WHERE {LIVES} AND {meant.sql}",
            (SHARED_MS, TEAM_MS, OWN_MS, *meant.values),
        )
    ]


def arrived(session: SessionRow) -> Work[None]:
    """The device has the newest token: the one before works only for requests that are on their way."""
    yield [Say("UPDATE session SET before_until_ms = NOW_MS() + ? WHERE id = ?", (OVERLAP_MS, session.id))]


def renew(session: SessionRow, shown_hash: str, new_hash: str) -> Work[bool]:
    """Give the session a new token; false when another request was faster."""
    if session.old_token:
        say = Say(
            "UPDATE session SET token_hash = ?, renewed_ms = NOW_MS() WHERE id = ? AND before_hash = ?"
            " AND renewed_ms = ? RETURNING id",
            (new_hash, session.id, shown_hash, session.renewed_ms),
        )
    else:
        say = Say(
            "UPDATE session SET before_hash = token_hash, before_until_ms = ends_ms, token_hash = ?, renew = 0,"
            " renewed_ms = NOW_MS() WHERE id = ? AND token_hash = ? RETURNING id",
            (new_hash, session.id, shown_hash),
        )
    [rows] = yield [say]
    return bool(rows)


def still_lives(session: str, person: PersonId) -> Work[bool]:
    """Whether this session of the person's opens something, also after all that has been done until now."""
    [rows] = yield [Say(f"SELECT 1 FROM session WHERE id = ? AND person = ? AND {LIVES}", (session, person))]
    return bool(rows)


def end(session: str, person: PersonId) -> Work[bool]:
    """End one session of this person; false when it is none of theirs."""
    [rows] = yield [Say("DELETE FROM session WHERE id = ? AND person = ? RETURNING id", (session, person))]
    return bool(rows)


def end_others(session: str, person: PersonId, *, unproven: bool = False) -> Work[list[str]]:
    """End all sessions of this person but one, or those of them that no passkey has made; which ones ended."""
    which = " AND proven = 0" if unproven else ""
    [rows] = yield [Say(f"DELETE FROM session WHERE person = ? AND id <> ?{which} RETURNING id", (person, session))]
    return [id_ for (id_,) in rows]


def end_lifeless(person: PersonId) -> Work[list[str]]:
    """End the sessions of this person that open nothing any more, such as one that no passkey has made; which ones."""
    [rows] = yield [Say(f"DELETE FROM session WHERE person = ? AND NOT {LIVES} RETURNING id", (person,))]
    return [id_ for (id_,) in rows]


def end_all(person: PersonId) -> Say:
    """All sessions of a person end, wherever they are signed in."""
    return Say("DELETE FROM session WHERE person = ?", (person,))


def end_homeless(person: PersonId) -> Work[list[str]]:
    """End all sessions of a person who is in no community any more; which ones ended."""
    [rows] = yield [
        Say(
            "DELETE FROM session WHERE person = ? AND NOT EXISTS"
            " (SELECT 1 FROM member WHERE member.person = session.person AND left_ms IS NULL) RETURNING id",
            (person,),
        )
    ]
    return [id_ for (id_,) in rows]


def living(sessions: list[str]) -> Work[frozenset[str]]:
    """Which of these sessions have not ended."""
    parts = [one_of("id", part) for part in in_parts(sessions)]
    found = yield [Say(f"SELECT id FROM session WHERE {LIVES} AND {part.sql}", part.values) for part in parts]
    return frozenset(id_ for rows in found for (id_,) in rows)


@dataclass(frozen=True, slots=True)
class Device:
    """A session as its owner sees it."""

    id: str
    made_ms: int
    seen_ms: int
    shared: bool


def devices(person: PersonId) -> Work[list[Device]]:
    """Where this person is signed in, the newest first."""
    [rows] = yield [
        Say(
            f"SELECT id, made_ms, seen_ms, shared FROM session WHERE person = ? AND {LIVES} ORDER BY made_ms DESC, id",
            (person,),
        )
    ]
    return [Device(id_, made_ms, seen_ms, bool(shared)) for id_, made_ms, seen_ms, shared in rows]
