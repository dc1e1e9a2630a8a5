"""The demo's settings and secrets, and what is printed when it is open."""

from pathlib import Path

import pytest

from server.demo.keyring import Keyring
from server.demo.opening import announcement, demo_settings, forget, network_address, on_port
from server.settings import LogLevel, Settings

KEYRING = Keyring("a secret that is long enough for a demo")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """What an operator may have set for another server."""
    return Settings(
        data_dir=tmp_path,
        database_url="postgresql://somewhere/else",
        public_url="https://talk.example.org",
        allowed_origins=("https://talk.example.org",),
    )


def test_each_secret_is_another_and_the_same_each_time() -> None:
    secrets = [KEYRING.link("Wren"), KEYRING.link("Ruth Adeyemi"), KEYRING.token("Wren"), KEYRING.invitation]
    assert len(set(secrets)) == 4
    assert all(len(secret) == 32 for secret in secrets)
    again = Keyring("a secret that is long enough for a demo")
    assert again.link("Wren") == KEYRING.link("Wren")
    assert Keyring("another secret, as long as the first one").link("Wren") != KEYRING.link("Wren")


def test_the_demo_touches_nothing_of_another_server(settings: Settings, tmp_path: Path) -> None:
    demo = demo_settings(settings, lan=False)
    assert demo.sqlite_path == tmp_path / "demo" / "hearth.db"
    assert (demo.host, demo.public_url, demo.secure) == ("127.0.0.1", "", False)
    assert demo.log_level is LogLevel.WARNING


def test_a_log_level_that_was_asked_for_stays(tmp_path: Path) -> None:
    asked = Settings(data_dir=tmp_path, log_level=LogLevel.INFO)
    assert demo_settings(asked, lan=False).log_level is LogLevel.INFO


def test_each_of_the_three_may_connect_from_a_name_of_their_own(settings: Settings) -> None:
    demo = on_port(demo_settings(settings, lan=False), 8123, network=None)
    assert {f"http://{name}.localhost:8123" for name in ("wren", "ruth", "priya")} < demo.origins
    assert not any("example" in origin for origin in demo.origins)
    assert demo.address == "http://localhost:8123"


def test_on_the_network_its_address_may_connect_and_links_lead_there(settings: Settings) -> None:
    demo = on_port(demo_settings(settings, lan=True), 8123, network="192.168.1.7")
    assert demo.host == "0.0.0.0"  # noqa: S104 - what was asked for
    assert "http://192.168.1.7:8123" in demo.origins
    printed = announcement(demo, KEYRING, network="192.168.1.7")
    assert f"http://192.168.1.7:8123/join/{KEYRING.invitation}" in printed
    assert "█" in printed


def test_without_a_network_no_picture_is_printed(settings: Settings) -> None:
    printed = announcement(on_port(settings, 8123, network=None), KEYRING, network=None)
    assert "█" not in printed
    assert f"http://wren.localhost:8123/in/{KEYRING.link('Wren')}#/c/through-my-eyes/r/waiting-well" in printed


def test_an_address_in_the_network_is_none_of_this_machine_alone() -> None:
    found = network_address()
    assert found is None or not found.startswith("127.")


def test_forgetting_takes_what_stands_beside_the_database(tmp_path: Path) -> None:
    for name in ("hearth.db", "hearth.db-wal", "hearth.db-shm", "secret_key"):
        (tmp_path / name).touch()
    forget(tmp_path / "hearth.db")
    assert [file.name for file in tmp_path.iterdir()] == ["secret_key"]
