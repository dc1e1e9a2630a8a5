"""What is written for the demo, and how it is read."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from zoneinfo import ZoneInfo

import pytest

from rooms.commands import TEXT_LIMIT, Reaction
from rooms.text import clean
from server.demo.answers import ANYBODY, Reply, addressed, answer, cue_for, cues, named, read_cue
from server.demo.cast import CAST, GUISES, ROOMS, RoomPlan, speakers
from server.demo.exchanges import exchanges, in_turn, read_exchange
from server.demo.pace import Pace
from server.demo.script import BadScript, Sign, Speech, mentioned, signs_in, speech_in
from server.demo.week import Entry, Moment, read_week, week

# Shortly after midnight, when "an hour ago" was yesterday.
NOW = datetime(2026, 3, 9, 0, 5, tzinfo=ZoneInfo("Europe/London"))
NAMES = frozenset(part.name for part in CAST)


def moments(entry: Entry) -> list[datetime]:
    """When a message was said, and when it was changed."""
    later = [change.moment for change in (entry.edit, entry.removal) if change is not None]
    return [moment.at(NOW) for moment in (entry.moment, *later)]


def test_a_week_is_read_with_all_that_became_of_it() -> None:
    [first, second] = read_week(
        [
            "2 days ago",
            "09:12 Dorothy: Good morning.",
            "  = 09:13 Good morning, all.",
            "  + heart Joan, Tess",
            "  09:15 (Owen): Morning.",
            "  x 09:20 Priya Nair",
            "",
        ]
    )
    assert (first.speaker, first.text, first.answers, first.hidden) == ("Dorothy", "Good morning.", False, False)
    assert first.signs == (Sign(Reaction.HEART, "Joan"), Sign(Reaction.HEART, "Tess"))
    assert first.edit is not None
    assert (first.edit.moment, first.edit.text) == (Moment(2, 553), "Good morning, all.")
    assert (second.speaker, second.answers, second.hidden) == ("Owen", True, True)
    assert second.removal is not None
    assert second.removal.person == "Priya Nair"


def test_times_are_seen_from_now() -> None:
    assert Moment(1, 9 * 60).at(NOW) == datetime(2026, 3, 8, 9, 0, tzinfo=NOW.tzinfo)
    assert Moment(0, 6).at(NOW) == NOW - timedelta(minutes=6)
    assert Moment(0, 0).at_ms(NOW) == int(NOW.timestamp()) * 1000


@pytest.mark.parametrize("line", ["Dorothy: no time", "09:12 nobody said this", "09:12"])
def test_a_line_that_cannot_be_read_is_named(line: str) -> None:
    with pytest.raises(BadScript, match=line.rpartition(" ")[2]):
        read_week(["today", line])


def test_a_speech_needs_somebody_to_say_it() -> None:
    with pytest.raises(BadScript):
        speech_in("Nobody says this")


def test_what_is_no_sign_is_something_else() -> None:
    assert signs_in("Joan: One and one + heart is two") is None


def test_the_longest_name_is_meant() -> None:
    assert mentioned("@Joanna and @Joan", frozenset({"Joan", "Joanna"})) == ["Joanna", "Joan"]
    assert mentioned("@Joanna alone", frozenset({"Joan", "Joanna"})) == ["Joanna"]


@pytest.mark.parametrize("plan", ROOMS, ids=lambda plan: plan.slug)
def test_each_week_is_told_in_order_by_people_who_are_there(plan: RoomPlan) -> None:
    entries = week(plan.text)
    told = [moment for entry in entries for moment in moments(entry)]
    assert told == sorted(told)
    assert told[-1] < NOW
    there = {entry.speaker for entry in entries} | {sign.person for entry in entries for sign in entry.signs}
    there |= {entry.removal.person for entry in entries if entry.removal}
    assert there <= NAMES
    assert not entries[0].answers
    assert all(clean(entry.text) == entry.text and len(entry.text) < TEXT_LIMIT for entry in entries)


def test_a_week_of_talk_has_all_that_can_happen_in_it() -> None:
    entries = [entry for plan in ROOMS for entry in week(plan.text)]
    assert len(entries) >= 120
    assert sum(entry.answers for entry in entries) >= 30
    assert any(entry.edit for entry in entries)
    assert any(entry.removal for entry in entries)
    assert any(entry.hidden for entry in entries)
    assert any(mentioned(entry.text, NAMES) for entry in entries)
    first = {Reaction.HEART, Reaction.THANKS, Reaction.ME_TOO, Reaction.TELL_MORE, Reaction.IDEA}
    assert {sign.reaction for entry in entries for sign in entry.signs} > first


def test_only_those_speak_live_whom_nobody_is_tried_out_as() -> None:
    said = [speech for exchange in exchanges() for speech in exchange]
    assert len(said) >= 60
    assert {speech.speaker for speech in said} <= set(speakers())
    assert {sign.person for speech in said for sign in speech.signs} <= set(speakers())
    assert not {guise.person for guise in GUISES} & set(speakers())
    assert all(not exchange[0].answers for exchange in exchanges())


def test_an_exchange_keeps_its_answers_and_signs() -> None:
    assert read_exchange(["Joan: One?", "  + heart Tess", "  Owen: Two."]) == (
        Speech(speaker="Joan", text="One?", signs=(Sign(Reaction.HEART, "Tess"),)),
        Speech(speaker="Owen", text="Two.", answers=True),
    )


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_heard_again_soon_and_everything_comes_round(seed: int) -> None:
    written = exchanges()
    heard = list(islice(in_turn(written, Random(seed)), len(written) * 6))
    assert set(Counter(heard).values()) == {6}
    for at, exchange in enumerate(heard):
        assert exchange not in heard[max(0, at - len(written) // 4) : at]


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("Hello everyone!", "hello"),
        ("good morning, I am new here", "hello"),
        ("Does anyone know where the parking is?", "parking"),
        ("How long is the wait today?", "waiting"),
        ("I’m in a lot of pain", "pain"),
        ("It is so loud in here", "noise"),
        ("Thank you Joan", "thanks"),
        ("I’ve got chest pain", "danger"),
        ("I CAN'T BREATHE", "danger"),
        ("hello, I want to die", "danger"),
        ("oh shut up all of you", "rude"),
        ("Is that so?", "question"),
        ("Purple.", "any"),
        ("I am painting my hall", "any"),
    ],
)
def test_what_is_written_finds_its_cue(text: str, cue: str) -> None:
    assert cue_for(text, cues()).name == cue


def test_every_answer_comes_from_somebody_who_is_there_and_can_be_said_to_anybody() -> None:
    for cue in cues():
        assert cue.lines
        for line in cue.lines:
            assert line.speaker in {ANYBODY, *speakers()}
            # The longest name there can be still fits in.
            assert clean(line.text.replace("{name}", "x" * 40))


def test_those_who_work_there_leave_answers_to_people_like_oneself() -> None:
    staff = {part.name for part in CAST if part.standing == "staff"}
    assert not {line.speaker for cue in cues() for line in cue.lines} & staff


def test_somebody_else_answers_than_last_time() -> None:
    cue = read_cue(["[hello] hello", "Joan: Hello {name}.", "Owen: Hi {name}."])
    assert answer(cue, to="Wren", avoid={"Joan"}, chance=Random(0)) == Reply("Owen", "Hi Wren.")
    assert answer(cue, to="Wren", avoid={"Joan", "Owen"}, chance=Random(0)) is None


def test_who_was_called_answers_if_they_can() -> None:
    cue = read_cue(["[hello] hello", "Joan: Hello {name}.", "Owen: Hi {name}."])
    assert answer(cue, to="Wren", avoid={"Owen"}, chance=Random(0), called="Owen") == Reply("Owen", "Hi Wren.")
    called = answer(named("named", cues()), to="Wren", avoid=(), chance=Random(0), called="Kwame")
    assert called is not None
    assert called.speaker == "Kwame"
    assert answer(cue, to="Wren", avoid={"Joan"}, chance=Random(0), called="Kwame") == Reply("Owen", "Hi Wren.")


def test_people_are_spoken_to_by_a_first_name() -> None:
    assert addressed("Ruth Adeyemi") == "Ruth"
    assert addressed("Bilal’s mum") == "Bilal’s mum"
    assert addressed(None) == "friend"


def test_nothing_light_stands_beside_a_grave_answer() -> None:
    assert {cue.name for cue in cues() if cue.grave} == {"danger", "rude"}


def test_a_section_needs_a_name() -> None:
    with pytest.raises(BadScript):
        read_cue(["hello"])


@pytest.mark.parametrize("seed", range(20))
def test_pauses_are_those_of_people(seed: int) -> None:
    pace = Pace(Random(seed))
    for text in ("Yes.", "A sentence of a usual length, said by somebody with time.", "x" * 400):
        assert 3.4 <= pace.before_saying(text) <= 12
        assert 3 <= pace.before_answering() + pace.writing_answer(text) <= 8
    assert pace.between_exchanges(lively=True) < pace.between_exchanges(lively=False)
    hasty = Pace(Random(seed), haste=100)
    assert max(hasty.before_saying("x" * 400), hasty.before_second(), hasty.before_sign()) < 0.2
