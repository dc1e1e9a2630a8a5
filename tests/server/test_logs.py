"""Logs carry ids, codes and numbers; never words people wrote, never what opens a door."""

import ast
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from server import logs
from server.settings import LogFormat, Settings
from server.telemetry import FIELDS

ROOT = Path(__file__).parents[2]
WORDS = "I was so afraid before the scan"
SECRET = "qR7vTq0rWm3Zb8yKx5LcNd7P"


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """Where the log goes; afterwards logging is as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    written = io.StringIO()
    logs.configure(Settings(log_format=LogFormat.JSON), written)
    yield written
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_has_its_event_level_time_and_fields(out: io.StringIO) -> None:
    structlog.get_logger().info("job.done", job="erase", count=3)
    [line] = lines(out)
    assert line["event"] == "job.done"
    assert (line["level"], line["job"], line["count"]) == ("info", "erase", 3)
    assert line["at"].endswith("Z")


def test_a_field_nobody_declared_is_left_out(out: io.StringIO) -> None:
    structlog.get_logger().info("message.posted", text=WORDS, room="R")
    assert WORDS not in out.getvalue()
    [line] = lines(out)
    assert line["room"] == "R"
    assert "text" in line["reason"]


def test_an_error_is_logged_without_what_it_says(out: io.StringIO) -> None:
    try:
        raise ValueError(WORDS)
    except ValueError:
        structlog.get_logger().exception("command.failed", reference="abc")
    assert WORDS not in out.getvalue()
    [line] = lines(out)
    assert line["error"] == "ValueError"
    assert "test_logs.py" in line["where"]


@pytest.mark.parametrize(
    "said",
    [
        f"GET /join/{SECRET}",
        f"GET /in/{SECRET}?x=1",
        f'"WebSocket /claim/{SECRET}" [accepted]',
        f'"GET /back/{SECRET} HTTP/1.1" 200',
        f"GET /reach/{SECRET}",
        f"POST /stop/{SECRET}",
        f"GET /live?token={SECRET}",
        f"authorization: Bearer {SECRET}",
        f"cookie: session={SECRET}; a=b",
        f"postgresql://hearth:{SECRET}@127.0.0.1/hearth",
    ],
)
@pytest.mark.parametrize("logger", ["uvicorn.error", "psycopg.pool", "somebody"])
def test_what_opens_a_door_is_taken_out_of_any_librarys_line(out: io.StringIO, said: str, logger: str) -> None:
    logging.getLogger(logger).error("%s", said)
    assert len(lines(out)) == 1
    assert SECRET not in out.getvalue()


def test_what_opens_a_door_is_taken_out_of_our_own_lines(out: io.StringIO) -> None:
    structlog.get_logger().warning("request.failed", path=f"/in/{SECRET}")
    assert lines(out)[0]["path"] == "/in/…"


def test_of_another_librarys_line_only_the_first_line_is_kept(out: io.StringIO) -> None:
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: ValueError('%s')", WORDS)
    assert WORDS not in out.getvalue()
    assert lines(out)[0]["logger"] == "asyncio"


def test_trouble_in_the_loop_is_logged_without_what_it_says(out: io.StringIO) -> None:
    logs.loop_trouble(None, {"message": "Task exception was never retrieved", "exception": ValueError(WORDS)})
    assert WORDS not in out.getvalue()
    assert lines(out)[0]["error"] == "ValueError"


def test_long_values_are_cut(out: io.StringIO) -> None:
    structlog.get_logger().info("x", reason="a" * 5_000)
    assert len(lines(out)[0]["reason"]) < 300


def test_libraries_that_tell_of_every_connection_are_quiet(out: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").info('"WebSocket /live" [accepted]')
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    assert not out.getvalue()


def test_lines_for_people_are_no_json() -> None:
    written = io.StringIO()
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    logs.configure(Settings(log_format=LogFormat.PRETTY), written)
    structlog.get_logger().info("node.stopped")
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
    assert "node.stopped" in written.getvalue()
    assert not written.getvalue().startswith("{")


def logged_fields(source: str) -> Iterator[str]:
    """The names of the fields that a module's log calls carry."""
    for call in ast.walk(ast.parse(source)):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Name)
            and call.func.value.id == "log"
        ):
            yield from (keyword.arg for keyword in call.keywords if keyword.arg)


def test_every_field_in_use_is_declared() -> None:
    used = {field for file in (ROOT / "server").rglob("*.py") for field in logged_fields(file.read_text())}
    assert len(used) >= 5
    assert used - FIELDS - {"exc_info"} == set()
