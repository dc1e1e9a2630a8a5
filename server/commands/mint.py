"""`hearth people mint`: new members with ready sessions, for load tests."""

import asyncio
import secrets
from typing import TYPE_CHECKING, Annotated

import typer

from server.commands.common import read_settings, stop
from server.settings import Settings

if TYPE_CHECKING:
    from server.door.minting_sql import Minted, Place

# No vowels, so that no name of a guest is ever a word; no letters that look like one another.
_LETTERS = "bcdfghjkmnpqrtwxz"
# More would be a mistake of a finger: ten times what a room is measured with.
_MOST = 20_000

RoomOption = Annotated[str, typer.Option("--room", help="The address of the room, as it stands after /r/.")]
CountOption = Annotated[int, typer.Option("--count", min=1, max=_MOST, help="How many.")]
CommunityOption = Annotated[
    str | None, typer.Option("--community", help="The address of the community, when several have such a room.")
]


def mint(*, room: RoomOption, count: CountOption, community: CommunityOption = None) -> None:
    """Make new members of a room and print a ready session for each, as a line of JSON. Not in production."""
    settings = read_settings()
    refuse_in_production(settings)
    for line in asyncio.run(_mint(settings, room, count=count, community=community)):
        typer.echo(line)


def refuse_in_production(settings: Settings) -> None:
    """Stop where people are real: nobody there wants members that nobody is."""
    if settings.production:
        stop(
            "HEARTH_ENV is production, and made-up members have no place among real ones.\n"
            "Use a server of its own for this, or ask people in with an invitation."
        )
    if settings.sqlite_path is not None and not settings.sqlite_path.exists():
        stop(f"There is no database at {settings.sqlite_path}. Start the server once, then try again.")


async def _mint(settings: Settings, room: str, *, count: int, community: str | None) -> list[str]:
    from server.database.opened import opened
    from server.database.ports import Contended, OutcomeUnknown, Unavailable
    from server.door.keys import chain_of
    from server.door.minting_sql import NoPlace, find_place, mint
    from server.door.sessions import Sessions
    from server.settings import with_key

    async with opened(settings) as database:
        try:
            place = await find_place(database, room, community)
            minted = await mint(database, place, guests(count), chain=chain_of(with_key(settings)))
        except NoPlace as error:
            stop(str(error))
        except (Unavailable, Contended, OutcomeUnknown) as error:
            stop(f"The database does not take them just now: {error}.")
        cookie = Sessions(database, secure=settings.secure).cookie
    return [_line(one, place, cookie) for one in minted]


def guests(count: int) -> list[str]:
    """Names that nobody has: a label made by chance, and a number each."""
    label = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return [f"Guest {label} {number:04}" for number in range(1, count + 1)]


def _line(one: "Minted", place: "Place", cookie: str) -> str:
    import msgspec

    return msgspec.json.encode(
        {
            "person": one.person,
            "name": one.name,
            "cookie": f"{cookie}={one.token}",
            "token": one.token,
            "room": place.room,
            "community": place.community,
            "path": f"/c/{place.community_slug}/r/{place.room_slug}",
        }
    ).decode()
