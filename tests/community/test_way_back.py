"""The four words of a way back: plain, told apart, and read however they were written."""

import itertools

import pytest

from community.plain_words import PLAIN_WORDS
from community.way_back import WORDS, as_words, new_words
from rooms.contract import Code, Refused


def slips(word: str) -> set[str]:
    """What one slip makes of a word: a letter left out, and two letters in each other's place."""
    left_out = {word[:at] + word[at + 1 :] for at in range(len(word))}
    swapped = {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)}
    return left_out | swapped - {word}


def one_letter_wrong(word: str) -> set[str]:
    return {f"{word[:at]}?{word[at + 1 :]}" for at in range(len(word))}


def test_each_word_carries_ten_bits_and_is_short_and_plain() -> None:
    assert len(set(PLAIN_WORDS)) == len(PLAIN_WORDS) == 1_024
    assert [word for word in PLAIN_WORDS if not (word.isascii() and word.isalpha() and word.islower())] == []
    assert {len(word) for word in PLAIN_WORDS} <= set(range(3, 11))


def test_no_slip_makes_one_word_of_another() -> None:
    words = set(PLAIN_WORDS)
    assert [word for word in PLAIN_WORDS if slips(word) & words] == []
    wrong = [slip for word in PLAIN_WORDS for slip in one_letter_wrong(word)]
    assert len(wrong) == len(set(wrong))


def test_words_are_chosen_by_chance_one_by_one() -> None:
    asked = itertools.count()
    assert new_words(lambda words: words[next(asked)]) == PLAIN_WORDS[:WORDS]


@pytest.mark.parametrize(
    "text",
    ["acorn actor otter zip", " Acorn\tACTOR\notter, zip. ", "acorn-actor–otter_zip", "1 acorn 2 actor 3 otter 4 zip"],
)
def test_they_are_read_however_they_were_written(text: str) -> None:
    assert as_words(text) == ("acorn", "actor", "otter", "zip")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        ("acorn actor otter", 0),
        ("acorn actor otter zip zip", 0),
        ("acrn actor otter zip", 1),
        ("acorn actor otter zap", 4),
        ("жёлудь actor otter zip", 1),
    ],
)
def test_what_is_none_is_told_by_its_number(text: str, number: int) -> None:
    with pytest.raises(Refused) as refused:
        as_words(text)
    assert (refused.value.code, refused.value.params) == (Code.WORDS_UNKNOWN, {"number": number})
