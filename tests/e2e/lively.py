"""A room in which people talk, with every kind of message in it: to look at, and to look for faults in."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from rooms.commands import EditMessage, PostMessage, Reaction, RemoveMessage, SetReaction, Type
from rooms.ids import MessageId, PersonId
from server.voice import Voice, new_nonce
from tests.e2e.house import Guest, House, Place

BOARD = (
    "I don’t mind waiting. I mind not knowing. If the board said “about 40 minutes behind” I’d go and get a cup of"
    " tea, instead of sitting there afraid to miss my name."
)
VET = "Could we get a text when we are next but two? The vet does it for the dog."
WHITEBOARD = "We could write the delay on the whiteboard tomorrow. It needs nobody’s permission."
NODDING = (
    "Joan",
    "Owen",
    "Tess",
    "Sunil",
    "Ines",
    "Percy",
    "Noor",
    "Gwen",
    "Tomasz",
    "Ivy",
    "Bram",
    "Lotte",
    "Rhys",
    "Una",
)
# Who comes, and as what.
STANDINGS = {
    "Dorothy": "patient",
    "Kwame": "staff",
    "Marmalade": "patient",
    "Bilal’s mum": "carer",
    "Vera": "patient",
    "Mei": "staff",
    "Harold P.": "patient",
    "Wren": "carer",
}


@dataclass(slots=True)
class Lively:
    """The room, and who is in it by the name they are known by here."""

    house: House
    place: Place
    guests: dict[str, Guest] = field(default_factory=dict)
    voices: dict[str, Voice] = field(default_factory=dict)
    messages: dict[str, MessageId] = field(default_factory=dict)

    async def say(self, name: str, text: str, **how: Any) -> MessageId:
        """Somebody says something."""
        post = PostMessage(room=self.place.id, nonce=new_nonce(), text=text, **how)
        message = (await self.voices[name].ask(post)).message
        assert message is not None
        self.messages[text] = message
        return message

    async def react(self, text: str, sign: Reaction, *names: str) -> None:
        """Some of them give a sign."""
        for name in names:
            sign_it = SetReaction(
                room=self.place.id, nonce=new_nonce(), message=self.messages[text], reaction=sign, on=True
            )
            await self.voices[name].ask(sign_it)

    async def write(self, *names: str) -> None:
        """Some of them are writing just now."""
        for name in names:
            await self.voices[name].tell(Type(room=self.place.id, on=True))


@asynccontextmanager
async def lively_room(house: House, *, crowd: int = 2) -> AsyncIterator[Lively]:
    """A room in the middle of a talk, as long as the block lasts; `crowd` more people only listen and nod."""
    place = await house.room("Waiting well", purpose="What would make the wait kinder?")
    lively = Lively(house, place)
    staff = (await house.invite(staff=True))["secret"]
    async with AsyncExitStack() as here:
        lively.guests["Ruth"] = await house.guest("Ruth", role="host")
        lively.guests["Priya"] = await house.guest("Priya", role="moderator")
        for name, standing in STANDINGS.items():
            if standing == "staff":
                shown = house.free_name(name)
                lively.guests[name] = await house.signed_in(shown, "/api/join", {"secret": staff, "name": shown})
            else:
                guest = lively.guests[name] = await house.guest(name, standing=standing)
                wanted = {"name": guest.name, "standing": standing, "shows_standing": True}
                await guest.ask("PATCH", "/api/communities/eyes/me", wanted)
        for number in range(crowd):
            lively.guests[f"Nod {number}"] = await house.guest(NODDING[number % len(NODDING)])
        for name, guest in lively.guests.items():
            # Whoever looks at the room in a browser does not sit there twice.
            lively.voices[name] = await here.enter_async_context(guest.in_room(place))
        await _talk(lively)
        await _signs(lively)
        yield lively


MUM = (
    "My son is seven and autistic. The noise in the main area undoes him before we even get in. A quiet corner with"
    " lower lights would change our whole day."
)
HIDDEN = "I can’t hear well and I was too shy to say so. I missed my name twice last spring, and then I went home."


async def _talk(lively: Lively) -> None:
    say = lively.say
    await say("Ruth", "Thank you, that was a clear answer. Now your own words: what would have made it kinder?")
    await say("Ruth", "You can write more than once, and you can just read.")
    board = await say("Dorothy", BOARD)
    await say("Kwame", WHITEBOARD, reply_to=board)
    await say(
        "Marmalade", "Yes. And say it when it’s bad news too. “Two hours” is kinder than silence.", reply_to=board
    )
    await say("Dorothy", "Two hours I can plan for.", reply_to=board)
    await say("Bilal’s mum", MUM)
    await say("Vera", HIDDEN, hide_name=True)
    await say(
        "Mei",
        f"@{lively.guests['Wren'].name} I’m reading this in Clinic 4. There is a leaflet at"
        " https://example.org/waiting/outpatients that nobody reads. Thank you for telling me.",
        mentions=(PersonId(lively.guests["Wren"].person),),
    )
    chairs = await say("Harold P.", "Chairs with arms. I can sit down in the others.")
    edit = EditMessage(
        room=lively.place.id,
        nonce=new_nonce(),
        message=chairs,
        text="Chairs with arms, please. I can sit down in the others. It’s the getting up.",
    )
    await lively.voices["Harold P."].ask(edit)
    await say("Wren", VET)
    unkind = await say("Marmalade", "Something that should not have been said.")
    await lively.voices["Priya"].ask(RemoveMessage(room=lively.place.id, nonce=new_nonce(), message=unkind))


async def _signs(lively: Lively) -> None:
    nodding = [name for name in lively.guests if name.startswith("Nod")]
    await asyncio.gather(
        lively.react(BOARD, Reaction.ME_TOO, "Wren", "Marmalade", "Harold P.", *nodding),
        lively.react(BOARD, Reaction.HEART, "Ruth", "Mei", *nodding[:1]),
        lively.react(MUM, Reaction.HEART, "Ruth", "Dorothy", "Harold P.", *nodding[4:]),
        lively.react(MUM, Reaction.ME_TOO, "Vera", *nodding[:3]),
        lively.react(HIDDEN, Reaction.HEART, "Mei", "Dorothy", *nodding[2:]),
        lively.react(HIDDEN, Reaction.TELL_MORE, "Ruth"),
        lively.react(VET, Reaction.IDEA, "Kwame", "Mei", *nodding),
        lively.react(VET, Reaction.HEART, "Ruth"),
    )


@asynccontextmanager
async def writing(lively: Lively, *names: str) -> AsyncIterator[None]:
    """Some of them write as long as the block lasts."""

    async def on_and_on() -> None:
        while True:
            await lively.write(*names)
            # As a page says it while somebody writes.
            await asyncio.sleep(3)

    task = asyncio.create_task(on_and_on())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
