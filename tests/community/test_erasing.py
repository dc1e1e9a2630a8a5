"""Erasing oneself: what a community is told, what is taken, and who must do something else first."""

import pytest

from community.erasing import erase_member
from community.events import MemberErased
from community.membership import Circle
from rooms.contract import Code, Refused
from rooms.ids import PersonId, backstage_stream, community_stream, room_stream
from tests.community.people import ADA, BEN, CLINIC, EYES, GONE, KEEPER, MEMBER, MODERATOR, ROOMS

NOW_MS = 2_000_000_000_000


def circle(who: object, *keepers: PersonId) -> Circle:
    return Circle(actor=who, target=None, rooms=ROOMS, keepers=keepers)  # type: ignore[arg-type]


def test_the_community_hears_an_id_alone_and_every_stream_narrows() -> None:
    outcome = erase_member(circle(MEMBER, BEN), ADA, EYES, now_ms=NOW_MS)
    assert outcome.events == (MemberErased(person=ADA),)
    assert set(outcome.narrow) == {(community_stream(EYES), ADA), (room_stream(CLINIC), ADA)}


def test_a_moderator_loses_the_backstage_as_well() -> None:
    outcome = erase_member(circle(MODERATOR, BEN), ADA, EYES, now_ms=NOW_MS)
    assert (backstage_stream(CLINIC), ADA) in outcome.narrow


def test_the_last_keeper_first_names_another() -> None:
    with pytest.raises(Refused) as refused:
        erase_member(circle(KEEPER, ADA), ADA, EYES, now_ms=NOW_MS)
    assert refused.value.code == Code.LAST_KEEPER
    assert erase_member(circle(KEEPER, ADA, BEN), ADA, EYES, now_ms=NOW_MS).events


def test_who_has_left_is_erased_from_what_they_left() -> None:
    outcome = erase_member(circle(GONE, BEN), ADA, EYES, now_ms=NOW_MS)
    assert (outcome.events, outcome.narrow) == ((MemberErased(person=ADA),), ())
