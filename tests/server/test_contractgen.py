"""What is generated from the declarations: fresh, valid, complete, and true of what really goes over the wire."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from jsonschema import Draft202012Validator
from msgspec import Struct
from openapi_spec_validator import validate
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from rooms.commands import Reaction
from rooms.contract import Code
from rooms.rights import RIGHTS
from server import api, wire
from server.contractgen import __main__ as program
from server.contractgen import rest_meanings
from server.contractgen.meanings import CLOSES, CODES, FIELDS, meaning
from server.contractgen.openapi import openapi
from server.contractgen.protocol import other_forms, prose, protocol
from server.contractgen.shapes import UNIONS, is_struct, members, reach, shapes, tag
from server.contractgen.typescript import closes, rest, typescript
from server.database.ports import Database
from server.door.sessions import Sessions
from server.routes import ROUTES
from tests.server.sample import fullest, smallest

DOCUMENT: dict[str, Any] = json.loads(openapi())
PAGE = protocol()
TYPES = typescript()
# A fenced block of the prose: what it is (an item list, a command, a body), and its JSON.
FRAMES: list[tuple[str, str]] = re.findall(r"```json (\w+)\n(.*?)```", prose(), re.DOTALL)
TAGGED = [kind for union in UNIONS.values() for kind in members(union)]


SCHEMAS = list(dict.fromkeys(kind for root in (*rest(), wire.ServerItem) for kind in reach(root) if is_struct(kind)))


# The program


def test_generated_files_are_fresh() -> None:
    assert program.stale(program.ROOT) == [], "run `make contract`"


def test_a_changed_and_a_missing_file_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program, "ROOT", tmp_path)
    assert program.main([]) == 0
    assert program.main(["--check"]) == 0
    (tmp_path / "docs/openapi.json").unlink()
    with (tmp_path / "docs/protocol.md").open("a") as page:
        page.write("A word by hand.\n")
    assert program.main(["--check"]) == 1
    told = capsys.readouterr().err
    assert [name for name in program.FILES if name in told] == ["docs/protocol.md", "docs/openapi.json"]


def test_an_unknown_word_on_the_line_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--chekc"]) == 2
    assert "usage" in capsys.readouterr().err


def test_what_is_generated_does_not_depend_on_the_order_of_sets() -> None:
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-m", "server.contractgen", "--check"]
        done = subprocess.run(command, cwd=program.ROOT, env=environment, capture_output=True, check=False, text=True)
        assert (done.returncode, done.stderr) == (0, "")


# The browser's types


@pytest.mark.parametrize("kind", [*TAGGED, *other_forms(), *api.View.__subclasses__()], ids=lambda kind: kind.__name__)
def test_every_type_is_told_to_the_browser(kind: type[Struct]) -> None:
    (body,) = re.findall(rf"^export interface {kind.__name__} {{\n(.*?)^}}", TYPES, re.DOTALL | re.MULTILINE)
    fields = dict(re.findall(r"^  readonly (\w+\??): (.*);$", body, re.MULTILINE))
    assert fields.pop("t", None) == (f'"{tag(kind)}"' if tag(kind) else None)
    assert list(fields) == [f"{shape.name}{'?' if shape.absent else ''}" for shape in shapes(kind)]


def test_types_are_as_narrow_as_the_classes() -> None:
    assert "readonly text?: string | null;" in TYPES
    assert "readonly counts: Readonly<Partial<Record<Reaction, number>>>;" in TYPES
    assert "readonly reactions: Readonly<Record<MessageId, readonly Reaction[]>>;" in TYPES
    assert "export type AnyEvent = RoomEvent | PersonEvent | CommunityEvent;" in TYPES
    assert "  readonly event: AnyEvent;" in TYPES
    assert not re.search(
        r"\b(any|unknown|object\[\])\b", re.sub(r'"[^"]*"|//.*|/\*\*.*?\*/', "", TYPES, flags=re.DOTALL)
    )


def test_the_browser_has_the_same_lists_and_the_same_table_of_rights() -> None:
    (reactions,) = re.findall(r"REACTIONS: readonly Reaction\[\] = \[(.*?)\];", TYPES, re.DOTALL)
    assert re.findall(r'"(\w+)"', reactions) == list(Reaction)
    (codes,) = re.findall(r"CODES: readonly Code\[\] = \[\n(.*?)\];", TYPES, re.DOTALL)
    assert re.findall(r'"(\w+)"', codes) == list(Code)
    sets = {name: json.loads(roles) for name, roles in re.findall(r"const (\w+): readonly Role\[\] = (.*);", TYPES)}
    table = re.findall(r'^  "([\w.]+)": { roles: (\w+), own: (\w+), (.*) },$', TYPES, re.MULTILINE)
    assert [deed for deed, *_ in table] == list(RIGHTS)
    for deed, roles, own, also in table:
        rule = msgspec.to_builtins(next(rule for key, rule in RIGHTS.items() if key == deed))
        assert (set(sets[roles]), set(sets[own])) == (set(rule["roles"]), set(rule["own"]))
        assert re.findall(r"(\w+): true", also) == [name for name, holds in rule.items() if holds is True]


def test_every_route_is_told_to_the_browser() -> None:
    told = re.findall(r'^  (\w+): { method: "(\w+)", path: "(.*)" },$', TYPES, re.MULTILINE)
    assert told == [(route.name, route.method, route.path) for route in ROUTES]


# OpenAPI


def test_the_openapi_document_is_valid() -> None:
    validate(DOCUMENT)


def test_every_named_form_has_a_schema() -> None:
    assert {kind.__name__ for kind in SCHEMAS} - DOCUMENT["components"]["schemas"].keys() == set()


def test_every_field_and_parameter_in_the_document_has_a_meaning() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    told = {f"{name}.{field}": said for name, schema in schemas.items() for field, said in fields_of(schema)}
    asked = [each for methods in DOCUMENT["paths"].values() for route in methods.values() for each in parameters(route)]
    assert len(told) > 250
    assert [field for field, said in told.items() if not said.get("description")] == []
    assert {each["name"] for each in asked} == rest_meanings.PARAMETERS.keys()
    assert all(each["description"] for each in asked)
    # And nothing is told of what is not there.
    assert {f"{name}.{field}" for name, said in rest_meanings.FIELDS.items() for field in said} - told.keys() == set()


def fields_of(schema: Any) -> list[tuple[str, Any]]:
    """The fields of one form, without its tag."""
    return [(name, said) for name, said in schema.get("properties", {}).items() if name != "t"]


def parameters(operation: Any) -> Any:
    """What stands in an operation's path and query."""
    return operation.get("parameters", [])


