"""What a community says of itself: its name, purpose and values, who runs it and how to reach them."""

from dataclasses import replace

from community.commands import ChangeCommunity
from community.facts import Member, Stated, require
from community.text import line, passage
from rooms.contract import Code, Refused
from rooms.rights import Deed

NAME_LIMIT = 80
PURPOSE_LIMIT = 400
VALUE_LIMIT = 160
VALUES_LIMIT = 8
REACH_LIMIT = 120


def change_community(actor: Member | None, now: Stated, command: ChangeCommunity, *, now_ms: int) -> Stated | None:
    """The community as it describes itself from now on; None when nothing differs."""
    require(actor, Deed.CHANGE_COMMUNITY, now_ms=now_ms)
    after = replace(
        now,
        name=line(command.name, limit=NAME_LIMIT),
        purpose=stated_purpose(command.purpose),
        values=stated_values(command.values),
        runs_it=line(command.runs_it, limit=REACH_LIMIT),
        contact=line(command.contact, limit=REACH_LIMIT),
    )
    return None if after == now else after


def stated_purpose(text: str) -> str:
    """Why people come together, in words that can be shown; it can't be left out."""
    purpose = passage(text, limit=PURPOSE_LIMIT)
    if not purpose:
        raise Refused(Code.EMPTY)
    return purpose


def stated_values(values: tuple[str, ...]) -> tuple[str, ...]:
    """How people want to be with each other, one line each; empty lines are left out."""
    said = tuple(line(value, limit=VALUE_LIMIT) for value in values if value.strip())
    if len(said) > VALUES_LIMIT:
        raise Refused(Code.TOO_LONG, limit=VALUES_LIMIT, length=len(said))
    return said
