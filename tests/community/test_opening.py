"""Rooms opened, changed and closed, and who is told."""

from dataclasses import replace
from itertools import permutations

import pytest
from msgspec.structs import replace as changed

from community.commands import ChangeRoom, CloseRoom, OpenRoom
from community.events import RoomListed
from community.facts import TOLD_LIMIT, existing
from community.opening import RoomFacts, change_room, close_room, open_room
from rooms.contract import Code, Event, Refused
from rooms.events import (
    HiddenNamesSet,
    RoomAdmitted,
    RoomClosed,
    RoomDismissed,
    RoomRenamed,
    RoomReopened,
    RoomVisibilitySet,
)
from rooms.ids import PersonId, backstage_stream, person_stream, room_stream
from rooms.rights import Role, Visibility
from tests.community.people import ADA, BEN, BENS, CLINIC, EYES, HOST, KEEPER, MEMBER, room

NEW = RoomFacts(actor=HOST, room=None, slug_taken=False, concerned=())
OPEN = OpenRoom(community=EYES, room=CLINIC, slug="clinic", title=" The  clinic ", purpose=" For us ")
BENS_MODERATOR = replace(BENS, roles=frozenset({Role.MEMBER, Role.MODERATOR}))
BEN_INSIDE = replace(BENS, admitted=frozenset({CLINIC}))


def _change(**what: object) -> ChangeRoom:
    return ChangeRoom(community=EYES, room=CLINIC, **what)  # type: ignore[arg-type]  # one field at a time


def test_a_room_begins_with_both_its_streams() -> None:
    opened = open_room(NEW, OPEN, now_ms=0)
    assert opened is not None
    assert (opened.state.title, opened.state.purpose) == ("The clinic", "For us")
    assert opened.outcome.events == (RoomListed(room=CLINIC),)
    assert [stream for stream, _ in opened.outcome.opens] == [room_stream(CLINIC), backstage_stream(CLINIC)]
    assert [stream for stream, _ in opened.outcome.also] == [room_stream(CLINIC)]
    assert not opened.admits_actor


def test_a_room_for_few_is_told_to_them() -> None:
    concerned = (HOST, BENS_MODERATOR)
    for visibility, told in ((Visibility.TEAM, [ADA, BEN]), (Visibility.INVITED, [ADA])):
        opened = open_room(replace(NEW, concerned=concerned), changed(OPEN, visibility=visibility), now_ms=0)
        assert opened is not None
        assert opened.outcome.events == ()
        assert list(opened.outcome.also[1:]) == [(person_stream(p), RoomAdmitted(room=CLINIC)) for p in told]
        assert opened.admits_actor is (visibility is Visibility.INVITED)


def test_no_more_people_are_told_at_once_than_a_transaction_bears() -> None:
    many = tuple(replace(BENS_MODERATOR, person=PersonId(f"person {n}")) for n in range(TOLD_LIMIT + 5))
    opened = open_room(replace(NEW, concerned=many), changed(OPEN, visibility=Visibility.TEAM), now_ms=0)
    assert opened is not None
    assert len(opened.outcome.also) == 1 + TOLD_LIMIT


def test_the_same_room_is_not_opened_twice() -> None:
    assert open_room(replace(NEW, room=room(), slug_taken=True), OPEN, now_ms=0) is None


@pytest.mark.parametrize(
    ("facts", "command", "code"),
    [
        (replace(NEW, actor=MEMBER), OPEN, Code.NOT_ALLOWED),
        (replace(NEW, actor=None), OPEN, Code.NOT_FOUND),
        (replace(NEW, slug_taken=True), OPEN, Code.SLUG_TAKEN),
        (NEW, changed(OPEN, title=" "), Code.EMPTY),
        (NEW, changed(OPEN, title="x" * 81), Code.TOO_LONG),
        (NEW, changed(OPEN, purpose="x" * 401), Code.TOO_LONG),
    ],
)
def test_a_room_that_may_not_be_opened_says_why(facts: RoomFacts, command: OpenRoom, code: Code) -> None:
    with pytest.raises(Refused) as refused:
        open_room(facts, command, now_ms=0)
    assert refused.value.code is code


THERE = replace(NEW, room=room())


