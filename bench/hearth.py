"""The server that a bench measures: the product as it is, with rates for people lifted, and a seeded database.

`python -m bench.hearth seed ROOMS MEMBERS` prints the seeded rooms and sessions as JSON; `… serve` serves, `… serve
unbatched` one event a frame.
"""

import asyncio
import json
import sys
from functools import partial

from community.commands import NewSession
from rooms.ids import CommunityId, PersonId, RoomId, community_stream, room_stream
from rooms.room import RoomState
from server.clock import new_id
from server.database.opened import opened
from server.database.ports import Each, Say, Work
from server.door.sessions import new_session
from server.door.sessions_sql import insert
from server.settings import Settings
from server.streams.ledger import open_stream, room_state_text


class NoLimits:
    """Lets everybody do everything: a bench asks more of one person than any hands could."""

    def allow(self, kind: str, key: str) -> None:
        """Always."""

    def ahead(self, kind: str, key: str) -> None:
        """Always."""

    def guessing(self, address: str, *, code: bool) -> None:
        """Never."""

    def wrong(self, address: str, *, code: bool) -> None:
        """Not counted."""

    async def learn(self, address: str) -> None:
        """There is nothing to know."""


# Members who are made in one transaction.
AT_ONCE = 500


def _community(community: CommunityId) -> Work[None]:
    yield [
        Say(
            "INSERT INTO community (id, slug, name, purpose, vows, commitments, standings, runs_it, contact, kept_days,"
            " made_ms) VALUES (?, ?, 'Bench', 'To measure', '[]', '[]', '[]', 'nobody', 'nowhere', 1, 1)",
            # Several benches may use one database after another.
            (community, f"bench-{community[-10:].lower()}"),
        ),
        open_stream(community_stream(community), community, ""),
    ]


def _room(community: CommunityId, room: RoomId, slug: str) -> Work[None]:
    state = room_state_text(RoomState(community=community, slug=slug, title=slug))
    yield [
        Say(
            "INSERT INTO room (id, community, slug, title, purpose, visibility, hide_names, made_ms)"
            " VALUES (?, ?, ?, ?, '', 'community', 1, 1)",
            (room, community, slug, slug),
        ),
        open_stream(room_stream(room), community, state),
    ]


def _members(community: CommunityId, people: list[tuple[PersonId, NewSession]]) -> Work[None]:
    yield [
        Each("INSERT INTO person (id, made_ms) VALUES (?, 1)", [(person,) for person, _ in people]),
        Each(
            "INSERT INTO member (community, person, name, name_key, joined_ms, accepted_ms) VALUES (?, ?, ?, ?, 1, 1)",
            [(community, person, f"M{person[-6:]}", person) for person, _ in people],
        ),
        *(insert(person, session) for person, session in people),
    ]


async def _seed(rooms: int, members: int) -> dict[str, list[str]]:
    community = CommunityId(new_id())
    made = [(RoomId(new_id()), f"bench-{n}") for n in range(rooms)]
    sessions = [new_session(shared=False) for _ in range(members)]
    people = [(PersonId(new_id()), session) for _, session in sessions]
    async with opened(Settings()) as database:
        await database.write(lambda: _community(community))
        for room, slug in made:
            await database.write(partial(_room, community, room, slug))
        # A transaction ends within seconds, also where a machine is slow.
        for first in range(0, members, AT_ONCE):
            await database.write(partial(_members, community, people[first : first + AT_ONCE]))
    return {
        "rooms": [room for room, _ in made],
        "tokens": [token for token, _ in sessions],
        "people": [person for person, _ in people],
    }


def _serve(*, batched: bool, pings: bool) -> None:
    from server import logs  # noqa: PLC0415
    from server.app import build  # noqa: PLC0415
    from server.node import Node, configuration, listen  # noqa: PLC0415
    from server.settings import with_key  # noqa: PLC0415
    from server.streams import ring  # noqa: PLC0415

    if not batched:
        # One event a frame, as a server would that never looks what else waits.
        ring.WRITE_BYTES = 1
    settings = with_key(Settings())
    logs.configure(settings)
    hearth = build(settings, limits=NoLimits())

    async def ready() -> None:
        """The generator asks /readyz."""

    config = configuration(hearth, settings)
    if not pings:
        # Most followers of a bench throw away unseen what they get, and so can't answer.
        config.ws_ping_interval = None
    node = Node(hearth, config, drain_s=0, ready=ready)
    node.run(sockets=[listen(settings.host, settings.port)])


def main() -> None:
    """Seed, or serve."""
    match sys.argv[1:]:
        case ["serve", *how]:
            _serve(batched="unbatched" not in how, pings="unpinged" not in how)
        case ["seed", rooms, members]:
            from server.commands.migrate import upgrade  # noqa: PLC0415

            upgrade(Settings())
            print(json.dumps(asyncio.run(_seed(int(rooms), int(members)))))
        case _:
            sys.exit("python -m bench.hearth serve [unbatched] [unpinged] | seed ROOMS MEMBERS")


if __name__ == "__main__":
    main()
