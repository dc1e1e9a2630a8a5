"""`hearth audit`: what an operator asks of what was written down of privileged acts."""

import asyncio
import re
from functools import partial
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from server.commands.common import expect_database, read_settings, stop
from server.settings import Settings

if TYPE_CHECKING:
    from rooms.audit import Entry, Walk
    from server.audit_sql import Chain, Kept
    from server.database.ports import Database

audit = typer.Typer(name="audit", help="What keepers, hosts, moderators and operators did.", no_args_is_help=True)

First = Annotated[
    int | None,
    typer.Option(min=1, help="So many acts of a chain had the lost key; those after them have the one set here."),
]
Anchors = Annotated[
    list[str] | None,
    typer.Option("--anchor", help="[COMMUNITY:]COUNT:HEAD of a line `audit.end` of the log, as often as you have any."),
]

_ANCHOR = re.compile(r"(?:(?P<community>[A-Za-z0-9-]+):)?(?P<count>\d{1,15}):(?P<head>[0-9a-f]{64})")
# The first faults say where to look; thousands more would say the same.
_SHOWN = 5


class Anchor(NamedTuple):
    """How a chain stood once, as somebody has kept it apart. `community` is an id or an address, or left out."""

    community: str
    acts: int
    head: str


@audit.command()
def verify(anchor: Anchors = None) -> None:
    """Go along the chain of every community's acts and say what does not fit. Also while the server runs.

    Ends with 1 when something was changed, removed or put in. What was taken from the end shows by an anchor alone.
    """
    settings = _ready()
    anchors = [_read(one) for one in anchor or []]
    lines, wrong = asyncio.run(_verify(settings, anchors))
    for line in lines:
        typer.echo(line)
    if wrong:
        stop("\n".join(wrong))


@audit.command()
def new_key(first: First = None) -> None:
    """Say that HEARTH_SECRET_KEY is another now, as the one before is lost. Also while the server runs.

    Whatever was written down before can't be checked by anybody from then on. That this was said is an act itself.
    Where acts fit the key that is set here, it is no other, and what does not fit was changed: then nothing is said,
    and it ends with 1.
    """
    said, refused = asyncio.run(_new_key(_ready(), first))
    if said:
        typer.echo(f"Said in {', '.join(said)}. From here on `hearth audit verify` checks what follows.")
    if refused:
        stop("\n".join(refused))
    if not said:
        stop("Every chain is as it was written, under the key that is set here. There is nothing to say.")


async def _new_key(settings: Settings, first: int | None) -> tuple[list[str], list[str]]:
    """In which communities it was said, and why not in others."""
    from rooms.audit import FIRST, OTHER_KEY, Act, What
    from server.audit_sql import ends, walked
    from server.database.opened import opened
    from server.door.keys import chain_of
    from server.settings import with_key

    chain = chain_of(with_key(settings))
    told: list[str] = []
    refused: list[str] = []
    async with opened(settings) as database:
        for one in await database.read(ends):
            walk, _ = await walked(database, chain, one.community)
            if not walk.faults:
                continue
            later = walk.unfit_to < walk.fits_from and walk.fits_from - 1 == first
            if walk.fits_from and not later:
                refused.append(f"{one.slug}: {_right_key(walk)}")
                continue
            act = Act(what=What.NEW_KEY, details={OTHER_KEY: True, **({FIRST: first} if later and first else {})})
            await database.write(partial(chain.write, one.community, [act]))
            told.append(one.slug)
    return told, refused


def _right_key(walk: "Walk") -> str:
    found = walk.faults[0]
    said = f"{_said(found.fault, found.number, walk)} The key is right: act {walk.fits_from} fits it."
    if walk.unfit_to >= walk.fits_from:
        return said
    return (
        f"{said} Only if you know that the server had another key up to act {walk.fits_from - 1}, and it is lost, add"
        f" --first {walk.fits_from - 1}."
    )


def _ready() -> Settings:
    """The settings of a server whose chains can be read."""
    from server.settings import kept_key

    settings = read_settings()
    if settings.sqlite_path is not None and not settings.sqlite_path.exists():
        stop(f"There is no database at {settings.sqlite_path}.")
    if kept_key(settings) is None:
        stop("HEARTH_SECRET_KEY is not set. The chain is sealed with it, so set the one the server has.")
    expect_database(settings)
    return settings


