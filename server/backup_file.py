"""The backup file: one form for both databases. Lines of JSON, compressed; counts and a checksum at the end.

The first line says what it is. Then comes, for each table, a line with its name and columns, and a line for each
row. Tables stand in the order in which they can be filled: what is referred to comes first.
"""

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NamedTuple

import msgspec

from server.database.ports import Row

FORMAT = 1
# Words compress to a third; more effort costs twice the time for a twentieth.
_EFFORT = 6


class Damaged(Exception):  # noqa: N818 - it is a state of a file, told to people as such
    """The file is no backup of ours, or not a whole one."""


# Names become part of statements when a backup is restored, so nothing else may stand there.
Name = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]*$")]


class Header(msgspec.Struct, frozen=True, kw_only=True, tag_field="is", tag="hearth backup"):
    """What a backup says of itself. `key` shows whether a secret key is the one it needs, and does not tell it."""

    format: int
    made_ms: int
    version: str
    revision: str
    key: str
    needs: str = "the HEARTH_SECRET_KEY that was set when it was made"


class Table(msgspec.Struct, frozen=True, kw_only=True, tag_field="is", tag="table"):
    """The lines that follow are rows of this table."""

    name: Name
    columns: tuple[Name, ...]


class End(msgspec.Struct, frozen=True, kw_only=True, tag_field="is", tag="end"):
    """All is told: how many rows of each table, and the checksum of every line before this one."""

    rows: dict[str, int]
    sha256: str


class Part(NamedTuple):
    """One table of a backup and its rows, to be read once and in order."""

    table: Table
    rows: Iterator[Row]


def write(file: Path, header: Header, parts: Iterable[Part]) -> dict[str, int]:
    """Write a backup, whole or not at all; how many rows of each table it holds."""
    partial = file.with_name(f"{file.name}.partial")
    try:
        with _private(partial) as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=_EFFORT) as out:
            counts = _tell(out, header, parts)
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    return counts


@contextmanager
def _private(file: Path) -> Iterator[BinaryIO]:
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw:
        yield raw
        raw.flush()
        os.fsync(raw.fileno())


def _tell(out: gzip.GzipFile, header: Header, parts: Iterable[Part]) -> dict[str, int]:
    checksum = hashlib.sha256()
    encode = msgspec.json.Encoder().encode

    def say(line: object) -> None:
        told = encode(line) + b"\n"
        checksum.update(told)
        out.write(told)

    say(header)
    counts: dict[str, int] = {}
    for table, rows in parts:
        say(table)
        counts[table.name] = 0
        for row in rows:
            say(row)
            counts[table.name] += 1
    out.write(encode(End(rows=counts, sha256=checksum.hexdigest())) + b"\n")
    return counts


def header_of(file: Path) -> Header:
    """What the backup says of itself, from its first line."""
    with _lines(file) as lines:
        return _header(next(lines, b""))


def verify(file: Path) -> dict[str, int]:
    """Read the whole file and hold it to its counts and checksum; how many rows of each table it holds."""
    counts: dict[str, int] = {}
    with parts_of(file) as parts:
        for table, rows in parts:
            counts[table.name] = sum(1 for _ in rows)
    return counts


@contextmanager
def parts_of(file: Path) -> Iterator[Iterator[Part]]:
    """The tables of a backup in order. Reading past the last one raises `Damaged` when the end doesn't fit."""
    with _lines(file) as lines:
        yield _Reader(lines).parts()


class _Reader:
    """Takes the lines one by one, counting and summing what has passed."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._checksum = hashlib.sha256()
        self._counts: dict[str, int] = {}
        self._decode = msgspec.json.Decoder(Table | End | tuple[Any, ...]).decode

    def parts(self) -> Iterator[Part]:
        first = next(self._lines, b"")
        _header(first)
        self._checksum.update(first)
        said = self._next()
        while isinstance(said, Table):
            self._counts[said.name] = 0
            after: list[Table | End] = []
            yield Part(said, self._rows(said, after))
            if not after:
                raise Damaged("a table was not read to its end")
            said = after[0]
        if not isinstance(said, End) or next(self._lines, None) is not None:
            raise Damaged("lines stand where none belong")

    def _rows(self, table: Table, after: list[Table | End]) -> Iterator[Row]:
        while isinstance(said := self._next(), tuple):
            if len(said) != len(table.columns):
                raise Damaged("a row does not fit its table")
            self._counts[table.name] += 1
            yield said
        after.append(said)

    def _next(self) -> Table | End | Row:
        line = next(self._lines, b"")
        try:
            said: Table | End | Row = self._decode(line)
        except msgspec.DecodeError:
            raise Damaged("it breaks off, or a line can't be read") from None
        if isinstance(said, End) and (said.rows != self._counts or said.sha256 != self._checksum.hexdigest()):
            raise Damaged("its checksum does not fit")
        self._checksum.update(line)
        return said


@contextmanager
def _lines(file: Path) -> Iterator[Iterator[bytes]]:
    with gzip.open(file, "rb") as opened:
        yield _readable(opened)


def _readable(opened: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from opened
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise Damaged("it breaks off, or is no backup of Hearth") from None


def _header(line: bytes) -> Header:
    try:
        header = msgspec.json.decode(line, type=Header)
    except msgspec.DecodeError:
        raise Damaged("it is no backup of Hearth") from None
    if header.format != FORMAT:
        raise Damaged(f"it has form {header.format}, and this version reads form {FORMAT}")
    return header
