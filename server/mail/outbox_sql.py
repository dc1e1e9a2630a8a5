"""The outbox in SQL: each mail is claimed by one node, marked before it is handed over, and settled once."""

from collections.abc import Mapping
from typing import NamedTuple

from community.reach import NewsKind, mailed
from rooms.ids import CommunityId, PersonId
from rooms.rights import may_read
from server.database.ports import Row, Say, Work
from server.door import facts_sql as facts
from server.mail.reach_sql import CONFIRM, Calm, Kept, calm_of, involvement, reach_of

# Longer than a mail server may take over one mail, twice.
LEASE_MS = 120_000
AT_ONCE = 20
# What is tried again: soon at first, since many servers make a stranger wait, and for two days in all.
AGAIN_MS = (60_000, 5 * 60_000, 20 * 60_000, 3_600_000, 3 * 3_600_000, 8 * 3_600_000, 12 * 3_600_000, 24 * 3_600_000)
KEPT_MS = 30 * 86_400_000
# News that a mail server kept waiting longer than this is no news.
STALE_MS = 3 * 86_400_000


class Due(NamedTuple):
    """A mail of the outbox that this node has claimed."""

    id: str
    community: CommunityId | None
    person: PersonId
    kind: str
    cause: str
    tries: int
    at_ms: int


class Ready(NamedTuple):
    """All that is needed to write a mail. `says` and `when` are empty but for what the team told."""

    kept: Kept
    calm: Calm
    community: str
    slug: str
    room: str | None
    says: str
    when: str


def claim(node: str) -> Work[list[Due]]:
    """Take some mails that are due, and give up those whose sender is gone in the middle."""
    _, rows = yield [
        # Whoever was at it may have handed it over: it is not sent a second time, and the team is shown how many.
        Say(
            "UPDATE outbox SET state = 'unsure', done_ms = NOW_MS() WHERE state = 'sending' AND lease_ms <= NOW_MS()",
        ),
        Say(
            "UPDATE outbox SET lease_ms = NOW_MS() + ?, node = ? WHERE state = 'waiting' AND lease_ms <= NOW_MS()"
            " AND id IN (SELECT id FROM outbox WHERE state = 'waiting' AND due_ms <= NOW_MS()"
            " AND lease_ms <= NOW_MS() ORDER BY due_ms, id LIMIT ?)"
            " RETURNING id, community, person, kind, cause, tries, at_ms",
            (LEASE_MS, node, AT_ONCE),
        ),
    ]
    return [Due(*row) for row in sorted(rows, key=lambda row: str(row[0]))]


def look(due: Due) -> Work[Ready | None]:
    """What the mail is to be written with; None when it is not wanted any more."""
    kept = yield from reach_of(due.person)
    calm = yield from calm_of(due.person)
    if kept is None or kept.failed:
        return None
    if due.kind == CONFIRM:
        if kept.id != due.cause or kept.confirmed:
            return None
        [rows] = yield [
            Say(
                "SELECT c.name, c.slug FROM community c JOIN member m ON m.community = c.id WHERE m.person = ?"
                " AND m.left_ms IS NULL ORDER BY m.joined_ms, c.id LIMIT 1",
                (due.person,),
            )
        ]
        return Ready(kept, calm, rows[0][0], rows[0][1], None, "", "") if rows else None
    if due.community is None or not kept.confirmed:
        return None
    involved = yield from involvement(due.community, due.person)
    if not mailed(NewsKind(due.kind), involved, kept.ticked):
        return None
    return (yield from _about(due, due.community, kept=kept, calm=calm))


def _about(due: Due, community: CommunityId, *, kept: Kept, calm: Calm) -> Work[Ready | None]:
    """The news itself, for somebody who may read it still."""
    [news, stated] = yield [
        Say("SELECT room, says, when_words FROM news WHERE id = ?", (due.cause,)),
        Say("SELECT name, slug, NOW_MS() FROM community WHERE id = ?", (community,)),
    ]
    found = yield from facts.load_members(community, [due.person])
    who = found.get(due.person)
    if not news or who is None or not who.member or stated[0][2] - due.at_ms > STALE_MS:
        return None
    room_id, says, when = news[0]
    room = yield from facts.load_room(community, room_id)
    if room_id is not None and (room is None or not may_read(who.at(room_id), room.place)):
        return None
    return Ready(kept, calm, stated[0][0], stated[0][1], room.state.slug if room else None, says, when)


def begin(due: Due, node: str) -> Work[bool]:
    """Mark that the mail server is being given it; false when the lease ran out and another took it."""
    [rows] = yield [
        Say(
            "UPDATE outbox SET state = 'sending', tries = tries + 1, lease_ms = NOW_MS() + ? WHERE id = ? AND node = ?"
            " AND state = 'waiting' AND lease_ms > NOW_MS() RETURNING id",
            (LEASE_MS, due.id, node),
        )
    ]
    return bool(rows)


def settle(due: Due, state: str, *, node: str, said: int | None = None) -> Work[None]:
    """It is over: `sent`, `failed`, `dropped` or `unsure`; unless another node has taken it since."""
    yield [
        Say(
            "UPDATE outbox SET state = ?, said = ?, lease_ms = 0, done_ms = NOW_MS() WHERE id = ? AND node = ?"
            " AND state IN ('waiting', 'sending')",
            (state, said, due.id, node),
        )
    ]


def fail_address(due: Due, reach: str) -> Work[None]:
    """There is no such address: its owner is told so on their page, and nothing more is sent there."""
    yield [Say("UPDATE reach SET failed_ms = NOW_MS() WHERE person = ? AND id = ?", (due.person, reach))]


def put_off(due: Due, *, node: str, for_ms: int, said: int | None = None) -> Work[None]:
    """Try it later; unless another node has taken it since, and is perhaps at it."""
    yield [
        Say(
            "UPDATE outbox SET state = 'waiting', said = ?, due_ms = NOW_MS() + ?, lease_ms = 0, node = '' WHERE id = ?"
            " AND node = ? AND state IN ('waiting', 'sending')",
            (said, for_ms, due.id, node),
        )
    ]


def counts(community: CommunityId) -> Work[Mapping[tuple[str, str], int]]:
    """How many mails of the last days are in each state, by matter: of this community, and of its members' asking."""
    [rows] = yield [
        Say(
            "SELECT kind, state, COUNT(*) FROM outbox WHERE community = ? OR (community IS NULL AND person IN"
            " (SELECT person FROM member WHERE community = ?)) GROUP BY kind, state ORDER BY kind, state",
            (community, community),
        )
    ]
    return {(kind, state): count for kind, state, count in rows}


def totals() -> Work[dict[str, int]]:
    """How many mails of the last days are in each state, on the whole server; `late` are those tried in vain."""
    [rows, late] = yield [
        Say("SELECT state, COUNT(*) FROM outbox GROUP BY state"),
        Say("SELECT COUNT(*) FROM outbox WHERE state = 'waiting' AND tries > 0"),
    ]
    return {**dict(rows), "late": late[0][0]}


def old_mails(now_ms: int, *, limit: int) -> Work[list[Row]]:
    """Forget some of what became of mails long ago."""
    [rows] = yield [
        Say(
            "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE done_ms <= ? LIMIT ?) RETURNING id",
            (now_ms - KEPT_MS, limit),
        )
    ]
    return rows
