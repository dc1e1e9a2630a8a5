"""The demo's own database and settings, and what is printed when it is open."""

import socket
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from pathlib import Path

import segno
from pydantic import SecretStr

from server.database.ports import Database
from server.demo.cast import COMMUNITY_SLUG, GUISES, LIVING_ROOM, STATED, speakers
from server.demo.doors_sql import open_doors
from server.demo.house import build_house
from server.demo.keyring import Keyring
from server.door.minting_sql import Place, find_place
from server.settings import KEPT_MAIL, LogLevel, Settings
from server.voice import Pass

FOLDER = "demo"
# Straight on into the room where the conversation is.
_ONWARD = f"#/c/{COMMUNITY_SLUG}/r/{LIVING_ROOM}"
# Whoever tries things out should not wait for tabs to be sent elsewhere.
_DRAIN_S = 0.5


def demo_settings(settings: Settings, *, lan: bool) -> Settings:
    """The settings with a database of the demo's own; with `lan`, for the network that this machine is in."""
    folder = settings.data_dir / FOLDER
    changes: dict[str, object] = {
        "data_dir": folder,
        "database_url": f"sqlite:///{folder / 'hearth.db'}",
        "backup_dir": folder / "backups",
        "secret_key": SecretStr(""),
        "mail_url": SecretStr(KEPT_MAIL),
        "redis_url": "",
        "public_url": "",
        "allowed_origins": (),
        "trusted_proxies": (),
        "drain_s": _DRAIN_S,
    }
    if lan:
        changes["host"] = "0.0.0.0"  # noqa: S104 - that is what was asked for
    if "log_level" not in settings.model_fields_set:
        # The links are what should be seen on the terminal.
        changes["log_level"] = LogLevel.WARNING
    return settings.model_copy(update=changes)


def on_port(settings: Settings, port: int, *, network: str | None) -> Settings:
    """The settings once the port is known: each guise's own name may connect, and the network's address."""
    names = ["localhost", "127.0.0.1", "[::1]", *(f"{guise.host}.localhost" for guise in GUISES)]
    address = f"http://{network}:{port}" if network else ""
    origins = [*(f"http://{name}:{port}" for name in names), *([address] if address else [])]
    return settings.model_copy(update={"port": port, "allowed_origins": tuple(origins), "public_url": address})


def network_address() -> str | None:
    """This machine's address in the network it is in; None when it is in none."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe, suppress(OSError):
        # Sends nothing: connecting only finds out which way a packet would go. The address is kept for examples.
        probe.connect(("192.0.2.1", 9))
        address = str(probe.getsockname()[0])
        return None if address.startswith("127.") else address
    return None


def forget(path: Path) -> None:
    """Delete a database file and what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


async def furnish(database: Database, keyring: Keyring) -> None:
    """Fill the demo's empty database, seen from now."""
    await build_house(database, keyring, datetime.now().astimezone())


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the company meets, and what lets them in."""

    place: Place
    passes: dict[str, Pass]


async def unlock(database: Database, keyring: Keyring) -> Doors:
    """Make sure that the script's people and whoever tries the demo out can come in."""
    passes = {name: Pass(person=keyring.person(name), name=name, token=keyring.token(name)) for name in speakers()}
    tokens = [(one.person, one.token) for one in passes.values()]
    links = [(keyring.person(guise.person), keyring.link(guise.person)) for guise in GUISES]
    await database.write(lambda: open_doors(tokens, links))
    return Doors(await find_place(database, LIVING_ROOM, COMMUNITY_SLUG), passes)


def announcement(settings: Settings, keyring: Keyring, *, network: str | None) -> str:
    """What is printed when the demo is open: a link for each guise, and one for anybody."""
    own = f"http://localhost:{settings.port}"
    width = max(len(guise.says) for guise in GUISES)
    guises = [
        f"  {guise.says:<{width}}  http://{guise.host}.localhost:{settings.port}/in/{keyring.link(guise.person)}{_ONWARD}"
        for guise in GUISES
    ]
    lines = [
        f"{STATED.name} is open at {own}",
        "",
        "Be one of these, each in a tab of its own:",
        *guises,
        "",
        f"Or come in under a name of your own: {own}/join/{keyring.invitation}",
        *(_on_the_network(settings, keyring) if network else []),
        "",
        "Ctrl+C stops it. Starting again goes on where it stopped; --fresh begins anew.",
    ]
    return "\n".join(lines)


def _on_the_network(settings: Settings, keyring: Keyring) -> list[str]:
    link = f"{settings.address}/join/{keyring.invitation}"
    picture = StringIO()
    segno.make(link).terminal(out=picture, compact=True)
    return ["", f"On this network, from any phone: {link}", "", picture.getvalue().rstrip("\n")]
