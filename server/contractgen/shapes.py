"""Reads the declared classes: their fields, tags and docstrings, and which unions name them.

The three writers differ in what they write and ask here what there is to write about.
"""

from collections.abc import Iterator, Mapping
from inspect import cleandoc
from types import MappingProxyType, UnionType
from typing import Annotated, Any, NewType, Union, get_args, get_origin

from msgspec import NODEFAULT, Meta, Struct
from msgspec.structs import fields

from community.events import CommunityEvent
from rooms.commands import LiveCommand
from rooms.events import PersonEvent, RoomEvent
from rooms.signals import PersonSignal, RoomSignal
from server.wire import AnyEvent, AnySignal, ServerItem

# What a type hint is: a class, or one of typing's forms, which have no type of their own to name.
Hint = Any

# The larger unions stand last: a writer spells them by the names of the smaller ones.
UNIONS: Mapping[str, UnionType] = MappingProxyType(
    {
        "LiveCommand": LiveCommand,
        "RoomEvent": RoomEvent,
        "PersonEvent": PersonEvent,
        "CommunityEvent": CommunityEvent,
        "AnyEvent": AnyEvent,
        "RoomSignal": RoomSignal,
        "PersonSignal": PersonSignal,
        "AnySignal": AnySignal,
        "ServerItem": ServerItem,
    }
)


class Shape(Struct, frozen=True, kw_only=True):
    """One field of a declared class, as it is on the wire."""

    name: str
    hint: Hint
    # It may be absent on the wire: a sender may leave it out, or the encoder does so with a default.
    absent: bool
    default: Hint = NODEFAULT


def shapes(kind: type[Struct]) -> tuple[Shape, ...]:
    """The fields of `kind` in their order, without the tag."""
    config = kind.__struct_config__
    # Classes that forbid unknown fields are read from clients, who may leave out what has a default. The others
    # are only written, and then a default is on the wire unless the encoder omits it.
    gaps = config.forbid_unknown_fields or config.omit_defaults
    return tuple(
        Shape(
            name=field.encode_name,
            hint=field.type,
            absent=gaps and not field.required,
            default=field.default if field.default_factory is NODEFAULT else field.default_factory(),
        )
        for field in fields(kind)
    )


def tag(kind: type[Struct]) -> str | None:
    """The wire name of `kind`: the value of its field `t`."""
    name = kind.__struct_config__.tag
    return None if name is None else str(name)


def docstring(kind: type) -> str:
    """What `kind` says of itself; empty when it says nothing of its own."""
    return cleandoc(kind.__dict__.get("__doc__") or "")


def members(union: UnionType) -> tuple[type[Struct], ...]:
    """The classes of a registry in the order they are declared in; a registry of one is its class."""
    return get_args(union) or (union,)


def form(hint: object) -> object:
    """What a hint with parts is built with: Annotated, a container's class, a union; None for a plain class."""
    return get_origin(hint)


def bare(hint: Hint) -> Hint:
    """`hint` without its limits."""
    return get_args(hint)[0] if form(hint) is Annotated else hint


def limits(hint: Hint) -> tuple[Meta, ...]:
    """The limits set on `hint` itself, or on what it is when it isn't null."""
    if is_union(hint):
        return tuple(meta for part in parts(hint) for meta in limits(part))
    return tuple(each for each in get_args(hint)[1:] if isinstance(each, Meta)) if form(hint) is Annotated else ()


def parts(hint: Hint) -> tuple[Hint, ...]:
    """The hints that `hint` is made of."""
    return tuple(each for each in get_args(bare(hint)) if each is not Ellipsis)


def is_struct(hint: Hint) -> bool:
    """Whether `hint` is a declared class."""
    return isinstance(hint, type) and issubclass(hint, Struct)


def is_union(hint: Hint) -> bool:
    """Whether `hint` offers several types, None among them or not."""
    return form(hint) in {Union, UnionType}


def union_name(hint: Hint) -> str | None:
    """The name of the registry that `hint` spells out."""
    wanted = frozenset(get_args(hint))
    return next((name for name, union in UNIONS.items() if frozenset(get_args(union)) == wanted), None)


def reach(hint: Hint) -> Iterator[Hint]:
    """Every named type that `hint` leads to, each before those that need it; some come more than once."""
    hint = bare(hint)
    for part in parts(hint):
        yield from reach(part)
    if is_struct(hint):
        for shape in shapes(hint):
            yield from reach(shape.hint)
    if is_struct(hint) or isinstance(hint, NewType) or (isinstance(hint, type) and hint.__module__ != "builtins"):
        yield hint
