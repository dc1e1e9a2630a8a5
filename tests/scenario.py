"""Scenarios as they are written down: short transcripts of who asks what, who gets which answer, who sees what.

`tests/scenarios/README.md` says how to write one.
"""

import re
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import yaml
from msgspec import Struct, field

from rooms.commands import Reaction
from rooms.rights import Role, Visibility

FOLDER = Path(__file__).parent / "scenarios"


class _Form(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class PersonForm(_Form, frozen=True):
    """Somebody who takes part. `room_roles` are held in the room alone; `asked` are roles that wait for a keeper's yes;
    `listens`: no yes to the values yet."""

    roles: tuple[Role, ...] = ()
    room_roles: tuple[Role, ...] = ()
    asked: tuple[Role, ...] = ()
    standing: str | None = None
    shows_standing: bool = True
    listens: bool = False
    muted: bool = False
    let_in: bool = False


class RoomForm(_Form, frozen=True):
    """How the room is when the scenario begins."""

    visibility: Visibility = Visibility.COMMUNITY
    closed: bool = False
    hide_names: bool = True


# What can be asked. The first field's name is the word it is written with; messages go by the name given in `as`.


class Post(_Form, frozen=True):
    post: str
    as_: str = field(name="as")
    reply_to: str | None = None
    mentions: tuple[str, ...] = ()
    hide_name: bool = False
    # Known by a name as well: asked with the same one it is a retry.
    nonce: str | None = None


class Edit(_Form, frozen=True):
    edit: str
    text: str
    mentions: tuple[str, ...] = ()


class Remove(_Form, frozen=True):
    remove: str


class React(_Form, frozen=True):
    react: str
    sign: Reaction
    on: bool = True


class Mark(_Form, frozen=True):
    mark: int


class Rename(_Form, frozen=True):
    rename: str
    purpose: str = ""


class ShowTo(_Form, frozen=True):
    show_to: Visibility


class HideNames(_Form, frozen=True):
    hide_names: bool


class Close(_Form, frozen=True):
    close: bool


class Admit(_Form, frozen=True):
    admit: str
    into: bool = True


class Give(_Form, frozen=True):
    give: Role
    to: str
    in_room: bool = False


class Take(_Form, frozen=True):
    take: Role
    of: str
    in_room: bool = False


class PutOut(_Form, frozen=True):
    put_out: str


class Leave(_Form, frozen=True):
    leave: bool


class Accept(_Form, frozen=True):
    accept: bool


class CallMe(_Form, frozen=True):
    call_me: str


class Erase(_Form, frozen=True):
    """Everything that is kept of whoever asks is erased, as the page about oneself does it."""

    erase: bool


class LetThrough(_Form, frozen=True):
    """What a moderator will do with a held message: it is numbered now and stands where it was written."""

    let_through: str
    text: str
    after: int


class GoAway(_Form, frozen=True):
    """The connection is lost."""

    go_away: bool


class ComeBack(_Form, frozen=True):
    """The connection is there again, and goes on from its cursor."""

    come_back: bool


OfCommunity: TypeAlias = Rename | ShowTo | HideNames | Close | Admit | Give | Take | PutOut | Leave | Accept | CallMe
Verb: TypeAlias = Post | Edit | Remove | React | Mark | Erase | LetThrough | GoAway | ComeBack | OfCommunity
VERBS: dict[str, type[Verb]] = {kind.__struct_fields__[0]: kind for kind in Verb.__args__}

# An event or signal as it is on the wire, with names for ids and without its time: {message.posted: {...}}.
Told: TypeAlias = dict[str, dict[str, Any]]


class StepForm(_Form, frozen=True):
    """Somebody asks for something: the answer, and what each follower is sent because of it, and nothing else.

    `gets` is the receipt's fields or a refusal's code. `all_see` comes on the room's stream, `alone` on the streams
    of the people named. `ends` names those who may not follow the room any more.
    """

    who: str
    asks: dict[str, Any]
    gets: dict[str, Any] | str = msgspec.field(default_factory=dict)
    all_see: tuple[Told, ...] = ()
    alone: dict[str, tuple[Told, ...]] = {}
    ends: tuple[str, ...] = ()

    @property
    def verb(self) -> Verb:
        """What is asked."""
        return msgspec.convert(self.asks, VERBS[next(iter(self.asks))])


class Scenario(_Form, frozen=True):
    """One transcript. `before` is what has been said when people come in."""

    told: str
    play: tuple[StepForm, ...]
    room: RoomForm = RoomForm()
    people: dict[str, PersonForm] = {}
    before: tuple[StepForm, ...] = ()


# They are in every scenario, so that each is seen with the eyes of every role.
REGULARS = {
    "Ada": PersonForm(),
    "Ben": PersonForm(standing="patient"),
    "Lil": PersonForm(listens=True),
    "May": PersonForm(roles=(Role.MODERATOR,)),
    "Hana": PersonForm(roles=(Role.HOST,)),
    "Ruth": PersonForm(roles=(Role.KEEPER,)),
}


class _Loader(yaml.SafeLoader):
    """Takes `on` and `off` for the words they are, as YAML has done since 1.2."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), list("tf"))


def scenarios() -> dict[str, Scenario]:
    """Every scenario by the name of its file."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.yaml"))}


def _read(path: Path) -> Scenario:
    return msgspec.convert(yaml.load(path.read_text(encoding="utf-8"), _Loader), Scenario)  # noqa: S506 - a safe one
