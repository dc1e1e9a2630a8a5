"""The one list of what is kept of people holds every place there is."""

import re
from pathlib import Path

import pytest

from community.kept import KEPT, Gone, Kept
from server.database.tables import METADATA
from server.exporting_sql import HISTORY

# A column that names a person, whether or not the database knows that it does.
PERSONAL = {"person", "author", "made_by", "actor"}
DECLARED = {(kept.table, kept.column) for kept in KEPT}
# What opens a door, or could tell words, is in nobody's file.
SECRET = ("hash", "secret", "nonce", "fingerprint", "token", "key")


def names_people() -> set[tuple[str, str]]:
    """Every column of the database that names a person."""
    return {
        (table.name, column.name)
        for table in METADATA.sorted_tables
        for column in table.columns
        if column.name in PERSONAL or any(key.column.table.name == "person" for key in column.foreign_keys)
    }


def test_every_column_that_names_a_person_is_declared() -> None:
    assert len(names_people()) > 10
    assert names_people() - DECLARED == set()


def test_nothing_is_declared_that_is_not_there() -> None:
    there = {(table.name, column.name) for table in METADATA.sorted_tables for column in table.columns}
    assert there >= DECLARED
    assert there >= {(kept.table, name) for kept in KEPT for name in (*kept.exported, *kept.emptied)}


def test_each_column_is_declared_once() -> None:
    assert len(DECLARED) == len(KEPT)


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept.table)
def test_no_secret_is_exported(kept: Kept) -> None:
    assert [name for name in kept.exported if any(word in name for word in SECRET)] == []


@pytest.mark.parametrize("kept", [kept for kept in KEPT if kept.gone is Gone.STAYS], ids=lambda kept: kept.table)
def test_what_stays_of_somebody_who_is_erased_holds_no_words(kept: Kept) -> None:
    columns = METADATA.tables[kept.table].columns
    assert {column.name for column in columns} & {"text", "name", "name_key", "shown", "label"} == set()


def test_the_page_to_read_has_a_word_for_each_column() -> None:
    """The browser's catalogues are typed by this list: a column in it that has no word there does not compile."""
    words = Path("web/src/words/kept.ts").read_text(encoding="utf-8")
    listed = re.search(r"COLUMNS = \[(.*?)\]", words, re.DOTALL)
    assert listed is not None
    shown = {name for kept in KEPT for name in kept.exported} | set(HISTORY)
    assert set(re.findall(r'"(\w+)"', listed[1])) == shown
