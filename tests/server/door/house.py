"""A whole server without a network, and browsers that knock at its door."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
from pydantic import SecretStr

from rooms.ids import CommunityId, PersonId
from server.app import Hearth, build
from server.database.ports import Row, Say, Value, Work
from server.door.limits import RateLimits
from server.settings import Settings

CLAIM = {
    "your_name": "Kirsten",
    "community_name": "Through My Eyes",
    "slug": "eyes",
    "purpose": "To see the hospital as the people in it do.",
    "values": ["Listen first.", "Nobody is judged."],
    "runs_it": "St Brannock’s outpatients",
    "contact": "the desk, ext. 4410",
}
ADDRESS = "198.51.100.7"


@dataclass(slots=True)
class Browser:
    """Somebody's browser: it keeps cookies, states its page's origin and sets our header, as a real one would."""

    http: httpx2.AsyncClient
    origin: str
    person: str = ""

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> httpx2.Response:
        """One request of our own page. A header given as "" is left out."""
        ours = {"accept": "application/json"}
        if method != "GET":
            ours |= {"origin": self.origin, "x-hearth": "1"}
        ours |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in ours.items() if value}
        if body is None:
            return await self.http.request(method, path, headers=sent)
        if isinstance(body, bytes):
            return await self.http.request(method, path, headers=sent, content=body)
        return await self.http.request(method, path, headers=sent, json=body)

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        return await self.ask("GET", path, **headers)

    async def post(self, path: str, body: object = None, **headers: str) -> httpx2.Response:
        return await self.ask("POST", path, body, **headers)

    async def patch(self, path: str, body: object = None) -> httpx2.Response:
        return await self.ask("PATCH", path, body)

    async def put(self, path: str, body: object = None) -> httpx2.Response:
        return await self.ask("PUT", path, body)

    async def delete(self, path: str) -> httpx2.Response:
        return await self.ask("DELETE", path)

    @property
    def token(self) -> str:
        """The session's token, as the browser keeps it."""
        return next(cookie.value or "" for cookie in self.http.cookies.jar if cookie.name.endswith("hearth"))


@dataclass(slots=True)
class House:
    """The server and its keeper."""

    hearth: Hearth
    url: str
    transport: Callable[[str], httpx2.ASGITransport]
    # The room that codes are for.
    hall: str = ""

    def browser(self, *, address: str = ADDRESS) -> Browser:
        """A new browser that has never been here."""
        return Browser(httpx2.AsyncClient(transport=self.transport(address), base_url=self.url), self.url)

    async def keeper(self) -> Browser:
        """The first keeper, who has just claimed the server."""
        link = await self.hearth.claim_link()
        assert link is not None
        browser = self.browser()
        answer = await browser.post("/api/claim", {**CLAIM, "secret": link.rpartition("/")[2]})
        assert answer.status_code == 200, answer.text
        browser.person = answer.json()["person"]
        return browser

    async def invite(self, keeper: Browser, **how: object) -> dict[str, Any]:
        """A new invitation, a link unless asked otherwise; `secret` is what opens it. A code is for the hall."""
        if how.get("kind") == "code" and "room" not in how:
            how["room"] = self.hall = self.hall or await self.room(keeper, "hall")
        # A way to a role is for one person, who comes soon.
        role = {} if how.get("role", "member") == "member" else {"uses": 1, "ends_in_s": 3_600}
        answer = await keeper.post("/api/communities/eyes/invitations", {"kind": "link", **role, **how})
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return {**made, "secret": made["path"].rpartition("/")[2]}

    async def joined(self, secret: str, name: str, **how: object) -> Browser:
        """Someone who came in by this invitation."""
        browser = self.browser()
        answer = await browser.post("/api/join", {"secret": secret, "name": name, **how})
        assert answer.status_code == 200, answer.text
        browser.person = answer.json()["person"]
        return browser

    async def member(self, keeper: Browser, name: str, **how: object) -> Browser:
        """A new member, invited as asked; to a role, the keeper has said yes to it."""
        joined = await self.joined((await self.invite(keeper, **how))["secret"], name)
        if "role" in how:
            answer = await self.decide(keeper, joined, role=how["role"], room=how.get("room"))
            assert answer.status_code == 200, answer.text
        return joined

    async def decide(
        self,
        keeper: Browser,
        member: Browser,
        *,
        role: object,
        held: bool = True,
        room: object = None,
        answers: bool = True,
    ) -> httpx2.Response:
        """What comes of the keeper's yes or no to who waits for a role."""
        body = {"role": role, "held": held, "room": room, "answers": answers}
        return await keeper.put(f"/api/communities/eyes/members/{member.person}/role", body)

    async def room(self, keeper: Browser, slug: str, visibility: str = "community") -> str:
        """A new room's id."""
        body = {"slug": slug, "title": slug.title(), "visibility": visibility}
        answer = await keeper.post("/api/communities/eyes/rooms", body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["room"])

    async def rows(self, sql: str, *values: Value) -> list[Row]:
        """What stands in the database."""
        return await self.hearth.database.read(lambda: _one(Say(sql, values)))

    async def change(self, sql: str, *values: Value) -> None:
        """Change what stands in the database, as time would."""
        await self.hearth.database.write(lambda: _one(Say(sql, values)))

    async def forgets(self) -> None:
        """The node believes nothing that it looked up before."""
        for (person,) in await self.rows("SELECT id FROM person"):
            self.hearth.sessions.drop_cached(PersonId(person))

    async def community(self) -> CommunityId:
        return CommunityId((await self.rows("SELECT id FROM community"))[0][0])

    async def events(self, stream: str) -> list[str]:
        """The stored forms of a stream's events, in order."""
        return [body for (body,) in await self.rows("SELECT body FROM event WHERE stream = ? ORDER BY seq", stream)]

    async def narrowings(self) -> set[tuple[str, str]]:
        """Which streams have narrowed, and for whom."""
        return {(stream, person) for stream, person in await self.rows("SELECT stream, person FROM narrowing")}


def _one(say: Say) -> Work[list[Row]]:
    [rows] = yield [say]
    return rows


@contextlib.asynccontextmanager
async def house_on(database_url: str, *, limits: RateLimits | None = None, **settings: object) -> AsyncIterator[House]:
    """A running server on this database."""
    chosen: Mapping[str, Any] = {"secret_key": SecretStr("a key for tests, 32 signs and more"), **settings}
    made = Settings(database_url=database_url, **chosen)
    hearth = build(made, limits=limits)
    async with _living(hearth):
        yield House(
            hearth,
            made.address,
            lambda address: httpx2.ASGITransport(hearth.app, client=(address, 40_000)),
        )


@contextlib.asynccontextmanager
async def _living(hearth: Hearth) -> AsyncIterator[None]:
    """The app between its start and its end, as the server speaks to it."""
    to_app: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    from_app: asyncio.Queue[Any] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}

    async def live() -> None:
        await hearth.app(scope, to_app.get, from_app.put)

    running = asyncio.create_task(live())
    await to_app.put({"type": "lifespan.startup"})
    assert (await from_app.get())["type"] == "lifespan.startup.complete"
    try:
        yield
    finally:
        await to_app.put({"type": "lifespan.shutdown"})
        assert (await from_app.get())["type"] == "lifespan.shutdown.complete"
        await running
