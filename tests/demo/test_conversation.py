"""The company in a hurry, in a house of its own: what it says to whom, and what it leaves to others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio

from rooms.commands import PostMessage
from rooms.events import MessagePosted
from rooms.ids import MessageId, PersonId, RoomId, room_stream
from rooms.signals import TallyChanged
from server.commands.migrate import upgrade
from server.database.opened import opened
from server.demo.cast import speakers
from server.demo.company import Company
from server.demo.doors_sql import open_doors
from server.demo.exchanges import exchanges
from server.demo.house import build_house
from server.demo.keyring import Keyring
from server.demo.opening import Doors, unlock
from server.demo.pace import Pace
from server.settings import Settings, with_key
from server.voice import Heard, Pass, Voice, new_nonce
from server.wire import Happened, Now
from tests.e2e.house import House
from tests.server.processes import served
from tests.world import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

# What takes a minute is over in a second, and the limits for one person are not met.
HASTE = 40.0


@dataclass(slots=True)
class Visitor:
    """Somebody whom the script does not speak for, in the room."""

    voice: Voice
    room: RoomId
    heard: list[Heard]

    def posted(self) -> list[MessagePosted]:
        """What was said since they came."""
        events = [item.event for item in self.heard if isinstance(item, Happened)]
        return [event for event in events if isinstance(event, MessagePosted)]

    def told(self, words: str) -> list[MessagePosted]:
        """What the company said with these words in it."""
        return [one for one in self.posted() if one.author.name in speakers() and words in (one.text or "")]

    async def is_told(self, words: str) -> MessagePosted:
        """Wait until the company says something with these words in it."""
        await until(lambda: self.told(words))
        return self.told(words)[0]

    async def says(self, text: str, *, to: tuple[PersonId, ...] = (), under: MessageId | None = None) -> MessageId:
        """Say something; which message it became."""
        command = PostMessage(room=self.room, nonce=new_nonce(), text=text, mentions=to, reply_to=under)
        message = (await self.voice.ask(command)).message
        assert message is not None
        return message


@dataclass(slots=True)
class Street:
    """The demo's house with its door open, and those who can be let in."""

    address: str
    keyring: Keyring
    doors: Doors
    passes: dict[str, Pass] = field(default_factory=dict)

    @asynccontextmanager
    async def visitor(self, name: str) -> AsyncIterator[Visitor]:
        """Wren or Ruth, in the room during the block."""
        heard: list[Heard] = []
        visitor = Visitor(Voice(self.address, self.passes[name], hear=heard.append), self.doors.place.room, heard)
        running = asyncio.create_task(visitor.voice.run())
        try:
            await visitor.voice.follow(room_stream(visitor.room))
            yield visitor
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    @asynccontextmanager
    async def company(self, seed: int) -> AsyncIterator[None]:
        """The company, during the block."""
        pace = Pace(Random(seed), HASTE)
        company = Company(self.address, self.doors.place.room, self.doors.passes, pace=pace)
        running = asyncio.create_task(company.run())
        try:
            await company.gathered.wait()
            yield
            assert not running.done()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def street(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Street]:
    """The house on a server of its own, where Wren and Ruth have keys."""
    folder = tmp_path_factory.mktemp("house")
    settings = with_key(Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'hearth.db'}"))
    keyring = Keyring(settings.secret_key.get_secret_value())
    await asyncio.to_thread(upgrade, settings)
    passes = {
        name: Pass(person=keyring.person(name), name=name, token=f"the token of {name}".replace(" ", "-"))
        for name in ("Wren", "Ruth Adeyemi")
    }
    async with opened(settings) as database:
        await build_house(database, keyring, datetime.now(UTC))
        doors = await unlock(database, keyring)
        await database.write(lambda: open_doors([(one.person, one.token) for one in passes.values()], []))
    async with AsyncExitStack() as stack:
        context = served(folder)
        _, address = await asyncio.to_thread(context.__enter__)
        stack.callback(context.__exit__, None, None, None)
        yield Street(address, keyring, doors, passes)


async def test_exchanges_go_on_with_their_answers_and_signs(street: Street) -> None:
    async with street.visitor("Wren") as wren, street.company(1):
        written = {exchange[0].text: exchange for exchange in exchanges()}
        await until(lambda: len(wren.posted()) >= 12)
        begun = [one for one in wren.posted() if one.text in written]
        exchange = written[begun[0].text or ""]
        await until(lambda: all(wren.told(speech.text) for speech in exchange))
        for speech in exchange[1:]:
            assert (wren.told(speech.text)[0].reply_to is not None) == speech.answers
        await until(lambda: any(isinstance(item, Now) and isinstance(item.signal, TallyChanged) for item in wren.heard))


async def test_who_is_called_answers(street: Street) -> None:
    async with street.visitor("Wren") as wren, street.company(2):
        await wren.says("@Kwame blue.", to=(street.doors.passes["Kwame"].person,))
        assert (await wren.is_told("Wren")).author.name == "Kwame"


async def test_an_answer_to_one_of_them_is_answered_by_them_in_its_thread(street: Street) -> None:
    async with street.visitor("Wren") as wren, street.company(6):
        await until(lambda: [one for one in wren.posted() if one.reply_to is None])
        begun = next(one for one in wren.posted() if one.reply_to is None)
        await wren.says("Blue, I think.", under=begun.message)
        answer = await wren.is_told("Wren")
        assert (answer.author.name, answer.reply_to) == (begun.author.name, begun.message)


async def test_danger_is_answered_by_one_voice_alone(street: Street) -> None:
    async with street.visitor("Wren") as wren, street.company(3):
        await wren.says("I have chest pain.")
        assert "999" in ((await wren.is_told("Wren,")).text or "")
        await wren.says("Thank you.")
        await until(lambda: len(wren.told("Wren")) >= 2)
        assert len(wren.told("999")) == 1


async def test_what_visitors_say_to_each_other_is_left_to_them(street: Street) -> None:
    async with street.visitor("Wren") as wren, street.visitor("Ruth Adeyemi"), street.company(4):
        await wren.says("@Ruth Adeyemi is it far from the parking?", to=(street.passes["Ruth Adeyemi"].person,))
        # Answered after it, so the other would have been answered by now.
        await wren.says("Hello.")
        await wren.is_told("Wren")
        assert not [one for one in wren.told("Wren") if "chapel" in (one.text or "") or "Parking" in (one.text or "")]


async def test_a_closed_room_is_left_in_peace_until_it_opens_again(street: Street, tmp_path: Path) -> None:
    house = House(tmp_path)
    async with street.visitor("Wren") as wren, street.company(5):
        await until(wren.posted)
        ruth = street.passes["Ruth Adeyemi"].token
        path = f"{street.address}/api/rooms/{wren.room}"
        await house.ask("PATCH", path, {"closed": True}, token=ruth)
        closed = [item for item in wren.heard if isinstance(item, Happened)][-1].seq
        await house.ask("PATCH", path, {"closed": False}, token=ruth)
        await until(lambda: [item for item in wren.heard if isinstance(item, Happened) and item.seq > closed + 3])
    await house.close()
