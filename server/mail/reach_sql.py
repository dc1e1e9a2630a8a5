"""How people may be reached, in SQL: kept for themselves and for the mails alone. No reading for the team asks here."""

from collections.abc import Collection
from typing import NamedTuple

from community.reach import Involvement, Matter, Quiet
from rooms.contract import Code, Refused
from rooms.ids import CommunityId, PersonId
from server.database.ports import Row, Say, Value, Work

CONFIRM_MS = 48 * 3_600_000
# The mail that asks whether an address is right, as its rows in the outbox are called.
CONFIRM = "confirm"
DEFAULT_ZONE = "UTC"


class Kept(NamedTuple):
    """What is kept of how one person may be reached."""

    id: str
    sealed: str
    language: str
    ticked: frozenset[Matter]
    confirmed: bool
    failed: bool
    stop_hash: str


class Calm(NamedTuple):
    """When a person wants no mail, and in which zone their day is."""

    quiet: Quiet
    zone: str


_REACH = "id, sealed, language, next_talk, my_words, changes, confirmed_ms, failed_ms, stop_hash"


def reach_of(person: PersonId) -> Work[Kept | None]:
    """How a person may be reached; None when they have given no address."""
    [rows] = yield [Say(f"SELECT {_REACH} FROM reach WHERE person = ?", (person,))]
    return _kept(rows[0]) if rows else None


def _kept(row: Row) -> Kept:
    id_, sealed, language, next_talk, my_words, changes, confirmed_ms, failed_ms, stop_hash = row
    given = {Matter.NEXT_TALK: next_talk, Matter.MY_WORDS: my_words, Matter.CHANGES: changes}
    ticked = frozenset(matter for matter, on in given.items() if on)
    return Kept(id_, sealed, language, ticked, confirmed_ms is not None, failed_ms is not None, stop_hash)


def calm_of(person: PersonId) -> Work[Calm]:
    """When a person wants no mail."""
    [rows] = yield [Say("SELECT from_min, to_min, zone FROM quiet_hours WHERE person = ?", (person,))]
    if not rows:
        return Calm(Quiet(), DEFAULT_ZONE)
    from_min, to_min, zone = rows[0]
    return Calm(Quiet(from_min=from_min, to_min=to_min), zone)


class NewAddress(NamedTuple):
    """An address that somebody gives, sealed, with what the links to it are kept as. `mail` is the asking's id."""

    id: str
    sealed: str
    confirm_hash: str
    stop_hash: str
    mail: str


def give(person: PersonId, new: NewAddress, *, ticked: Collection[Matter], language: str) -> Work[None]:
    """Keep this address in place of any other, and ask by mail whether it is right."""
    yield [
        _drop_waiting(person),
        Say("DELETE FROM reach WHERE person = ?", (person,)),
        Say(
            "INSERT INTO reach (person, id, sealed, language, next_talk, my_words, changes, confirm_hash,"
            " confirm_ends_ms, stop_hash, made_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, NOW_MS() + ?, ?, NOW_MS())",
            (
                person,
                new.id,
                new.sealed,
                language,
                *_ticks(ticked),
                new.confirm_hash,
                CONFIRM_MS,
                new.stop_hash,
            ),
        ),
        Say(
            "INSERT INTO outbox (id, person, kind, cause, at_ms, due_ms, state, tries, node)"
            " VALUES (?, ?, ?, ?, NOW_MS(), NOW_MS(), 'waiting', 0, '')",
            (new.mail, person, CONFIRM, new.id),
        ),
    ]


def _ticks(ticked: Collection[Matter]) -> tuple[int, int, int]:
    return (int(Matter.NEXT_TALK in ticked), int(Matter.MY_WORDS in ticked), int(Matter.CHANGES in ticked))


def _drop_waiting(person: PersonId) -> Say:
    return Say(
        "UPDATE outbox SET state = 'dropped', done_ms = NOW_MS() WHERE person = ? AND state = 'waiting'", (person,)
    )


