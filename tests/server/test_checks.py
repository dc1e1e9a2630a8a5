"""The checks themselves: what counts as having checked something, and what the house rules see."""

import os
import sys
from pathlib import Path

import pytest

from server.checks import gates, needs, repository
from server.checks.__main__ import main
from server.checks.gates import Gate, Outcome

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


def test_words_for_pytest_choose_from_all_tests_at_once() -> None:
    [lane] = gates.pytest_lanes({"redis", "browser"}, ["-k", "hand"], covered=False)
    assert lane.words[lane.words.index("-m", 2) :] == ("-m", "not browser and not redis", "-k", "hand")


def test_every_test_is_in_one_of_the_lanes() -> None:
    lanes = gates.pytest_lanes({"browser"}, [], covered=True)
    assert len({lane.name for lane in lanes}) == len({lane.words[-1] for lane in lanes}) == 3
    for lane in lanes:
        counted = ("-m", "coverage", "run", "-m", "pytest")
        assert (lane.words[1:6] == counted) == (lane.name != gates.NOT_COUNTED)
        assert "not browser" in lane.words
    found = [file for lane in lanes for file in collected(lane)]
    assert sorted(found) == sorted(collected(gates.pytest_lanes(set(), ["tests"], covered=False)[0]))
    assert {"tests/server/test_checks.py", "tests/faults/test_faults.py"} <= set(found)


def collected(lane: Gate) -> set[str]:
    """The files in which pytest would look for tests."""
    words = lane.words[lane.words.index("pytest") + 1 :]
    ignored = {word.partition("=")[2] for word in words if word.startswith("--ignore=")}
    folders = [gates.ROOT / word for word in words if word.startswith("tests")]
    files = {str(path.relative_to(gates.ROOT)) for folder in folders for path in folder.rglob("test_*.py")}
    return {path for path in files if not any(path.startswith(f"{each}/") for each in ignored)}


TALKING = """
import time
for n in range(5):
    print("{name} is far", "[%3d%%]" % (n * 20), flush=True)
    print("{name} on {name}", n, flush=True)
    time.sleep(0.01)
print("[ 50%]", "{name}: 5 passed" if {ends_well} else "{name}: nothing", flush=True)
"""


def talking(name: str, *, ends_well: bool = True) -> Gate:
    """Tests that go on for a while, and say how far they are."""
    return Gate(name, (sys.executable, "-c", TALKING.format(name=name, ends_well=ends_well)), r"\b[1-9]\d* passed")


def in_two_lanes(monkeypatch: pytest.MonkeyPatch, *lanes: Gate) -> list[str]:
    """Let these be the tests, and all other checks content. What is done, in its order, is in the answer."""
    done: list[str] = []
    in_company = gates.run_in_company

    def run(gate: Gate) -> Outcome:
        done.append(gate.name)
        return in_company(gate) if gate in lanes else Outcome(gate.name, 0.0)

    monkeypatch.setattr(gates, "pytest_lanes", lambda *_, **__: list(lanes))
    monkeypatch.setattr(gates, "run_in_company", run)
    monkeypatch.setattr(gates, "run", run)
    monkeypatch.setattr(needs, "missing", lambda _: set())
    return done


def test_each_of_two_lanes_is_heard_in_one_piece(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    in_two_lanes(monkeypatch, talking("left"), talking("right"))
    assert main(["--only", "tests", "--without", "browser"]) == 0
    said = capsys.readouterr().out
    for name in ("left", "right"):
        whole = "".join(f"{name} on {name} {n}\n" for n in range(5))
        assert f"\n{name}:\n{whole}[ 50%] {name}: 5 passed\n" in said
        # How far it is can be seen meanwhile.
        assert [f"{name:16}{name} is far" in line for line in said.splitlines()].count(True) == 5
    assert "All 3 checks passed" in said


def test_both_lanes_must_have_checked_something(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    in_two_lanes(monkeypatch, talking("left"), talking("right", ends_well=False))
    assert main(["--only", "tests"]) == 1
    said = capsys.readouterr().out
    assert "ok      left" in said
    assert "FAILED: right" in said


def test_what_is_missing_for_the_lanes_is_said_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    in_two_lanes(monkeypatch, talking("left"), talking("right"))
    monkeypatch.setattr(needs, "missing", lambda _: {"browser"})
    assert main(["--only", "tests"]) == 1
    assert "COULD NOT BE DONE: tests that need browser" in capsys.readouterr().out


def test_what_both_lanes_reached_is_counted_together(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = in_two_lanes(monkeypatch, talking("left"), talking("right"))
    assert main([]) == 0
    tests = done[done.index("forget") :]
    assert (tests[0], set(tests[1:3]), tests[3:]) == (
        "forget",
        {"left", "right"},
        ["gather", "rules covered", "all covered"],
    )


def test_tests_store_in_memory_where_there_is_enough_and_leave_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(gates, "MEMORY", tmp_path)
    monkeypatch.setattr(gates, "MEMORY_BYTES", 1)
    with gates.in_memory():
        place = Path(os.environ["TMPDIR"])
        assert place.parent == tmp_path
        assert place.is_dir()
    assert not place.exists()
    assert "TMPDIR" not in os.environ
    monkeypatch.setattr(gates, "MEMORY_BYTES", 2**70)
    with gates.in_memory():
        assert "TMPDIR" not in os.environ
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(gates, "MEMORY_BYTES", 1)
    with gates.in_memory():
        assert os.environ["TMPDIR"] == str(tmp_path)


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
