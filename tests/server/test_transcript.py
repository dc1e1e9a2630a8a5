"""Transcripts as they are read: pauses, parts, names, and what is said of the history afterwards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.names import clean_name, looks_full, name_key
from rooms.ids import MessageId
from rooms.text import clean
from server.replay.naming import candidates, shown_names
from server.replay.report import Report, Said, compare, percentile
from server.replay.transcript import BadTranscript, Line, parts_of, read, spread, turns


def line(text: str, ts: float, author: str = "Ada") -> Line:
    return Line(id="1", author=author, text=text, ts=ts)


def test_a_row_that_is_no_line_is_named() -> None:
    with pytest.raises(BadTranscript, match="row 3"):
        read([b'{"id":"1","author":"Ada","text":"one","ts":0}', b"", b'{"id":"2","author":"Ada"}'])


def test_a_file_with_nothing_in_it_is_no_transcript() -> None:
    with pytest.raises(BadTranscript, match="nothing"):
        read([b"\n"])


def test_what_is_not_needed_of_a_row_is_left() -> None:
    [found] = read([b'{"id":7,"author":"Ada","text":"one","ts":0,"more":true}'])
    assert (found.id, found.text) == (7, "one")


def test_lines_with_one_stamp_stand_evenly_in_the_time_that_it_covers() -> None:
    assert spread([0, 60, 60, 60, 120, 300, 300]) == [0, 60, 80, 100, 120, 300, 330]


def test_a_stamp_that_goes_back_counts_as_the_one_before() -> None:
    assert spread([10, 5, 20]) == [10, 15, 20]


def test_without_different_stamps_there_are_no_pauses() -> None:
    assert spread([7, 7, 7]) == [7, 7, 7]


def test_pauses_are_divided_by_the_speed_and_held_under_the_limit() -> None:
    said = turns([line("one", 0), line("two", 10), line("three", 400)], speed=10, max_pause_s=5)
    assert [turn.pause_s for turn in said] == [0, 1, 5]


def test_a_long_turn_is_split_at_sentences() -> None:
    sentence = "This sentence is one of many. "
    parts = parts_of(sentence * 200, limit=4000)
    assert len(parts) == 2
    assert all(part.endswith("many.") and len(part) <= 4000 for part in parts)
    assert " ".join(parts) == (sentence * 200).strip()


def test_parts_of_a_turn_come_one_after_the_other_before_the_next() -> None:
    said = turns([line("Yes. " * 1200, 0, "Ada"), line("No.", 60, "Ben")], speed=1)
    assert [turn.author for turn in said] == ["Ada", "Ada", "Ben"]
    assert [turn.pause_s for turn in said] == [0, 30, 30]


def test_a_quotation_keeps_its_end() -> None:
    assert parts_of("He said “no.” Then he left.", limit=15) == ["He said “no.”", "Then he left."]


def test_a_sentence_without_end_is_split_at_words_and_a_word_without_end_anywhere() -> None:
    assert parts_of("one two three", limit=8) == ["one two", "three"]
    assert parts_of("abcdefgh", limit=3) == ["abc", "def", "gh"]


def test_a_line_of_nothing_stays_for_the_server_to_refuse() -> None:
    assert parts_of("  ") == [""]


@given(st.text(max_size=300), st.integers(min_value=1, max_value=40))
def test_parts_fit_and_hold_every_word(text: str, limit: int) -> None:
    parts = parts_of(text, limit)
    assert all(len(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join("".join(parts_of(text, 10_000)).split())


def test_people_are_called_as_there() -> None:
    assert shown_names(["alfred_", "Ian_Corne"]) == {"alfred_": "alfred_", "Ian_Corne": "Ian_Corne"}


def test_names_that_look_alike_are_told_apart() -> None:
    assert list(shown_names(["Brandan", "brandan", "BRANDAN"]).values()) == ["Brandan", "brandan 2", "BRANDAN 3"]


def test_a_name_that_somebody_here_has_is_not_taken() -> None:
    assert shown_names(["Ada"], taken={name_key("Ada")}.__contains__) == {"Ada": "Ada 2"}


def test_of_a_full_name_the_first_is_enough() -> None:
    assert next(candidates("Harold Pemberton")) == "Harold P."


def test_an_office_in_brackets_goes_before_the_name_does() -> None:
    assert next(candidates("Dr. Ada Byron (Minister of Engines, Looms and Everything)")) == "Dr. Ada Byron"


@pytest.mark.parametrize("author", ["", "\x00\x07", "\u202e\u200b", "!!!", "  "])
def test_a_name_that_nobody_can_read_becomes_someone(author: str) -> None:
    assert next(candidates(author)) == "Someone"


@given(st.lists(st.text(max_size=80), max_size=12, unique=True))
def test_every_name_passes_the_door(authors: list[str]) -> None:
    names = list(shown_names(authors).values())
    assert [clean_name(name) for name in names] == names
    assert not any(looks_full(name) for name in names)
    assert len({name_key(name) for name in names}) == len(authors)


def said(*texts: str) -> list[Said]:
    return [(MessageId(text), text) for text in texts]


def test_a_history_that_is_as_it_was_said_has_nothing_against_it() -> None:
    compared = compare(said("a", "b"), said("a", "b"), unanswered=0)
    assert (compared.lost, compared.doubled, compared.moved, compared.altered) == (0, 0, 0, 0)


def test_what_is_missing_in_the_history_was_lost() -> None:
    assert compare(said("a", "b"), said("b"), unanswered=0).lost == 1


def test_what_stands_there_more_than_once_is_doubled() -> None:
    assert compare(said("a"), [*said("a"), (MessageId("other"), "a")], unanswered=0).doubled == 1
    assert compare(said("a"), said("a", "a"), unanswered=0).doubled == 1
    assert compare(said("a", "a"), said("a"), unanswered=0).doubled == 1


def test_a_line_without_an_answer_may_stand_there_or_not() -> None:
    assert compare(said("a"), said("a", "b"), unanswered=1).doubled == 0
    assert compare(said("a"), said("a"), unanswered=1).doubled == 0


def test_another_order_and_other_words_are_seen() -> None:
    assert compare(said("a", "b", "c"), said("b", "a", "c"), unanswered=0).moved == 2
    assert compare(said("a"), [(MessageId("a"), "else")], unanswered=0).altered == 1


def report(**found: int) -> Report:
    """A report of two lines, with nothing against them unless said."""
    counts = dict.fromkeys(
        ("held", "refused", "unanswered", "lost", "doubled", "moved", "altered", "reconnected", "resumed", "snapshots"),
        0,
    )
    times = {"p50_ms": 2, "p99_ms": 9, "max_ms": 9, "took_s": 1.0}
    told = {"lines": 2, "sent": 2, "acknowledged": 2, "voices": 1, **counts, **found}
    return Report(refusals={"empty": 1} if found.get("refused") else {}, **times, **told)  # type: ignore[arg-type]


def test_a_report_says_whether_every_line_was_kept() -> None:
    assert report().lines_for_people()[-1] == "Every line was kept."
    for against in ("lost", "doubled", "moved", "altered", "unanswered"):
        assert report(**{against: 1}).lines_for_people()[-1] == "NOT every line was kept."
    assert not report(sent=1).kept


def test_a_report_tells_of_refusals_and_of_coming_back_only_when_there_were_any() -> None:
    assert len(report().lines_for_people()) == 5
    told = report(refused=1, reconnected=3, resumed=3).lines_for_people()
    assert "Refused as: empty 1." in told
    assert "Came back 3 times: 3 resumed, 0 begun anew." in told
    assert report(refused=1).kept


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentile([1, 2, 3, 4], 0.5) == 2
    assert percentile([1, 2, 3, 4], 0.99) == 4
    assert percentile([], 0.5) == 0


def test_lines_are_measured_as_the_server_keeps_them() -> None:
    # One letter and its accent become one; the part still fits.
    [part] = parts_of("e\u0301" * 4000, limit=4000)
    assert clean(part) == part
