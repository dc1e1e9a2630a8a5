"""Who is here and who is writing: tabs hold leases, and leases end by themselves."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from presence.roster import NAMED_LIMIT, Lease, Roster
from presence.typing import TYPING_MS, Typing
from rooms.ids import TabId
from rooms.rights import Role
from rooms.signals import Present, RosterChanged
from tests.rules.people import NOW_MS, present

LEASE_MS = 45_000
PHONE, LAPTOP = TabId("phone"), TabId("laptop")
ADA = present("Ada")


def lease(who: Present, tab: str = PHONE, *, until_ms: int = NOW_MS + LEASE_MS) -> Lease:
    return Lease(TabId(tab), who, until_ms)


def roster(*names: str) -> Roster:
    """A room with these people in it, each with one tab."""
    here = Roster()
    for name in names:
        here.seen(lease(present(name), name))
    return here


def names_in(told: RosterChanged) -> list[str]:
    return [who.name for who in told.people]


# Who is here ------------------------------------------------------------------------------------------------------


def test_a_room_is_empty_before_anybody_comes() -> None:
    assert Roster().told() == RosterChanged(count=0, people=())


def test_coming_is_news_and_staying_is_not() -> None:
    here = Roster()
    assert here.seen(lease(ADA))
    assert not here.seen(lease(ADA, until_ms=NOW_MS + 2 * LEASE_MS))


def test_several_tabs_are_one_person_and_closing_one_is_no_leaving() -> None:
    here = Roster()
    here.seen(lease(ADA, PHONE))
    assert not here.seen(lease(ADA, LAPTOP))
    assert here.told().count == 1
    assert not here.left(PHONE)
    assert names_in(here.told()) == ["Ada"]
    assert here.left(LAPTOP)
    assert here.told().count == 0


def test_a_tab_that_was_never_here_does_not_leave() -> None:
    assert not roster("Ada").left(TabId("elsewhere"))


def test_a_lease_ends_by_itself_at_its_moment_and_not_before() -> None:
    here = Roster()
    here.seen(lease(ADA, until_ms=NOW_MS))
    assert not here.expire(now_ms=NOW_MS - 1)
    assert here.expire(now_ms=NOW_MS)
    assert here.told().count == 0
    assert not here.expire(now_ms=NOW_MS)


def test_a_renewed_lease_lives_on() -> None:
    here = Roster()
    here.seen(lease(ADA, until_ms=NOW_MS))
    here.seen(lease(ADA, until_ms=NOW_MS + LEASE_MS))
    assert not here.expire(now_ms=NOW_MS)
    assert here.told().count == 1


def test_one_tab_that_runs_out_is_no_news_while_another_is_here() -> None:
    here = Roster()
    here.seen(lease(ADA, PHONE, until_ms=NOW_MS))
    here.seen(lease(ADA, LAPTOP))
    assert not here.expire(now_ms=NOW_MS)
    assert here.told().count == 1


def test_someone_shown_in_another_way_is_news() -> None:
    here = roster("Ada")
    assert here.seen(lease(Present(person=ADA.person, name="Ada", role=Role.HOST), "Ada"))
    assert here.told().people[0].role == Role.HOST


def test_an_old_tab_that_knows_less_is_no_news_again_and_again() -> None:
    here = Roster()
    renamed = Present(person=ADA.person, name="Ada L.")
    here.seen(lease(ADA, PHONE))
    assert here.seen(lease(renamed, LAPTOP))
    assert not here.seen(lease(ADA, PHONE))
    assert names_in(here.told()) == ["Ada L."]


def test_when_the_tab_that_knew_the_new_name_goes_the_change_is_told() -> None:
    here = Roster()
    here.seen(lease(ADA, PHONE))
    here.seen(lease(Present(person=ADA.person, name="Ada L."), LAPTOP))
    assert here.left(LAPTOP)
    assert names_in(here.told()) == ["Ada"]


def test_the_team_comes_first_and_then_everybody_by_name() -> None:
    here = roster("zoe", "Ben", "ada")
    here.seen(lease(present("Mo", Role.MODERATOR), "Mo"))
    here.seen(lease(present("Hana", Role.HOST), "Hana"))
    assert names_in(here.told()) == ["Hana", "Mo", "ada", "Ben", "zoe"]


def test_two_people_of_one_name_are_two() -> None:
    here = roster("Ada")
    here.seen(lease(Present(person=present("Other").person, name="Ada"), LAPTOP))
    assert here.told().count == 2


def test_fifty_people_are_named_and_above_that_a_number_and_the_team() -> None:
    here = roster(*(f"p{n:02}" for n in range(NAMED_LIMIT - 1)))
    here.seen(lease(present("Hana", Role.HOST), "Hana"))
    told = here.told()
    assert (told.count, len(told.people), told.named_all) == (50, 50, True)
    here.seen(lease(ADA))
    told = here.told()
    assert (told.count, names_in(told), told.named_all) == (51, ["Hana"], False)


def test_of_a_very_large_team_fifty_are_named() -> None:
    here = Roster()
    for n in range(60):
        here.seen(lease(present(f"h{n:02}", Role.HOST), f"h{n}"))
    assert (here.told().count, len(here.told().people)) == (60, NAMED_LIMIT)


class ARoomWithManyTabs(RuleBasedStateMachine):
    """A roster against a plain list of who said what, and when."""

    def __init__(self) -> None:
        super().__init__()
        self.roster = Roster()
        self.tabs: dict[str, tuple[str, int]] = {}
        self.now_ms = 0

    def told(self) -> set[str]:
        return set(names_in(self.roster.told()))

    @rule(tab=st.sampled_from("abcdef"), name=st.sampled_from(["Ada", "Ben", "Cleo"]), lasts_ms=st.integers(1, 50))
    def someone_is_seen(self, tab: str, name: str, lasts_ms: int) -> None:
        # A tab belongs to one person for its life.
        name = self.tabs.get(tab, (name, 0))[0]
        before = self.told()
        news = self.roster.seen(lease(present(name), tab, until_ms=self.now_ms + lasts_ms))
        self.tabs[tab] = (name, self.now_ms + lasts_ms)
        assert news == (before != self.told())

    @rule(tab=st.sampled_from("abcdef"))
    def a_tab_goes(self, tab: str) -> None:
        before = self.told()
        news = self.roster.left(TabId(tab))
        self.tabs.pop(tab, None)
        assert news == (before != self.told())

    @rule(by_ms=st.integers(1, 60))
    def time_passes(self, by_ms: int) -> None:
        self.now_ms += by_ms
        before = self.told()
        news = self.roster.expire(now_ms=self.now_ms)
        self.tabs = {tab: held for tab, held in self.tabs.items() if held[1] > self.now_ms}
        assert bool(news) == (before != self.told())

    @invariant()
    def those_with_a_living_tab_are_here_once_each(self) -> None:
        expected = {name for name, _ in self.tabs.values()}
        assert self.told() == expected
        assert self.roster.told().count == len(expected)


ARoomWithManyTabs.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
test_a_roster_is_the_people_with_living_tabs = ARoomWithManyTabs.TestCase


# Who is writing ---------------------------------------------------------------------------------------------------


def writing(*names: str) -> Typing:
    typing = Typing()
    for name in names:
        typing.tells(present(name), on=True, now_ms=NOW_MS)
    return typing


def test_beginning_and_stopping_to_write_is_news_and_going_on_is_not() -> None:
    typing = Typing()
    assert typing.tells(ADA, on=True, now_ms=NOW_MS)
    assert not typing.tells(ADA, on=True, now_ms=NOW_MS + 3_000)
    assert typing.tells(ADA, on=False, now_ms=NOW_MS + 4_000)
    assert not typing.tells(ADA, on=False, now_ms=NOW_MS + 4_000)


def test_who_goes_quiet_has_stopped_after_six_seconds() -> None:
    typing = writing("Ada", "Ben")
    typing.tells(present("Ben"), on=True, now_ms=NOW_MS + 3_000)
    assert not typing.expire(now_ms=NOW_MS + TYPING_MS - 1)
    assert typing.expire(now_ms=NOW_MS + TYPING_MS)
    assert [who.name for who in typing.told().people] == ["Ben"]
    assert typing.expire(now_ms=NOW_MS + 3_000 + TYPING_MS)
    assert typing.told().people == ()


@pytest.mark.parametrize(("count", "named", "more"), [(0, 0, 0), (1, 1, 0), (3, 3, 0), (4, 3, 1), (30, 3, 27)])
def test_three_writers_are_named_and_the_rest_counted(count: int, named: int, more: int) -> None:
    told = writing(*(f"p{n}" for n in range(count))).told()
    assert (len(told.people), told.more) == (named, more)


def test_the_first_who_began_are_the_ones_named() -> None:
    typing = writing("Ada", "Ben", "Cleo", "Dan")
    typing.tells(present("Ada"), on=True, now_ms=NOW_MS + 1)
    assert [who.name for who in typing.told().people] == ["Ada", "Ben", "Cleo"]
