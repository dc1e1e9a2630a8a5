"""What the REST routes about running a community give: what was done by right, and how the server is."""

from rooms.audit import What
from rooms.ids import PersonId
from server.api import View


class AuditPerson(View, frozen=True):
    """Somebody in the audit. `name` is null when they are no longer known here by any."""

    person: PersonId
    name: str | None


class AuditLine(View, frozen=True):
    """One act; `what` is null when this version does not know it. `by` is null for whoever runs the server, from the
    command line; `room` is the room's title now.

    `details` are codes: a role, whether it is given (`held`), to whom a room is open (`visibility`), and the like.
    """

    number: int
    at_ms: int
    what: What | None
    by: AuditPerson | None
    person: AuditPerson | None
    room: str | None
    details: dict[str, str | int | bool]


class AuditChain(View, frozen=True):
    """Whether the entries are as they were written: the newest `looked` of `count` just now, and all of them when the
    server last went along the whole chain, at `checked_ms` (null: not yet). `fault` is the first that is not."""

    count: int
    looked: int
    checked_ms: int | None
    fault: int | None


class Audit(View, frozen=True):
    """A page of what was done, newest first; `next` is an opaque cursor. `chain` comes with the first page."""

    lines: tuple[AuditLine, ...]
    next: str | None
    chain: AuditChain | None = None


class Check(View, frozen=True):
    """One thing that was looked at, whether it is well, and what to do when it is not."""

    name: str
    ok: bool
    says: str
    do: str = ""


class Storage(View, frozen=True):
    """How much room everything takes; null where it can't be told. The counts are near enough, not exact."""

    database_bytes: int | None
    free_bytes: int | None
    messages: int | None
    events: int | None


class Health(View, frozen=True):
    """How the server is. `backup_ms` is when the last backup was made; null when there is none."""

    version: str
    checks: tuple[Check, ...]
    sockets: int
    people_here: int | None
    posted_today: int
    storage: Storage
    backup_ms: int | None
