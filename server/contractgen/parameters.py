"""What may stand in a route's path and query, by the names that the route table uses."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from msgspec import Meta

from community.keeping import DAYS_LEAST, DAYS_MOST
from rooms.audit import What
from rooms.commands import MessageRef, PersonRef, RoomRef
from server.api import Slug
from server.contractgen.shapes import Hint

Opaque = Annotated[str, Meta(min_length=1, max_length=200)]
Revision = Annotated[int, Meta(ge=0)]

PARAMETERS: Mapping[str, Hint] = MappingProxyType(
    {
        "slug": Slug,
        "room_slug": Slug,
        "room": RoomRef,
        "message": MessageRef,
        "person": PersonRef,
        "session": Opaque,
        "passkey": Opaque,
        "invitation": Opaque,
        "news": Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,64}$")],
        "secret": Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,64}$")],
        "before": Opaque,
        "after": Opaque,
        "around": MessageRef,
        "cursor": Opaque,
        "since": Revision,
        "what": What,
        "days": Annotated[int, Meta(ge=DAYS_LEAST, le=DAYS_MOST)],
        "here": Annotated[str, Meta(max_length=3)],
        "q": Annotated[str, Meta(max_length=80)],
    }
)


def names_in(path: str) -> list[str]:
    """The parameters that stand in `path`, in their order."""
    return re.findall(r"{(\w+)}", path)


def parameter(name: str) -> Hint:
    """The type of the parameter `name`; a KeyError here means that a new one wants a line above."""
    return PARAMETERS[name]
