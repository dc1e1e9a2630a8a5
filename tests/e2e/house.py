"""A real server in a process of its own, its keeper, and whoever is asked in: all without a browser."""

import asyncio
import itertools
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import httpx2

from rooms.ids import PersonId, RoomId, StreamId, room_stream
from server.voice import Heard, Pass, Voice
from tests.server.processes import Process, hearth, started
from tests.services import free_port

CLAIM = {
    "your_name": "Kirsten",
    "community_name": "Through My Eyes",
    "slug": "eyes",
    "purpose": "To see a visit to the hospital as the people in it do, and to make it better together.",
    "values": [
        "Speak from what you have lived.",
        "Leave out other people’s names and details.",
        "Disagree with the thing, not the person.",
    ],
    "runs_it": "St Brannock’s outpatients",
    "contact": "the desk in the hall, or 01632 960 001",
}
# Two busy cores may take long to answer what is asked three hundred times at once.
PATIENCE_S = 60.0
# What an invitation to a role must be.
FOR_ONE = MappingProxyType({"uses": 1, "ends_in_s": 3_600})


@dataclass(frozen=True, slots=True)
class Place:
    """A room, and where it is found."""

    room: str
    slug: str
    title: str

    @property
    def path(self) -> str:
        return f"/c/eyes/r/{self.slug}"

    @property
    def id(self) -> RoomId:
        return RoomId(self.room)

    @property
    def stream(self) -> StreamId:
        return room_stream(self.id)


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who is in, and what their browser would show to be let in."""

    house: "House"
    name: str
    person: str
    token: str

    async def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Ask for something by REST; fails when it is refused."""
        return await self.house.ask(method, path, body, token=self.token)

    def voice(self, hear: Callable[[Heard], None] | None = None) -> Voice:
        """A live connection of theirs, without a browser."""
        return Voice(
            self.house.address, Pass(person=PersonId(self.person), name=self.name, token=self.token), hear=hear
        )

    @asynccontextmanager
    async def in_room(self, place: Place, hear: Callable[[Heard], None] | None = None) -> AsyncIterator[Voice]:
        """Here, by a live connection without a browser, as long as the block lasts."""
        voice = self.voice(hear)
        running = asyncio.create_task(voice.run())
        try:
            await voice.follow(place.stream)
            yield voice
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


