"""Writes the browser's types, `web/src/contract.gen.ts`, laid out as prettier would."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from types import NoneType
from typing import NewType

import rooms.rights
from rooms.commands import MENTIONS_LIMIT, TEXT_LIMIT, LiveCommand, Reaction
from rooms.contract import Code
from rooms.rights import RIGHTS, Deed, Role, Rule
from server import wire
from server.api import Problem
from server.contractgen.parameters import names_in, parameter
from server.contractgen.shapes import (
    UNIONS,
    Hint,
    bare,
    docstring,
    form,
    is_struct,
    is_union,
    members,
    parts,
    reach,
    shapes,
    tag,
    union_name,
)
from server.routes import ROUTES, Route

WIDTH = 120
PLAIN = {str: "string", bool: "boolean", int: "number", float: "number", NoneType: "null"}
HEAD = """\
// Generated from the Python declarations by `python -m server.contractgen`. Do not edit.
//
// A field with `?` may be absent on the wire and then has its default; where null is allowed, absent means null.
"""
CALLS = """\
/** The parts that a route's caller may give. */
export interface RouteParts {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: object;
}
export type RouteName = keyof Routes;
export type RouteAsk<N extends RouteName> = Routes[N]["ask"];
export type RouteAnswer<N extends RouteName> = Routes[N]["answer"];
/** What `api(name, …)` takes after the name: nothing where a route takes nothing. */
export type RouteArgs<N extends RouteName> =
  Record<never, never> extends RouteAsk<N> ? [ask?: RouteAsk<N>] : [ask: RouteAsk<N>];
