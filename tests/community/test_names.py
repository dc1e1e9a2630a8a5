"""What people may be called, and which names look alike."""
# ruff: noqa: RUF001 - signs that are taken for one another are what this is about

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.lookalikes import LOOKALIKES
from community.names import NAME_LIMIT, chosen_name, clean_name, looks_full, name_key
from rooms.contract import Code, Refused


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Rosa", "Rosa"),
        ("  Rosa \u00a0 M. ", "Rosa M."),
        ("Jose\u0301", "Jos\u00e9"),
        ("Bilal’s mum", "Bilal’s mum"),
        ("नीला", "नीला"),
        ("محمد", "محمد"),
        ("Nguyễn", "Nguyễn"),
        ("7", "7"),
        ("Rosa 🌻", "Rosa 🌻"),
        ("x" * NAME_LIMIT, "x" * NAME_LIMIT),
    ],
)
def test_a_name_is_shown_as_it_was_meant(typed: str, shown: str) -> None:
    assert clean_name(typed) == shown


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", Code.EMPTY),
        ("\u2003\u3000", Code.EMPTY),
        ("x" * (NAME_LIMIT + 1), Code.TOO_LONG),
        ("Ro\x00sa", Code.NAME_BAD),
        ("Ro\nsa", Code.NAME_BAD),
        ("Ro\u2066sa", Code.NAME_BAD),
        ("Ro\u200dsa", Code.NAME_BAD),
        ("Ro\ufeffsa", Code.NAME_BAD),
        ("Ro\ud800sa", Code.NAME_BAD),
        ("Ro\ue000sa", Code.NAME_BAD),
        ("Ro\u0378sa", Code.NAME_BAD),
        ("Ro\u2028sa", Code.NAME_BAD),
        ("Rosa\u3164", Code.NAME_BAD),
        ("Rosz" + "\u0331" * 6, Code.NAME_BAD),
        ("🌻", Code.NAME_BAD),
        ("—", Code.NAME_BAD),
    ],
)
def test_a_name_that_could_not_be_read_is_refused(typed: str, code: Code) -> None:
    with pytest.raises(Refused) as refused:
        clean_name(typed)
    assert refused.value.code is code


def test_how_much_a_name_is_over_is_told() -> None:
    with pytest.raises(Refused) as refused:
        clean_name("x" * 45)
    assert refused.value.params == {"limit": 40, "length": 45, "over": 5}


@pytest.mark.parametrize(
    "name",
    [
        *("Moderator", "moderator", "M0DERATOR", "Mоdеrаtоr", "Mod", "The Moderator", "Moderator Jo", "Jo (moderator)"),
        *("Moderator-2", "Moderator7", "moderators", "NewModeratorJo", "m o d e r a t o r", "Administrator", "admin"),
        *("NHS", "N.H.S.", "nhs Sam", "Sam_NHS", "System", "5ystem", "Host", "Host Ada", "Keeper", "Hearth", "Staff"),
        *("The Team", "Opiekun", "Prowadząca Ewa", "ZESPÓŁ"),
    ],
)
def test_a_name_that_speaks_for_others_is_refused(name: str) -> None:
    with pytest.raises(Refused) as refused:
        chosen_name(name)
    assert refused.value.code is Code.NAME_RESERVED


@pytest.mark.parametrize(
    "name", ["Rosa", "Modesty", "Hosta", "Steamy", "Keeperton", "Systema", "Nhsa", "Bilal's mum", "Adminah", "Teamster"]
)
def test_a_name_that_only_begins_like_one_is_nobody_elses(name: str) -> None:
    assert chosen_name(f" {name} ") == name


@given(st.text(max_size=60))
def test_a_clean_name_is_clean_and_has_a_key(typed: str) -> None:
    try:
        name = clean_name(typed)
    except Refused:
        return
    assert clean_name(name) == name
    assert 1 <= len(name) <= NAME_LIMIT
    assert unicodedata.is_normalized("NFC", name)
    assert not any(unicodedata.category(sign) in {"Cc", "Cf", "Cs"} for sign in name)
    assert name_key(name) != ""


@given(st.text(max_size=40))
def test_writing_a_name_larger_or_smaller_or_apart_changes_nothing(typed: str) -> None:
    key = name_key(typed)
    assert name_key(f" {typed} ") == key
    assert name_key(f"-{typed}.") == key
    assert name_key(unicodedata.normalize("NFD", typed)) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rosa", "rosa"),
        ("Rosa", "R o s a"),
        ("Rosa", "Ro-sa"),
        ("Rosa", "Rósà"),
        ("Rosa", "𝕽𝖔𝖘𝖆"),
        ("Rosa", "Ⓡⓞⓢⓐ"),
        ("Rosa", "Rоѕа"),
        ("Rosa", "R0sa"),
        ("Ilya", "llya"),
        ("Ilya", "1lya"),
        ("Groß", "GROSS"),
        ("Anna", "Аnnа"),
        ("Kate", "Κate"),
        ("Ben", "Веn"),
        ("Rosa", "Rosa\ufe0f"),
        ("Rosa", "Ro\ufe00sa"),
        ("Rosa", "Rosa\U000e0100"),
        ("Rosa", "R\u17b4osa"),
        ("Rosa", "Rosa\u180b"),
        ("Rosa", "R\u1dc4osa"),
        ("Rosa", "Rosa\u20d0"),
        ("Rosa", "Ros\ufe20a"),
        ("Rosa", "Rosa\u0488"),
        ("Rosa \u2764", "Rosa \u2764\ufe0f"),
    ],
)
def test_names_that_look_alike_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Rosa", "Rose"), ("कि", "क"), ("Ann", "Anna"), ("Ben", "Ken"), ("Rosa", "Rosa M."), ("ب", "ت")]
)
def test_names_that_differ_have_two_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_what_a_sign_looks_like_looks_like_nothing_else() -> None:
    assert len(LOOKALIKES) > 70
    assert not {ord(letter) for letter in LOOKALIKES.values()} & LOOKALIKES.keys()


@pytest.mark.parametrize(
    "name", ["Harold Pemberton", "Mary Ann O’Neill", "Jean-Luc Picard", "Zoë Müller", "Анна Петрова"]
)
def test_a_full_name_is_noticed(name: str) -> None:
    assert looks_full(name)


@pytest.mark.parametrize(
    "name",
    [
        "Harold",
        "Harold P.",
        "Bilal's mum",
        "Li Wei",
        "Rosa 2",
        "rosa luna",
        "Rosa luna",
        "Nurse JD",
        "HAROLD",
        "Mary-Ann",
        "محمد علي",
        "Rosa 🌻",
        "NHS STAFF",
    ],
)
def test_other_names_are_let_be(name: str) -> None:
    assert not looks_full(name)
