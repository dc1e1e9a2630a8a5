"""Whose turn it is: many who send at once wait for each other, and nobody for all of them."""

import asyncio
from functools import partial
from typing import Any

import pytest

from server import turns
from server.turns import REQUESTS_A_TURN, Turns, Turnstile


async def test_each_person_has_their_turn_however_much_of_another_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    # One thing in each turn of the loop.
    monkeypatch.setattr(turns, "TURN_S", 0)
    line, done = Turns(), list[str]()
    for n in range(4):
        assert not line.take("Ada", partial(done.append, f"ada {n}"))
    line.take("Ben", partial(done.append, "ben"))
    line.later("Cleo", partial(done.append, "cleo"))
    for n in range(6):
        assert len(done) == n
        await asyncio.sleep(0)
    assert done == ["ada 0", "ben", "cleo", "ada 1", "ada 2", "ada 3"]


async def test_what_comes_alone_is_done_at_once_and_of_much_only_some_in_one_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line, done = Turns(), list[int]()
    assert line.take("Ada", partial(done.append, 0))
    assert done == [0]
    now = [0.0]
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now[0])

    def long(n: int) -> None:
        now[0] += turns.TURN_S / 2
        done.append(n)

    assert [line.take(f"person {n}", partial(long, n)) for n in range(1, 6)] == [True, True, False, False, False]
    assert done == [0, 1, 2]
    await asyncio.sleep(0)
    assert done == [0, 1, 2, 3, 4]
    await asyncio.sleep(0)
    assert done == [0, 1, 2, 3, 4, 5]


async def test_a_mistake_in_one_turn_keeps_nobody_from_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TURN_S", 0)
    line, done, told = Turns(), list[str](), list[Any]()
    asyncio.get_running_loop().set_exception_handler(lambda _loop, what: told.append(what["exception"]))

    def fails() -> None:
        raise ValueError("a bug")

    line.later("Ada", fails)
    line.later("Ben", partial(done.append, "ben"))
    for _ in range(3):
        await asyncio.sleep(0)
    assert done == ["ben"]
    assert [type(error) for error in told] == [ValueError]


async def test_only_so_many_requests_begin_in_one_turn_and_all_of_them_in_their_order() -> None:
    begun: list[int] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        begun.append(scope["number"])

    stile = Turnstile(app)
    count = 3 * REQUESTS_A_TURN
    asked = [asyncio.ensure_future(stile({"type": "http", "number": n}, None, None)) for n in range(count)]
    # Whoever gives up while they wait takes nobody's place.
    asked[REQUESTS_A_TURN + 1].cancel()
    await asyncio.sleep(0)
    assert begun == list(range(REQUESTS_A_TURN))
    await asyncio.gather(*asked, return_exceptions=True)
    assert begun == [n for n in range(count) if n != REQUESTS_A_TURN + 1]
    # A live connection waits for nobody here.
    await stile({"type": "websocket", "number": -1}, None, None)
    assert begun[-1] == -1
