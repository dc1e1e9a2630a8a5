"""How log lines are written: one line an outcome, JSON on stdout, and nothing in them that could be someone's words.

Modules write with `log = structlog.get_logger()` and `log.info("what.happened", field=…)`, with the fields of
`server.telemetry`. What other libraries log comes out the same way, shortened and with secrets taken out.
"""

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, TextIO, TypeAlias

import structlog

from server.settings import LogFormat, Settings
from server.telemetry import FIELDS

_Line: TypeAlias = MutableMapping[str, Any]
_Error: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None]

_ALWAYS = frozenset({"event", "level", "at"})
# Longer values are no ids or codes; whatever they are, a log is not the place for them.
_VALUE_LIMIT = 200
_WHERE_LIMIT = 6
# What opens a door, wherever in a text it stands: capability paths, query strings, tokens, passwords in addresses.
_SECRETS = (
    (re.compile(r"/(join|in|claim|back|reach|stop)/[^\s\"'?#/]+"), r"/\1/…"),
    (re.compile(r"\?[^\s\"']*"), "?…"),
    (re.compile(r"(?i)\b(bearer|cookie:?|token[=:]|session[=:])\s*[^\s\"',;]+"), r"\1 …"),
    (re.compile(r"(\w+://[^\s:/@]+):[^\s@/]+@"), r"\1:…@"),
)


def redacted(text: str) -> str:
    """The text without what would open a door, and not longer than a log line needs."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text if len(text) <= _VALUE_LIMIT else f"{text[:_VALUE_LIMIT]}…"


def _declared_only(_logger: object, _name: str, line: _Line) -> _Line:
    """Leave out fields nobody declared, and say so."""
    unknown = [key for key in line if key not in FIELDS and key not in _ALWAYS and not key.startswith("_")]
    for key in unknown:
        del line[key]
    if unknown:
        line["reason"] = f"undeclared fields left out: {', '.join(sorted(unknown))}"
    return line


def _clean(_logger: object, _name: str, line: _Line) -> _Line:
    for key, value in line.items():
        if key.startswith("_") or value is None or isinstance(value, (int, float)):
            continue
        line[key] = redacted(str(value))
    return line


def _error_of(given: object) -> _Error | None:
    if isinstance(given, BaseException):
        return type(given), given, given.__traceback__
    if given is True:
        given = sys.exc_info()
    if isinstance(given, tuple) and given[0] is not None:
        return given[0], given[1], given[2]
    return None


def _places(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)[-_WHERE_LIMIT:]
    return " > ".join(f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno}" for frame in frames)


def _error_without_words(_logger: object, _name: str, line: _Line) -> _Line:
    """Put the kind of an error and the places it passed; its message may quote a row or a frame."""
    found = _error_of(line.pop("exc_info", None))
    if found is not None:
        line["error"] = found[0].__name__
        line["where"] = _places(found[2])
    return line


def _foreign(_logger: object, _name: str, line: _Line) -> _Line:
    """One line of another library: its first line alone, since the rest may hold anything."""
    record = line.get("_record")
    if isinstance(record, logging.LogRecord):
        line["logger"] = record.name
        line["event"] = str(line["event"]).partition("\n")[0]
    return line


_SHARED: tuple[structlog.typing.Processor, ...] = (
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    _error_without_words,
)
_LAST: tuple[structlog.typing.Processor, ...] = (_declared_only, _clean)


def configure(settings: Settings, out: TextIO = sys.stdout) -> None:
    """Begin to log as the settings say, for this process and all libraries in it."""
    pretty = settings.log_format is LogFormat.PRETTY or (settings.log_format is LogFormat.AUTO and out.isatty())
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, _foreign],
            processors=[*_LAST, structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(pretty=pretty)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    _quieten()
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _quieten() -> None:
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        theirs = logging.getLogger(name)
        theirs.handlers, theirs.propagate = [], True
    # Their INFO lines tell of every connection; ours tell of outcomes.
    for name in ("uvicorn", "alembic", "websockets", "asyncio", "psycopg", "httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # A warning for each request that is no HTTP is a way for anybody to fill the disk.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)


def _renderer(*, pretty: bool) -> structlog.typing.Processor:
    if pretty:
        return structlog.dev.ConsoleRenderer(timestamp_key="at")
    return structlog.processors.JSONRenderer(ensure_ascii=False)


def loop_trouble(_loop: object, context: Mapping[str, Any]) -> None:
    """Log what reached the event loop unhandled, in place of asyncio's own lines, which quote the error."""
    structlog.get_logger().error(
        "loop.trouble",
        reason=str(context.get("message", "")),
        exc_info=context.get("exception"),
    )
