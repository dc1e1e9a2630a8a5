"""What can go wrong again and again is said again and again, and not each time."""

import pytest
import structlog

from server import together
from server.together import SELDOM_MS, Mistakes


def test_a_mistake_is_said_once_a_minute_and_another_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0]
    monkeypatch.setattr(together, "monotonic_ms", lambda: now[0])
    with structlog.testing.capture_logs() as logs:
        mistakes = Mistakes(structlog.get_logger("hearth.test"))
        for now[0] in (0, 1, SELDOM_MS - 1, SELDOM_MS):
            mistakes.say("not done", ValueError("one"))
        mistakes.say("not done", KeyError("another"))
        mistakes.say("not read", ValueError("one"))
    assert [entry["event"] for entry in logs] == ["not done", "not done", "not done", "not read"]
