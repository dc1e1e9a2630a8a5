"""Units of work that share their round trips."""

import pytest

from rooms.contract import Code, Refused
from server.database.ports import Row, Say, Work
from server.database.together import together


def _asks(*sqls: str) -> Work[list[Row]]:
    """Asks for one thing after another; its result is the rows of each."""
    found: list[Row] = []
    for sql in sqls:
        [rows] = yield [Say(sql)]
        found += rows
    return found


def _refuses() -> Work[None]:
    yield [Say("refused")]
    raise Refused(Code.NOT_FOUND)


def _run(work: Work[object]) -> tuple[object, list[list[str]]]:
    """The result, and what was asked for in each step; every statement gives itself as its only row."""
    steps: list[list[str]] = []
    try:
        asked = next(work)
        while True:
            steps.append([say.sql for say in asked])
            asked = work.send([[(say.sql,)] for say in asked])
    except StopIteration as done:
        return done.value, steps


def test_what_is_asked_in_one_step_is_asked_at_once_and_each_gets_its_own() -> None:
    result, steps = _run(together(_asks("a", "b", "c"), _asks(), _asks("x"), _asks("m", "n")))
    assert result == ([("a",), ("b",), ("c",)], [], [("x",)], [("m",), ("n",)])
    assert steps == [["a", "x", "m"], ["b", "n"], ["c"]]


def test_works_that_ask_for_nothing_cost_no_step() -> None:
    assert _run(together(_asks(), _asks())) == (([], []), [])


def test_a_refusal_of_one_is_that_of_all() -> None:
    with pytest.raises(Refused):
        _run(together(_asks("a", "b"), _refuses()))
