"""The one table of rights, against what is expected of it in words: every deed, by everybody, in every state."""

import dataclasses

import pytest

from rooms.contract import Code
from rooms.rights import RIGHTS, Deed, Place, Role, Standing, Visibility, badge, may, may_read
from tests.rules.expected_rights import EXPECTED, IN_WORDS, WHO, every_case, is_there
from tests.rules.people import NOW_MS, called, member

CASES = list(every_case())


def test_every_deed_is_in_the_table_and_is_expected_something_of() -> None:
    assert set(EXPECTED) == set(RIGHTS) == set(Deed)
    assert len(EXPECTED) == len(IN_WORDS.strip().splitlines())
    assert {sentence.who for sentence in EXPECTED.values()} == set(WHO)


def test_the_cases_are_all_there_are() -> None:
    assert len(CASES) == 2**3 * 2**4 * 4 * 2 * 2
    assert {case.room for case in CASES} == {*Visibility, None}


@pytest.mark.parametrize("deed", Deed)
def test_a_deed_is_done_or_refused_as_expected_of_everybody_everywhere(deed: Deed) -> None:
    for case in CASES:
        answer = may(case.who, deed, place=case.place, now_ms=NOW_MS, own=case.author)
        assert answer == EXPECTED[deed].answer(case), case


@pytest.mark.parametrize("deed", Deed)
def test_each_deed_is_done_by_somebody_and_refused_to_somebody(deed: Deed) -> None:
    answers = {EXPECTED[deed].answer(case) for case in CASES}
    assert None in answers
    assert Code.NOT_FOUND in answers


def test_reading_is_the_same_question_on_every_path() -> None:
    for case in CASES:
        if case.place is not None:
            assert may_read(case.who, case.place) == (case.belongs and is_there(case)), case


def test_roles_add_up() -> None:
    """Whoever gets one role more can do everything that they could before."""
    for case in CASES:
        for role in (Role.MODERATOR, Role.HOST, Role.KEEPER):
            more = dataclasses.replace(case, titles=case.titles | {role})
            for deed in (Deed.READ, Deed.POST, Deed.REMOVE, Deed.READ_BACKSTAGE, Deed.ADMIT, Deed.INVITE):
                if may(case.who, deed, place=case.place, now_ms=NOW_MS, own=case.author) is None:
                    assert may(more.who, deed, place=more.place, now_ms=NOW_MS, own=more.author) is None


def test_a_stranger_cannot_tell_a_room_that_is_not_theirs_from_none() -> None:
    stranger = Standing(person=called("stranger"), roles=frozenset({Role.KEEPER}), admitted=True, accepted=True)
    for deed in Deed:
        for place in (Place(), Place(visibility=Visibility.TEAM, closed=True), None):
            assert may(stranger, deed, place=place, now_ms=NOW_MS, own=True) == Code.NOT_FOUND


@pytest.mark.parametrize("standing", [None, "patient", "carer", "staff", "volunteer"])
def test_standing_is_never_a_permission(standing: str | None) -> None:
    for deed in Deed:
        who = member("Ada", Role.HOST, standing=standing)
        plain = member("Ada", Role.HOST)
        assert may(who, deed, place=Place(), now_ms=NOW_MS) == may(plain, deed, place=Place(), now_ms=NOW_MS)


def test_a_badge_is_the_role_that_says_most() -> None:
    assert badge(member("Ada")) is None
    assert badge(member("Ada", Role.KEEPER)) == Role.KEEPER
    assert badge(member("Ada", Role.KEEPER, Role.MODERATOR)) == Role.MODERATOR
    assert badge(member("Ada", Role.KEEPER, Role.MODERATOR, Role.HOST)) == Role.HOST