def test_every_reference_leads_somewhere() -> None:
    references = re.findall(r'"(#/[^"]*)"', openapi())
    assert len(references) > 100
    assert {reference for reference in references if not found(reference)} == set()


def found(reference: str) -> bool:
    """Whether `reference` leads to something in the document."""
    here: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        here = here.get(step) if isinstance(here, dict) else None
    return here is not None


def test_every_route_is_an_operation() -> None:
    operations = {
        operation["operationId"]: (method.upper(), path)
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    }
    assert operations == {route.name: (route.method, route.path) for route in ROUTES}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_change_by_cookie_must_be_marked_as_the_pages_own(route: Any) -> None:
    ways = DOCUMENT["paths"][route.path][route.method.lower()]["security"]
    assert {"bearer": []} in ways
    for way in ways:
        assert ("marked" in way) == (route.method != "GET" and "bearer" not in way)
    assert any("session" not in way and "bearer" not in way for way in ways) == route.open


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_route_says_no_with_a_problem(route: Any) -> None:
    responses = DOCUMENT["paths"][route.path][route.method.lower()]["responses"]
    assert {responses["4XX"]["$ref"], responses["5XX"]["$ref"]} == {"#/components/responses/Problem"}
    assert list(DOCUMENT["components"]["responses"]["Problem"]["content"]) == ["application/problem+json"]


