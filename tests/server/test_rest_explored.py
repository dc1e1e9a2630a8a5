"""Requests that nobody thought of, made from the OpenAPI document, by everybody who may come: what it says holds, and
the one table of rights too.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, cast

import httpx2
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy
from schemathesis import Case, GenerationMode
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from rooms.contract import Code
from rooms.ids import PersonId, RoomId
from rooms.rights import Deed, Role, Standing, Visibility, may
from server.clock import wall_ms
from server.database.ports import Row, Say, Work
from server.door import facts_sql
from server.door.sessions import new_session
from server.door.sessions_sql import insert
from server.routes import ROUTES, Route
from tests.server.door.house import Browser, House, house_on
from tests.server.live import NoLimits
from tests.world import World, say, world_on

T = TypeVar("T")

DOCUMENT = schemathesis.openapi.from_path(Path(__file__).parents[2] / "docs" / "openapi.json")
CHECKS: list[CheckFunction] = [status_code_conformance, content_type_conformance, response_schema_conformance]
BY_NAME: Mapping[str, Route] = MappingProxyType({route.name: route for route in ROUTES})

# Which deed of the table of rights a route does. Who may do it stands there, and only there.
DEEDS: Mapping[str, Deed] = MappingProxyType(
    {
        "home": Deed.READ_COMMUNITY,
        "change_community": Deed.CHANGE_COMMUNITY,
        "finish_setup": Deed.FINISH_SETUP,
        "change_me": Deed.CHANGE_NAME,
        "accept_values": Deed.ACCEPT_VALUES,
        "leave": Deed.LEAVE,
        "open_room": Deed.OPEN_ROOM,
        "find_room": Deed.READ,
        "change_room": Deed.CHANGE_ROOM,
        "messages": Deed.READ,
        "message": Deed.READ,
        "tallies": Deed.READ,
        "people": Deed.READ,
        "admit": Deed.ADMIT,
        "members": Deed.LIST_MEMBERS,
        "set_role": Deed.SET_ROLES,
        "remove_member": Deed.REMOVE_MEMBER,
        "invitations": Deed.LIST_INVITATIONS,
        "make_invitation": Deed.INVITE,
        "revoke_invitation": Deed.REVOKE_INVITATION,
        "health": Deed.SEE_HEALTH,
        "involve": Deed.READ_COMMUNITY,
        "tell_people": Deed.TELL_PEOPLE,
        "seen_news": Deed.READ_COMMUNITY,
        "outbox": Deed.SEE_OUTBOX,
    }
)
# What only concerns one's own devices, and the poll, whose commands are asked for their rights one by one.
OWN = frozenset(
    {
        "reach",
        "give_address",
        "forget_address",
        "set_quiet",
        "sign_out",
        "sessions",
        "end_session",
        "make_way_back",
        "was_me",
        "poll",
    }
)
# Nobody has their secrets here: a server is claimed once, a sign-in link is made by the command line, and a way back
# is shown once.
NEVER_DONE = frozenset({"claim", "sign_in", "come_back"})

# In all that people have written here.
WRITTEN = "quinquereme"
STRANGER = ""
PEOPLE: Mapping[str, tuple[Role, ...]] = MappingProxyType(
    {
        f"Ada {WRITTEN}": (),
        f"Mo {WRITTEN}": (Role.MODERATOR,),
        f"Ho {WRITTEN}": (Role.HOST,),
        f"Kit {WRITTEN}": (Role.KEEPER,),
    }
)
ROOMS = {f"tea-{WRITTEN}": Visibility.COMMUNITY, f"in-{WRITTEN}": Visibility.INVITED, f"we-{WRITTEN}": Visibility.TEAM}
BYSTANDERS = ("Ben", "Cleo")

EXAMPLES = settings(
    max_examples=6,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture],
)


@dataclass(slots=True)
class Explored:
    """The server, what there is to ask about, and which routes have said yes to anybody so far.

    It goes on only while something is asked of it: Hypothesis wants nobody else to draw from what is random meanwhile.
    """

    runner: asyncio.Runner
    house: House
    world: World
    known: dict[str, list[str]]
    done: set[str] = field(default_factory=set)
    tried: Counter[str] = field(default_factory=Counter)

    def do(self, work: Work[T]) -> T:
        """Do something in the database."""
        return self.runner.run(self.world.database.write(lambda: work))

    def ask(self, case: Case[Any]) -> httpx2.Response:
        """Send a request."""
        sent = requests.Request(**case.as_transport_kwargs(base_url=self.house.url)).prepare()
        browser = self.house.browser().http
        headers, body = (
            {name: str(value) for name, value in sent.headers.items()},
            cast("bytes | str | None", sent.body),
        )
        return self.runner.run(browser.request(case.method, sent.url or "", headers=headers, content=body))

    def restore(self, name: str) -> str:
        """Undo what was done to somebody and to the rooms; a new session of theirs."""
        person, community = self.world.people[name], self.world.community
        again = [
            Say("UPDATE member SET left_ms = NULL, accepted_ms = 1, name = ? WHERE person = ?", (name, person)),
            Say("DELETE FROM role WHERE person = ?", (person,)),
            Say("DELETE FROM asked_role WHERE person = ?", (person,)),
            *[
                Say("INSERT INTO role (community, person, role, room) VALUES (?, ?, ?, '')", (community, person, role))
                for role in PEOPLE[name]
            ],
            *[
                Say("UPDATE room SET closed_ms = NULL, visibility = ? WHERE slug = ?", (visibility, slug))
                for slug, visibility in ROOMS.items()
            ],
        ]
        token, session = new_session(shared=False)
        self.do(_all([*again, insert(person, session)]))
        rows = self.do(_one(Say("SELECT id FROM session WHERE person = ?", (person,))))
        self.known["session"] = [session for (session,) in rows]
        return token

    def refused(self, name: str, route: Route, path: Mapping[str, Any]) -> Code | None:
        """Why the table of rights says no to this person's doing what the route does, there; None when it says yes."""
        if name == STRANGER:
            return None if route.open else Code.SIGNED_OUT
        if route.open or route.name in OWN:
            return None
        return self.do(self._refused(self.world.people[name], route, path))

    def _refused(self, person: PersonId, route: Route, path: Mapping[str, Any]) -> Work[Code | None]:
        community = self.world.community
        member = (yield from facts_sql.load_members(community, [person])).get(person)
        room = yield from facts_sql.load_room(community, (yield from _room_at(path)))
        standing = Standing(person=person) if member is None else member.at(room.id if room else None)
        return may(standing, DEEDS[route.name], place=room.place if room else None, now_ms=wall_ms())


