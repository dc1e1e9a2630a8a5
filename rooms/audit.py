"""What is written down of each privileged act, and the chain that shows when somebody has changed it since.

Which acts are privileged is said once, in the table of rights: those that a role of the team is needed for. Only ids
and codes are written, never words, so that there is nothing in it to erase when somebody goes.
"""

import hmac
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import TypeAlias

import msgspec
from msgspec import Struct

from rooms.contract import Command
from rooms.ids import CommunityId, PersonId, RoomId
from rooms.rights import RIGHTS, Deed, Role

Detail: TypeAlias = str | int | bool

# The detail that says: what comes before was sealed with another key.
OTHER_KEY = "other_key"
# The detail beside it, where acts were sealed with the present key before that was said: so many were not.
FIRST = "first"
FAULTS_LIMIT = 100


class What(StrEnum):
    """Every kind of act that is written down. One that a command asks for has the name of its deed."""

    REMOVE_MESSAGE = "message.remove"
    OPEN_ROOM = "room.open"
    CHANGE_ROOM = "room.change"
    CLOSE_ROOM = "room.close"
    ADMIT = "room.admit"
    SET_ROLES = "roles.set"
    REMOVE_MEMBER = "member.remove"
    END_SESSIONS = "sessions.end"
    INVITE = "invitation.make"
    REVOKE_INVITATION = "invitation.revoke"
    CHANGE_COMMUNITY = "community.change"
    FINISH_SETUP = "setup.finish"
    TELL_PEOPLE = "news.tell"
    SET_KEEPING = "keeping.set"
    HOLD = "hold.set"
    # One of the team connects the organisation's sign-in, or ends that.
    CONNECT_IDENTITY = "identity.connect"
    DISCONNECT_IDENTITY = "identity.disconnect"
    # Without a command: the first keeper, passkeys of the team, and whoever runs the server, from the command line.
    FOUND = "community.found"
    SIGN_IN_LINK = "people.link"
    ADD_PASSKEY = "passkey.add"
    REMOVE_PASSKEY = "passkey.remove"
    MINT = "people.mint"
    BACKUP = "server.backup"
    RESTORE = "server.restore"
    NEW_KEY = "server.key"


class Act(Struct, frozen=True, kw_only=True):
    """One privileged act. `by` is None for whoever runs the server; `person` is to whom, `room` is where."""

    what: What
    by: PersonId | None = None
    person: PersonId | None = None
    room: RoomId | None = None
    details: Mapping[str, Detail] = {}


class Entry(Struct, frozen=True, kw_only=True):
    """An act as it stands in a community's chain: the fields as they are stored, and the seal over them."""

    number: int
    at_ms: int
    by: str | None
    what: str
    person: str | None
    room: str | None
    details: str
    seal: str


class End(Struct, frozen=True, kw_only=True):
    """Where a chain ends: how many entries it has, and the seal of the last."""

    count: int = 0
    seal: str = ""
    at_ms: int = 0


def is_privileged(deed: Deed) -> bool:
    """Whether only a role of the team lets somebody do it to others, or to the community."""
    roles = RIGHTS[deed].roles
    return bool(roles) and Role.MEMBER not in roles


@cache
def deed_of(kind: type[Command]) -> Deed | None:
    """The deed that a kind of command is; None for coming in, which needs no right here."""
    tag = kind.__struct_config__.tag
    return next((deed for deed in Deed if deed == tag), None)


def act_of(
    command: Command, *, by: PersonId, own: bool = False, noted: Mapping[str, Detail] | None = None
) -> Act | None:
    """What is written down of a command that was done; None when it is nobody else's business.

    `own` says that it was done to what is one's own, `noted` what came of it besides what the command says.
    """
    deed = deed_of(type(command))
    if deed is None or not is_privileged(deed) or (own and Role.MEMBER in RIGHTS[deed].own):
        return None
    said = {name: _code(getattr(command, name)) for name in command.audited if getattr(command, name) is not None}
    return Act(
        what=What(deed.value),
        by=by,
        person=getattr(command, "person", None),
        room=getattr(command, "room", None),
        details={**said, **(noted or {})},
    )


def _code(value: Detail) -> Detail:
    return value.value if isinstance(value, StrEnum) else value


# The chain -------------------------------------------------------------------------------------------------------

