"""Passkeys in SQL: added, found, used and removed, with what comes of it for the roles that need one."""

from dataclasses import replace
from typing import NamedTuple

import msgspec

from community.audience import lowered
from community.commands import NewSession
from community.facts import Member
from rooms.audit import Act, What
from rooms.contract import Code, Refused
from rooms.events import RightsChanged
from rooms.ids import CommunityId, PersonId, StreamId, community_stream, person_stream
from server import api
from server.audit_sql import Chain
from server.clock import new_id
from server.database.ports import Each, Say, Work
from server.door import facts_sql as facts
from server.door.links_sql import home_of
from server.door.passkeys_webauthn import KnownKey, NewKey
from server.door.sessions_sql import end_others, joined_session, prove, still_lives
from server.streams.ledger import Ledger, lock_all
from server.streams.transaction import Committed

# One for each device of one's own, a key on the ring, and one in the drawer.
LIMIT = 10

_encode = msgspec.json.Encoder().encode


class Answered(NamedTuple):
    """A challenge that was answered, by its hash, and when it runs out."""

    hash: str
    ends_ms: int


def now() -> Work[int]:
    """The database's time."""
    [rows] = yield [Say("SELECT NOW_MS()")]
    at_ms: int = rows[0][0]
    return at_ms


class Adding(NamedTuple):
    """What is to be known before a passkey is made: how its owner is called, what they have, and the time."""

    name: str
    known: tuple[str, ...]
    now_ms: int


def may_add(person: PersonId) -> Work[Adding]:
    """Who wants to add a passkey. Refused to whoever has no role of the team, and when there are enough."""
    team, names, rows, clock = yield [
        Say("SELECT 1 FROM role WHERE person = ? LIMIT 1", (person,)),
        Say("SELECT name FROM member WHERE person = ? AND left_ms IS NULL ORDER BY joined_ms LIMIT 1", (person,)),
        Say("SELECT credential FROM passkey WHERE person = ? ORDER BY id", (person,)),
        Say("SELECT NOW_MS()"),
    ]
    if not team or not names:
        raise Refused(Code.NOT_ALLOWED)
    if len(rows) >= LIMIT:
        raise Refused(Code.PASSKEYS_FULL, limit=LIMIT)
    return Adding(names[0][0], tuple(credential for (credential,) in rows), clock[0][0])


def mine(person: PersonId, *, required: bool) -> Work[api.Passkeys]:
    """The passkeys of a person, the newest first, and whether they are to have any."""
    team, rows = yield [
        Say("SELECT 1 FROM role WHERE person = ? LIMIT 1", (person,)),
        Say("SELECT id, made_ms, used_ms FROM passkey WHERE person = ? ORDER BY made_ms DESC, id DESC", (person,)),
    ]
    return api.Passkeys(
        passkeys=tuple(api.PasskeyLine(passkey=id_, made_ms=made, used_ms=used) for id_, made, used in rows),
        allowed=bool(team),
        required=bool(team) and required,
    )


def _answer_once(answered: Answered) -> Work[None]:
    """Take a challenge, which is never taken again. Refused when it was, or has run out."""
    _, taken = yield [
        Say("DELETE FROM answered_challenge WHERE ends_ms <= NOW_MS()"),
        Say(
            "INSERT INTO answered_challenge (hash, ends_ms) SELECT ?, CAST(? AS BIGINT) WHERE NOW_MS() < ?"
            " ON CONFLICT DO NOTHING RETURNING hash",
            (answered.hash, answered.ends_ms, answered.ends_ms),
        ),
    ]
    if not taken:
        raise Refused(Code.PASSKEY_LATE)


class Added(NamedTuple):
    """What is to be told of a passkey that was added, and which sessions have ended by it."""

    committed: Committed
    ended: list[str]


def add(
    person: PersonId, session: str, key: NewKey, *, answered: Answered, required: bool, chain: Chain
) -> Work[Added]:
    """Keep a new passkey. Where they are required, sessions of before that none has confirmed end, but this one."""
    ledger, circles = yield from _locked(person)
    if not (yield from still_lives(session, person)):
        # Ended by the passkey that was added a moment ago: whoever begins on another session is perhaps somebody else.
        raise Refused(Code.SIGNED_OUT)
    yield from _answer_once(answered)
    before = yield from may_add(person)
    [made] = yield [
        Say(
            "INSERT INTO passkey (id, person, credential, public_key, sign_count, transports, made_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, NOW_MS()) ON CONFLICT DO NOTHING RETURNING id",
            (new_id(), person, key.credential, key.public_key, key.sign_count, _encode(key.transports).decode()),
        )
    ]
    if not made:
        # Somebody has it, be it the same person on another device with the same keys.
        raise Refused(Code.PASSKEY_REFUSED)
    yield [Say("UPDATE session SET proven = 1 WHERE id = ? AND person = ?", (session, person))]
    ended = (yield from end_others(session, person, unproven=True)) if required else []
    committed = yield from _told(person, ledger, circles, loses=False, changes=required and not before.known)
    yield from chain.write_of(person, Act(what=What.ADD_PASSKEY, by=person, person=person))
    return Added(committed, ended)