"""


def typescript() -> str:
    """The whole file."""
    seen: set[str] = set()
    ids = [kind for root in (*asked(), *sent(), *rest()) for kind in reach(root) if isinstance(kind, NewType)]
    sections = (
        ("Constants", constants()),
        ("Ids", declared(ids, seen)),
        ("Enums and rights", declared((Role, Deed, Code, Rule), seen)),
        ("", rights()),
        ("What a client sends", declared(asked(), seen)),
        ("What a server sends", declared(sent(), seen)),
        ("Unions, told apart by `t`", unions()),
        ("REST", declared(rest(), seen)),
        ("", routes()),
    )
    blocks = (f"// {title}\n\n{''.join(lines).lstrip()}" if title else "".join(lines) for title, lines in sections)
    return "\n".join((HEAD, *blocks))


def asked() -> Iterable[Hint]:
    """Everything a client frame or a poll may hold."""
    return (*members(LiveCommand), wire.Ask, wire.Poll)


def sent() -> Iterable[Hint]:
    """Everything a server frame may hold."""
    return (*members(wire.AnyEvent), *members(wire.AnySignal), *members(wire.ServerItem))


def rest() -> Iterable[Hint]:
    """Everything a route takes or gives."""
    for route in ROUTES:
        yield from (kind for kind in (route.body, route.answer) if kind is not None)
    yield Problem


def constants() -> Iterator[str]:
    """The numbers and lists that both sides go by."""
    yield f"export const CONTRACT = {wire.CONTRACT};\n"
    yield f'export const SUBPROTOCOL_JSON = "{wire.SUBPROTOCOL_JSON}";\n'
    yield f'export const SUBPROTOCOL_MSGPACK = "{wire.SUBPROTOCOL_MSGPACK}";\n'
    yield comment("The longest message, in code points after NFC.")
    yield f"export const TEXT_LIMIT = {TEXT_LIMIT};\n"
    yield f"export const MENTIONS_LIMIT = {MENTIONS_LIMIT};\n"
    yield comment("4400 to 4499: do not come back by yourself. 4500 to 4599: come back with your cursors.")
    yield "export const CLOSE = {\n"
    yield from (f"  {name}: {code:d},\n" for name, code in closes().items())
    yield "} as const;\n"
    yield listed("REACTIONS", Reaction)
    yield listed("CODES", Code)


def closes() -> dict[str, int]:
    """The close codes by their declared names."""
    return {name: value for name, value in vars(wire).items() if isinstance(value, wire.Close)}


def listed(name: str, kind: type[StrEnum]) -> str:
    """A list of everything in `kind`, in its order."""
    return flow(f"export const {name}: readonly {kind.__name__}[] = [", [f'"{value}"' for value in kind], "];")


def rights() -> Iterator[str]:
    """The table of rights, its sets of roles by the names they are declared with."""
    names = {value: name for name, value in vars(rooms.rights).items() if isinstance(value, frozenset)}
    for roles, name in names.items():
        text = ", ".join(f'"{role}"' for role in Role if role in roles)
        yield f"export const {name}: readonly Role[] = [{text}];\n"
    yield comment("Who may do what: the table that the server refuses by.")
    yield "export const RIGHTS: Readonly<Record<Deed, Rule>> = {\n"
    for deed, rule in RIGHTS.items():
        values = ((shape.name, getattr(rule, shape.name)) for shape in shapes(Rule))
        said = [
            f"{name}: {names[value] if isinstance(value, frozenset) else str(value).lower()}" for name, value in values
        ]
        yield flow(f'  "{deed}": {{ ', said, " },", indent=4)
    yield "};\n"


def unions() -> Iterator[str]:
    """The registries; a larger one in the words of the smaller ones where they make it up."""
    smaller: dict[str, frozenset[type]] = {}
    for name, union in UNIONS.items():
        classes = frozenset(members(union))
        within = [other for other, held in smaller.items() if held < classes]
        whole = classes == frozenset[type]().union(*(smaller[other] for other in within))
        yield alternatives(name, within if whole else [kind.__name__ for kind in members(union)])
        smaller[name] = classes


def declared(roots: Iterable[Hint], seen: set[str]) -> Iterator[str]:
    """Each type that `roots` lead to, once, those it needs before it."""
    for kind in (kind for root in roots for kind in reach(root)):
        if kind.__name__ not in seen:
            seen.add(kind.__name__)
            # A blank line before what says something of itself.
            yield declaration(kind) if isinstance(kind, NewType) else f"\n{declaration(kind)}"


def declaration(kind: Hint) -> str:
    """One type."""
    if isinstance(kind, NewType):
        return f"export type {kind.__name__} = {type_text(kind.__supertype__)};\n"
    if is_struct(kind):
        return interface(kind)
    if issubclass(kind, StrEnum):
        return comment(docstring(kind)) + alternatives(kind.__name__, [f'"{value}"' for value in kind])
    raise TypeError(f"no TypeScript is known for {kind}")


def interface(kind: Hint) -> str:
    """One class, with its tag where it has one."""
    lines = [] if tag(kind) is None else [f'  readonly t: "{tag(kind)}";\n']
    lines += [f"  readonly {each.name}{'?' if each.absent else ''}: {type_text(each.hint)};\n" for each in shapes(kind)]
    return f"{comment(docstring(kind))}export interface {kind.__name__} {{\n{''.join(lines)}}}\n"


def type_text(hint: Hint, readonly: str = "readonly ") -> str:
    """`hint` in TypeScript; with `readonly` empty, in the shorter form that tables for people use."""
    hint = bare(hint)
    if hint in PLAIN:
        return PLAIN[hint]
    if is_union(hint):
        return union_name(hint) or " | ".join(type_text(part, readonly) for part in parts(hint))
    if form(hint) is None:
        return str(hint.__name__)
    if form(hint) is dict:
        return record_text(hint, readonly)
    if form(hint) not in {tuple, list, frozenset}:
        raise TypeError(f"no TypeScript is known for {hint}")
    (item,) = parts(hint)
    text = type_text(item, readonly)
    return f"{readonly}({text})[]" if " " in text else f"{readonly}{text}[]"


def record_text(hint: Hint, readonly: str) -> str:
    """A table from one type to another."""
    key, value = parts(hint)
    record = f"Record<{type_text(key)}, {type_text(value, readonly)}>"
    # A table by an enum need not hold all of it.
    record = f"Partial<{record}>" if isinstance(bare(key), type) and issubclass(bare(key), StrEnum) else record
    return f"Readonly<{record}>" if readonly else record


def routes() -> Iterator[str]:
    """The routes: what each takes and gives, and where it is."""
    yield comment("What each route takes and gives.")
    yield "export interface Routes {\n"
    yield from (route_type(route) for route in ROUTES)
    yield f"}}\n{CALLS}"
    yield "export interface Route {\n"
    methods = dict.fromkeys(f'"{route.method}"' for route in ROUTES)
    yield f"  readonly method: {' | '.join(methods)};\n"
    yield "  readonly path: string;\n}\n"
    yield "export const ROUTES: Readonly<Record<RouteName, Route>> = {\n"
    yield from (f'  {route.name}: {{ method: "{route.method}", path: "{route.path}" }},\n' for route in ROUTES)
    yield "};\n"


def route_type(route: Route) -> str:
    """One route: `params` stand in its path; what it does not take may not be given."""
    params = [f"readonly {name}: {type_text(parameter(name))}" for name in names_in(route.path)]
    query = [f"readonly {name}?: {type_text(parameter(name))}" for name in route.query]
    asked = [
        f"params: {{ {'; '.join(params)} }}" if params else "params?: never",
        f"query?: {{ {'; '.join(query)} }}" if query else "query?: never",
        f"body: {type_text(route.body)}" if route.body else "body?: never",
    ]
    ask = flow("    readonly ask: { ", [f"readonly {part}" for part in asked], " };", indent=6, mark=";")
    answer = f"    readonly answer: {answer_text(route)};\n"
    return f"{comment(route.summary, 2)}  readonly {route.name}: {{\n{ask}{answer}  }};\n"


def answer_text(route: Route) -> str:
    """What a route gives; a bare list is one of server items."""
    return "readonly ServerItem[]" if route.answer is list else type_text(route.answer)


def alternatives(name: str, options: list[str]) -> str:
    """A union under its name, on one line where it fits."""
    start, line = f"export type {name} =", f" {' | '.join(options)};\n"
    if len(start + line) <= WIDTH + 1:
        return start + line
    if len(line) <= WIDTH:
        return f"{start}\n {line}"
    return f"{start}\n" + "\n".join(f"  | {each}" for each in options) + ";\n"


def flow(start: str, items: list[str], end: str, *, indent: int = 2, mark: str = ",") -> str:
    """`items` on one line where they fit, else one on each."""
    line = f"{start}{f'{mark} '.join(items)}{end}\n"
    if len(line) <= WIDTH + 1:
        return line
    lines = "".join(f"{' ' * indent}{item}{mark}\n" for item in items)
    return f"{start.rstrip()}\n{lines}{' ' * (indent - 2)}{end.strip()}\n"


def comment(text: str, indent: int = 0) -> str:
    """`text` as the comment that editors show."""
    pad = " " * indent
    if not text:
        return ""
    text = re.sub(r"\*/", "* /", text)
    if "\n" not in text:
        return f"{pad}/** {text} */\n"
    lines = "".join(f"{pad} * {line}".rstrip() + "\n" for line in text.split("\n"))
    return f"{pad}/**\n{lines}{pad} */\n"
