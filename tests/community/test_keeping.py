"""For how long words are kept, who says so, and what a hold is."""

import pytest

from community.commands import HoldReason
from community.keeping import DAY_MS, DAYS_LEAST, DAYS_MOST, Keeping, hold, keep_for
from rooms.contract import Code, Refused
from tests.community.people import KEEPER, MEMBER, room

NOW_MS = 2_000_000_000_000
YEAR = Keeping(365)


def test_a_room_may_keep_words_for_a_shorter_time_and_for_no_longer() -> None:
    assert Keeping(365).days == 365
    assert Keeping(365, 30).days == 30
    assert Keeping(90, 365).days == 90
    assert Keeping(365, 30).before_ms(NOW_MS) == NOW_MS - 30 * DAY_MS


@pytest.mark.parametrize("days", [DAYS_LEAST, 90, DAYS_MOST])
def test_a_keeper_says_for_how_long(days: int) -> None:
    assert keep_for(KEEPER, YEAR, days, room=None, now_ms=NOW_MS)
    assert not keep_for(KEEPER, Keeping(days), days, room=None, now_ms=NOW_MS)


@pytest.mark.parametrize("days", [0, DAYS_LEAST - 1, DAYS_MOST + 1])
def test_what_is_too_short_or_too_long_is_refused_with_what_may_be_chosen(days: int) -> None:
    with pytest.raises(Refused) as refused:
        keep_for(KEEPER, YEAR, days, room=None, now_ms=NOW_MS)
    assert (refused.value.code, refused.value.params) == (
        Code.KEPT_OUT_OF_RANGE,
        {"least": DAYS_LEAST, "most": DAYS_MOST},
    )


def test_a_room_goes_by_the_community_again_when_it_says_nothing() -> None:
    assert keep_for(KEEPER, Keeping(365, 30), None, room=room(), now_ms=NOW_MS)
    assert not keep_for(KEEPER, YEAR, None, room=room(), now_ms=NOW_MS)


def test_a_room_keeps_nothing_for_longer_than_the_community() -> None:
    with pytest.raises(Refused) as refused:
        keep_for(KEEPER, YEAR, 366, room=room(), now_ms=NOW_MS)
    assert refused.value.params == {"least": DAYS_LEAST, "most": 365}


def test_the_community_itself_always_says_a_number() -> None:
    with pytest.raises(Refused) as refused:
        keep_for(KEEPER, YEAR, None, room=None, now_ms=NOW_MS)
    assert refused.value.code == Code.NOT_FOUND


def test_only_a_keeper_sets_either() -> None:
    with pytest.raises(Refused) as refused:
        keep_for(MEMBER, YEAR, 30, room=None, now_ms=NOW_MS)
    assert refused.value.code == Code.NOT_ALLOWED
    with pytest.raises(Refused) as refused:
        hold(MEMBER, None, HoldReason.COURT, now_ms=NOW_MS)
    assert refused.value.code == Code.NOT_ALLOWED


def test_a_hold_begins_ends_and_may_have_another_reason() -> None:
    assert hold(KEEPER, None, HoldReason.COURT, now_ms=NOW_MS)
    assert hold(KEEPER, HoldReason.COURT, HoldReason.COMPLAINT, now_ms=NOW_MS)
    assert hold(KEEPER, HoldReason.COURT, None, now_ms=NOW_MS)
    assert not hold(KEEPER, HoldReason.COURT, HoldReason.COURT, now_ms=NOW_MS)