def _all(statements: list[Say]) -> Work[None]:
    yield statements


def _one(statement: Say) -> Work[list[Row]]:
    [rows] = yield [statement]
    return rows


def _room_at(path: Mapping[str, Any]) -> Work[RoomId | None]:
    """The room that an address is about."""
    if "room" in path:
        return RoomId(path["room"])
    if "message" in path:
        rows = yield from _one(Say("SELECT room FROM message WHERE id = ?", (path["message"],)))
    else:
        rows = yield from _one(Say("SELECT id FROM room WHERE slug = ?", (path.get("room_slug"),)))
    return RoomId(rows[0][0]) if rows else None


@pytest.fixture(scope="module")
def explored(tmp_path_factory: pytest.TempPathFactory, sqlite_template: bytes) -> Iterator[Explored]:
    path = tmp_path_factory.mktemp("house") / "hearth.db"
    path.write_bytes(sqlite_template)
    with asyncio.Runner() as runner:
        stack = contextlib.AsyncExitStack()
        house = runner.run(stack.enter_async_context(house_on(f"sqlite:///{path}", limits=NoLimits())))
        world = runner.run(world_on(house.hearth.database))
        explored = Explored(runner, house, world, runner.run(_furnish(house, world)))
        kit = Browser(house.browser().http, house.url)
        asking = {"authorization": f"Bearer {explored.restore(f'Kit {WRITTEN}')}"}
        wanted = {"kind": "link", "label": WRITTEN}
        made = runner.run(kit.post("/api/communities/eyes/invitations", wanted, **asking)).json()
        explored.known |= {"invitation": [made["invitation"]], "secret": [made["path"].rpartition("/")[2]]}
        yield explored
        runner.run(stack.aclose())


