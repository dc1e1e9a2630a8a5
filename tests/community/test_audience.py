"""Who may follow what, before and after: for every role, every kind of room, let in or not."""

from dataclasses import replace
from itertools import chain, combinations, permutations, product

import pytest

from community.audience import gained, lost, open_to
from community.commands import ChangeRoom, Leave
from community.facts import Member
from community.membership import Circle, leave
from community.opening import RoomFacts, change_room
from rooms.ids import StreamId, backstage_stream, room_stream
from rooms.rights import Role, Visibility
from tests.community.people import ADA, BEN, CLINIC, EYES, KEEPER, MEMBER, ROOMS, room

TEAM_ROLES = (Role.MODERATOR, Role.HOST, Role.KEEPER)
ROLES = [frozenset({Role.MEMBER, *some}) for some in chain.from_iterable(combinations(TEAM_ROLES, n) for n in range(4))]
EVERYONE = [
    replace(
        MEMBER, roles=roles, admitted=frozenset({CLINIC} if inside else ()), accepted=accepted, muted_until_ms=2**60
    )
    for roles, inside, accepted in product(ROLES, (False, True), (False, True))
]


@pytest.mark.parametrize(("before", "after"), list(permutations(Visibility, 2)))
def test_whoever_can_follow_less_of_a_changed_room_is_asked_again(before: Visibility, after: Visibility) -> None:
    facts = RoomFacts(actor=replace(KEEPER), room=room(visibility=before), slug_taken=False, concerned=())
    moved = change_room(facts, ChangeRoom(community=EYES, room=CLINIC, visibility=after), now_ms=0)
    assert moved is not None
    asked_again = {stream for stream, person in moved.outcome.narrow if person is None}
    losers: set[StreamId] = set()
    for who in EVERYONE:
        losers |= open_to(who, room(visibility=before)) - open_to(who, room(visibility=after))
    assert losers <= asked_again
    # And nobody is asked for nothing.
    assert bool(losers) == bool(asked_again)


@pytest.mark.parametrize("who", EVERYONE)
def test_whoever_leaves_loses_all_that_they_could_follow(who: Member) -> None:
    circle = Circle(actor=who, target=None, rooms=ROOMS, keepers=(ADA, BEN))
    narrowed = {stream for stream, _ in leave(circle, Leave(community=EYES), now_ms=0).narrow}
    for one in ROOMS:
        assert open_to(who, one) <= narrowed
        assert open_to(replace(who, member=False), one) == frozenset()


def test_a_closed_room_and_a_mute_take_nothing_from_reading() -> None:
    muted = replace(MEMBER, muted_until_ms=2**60)
    assert open_to(muted, room(closed=True)) == {room_stream(CLINIC)}


def test_what_is_lost_comes_by_name_and_what_is_gained_is_noticed() -> None:
    assert lost(KEEPER, MEMBER, [room()]) == ((backstage_stream(CLINIC), MEMBER.person),)
    assert gained(MEMBER, KEEPER, room(visibility=Visibility.TEAM))
    assert not gained(MEMBER, KEEPER, room())
    assert not gained(KEEPER, MEMBER, room(visibility=Visibility.TEAM))