_encode = msgspec.json.Encoder(order="deterministic").encode


def key_of(key: bytes, community: CommunityId) -> bytes:
    """The key of one community's chain: an entry of another does not fit into it."""
    return hmac.digest(key, community.encode(), "sha256")


def follow_on(key: bytes, end: End, acts: Iterable[Act], *, now_ms: int) -> tuple[list[Entry], End]:
    """The entries of these acts behind `end`, and the new end. `key` is the community's; times never go back."""
    entries: list[Entry] = []
    at_ms = max(now_ms, end.at_ms)
    for act in acts:
        bare = Entry(
            number=end.count + 1,
            at_ms=at_ms,
            by=act.by,
            what=act.what.value,
            person=act.person,
            room=act.room,
            details=_encode(act.details).decode(),
            seal="",
        )
        entry = msgspec.structs.replace(bare, seal=_seal(key, bare, before=end.seal))
        entries.append(entry)
        end = End(count=entry.number, seal=entry.seal, at_ms=at_ms)
    return entries, end


def _seal(key: bytes, entry: Entry, *, before: str) -> str:
    fields = (
        entry.number,
        entry.at_ms,
        entry.by,
        entry.what,
        entry.person,
        entry.room,
        entry.details,
        before,
    )
    return hmac.digest(key, _encode(fields), "sha256").hex()


class Fault(StrEnum):
    """What is wrong with a chain at one place."""

    CHANGED = "changed"  # the entry, or its seal, is not as it was written
    MISSING = "missing"  # entries are not there from this number on


class Found(Struct, frozen=True):
    """A fault, and the number of the entry where it shows."""

    fault: Fault
    number: int


class Walk:
    """Goes along a chain, entry by entry, and keeps what does not fit."""

    def __init__(self, key: bytes, after: End | None = None) -> None:
        """Begin at the first entry, or behind `after`, which is believed. `key` is the community's."""
        self._key = key
        self.end = after or End()
        self.faults: list[Found] = []
        # Up to here the entries were sealed with a key that this server no longer has: nobody can check them.
        self.foreign = 0
        # Behind that, the first entry that fits the key (0: none does), and the last that does not.
        self.fits_from = 0
        self.unfit_to = 0

    def go(self, entries: Iterable[Entry]) -> None:
        """Take the next entries. After a fault it goes on from what is stored, to find the others."""
        for entry in entries:
            fits = hmac.compare_digest(entry.seal, _seal(self._key, entry, before=self.end.seal))
            if entry.number != self.end.count + 1:
                self._wrong(Fault.MISSING, self.end.count + 1)
            elif not fits:
                self._wrong(Fault.CHANGED, entry.number)
                self.unfit_to = entry.number
            else:
                self._begin_anew(_under_another(entry))
                self.fits_from = self.fits_from or entry.number
            self.end = End(count=entry.number, seal=entry.seal, at_ms=entry.at_ms)

    def _begin_anew(self, foreign: int) -> None:
        """Believe that the entries up to `foreign` had another key; not when one of them fits this one."""
        if foreign <= self.foreign or 0 < self.fits_from <= foreign:
            return
        self.faults = [found for found in self.faults if found.fault is Fault.MISSING or found.number > foreign]
        if self.unfit_to > foreign and not self.faults:
            self._wrong(Fault.CHANGED, self.unfit_to)
        self.foreign = foreign

    def arrive(self, remembered: End) -> None:
        """There are no more entries: whether the chain ends where it is remembered to end."""
        if self.end.count < remembered.count:
            self._wrong(Fault.MISSING, self.end.count + 1)
        elif (self.end.count, self.end.seal) != (remembered.count, remembered.seal):
            self._wrong(Fault.CHANGED, self.end.count)

    def _wrong(self, fault: Fault, number: int) -> None:
        # Of a chain under a foreign key every entry is wrong; nobody reads more than the first of them.
        if len(self.faults) < FAULTS_LIMIT:
            self.faults.append(Found(fault, number))


def _under_another(entry: Entry) -> int:
    """How many entries before this one, which the present key seals, it tells to have had another; 0 for most."""
    if entry.what not in {What.RESTORE, What.NEW_KEY}:
        return 0
    details: dict[str, Detail] = msgspec.json.decode(entry.details)
    return int(details.get(FIRST, entry.number - 1)) if OTHER_KEY in details else 0
