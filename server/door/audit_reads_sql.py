"""What keepers read of the audit: who did what, with the names that people and rooms have now."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from community.facts import require
from rooms.audit import Entry, What
from rooms.contract import Code, Refused
from rooms.ids import CommunityId, PersonId
from rooms.rights import Deed
from server import api_running
from server.audit_sql import COLUMNS, Chain, entry_of, newest
from server.database.ports import Row, Say, Value, Work, one_of
from server.door import facts_sql as facts
from server.door import reads_sql as reads

PAGE = 50
# So many of the newest are looked at whenever somebody reads; all of them hourly, by the server itself.
LOOKED = 200
# More than any chain has entries, and less than overflows the database's integers.
DIGITS = 15
# Nobody can read these, and the page has no use for them.
IDS = frozenset({"message", "invitation"})

_decode = msgspec.json.Decoder(dict[str, str | int | bool]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is asked for: acts of one kind, acts by or to one person, those before a cursor. As they came in."""

    what: str | None
    person: str | None
    cursor: str | None

    def where(self) -> Say:
        """The condition. Refused when it is none that can be asked."""
        parts: list[Say] = [Say("1 = 1")]
        if self.what:
            if self.what not in set(What):
                raise Refused(Code.MALFORMED)
            parts.append(Say("what = ?", (self.what,)))
        if self.person:
            parts.append(Say("(actor = ? OR person = ?)", (self.person, self.person)))
        if self.cursor:
            if not (self.cursor.isascii() and self.cursor.isdigit() and len(self.cursor) <= DIGITS):
                raise Refused(Code.MALFORMED)
            parts.append(Say("number < ?", (int(self.cursor),)))
        values: list[Value] = [value for part in parts for value in part.values]
        return Say(" AND ".join(part.sql for part in parts), values)


def read_audit(slug: str, person: PersonId, sought: Sought, *, chain: Chain) -> Work[api_running.Audit]:
    """A page of what was done, newest first, for keepers; with the first page, whether the chain holds."""
    community = yield from reads.community_id(slug)
    found = yield from facts.load_members(community, [person])
    require(found.get(person), Deed.READ_AUDIT, now_ms=0)
    meant = sought.where()
    [rows] = yield [
        Say(
            f"SELECT {COLUMNS} FROM audit WHERE community = ? AND {meant.sql} ORDER BY number DESC LIMIT ?",
            (community, *meant.values, PAGE + 1),
        )
    ]
    entries = [entry_of(row) for row in rows[:PAGE]]
    return api_running.Audit(
        lines=(yield from _lines(community, entries)),
        next=str(entries[-1].number) if len(rows) > PAGE else None,
        chain=None if sought.cursor else (yield from _chain(chain, community)),
    )


def _chain(chain: Chain, community: CommunityId) -> Work[api_running.AuditChain]:
    walk, kept = yield from newest(chain, community, LOOKED)
    faults = [found.number for found in walk.faults] + ([kept.fault] if kept.fault else [])
    return api_running.AuditChain(
        count=kept.end.count,
        looked=min(LOOKED, kept.end.count),
        checked_ms=kept.checked_ms or None,
        fault=min(faults, default=None),
    )


def _lines(community: CommunityId, entries: list[Entry]) -> Work[tuple[api_running.AuditLine, ...]]:
    details = [_details(entry) for entry in entries]
    authors = yield from _authors(str(one["message"]) for one in details if "message" in one)
    whom = [entry.person or authors.get(str(said.get("message"))) for entry, said in zip(entries, details, strict=True)]
    people = one_of("person", sorted({one for one in (*whom, *(entry.by for entry in entries)) if one}))
    rooms = one_of("id", sorted({entry.room for entry in entries if entry.room}))
    named, titled = yield [
        Say(f"SELECT person, name FROM member WHERE community = ? AND {people.sql}", (community, *people.values)),
        Say(f"SELECT id, title FROM room WHERE community = ? AND {rooms.sql}", (community, *rooms.values)),
    ]
    names, titles = _by_id(named), _by_id(titled)
    return tuple(
        api_running.AuditLine(
            number=entry.number,
            at_ms=entry.at_ms,
            # Of a newer version's act, or of an entry that somebody has spoilt, it is shown that there is one.
            what=What(entry.what) if entry.what in set(What) else None,
            by=_somebody(entry.by, names),
            person=_somebody(person, names),
            room=titles.get(entry.room or ""),
            details={name: value for name, value in said.items() if name not in IDS},
        )
        for entry, person, said in zip(entries, whom, details, strict=True)
    )


def _authors(messages: Iterable[str]) -> Work[dict[str, str]]:
    """Whose these messages are, for everybody who saw them: not of those with a hidden name, nor of what is erased."""
    meant = one_of("id", sorted(set(messages)))
    seen = "hidden = 0 AND shown <> '{}'"
    [rows] = yield [Say(f"SELECT id, author FROM message WHERE {seen} AND {meant.sql}", meant.values)]
    return _by_id(rows)


def _by_id(rows: list[Row]) -> dict[str, str]:
    return {str(id_): str(name) for id_, name in rows}


def _somebody(person: str | None, names: dict[str, str]) -> api_running.AuditPerson | None:
    return None if person is None else api_running.AuditPerson(person=PersonId(person), name=names.get(person) or None)


def _details(entry: Entry) -> dict[str, str | int | bool]:
    try:
        return _decode(entry.details)
    except msgspec.DecodeError:
        return {}
