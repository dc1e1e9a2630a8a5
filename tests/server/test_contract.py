"""The declarations themselves: every message type is registered, named, told of, strict or patient as it should be."""

import json
import re
from collections import Counter
from enum import StrEnum
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
from msgspec import Struct

import community.commands
import community.events
import rooms.commands
import rooms.events
import rooms.signals
from community.commands import CommunityCommand
from rooms.contract import Audience, Command, Event, Signal, Way
from server import api, api_keeping, api_running, wire
from server.contractgen.shapes import UNIONS, docstring, is_struct, members, reach, shapes, tag
from tests.server.sample import fullest, smallest

STORED = sorted((Path(__file__).parents[1] / "contracts" / "stored").glob("*.jsonl"))
LINES = [line for path in STORED for line in path.read_text(encoding="utf-8").splitlines()]

LIVE = members(UNIONS["LiveCommand"])
COMMANDS = (*LIVE, *members(CommunityCommand))
EVENTS = members(UNIONS["AnyEvent"])
SIGNALS = members(UNIONS["AnySignal"])
ITEMS = members(UNIONS["ServerItem"])
DECLARING = (rooms.commands, rooms.events, rooms.signals, community.commands, community.events)
# The words of these classes say what a person does; on the wire they are put beside their kind.
NAMED_OTHERWISE = {"TellPeople": "news.tell", "MarkRead": "place.mark", "Type": "typing.tell"}

decode_event = msgspec.json.Decoder(wire.AnyEvent).decode
decode_ask = msgspec.json.Decoder(wire.Ask).decode


@pytest.mark.parametrize(("base", "registered"), [(Command, COMMANDS), (Event, EVENTS), (Signal, SIGNALS)])
def test_every_declared_class_is_in_its_registry(base: type[Struct], registered: tuple[type, ...]) -> None:
    declared = {kind for module in DECLARING for kind in declared_in(module, base) if not kind.__name__.startswith("_")}
    assert len(declared) > 3
    assert declared == set(registered)


def declared_in(module: ModuleType, base: type[Struct]) -> list[type[Struct]]:
    """The classes under `base` that `module` itself declares."""
    found = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, base)]
    return [kind for kind in found if kind.__module__ == module.__name__]


def test_every_server_item_is_in_its_registry() -> None:
    assert set(wire.Item.__subclasses__()) == set(ITEMS)


def test_every_wire_name_is_given_once() -> None:
    for kinds in (COMMANDS, EVENTS, SIGNALS, ITEMS):
        assert [name for name, times in Counter(map(tag, kinds)).items() if times > 1] == []
    # A name that is both an event's and a signal's would be read as the wrong one in a log.
    assert set(map(tag, EVENTS)).isdisjoint(map(tag, SIGNALS))
    assert set(map(tag, COMMANDS)).isdisjoint(map(tag, (*EVENTS, *SIGNALS)))


@pytest.mark.parametrize("kind", [*COMMANDS, *EVENTS, *SIGNALS], ids=lambda kind: kind.__name__)
def test_class_name_and_wire_name_say_the_same(kind: type[Struct]) -> None:
    name = tag(kind)
    assert name is not None
    assert re.fullmatch(r"[a-z]+\.[a-z]+(_[a-z]+)*", name)
    said = {word.lower().rstrip("s") for word in re.findall("[A-Z][a-z]*", kind.__name__)}
    on_the_wire = {word.rstrip("s") for word in re.split(r"[._]", name)}
    assert said <= on_the_wire or NAMED_OTHERWISE.get(kind.__name__) == name


def everything_on_the_wire() -> list[type[Struct]]:
    bodies = [kind for one in (api, api_keeping, api_running) for kind in declared_in(one, Struct)]
    roots = (*COMMANDS, *EVENTS, *SIGNALS, *ITEMS, wire.Ask, wire.Poll, *bodies)
    return list(dict.fromkeys(kind for root in roots for kind in reach(root) if is_struct(kind)))


@pytest.mark.parametrize("kind", everything_on_the_wire(), ids=lambda kind: kind.__name__)
def test_everything_on_the_wire_says_what_it_is(kind: type[Struct]) -> None:
    assert docstring(kind).endswith((".", ")"))


def test_names_of_types_are_given_once() -> None:
    # The browser's types and the schemas stand in one list without folders.
    named = [kind for root in everything_on_the_wire() for kind in reach(root)]
    assert len({kind.__name__ for kind in named}) == len(set(named))


@pytest.mark.parametrize(
    ("union", "audience"),
    [
        ("RoomEvent", Audience.ROOM),
        ("RoomSignal", Audience.ROOM),
        ("PersonEvent", Audience.PERSON),
        ("PersonSignal", Audience.PERSON),
        ("CommunityEvent", Audience.COMMUNITY),
    ],
)
def test_a_registry_has_one_audience(union: str, audience: Audience) -> None:
    assert {kind.audience for kind in members(UNIONS[union]) if issubclass(kind, (Event, Signal))} == {audience}


