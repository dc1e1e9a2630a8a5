"""What a message may consist of: what is refused, what passes, and in which form it is stored."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.commands import TEXT_LIMIT
from rooms.contract import Code, Refused
from rooms.text import MARKS_LIMIT, clean

ACUTE, CEDILLA, ENCLOSING = "\u0301", "\u0327", "\u20dd"
JOINER, SELECTOR = "\u200d", "\ufe0f"

# Each as it is really written, stacked as high as the script goes.
SCRIPTS = {
    "Vietnamese, decomposed": unicodedata.normalize("NFD", "Tiếng Việt: đường, nghiễng ngẫm"),
    "Hebrew with points and accents": "בְּרֵאשִׁ֖ית בָּרָ֣א אֱלֹהִ֑ים",
    "Arabic with all vowels": "بِسْمِ ٱللَّٰهِ ٱلرَّحْمَٰنِ ٱلرَّحِيمِ",
    "Thai": "ที่นี่ น้ำ ผู้ใหญ่",
    "Tibetan, its tallest stack": "ཧྐྵྨླྺྼྻྂ",
    "Devanagari with a joiner": "क्‍षत्रिय र्ष्ट्र",
    "Burmese": "မြန်မာ ကျွန်ုပ်",
    "Yoruba": unicodedata.normalize("NFD", "Ẹ̀kọ́ ọ̀rọ̀"),
    "IPA": "t͡ʃʼ ɛ̃̀ n̪̊",
}
PICTURES = {
    "a family held together by joiners": "👩‍👩‍👧‍👦",
    "a heart with its selector": "❤️",
    "a flag made of tags": "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "a key cap": "1️⃣",
    # Newer than the tables of the oldest Python that we run on.
    "a face of a later year": "\U0001fae9",
}
NOTHING_TO_SEE = {
    "nothing": "",
    "blanks": "   ",
    "line ends": "\r\n \n\t\r",
    "no-break and ideographic blanks": "\u00a0\u3000\u2003",
    "zero-width signs": "\u200b\u200c\u200d\u2060\ufeff",
    "direction marks": "\u200e\u202e\u2067",
    "soft hyphens": "\u00ad\u00ad",
    "letters that leave no ink": "\u3164\u115f\u1160\uffa0\u2800",
    "marks without a letter": ACUTE + SELECTOR + "\u034f",
    "paragraph separators": "\u2028\u2029",
}


def refusal(text: str) -> Refused:
    """Why `text` is refused."""
    with pytest.raises(Refused) as refused:
        clean(text)
    return refused.value


@pytest.mark.parametrize("text", NOTHING_TO_SEE.values(), ids=NOTHING_TO_SEE)
def test_a_message_with_nothing_to_see_is_empty(text: str) -> None:
    assert refusal(text).code == Code.EMPTY


@pytest.mark.parametrize("text", [*SCRIPTS.values(), *PICTURES.values()], ids=[*SCRIPTS, *PICTURES])
def test_what_people_really_write_passes_as_it_is(text: str) -> None:
    assert clean(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x08", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\x9f"])
def test_control_characters_are_refused(sign: str) -> None:
    assert refusal(f"a{sign}b").code == Code.CONTROL_CHARACTERS


@pytest.mark.parametrize("point", [0xD800, 0xDFFF, 0xFDD0, 0xFDEF, 0xFFFE, 0xFFFF])
def test_what_is_no_character_is_refused(point: int) -> None:
    assert refusal(f"a{chr(point)}b").code == Code.CONTROL_CHARACTERS


def test_tabs_and_line_ends_are_kept() -> None:
    assert clean("one\n\n\ttwo") == "one\n\n\ttwo"


@pytest.mark.parametrize(("text", "stored"), [("a\r\nb", "a\nb"), ("a\rb", "a\nb"), ("a\r\r\nb", "a\n\nb")])
def test_line_ends_of_all_systems_are_stored_alike(text: str, stored: str) -> None:
    assert clean(text) == stored


def test_blank_lines_around_a_message_are_dropped() -> None:
    assert clean("\r\n\r\n  said  \n\n") == "said"


def test_one_letter_has_one_form() -> None:
    assert clean("e\u0301") == clean("\u00e9") == "\u00e9"


def test_exactly_the_limit_passes_and_one_more_is_refused_with_its_length() -> None:
    assert len(clean("x" * TEXT_LIMIT)) == 4000
    refused = refusal("x" * (TEXT_LIMIT + 1))
    assert (refused.code, refused.params) == (Code.TOO_LONG, {"limit": 4000, "length": 4001, "over": 1})


def test_the_limit_counts_what_is_stored() -> None:
    assert len(clean("e\u0301" * TEXT_LIMIT)) == TEXT_LIMIT
    assert len(clean(" " * 50 + "\U0001f600" * TEXT_LIMIT + "\n" * 50)) == TEXT_LIMIT
    assert refusal("\U0001f600" * (TEXT_LIMIT + 1)).code == Code.TOO_LONG


@pytest.mark.parametrize("marks", [ACUTE, CEDILLA, ENCLOSING, ACUTE + CEDILLA, "\u0344"])
def test_ten_thousand_combining_marks_are_refused(marks: str) -> None:
    refused = refusal("a" + marks * (10_000 // len(marks)))
    assert (refused.code, refused.params) == (Code.TOO_MANY_MARKS, {"limit": MARKS_LIMIT})


def test_a_pile_of_marks_is_as_high_as_the_limit_and_no_higher() -> None:
    # The first acute joins the letter.
    assert len(clean("a" + ACUTE * MARKS_LIMIT)) == MARKS_LIMIT
    assert refusal("a" + ENCLOSING * (MARKS_LIMIT + 1)).code == Code.TOO_MANY_MARKS


@pytest.mark.parametrize("between", [JOINER, "\u200b", "\u2060", "\u00ad"])
def test_signs_that_cannot_be_seen_do_not_begin_a_new_pile(between: str) -> None:
    assert refusal("a" + (ACUTE * MARKS_LIMIT + between) * 50).code == Code.TOO_MANY_MARKS


def test_a_pile_of_marks_is_refused_before_it_can_cost_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    def put_in_order(form: str, pile: str) -> str:
        # For a pile this takes a third of a second of everybody's time.
        pytest.fail(f"{len(pile)} signs were put in order by {form}")

    with monkeypatch.context() as here:
        here.setattr(unicodedata, "normalize", put_in_order)
        refused = refusal("a" + ACUTE * 8_000 + CEDILLA * 8_000)
    assert refused.code == Code.TOO_MANY_MARKS


@given(st.text(max_size=300))
def test_what_is_stored_is_plain_and_stays_as_it_is(text: str) -> None:
    try:
        stored = clean(text)
    except Refused:
        return
    assert stored == clean(stored) == unicodedata.normalize("NFC", stored).strip()
    assert "\r" not in stored
    stored.encode()
