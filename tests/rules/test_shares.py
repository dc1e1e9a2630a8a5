"""What other nodes say of a room: in order, late, doubled, with something missing, and read whole."""

from presence.roster import merged, roster_of
from presence.shares import Change, Share, Shares
from rooms.signals import Present
from tests.rules.people import present

ADA, BEN, CLEO = present("Ada"), present("Ben"), present("Cleo")


def names(shares: Shares) -> list[str]:
    return sorted(who.name for who in merged(shares.people()).values())


def shares_with(*people: Present, rev: int = 1) -> Shares:
    shares = Shares()
    assert shares.take("b", Change(0, rev, people), now_ms=0)
    return shares


def test_what_follows_is_taken_in() -> None:
    shares = shares_with(ADA, BEN)
    assert shares.take("b", Change(1, 4, (CLEO,), (ADA.person,)), now_ms=1)
    assert shares.take("b", Change(4, 5, (), (BEN.person,)), now_ms=2)
    assert names(shares) == ["Cleo"]


def test_what_comes_late_or_twice_changes_nothing() -> None:
    shares = shares_with(ADA, rev=5)
    assert shares.take("b", Change(3, 4, (BEN,), (ADA.person,)), now_ms=1)
    assert shares.take("b", Change(0, 2, (BEN,)), now_ms=1)
    assert names(shares) == ["Ada"]


def test_where_something_is_missing_the_rest_is_shown_and_the_whole_is_asked_for() -> None:
    shares = shares_with(ADA)
    assert not shares.take("b", Change(2, 3, (CLEO,)), now_ms=1)
    assert names(shares) == ["Ada", "Cleo"]
    shares.replace({"b": Share(3, {who.person: who for who in (BEN, CLEO)})}, began_ms=2)
    assert names(shares) == ["Ben", "Cleo"]
    assert shares.take("b", Change(3, 4, (), (BEN.person,)), now_ms=3)


def test_a_node_of_which_nothing_is_known_is_asked_for_whole() -> None:
    shares = Shares()
    assert not shares.take("b", Change(7, 8, (ADA,)), now_ms=0)
    assert names(shares) == ["Ada"]


def test_that_nothing_changed_finds_out_who_has_missed_something() -> None:
    shares = shares_with(ADA, rev=3)
    assert shares.take("b", Change(3, 3), now_ms=1)
    assert not shares.take("b", Change(4, 4), now_ms=1)
    assert not Shares().take("b", Change(4, 4), now_ms=1)


def test_what_was_told_while_the_whole_was_read_is_newer() -> None:
    shares = shares_with(ADA, rev=3)
    shares.take("c", Change(0, 9, (CLEO,)), now_ms=11)
    shares.take("b", Change(3, 4, (BEN,)), now_ms=12)
    shares.replace({"b": Share(3, {ADA.person: ADA})}, began_ms=10)
    assert names(shares) == ["Ada", "Ben", "Cleo"]
    shares.replace({}, began_ms=20)
    assert names(shares) == []


def test_a_node_that_is_gone_takes_its_people_along() -> None:
    shares = shares_with(ADA)
    shares.take("c", Change(0, 1, (ADA, BEN)), now_ms=0)
    assert shares.drop("b")
    assert names(shares) == ["Ada", "Ben"]
    assert not shares.drop("b")
    assert shares.nodes == {"c"}


def test_of_whom_nothing_was_heard_for_long_is_not_believed_for_ever() -> None:
    shares = shares_with(ADA)
    assert not shares.unconfirmed(before_ms=0)
    assert shares.unconfirmed(before_ms=1)
    shares.take("b", Change(1, 1), now_ms=5)
    assert not shares.unconfirmed(before_ms=5)


def test_somebody_here_through_two_nodes_is_one_person_shown_as_the_first_shows_them() -> None:
    renamed = Present(person=ADA.person, name="Ada L.")
    told = roster_of(merged([{ADA.person: renamed}, {ADA.person: ADA, BEN.person: BEN}]))
    assert (told.count, [who.name for who in told.people]) == (2, ["Ada L.", "Ben"])
