"""How members may be reached: what a mail address is, what they ticked, how they take part, and when it is quiet."""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

from rooms.contract import Code, Refused

# What a mail server must take (RFC 5321, 4.5.3.1).
ADDRESS_LIMIT = 254
LOCAL_LIMIT = 64
DAY_MIN = 24 * 60

# One addressee and nothing beside: no blank, comma, bracket, quote or line end has a place in it. Addresses outside
# ASCII need a mail server that speaks SMTPUTF8 all the way, so they are refused before anybody relies on them.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]")


class Matter(StrEnum):
    """What a person can tick to be reached for."""

    NEXT_TALK = "next_talk"
    MY_WORDS = "my_words"
    CHANGES = "changes"


class NewsKind(StrEnum):
    """What people are told."""

    COMING = "coming"  # a conversation is coming
    IDEAS = "ideas"  # ideas, votes, something to try out
    SPEAK = "speak"  # somebody is looked for who speaks for us
    STATED = "stated"  # what the community states of itself has changed
    TAKEN_OUT = "taken_out"  # the team took out words of this person's


# What a host or keeper can tell the members who may read a room.
BY_THE_TEAM = frozenset({NewsKind.COMING, NewsKind.IDEAS, NewsKind.SPEAK})


class Involvement(Struct, frozen=True, kw_only=True):
    """How a member takes part, as four switches.

    To be told that a conversation is coming is a line on the home page, and a mail only for those who ticked it, so it
    is on until it is turned off. Whatever asks something of people takes a yes.
    """

    communicate: bool = True
    improve: bool = False
    share: bool = False
    inspire: bool = False


class Quiet(Struct, frozen=True, kw_only=True):
    """The hours in which no mail is sent: minutes of the person's own day. The same twice is no hour at all."""

    from_min: int = 21 * 60
    to_min: int = 8 * 60


_MATTERS: Mapping[NewsKind, Matter] = MappingProxyType(
    {
        NewsKind.COMING: Matter.NEXT_TALK,
        NewsKind.STATED: Matter.CHANGES,
        NewsKind.TAKEN_OUT: Matter.MY_WORDS,
    }
)


def matter_of(kind: NewsKind) -> Matter | None:
    """What one ticks to be reached for it; None for what is told in the app alone."""
    return _MATTERS.get(kind)


def concerns(kind: NewsKind, involved: Involvement) -> bool:
    """Whether somebody who takes part in this way is told of it at all."""
    switches = {
        NewsKind.COMING: involved.communicate,
        NewsKind.IDEAS: involved.improve,
        NewsKind.SPEAK: involved.inspire,
    }
    # What happened to one's own words, and to what one said yes to, is told whatever the switches say.
    return switches.get(kind, True)


def mailed(kind: NewsKind, involved: Involvement, ticked: frozenset[Matter]) -> bool:
    """Whether a mail is sent: only for what was ticked, and not when the switch for it is off."""
    return concerns(kind, involved) and matter_of(kind) in ticked


def mail_address(text: str) -> str:
    """The one address that `text` is. Refused when it is none, or more than that."""
    plain = text.strip(" ")
    local, at, host = plain.rpartition("@")
    if (
        not at
        or len(plain) > ADDRESS_LIMIT
        or len(local) > LOCAL_LIMIT
        or not _LOCAL.fullmatch(local)
        or not _HOST.fullmatch(host)
    ):
        raise Refused(Code.ADDRESS_BAD)
    return f"{local}@{host.lower()}"


def masked(address: str) -> str:
    """The address as its owner knows it again and a neighbour at the screen does not learn it."""
    local, _, host = address.rpartition("@")
    return f"{local[:1]}…@{host}"


def quiet_left_min(quiet: Quiet, minute: int) -> int:
    """How many minutes of quiet are left at this minute of the day; 0 when it is not quiet."""
    length = (quiet.to_min - quiet.from_min) % DAY_MIN
    passed = (minute - quiet.from_min) % DAY_MIN
    return length - passed if passed < length else 0
