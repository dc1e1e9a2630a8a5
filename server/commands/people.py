"""`hearth people`: what an operator does for people.

`link` lets someone in who lost every device; `mint` makes members for load tests.
"""

import asyncio
from typing import Annotated, NamedTuple

import typer

from server.commands.common import PROGRAM, expect_database, safe_settings, stop
from server.commands.mint import mint
from server.database.ports import Database, Row, Say, Work
from server.settings import Settings

people = typer.Typer(name="people", help="What an operator does for people.", no_args_is_help=True)

people.command()(mint)

PersonOption = Annotated[str | None, typer.Option("--person", help="The person's id.")]
NameOption = Annotated[str | None, typer.Option("--name", help="The name they are shown by.")]
# Nobody picks from a longer list.
_LISTED = 20


class Someone(NamedTuple):
    """A member, as an operator tells them from others of the name."""

    person: str
    name: str
    community: str


@people.command()
def link(*, person: PersonOption = None, name: NameOption = None) -> None:
    """Print a link that signs one person in, once, within a day. Also while the server runs."""
    settings = safe_settings()
    if (person is None) == (name is None):
        stop("Say who: --person ID, or --name NAME.", status=2)
    if settings.sqlite_path is not None and not settings.sqlite_path.exists():
        stop(f"There is no database at {settings.sqlite_path}.")
    expect_database(settings)
    typer.echo(asyncio.run(_link(settings, person=person, name=name)))


async def _link(settings: Settings, *, person: str | None, name: str | None) -> str:
    from rooms.ids import PersonId
    from server.database.opened import opened
    from server.door.keys import chain_of
    from server.door.links_sql import make_sign_in_link

    async with opened(settings) as database:
        one = _the_one(await _found(database, person=person, name=name), person or name or "")
        return settings.address + await make_sign_in_link(database, chain_of(settings), PersonId(one.person))


async def _found(database: Database, *, person: str | None, name: str | None) -> list[Someone]:
    from community.names import name_key

    if person is not None:
        return await database.read(lambda: _members("person", person))
    return await database.read(lambda: _members("name_key", name_key(name or "")))


def _members(column: str, value: str) -> Work[list[Someone]]:
    rows: list[Row]
    [rows] = yield [
        Say(
            "SELECT m.person, m.name, c.slug FROM member m JOIN community c ON c.id = m.community"  # noqa: S608 - ours
            f" WHERE m.left_ms IS NULL AND m.{column} = ? ORDER BY c.slug, m.person LIMIT ?",
            (value, _LISTED),
        ),
    ]
    return [Someone(*row) for row in rows]


def _the_one(found: list[Someone], asked: str) -> Someone:
    if not found:
        stop(f"There is no member {asked}.")
    if len({one.person for one in found}) > 1:
        lines = [f"  {PROGRAM} people link --person {one.person}   ({one.name}, in {one.community})" for one in found]
        stop("\n".join([f"Several people are called {asked}. Which one?", *lines]))
    return found[0]