def test_the_cookie_has_its_real_name() -> None:
    nowhere = cast("Database", None)
    assert Sessions(nowhere, secure=True).cookie == DOCUMENT["components"]["securitySchemes"]["session"]["name"]
    assert Sessions(nowhere, secure=False).cookie in DOCUMENT["components"]["securitySchemes"]["session"]["description"]


def accepts(name: str, value: Any) -> bool:
    """Whether the document's schema `name` takes `value`."""
    registry: Registry[Any] = Registry().with_resource("urn:hearth", DRAFT202012.create_resource(DOCUMENT))
    schema = {"$ref": f"urn:hearth#/components/schemas/{name}"}
    return bool(Draft202012Validator(schema, registry=registry).is_valid(value))


@pytest.mark.parametrize("kind", SCHEMAS, ids=lambda kind: kind.__name__)
def test_a_schema_takes_what_its_class_writes(kind: type[Struct]) -> None:
    for value in (smallest(kind), fullest(kind)):
        written = json.loads(msgspec.json.encode(value))
        assert accepts(kind.__name__, written)
        for shape in shapes(kind):
            without = {key: kept for key, kept in written.items() if key != shape.name}
            assert accepts(kind.__name__, without) == shape.absent or shape.name not in written


# The protocol page


@pytest.mark.parametrize(("what", "text"), FRAMES)
def test_an_example_is_what_really_goes_over_the_wire(what: str, text: str) -> None:
    kinds: dict[str, Any] = {
        "client": wire.Ask,
        "server": list[wire.ServerItem],
        "poll": wire.Poll,
        "problem": api.Problem,
    }
    shown = json.loads(text)
    # To the letter: nothing unknown, nothing missing, no default that would not be sent.
    assert json.loads(msgspec.json.encode(msgspec.convert(shown, kinds[what]))) == shown


def test_examples_show_both_sides() -> None:
    assert len(FRAMES) > 15
    assert {what for what, _ in FRAMES} == {"client", "server", "poll", "problem"}
    assert prose().count("```json") == len(FRAMES)


def test_ids_in_examples_are_well_formed() -> None:
    ids = re.findall(r"01JD3\w*", PAGE)
    assert len(ids) > 30
    assert {each for each in ids if not re.fullmatch("[0-9A-Z]{26}", each)} == set()


def test_examples_number_events_without_a_hole() -> None:
    following = 0
    for what, text in FRAMES:
        for item in json.loads(text) if what == "server" else ():
            if item["t"] == "following":
                following = item["seq"]
            if item["t"] == "event":
                following += 1
                assert item["seq"] == following


def test_every_field_on_the_page_has_a_meaning() -> None:
    kinds = [*TAGGED, *other_forms()]
    assert [
        f"{kind.__name__}.{shape.name}" for kind in kinds for shape in shapes(kind) if not meaning(kind, shape)
    ] == []
    used = {name for kind in kinds for shape in shapes(kind) for name in (shape.name, f"{kind.__name__}.{shape.name}")}
    assert FIELDS.keys() - used == set()


def test_every_code_and_close_code_has_a_meaning() -> None:
    assert set(CODES) == set(Code)
    assert set(CLOSES) == set(closes())
    # The ranges are the whole rule.
    assert {code // 100 for code in closes().values()} == {44, 45}


def test_the_page_names_everything() -> None:
    assert "{{" not in PAGE
    for kind in TAGGED:
        assert f"`{tag(kind)}` ({kind.__name__})\n" in PAGE
    for route in ROUTES:
        assert f"| `{route.method} {route.path}" in PAGE


def test_tables_are_whole() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|")]
    assert len(rows) > 300
    assert [row for row in rows if not row.endswith("|")] == []
