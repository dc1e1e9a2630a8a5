"""Writes `docs/openapi.json`: the REST routes as OpenAPI 3.1, their bodies and answers as JSON Schema."""

import json
from typing import Any, TypeAlias

from msgspec import Struct
from msgspec.json import schema_components

from server.api import Problem
from server.contractgen.parameters import names_in, parameter
from server.contractgen.rest_meanings import PARAMETERS, rest_meaning
from server.contractgen.shapes import UNIONS, docstring, is_struct, reach, shapes
from server.contractgen.typescript import rest
from server.routes import ROUTES, Route
from server.wire import CONTRACT, ServerItem

# The session cookie where people come over https.
COOKIE = "__Host-hearth"

REFERENCE = "#/components/schemas/{name}"
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
LICENSE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
ABOUT = """\
Coming in, lists, history, and what hosts and keepers set up. What happens while people talk comes over the live
connection, which `protocol.md` describes together with the words, codes and rights that both share.

A request that changes something must bring a bearer token, or `X-Hearth: 1` and, where the browser sends an `Origin`,
exactly one of the server's own.
"""
SCHEMES = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "What a browser sends. Over plain http, on one's own machine, the cookie's name is `hearth`.",
    },
    "marked": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Hearth",
        "description": "Always `1`. Another site's page can't set it, so it shows that the request is the page's own. "
        "An `Origin`, where there is one, must be exactly one of the server's own.",
    },
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "What a program sends: the value of the session cookie. Neither `Origin` nor `X-Hearth` is "
        "looked at then.",
    },
}

# A piece of the document: JSON, which has no narrower type worth writing.
Json: TypeAlias = dict[str, Any]


def openapi() -> str:
    """The whole document."""
    paths: dict[str, Json] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = operation(route)
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Hearth", "version": str(CONTRACT), "description": ABOUT, "license": LICENSE},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": components(), "responses": {"Problem": problem()}, "securitySchemes": SCHEMES},
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def operation(route: Route) -> Json:
    """One route."""
    said: Json = {"operationId": route.name, "summary": route.summary, "security": security(route)}
    if asked := [*map(in_path, names_in(route.path)), *map(in_query, route.query)]:
        said["parameters"] = asked
    if route.body is not None:
        said["requestBody"] = {"required": True, "content": as_json(schema_of(route.body))}
    said["responses"] = {
        "200": {"description": "Done.", "content": as_json(answer(route))},
        "4XX": {"$ref": "#/components/responses/Problem"},
        "5XX": {"$ref": "#/components/responses/Problem"},
    }
    return said


def security(route: Route) -> list[Json]:
    """What a request must bring: a cookie, marked where it changes something; or a token; or, where open, neither."""
    marked: Json = {"marked": []} if route.method in UNSAFE else {}
    stranger = [marked] if route.open else []
    return [{"session": [], **marked}, {"bearer": []}, *stranger]


def in_path(name: str) -> Json:
    """A parameter that stands in the path."""
    return {"name": name, "in": "path", "required": True, **meant(name)}


def in_query(name: str) -> Json:
    """A parameter that stands in the query, or doesn't."""
    return {"name": name, "in": "query", "required": False, **meant(name)}


def meant(name: str) -> Json:
    """What a parameter is, in words and as a schema."""
    return {"description": PARAMETERS[name], "schema": schema_of(parameter(name))}


def answer(route: Route) -> Json:
    """What a route gives; a bare list is one of server items."""
    if route.answer is list:
        return {"type": "array", "items": {"$ref": REFERENCE.format(name="ServerItem")}}
    return schema_of(route.answer)


def schema_of(hint: object) -> Json:
    """`hint` as a schema, by reference where it has a name."""
    (schema,), _ = schema_components([hint], ref_template=REFERENCE)
    return schema


def as_json(schema: Json) -> Json:
    """A body or answer of this form."""
    return {"application/json": {"schema": schema}}


def problem() -> Json:
    """Every answer that says no."""
    content = {"application/problem+json": {"schema": schema_of(Problem)}}
    return {"description": "It was not done; `code` says why.", "content": content}


def components() -> Json:
    """Every named form, and the unions by their names."""
    kinds = [kind for root in (*rest(), ServerItem) for kind in reach(root) if isinstance(kind, type)]
    _, found = schema_components([kind for kind in kinds if kind is not list], ref_template=REFERENCE)
    for kind in filter(is_struct, kinds):
        found[kind.__name__] = told(kind, found[kind.__name__])
    unions = {name: schema_of(UNIONS[name]) for name in ("LiveCommand", "AnyEvent", "AnySignal", "ServerItem")}
    return dict(sorted({**{name: by_name(schema, unions) for name, schema in found.items()}, **unions}.items()))


def told(kind: type[Struct], schema: Json) -> Json:
    """The schema of `kind` with what an encoder always writes as required, also where it has a default."""
    fields = {shape.name: shape for shape in shapes(kind)}
    gaps = {name for name, shape in fields.items() if shape.absent}
    properties = {
        name: {**asked, "description": rest_meaning(kind, fields[name])} if name in fields else asked
        for name, asked in schema["properties"].items()
    }
    return {
        **schema,
        "properties": properties,
        "description": docstring(kind),
        "required": [name for name in properties if name not in gaps],
    }


def by_name(schema: Any, unions: Json) -> Any:
    """`schema` with the unions that it spells out put by their names."""
    for name, union in unions.items():
        if schema == union:
            return {"$ref": REFERENCE.format(name=name)}
    if isinstance(schema, dict):
        return {key: by_name(value, unions) for key, value in schema.items()}
    return [by_name(value, unions) for value in schema] if isinstance(schema, list) else schema
