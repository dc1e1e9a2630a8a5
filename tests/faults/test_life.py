"""What people do while things go wrong: only what can be told apart afterwards."""

import asyncio
import random
from types import SimpleNamespace
from typing import Any

import pytest

from server.clock import monotonic_ms
from tests.faults import life
from tests.faults.history import Deed, Fault, History, Try
from tests.faults.life import Life

NODE = 1


@pytest.mark.parametrize("target", [f"n{NODE}", f"c{NODE}"], ids=["a paused node", "a stalled way"])
async def test_nothing_else_is_asked_of_a_right_while_a_try_without_an_answer_may_still_be_done(
    monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    monkeypatch.setattr(life, "DONE_MS", 0)
    cluster: Any = SimpleNamespace(history=History(), door=lambda _node: 0)
    town: Any = SimpleNamespace(people=[])
    lives = Life(cluster, town, random.Random(1))
    now = monotonic_ms()
    deed = Deed(now, "raise", "ben", "room:tea", tries=[Try(NODE, now, now, 0), Try(0, now, now, 200)])
    elsewhere, there = Fault(now, "stall", "c0"), Fault(now, "stall", target)
    cluster.history.faults += [elsewhere, there]
    settled = asyncio.ensure_future(lives._settle(deed))
    done, _ = await asyncio.wait({settled}, timeout=0.2)
    assert not done
    there.ended_ms = monotonic_ms()
    async with asyncio.timeout(10):
        await settled
    # Where every try had an answer, nothing is left to be done.
    deed.tries[0], there.ended_ms = Try(NODE, now, now, 503), None
    async with asyncio.timeout(10):
        await lives._settle(deed)
    await lives.end()
