"""The direction of imports: `rooms` imports nobody, the four in the middle only `rooms`, and nobody goes round."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
MIDDLE = ("community", "presence", "moderation", "stories")
PACKAGES = ("rooms", *MIDDLE, "server")
MAY_IMPORT = {"rooms": set[str](), **{name: {"rooms"} for name in MIDDLE}, "server": {"rooms", *MIDDLE}}
DRIVERS = {"sqlalchemy", "sqlmodel", "sqlite3", "psycopg", "psycopg_pool", "redis", "aiosqlite", "starlette", "uvicorn"}


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def _modules() -> dict[str, Path]:
    paths = [path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


MODULES = _modules()


@pytest.mark.parametrize("package", [name for name in PACKAGES if (ROOT / name).is_dir()])
def test_a_package_imports_only_what_stands_below_it(package: str) -> None:
    mine = {name: path for name, path in MODULES.items() if name.split(".")[0] == package}
    assert mine
    for name, path in mine.items():
        ours = {module.split(".")[0] for module in _imports(path)} & set(PACKAGES)
        assert ours <= MAY_IMPORT[package] | {package}, name


@pytest.mark.parametrize("package", [name for name in ("rooms", *MIDDLE) if (ROOT / name).is_dir()])
def test_rules_know_no_clock_no_chance_no_driver_and_do_not_wait(package: str) -> None:
    for name, path in MODULES.items():
        if name.split(".")[0] != package:
            continue
        roots = {module.split(".")[0] for module in _imports(path)}
        assert not roots & (DRIVERS | {"asyncio", "time", "random", "secrets", "datetime", "threading"}), name
        waits = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.AsyncFunctionDef)]
        assert not waits, name


def test_no_imports_go_round_in_a_circle() -> None:
    graph = {
        name: {module for module in _top_level(path) if module in MODULES and module != name}
        for name, path in MODULES.items()
    }
    done: set[str] = set()
    for start in graph:
        _walk(start, graph, done, trail=[])
    assert done == set(graph)


def _top_level(path: Path) -> set[str]:
    """What is imported while the module loads; `from package import module` names the module too."""
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (names & MODULES.keys()) or {node.module}
    return found


def _walk(name: str, graph: dict[str, set[str]], done: set[str], *, trail: list[str]) -> None:
    assert name not in trail, " → ".join([*trail[trail.index(name) :], name])
    if name in done:
        return
    for below in sorted(graph[name]):
        _walk(below, graph, done, trail=[*trail, name])
    done.add(name)