def test_only_what_differs_is_an_event() -> None:
    assert change_room(THERE, _change(), now_ms=0) is None
    assert change_room(THERE, _change(title=" X ", hide_names=True), now_ms=0) is None
    renamed = change_room(THERE, _change(title="Y"), now_ms=0)
    assert renamed is not None
    assert renamed.outcome.also == ((room_stream(CLINIC), RoomRenamed(title="Y", purpose="")),)
    assert renamed.outcome.events == (RoomListed(room=CLINIC),)
    assert renamed.outcome.narrow == ()


def test_whether_names_may_be_hidden_is_an_event_of_its_own() -> None:
    shown = change_room(THERE, _change(hide_names=False), now_ms=0)
    assert shown is not None
    assert shown.outcome.also == ((room_stream(CLINIC), HiddenNamesSet(on=False)),)


def test_a_hidden_room_renamed_is_not_told_to_the_community() -> None:
    hidden = replace(NEW, room=room(visibility=Visibility.TEAM))
    renamed = change_room(hidden, _change(purpose="Z"), now_ms=0)
    assert renamed is not None
    assert renamed.outcome.events == ()


@pytest.mark.parametrize(("before", "after"), list(permutations(Visibility, 2)))
def test_a_room_for_fewer_people_narrows(before: Visibility, after: Visibility) -> None:
    facts = replace(NEW, actor=KEEPER, room=room(visibility=before))
    moved = change_room(facts, _change(visibility=after), now_ms=0)
    assert moved is not None
    everyone = ((backstage_stream(CLINIC), None), (room_stream(CLINIC), None))
    assert moved.outcome.narrow == (() if after is Visibility.COMMUNITY else everyone)
    assert (room_stream(CLINIC), RoomVisibilitySet(visibility=after)) in moved.outcome.also
    assert moved.admits_actor is (after is Visibility.INVITED)


def test_those_concerned_are_told_what_they_gain_and_lose() -> None:
    concerned = (
        KEEPER,
        BENS_MODERATOR,
        replace(BEN_INSIDE, person=PersonId("cleo")),
        replace(MEMBER, person=PersonId("dov")),
    )
    facts = replace(NEW, actor=KEEPER, room=room(visibility=Visibility.TEAM), concerned=concerned)
    moved = change_room(facts, _change(visibility=Visibility.INVITED), now_ms=0)
    assert moved is not None
    told: list[tuple[str, Event]] = [
        (person_stream(BEN), RoomDismissed(room=CLINIC)),
        (person_stream(PersonId("cleo")), RoomAdmitted(room=CLINIC)),
    ]
    assert list(moved.outcome.also[1:]) == told


def test_who_makes_a_room_invited_does_not_shut_themselves_out() -> None:
    facts = replace(NEW, room=room(visibility=Visibility.TEAM), concerned=(HOST,))
    moved = change_room(facts, _change(visibility=Visibility.INVITED), now_ms=0)
    assert moved is not None
    assert moved.admits_actor
    assert len(moved.outcome.also) == 1


def test_a_room_is_closed_and_opened_again_once() -> None:
    shut = CloseRoom(community=EYES, room=CLINIC)
    outcome = close_room(THERE, shut, now_ms=0)
    assert outcome is not None
    assert outcome.also == ((room_stream(CLINIC), RoomClosed()),)
    assert outcome.events == (RoomListed(room=CLINIC),)
    closed = replace(NEW, room=room(closed=True))
    assert close_room(closed, shut, now_ms=0) is None
    again = close_room(closed, changed(shut, closed=False), now_ms=0)
    assert again is not None
    assert again.also == ((room_stream(CLINIC), RoomReopened()),)


def test_a_room_that_is_not_there_and_one_that_may_not_be_read_are_told_alike() -> None:
    hidden = replace(NEW, actor=MEMBER, room=room(visibility=Visibility.TEAM))
    missing = replace(NEW, actor=MEMBER)
    for facts in (hidden, missing):
        for attempt in (
            lambda facts=facts: change_room(facts, _change(title="Y"), now_ms=0),
            lambda facts=facts: close_room(facts, CloseRoom(community=EYES, room=CLINIC), now_ms=0),
        ):
            with pytest.raises(Refused) as refused:
                attempt()
            assert refused.value.code is Code.NOT_FOUND
    with pytest.raises(Refused):
        existing(None)
