"""Whether the files made from the declarations are those that would be made now."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Named here too, so that a generator that has lost one of its files is noticed.
GENERATED = ("docs/protocol.md", "docs/openapi.json", "web/src/contract.gen.ts")


def main() -> int:
    """Ask the generator, and make sure that there was something to ask about."""
    lost = [name for name in GENERATED if not (ROOT / name).is_file()]
    for name in lost:
        sys.stdout.write(f"{name} is missing: run `make contract`\n")
    status = subprocess.run([sys.executable, "-m", "server.contractgen", "--check"], cwd=ROOT, check=False).returncode
    if status or lost:
        return 1
    sys.stdout.write(f"{len(GENERATED)} generated files are fresh\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
