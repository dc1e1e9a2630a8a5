"""A transcript said again: a voice for each who spoke, the order of the lines kept, the history looked through."""

import asyncio
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rooms.commands import PostMessage
from rooms.contract import Refused
from rooms.ids import MessageId, RoomId, room_stream
from server.clock import monotonic_ms
from server.replay.report import Compared, Report, Said, compare, percentile
from server.replay.transcript import Turn
from server.replay.ways_in import Entered
from server.rest import Away, Rest
from server.voice import Comings, Voice, new_nonce
from server.wire import MessageView, Page

# How often a tired server is asked again for its history.
_RETRY_S = 1.0


class Silent(Exception):  # noqa: N818 - it is told to a person, as it stands
    """The server has not answered for longer than anybody was willing to wait."""


@dataclass(slots=True)
class _Notes:
    """What is written down while the lines are said."""

    sent: int = 0
    held: int = 0
    unanswered: int = 0
    acknowledged: list[Said] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    waits_ms: list[int] = field(default_factory=list)


class Performance:
    """One replay from its beginning to its report."""

    def __init__(self, address: str, entered: Entered, *, patience_s: float, tell: Callable[[str], None]) -> None:
        """`patience_s` is how long one answer is waited for, over all reconnections; `tell` hears of the progress."""
        self._address = address
        self._entered = entered
        self._patience_s = patience_s
        self._tell = tell
        self._voices = {author: Voice(address, who) for author, who in entered.passes.items()}
        self._notes = _Notes()

    async def run(self, turns: Sequence[Turn]) -> Report:
        """Say all turns and look whether they are there. Raises `Silent` when there is nobody to say them to."""
        began_ms = monotonic_ms()
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(voice.run()) for voice in self._voices.values()]
            try:
                found: list[Said] | Silent = await self._perform(turns)
            except Silent as silent:
                found = silent
            finally:
                for task in running:
                    task.cancel()
        if isinstance(found, Silent):
            raise found
        compared = compare(self._notes.acknowledged, found, unanswered=self._notes.unanswered)
        return self._report(len(turns), compared, (monotonic_ms() - began_ms) / 1000)

    async def _perform(self, turns: Sequence[Turn]) -> list[Said]:
        start = await self._come_in()
        await self._say_all(turns)
        return await self._found(start)

    async def _come_in(self) -> int:
        """Let everyone follow the room; the number of the newest event before anything was said."""
        stream = room_stream(self._entered.room)
        try:
            async with asyncio.timeout(self._patience_s):
                await asyncio.gather(*(voice.follow(stream) for voice in self._voices.values()))
        except TimeoutError:
            raise Silent(f"{self._address} did not let everybody in within {self._patience_s:.0f} s.") from None
        except Refused as refused:
            raise Silent(f"{self._address} does not let everybody into the room: {refused.code.value}.") from None
        self._tell(f"{len(self._voices)} people are in the room.")
        return max(voice.place(stream) for voice in self._voices.values())

    async def _say_all(self, turns: Sequence[Turn]) -> None:
        told_ms = sent_ms = monotonic_ms()
        for turn in turns:
            # From the sending of the one before; its answer was waited for, so the order is kept in any case.
            await asyncio.sleep(max(0.0, turn.pause_s - (monotonic_ms() - sent_ms) / 1000))
            sent_ms = monotonic_ms()
            if not await self._say(turn):
                self._tell(f"No answer for {self._patience_s:.0f} s. The rest is left unsaid.")
                return
            if sent_ms - told_ms > 10_000:
                told_ms = sent_ms
                self._tell(f"{self._notes.sent} of {len(turns)} lines said.")

    async def _say(self, turn: Turn) -> bool:
        """Say one line and wait for its answer; false when there was none."""
        notes, begun_ms = self._notes, monotonic_ms()
        command = PostMessage(room=self._entered.room, nonce=new_nonce(), text=turn.text)
        notes.sent += 1
        try:
            async with asyncio.timeout(self._patience_s):
                receipt = await self._voices[turn.author].ask(command)
        except TimeoutError:
            notes.unanswered += 1
            return False
        except Refused as refused:
            notes.refusals[refused.code.value] += 1
            return True
        notes.waits_ms.append(monotonic_ms() - begun_ms)
        if receipt.seq is None:
            # Stored, and without a number until a moderator has let it through.
            notes.held += 1
        else:
            notes.acknowledged.append((receipt.message or MessageId(""), _as_kept(turn.text)))
        return True

    async def _found(self, start: int) -> list[Said]:
        """What those who speak here have said since, as the history tells it."""
        try:
            async with asyncio.timeout(self._patience_s):
                messages = await self._patiently(start)
        except TimeoutError:
            raise Silent(f"{self._address} did not tell its history within {self._patience_s:.0f} s.") from None
        ours = {who.person for who in self._entered.passes.values()}
        return [(one.message, one.text or "") for one in messages if one.author.person in ours]

    async def _patiently(self, start: int) -> list[MessageView]:
        token = next(iter(self._entered.passes.values())).token
        while True:
            try:
                return await history_since(Rest(self._address, token=token), self._entered.room, start)
            except Away:
                await asyncio.sleep(_RETRY_S)
            except Refused as refused:
                raise Silent(f"{self._address} does not tell its history: {refused.code.value}.") from None

    def _report(self, lines: int, compared: Compared, took_s: float) -> Report:
        notes = self._notes
        waits_ms = sorted(notes.waits_ms)
        comings = [voice.comings for voice in self._voices.values()]
        return Report(
            lines=lines,
            sent=notes.sent,
            acknowledged=len(notes.acknowledged),
            held=notes.held,
            refused=notes.refusals.total(),
            unanswered=notes.unanswered,
            lost=compared.lost,
            doubled=compared.doubled,
            moved=compared.moved,
            altered=compared.altered,
            refusals=dict(notes.refusals),
            p50_ms=percentile(waits_ms, 0.5),
            p99_ms=percentile(waits_ms, 0.99),
            max_ms=percentile(waits_ms, 1.0),
            took_s=round(took_s, 1),
            voices=len(comings),
            reconnected=_total(comings, lambda one: max(0, one.opened - 1)),
            resumed=_total(comings, lambda one: one.resumed),
            # The first coming in of each is one.
            snapshots=_total(comings, lambda one: max(0, one.snapshots - 1)),
        )


def _total(comings: Sequence[Comings], number: Callable[[Comings], int]) -> int:
    return sum(number(one) for one in comings)


def _as_kept(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").strip())


async def history_since(rest: Rest, room: RoomId, start: int) -> list[MessageView]:
    """The room's messages with a number above `start`, in their order, read back page by page."""
    pages: list[list[MessageView]] = []
    cursor: str | None = None
    while True:
        asked = f"/api/rooms/{room}/messages{f'?before={cursor}' if cursor else ''}"
        page = await rest.get(asked, Page)
        pages.append([one for one in page.messages if one.seq > start])
        cursor = page.earlier
        if cursor is None or len(pages[-1]) < len(page.messages):
            return [one for some in reversed(pages) for one in some]
