"""Whatever a client sends: a command as it was declared comes of it, or the one refusal to read it, in bounded time.

`make fuzz` tries as many as it is told to, and keeps what it learnt for the next time.
"""

import os
import signal
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis.database import DirectoryBasedExampleDatabase

from rooms.commands import LiveCommand
from rooms.ids import PersonId, room_stream
from server.connection import decode
from server.socket import Connection
from server.streams.frames import Format
from server.wire import FRAME_LIMIT_BYTES, MALFORMED, TOO_LARGE, Ask, Item
from tests.server.fuzzed import SCHEMA, SECRET, as_pack, frames, right, written
from tests.server.live import NoLimits, gathered
from tests.world import until

# `make fuzz` gives another number; then what is found is kept in a folder, and no two runs are the same.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
CORPUS = Path(".hypothesis/frames")
FUZZ = settings(
    max_examples=EXAMPLES or 300,
    derandomize=not EXAMPLES,
    database=DirectoryBasedExampleDatabase(CORPUS) if EXAMPLES else None,
    deadline=None,
    # Frames are large and often thrown away; that costs time, which is bounded here by their number.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
# A deadline for what hangs: the slowest frame takes some milliseconds.
HANGS_S = 10
# What reading may take beside the frame itself: every byte as an object of its own.
MEMORY_BYTES = 64 * FRAME_LIMIT_BYTES

FORMS = list(Format)
# ECMAScript's `$`, which is the schema's, is the very end.
STRICT = msgspec.json.decode(msgspec.json.encode(SCHEMA).replace(b'$"', b'\\\\Z"'))
VALID = jsonschema.Draft202012Validator(STRICT)

POST: dict[str, Any] = {"t": "message.post", "room": "0" * 26, "nonce": "n" * 22, "text": "words"}
# What once came through, or broke something.
FOUND: dict[str, tuple[Format, bytes]] = {
    "a text that is none": (Format.MSGPACK, as_pack({"ref": 1, "do": {**POST, "text": "\ud800"}})),
    "a name that is none": (Format.MSGPACK, as_pack({"ref": 1, "\ud800": 1, "do": POST})),
    "a line end after an id": (Format.JSON, written({"ref": 1, "do": {**POST, "room": "0" * 26 + "\n"}}, Format.JSON)),
    "a line end after a nonce": (Format.MSGPACK, as_pack({"ref": 1, "do": {**POST, "nonce": "n" * 22 + "\n"}})),
}


def read(data: bytes, form: Format) -> Ask | None:
    """The command in a frame; None when it is refused in the one way that it may be."""
    try:
        return decode(data if form.binary else data.decode(), form)
    except msgspec.DecodeError:
        return None


def encoded(ask: Ask) -> Iterator[tuple[Format, bytes]]:
    """The command in each form that has room for it."""
    yield Format.JSON, msgspec.json.encode(ask)
    if all(abs(number) < 2**63 for number in msgspec.to_builtins(ask.do).values() if isinstance(number, int)):
        yield Format.MSGPACK, msgspec.msgpack.encode(ask)


@contextmanager
def bounded() -> Iterator[None]:
    """Neither for ever nor without measure."""

    def give_up(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError("one frame takes for ever")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(HANGS_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def decodable(form: Format) -> Callable[[bytes], bool]:
    """Whether a frame gets as far as being read: a text that is no UTF-8 is refused before."""

    def test(data: bytes) -> bool:
        return form.binary or data.decode(errors="replace").encode() == data

    return test


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_frame_is_a_command_as_declared_or_refused(form: Format) -> None:
    @FUZZ
    @given(frames(form).filter(decodable(form)))
    def holds(data: bytes) -> None:
        with bounded():
            ask = read(data, form)
        if ask is None:
            return
        VALID.validate(msgspec.json.decode(msgspec.json.encode(ask)))
        assert [read(again, which) for which, again in encoded(ask)] == [ask] * len(list(encoded(ask)))

    holds()


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_once_is_refused(name: str) -> None:
    form, data = FOUND[name]
    assert read(data, form) is None


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_what_the_schema_allows_is_read(form: Format) -> None:
    @FUZZ
    @given(right())
    def holds(value: Any) -> None:
        if form is Format.JSON or value["do"].get("seq", value["do"].get("after", 0)) < 2**64:
            assert read(written(value, form), form) == msgspec.convert(value, Ask)

    holds()


# As much as a frame holds of what is written shortest and read into most, or lied about.
HEAVY: dict[str, tuple[Format, bytes]] = {
    "lists in lists": (Format.JSON, b'{"ref":1,"do":' + b"[" * 65_000),
    "many names": (Format.JSON, b'{"ref":1,"do":{' + b'"":0,' * 13_000),
    "many texts": (Format.JSON, b'{"ref":1,"do":{"t":"message.post","mentions":[' + b'"",' * 21_000),
    "escapes": (Format.JSON, b'{"ref":1,"do":{"t":"message.post","text":"' + b"\\u0041" * 10_900 + b'"}}'),
    "many figures": (Format.JSON, b'{"ref":' + b"9" * 65_000 + b"}"),
    "many figures behind the point": (Format.JSON, b'{"ref":0.' + b"1" * 65_000 + b"}"),
    "a large exponent": (Format.JSON, b'{"ref":1e999999999}'),
    "maps in maps": (Format.MSGPACK, b"\x82\xa3ref\x01\xa2do" + b"\x81\xa0" * 32_000),
    "a list that is not there": (Format.MSGPACK, b"\x82\xa3ref\x01\xa2do\xdd\xff\xff\xff\xff"),
    "a map that is not there": (Format.MSGPACK, b"\xdf\xff\xff\xff\xff\xa3ref\x01"),
    "a text that is not there": (Format.MSGPACK, b"\x82\xa3ref\x01\xdb\xff\xff\xff\xff"),
    "bytes that are not there": (Format.MSGPACK, b"\x82\xa3ref\xc6\xff\xff\xff\xff"),
    "something else that is not there": (Format.MSGPACK, b"\x82\xa3ref\xc9\xff\xff\xff\xff\x01"),
    "people who are not there": (
        Format.MSGPACK,
        as_pack({"ref": 1, "do": {**POST, "mentions": []}}).removesuffix(b"\x90") + b"\xdd\xff\xff\xff\xff\xa0",
    ),
}


@pytest.mark.parametrize("name", HEAVY)
def test_no_frame_takes_memory_without_measure(name: str) -> None:
    form, data = HEAVY[name]
    assert len(data) <= FRAME_LIMIT_BYTES
    tracemalloc.start()
    try:
        with bounded():
            assert read(data, form) is None
        assert tracemalloc.get_traced_memory()[1] < MEMORY_BYTES
    finally:
        tracemalloc.stop()


# The way on ------------------------------------------------------------------------------------------------------


class Wire:
    """The side of the live protocol that a connection uses, and what it was told."""

    open = True
    backed_up = False

    def __init__(self) -> None:
        self.closed: list[tuple[int, str]] = []

    def close(self, code: int, reason: str, *, within_s: float | None = None) -> None:
        """Note how it was closed."""
        self.closed.append((code, reason))


class Metered:
    """Counts nothing."""

    def labels(self, *_: str) -> "Metered":
        return self

    def inc(self) -> None:
        """Do nothing."""


class Receiving(Connection):
    """A connection up to where a command is sent on its way."""

    def __init__(self, form: Format) -> None:
        desk: Any = type("Desk", (), {"streams": type("S", (), {"metrics": type("M", (), {"closed": Metered()})})})
        self.wire = Wire()
        self.asked: list[tuple[int, LiveCommand]] = []
        protocol: Any = self.wire
        super().__init__(desk, protocol, person=PersonId("ada"), session="", form=form, left=lambda _: None)

    def ask(self, ref: int, command: LiveCommand) -> None:
        """Note what was asked."""
        self.asked.append((ref, command))

    def send(self, item: Item) -> None:
        """Say nothing."""


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_connection_asks_what_was_sent_or_closes_once_with_words_of_its_own(form: Format) -> None:
    @FUZZ
    @given(frames(form).filter(decodable(form)))
    @example(FOUND["a text that is none"][1] if form.binary else b"")
    def holds(data: bytes) -> None:
        connection = Receiving(form)
        connection.received(data if form.binary else data.decode())
        ask = read(data, form) if len(data) <= FRAME_LIMIT_BYTES else None
        if ask is not None:
            assert (connection.asked, connection.wire.closed) == ([(ask.ref, ask.do)], [])
            return
        [(code, reason)] = connection.wire.closed
        assert code in {MALFORMED, TOO_LARGE}
        assert connection.asked == []
        assert 0 < len(reason.encode()) <= 123
        assert SECRET not in reason

    holds()


async def test_every_command_that_is_read_has_one_answer_and_breaks_nothing(
    tmp_path: Path, sqlite_template: bytes
) -> None:
    async with gathered(tmp_path, sqlite_template, limits=NoLimits()) as house:
        tea = house.world.rooms["tea"]
        ada = await house.line("Ada")
        # Half of them are about a room that exists; what was made is in the same order in each run.
        commands = [
            {**do, **({"room": tea} if "room" in do else {"stream": room_stream(tea)})} if n % 2 else do
            for n, do in enumerate(some_commands())
        ]
        refs = [await ada.send(do) for do in commands]
        await until(lambda: all(ada.answers(ref) for ref in refs) or ada.closed)
        answers = [ada.answers(ref) for ref in refs]
    assert [len(each) for each in answers] == [1] * len(commands)
    assert [do for do, [answer] in zip(commands, answers, strict=True) if answer.get("code") == "internal"] == []


def some_commands() -> list[Any]:
    """Commands that are read."""
    made: list[Any] = []

    @settings(max_examples=150, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
    @given(right())
    def make(value: Any) -> None:
        made.append(value["do"])

    make()
    return made
