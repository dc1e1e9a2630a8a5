"""House rules that no tool knows: how long files and functions are, and what a lock file holds."""

import ast
import io
import os
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 60

SOURCE = frozenset({".py", ".ts", ".tsx", ".js", ".mjs", ".css", ".html", ".sh"})
NOT_OURS = frozenset({"node_modules", "dist", "__pycache__"})
GENERATED = frozenset({"web/src/contract.gen.ts"})
# A migration is a list of changes, written by a tool and never changed again: its length says nothing.
LISTS = "migrations/versions/"

SILENT = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT})

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(root: Path) -> Iterator[Path]:
    """Every source file that somebody wrote."""
    for folder, inner, names in os.walk(root):
        # Not even entered: what npm and the build make are thousands of files.
        inner[:] = sorted(name for name in inner if name not in NOT_OURS and not name.startswith("."))
        for path in (Path(folder, name) for name in sorted(names)):
            if path.suffix in SOURCE and path.relative_to(root).as_posix() not in GENERATED:
                yield path


def code_lines(text: str) -> set[int]:
    """The lines that hold code: neither empty, nor comment, nor docstring."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in SILENT:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (Function, ast.ClassDef, ast.Module)) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            lines.difference_update(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    return lines


def functions(text: str) -> Iterator[tuple[str, int, int]]:
    """Each function's name, first line and number of lines of code, from `def` to its end."""
    lines = code_lines(text)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, Function):
            inside = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            yield node.name, node.lineno, len(lines.intersection(inside))


def long_files(files: list[Path]) -> Iterator[str]:
    """A complaint for each file that has become the product."""
    for path in files:
        count = len(path.read_text().splitlines())
        if count > MAX_FILE_LINES:
            yield f"{path.relative_to(ROOT)}: {count} lines, at most {MAX_FILE_LINES}; split it by what it speaks of"


def long_functions(files: list[Path]) -> Iterator[str]:
    """A complaint for each Python function that does too much."""
    for path in files:
        for name, line, count in functions(path.read_text()):
            if count > MAX_FUNCTION_LINES:
                where = f"{path.relative_to(ROOT)}:{line}"
                yield f"{where}: {name} has {count} lines of code, at most {MAX_FUNCTION_LINES}"


def pins(lock: Path) -> dict[str, str]:
    """The packages a requirements file pins, each with its version (or versions, by platform)."""
    found: dict[str, str] = {}
    for name, version in re.findall(r"^([\w.\[\]-]+)==([\w.+!-]+)", lock.read_text(), re.MULTILINE):
        found[name] = f"{found[name]} {version}" if name in found else version
    return found


def loose_locks(locks: list[Path]) -> Iterator[str]:
    """A complaint for each lock that names an address, or pins something without a hash."""
    for lock in locks:
        text = lock.read_text()
        if "://" in text or '"resolved"' in text:
            yield f"{lock.name}: names an address; locks must install from whatever index a machine is set up for"
        if lock.suffix == ".lock" and any(
            "--hash=" not in entry for entry in re.split(r"\n(?=\S)", text.strip()) if "==" in entry
        ):
            yield f"{lock.name}: pins a package without its hash"


def unlike_pins() -> Iterator[str]:
    """A complaint for each package that is tested in another version than it is run with."""
    run, tested = pins(ROOT / "requirements.lock"), pins(ROOT / "requirements-dev.lock")
    for name, version in run.items():
        if tested.get(name) != version:
            yield f"requirements-dev.lock: {name} {tested.get(name)}, requirements.lock: {version}; run `make lock`"


def main() -> int:
    """Print what is wrong, else how much was looked at; 1 when something is."""
    files = list(sources(ROOT))
    python = [path for path in files if path.suffix == ".py" and LISTS not in path.as_posix()]
    locks = sorted(ROOT.glob("requirements*.lock"))
    complaints = [*long_files(files), *long_functions(python), *loose_locks(locks), *unlike_pins()]
    for complaint in complaints:
        sys.stdout.write(f"{complaint}\n")
    count = sum(1 for path in python for _ in functions(path.read_text()))
    sys.stdout.write(f"{len(files)} files, {count} functions, {len(locks)} locks\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