async def _furnish(house: House, world: World) -> dict[str, list[str]]:
    """People, rooms, and something said in each; what an address may name."""
    for name, roles in PEOPLE.items():
        await world.person(name, *roles)
    for name in BYSTANDERS:
        await world.person(name)
    for slug, visibility in ROOMS.items():
        await world.room(slug, visibility)
    ada, kit = (world.people[name] for name in PEOPLE if name.startswith(("Ada", "Kit")))
    words, streams = f"Hello {WRITTEN}", house.hearth.streams
    said = [await say(streams, room, kit if n else ada, words) for n, room in enumerate(world.rooms.values())]
    return {
        "slug": ["eyes"],
        "room_slug": list(ROOMS),
        "room": list(world.rooms.values()),
        "person": [world.people[name] for name in BYSTANDERS],
        "message": [str(answer.message) for answer in said],
    }


def strategies(route: Route) -> SearchStrategy[Case[Any]]:
    """Requests for a route: as its document wants them, and not, where there is something to get wrong."""
    operation = DOCUMENT[route.path][route.method]
    right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if route.body is None and not route.query:
        return right
    return right | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)


def settle(case: Case[Any], known: Mapping[str, list[str]], data: DataObject) -> None:
    """Let a request be about what there is, and say what can be said, more often than not."""
    for named in (case.path_parameters, case.body):
        if isinstance(named, dict):
            # A new room has an address that no other has.
            for name in sorted(named.keys() & known.keys() - ({"slug"} if named is case.body else set())):
                if data.draw(OFTEN, f"a known {name}"):
                    named[name] = data.draw(st.sampled_from(known[name]), name)
    if data.draw(OFTEN, "printable"):
        case.body = printable(case.body)
    asks_for_all: bool = data.draw(SELDOM, "no query")
    if asks_for_all:
        case.query = {}
    if isinstance(case.body, dict) and "streams" in case.body and case.body.get("wait_s", 1) in range(26):
        # A poll waits as long as it is told to, when there is nothing to tell.
        case.body["wait_s"] = 0


# What is tried first is what the strategy names first.
OFTEN, SELDOM = st.sampled_from([True, True, True, False]), st.sampled_from([False, False, True])


def printable(value: Any) -> Any:
    """The same without control characters, which no text may have."""
    match value:
        case str():
            return "".join(sign for sign in value if sign.isprintable()) or "words"
        case list():
            return [printable(each) for each in value]
        case dict():
            return {name: printable(each) for name, each in value.items()}
        case _:
            return value


def written_in(value: object) -> Iterator[str]:
    """All texts in a body that are long enough to be known again."""
    if isinstance(value, str) and len(value) > 11:
        yield value
    for each in [*value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from written_in(each)


@pytest.mark.parametrize("name", [STRANGER, *PEOPLE], ids=["stranger", "member", "moderator", "host", "keeper"])
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_what_is_said_of_a_route_holds_for_everybody(explored: Explored, route: Route, name: str) -> None:
    @EXAMPLES
    @given(strategies(route), st.data())
    def holds(case: Case[Any], data: DataObject) -> None:
        settle(case, explored.known, data)
        who = {"Authorization": f"Bearer {explored.restore(name)}"} if name else {"X-Hearth": "1"}
        case.headers, case.cookies = who, {}  # type: ignore[assignment]
        where = dict(case.path_parameters or {})
        if route.name == "tell_people" and isinstance(case.body, dict):
            # Which room it is about is no part of the address.
            where["room"] = case.body.get("room")
        refused = explored.refused(name, route, where)

        answer = explored.ask(case)
        assert answer.status_code < 500
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code < 400:
            assert refused is None, f"the table of rights says {refused}"
            explored.done.add(route.name)
            return
        assert WRITTEN not in answer.text
        assert [text for text in written_in(case.body) if text in answer.text] == []

    holds()
    explored.tried[route.name] += 1


def test_every_route_is_in_the_table_of_rights_or_nobodys_business() -> None:
    assert {route.name for route in ROUTES if not route.open} == DEEDS.keys() | OWN


def test_every_route_has_said_yes_to_somebody(explored: Explored) -> None:
    # Those that everybody has tried: of the tests above, only some may have been asked for.
    tried = {name for name, times in explored.tried.items() if times > len(PEOPLE)}
    assert tried - explored.done == tried & NEVER_DONE
