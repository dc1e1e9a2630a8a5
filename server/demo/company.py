"""The scripted members while the demo runs: over real sockets, they talk when somebody is there, and they answer."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence

from rooms.commands import PostMessage, Reaction, SetReaction, Type
from rooms.contract import Refused
from rooms.events import MessagePosted
from rooms.ids import MessageId, PersonId, RoomId, room_stream
from rooms.signals import RosterChanged
from server.clock import monotonic_ms
from server.demo.answers import Cue, Reply, answer, cue_for, cues, named
from server.demo.attention import Attention, Unanswered, Wanted
from server.demo.exchanges import Exchange, exchanges, in_turn
from server.demo.pace import Pace
from server.demo.script import Sign
from server.voice import Heard, Pass, Voice, new_nonce
from server.wire import Following, Happened, Now

# So many exchanges go on with nobody there; then the company rests until somebody comes, and fills no disk.
_ALONE = 2
# Whoever has neither come nor written for so long has a tab open somewhere and is doing other things.
_LIVELY_MS = 15 * 60_000
# The browser says so every three seconds too.
_TYPING_S = 3.0
_SECOND_VOICE = 0.35
_HEART = 0.5


class Company:
    """Everyone the script speaks for, in the room where the conversation goes on."""

    def __init__(self, address: str, room: RoomId, passes: Mapping[str, Pass], *, pace: Pace) -> None:
        self._room = room
        self._pace = pace
        self._chance = pace.chance
        self._voices = {name: Voice(address, who, hear=self._hear) for name, who in passes.items()}
        self._attention = Attention({who.person: name for name, who in passes.items()})
        self._cues: Sequence[Cue] = cues()
        self._seen = 0
        self._sign_ms = -_LIVELY_MS
        self._arrived = asyncio.Event()
        self._unanswered = Unanswered()
        self._asked = asyncio.Event()
        self._unasked = asyncio.Event()
        self._unasked.set()
        self._answered_last: dict[PersonId | None, str] = {}
        self._tasks = asyncio.TaskGroup()
        # Set once everybody is there: what is said from now on is heard.
        self.gathered = asyncio.Event()

    async def run(self) -> None:
        """Be there until cancelled. Once only."""
        async with self._tasks as tasks:
            for voice in self._voices.values():
                tasks.create_task(voice.run())
            await asyncio.gather(*(self._enter(voice) for voice in self._voices.values()))
            self.gathered.set()
            tasks.create_task(self._chat())
            tasks.create_task(self._answer_all())

    async def _enter(self, voice: Voice) -> None:
        # One who may no longer come in is missed by the others, and that is all.
        with contextlib.suppress(Refused):
            await voice.follow(room_stream(self._room))

    # What they notice ----------------------------------------------------------------------------------------------

    def _hear(self, item: Heard) -> None:
        """Every voice hears the same; what one has heard is done with."""
        match item:
            case Following(snapshot=snapshot) if snapshot is not None:
                self._attention.remembers((one.message, one.author) for one in snapshot.page.messages)
                self._seen = max(self._seen, item.seq)
                self._see(snapshot.roster)
            case Now(signal=RosterChanged() as roster):
                self._see(roster)
            case Happened(seq=seq, event=MessagePosted() as posted) if seq > self._seen:
                self._seen = seq
                self._listen(posted)

    def _see(self, roster: RosterChanged) -> None:
        if self._attention.sees(roster):
            self._sign_ms = monotonic_ms()
            self._arrived.set()

    def _listen(self, posted: MessagePosted) -> None:
        wanted = self._attention.hears(posted)
        if wanted is None:
            return
        self._sign_ms = monotonic_ms()
        self._unanswered.add(wanted)
        self._asked.set()
        self._unasked.clear()

    # What they talk about ------------------------------------------------------------------------------------------

    async def _chat(self) -> None:
        alone = 0
        for exchange in in_turn(exchanges(), self._chance):
            alone = 0 if self._attention.visitors else alone + 1
            if alone > _ALONE:
                self._arrived.clear()
                await self._arrived.wait()
            if not await self._have(exchange):
                await asyncio.sleep(self._pace.after_refusal())
            lively = monotonic_ms() - self._sign_ms < _LIVELY_MS
            await self._rest(self._pace.between_exchanges(lively=lively))

    async def _rest(self, seconds: float) -> None:
        """Say nothing for a while, unless somebody comes."""
        self._arrived.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._arrived.wait()

    async def _have(self, exchange: Exchange) -> bool:
        """Have an exchange; false when it was broken off because somebody could not speak."""
        above: MessageId | None = None
        for speech in exchange:
            pause_s = self._pace.before_saying(speech.text)
            # Reading first, then writing; and whoever asked something has their answer first.
            await asyncio.sleep(pause_s * 0.4)
            await self._unasked.wait()
            reply_to = above if speech.answers else None
            message = await self._say(speech.speaker, speech.text, after_s=pause_s * 0.6, reply_to=reply_to)
            if message is None:
                return False
            if not speech.answers:
                above = message
            for sign in speech.signs:
                self._tasks.create_task(self._put_sign(message, sign))
        return True

    async def _say(
        self, name: str, text: str, *, after_s: float, reply_to: MessageId | None = None
    ) -> MessageId | None:
        """Write for a while, for all to see, then send; None when it was refused."""
        voice = self._voices[name]
        while after_s > 0:
            await voice.tell(Type(room=self._room, on=True))
            await asyncio.sleep(min(_TYPING_S, after_s))
            after_s -= _TYPING_S
        try:
            receipt = await voice.ask(PostMessage(room=self._room, nonce=new_nonce(), text=text, reply_to=reply_to))
        except Refused:
            return None
        return receipt.message

    async def _put_sign(self, message: MessageId, sign: Sign) -> None:
        await asyncio.sleep(self._pace.before_sign())
        command = SetReaction(room=self._room, nonce=new_nonce(), message=message, reaction=sign.reaction, on=True)
        with contextlib.suppress(Refused):
            await self._voices[sign.person].ask(command)

    # What they answer ----------------------------------------------------------------------------------------------

    async def _answer_all(self) -> None:
        while True:
            await self._asked.wait()
            author = self._unanswered.first()
            await asyncio.sleep(self._pace.before_answering())
            # What they have written by now; and from here on another line is another question.
            wanted = self._unanswered.take(author)
            if not self._unanswered:
                self._asked.clear()
            await self._answer(wanted)
            if not self._unanswered:
                self._unasked.set()

    async def _answer(self, wanted: Wanted) -> None:
        cue = cue_for(wanted.text, self._cues)
        if wanted.aside and not cue.grave:
            return
        if wanted.called is not None and cue.name == "any":
            cue = named("named", self._cues)
        last = self._answered_last.get(wanted.author)
        first = answer(
            cue, to=wanted.name, avoid={last} if last else (), chance=self._chance, called=wanted.called
        ) or answer(cue, to=wanted.name, avoid=(), chance=self._chance)
        if first is None:
            return
        # To the whole room, where a newcomer sees it; a thread may be folded up.
        await self._reply(wanted, first, in_thread=wanted.thread != wanted.message)
        if not cue.grave:
            await self._linger(wanted, cue, first.speaker)

    async def _linger(self, wanted: Wanted, cue: Cue, first: str) -> None:
        """Sometimes there is a heart as well, and sometimes somebody else has something to add."""
        if self._chance.random() < _HEART:
            giver = self._chance.choice([name for name in self._voices if name != first])
            self._tasks.create_task(self._put_sign(wanted.message, Sign(Reaction.HEART, giver)))
        second = answer(cue, to=wanted.name, avoid={first}, chance=self._chance)
        if second is None or second.speaker == first or self._chance.random() >= _SECOND_VOICE:
            return
        # Nobody who waits for a first answer has to wait for a second one to somebody else.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._pace.before_second()):
                await self._asked.wait()
                return
        await self._reply(wanted, second, in_thread=True)

    async def _reply(self, wanted: Wanted, reply: Reply, *, in_thread: bool) -> None:
        self._answered_last[wanted.author] = reply.speaker
        await self._say(
            reply.speaker,
            reply.text,
            after_s=self._pace.writing_answer(reply.text),
            reply_to=wanted.thread if in_thread else None,
        )
