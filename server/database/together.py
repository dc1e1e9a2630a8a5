"""Units of work side by side, so that they share their round trips."""

from collections.abc import Sequence
from typing import Any, TypeVar, overload

from server.database.ports import Row, Statement, Work

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")


@overload
def together(one: Work[A], two: Work[B], /) -> Work[tuple[A, B]]: ...
@overload
def together(one: Work[A], two: Work[B], three: Work[C], /) -> Work[tuple[A, B, C]]: ...
@overload
def together(one: Work[A], two: Work[B], three: Work[C], four: Work[D], /) -> Work[tuple[A, B, C, D]]: ...
@overload
def together(
    one: Work[A], two: Work[B], three: Work[C], four: Work[D], five: Work[E], /
) -> Work[tuple[A, B, C, D, E]]: ...
@overload
def together(*works: Work[A]) -> Work[tuple[A, ...]]: ...
def together(*works: Work[Any]) -> Work[Any]:
    """The results of all works. What they ask for in the same step is asked for at once, so they must only read."""
    results: list[Any] = [None] * len(works)
    asked: dict[int, Sequence[Statement]] = {}
    for number in range(len(works)):
        _step(works[number], number, None, results=results, asked=asked)
    while asked:
        order = list(asked.items())
        rows = yield [statement for _, statements in order for statement in statements]
        asked, given = {}, 0
        for number, statements in order:
            mine = rows[given : given + len(statements)]
            given += len(statements)
            _step(works[number], number, mine, results=results, asked=asked)
    return tuple(results)


def _step(
    work: Work[Any],
    number: int,
    rows: list[list[Row]] | None,
    *,
    results: list[Any],
    asked: dict[int, Sequence[Statement]],
) -> None:
    """Take one work to its next question, or to its result."""
    try:
        asked[number] = next(work) if rows is None else work.send(rows)
    except StopIteration as done:
        results[number] = done.value
