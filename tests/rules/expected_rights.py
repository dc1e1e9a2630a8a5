"""Who may do what, said once more in words, independent of the table and of the function that are tested with it."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rooms.contract import Code
from rooms.rights import Deed, Place, Role, Standing, Visibility
from tests.rules.people import NOW_MS, called

# "there": the room can be read by the one who asks; otherwise it is as if it did not exist.
IN_WORDS = """
room.read          : every member there
message.post       : every member there who has said yes, while it is open, unless muted
message.edit       : the author there who has said yes, while it is open, unless muted
message.remove     : the author or the team there
reaction.set       : every member there who has said yes, while it is open, unless muted
place.mark         : every member there
typing.tell        : every member there who has said yes, while it is open, unless muted
backstage.read     : the team there
community.read     : every member
values.accept      : every member
name.change        : every member
community.leave    : every member
room.open          : a host or keeper who has said yes
room.change        : a host or keeper there who has said yes
room.close         : a host or keeper there who has said yes
room.admit         : a host or keeper there who has said yes
members.list       : a keeper
roles.set          : a keeper who has said yes
member.remove      : a keeper who has said yes
sessions.end       : a keeper who has said yes
invitation.make    : a keeper who has said yes
invitations.list   : a keeper
invitation.revoke  : a keeper
community.change   : a keeper who has said yes
setup.finish       : a keeper who has said yes
health.see         : a keeper
news.tell          : a host or keeper there who has said yes, while it is open
outbox.see         : a keeper
audit.read         : a keeper
keeping.see        : a keeper
keeping.set        : a keeper who has said yes
hold.set           : a keeper who has said yes
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Somebody, where they are, and whose message it is about."""

    titles: frozenset[Role] = frozenset()
    belongs: bool = True
    said_yes: bool = True
    muted: bool = False
    let_in: bool = False
    # None: a deed of the community at large, or a room that does not exist.
    room: Visibility | None = Visibility.COMMUNITY
    closed: bool = False
    author: bool = False

    @property
    def who(self) -> Standing:
        """This somebody as the rules are handed them."""
        roles = self.titles | {Role.MEMBER} if self.belongs else frozenset()
        return Standing(
            person=called("someone"),
            member=self.belongs,
            roles=roles,
            admitted=self.let_in,
            accepted=self.said_yes,
            muted_until_ms=NOW_MS + 1 if self.muted else NOW_MS,
        )

    @property
    def place(self) -> Place | None:
        """The room as the rules are handed it."""
        return None if self.room is None else Place(visibility=self.room, closed=self.closed)


def is_there(case: Case) -> bool:
    """Whether the room can be read by this somebody: it is everybody's, they were let in, or they are its team."""
    if case.room is None:
        return False
    if case.room == Visibility.COMMUNITY:
        return True
    if case.room == Visibility.INVITED:
        return case.let_in or "keeper" in case.titles
    return bool({"host", "moderator", "keeper"} & case.titles)


# Each phrase, and whether it is true of a case.
WHO: Mapping[str, Callable[[Case], bool]] = MappingProxyType(
    {
        "every member": lambda _: True,
        "the author": lambda case: case.author,
        "the author or the team": lambda case: case.author or bool(case.titles),
        "the team": lambda case: bool(case.titles),
        "a host or keeper": lambda case: bool({"host", "keeper"} & case.titles),
        "a keeper": lambda case: "keeper" in case.titles,
    }
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of the words above."""

    who: str
    there: bool
    said_yes: bool
    open: bool
    unmuted: bool

    @classmethod
    def read(cls, words: str) -> "Sentence":
        """The sentence in parts; a word that is not understood is an error."""
        rest = words
        parts = []
        for phrase in (" unless muted", " while it is open", " who has said yes", " there"):
            parts.append(rest.removesuffix(",").endswith(phrase))
            rest = rest.removesuffix(",").removesuffix(phrase)
        unmuted, open_, yes, there = parts
        return cls(rest, there, yes, open_, unmuted)

    def answer(self, case: Case) -> Code | None:
        """What the deed is refused for in this case, the first reason first; None when it is done."""
        if not case.belongs or (self.there and not is_there(case)):
            return Code.NOT_FOUND
        if not WHO[self.who](case):
            return Code.NOT_ALLOWED
        if self.said_yes and not case.said_yes:
            return Code.VALUES_FIRST
        if self.open and case.closed:
            return Code.ROOM_CLOSED
        return Code.MUTED if self.unmuted and case.muted else None


EXPECTED: Mapping[Deed, Sentence] = MappingProxyType(
    {
        Deed(deed.strip()): Sentence.read(words.strip())
        for deed, _, words in (line.partition(":") for line in IN_WORDS.strip().splitlines())
    }
)

TITLES = (Role.MODERATOR, Role.HOST, Role.KEEPER)
ROLE_SETS = [frozenset(some) for count in range(4) for some in itertools.combinations(TITLES, count)]
YES_NO = (False, True)


def every_case() -> Iterator[Case]:
    """Every somebody in every kind of room, about their own message and about another's."""
    everything = itertools.product(ROLE_SETS, YES_NO, YES_NO, YES_NO, YES_NO, (*Visibility, None), YES_NO, YES_NO)
    for titles, belongs, said_yes, muted, let_in, room, closed, author in everything:
        yield Case(
            titles=titles,
            belongs=belongs,
            said_yes=said_yes,
            muted=muted,
            let_in=let_in,
            room=room,
            closed=closed and room is not None,
            author=author,
        )
