"""What a community says of itself: its name, purpose and values, whom it is for, who runs it and how to reach them."""

from collections.abc import Mapping
from dataclasses import fields, replace

from community.commands import ChangeCommunity, FinishSetup
from community.door import Admits, DoorLine
from community.facts import STAFF, Member, Stated, require
from community.names import chosen_name, name_key
from community.text import line, passage
from rooms.contract import Code, Refused
from rooms.rights import Deed

NAME_LIMIT = 80
PURPOSE_LIMIT = 400
VALUE_LIMIT = 160
VALUES_LIMIT = 8
REACH_LIMIT = 120
# A choice at the door is a word or two, and so few that they are seen at once.
STANDINGS_LIMIT = 8
DOOR_LINE_LIMIT = 200


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
        commitments=now.commitments if command.commitments is None else stated_values(command.commitments),
        standings=now.standings if command.standings is None else stated_standings(command.standings),
        admits=now.admits if command.admits is None else command.admits,
        lead=now.lead if command.lead is None else _may_be_empty(command.lead),
        lead_contact=now.lead_contact if command.lead_contact is None else _may_be_empty(command.lead_contact),
        door=now.door if command.door is None else stated_door(command.door),
    )
    _safe_for_those_it_admits(after)
    return None if after == now else after


def differs(before: Stated, after: Stated) -> dict[str, str | bool]:
    """What is stated differently, by the names of its fields: the words are for the page where they are stated."""
    names = [each.name for each in fields(Stated) if getattr(before, each.name) != getattr(after, each.name)]
    return {name: after.admits.value if name == "admits" else True for name in names}


def _safe_for_those_it_admits(after: Stated) -> None:
    """Refuse a community for which something is missing that those who may come in need."""
    if bool(after.lead) != bool(after.lead_contact):
        # A name that can't be reached is worse than none, and so is a number without a name.
        raise Refused(Code.LEAD_NEEDED)
    if after.admits is not Admits.YOUNG:
        return
    if not after.lead:
        raise Refused(Code.LEAD_NEEDED)
    # Whatever young people write has to be read by a grown-up before it is seen, and no room can hold it for them yet.
    raise Refused(Code.YOUNG_NOT_YET)


def _may_be_empty(text: str) -> str:
    return line(text, limit=REACH_LIMIT) if text.strip() else ""


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


def stated_standings(standings: tuple[str, ...]) -> tuple[str, ...]:
    """What a newcomer may choose from, each once however it is written; empty ones are left out.

    Staff is always one, for those who are invited as such. What would speak for others is refused, as in a name.
    """
    said: dict[str, str] = {}
    for standing in standings:
        if standing.strip() and standing != STAFF:
            chosen = chosen_name(standing)
            said.setdefault(name_key(chosen), chosen)
    if len(said) > STANDINGS_LIMIT:
        raise Refused(Code.TOO_LONG, limit=STANDINGS_LIMIT, length=len(said))
    return (*said.values(), STAFF)


def stated_door(lines: Mapping[DoorLine, str]) -> dict[DoorLine, str]:
    """The lines at the door that are in words of the community's own; an empty one is not."""
    return {name: line(text, limit=DOOR_LINE_LIMIT) for name, text in lines.items() if text.strip()}


def finish_setup(actor: Member | None, now: Stated, _command: FinishSetup, *, now_ms: int) -> bool:
    """Whether the steps of setting up are shown no more because of this; false when they were not before."""
    require(actor, Deed.FINISH_SETUP, now_ms=now_ms)
    return not now.set_up
