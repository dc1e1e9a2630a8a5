"""Builders for rules: people, rooms and what is known of both, with nothing running."""

from collections.abc import Iterable

from rooms.ids import CommunityId, MessageId, PersonId, RoomId
from rooms.rights import Role, Standing, Visibility
from rooms.room import Facts, MessageFacts, RoomState
from rooms.signals import Present

EYES = CommunityId("01JD3V5EYES000000000000000")
TEA = RoomId("01JD3V5TEA0000000000000000")
NOW_MS = 1_764_140_400_000


def called(name: str) -> PersonId:
    """The id of whoever is called `name`."""
    return PersonId(name.upper().ljust(26, "X"))


def message(name: str) -> MessageId:
    """The id of the message known as `name`."""
    return MessageId(name.upper().ljust(26, "X"))


def member(
    name: str,
    *roles: Role,
    accepted: bool = True,
    muted_until_ms: int = 0,
    admitted: bool = False,
    standing: str | None = None,
) -> Standing:
    """A member called `name`; every member has the role of one."""
    return Standing(
        person=called(name),
        name=name,
        standing=standing,
        member=True,
        roles=frozenset({Role.MEMBER, *roles}),
        admitted=admitted,
        accepted=accepted,
        muted_until_ms=muted_until_ms,
    )


def room(*, visibility: Visibility = Visibility.COMMUNITY, closed: bool = False, hide_names: bool = True) -> RoomState:
    """The room "Tea and talk"."""
    return RoomState(
        community=EYES, slug="tea", title="Tea and talk", visibility=visibility, closed=closed, hide_names=hide_names
    )


def known(*people: Standing, said: Iterable[tuple[str, str]] = (), removed: str = "", reply: str = "") -> Facts:
    """The facts about these people and these messages, each given as its name and its author's.

    `removed` names the message that has been taken out, `reply` the one that answers another.
    """
    messages = {
        message(name): MessageFacts(called(author), removed=name == removed, is_reply=name == reply)
        for name, author in said
    }
    return Facts(standings={who.person: who for who in people}, messages=messages)


def present(name: str, role: Role | None = None) -> Present:
    """Somebody who is in the room."""
    return Present(person=called(name), name=name, role=role)
