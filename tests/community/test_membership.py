"""Who belongs: joining, names, roles, leaving. What is written of it is tried at the door."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from community.commands import (
    Admit,
    ChangeName,
    InvitationKind,
    Join,
    Leave,
    NewMember,
    RemoveMember,
    SetRole,
)
from community.events import MemberJoined, MemberLeft, MemberRenamed, RoleGiven, RoleTaken
from community.facts import AwaitedRole, Member, Outcome
from community.invitations import Invitation
from community.membership import (
    RETRY_MS,
    Arrival,
    Circle,
    accept_values,
    admit,
    change_name,
    chosen_standing,
    join,
    leave,
    remove_member,
    set_role,
)
from rooms.contract import Code, Refused
from rooms.events import RightsChanged, RolesWaiting, RoomAdmitted, RoomDismissed
from rooms.ids import RoomId, backstage_stream, community_stream, person_stream, room_stream
from rooms.rights import Role, Visibility
from tests.community.people import (
    ADA,
    BEN,
    BENS,
    CLINIC,
    EYES,
    GONE,
    HOST,
    KEEPER,
    MEMBER,
    MODERATOR,
    QUIET,
    ROOMS,
    TEAM_ROOM,
    room,
)

INVITATION = Invitation(
    id="i",
    community=EYES,
    kind=InvitationKind.LINK,
    role=Role.MEMBER,
    room=None,
    standing=None,
    uses=0,
    used=0,
    ends_ms=10**9,
    revoked=False,
    made_by=ADA,
)
NEW = Arrival(
    member=None, invitation=INVITATION, room=None, standings=("patient", "staff"), name_taken=False, signed_in=False
)
ASKED = Join(community=EYES, person=ADA, invitation="i", who=NewMember(name=" Ada ", standing="patient"))
QUIET_ROOM = room(QUIET, Visibility.INVITED)
TOLD = (person_stream(ADA), RightsChanged())
WAITS_FOR_BEN = (person_stream(BEN), RolesWaiting())
FULL_NAME = Join(community=EYES, person=ADA, invitation="i", who=NewMember(name="Ada Lovelace"))
RESERVED_NAME = Join(community=EYES, person=ADA, invitation="i", who=NewMember(name="The NHS"))


def test_someone_new_comes_in() -> None:
    welcome = join(NEW, ASKED, now_ms=1)
    assert (welcome.joins, welcome.name, welcome.standing, welcome.asked) == (True, "Ada", "patient", None)
    assert welcome.outcome == Outcome(events=(MemberJoined(person=ADA, name="Ada"),), also=(TOLD,))
    assert not welcome.admitted


def test_an_invitation_gives_its_room_and_its_standing() -> None:
    invitation = replace(INVITATION, room=QUIET, standing="staff")
    welcome = join(replace(NEW, invitation=invitation, room=QUIET_ROOM), ASKED, now_ms=1)
    assert (welcome.asked, welcome.admitted, welcome.standing) == (None, True, "staff")


def test_nothing_that_a_link_to_a_role_leads_to_is_anybodys_before_a_keeper_has_said_yes() -> None:
    invitation = replace(INVITATION, role=Role.HOST, room=QUIET, standing="staff")
    arrival = replace(NEW, invitation=invitation, room=QUIET_ROOM, keepers=(BEN,))
    welcome = join(arrival, ASKED, now_ms=1)
    waits = AwaitedRole(Role.HOST, QUIET, "staff")
    assert (welcome.asked, welcome.admitted, welcome.standing) == (waits, False, "patient")
    assert welcome.outcome == Outcome(events=(MemberJoined(person=ADA, name="Ada"),), also=(TOLD, WAITS_FOR_BEN))


def test_keepers_are_told_of_nobody_who_asks_for_no_role() -> None:
    assert WAITS_FOR_BEN not in join(replace(NEW, keepers=(BEN,)), ASKED, now_ms=1).outcome.also


def test_a_room_for_everyone_needs_no_letting_in() -> None:
    assert not join(replace(NEW, room=room()), ASKED, now_ms=1).admitted


def test_someone_who_had_left_comes_in_anew() -> None:
    assert join(replace(NEW, member=GONE), ASKED, now_ms=1).joins


@pytest.mark.parametrize(
    ("arrival", "command", "code"),
    [
        (replace(NEW, invitation=None), ASKED, Code.INVITATION_UNKNOWN),
        (replace(NEW, invitation=replace(INVITATION, ends_ms=1)), ASKED, Code.INVITATION_EXPIRED),
        (replace(NEW, name_taken=True), ASKED, Code.NAME_TAKEN),
        (NEW, FULL_NAME, Code.NAME_LOOKS_FULL),
        (NEW, RESERVED_NAME, Code.NAME_RESERVED),
        (replace(NEW, member=MEMBER), ASKED, Code.CONFLICT),
        (replace(NEW, member=GONE, known_ms=0), ASKED, Code.CONFLICT),
        (replace(NEW, known_ms=0), ASKED, Code.CONFLICT),
    ],
)
def test_who_may_not_come_in_is_told_why(arrival: Arrival, command: Join, code: Code) -> None:
    with pytest.raises(Refused) as refused:
        join(arrival, command, now_ms=RETRY_MS + 1)
    assert refused.value.code is code


@pytest.mark.parametrize(
    "arrival", [replace(NEW, member=GONE, known_ms=0, signed_in=True), replace(NEW, member=GONE, known_ms=1)]
)
def test_who_left_comes_back_with_a_session_or_soon(arrival: Arrival) -> None:
    assert join(arrival, ASKED, now_ms=RETRY_MS + 1).joins


def test_an_ended_invitation_is_told_before_anything_about_the_name() -> None:
    ended = replace(NEW, invitation=replace(INVITATION, revoked=True), name_taken=True)
    with pytest.raises(Refused) as refused:
        join(ended, FULL_NAME, now_ms=1)
    assert refused.value.code is Code.INVITATION_REVOKED


def test_the_same_request_sent_again_soon_is_the_same_person_and_adds_nothing() -> None:
    invitation = replace(INVITATION, role=Role.KEEPER)
    welcome = join(replace(NEW, member=MEMBER, invitation=invitation), ASKED, now_ms=RETRY_MS)
    assert (welcome.joins, welcome.asked, welcome.outcome) == (False, None, Outcome())


@pytest.mark.parametrize("invitation", [None, replace(INVITATION, revoked=True), INVITATION])
def test_a_member_goes_straight_in_as_they_are(invitation: Invitation | None) -> None:
    arrival = replace(NEW, member=replace(MEMBER, name="Ada L"), invitation=invitation, signed_in=True)
    welcome = join(arrival, ASKED, now_ms=RETRY_MS * 2 if invitation is None else 1)
    assert (welcome.joins, welcome.name, welcome.outcome) == (False, "Ada L", Outcome())


def test_a_member_waits_for_the_role_that_another_invitation_adds() -> None:
    invitation = replace(INVITATION, role=Role.HOST)
    arrival = replace(NEW, member=MEMBER, invitation=invitation, signed_in=True, keepers=(BEN,))
    welcome = join(arrival, ASKED, now_ms=1)
    assert welcome.asked == AwaitedRole(Role.HOST)
    assert welcome.outcome == Outcome(also=(TOLD, WAITS_FOR_BEN))
    assert join(replace(arrival, member=HOST), ASKED, now_ms=1).outcome == Outcome()


def test_a_member_is_let_into_the_room_that_another_invitation_is_for() -> None:
    invitation = replace(INVITATION, room=QUIET)
    arrival = replace(NEW, member=MEMBER, invitation=invitation, room=QUIET_ROOM, signed_in=True)
    welcome = join(arrival, ASKED, now_ms=1)
    assert welcome.admitted
    assert welcome.outcome == Outcome(also=((person_stream(ADA), RoomAdmitted(room=QUIET)),))
    inside = replace(MEMBER, admitted=frozenset({QUIET}))
    assert join(replace(arrival, member=inside), ASKED, now_ms=1).outcome == Outcome()


@pytest.mark.parametrize(
    ("chosen", "now"), [(None, None), (None, "staff"), ("patient", None), ("staff", "staff"), ("old", "old")]
)
def test_a_standing_is_chosen_from_the_list_or_kept(chosen: str | None, now: str | None) -> None:
    assert chosen_standing(chosen, ("patient", "staff"), now=now) == chosen


@pytest.mark.parametrize("chosen", ["staff", "chief", ""])
def test_staff_and_what_is_not_in_the_list_is_not_chosen(chosen: str) -> None:
    with pytest.raises(Refused) as refused:
        chosen_standing(chosen, ("patient", "staff"), now="patient")
    assert refused.value.code is Code.STANDING_UNKNOWN


def test_the_values_are_accepted_once() -> None:
    assert accept_values(replace(MEMBER, accepted=False), now_ms=0) == Outcome(also=(TOLD,))
    assert accept_values(MEMBER, now_ms=0) is None
    with pytest.raises(Refused):
        accept_values(GONE, now_ms=0)


def _rename(name: str, standing: str | None = None, *, taken: bool = False) -> Outcome | None:
    command = ChangeName(community=EYES, name=name, standing=standing)
    renaming = change_name(MEMBER, command, standings=("patient",), taken=taken, now_ms=0)
    return None if renaming is None else renaming.outcome


def test_a_name_a_standing_or_both_are_changed() -> None:
    assert _rename("Ada", taken=True) is None
    assert _rename("Ada", "patient") == Outcome(also=(TOLD,))
    assert _rename("Ada Lovelace") == Outcome(events=(MemberRenamed(person=ADA, name="Ada Lovelace"),), also=(TOLD,))
    with pytest.raises(Refused) as refused:
        _rename("Grace", taken=True)
    assert refused.value.code is Code.NAME_TAKEN
    with pytest.raises(Refused) as refused:
        _rename("Host Ada")
    assert refused.value.code is Code.NAME_RESERVED


def test_who_had_a_name_before_it_was_reserved_keeps_it() -> None:
    command = ChangeName(community=EYES, name="Host Ada", standing="patient")
    renaming = change_name(replace(MEMBER, name="Host Ada"), command, standings=("patient",), taken=False, now_ms=0)
    assert renaming is not None
    assert (renaming.name, renaming.standing) == ("Host Ada", "patient")


# Roles, leaving, being removed

CIRCLE = Circle(actor=KEEPER, target=BENS, rooms=ROOMS, keepers=(ADA, BEN))
BENS_KEEPER = replace(BENS, roles=frozenset({Role.MEMBER, Role.KEEPER}))
REMOVE = RemoveMember(community=EYES, person=BEN)


def _role(role: Role, room_: RoomId | None = None, *, held: bool) -> SetRole:
    return SetRole(community=EYES, person=BEN, role=role, room=room_, held=held)


def test_leaving_narrows_everything_that_could_be_followed() -> None:
    outcome = leave(replace(CIRCLE, actor=HOST), Leave(community=EYES), now_ms=0)
    assert outcome.events == (MemberLeft(person=ADA),)
    assert outcome.also == (TOLD,)
    assert set(outcome.narrow) == {
        (community_stream(EYES), ADA),
        (room_stream(CLINIC), ADA),
        (backstage_stream(CLINIC), ADA),
        (room_stream(TEAM_ROOM), ADA),
        (backstage_stream(TEAM_ROOM), ADA),
    }


def test_a_member_is_removed_once() -> None:
    outcome = remove_member(CIRCLE, REMOVE, now_ms=0)
    assert outcome is not None
    assert outcome.narrow == ((community_stream(EYES), BEN), (room_stream(CLINIC), BEN))
    assert remove_member(replace(CIRCLE, target=replace(BENS, member=False)), REMOVE, now_ms=0) is None


def test_without_force_a_role_is_held_and_gives_nothing() -> None:
    dormant = replace(KEEPER, has_force=False)
    assert dormant.at(None).roles == {Role.MEMBER}
    assert dormant.holds(Role.KEEPER, None)
    # Who has none may go while somebody keeps the community, and not while nobody does.
    leaves = replace(CIRCLE, actor=dormant, keepers=(BEN,))
    assert leave(leaves, Leave(community=EYES), now_ms=0).events
    with pytest.raises(Refused) as refused:
        leave(replace(leaves, keepers=(dormant.person,)), Leave(community=EYES), now_ms=0)
    assert refused.value.code is Code.LAST_KEEPER


def test_the_last_keeper_stays() -> None:
    attempts: list[Callable[[], object]] = [
        lambda: leave(replace(CIRCLE, keepers=(ADA,)), Leave(community=EYES), now_ms=0),
        lambda: remove_member(replace(CIRCLE, target=BENS_KEEPER, keepers=(BEN,)), REMOVE, now_ms=0),
        lambda: set_role(replace(CIRCLE, target=BENS_KEEPER, keepers=(BEN,)), _role(Role.KEEPER, held=False), now_ms=0),
    ]
    for attempt in attempts:
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code is Code.LAST_KEEPER


def test_one_keeper_of_two_can_go() -> None:
    assert leave(CIRCLE, Leave(community=EYES), now_ms=0).events == (MemberLeft(person=ADA),)
    taken = set_role(replace(CIRCLE, target=BENS_KEEPER), _role(Role.KEEPER, held=False), now_ms=0)
    assert taken is not None
    assert taken.events == (RoleTaken(person=BEN, role=Role.KEEPER),)


def test_a_role_is_given_and_taken_once() -> None:
    given = set_role(CIRCLE, _role(Role.HOST, held=True), now_ms=0)
    assert given == Outcome(
        events=(RoleGiven(person=BEN, role=Role.HOST),), also=((person_stream(BEN), RightsChanged()),)
    )
    assert set_role(CIRCLE, _role(Role.HOST, held=False), now_ms=0) is None
    host = replace(BENS, roles=frozenset({Role.MEMBER, Role.HOST}))
    assert set_role(replace(CIRCLE, target=host), _role(Role.HOST, held=True), now_ms=0) is None


def _waits(room_: RoomId | None = None) -> Circle:
    return replace(CIRCLE, target=replace(BENS, asked=frozenset({AwaitedRole(Role.HOST, room_)})), keepers=(ADA,))


def _answer(room_: RoomId | None = None, *, held: bool = True) -> SetRole:
    return SetRole(community=EYES, person=BEN, role=Role.HOST, room=room_, held=held, answers=True)


@pytest.mark.parametrize("room_", [None, CLINIC])
def test_who_waits_for_a_role_has_it_by_a_keepers_yes_and_waits_no_longer_after_a_no(room_: RoomId | None) -> None:
    told = ((person_stream(BEN), RightsChanged()), (person_stream(ADA), RolesWaiting()))
    given = RoleGiven(person=BEN, role=Role.HOST, room=room_)
    assert set_role(_waits(room_), _answer(room_), now_ms=0) == Outcome(events=(given,), also=told)
    assert set_role(_waits(room_), _answer(room_, held=False), now_ms=0) == Outcome(also=told)
    # Of another role nothing is said by that.
    assert set_role(_waits(room_), _role(Role.MODERATOR, room_, held=False), now_ms=0) is None


@pytest.mark.parametrize("held", [True, False])
def test_an_answer_that_comes_after_another_keepers_is_refused(*, held: bool) -> None:
    hosts = replace(BENS, roles=frozenset({Role.MEMBER, Role.HOST}))
    for target in (BENS, hosts):
        with pytest.raises(Refused) as refused:
            set_role(replace(CIRCLE, target=target), _answer(held=held), now_ms=0)
        assert refused.value.code is Code.CONFLICT


def test_a_role_in_a_room_of_those_let_in_lets_its_holder_in() -> None:
    waits = replace(BENS, asked=frozenset({AwaitedRole(Role.HOST, QUIET)}))
    circle = replace(CIRCLE, target=waits, rooms=(*ROOMS, QUIET_ROOM))
    given = set_role(circle, _answer(QUIET), now_ms=0)
    assert given is not None
    assert (person_stream(BEN), RoomAdmitted(room=QUIET)) in given.also
    inside = replace(circle, target=replace(waits, admitted=frozenset({QUIET})))
    again = set_role(inside, _answer(QUIET), now_ms=0)
    assert again is not None
    assert (person_stream(BEN), RoomAdmitted(room=QUIET)) not in again.also


def test_whoever_goes_waits_for_no_role() -> None:
    waits = replace(CIRCLE, target=replace(BENS, asked=frozenset({AwaitedRole(Role.HOST)})), keepers=(ADA,))
    removed = remove_member(waits, REMOVE, now_ms=0)
    assert removed is not None
    assert (person_stream(ADA), RolesWaiting()) in removed.also


def test_a_role_in_a_room_is_taken_there_alone() -> None:
    host = replace(BENS, room_roles={TEAM_ROOM: frozenset({Role.HOST}), CLINIC: frozenset({Role.HOST})})
    taken = set_role(replace(CIRCLE, target=host), _role(Role.HOST, TEAM_ROOM, held=False), now_ms=0)
    assert taken is not None
    assert set(taken.narrow) == {(room_stream(TEAM_ROOM), BEN), (backstage_stream(TEAM_ROOM), BEN)}


def test_a_role_taken_from_who_has_another_takes_no_stream_and_holds_each_room_in_which_less_may_be_done() -> None:
    both = replace(BENS, roles=frozenset({Role.MEMBER, Role.HOST, Role.MODERATOR}))
    taken = set_role(replace(CIRCLE, target=both), _role(Role.HOST, held=False), now_ms=0)
    assert taken is not None
    assert taken.narrow == tuple((stream, BEN) for stream in sorted(room_stream(room.id) for room in CIRCLE.rooms))


def test_a_role_taken_in_one_room_holds_that_room_alone() -> None:
    there = replace(BENS, room_roles={TEAM_ROOM: frozenset({Role.HOST, Role.MODERATOR})})
    taken = set_role(replace(CIRCLE, target=there), _role(Role.HOST, TEAM_ROOM, held=False), now_ms=0)
    assert taken is not None
    assert taken.narrow == ((room_stream(TEAM_ROOM), BEN),)


@pytest.mark.parametrize(
    ("circle", "command", "code"),
    [
        (replace(CIRCLE, actor=HOST), _role(Role.HOST, held=True), Code.NOT_ALLOWED),
        (replace(CIRCLE, actor=None), _role(Role.HOST, held=True), Code.NOT_FOUND),
        (replace(CIRCLE, target=None), _role(Role.HOST, held=True), Code.NOT_FOUND),
        (replace(CIRCLE, target=replace(BENS, member=False)), _role(Role.HOST, held=True), Code.NOT_FOUND),
        (CIRCLE, _role(Role.MEMBER, held=False), Code.MALFORMED),
        (CIRCLE, _role(Role.KEEPER, CLINIC, held=True), Code.MALFORMED),
        (CIRCLE, _role(Role.HOST, RoomId("another"), held=True), Code.NOT_FOUND),
    ],
)
def test_a_role_that_may_not_be_set_says_why(circle: Circle, command: SetRole, code: Code) -> None:
    with pytest.raises(Refused) as refused:
        set_role(circle, command, now_ms=0)
    assert refused.value.code is code


def test_only_a_keeper_removes_and_only_a_member_is_removed() -> None:
    for circle, code in (
        (replace(CIRCLE, actor=MODERATOR), Code.NOT_ALLOWED),
        (replace(CIRCLE, target=None), Code.NOT_FOUND),
    ):
        with pytest.raises(Refused) as refused:
            remove_member(circle, REMOVE, now_ms=0)
        assert refused.value.code is code


# Letting in

INSIDE = replace(BENS, admitted=frozenset({QUIET}))


def _admit(target: Member | None, *, admitted: bool = True, actor: Member | None = KEEPER) -> Outcome | None:
    command = Admit(community=EYES, room=QUIET, person=BEN, admitted=admitted)
    return admit(actor, target, command, room=QUIET_ROOM, now_ms=0)


def test_a_member_is_let_in_and_out() -> None:
    assert _admit(BENS) == Outcome(also=((person_stream(BEN), RoomAdmitted(room=QUIET)),))
    assert _admit(INSIDE) is None
    assert _admit(INSIDE, admitted=False) == Outcome(
        also=((person_stream(BEN), RoomDismissed(room=QUIET)),), narrow=((room_stream(QUIET), BEN),)
    )
    assert _admit(BENS, admitted=False) is None


def test_a_keeper_let_in_or_out_sees_no_difference() -> None:
    assert _admit(BENS_KEEPER) == Outcome()
    assert _admit(replace(BENS_KEEPER, admitted=frozenset({QUIET})), admitted=False) == Outcome()


@pytest.mark.parametrize(
    ("actor", "target", "code"),
    [
        (MEMBER, BENS, Code.NOT_FOUND),
        (replace(MEMBER, admitted=frozenset({QUIET})), BENS, Code.NOT_ALLOWED),
        (KEEPER, None, Code.NOT_FOUND),
        (KEEPER, replace(BENS, member=False), Code.NOT_FOUND),
    ],
)
def test_who_may_not_let_in_is_told_no_more_than_they_may_know(
    actor: Member, target: Member | None, code: Code
) -> None:
    with pytest.raises(Refused) as refused:
        _admit(target, actor=actor)
    assert refused.value.code is code


def test_nobody_is_let_into_a_room_that_is_not_there() -> None:
    command = Admit(community=EYES, room=QUIET, person=BEN)
    with pytest.raises(Refused) as refused:
        admit(KEEPER, BENS, command, room=None, now_ms=0)
    assert refused.value.code is Code.NOT_FOUND