def tick(person: PersonId, ticked: Collection[Matter], language: str) -> Work[None]:
    """Be reached for these things from now on. Refused without an address."""
    [rows] = yield [
        Say(
            "UPDATE reach SET next_talk = ?, my_words = ?, changes = ?, language = ? WHERE person = ? RETURNING person",
            (*_ticks(ticked), language, person),
        )
    ]
    if not rows:
        raise Refused(Code.NOT_FOUND)


def forget(person: PersonId) -> Work[None]:
    """Keep no address of this person any more."""
    yield [_drop_waiting(person), Say("DELETE FROM reach WHERE person = ?", (person,))]


def homeless(person: PersonId) -> list[Say]:
    """Statements that forget the address of somebody who is a member nowhere any more."""
    return [
        Say(
            "DELETE FROM reach WHERE person = ?"
            " AND NOT EXISTS (SELECT 1 FROM member WHERE person = ? AND left_ms IS NULL)",
            (person, person),
        )
    ]


def confirm(confirm_hash: str) -> Work[bool]:
    """The address is right; false when there is no such link, or its time is over. Asked again it is the same."""
    [rows] = yield [
        Say(
            "UPDATE reach SET confirmed_ms = COALESCE(confirmed_ms, NOW_MS()) WHERE confirm_hash = ?"
            " AND (confirm_ends_ms > NOW_MS() OR confirmed_ms IS NOT NULL) RETURNING person",
            (confirm_hash,),
        )
    ]
    return bool(rows)


def stop(stop_hash: str) -> Work[bool]:
    """Forget the address that this link came to; false when there is none any more."""
    [rows] = yield [Say("DELETE FROM reach WHERE stop_hash = ? RETURNING person", (stop_hash,))]
    if rows:
        yield [_drop_waiting(PersonId(rows[0][0]))]
    return bool(rows)


def set_calm(person: PersonId, calm: Calm) -> Work[None]:
    """When the person wants no mail from now on."""
    quiet = calm.quiet
    yield [
        Say(
            "INSERT INTO quiet_hours (person, from_min, to_min, zone) VALUES (?, ?, ?, ?) ON CONFLICT (person)"
            " DO UPDATE SET from_min = excluded.from_min, to_min = excluded.to_min, zone = excluded.zone",
            (person, quiet.from_min, quiet.to_min, calm.zone),
        )
    ]


def involvement(community: CommunityId, person: PersonId) -> Work[Involvement]:
    """How a member takes part."""
    [rows] = yield [
        Say(
            "SELECT communicate, improve, share, inspire FROM involvement WHERE community = ? AND person = ?",
            (community, person),
        )
    ]
    if not rows:
        return Involvement()
    communicate, improve, share, inspire = map(bool, rows[0])
    return Involvement(communicate=communicate, improve=improve, share=share, inspire=inspire)


def involve(community: CommunityId, person: PersonId, chosen: Involvement) -> Work[None]:
    """How a member takes part from now on."""
    values: tuple[Value, ...] = tuple(map(int, (chosen.communicate, chosen.improve, chosen.share, chosen.inspire)))
    yield [
        Say(
            "INSERT INTO involvement (community, person, communicate, improve, share, inspire)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (community, person) DO UPDATE SET"
            " communicate = excluded.communicate, improve = excluded.improve, share = excluded.share,"
            " inspire = excluded.inspire",
            (community, person, *values),
        )
    ]


def unconfirmed(now_ms: int, *, limit: int) -> Work[list[Row]]:
    """Forget some of the addresses that nobody has said were theirs."""
    [rows] = yield [
        Say(
            "DELETE FROM reach WHERE person IN (SELECT person FROM reach WHERE confirmed_ms IS NULL"
            " AND confirm_ends_ms <= ? LIMIT ?) RETURNING person",
            (now_ms, limit),
        )
    ]
    return rows
