"""What the scripted members notice, and what of it wants an answer."""

import pytest

from rooms.events import Author, MessagePosted
from rooms.ids import MessageId, PersonId
from rooms.signals import Present, RosterChanged
from server.demo.attention import Attention, Unanswered, Wanted

JOAN, OWEN = PersonId("joan"), PersonId("owen")
WREN, RUTH = PersonId("wren"), PersonId("ruth")


@pytest.fixture
def attention() -> Attention:
    """Joan and Owen, who look around."""
    return Attention({JOAN: "Joan", OWEN: "Owen"})


def here(*people: PersonId, count: int | None = None) -> RosterChanged:
    """Who is here; with a count, only some of them are named."""
    present = tuple(Present(person=person, name=person) for person in people)
    return RosterChanged(count=count or len(people), people=present, named_all=count is None)


def posted(
    by: PersonId | None,
    text: str | None = "Hello.",
    *,
    message: str = "new",
    under: str | None = None,
    to: tuple[PersonId, ...] = (),
) -> MessagePosted:
    author = Author(alias="alias") if by is None else Author(person=by, name=by.title())
    reply_to = MessageId(under) if under else None
    return MessagePosted(message=MessageId(message), author=author, text=text, reply_to=reply_to, mentions=to)


def test_only_somebody_new_is_an_arrival(attention: Attention) -> None:
    assert not attention.sees(here(JOAN, OWEN))
    assert attention.sees(here(JOAN, OWEN, WREN))
    assert not attention.sees(here(JOAN, WREN))
    assert attention.visitors == 1
    assert not attention.sees(here(JOAN))
    assert attention.visitors == 0


def test_a_hall_that_is_only_counted_has_visitors(attention: Attention) -> None:
    assert attention.sees(here(RUTH, count=60))
    assert attention.visitors == 58


def test_what_ours_say_wants_no_answer(attention: Attention) -> None:
    assert attention.hears(posted(JOAN)) is None


def test_words_that_are_gone_again_want_no_answer(attention: Attention) -> None:
    assert attention.hears(posted(WREN, None)) is None


def test_a_newcomer_is_answered_under_their_message(attention: Attention) -> None:
    wanted = attention.hears(posted(WREN))
    assert wanted is not None
    assert (wanted.thread, wanted.name, wanted.called, wanted.aside) == ("new", "Wren", None, False)


def test_who_hides_their_name_is_answered_without_one(attention: Attention) -> None:
    wanted = attention.hears(posted(None))
    assert wanted is not None
    assert (wanted.author, wanted.name) == (None, None)


def test_who_is_named_is_asked_to_answer(attention: Attention) -> None:
    wanted = attention.hears(posted(WREN, to=(RUTH, OWEN)))
    assert wanted is not None
    assert (wanted.called, wanted.aside) == ("Owen", False)


def test_an_answer_to_ours_is_answered_by_them_in_the_thread(attention: Attention) -> None:
    attention.remembers([(MessageId("old"), Author(person=JOAN, name="Joan"))])
    wanted = attention.hears(posted(WREN, under="old"))
    assert wanted is not None
    assert (wanted.thread, wanted.called) == ("old", "Joan")


def test_what_two_visitors_say_to_each_other_is_theirs(attention: Attention) -> None:
    attention.sees(here(JOAN, WREN, RUTH))
    attention.hears(posted(RUTH, message="old"))
    for to_ruth in (posted(WREN, under="old"), posted(WREN, to=(RUTH,))):
        wanted = attention.hears(to_ruth)
        assert wanted is not None
        assert wanted.aside


def test_who_is_meant_and_not_there_is_stood_in_for(attention: Attention) -> None:
    attention.sees(here(JOAN, WREN))
    attention.remembers([(MessageId("old"), Author(person=RUTH, name="Ruth"))])
    wanted = attention.hears(posted(WREN, under="old"))
    assert wanted is not None
    assert not wanted.aside


def test_what_somebody_adds_to_their_own_words_is_not_aside(attention: Attention) -> None:
    attention.sees(here(JOAN, WREN))
    attention.hears(posted(WREN, message="old"))
    wanted = attention.hears(posted(WREN, under="old"))
    assert wanted is not None
    assert not wanted.aside


def test_only_so_many_messages_are_remembered(attention: Attention) -> None:
    attention.remembers([(MessageId("old"), Author(person=JOAN, name="Joan"))])
    attention.remembers((MessageId(f"{n}"), Author(person=WREN, name="Wren")) for n in range(500))
    wanted = attention.hears(posted(WREN, under="old"))
    assert wanted is not None
    assert wanted.called is None


def wants(who: str, text: str = "Hello.", *, aside: bool = False) -> Wanted:
    message = MessageId("new")
    return Wanted(message=message, thread=message, author=PersonId(who), name=who, text=text, aside=aside)


def answered(*who: str) -> Unanswered:
    """A line in which nobody waits, and these had an answer before."""
    line = Unanswered()
    for person in who:
        line.add(wants(person))
        line.take(PersonId(person))
    return line


def in_turn(line: Unanswered) -> list[PersonId | None]:
    return [line.take(line.first()).author for _ in range(len(line))]


def test_a_newcomer_is_answered_before_those_who_had_an_answer() -> None:
    line = answered("wren", "ruth", "priya")
    for who in ("wren", "ruth", "imogen", "priya", "bo"):
        line.add(wants(who))
    assert in_turn(line) == ["imogen", "bo", "wren", "ruth"]


def test_a_newcomer_waits_in_a_line_in_which_regulars_no_longer_do() -> None:
    regulars = [f"regular {n}" for n in range(5)]
    line = answered(*regulars)
    for who in regulars:
        line.add(wants(who))
    assert len(line) == 3
    for n in range(100):
        line.add(wants(f"newcomer {n}"))
    assert len(line) == 30
    assert line.first() == "newcomer 0"


def test_who_writes_again_while_waiting_is_answered_once_to_the_last() -> None:
    line = Unanswered()
    line.add(wants("wren", "Hello."))
    line.add(wants("wren", "Is it far?"))
    assert line.take(line.first()).text == "Is it far?"
    assert len(line) == 0


def test_what_is_left_to_others_is_no_answer() -> None:
    line = Unanswered()
    line.add(wants("wren", aside=True))
    line.take(line.first())
    line.add(wants("ruth"))
    line.add(wants("wren"))
    line.take(line.first())
    line.add(wants("ruth"))
    assert line.first() == "wren"
