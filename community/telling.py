"""Telling people: a host's or keeper's one line to everybody who may read a room and wants to hear of such a thing."""

from msgspec import Struct

from community.commands import TellPeople
from community.events import NewsTold
from community.facts import Member, Outcome, Room, require
from community.reach import BY_THE_TEAM
from community.text import line
from rooms.contract import Code, Refused
from rooms.rights import Deed

SAYS_LIMIT = 200
WHEN_LIMIT = 80


class Told(Struct, frozen=True, kw_only=True):
    """What comes of it: the line and the time as they are shown, and who is to look again."""

    says: str
    when: str
    outcome: Outcome


def tell_people(
    actor: Member | None, room: Room | None, command: TellPeople, *, told: bool, now_ms: int
) -> Told | None:
    """Tell people of something in a room; None when this was told already."""
    require(actor, Deed.TELL_PEOPLE, room=room, now_ms=now_ms)
    if command.kind not in BY_THE_TEAM:
        raise Refused(Code.MALFORMED)
    if told:
        return None
    return Told(
        says=line(command.says, limit=SAYS_LIMIT),
        when=line(command.when, limit=WHEN_LIMIT) if command.when.strip() else "",
        outcome=Outcome(events=(NewsTold(),)),
    )
