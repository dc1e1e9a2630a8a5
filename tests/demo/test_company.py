"""The demo without a browser: talk goes on, newcomers are answered, and to start it again doubles nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from rooms.commands import PostMessage
from rooms.events import MessagePosted
from rooms.ids import RoomId, room_stream
from rooms.signals import TypingChanged
from server.demo.cast import COMMUNITY_SLUG, LIVING_ROOM, speakers
from server.replay.ways_in import Where, by_invitation
from server.voice import Heard, Voice, new_nonce
from server.wire import Happened, Now
from tests.demo.opened import Demo, demo
from tests.server.processes import hearth
from tests.world import until

# Somebody reads, writes and sends in at most eight seconds; the rest is for a busy machine.
ANSWERED_S = 40.0
TABLES = ("community", "member", "person", "role", "room", "invitation", "sign_in_link")


class Newcomer:
    """Somebody who has come in by the invitation, and what they see."""

    def __init__(self, room: RoomId) -> None:
        self.room = room
        self.voice: Voice
        self.heard: list[Heard] = []

    def posted(self) -> list[MessagePosted]:
        """What was said since they came."""
        found = [item.event for item in self.heard if isinstance(item, Happened)]
        return [event for event in found if isinstance(event, MessagePosted)]

    def texts(self) -> list[str]:
        """The words of it."""
        return [event.text or "" for event in self.posted()]

    async def says(self, text: str, *, hide_name: bool = False) -> None:
        """Say something to the room."""
        await self.voice.ask(PostMessage(room=self.room, nonce=new_nonce(), text=text, hide_name=hide_name))


@asynccontextmanager
async def newcomer(opened: Demo, name: str) -> AsyncIterator[Newcomer]:
    """Somebody new in the living room, during the block."""
    where = Where(opened.address, LIVING_ROOM, COMMUNITY_SLUG)
    entered = await by_invitation(where, opened.invitation, [name])
    new = Newcomer(entered.room)
    new.voice = Voice(opened.address, entered.passes[name], hear=new.heard.append)
    running = asyncio.create_task(new.voice.run())
    try:
        await new.voice.follow(room_stream(entered.room))
        yield new
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_talk_goes_on_and_a_newcomer_is_answered(tmp_path: Path) -> None:
    with demo(tmp_path) as opened:
        async with newcomer(opened, "Imogen") as imogen:
            await until(imogen.posted, within_s=ANSWERED_S)
            [first, *_] = imogen.posted()
            assert first.author.name in speakers()
            typing = [
                who.name
                for item in imogen.heard
                if isinstance(item, Now) and isinstance(item.signal, TypingChanged)
                for who in item.signal.people
            ]
            assert first.author.name in typing
            await imogen.says("Hello everyone!")
            await until(lambda: any("Imogen" in text for text in imogen.texts()), within_s=ANSWERED_S)
            await imogen.says("I would rather not say who I am, and I am scared.", hide_name=True)
            await until(lambda: any("friend" in text for text in imogen.texts()), within_s=ANSWERED_S)
            assert not any("{name}" in text for text in imogen.texts())


def test_starting_again_doubles_nothing_and_beginning_anew_forgets(tmp_path: Path) -> None:
    with demo(tmp_path) as opened:
        asyncio.run(_look_in(opened))
        first = {table: opened.count(table) for table in TABLES}
        sessions, old = opened.count("session"), opened.count("message", "text LIKE 'Good morning, everyone%'")
        links = {name: link.rpartition("/in/")[2] for name, link in opened.links.items()}
        second = hearth(tmp_path, "demo", "--port", "0")
        assert second.returncode == 1
        assert "already in use" in second.stderr
    (tmp_path / "demo" / "unfinished.db").write_text("a start that was broken off")
    with demo(tmp_path) as again:
        assert {table: again.count(table) for table in TABLES} == first
        assert first["member"] == 15
        assert (again.count("session"), again.count("message", "text LIKE 'Good morning, everyone%'")) == (
            sessions,
            old,
        )
        assert {name: link.rpartition("/in/")[2] for name, link in again.links.items()} == links
    with demo(tmp_path, "--fresh") as anew:
        assert anew.count("member") == 14
        assert not (tmp_path / "demo" / "unfinished.db").exists()


async def _look_in(opened: Demo) -> None:
    async with newcomer(opened, "Imogen"):
        pass


def test_production_has_no_demo(tmp_path: Path) -> None:
    refused = hearth(tmp_path, "demo", HEARTH_ENV="production")
    assert refused.returncode == 1
    assert "HEARTH_ENV is production" in refused.stderr
    assert list(tmp_path.iterdir()) == []
