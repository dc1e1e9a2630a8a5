"""Builds a value of any declared class, as small as it may be, or with something in every field."""

from enum import StrEnum
from types import NoneType
from typing import Any, NewType

from msgspec import Struct
from msgspec.structs import fields

from rooms.ids import Nonce, StreamId
from server.contractgen.shapes import Hint, bare, form, is_struct, is_union, limits, parts, shapes

ID = "01JD3V5R00M000000000000000"
WORDS: dict[object, str] = {StreamId: f"room:{ID}", Nonce: "Zr3kT0m1Q8yV5bJcW2dN7A"}


def smallest(kind: type[Struct]) -> Any:
    """A value of `kind` with nothing in the fields that have a default."""
    return kind(**{shape.name: value(shape.hint) for shape in shapes(kind) if not has_default(kind, shape.name)})


def fullest(kind: type[Struct]) -> Any:
    """A value of `kind` with something other than the default in every field."""
    return kind(**{shape.name: value(shape.hint, shape.default) for shape in shapes(kind)})


def has_default(kind: type[Struct], name: str) -> bool:
    """Whether the field `name` of `kind` has a default."""
    return not next(field for field in fields(kind) if field.name == name).required


def value(hint: Hint, unlike: object = None) -> Any:
    """Something that `hint` allows, other than `unlike`."""
    meta = limits(hint)
    hint = bare(hint)
    if is_union(hint):
        return value(next(part for part in parts(hint) if part is not NoneType))
    if is_struct(hint):
        return fullest(hint)
    if isinstance(hint, NewType):
        return WORDS.get(hint, ID)
    if form(hint) is dict:
        return {value(parts(hint)[0]): value(parts(hint)[1])}
    if form(hint) is not None:
        return form(hint)((value(parts(hint)[0]),))  # type: ignore[operator]  # a container takes its items
    if issubclass(hint, StrEnum):
        return next(each for each in hint if each != unlike)
    if hint is bool:
        return unlike is False
    if hint is int:
        return max([2, *(limit.ge + 1 for limit in meta if limit.ge is not None)])
    return "slug" if any(limit.pattern for limit in meta) else "some words"