def _read(text: str) -> Anchor:
    found = _ANCHOR.fullmatch(text)
    if found is None:
        stop(f"{text} is no anchor. It looks so: COUNT:HEAD, as in 41:9f86d0… with 64 signs.", status=2)
    return Anchor(found["community"] or "", int(found["count"]), found["head"])


async def _verify(settings: Settings, anchors: list[Anchor]) -> tuple[list[str], list[str]]:
    """What is well, and what is wrong."""
    from server.audit_sql import ends
    from server.database.opened import opened
    from server.door.keys import chain_of
    from server.settings import with_key

    chain = chain_of(with_key(settings))
    async with opened(settings) as database:
        kept = await database.read(ends)
        meant = _by_community(anchors, kept)
        lines: list[str] = []
        wrong: list[str] = []
        for one in kept:
            well, ill = await _look(database, chain, one, anchors=meant[one.slug])
            (wrong if ill else lines).extend(ill or well)
    if not anchors and not wrong:
        lines.append("What was taken from the end of a chain, and a database rolled back as a whole, show by an")
        lines.append("anchor alone: add --anchor COUNT:HEAD from a line `audit.end` of the log.")
    return lines, wrong


def _by_community(anchors: list[Anchor], kept: "list[Kept]") -> dict[str, list[Anchor]]:
    meant: dict[str, list[Anchor]] = {one.slug: [] for one in kept}
    for anchor in anchors:
        found = [one for one in kept if anchor.community in {one.slug, str(one.community)}]
        if not anchor.community:
            found = kept
        if len(found) != 1:
            names = ", ".join(one.slug for one in kept) or "none"
            stop(f"Say of which community {anchor.acts}:{anchor.head} is, with its name in front: {names}.", status=2)
        meant[found[0].slug].append(anchor)
    return meant


async def _look(
    database: "Database", chain: "Chain", one: "Kept", *, anchors: list[Anchor]
) -> tuple[list[str], list[str]]:
    from rooms.audit import What
    from server.audit_sql import walked

    wanted = {anchor.acts for anchor in anchors}
    seals: dict[int, str] = {0: ""}
    restores: list[Entry] = []

    def seen(entry: "Entry") -> None:
        if entry.number in wanted:
            seals[entry.number] = entry.seal
        if entry.what == What.RESTORE:
            restores.append(entry)

    walk, _ = await walked(database, chain, one.community, seen=seen)
    wrong = [f"{one.slug}: {_said(found.fault, found.number, walk)}" for found in walk.faults[:_SHOWN]]
    if len(walk.faults) > _SHOWN:
        wrong.append(f"{one.slug}: and more, after these.")
    unlike = [anchor for anchor in anchors if seals.get(anchor.acts) != anchor.head]
    wrong += [f"{one.slug}: {_unlike(anchor, walk, restores)}" for anchor in unlike]
    return _well(one, walk, fitting=len(anchors)), wrong


def _well(one: "Kept", walk: "Walk", *, fitting: int) -> list[str]:
    if not walk.end.count:
        return [f"{one.slug}: nothing has been written down yet."]
    lines = [f"{one.slug}: {walk.end.count} acts are as they were written. Its end: {walk.end.count}:{walk.end.seal}"]
    if walk.foreign:
        lines.append(
            f"{one.slug}: the first {walk.foreign} were written under another key, and can't be checked any more."
        )
    if fitting:
        lines.append(f"{one.slug}: {fitting} anchors fit." if fitting > 1 else f"{one.slug}: the anchor fits.")
    return lines


def _said(fault: str, number: int, walk: "Walk") -> str:
    from rooms.audit import Fault

    if fault == Fault.MISSING:
        return f"acts are missing from number {number} on."
    if not walk.fits_from:
        return (
            f"act {number} was changed, or it was written under another HEARTH_SECRET_KEY than the one set here."
            " If that one is lost for good, say so: hearth audit new-key"
        )
    return f"act {number} was changed, put in or moved."


def _unlike(anchor: Anchor, walk: "Walk", restores: "list[Entry]") -> str:
    if anchor.acts > walk.end.count:
        said = f"the anchor tells of {anchor.acts} acts, and there are {walk.end.count}: some were taken from the end."
    else:
        said = f"act {anchor.acts} is another than the anchor tells of: the chain was written anew before it."
    if restores:
        said += (
            f" A backup was restored as act {restores[-1].number}: what had been done after the backup was made is not"
            " in it, and an anchor from between can't fit."
        )
    return said
