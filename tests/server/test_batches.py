"""Questions asked together: a lone one at once, and those of a crowd in few batches."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any

import pytest

from server import batches
from server.batches import CROWD, GATHER_S, Batches


class Oracle:
    """Answers each question with itself, and keeps which were asked together."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.batches: Batches[int, int] = Batches(self._answer, self._spawn, most=1_000, at_once=2)

    async def _answer(self, questions: Sequence[int]) -> Sequence[int]:
        self.asked.append(list(questions))
        await asyncio.sleep(0)
        return questions

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks.add(asyncio.ensure_future(work))


@pytest.fixture
async def oracle() -> AsyncIterator[Oracle]:
    oracle = Oracle()
    yield oracle
    await asyncio.gather(*oracle.tasks)


async def test_a_lone_question_is_answered_at_once(oracle: Oracle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "GATHER_S", 3_600)
    async with asyncio.timeout(10):
        for number in range(CROWD - 1):
            assert await oracle.batches.ask(number) == number
    assert oracle.asked == [[number] for number in range(CROWD - 1)]


async def test_a_crowd_that_trickles_in_is_answered_in_few_batches(
    oracle: Oracle, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A crowd also where a machine that is busy with other things lets them trickle in slowly.
    monkeypatch.setattr(batches, "CROWD_S", 3_600)
    loop = asyncio.get_running_loop()
    began, answers = loop.time(), []
    for number in range(300):
        answers.append(asyncio.ensure_future(oracle.batches.ask(number)))
        await asyncio.sleep(0.001)
    assert await asyncio.gather(*answers) == list(range(300))
    gathered = (loop.time() - began) / GATHER_S
    # Those before it was a crowd, and of each of the two that are on their way one for so long a time.
    assert len(oracle.asked) <= CROWD + 2 * (gathered + 1)
