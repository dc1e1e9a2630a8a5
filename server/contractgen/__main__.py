"""`python -m server.contractgen` writes the generated files; with `--check` it names those that are stale."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from server.contractgen.openapi import openapi
from server.contractgen.protocol import protocol
from server.contractgen.typescript import typescript

ROOT = Path(__file__).resolve().parents[2]

FILES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "web/src/contract.gen.ts": typescript,
        "docs/protocol.md": protocol,
        "docs/openapi.json": openapi,
    }
)


def stale(root: Path) -> list[str]:
    """The generated files under `root` that are missing or differ from what the declarations say now."""
    return [name for name, write in FILES.items() if not is_current(root / name, write())]


def is_current(path: Path, text: str) -> bool:
    """Whether the file at `path` holds exactly `text`."""
    return path.is_file() and path.read_bytes() == text.encode()


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` say which are stale; 1 when any is."""
    if arguments == ["--check"]:
        names = stale(ROOT)
        for name in names:
            sys.stderr.write(f"{name} is stale: run `make contract`\n")
        return 1 if names else 0
    if arguments:
        sys.stderr.write("usage: python -m server.contractgen [--check]\n")
        return 2
    for name, write in FILES.items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(write().encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
