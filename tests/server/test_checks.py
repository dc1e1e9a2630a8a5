"""The checks themselves: what counts as having checked something, and what the house rules see."""

import sys
from pathlib import Path

import pytest

from server.checks import gates, repository
from server.checks.gates import Gate

LONG = "def f() -> None:\n" + "    pass\n" * 59


def saying(words: str, status: int = 0) -> Gate:
    program = f"import sys; print({words!r}); sys.exit({status})"
    return Gate("some check", (sys.executable, "-c", program), r"\b[1-9]\d* files")


def test_a_check_that_ends_well_and_looked_at_something_is_content() -> None:
    assert gates.run(saying("no issues in 12 files")).trouble is None


def test_a_check_that_looked_at_nothing_has_failed() -> None:
    trouble = gates.run(saying("no issues in 0 files")).trouble
    assert trouble is not None
    assert trouble.startswith("checked nothing")


def test_a_check_that_fails_is_quoted() -> None:
    assert gates.run(saying("3 files are wrong", status=1)).trouble == "3 files are wrong"


def test_a_check_that_is_not_there_has_failed() -> None:
    trouble = gates.run(Gate("lost", ("no-such-program-here",), r"")).trouble
    assert trouble is not None
    assert trouble.startswith("could not be started")


def test_colours_hide_no_proof() -> None:
    assert gates.judge(Gate("coloured", (), r"Tests +5 passed"), 0, "\x1b[1mTests  \x1b[32m5 passed\x1b[39m") is None


def test_tests_left_out_are_left_out_by_their_marks() -> None:
    words = gates.pytest_gate({"redis", "browser"}, ["-k", "hand"], covered=False).words
    assert words[words.index("-m", 2) :] == ("-m", "not browser and not redis", "-k", "hand")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (LONG, 60),
        (LONG.replace("pass", "# a reason", 9), 51),
        (LONG.replace("    pass\n", "\n", 9), 51),
        (LONG.replace("    pass\n", '    """A promise\n    in two lines."""\n', 1), 59),
        ("class C:\n    async def f(self) -> None:\n        return\n", 2),
    ],
)
def test_a_function_is_as_long_as_its_code(text: str, lines: int) -> None:
    assert [length for _, _, length in repository.functions(text)] == [lines]


@pytest.mark.parametrize(
    ("text", "complaints"),
    [
        ("six==1.16.0 \\\n    --hash=sha256:aa\n", 0),
        ("six==1.16.0\n", 1),
        ("six==1.16.0 \\\n    --hash=sha256:aa\nseven==1\n", 1),
        ("--index-url https://example.org/simple\nsix==1.16.0 \\\n    --hash=sha256:aa\n", 1),
    ],
)
def test_a_lock_has_hashes_and_no_addresses(tmp_path: Path, text: str, complaints: int) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(text)
    assert len(list(repository.loose_locks([lock]))) == complaints