def remove(person: PersonId, passkey: str, *, required: bool, chain: Chain) -> Work[Committed]:
    """Take a passkey away. Where they are required, roles have no force any more without the last of them."""
    ledger, circles = yield from _locked(person)
    removed, left = yield [
        Say("DELETE FROM passkey WHERE id = ? AND person = ? RETURNING id", (passkey, person)),
        Say("SELECT 1 FROM passkey WHERE person = ? LIMIT 1", (person,)),
    ]
    if not removed:
        raise Refused(Code.NOT_FOUND)
    loses = required and not left
    committed = yield from _told(person, ledger, circles, loses=loses, changes=loses)
    yield from chain.write_of(person, Act(what=What.REMOVE_PASSKEY, by=person, person=person))
    return committed


_Circles = list[tuple[CommunityId, Member | None]]


def _locked(person: PersonId) -> Work[tuple[Ledger, _Circles]]:
    """The communities of a person, locked, and who they are there: what is decided there is decided before or after."""
    [rows] = yield [
        Say("SELECT community FROM member WHERE person = ? AND left_ms IS NULL ORDER BY community", (person,))
    ]
    communities = [CommunityId(community) for (community,) in rows]
    locks = lock_all([community_stream(community) for community in communities])
    *heads, clock = yield [*locks, Say("SELECT NOW_MS()")]
    ledger = Ledger(now_ms=clock[0][0])
    for head in heads:
        ledger.add(head)
    circles: _Circles = []
    for community in communities:
        found = yield from facts.load_members(community, [person])
        circles.append((community, found.get(person)))
    return ledger, circles


def _told(person: PersonId, ledger: Ledger, circles: _Circles, *, loses: bool, changes: bool) -> Work[Committed]:
    """Tell the person's pages that their rights have changed, and narrow what they followed by right of a role."""
    if not changes:
        return Committed([])
    narrowed: list[tuple[StreamId, PersonId]] = []
    for community, member in circles:
        if loses and member is not None:
            rooms = yield from facts.load_rooms(community)
            narrowed += lowered(member, replace(member, has_force=False), rooms)
    for rows in (yield lock_all([person_stream(person), *(stream for stream, _ in narrowed)])):
        ledger.add(rows)
    for stream, who in narrowed:
        if stream in ledger.heads:
            ledger.narrow(stream, who)
    ledger.append(person_stream(person), RightsChanged())
    yield [write for write in ledger.writes() if not isinstance(write, Each) or write.rows]
    return Committed([], ledger.stored, ledger.heads, ledger.narrowed)


def find(credential: str) -> Work[KnownKey]:
    """The passkey with this id. Refused when there is none."""
    [rows] = yield [Say("SELECT id, person, public_key, sign_count FROM passkey WHERE credential = ?", (credential,))]
    if not rows:
        raise Refused(Code.PASSKEY_UNKNOWN)
    id_, person, public_key, sign_count = rows[0]
    return KnownKey(id_, PersonId(person), public_key, sign_count)


def use(key: KnownKey, counted: int, *, answered: Answered, session: NewSession) -> Work[str]:
    """Let this session in by a passkey whose answer holds: the slug of the community they go to."""
    yield from _answer_once(answered)
    [used] = yield [
        Say(
            # Nobody has used it meanwhile with a higher count, and nobody has removed it.
            "UPDATE passkey SET sign_count = ?, used_ms = NOW_MS() WHERE id = ? AND sign_count = ? RETURNING id",
            (counted, key.id, key.sign_count),
        )
    ]
    slug = yield from home_of(key.person)
    if not used or slug is None:
        raise Refused(Code.PASSKEY_UNKNOWN)
    yield [*joined_session(key.person, session), prove(session)]
    return slug


def state(person: PersonId) -> Work[tuple[bool, int]]:
    """Whether a person is of the team anywhere, and how many passkeys they have."""
    team, rows = yield [
        Say("SELECT 1 FROM role WHERE person = ? LIMIT 1", (person,)),
        Say("SELECT count(*) FROM passkey WHERE person = ?", (person,)),
    ]
    return bool(team), rows[0][0]
