"""A written week said in a room, message by message, by those who said it; and notes of when each was."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from rooms.commands import EditMessage, PostMessage, RemoveMessage, RoomCommand, SetReaction
from rooms.ids import MessageId, PersonId, RoomId, room_stream
from server.demo.past_sql import Past
from server.demo.script import Sign, mentioned
from server.demo.week import Entry, Moment
from server.streams.order import Answer
from server.streams.streams import Streams
from server.voice import new_nonce


class Retelling:
    """Says weeks, and writes down when everything in them was."""

    def __init__(self, streams: Streams, *, people: Mapping[str, PersonId], past: Past, now: datetime) -> None:
        self._streams = streams
        self._people = people
        self._past = past
        self._now = now

    async def tell(self, room: RoomId, entries: Sequence[Entry], *, readers: Iterable[str], left: Moment) -> None:
        """Say everything that was said in a room. `readers` have read it until they left."""
        left_ms = left.at_ms(self._now)
        above: MessageId | None = None
        read = 0
        for entry in entries:
            answer = await self._post(room, entry, above if entry.answers else None)
            message = _made(answer)
            if not entry.answers:
                above = message
            if entry.moment.at_ms(self._now) < left_ms:
                read = answer.seq or read
            await self._sign(room, message, entry.signs)
            await self._change(room, message, entry)
        self._past.read += [(room, self._people[name], read) for name in readers]

    async def _post(self, room: RoomId, entry: Entry, above: MessageId | None) -> Answer:
        named = mentioned(entry.text, frozenset(self._people))
        command = PostMessage(
            room=room,
            nonce=new_nonce(),
            text=entry.text,
            reply_to=above,
            mentions=tuple(self._people[name] for name in named),
            hide_name=entry.hidden,
        )
        answer = await self._order(command, entry.speaker)
        at_ms = entry.moment.at_ms(self._now)
        self._past.posted.append((at_ms, _made(answer)))
        self._past.happened(room, answer.seq or 0, at_ms)
        return answer

    async def _sign(self, room: RoomId, message: MessageId, signs: Sequence[Sign]) -> None:
        # At once, since nobody can tell in which order people pressed.
        async with asyncio.TaskGroup() as tasks:
            for sign in signs:
                command = SetReaction(room=room, nonce=new_nonce(), message=message, reaction=sign.reaction, on=True)
                tasks.create_task(self._order(command, sign.person))

    async def _change(self, room: RoomId, message: MessageId, entry: Entry) -> None:
        if entry.edit is not None:
            at_ms = entry.edit.moment.at_ms(self._now)
            edit = EditMessage(room=room, nonce=new_nonce(), message=message, text=entry.edit.text)
            answer = await self._order(edit, entry.speaker)
            self._past.edited.append((at_ms, message))
            self._past.happened(room, answer.seq or 0, at_ms)
        if entry.removal is not None:
            at_ms = entry.removal.moment.at_ms(self._now)
            removal = RemoveMessage(room=room, nonce=new_nonce(), message=message)
            answer = await self._order(removal, entry.removal.person)
            self._past.removed.append((at_ms, message))
            self._past.happened(room, answer.seq or 0, at_ms)

    async def _order(self, command: RoomCommand, name: str) -> Answer:
        order = self._streams.order(room_stream(command.room), command, actor=self._people[name], nonce=command.nonce)
        return await self._streams.ask(order)


def _made(answer: Answer) -> MessageId:
    if answer.message is None:
        raise RuntimeError("a message was stored without an id")
    return answer.message
