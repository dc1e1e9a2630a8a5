"""Client frames for fuzzing, made from the schema of what the wire takes: right ones, and right ones with something
wrong about them.

A value in the making is plain Python, but for what Python cannot say twice or MessagePack alone can: see `Pairs`
and `Ext`. It is written by encoders of our own, as the libraries' write only what is right.
"""

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from server.streams.frames import Format
from server.wire import Ask

Value: TypeAlias = Any
Schema: TypeAlias = Mapping[str, Any]

SCHEMA: Schema = msgspec.json.schema(Ask)


@dataclass(frozen=True, slots=True)
class Pairs:
    """A map in its order, which may name a thing twice, or by what is no name."""

    pairs: tuple[tuple[Value, Value], ...]


@dataclass(frozen=True, slots=True)
class Ext:
    """MessagePack's own: a kind and bytes. -1 is a time."""

    kind: int
    data: bytes


# Right ------------------------------------------------------------------------------------------------------------

TEXT = st.characters(exclude_categories=["Cs"])


@cache
def right(schema: str = "Ask") -> SearchStrategy[Value]:
    """What a part of the schema allows."""
    return _right(SCHEMA["$defs"][schema])


def _right(schema: Schema) -> SearchStrategy[Value]:
    if "$ref" in schema:
        return right(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return st.one_of([_right(each) for each in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return _BY_TYPE[schema["type"]](schema)


def _object(schema: Schema) -> SearchStrategy[Value]:
    fields = {name: _right(each) for name, each in schema["properties"].items()}
    needed = {name: fields.pop(name) for name in schema["required"]}
    return st.fixed_dictionaries(needed, optional=fields)


def _integer(schema: Schema) -> SearchStrategy[int]:
    return st.integers(schema.get("minimum", -(2**70)), schema.get("maximum", 2**70))


def _string(schema: Schema) -> SearchStrategy[str]:
    if "pattern" in schema:
        return st.sampled_from(_matching(schema["pattern"]))
    return st.text(TEXT, max_size=min(schema.get("maxLength", 40), 40))


@cache
def _matching(pattern: str) -> list[str]:
    """Some texts of this form, made once: sign by sign for each frame, they would cost more than all the rest."""
    made: list[str] = []

    @settings(max_examples=12, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
    @given(st.from_regex(pattern, alphabet=st.characters(max_codepoint=127)))
    def make(text: str) -> None:
        made.append(text)

    make()
    return made


def _array(schema: Schema) -> SearchStrategy[list[Value]]:
    return st.lists(_right(schema["items"]), max_size=3)


_BY_TYPE: Mapping[str, Callable[[Schema], SearchStrategy[Value]]] = MappingProxyType(
    {
        "object": _object,
        "integer": _integer,
        "string": _string,
        "array": _array,
        "boolean": lambda _: st.booleans(),
        "null": lambda _: st.none(),
    }
)

# Wrong ------------------------------------------------------------------------------------------------------------

EDGES = [0, -1, 2**31, 2**31 + 1, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63) - 1, 10**400]
# Some words of somebody's: nothing may quote them.
SECRET = "a secret"
ODD_TEXTS = [
    SECRET,
    "",
    "\0",
    "\n",
    "\ud800",
    "\udfff\ud800",
    "\uffff",
    "\u202e",
    "a\u0301" * 40,
    "🙂" * 40,
    "x" * 16_001,
]
ODD_NUMBERS = [float("nan"), float("inf"), -float("inf"), -0.0, 1.0, 1e308, 5e-324]
LEAVES = st.one_of(
    st.sampled_from([None, True, False, *EDGES, *ODD_NUMBERS, *ODD_TEXTS]),
    st.text(max_size=30),
    st.binary(max_size=30),
    st.builds(Ext, st.integers(-128, 127), st.binary(max_size=20)),
)
# Something that is seldom what was expected.
ODD: SearchStrategy[Value] = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.builds(Pairs, st.lists(st.tuples(LEAVES, inner), max_size=4).map(tuple))
    ),
    max_leaves=6,
)
DEPTHS = st.sampled_from([3, 300, 20_000])
DEEDS = st.sampled_from(["within", "within", "within", "left out", "twice", "beside", "renamed"])


def wrong(draw: DrawFn, value: Value) -> Value:
    """A value with one thing about it changed, at any depth."""
    if isinstance(value, dict):
        value = Pairs(tuple(value.items()))
    chance = draw(st.integers(0, 7))
    if isinstance(value, Pairs) and value.pairs and chance:
        at = draw(st.integers(0, len(value.pairs) - 1))
        return Pairs((*value.pairs[:at], *_wrong_pair(draw, value.pairs[at]), *value.pairs[at + 1 :]))
    if chance < 4:
        return draw(ODD)
    if isinstance(value, list) and value:
        return [*value[:-1], wrong(draw, value[-1])]
    if isinstance(value, str):
        return draw(st.sampled_from(_like(value)))
    return _Deep(value, draw(DEPTHS))


def _wrong_pair(draw: DrawFn, pair: tuple[Value, Value]) -> Sequence[tuple[Value, Value]]:
    name, value = pair
    match draw(DEEDS):
        case "left out":
            return []
        case "twice":
            return [pair, (name, wrong(draw, value))]
        case "beside":
            return [pair, (draw(LEAVES), draw(ODD))]
        case "renamed":
            return [(draw(st.sampled_from(_like(name))) if isinstance(name, str) else draw(LEAVES), value)]
        case _:
            return [(name, wrong(draw, value))]


def _like(text: str) -> list[str]:
    """Texts that are nearly the same."""
    # The last has letters that only look like ours.
    foreign = text.replace("A", "\u0410").replace("0", "\u0660")
    return [text[:-1], text + "\n", text + "\0", text.lower(), text.upper(), text * 2, " " + text, foreign, *ODD_TEXTS]


@dataclass(frozen=True, slots=True)
class _Deep:
    """A value inside so many lists. They are written, never walked."""

    value: Value
    depth: int


# Written ----------------------------------------------------------------------------------------------------------


def as_json(value: Value) -> str:
    """Written as JSON; what JSON has no word for, as a text."""
    match value:
        case Pairs(pairs):
            return "{" + ",".join(f"{_json_name(name)}:{as_json(each)}" for name, each in pairs) + "}"
        case dict():
            return as_json(Pairs(tuple(value.items())))
        case list():
            return "[" + ",".join(map(as_json, value)) + "]"
        case _Deep(inner, depth):
            return "[" * depth + as_json(inner) + "]" * depth
        case bytes() | Ext():
            return json.dumps(repr(value))
        case _:
            return json.dumps(value)


def _json_name(name: Value) -> str:
    written = as_json(name)
    return written if isinstance(name, str) else json.dumps(written)


def as_pack(value: Value) -> bytes:
    """Written as MessagePack; a number that it has no room for, as a text."""
    match value:
        case Pairs(pairs):
            return _head(0x80, 0xDE, len(pairs)) + b"".join(as_pack(name) + as_pack(each) for name, each in pairs)
        case dict():
            return as_pack(Pairs(tuple(value.items())))
        case list():
            return _head(0x90, 0xDC, len(value)) + b"".join(map(as_pack, value))
        case _Deep(inner, depth):
            return b"\x91" * depth + as_pack(inner)
        case Ext(kind, data):
            return struct.pack(">BBb", 0xC7, len(data), kind) + data
        case str():
            # Half a pair has no UTF-8, and is written as if it had.
            written = value.encode("utf-8", "surrogatepass")
            return struct.pack(">BI", 0xDB, len(written)) + written
        case int() if not -(2**63) <= value < 2**64:
            return as_pack(str(value))
        case _:
            return msgspec.msgpack.encode(value)


def _head(small: int, large: int, count: int) -> bytes:
    return bytes((small | count,)) if count < 16 else struct.pack(">BH", large, count)


def written(value: Value, form: Format) -> bytes:
    """A value as the bytes of a frame."""
    return as_pack(value) if form is Format.MSGPACK else as_json(value).encode()


def damaged(draw: DrawFn, frame: bytes) -> bytes:
    """A frame of which bytes were lost, changed or put in between."""
    start, end = sorted((draw(st.integers(0, len(frame))), draw(st.integers(0, len(frame)))))
    put = draw(st.binary(max_size=8))
    match draw(st.sampled_from(["cut", "hole", "put", "twice"])):
        case "cut":
            return frame[:end]
        case "hole":
            return frame[:start] + put + frame[min(end, start + 4) :]
        case "put":
            return frame[:start] + put + frame[start:]
        case _:
            return frame + put + frame[start:]


def frames(form: Format) -> SearchStrategy[bytes]:
    """Frames of all kinds: right, with one or several things wrong, damaged, and nothing but noise."""
    return _frames(form, right())


@st.composite
def _frames(draw: DrawFn, form: Format, commands: SearchStrategy[Value]) -> bytes:
    kind = draw(st.integers(0, 15))
    if kind == 0:
        return draw(st.binary(max_size=200))
    value = draw(commands)
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2, 3]))):
        value = wrong(draw, value)
    frame = written(value, form)
    return damaged(draw, frame) if kind < 4 else frame
