"""What people do all the while: they write, edit, take back, react, look back, and some are let in and put out."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable

import httpx2

from rooms.rights import Role, Visibility
from server.clock import monotonic_ms
from tests.faults.historian import Around, Historian, Pending, new_nonce, requests_client
from tests.faults.history import Deed, Try, Wire, new_token
from tests.faults.nodes import NODES, SLUG, Cluster
from tests.faults.town import ROOMS, Person, Town, sign_in_again
from tests.world import until

# So many commands of one client may wait; people don't write on for ever while nothing is answered.
WAITING = 6
# Longer than anything is gone.
ANSWERED_S = 120
# Longer than a node that goes on takes to do what it was asked, or to give up.
DONE_MS = 6_000
REACTIONS = ("heart", "thanks", "metoo", "clap")


class Life:
    """Everybody in the town, living, until told to be quiet."""

    def __init__(self, cluster: Cluster, town: Town, chance: random.Random) -> None:
        self.cluster = cluster
        self.town = town
        self.history = cluster.history
        self.chance = chance
        self._requests = requests_client()
        self._around = Around(cluster.history, cluster.door, NODES, self._requests)
        self.historians: list[Historian] = []
        # One person on three nodes at once, and what they have said.
        self.trio: list[Historian] = []
        self._running: list[asyncio.Task[None]] = []
        self._talking: list[asyncio.Task[None]] = []
        self._churning: list[asyncio.Task[None]] = []
        self._over = False
        # While it is not set people are silent, as a script wants them.
        self.lively = asyncio.Event()
        self.lively.set()
        self.removed: set[str] = set()
        # Who is out of which room just now, as far as anybody could tell.
        self.out_of: set[tuple[str, str]] = set()

    def _historian(self, name: str, person: Person, node: int) -> Historian:
        historian = Historian(name, person, self._around, node=node)
        historian.follow(f"person:{person.person}")
        for slug in person.rooms:
            historian.follow(self.town.stream(slug))
        return historian

    async def begin(self, *, churn: bool = True, rate: float = 1.0) -> None:
        """Everybody comes in, and goes on living."""
        people = self.town.people
        self.historians = [self._historian(person.name, person, n % NODES) for n, person in enumerate(people)]
        self.trio = [self._historian(f"trio{n}", people[0], n) for n in range(NODES)]
        for one in self.trio:
            one.pinned = True
        for one in self.historians[-2:]:
            one.narrow = True
        self._running = [asyncio.create_task(one.run()) for one in self.everybody]
        await until(lambda: all(self._inside(one) for one in self.everybody), within_s=60)
        self._talking = [asyncio.create_task(self._talk(kind.slug, kind.a_second * rate)) for kind in ROOMS]
        self._talking.append(asyncio.create_task(self._thrice()))
        if churn:
            self._churning = [asyncio.create_task(self._churn(one, slug)) for one in people for slug in one.churns]

    @staticmethod
    def _inside(one: Historian) -> bool:
        return all(cursor.live for cursor in one.cursors.values())

    async def hush(self, deadline_s: float) -> list[str]:
        """Stop asking for anything, and wait until everybody is in and has all answers; who is not in time."""
        self._over = True
        for task in self._talking:
            task.cancel()
        await asyncio.gather(*self._talking, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(deadline_s):
                await asyncio.gather(*self._churning)
                await until(lambda: all(self._at_rest(one) for one in self.everybody), within_s=deadline_s)
        return [one.name for one in self.everybody if not self._at_rest(one)]

    def _at_rest(self, one: Historian) -> bool:
        if one.person.person in self.removed:
            return True
        out_of = {self.town.stream(slug) for person, slug in self.out_of if person == one.person.person}
        inside = all(cursor.live or stream in out_of for stream, cursor in one.cursors.items())
        return one.connected and not one.pending and inside

    @property
    def everybody(self) -> list[Historian]:
        """All clients."""
        return [*self.historians, *self.trio]

    async def end(self) -> None:
        """Everybody goes."""
        tasks = [*self._talking, *self._churning, *self._running]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._requests.aclose()

    # Talking -------------------------------------------------------------------------------------------------------

    async def _talk(self, slug: str, a_second: float) -> None:
        stream = self.town.stream(slug)
        people = [one for one in self.historians if slug in one.person.rooms]
        while people:
            await asyncio.sleep(self.chance.expovariate(a_second))
            await self.lively.wait()
            one = self.chance.choice(people)
            if len(one.pending) < WAITING and one.welcome.is_set():
                self._do(one, slug, stream)

    def _do(self, one: Historian, slug: str, stream: str) -> None:
        dice = self.chance.random()
        own, known = one.own.get(stream, []), one.messages.get(stream, [])
        if dice < 0.08 and own:
            one.submit(self._command("message.edit", slug, message=self.chance.choice(own[-10:]), text=self._words()))
        elif dice < 0.15 and own:
            one.submit(self._command("message.remove", slug, message=self.chance.choice(own[-10:])))
        elif dice < 0.18 and known and one.moderates:
            one.submit(self._command("message.remove", slug, message=self.chance.choice(known[-10:])))
        elif dice < 0.32 and known:
            one.submit(
                self._command(
                    "reaction.set",
                    slug,
                    message=self.chance.choice(known[-10:]),
                    reaction=self.chance.choice(REACTIONS),
                    on=self.chance.random() < 0.7,
                )
            )
        elif dice < 0.36:
            self._look_back(one, slug)
        else:
            self._say(one, slug, hide_name=slug == "unnamed" and dice < 0.7)

    def _look_back(self, one: Historian, slug: str) -> None:
        one._spawn(one.look_back(self.town.rooms[slug]))

    def _words(self) -> str:
        return f"{new_token()} {'word ' * self.chance.randint(1, 20)}"

    def _command(self, kind: str, slug: str, **more: object) -> Wire:
        return {"t": kind, "room": self.town.rooms[slug], "nonce": new_nonce(), **more}

    def _say(self, one: Historian, slug: str, *, hide_name: bool = False) -> Pending:
        how = {"hide_name": True} if hide_name else {}
        pending = one.submit(self._command("message.post", slug, text=self._words(), **how))
        if self.chance.random() < 0.03:
            one._spawn(self._say_otherwise(one, pending))
        return pending

    async def _say_otherwise(self, one: Historian, pending: Pending) -> None:
        """Use a nonce again, for other words."""
        async with asyncio.timeout(ANSWERED_S):
            answer = await pending.done
        if answer["t"] == "receipt":
            one.submit({**pending.do, "text": self._words()})

    async def _thrice(self) -> None:
        """One nonce on three nodes."""
        while True:
            await asyncio.sleep(self.chance.uniform(0.5, 1.5))
            await self.lively.wait()
            slug = self.chance.choice(["large", *self.town.people[0].rooms])
            do = self._command("message.post", slug, text=self._words())
            for one in self.trio:
                if len(one.pending) < WAITING:
                    one.submit(do)

    def say_everywhere(self) -> None:
        """One message in each room from each node that has somebody there."""
        for slug in self.town.rooms:
            stream, nodes = self.town.stream(slug), set[int]()
            for one in self.historians:
                if stream in one.cursors and one.cursors[stream].live and one.node not in nodes:
                    nodes.add(one.node)
                    self._say(one, slug)

    async def say_again(self, slug: str, meanwhile: Callable[[], Awaitable[None]]) -> None:
        """Say something, let something happen once that is acknowledged, and send the same again."""
        one = next(one for one in self.historians if slug in one.person.rooms and one.connected)
        do = self._command("message.post", slug, text=self._words())
        for _ in range(2):
            async with asyncio.timeout(30):
                await one.submit(do).done
            await meanwhile()

    async def take_back(self, slug: str) -> None:
        """Say something and take it out again."""
        one = next(one for one in self.historians if slug in one.person.rooms and one.connected)
        async with asyncio.timeout(30):
            said = await one.submit(self._command("message.post", slug, text=self._words())).done
            await one.submit(self._command("message.remove", slug, message=said["message"])).done

    def say_as(self, person: Person, slug: str) -> None:
        """Say something as this person."""
        for one in self.historians:
            if one.person is person:
                self._say(one, slug)

    async def flood(self, slug: str, count: int) -> None:
        """Long messages, more than waits in any socket."""
        people = [one for one in self.historians if slug in one.person.rooms and not one.narrow]
        for n in range(count):
            one = people[n % len(people)]
            one.submit(self._command("message.post", slug, text=f"{new_token()} {'✿' * 3_900}"))
            await asyncio.sleep(0.02)

    # Coming and going ----------------------------------------------------------------------------------------------

    async def _churn(self, person: Person, slug: str) -> None:
        """Put somebody out and let them in again, one after the other, until all is to be quiet."""
        while not self._over:
            await asyncio.sleep(self.chance.uniform(1.5, 6.0))
            await self.put_out(person, slug)
            await asyncio.sleep(self.chance.uniform(0.8, 4.0))
            await self.let_in(person, slug)

    async def put_out(self, person: Person, slug: str) -> Deed:
        """End somebody's right to a room."""
        self.out_of.add((person.person, slug))
        if self.town.kind(slug).visibility is Visibility.TEAM:
            return await self._role(person, slug, held=False)
        return await self._admit(person, slug, admitted=False)

    async def let_in(self, person: Person, slug: str) -> Deed:
        """Give it back."""
        team = self.town.kind(slug).visibility is Visibility.TEAM
        deed = await (self._role(person, slug, held=True) if team else self._admit(person, slug, admitted=True))
        self.out_of.discard((person.person, slug))
        return deed

    async def _admit(self, person: Person, slug: str, *, admitted: bool) -> Deed:
        deed = Deed(monotonic_ms(), "admit" if admitted else "kick", person.person, self.town.stream(slug))
        path = f"/api/rooms/{self.town.rooms[slug]}/people/{person.person}"
        return await self._settle(await self._see_to_it(deed, "PUT", path, {"admitted": admitted}))

    async def _role(self, person: Person, slug: str, *, held: bool) -> Deed:
        deed = Deed(monotonic_ms(), "raise" if held else "lower", person.person, self.town.stream(slug))
        path = f"/api/communities/{SLUG}/members/{person.person}/role"
        return await self._settle(
            await self._see_to_it(deed, "PUT", path, {"role": Role.MODERATOR.value, "held": held})
        )

    async def _settle(self, deed: Deed) -> Deed:
        """Ask nothing else of a right while it can still be done what was asked: a try without an answer may lie in a
        stalled way or a paused node, and goes on with it."""
        for one in deed.tries:
            if one.status == 0:
                held = [fault for fault in self.history.faults if one.held_up_by(fault)]
                await until(lambda: all(fault.ended_ms is not None for fault in held), within_s=ANSWERED_S)  # noqa: B023
                over_ms = max([one.ended_ms, *(fault.ended_ms or 0 for fault in held)]) + DONE_MS
                await asyncio.sleep(max(0, over_ms - monotonic_ms()) / 1000)
        return deed

    async def remove(self, person: Person) -> Deed:
        """Take somebody out of the community, for good."""
        self.removed.add(person.person)
        deed = Deed(monotonic_ms(), "remove", person.person)
        return await self._see_to_it(deed, "DELETE", f"/api/communities/{SLUG}/members/{person.person}", None)

    async def sign_out(self, person: Person) -> Deed:
        """End somebody's session, and sign them in again a little later."""
        deed = Deed(monotonic_ms(), "sign_out", person.person, session=person.session)
        await self._see_to_it(deed, "POST", "/api/sign-out", None, token=person.token)
        await asyncio.sleep(self.chance.uniform(0.5, 2.0))
        while not await sign_in_again(self.cluster.url, person):  # noqa: ASYNC110 - the database has no event for us
            await asyncio.sleep(1)
        for one in self.everybody:
            if one.person is person:
                one.revive()
        return deed

    async def _see_to_it(self, deed: Deed, method: str, path: str, body: Wire | None, *, token: str = "") -> Deed:
        """Ask until it is said to be done. It does no harm twice."""
        self.history.deeds.append(deed)
        while True:
            node, asked_ms = self.chance.randrange(NODES), monotonic_ms()
            bearer = token or self.chance.choice(self.town.keepers).token
            try:
                answer = await self._requests.request(
                    method,
                    f"http://127.0.0.1:{self.cluster.door(node)}{path}",
                    headers={"Authorization": f"Bearer {bearer}"},
                    json=body,
                )
                deed.status = answer.status_code
                deed.tries.append(Try(node, asked_ms, monotonic_ms(), deed.status))
                # A session that has ended can't end itself again: it was done, and the answer was lost.
                if answer.status_code == 200 or (token and answer.status_code == 401):
                    deed.done_ms = monotonic_ms()
                    return deed
            except (httpx2.HTTPError, OSError):
                deed.status = 0
                deed.tries.append(Try(node, asked_ms, monotonic_ms(), 0))
            await asyncio.sleep(0.3)