def test_what_would_do_harm_twice_carries_a_nonce() -> None:
    for kind in LIVE:
        assert issubclass(kind, Command)
        assert ("nonce" in kind.__struct_fields__) == (kind.way in {Way.STREAMED, Way.COUNTED})


@pytest.mark.parametrize("kind", LIVE, ids=lambda kind: kind.__name__)
def test_a_command_is_read_as_it_was_asked(kind: type[Struct]) -> None:
    for command in (smallest(kind), fullest(kind)):
        ask = wire.Ask(ref=1, do=command)
        assert decode_ask(msgspec.json.encode(ask)) == ask
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(ask), type=wire.Ask) == ask


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_an_unknown_field_in_a_command_is_refused(kind: type[Struct]) -> None:
    asked = {**msgspec.to_builtins(smallest(kind)), "surprise": 1}
    with pytest.raises(msgspec.ValidationError, match="surprise"):
        msgspec.convert(asked, kind)


@pytest.mark.parametrize(
    "kind", [wire.Ask, wire.Poll, wire.PollFollow, *api.Body.__subclasses__()], ids=lambda k: k.__name__
)
def test_an_unknown_field_in_a_body_is_refused(kind: type[Struct]) -> None:
    asked = {**msgspec.to_builtins(smallest(kind)), "surprise": 1}
    with pytest.raises(msgspec.ValidationError, match="surprise"):
        msgspec.convert(asked, kind)


def test_an_unknown_command_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        decode_ask(b'{"ref":1,"do":{"t":"message.shout"}}')


@pytest.mark.parametrize("kind", [*EVENTS, *SIGNALS, *ITEMS], ids=lambda kind: kind.__name__)
def test_an_encoder_leaves_out_only_what_may_be_absent(kind: type[Struct]) -> None:
    written = msgspec.to_builtins(smallest(kind))
    assert {shape.name for shape in shapes(kind)} - written.keys() == {
        each.name for each in shapes(kind) if each.absent
    }
    full = msgspec.to_builtins(fullest(kind))
    assert {shape.name for shape in shapes(kind)} == full.keys() - {"t"}


@pytest.mark.parametrize("kind", api.View.__subclasses__(), ids=lambda kind: kind.__name__)
def test_a_view_is_written_whole(kind: type[Struct]) -> None:
    assert not any(shape.absent for shape in shapes(kind))
    assert {shape.name for shape in shapes(kind)} == msgspec.to_builtins(smallest(kind)).keys()


# Stored forms: one line of everything that was ever written to the `event` table.


@pytest.mark.parametrize("line", LINES)
def test_a_stored_form_is_still_read(line: str) -> None:
    stored = json.loads(line)
    read_again = json.loads(msgspec.json.encode(decode_event(line)))
    # Nothing that was stored may be lost in reading; fields that came later may stand beside it.
    assert kept(stored, read_again)


def kept(stored: object, now: object) -> bool:
    """Whether everything in `stored` is in `now` too."""
    if isinstance(stored, dict):
        return isinstance(now, dict) and all(key in now and kept(value, now[key]) for key, value in stored.items())
    return stored == now


@pytest.mark.parametrize("line", LINES)
def test_an_unknown_field_in_an_event_is_ignored(line: str) -> None:
    later = {**json.loads(line), "surprise": {"from": "a later version"}}
    assert decode_event(json.dumps(later)) == decode_event(line)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_has_its_stored_form(kind: type[Struct]) -> None:
    mine = [line for line in map(json.loads, LINES) if line["t"] == tag(kind)]
    assert mine, f"add a line of {tag(kind)} as it is stored to {STORED[-1].name}"
    # Words are not stored with events, but with messages.
    fields = {shape.name for shape in shapes(kind)} - {"text"}
    missing = fields - {key for line in mine for key in line}
    assert not missing, f"add a line of {tag(kind)} with {missing}"


def test_every_word_that_an_event_can_hold_is_stored_somewhere() -> None:
    words = {word for kind in EVENTS for each in reach(kind) if issubclass_of(each, StrEnum) for word in each}
    assert len(words) > 5
    assert {word for word in words if not any(f':"{word}"' in line for line in LINES)} == set()


def issubclass_of(hint: object, base: type) -> bool:
    """Whether `hint` is a class under `base`."""
    return isinstance(hint, type) and issubclass(hint, base)


def test_stored_forms_hold_no_words() -> None:
    assert not [line for line in map(json.loads, LINES) if "text" in line]