class House:
    """The server, on a folder and a port that it keeps when it is killed and started again."""

    OWN_WORDS: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "invites": "{name} would be glad to see you in {place}.",
            "ask": "Which name shall we use?",
            "ask_help": "Any name you like.",
            "come": "Why I am here",
            "sees": "everybody who has joined, and nobody else.",
            "limit": "If you or somebody else is in danger, our sister in charge is told.",
            "not_for": "No doctor is here. In an emergency call 999.",
            "values": "Our three rules",
            "yes": "Who joins says yes to these rules.",
        }
    )

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.keeper: Guest
        self._settings = settings
        self._running = ExitStack()
        self._process: Process | None = None
        self._names: Counter[str] = Counter()
        self._slugs = itertools.count(1)
        self._link = ""
        # Nobody here is a browser: who is meant stands in each request.
        self._http = httpx2.AsyncClient(
            base_url=self.address,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=PATIENCE_S,
            limits=httpx2.Limits(max_connections=50),
        )

    # The process ---------------------------------------------------------------------------------------------------

    def start(self) -> Process:
        """Start it, and wait until it answers."""
        self._process = self._running.enter_context(started(self.folder, "--port", str(self.port), **self._settings))
        self._process.line("Hearth is at")
        return self._process

    def stop(self) -> None:
        """Stop it as an operator would."""
        if self._process is not None:
            self._process.stop()
        self._running.close()

    @property
    def log(self) -> list[str]:
        """The lines that the server has written, its log among them."""
        assert self._process is not None
        return self._process.said

    def kill(self) -> None:
        """End it in the middle of whatever it does, as a power cut would."""
        assert self._process is not None
        self._process.process.kill()
        self._running.close()

    def freeze(self) -> None:
        """Let it hear and do nothing, until it is killed or thawed."""
        assert self._process is not None
        self._process.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.process.send_signal(signal.SIGCONT)

    async def close(self) -> None:
        """Stop it for good."""
        await self._http.aclose()
        self.stop()

    async def open(self) -> "House":
        """Start it for the first time, and let its keeper claim it."""
        link = self.start().line("Claim it, once:").split()[-1]
        self.keeper = await self.signed_in(
            CLAIM["your_name"], "/api/claim", {**CLAIM, "secret": link.rpartition("/")[2]}
        )
        self._names[str(CLAIM["your_name"])] += 1
        return self

    def command(self, *words: str) -> str:
        """What a command of the operator's prints."""
        ended = hearth(self.folder, *words, **{**self._settings, "HEARTH_PORT": str(self.port)})
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()

    # Asking --------------------------------------------------------------------------------------------------------

    async def answer(self, method: str, path: str, body: object = None, *, token: str = "") -> httpx2.Response:
        """What comes of asking by REST, whatever it is."""
        headers = {"x-hearth": "1"} | ({"authorization": f"Bearer {token}"} if token else {})
        if body is None:
            return await self._http.request(method, path, headers=headers)
        return await self._http.request(method, path, headers=headers, json=body)

    async def ask(self, method: str, path: str, body: object = None, *, token: str = "") -> dict[str, Any]:
        """Ask for something by REST; fails when it is refused."""
        answer = await self.answer(method, path, body, token=token)
        assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    async def signed_in(self, name: object, path: str, body: object) -> Guest:
        """Whoever a route that signs people in has let in."""
        answer = await self.answer("POST", path, body)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        cookie = answer.headers["set-cookie"].partition(";")[0]
        return Guest(self, str(name), answer.json()["person"], cookie.partition("=")[2])

    # What a test needs ---------------------------------------------------------------------------------------------

    async def room(self, title: str = "Tea table", **how: object) -> Place:
        """A new room."""
        slug = f"{title.lower().replace(' ', '-')}-{next(self._slugs)}"
        body = {"slug": slug, "title": title, "purpose": "Whatever is on your mind.", **how}
        made = await self.keeper.ask("POST", "/api/communities/eyes/rooms", body)
        return Place(made["room"], slug, title)

    async def invite(self, **how: object) -> dict[str, Any]:
        """A new invitation, by link unless asked otherwise; `secret` is what opens it."""
        made = await self.keeper.ask("POST", "/api/communities/eyes/invitations", {"kind": "link", **how})
        return {**made, "secret": made["path"].rpartition("/")[2]}

    async def guest(self, name: str, *, role: str = "member", **joining: object) -> Guest:
        """Somebody new, whose role is theirs; called a little differently when the name is taken."""
        if role != "member":
            guest = await self.asking(name, role, **joining)
            await self.decide(guest, role)
            return guest
        if not self._link:
            self._link = (await self.invite())["secret"]
        return await self._joins(name, self._link, **joining)

    async def asking(self, name: str, role: str, **joining: object) -> Guest:
        """Somebody new who has come by a link to a role, and waits for the keeper's yes."""
        # A way to a role is for one person.
        return await self._joins(name, (await self.invite(role=role, **FOR_ONE))["secret"], **joining)

    async def _joins(self, name: str, secret: str, **joining: object) -> Guest:
        shown = self.free_name(name)
        return await self.signed_in(shown, "/api/join", {"secret": secret, "name": shown, **joining})

    async def decide(self, guest: Guest, role: str, *, held: bool = True) -> None:
        """The keeper's yes or no to somebody who came by a link to a role."""
        path = f"/api/communities/eyes/members/{guest.person}/role"
        await self.keeper.ask("PUT", path, {"role": role, "held": held, "answers": True})

    def free_name(self, name: str) -> str:
        """The name, or the name and a number when somebody has it."""
        self._names[name] += 1
        return name if self._names[name] == 1 else f"{name} {self._names[name]}"

    @asynccontextmanager
    async def own_words(self) -> AsyncIterator[None]:
        """Every line of the door in the community's own words, as long as the block lasts."""
        stated = {key: CLAIM[key] for key in ("purpose", "values", "runs_it", "contact")}
        stated["name"] = CLAIM["community_name"]
        path = "/api/communities/eyes"
        await self.keeper.ask("PATCH", path, {**stated, "admits": "sixteen", "door": dict(self.OWN_WORDS)})
        try:
            yield
        finally:
            await self.keeper.ask("PATCH", path, {**stated, "admits": "adults", "door": {}})

    async def close_room(self, place: Place, *, closed: bool = True) -> None:
        """Let a room only be read, or be written in again."""
        await self.keeper.ask("PATCH", f"/api/rooms/{place.room}", {"closed": closed})

    async def said(self, place: Place) -> list[dict[str, Any]]:
        """Every message of a room, as its history tells it, answers behind."""
        told: list[dict[str, Any]] = []
        before = ""
        while True:
            page = await self.keeper.ask("GET", f"/api/rooms/{place.room}/messages{before}")
            told = [*page["messages"], *told, *page["replies"]]
            if page["earlier"] is None:
                return told
            before = f"?before={page['earlier']}"
