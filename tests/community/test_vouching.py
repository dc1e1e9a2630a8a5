"""Whom an organisation vouches for: which groups come in, and what of their roles is given, taken and left alone."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from community.commands import Join, NewMember, Vouched
from community.events import MemberJoined, RoleGiven, RoleTaken
from community.facts import AwaitedRole, Member, Outcome
from community.membership import Arrival, join
from community.vouching import Vouching, connect, disconnect, roles_of, sign_in
from rooms.contract import Code, Refused
from rooms.events import RightsChanged, RolesWaiting
from rooms.ids import backstage_stream, person_stream, room_stream
from rooms.rights import Role
from tests.community.people import ADA, BEN, CLINIC, EYES, GONE, HOST, KEEPER, MEMBER, ROOMS, TEAM_ROOM

MEANT = {
    "ward": frozenset({Role.MEMBER}),
    "hosts": frozenset({Role.HOST}),
    "all": frozenset({Role.MODERATOR, Role.KEEPER}),
}
TOLD = (person_stream(ADA), RightsChanged())
NEW = Arrival(member=None, invitation=None, room=None, standings=("patient",), name_taken=False, signed_in=False)
HOSTS = Vouched(identity="a", roles=(Role.HOST,))
COMES = Join(community=EYES, person=ADA, who=NewMember(name=" Ada "), vouched=HOSTS)


def knowing(member: Member | None = MEMBER, came: Iterable[Role] = (), **more: object) -> Vouching:
    known = Vouching(member=member, rooms=ROOMS, keepers=(BEN,), came=frozenset(came), identity_of=ADA)
    return replace(known, **more)  # type: ignore[arg-type]


def says(*roles: Role) -> Vouched:
    return Vouched(identity="a", roles=roles)


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ({"hosts", "canteen"}, {Role.HOST}),
        ({"ward"}, set()),
        ({"ward", "hosts", "all"}, {Role.HOST, Role.MODERATOR, Role.KEEPER}),
        ({"canteen"}, None),
        (set[str](), None),
    ],
)
def test_groups_give_roles_and_whoever_has_none_of_them_does_not_come_in(
    groups: set[str], expected: set[Role] | None
) -> None:
    assert roles_of(groups, MEANT) == expected


def test_a_star_is_everybody_of_the_organisation() -> None:
    everybody = MEANT | {"*": frozenset({Role.MEMBER})}
    assert roles_of([], everybody) == frozenset()
    assert roles_of(["hosts"], everybody) == frozenset({Role.HOST})


def test_a_role_is_given_with_its_group() -> None:
    brought = sign_in(knowing(), ADA, says(Role.HOST))
    assert (brought.given, brought.taken, brought.forgotten) == ((Role.HOST,), (), ())
    assert brought.outcome == Outcome(events=(RoleGiven(person=ADA, role=Role.HOST),), also=(TOLD,))


def test_a_role_that_waited_for_a_yes_waits_no_longer_and_the_keepers_are_told() -> None:
    waiting = replace(MEMBER, asked=frozenset({AwaitedRole(Role.HOST)}))
    told = sign_in(knowing(waiting), ADA, says(Role.HOST)).outcome.also
    assert told == (TOLD, (person_stream(BEN), RolesWaiting()))


def test_a_role_goes_with_its_group_and_the_streams_that_it_opened_narrow() -> None:
    brought = sign_in(knowing(HOST, came={Role.HOST}), ADA, says())
    assert (brought.given, brought.taken) == ((), (Role.HOST,))
    assert brought.outcome.events == (RoleTaken(person=ADA, role=Role.HOST),)
    assert brought.outcome.also == (TOLD,)
    narrowed = {stream for stream, _ in brought.outcome.narrow}
    assert {room_stream(TEAM_ROOM), backstage_stream(CLINIC)} <= narrowed


@pytest.mark.parametrize("roles", [(), (Role.HOST,)])
def test_what_a_keeper_has_given_is_left_alone(roles: tuple[Role, ...]) -> None:
    brought = sign_in(knowing(HOST), ADA, says(*roles))
    assert (brought.given, brought.taken, brought.outcome) == ((), (), Outcome())


def test_what_a_keeper_has_taken_is_not_given_again_while_the_group_lasts() -> None:
    taken_since = knowing(MEMBER, came={Role.HOST})
    assert sign_in(taken_since, ADA, says(Role.HOST)).outcome == Outcome()
    gone = sign_in(taken_since, ADA, says())
    assert (gone.taken, gone.forgotten, gone.outcome) == ((), (Role.HOST,), Outcome())


def test_nothing_is_said_when_nothing_changes() -> None:
    assert sign_in(knowing(HOST, came={Role.HOST}), ADA, says(Role.HOST)).outcome == Outcome()


def test_the_last_keeper_stays_one() -> None:
    kept = sign_in(knowing(KEEPER, came={Role.KEEPER}, keepers=(ADA,)), ADA, says())
    assert (kept.kept, kept.taken, kept.forgotten, kept.outcome) == (True, (), (), Outcome())
    two = sign_in(knowing(KEEPER, came={Role.KEEPER}, keepers=(ADA, BEN)), ADA, says())
    assert (two.kept, two.taken) == (False, (Role.KEEPER,))


@pytest.mark.parametrize(
    ("known", "code"),
    [
        (knowing(replace(GONE, removed=True)), Code.REMOVED_HERE),
        (knowing(GONE), Code.SIGN_IN_AGAIN),
        (knowing(None), Code.SIGN_IN_AGAIN),
        (knowing(identity_of=None), Code.SIGN_IN_AGAIN),
        (knowing(identity_of=BEN), Code.SIGN_IN_AGAIN),
    ],
)
def test_who_is_no_member_does_not_sign_in(known: Vouching, code: Code) -> None:
    with pytest.raises(Refused) as refused:
        sign_in(known, ADA, says(Role.HOST))
    assert refused.value.code is code


def test_a_member_connects_theirs_and_has_its_roles_at_once() -> None:
    assert connect(knowing(identity_of=None), says(Role.HOST), now_ms=1).given == (Role.HOST,)
    assert connect(knowing(), says(), now_ms=1).outcome == Outcome()


@pytest.mark.parametrize(
    ("known", "code"),
    [
        (knowing(identity_of=BEN), Code.IDENTITY_TAKEN),
        (knowing(identity_of=None, has_other=True), Code.IDENTITY_OTHER),
        (knowing(GONE), Code.NOT_FOUND),
        (knowing(None), Code.NOT_FOUND),
    ],
)
def test_an_identity_is_one_person_s_and_a_person_has_one(known: Vouching, code: Code) -> None:
    with pytest.raises(Refused) as refused:
        connect(known, says(), now_ms=1)
    assert refused.value.code is code


def test_roles_that_came_by_it_go_when_it_is_disconnected() -> None:
    assert disconnect(knowing(HOST, came={Role.HOST}), now_ms=1).taken == (Role.HOST,)
    assert disconnect(knowing(HOST), now_ms=1).outcome == Outcome()
    with pytest.raises(Refused) as refused:
        disconnect(knowing(GONE), now_ms=1)
    assert refused.value.code is Code.NOT_FOUND


def test_the_last_keeper_by_a_group_does_not_disconnect() -> None:
    keeper = replace(HOST, roles=HOST.roles | {Role.KEEPER})
    with pytest.raises(Refused) as refused:
        disconnect(knowing(keeper, came={Role.KEEPER}, keepers=(ADA,)), now_ms=1)
    assert refused.value.code is Code.LAST_KEEPER
    left = disconnect(knowing(keeper, came={Role.KEEPER, Role.MODERATOR}, keepers=(ADA, BEN)), now_ms=1)
    # What a keeper has taken is remembered, also when it is connected anew.
    assert (left.taken, left.forgotten) == ((Role.KEEPER,), ())


# Joining ----------------------------------------------------------------------------------------------------------


def test_somebody_new_joins_with_the_roles_of_their_groups() -> None:
    welcome = join(NEW, COMES, now_ms=1)
    assert (welcome.joins, welcome.name, welcome.given, welcome.asked) == (True, "Ada", (Role.HOST,), None)
    assert welcome.outcome.events == (
        MemberJoined(person=ADA, name="Ada"),
        RoleGiven(person=ADA, role=Role.HOST),
    )
    assert welcome.outcome.also == (TOLD,)


def test_who_had_left_joins_again_and_the_same_request_sent_again_changes_nothing() -> None:
    back = replace(NEW, member=GONE, identity_of=ADA, signed_in=True, known_ms=1)
    assert join(back, COMES, now_ms=10**9).joins
    # Of another community of this server's until now.
    assert join(replace(back, member=None), COMES, now_ms=10**9).joins
    again = join(replace(back, member=HOST), COMES, now_ms=10**9)
    assert (again.joins, again.outcome, again.given) == (False, Outcome(), ())


@pytest.mark.parametrize(
    ("arrival", "code"),
    [
        (replace(NEW, member=replace(GONE, removed=True), identity_of=ADA, signed_in=True), Code.REMOVED_HERE),
        (replace(NEW, identity_of=BEN), Code.SIGN_IN_AGAIN),
        (replace(NEW, member=MEMBER), Code.CONFLICT),
        (replace(NEW, known_ms=1), Code.CONFLICT),
        (replace(NEW, name_taken=True), Code.NAME_TAKEN),
    ],
)
def test_not_everybody_joins_who_is_vouched_for(arrival: Arrival, code: Code) -> None:
    with pytest.raises(Refused) as refused:
        join(arrival, COMES, now_ms=10**9)
    assert refused.value.code is code


def test_without_a_voucher_or_an_invitation_nobody_joins() -> None:
    with pytest.raises(Refused) as refused:
        join(NEW, Join(community=EYES, person=ADA, who=NewMember(name="Ada")), now_ms=1)
    assert refused.value.code is Code.INVITATION_UNKNOWN
