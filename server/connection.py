"""One live connection: what it asks is sent on its way, what it follows is written to it, and it waits for nobody."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol, assert_never

import msgspec

from rooms.commands import (
    EditMessage,
    Follow,
    LiveCommand,
    MarkRead,
    PostMessage,
    RemoveMessage,
    SetReaction,
    Type,
    Unfollow,
)
from rooms.contract import Code, Refused
from rooms.ids import PersonId, RoomId, StreamId, TabId, kind_of, owner_of, person_stream, room_stream
from rooms.rights import Deed, Place, Standing, badge, may
from rooms.signals import OwnReaction, PlaceMoved, Present, PressureChanged, TallyChanged
from server.clock import monotonic_ms, wall_ms
from server.database.ports import Contended, OutcomeUnknown, Unavailable
from server.here import Here
from server.streams import sequencer
from server.streams.channel import Follower, Pen
from server.streams.frames import Format, encode_item
from server.streams.order import Answer
from server.streams.reading_sql import mark_read
from server.streams.sequencer import internal
from server.streams.streams import Entered, Streams
from server.streams.transaction import Outcome
from server.wire import Ask, Ended, Following, Item, Now, Receipt, Refusal, RoomMine

# So many commands of one connection may be without their answer; then nothing more is read from it.
UNANSWERED_LIMIT = 64
FOLLOW_LIMIT = 64
# A snapshot may be large: so many are made for one connection at a time, none is begun while it does not read, and
# one that is finished by then is not sent.
FOLLOWS_AT_ONCE = 4
# Farther than any stream goes, and still a number that every database holds.
FARTHEST = 2**53
RETRY_MS = 1_000
# How often at most a busy talker's session is told that somebody is there.
TOUCH_MS = 30_000

_decode_json = msgspec.json.Decoder(Ask).decode
_decode_pack = msgspec.msgpack.Decoder(Ask).decode


class Limits(Protocol):
    """Whether someone may do one more of something just now."""

    def allow(self, kind: str, key: str) -> int | None:
        """None when they may; else the milliseconds until they may again."""
        ...


@dataclass(slots=True, eq=False)
class _Coming:
    """A follow that was asked for. `late` tells the asker when it could not be begun in time.

    Taken back before its answer was there, it is no longer `wanted`, and not followed after all.
    """

    ref: int
    command: Follow
    late: asyncio.TimerHandle
    wanted: bool = True


class _NoRoom(Exception):  # noqa: N818 - what is so, not what broke
    """Other answers, begun at the same time, have filled what this reader may leave unread."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What every connection of a node shares."""

    streams: Streams
    here: Here
    limits: Limits
    observe: Callable[[str, str], None]
    # Something was done by hand in this session: a shared device is not quiet.
    touch: Callable[[str], Coroutine[Any, Any, None]]


def decode(data: bytes | str, form: Format) -> Ask:
    """The command in a client frame. Raises `msgspec.DecodeError` for anything else."""
    try:
        if form is Format.MSGPACK:
            if isinstance(data, str):
                raise msgspec.DecodeError("a binary frame is expected")
            return _decode_pack(data)
        if isinstance(data, bytes):
            raise msgspec.DecodeError("a text frame is expected")
        return _decode_json(data)
    except RecursionError:
        # What is skipped on the way to a command's name may be nested without end.
        raise msgspec.DecodeError("nested too deeply") from None
    except UnicodeDecodeError:
        # JSON comes as text already; in a binary frame each text may be none.
        raise msgspec.DecodeError("not UTF-8") from None


class Talker:
    """Somebody's side of a conversation with the node, however it is carried: commands in, items out."""

    def __init__(self, desk: Desk, *, person: PersonId, session: str, tab: TabId, form: Format) -> None:
        self.desk = desk
        self.person = person
        self.session = session
        self.tab = tab
        self.form = form
        self.followers: dict[StreamId, Follower] = {}
        self.rooms: dict[RoomId, RoomMine] = {}
        self.places: dict[RoomId, Place] = {}
        self.unanswered = 0
        self._touched_ms = -TOUCH_MS
        self._deferred: list[_Coming] = []
        # Follows that have begun and have no answer yet.
        self._coming_in: set[_Coming] = set()

    # What a carrier gives -----------------------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether more may be written."""
        raise NotImplementedError

    def write(self, frame: bytes) -> None:
        """Write a whole frame now."""
        raise NotImplementedError

    def pen(self) -> Pen | None:
        """What writes a whole frame if called at once; None when nothing more may be written now."""
        return self.write if self.ready else None

    def put(self, item: bytes) -> None:
        """Send an encoded item, soon, together with others."""
        raise NotImplementedError

    def come_back(self) -> None:
        """End the connection with a code that says come back."""
        raise NotImplementedError

    # Items out ----------------------------------------------------------------------------------------------------

    def send(self, item: Item) -> None:
        """Send one item."""
        self.put(encode_item(item, self.form))

    def refuse(self, ref: int, refused: Refused) -> None:
        """Send the answer no."""
        params = dict(refused.params)
        retry_ms = params.pop("retry_ms", None)
        self.send(
            Refusal(ref=ref, code=refused.code, params=params, retry_ms=retry_ms if isinstance(retry_ms, int) else None)
        )

    def unfollow(self, stream: StreamId) -> None:
        """The right to a stream has ended."""
        self._forget(stream, at_once=True)
        self.send(Ended(stream=stream, code=Code.NOT_FOUND))

    # Commands in --------------------------------------------------------------------------------------------------

    def ask(self, ref: int, command: LiveCommand) -> None:
        """Send a command on its way. Its one answer follows."""
        if not isinstance(command, Unfollow) and not self._allowed(ref, command):
            return
        match command:
            case PostMessage() | EditMessage() | RemoveMessage() | SetReaction():
                self._touch()
                self._order(ref, command)
            case Follow():
                self._follow_in_turn(ref, command)
            case Unfollow(stream=stream):
                for coming in (*self._deferred, *self._coming_in):
                    coming.wanted = coming.wanted and coming.command.stream != stream
                self._forget(stream)
                self.send(Receipt(ref=ref))
            case MarkRead():
                self._begin()
                self.desk.streams.spawn(self._mark_read(ref, command))
            case Type(room=room, on=on):
                self._touch()
                self._type(room, on=on)
                self.send(Receipt(ref=ref))
            case _:
                assert_never(command)

    def _allowed(self, ref: int, command: LiveCommand) -> bool:
        retry_ms = self.desk.limits.allow(command.__struct_config__.tag, self.person)  # type: ignore[arg-type]
        if retry_ms is not None:
            self.refuse(ref, Refused(Code.TOO_FAST, retry_ms=retry_ms))
        return retry_ms is None

    def _touch(self) -> None:
        now = monotonic_ms()
        if now - self._touched_ms > TOUCH_MS:
            self._touched_ms = now
            self.desk.streams.spawn(self.desk.touch(self.session))

    def _order(self, ref: int, command: PostMessage | EditMessage | RemoveMessage | SetReaction) -> None:
        order = self.desk.streams.order(room_stream(command.room), command, actor=self.person, nonce=command.nonce)
        self._begin()
        self.desk.streams.submit(order, lambda outcome: self._settle(ref, command, outcome))

    def _settle(self, ref: int, command: LiveCommand, outcome: Outcome) -> None:
        try:
            self._answer(ref, command, outcome)
        finally:
            self._end()

    def _answer(self, ref: int, command: LiveCommand, outcome: Outcome) -> None:
        kind = type(command).__name__
        if isinstance(outcome, Refused):
            self.desk.observe(kind, outcome.code)
            self.refuse(ref, outcome)
            return
        self.desk.observe(kind, "receipt")
        self.send(receipt(ref, outcome))
        if isinstance(command, SetReaction):
            self.desk.streams.signal(
                person_stream(self.person),
                OwnReaction(room=command.room, message=command.message, reaction=command.reaction, on=command.on),
            )
        if isinstance(command, PostMessage) and not command.hide_name:
            # With the name hidden, who stops writing just then would be who said it.
            self._type(command.room, on=False)

    def _begin(self) -> None:
        self.unanswered += 1

    def _end(self) -> None:
        self.unanswered -= 1
        self._follow_next()

    # Own and passing ----------------------------------------------------------------------------------------------

    async def _mark_read(self, ref: int, command: MarkRead) -> None:
        try:
            await self._see_through(ref, command, self._mark(ref, command))
        finally:
            self._end()

    async def _mark(self, ref: int, command: MarkRead) -> None:
        streams = self.desk.streams
        seq = min(command.seq, FARTHEST)
        place, unread = await streams.database.write(lambda: mark_read(command.room, self.person, seq))
        self.send(Receipt(ref=ref, seq=place))
        streams.signal(person_stream(self.person), PlaceMoved(room=command.room, seq=place, unread=unread))

    async def _see_through(self, ref: int, command: MarkRead | Follow, deed: Awaitable[None]) -> None:
        """Wait for a deed that says by itself that it is done; whatever else comes of it, the asker is told."""
        try:
            await deed
        except Refused as error:
            refused = error
        except OutcomeUnknown:
            # To follow changes nothing that anybody could ask about afterwards.
            refused = Refused(Code.UNKNOWN if isinstance(command, MarkRead) else Code.UNAVAILABLE, retry_ms=RETRY_MS)
        except (Unavailable, Contended, TimeoutError):
            refused = Refused(Code.UNAVAILABLE, retry_ms=RETRY_MS)
        except Exception as error:  # noqa: BLE001 - the edge of a connection: a bug of ours must have an answer too
            refused = internal(command, error)
        else:
            return
        self.desk.observe(type(command).__name__, refused.code)
        self.refuse(ref, refused)

    def _type(self, room: RoomId, *, on: bool) -> None:
        """Passing: whoever may not, or is in another room, is simply not heard."""
        mine = self.rooms.get(room)
        follower = self.followers.get(room_stream(room))
        if mine is None or follower is None or follower.checking or follower.acl < follower.channel.acl:
            return
        if (
            on
            and may(_standing(self.person, mine), Deed.TYPE, place=self.places.get(room), now_ms=wall_ms()) is not None
        ):
            return
        self.desk.here.typing(room, self._present(mine), on=on)

    # Following ----------------------------------------------------------------------------------------------------

    def _follow_in_turn(self, ref: int, command: Follow) -> None:
        """Follow, after the commands asked before have had their answers: so a retry is known before its event."""
        if len(self.followers) + len(self._deferred) + len(self._coming_in) >= FOLLOW_LIMIT:
            self.refuse(ref, Refused(Code.TOO_FAST, retry_ms=RETRY_MS))
            return
        late = asyncio.get_running_loop().call_later(sequencer.PATIENCE_MS / 1000, self._too_late, ref)
        self._deferred.append(_Coming(ref, command, late))
        self._follow_next()

    def _too_late(self, ref: int) -> None:
        """Every command has its answer in time. Only whoever does not read what they have waits for themselves."""
        late = [coming for coming in self._deferred if coming.ref == ref and self.ready]
        for coming in late:
            self._deferred.remove(coming)
            self.refuse(ref, Refused(Code.UNAVAILABLE, retry_ms=RETRY_MS))

    def _follow_next(self) -> None:
        while not self.unanswered and len(self._coming_in) < FOLLOWS_AT_ONCE and self.ready:
            # Of one stream one at a time: the first, taken back meanwhile and answered last, would end the second.
            under_way = {one.command.stream for one in self._coming_in}
            coming = next((one for one in self._deferred if one.command.stream not in under_way), None)
            if coming is None:
                return
            self._deferred.remove(coming)
            self._coming_in.add(coming)
            self.desk.streams.spawn(self.follow(coming))

    async def follow(self, coming: _Coming) -> None:
        """Follow a stream from the cursor given."""
        self._forget(coming.command.stream)
        try:
            await self._see_through(coming.ref, coming.command, self._follow_in_time(coming))
        finally:
            self._coming_in.discard(coming)
            self._follow_next()

    async def _follow_in_time(self, coming: _Coming) -> None:
        now = asyncio.get_running_loop().time()
        coming.late.cancel()
        # Begun late, as its reader was slow, it has all its time.
        patience_s = sequencer.PATIENCE_MS / 1000
        until = coming.late.when() if coming.late.when() > now else now + patience_s
        try:
            async with asyncio.timeout_at(until):
                await self._follow(coming)
        except _NoRoom:
            self._follow_again(coming, until)

    def _follow_again(self, coming: _Coming, until_s: float) -> None:
        """Follow once the reader has taken what they have, before what was asked for after it."""
        if self.gone or not coming.wanted:
            raise Refused(Code.UNAVAILABLE, retry_ms=RETRY_MS)
        coming.late = asyncio.get_running_loop().call_at(until_s, self._too_late, coming.ref)
        self._deferred.insert(0, coming)

    async def _follow(self, coming: _Coming) -> None:
        ref, command = coming.ref, coming.command
        follower = await self.desk.streams.follow(
            self,
            command.stream,
            epoch=command.epoch,
            after=command.after,
            tell=lambda entered: self._entered(ref, command.stream, entered),
        )
        self._followed(command.stream, follower, wanted=coming.wanted)

    def _followed(self, stream: StreamId, follower: Follower, *, wanted: bool) -> None:
        if self.gone:
            self.desk.streams.unfollow(follower)
            return
        doubled = self.followers.get(stream)
        if doubled is not None:
            # Asked twice at once: one cursor a stream.
            self.desk.streams.unfollow(doubled)
        self.followers[stream] = follower
        if not wanted:
            self._forget(stream)
        elif follower.missed:
            self.desk.streams.fanout.deliver(follower)

    @property
    def gone(self) -> bool:
        """Whether the other side has left for good."""
        return False

    def _entered(self, ref: int, stream: StreamId, entered: Entered) -> None:
        if entered.shared is not None and not self.ready:
            raise _NoRoom
        if entered.mine is not None:
            room = RoomId(owner_of(stream))
            self.rooms[room] = entered.mine
            self.places[room] = entered.place or Place()
            if not self.gone:
                self.desk.here.enter(room, self.tab, self._present(entered.mine))
        self.desk.observe("Follow", "resumed" if entered.resumed else "snapshot")
        self.send(
            Following(
                ref=ref,
                stream=stream,
                epoch=entered.epoch,
                seq=entered.seq,
                resumed=entered.resumed,
                rev=entered.rev,
                # Encoded once for everybody: what stands here is the same, as bytes.
                snapshot=None if entered.shared is None else entered.shared.encoded(self.form),  # type: ignore[arg-type]
                mine=entered.mine,
            )
        )
        if entered.snapshot is None and entered.mine is not None:
            self.tell_now(stream, RoomId(owner_of(stream)))
        if stream in self.desk.streams.sequencer.pressure.high:
            self.send(Now(stream=stream, signal=PressureChanged(high=True)))

    def tell_now(self, stream: StreamId, room: RoomId) -> None:
        """Who is here and who is writing: whoever was away has missed what was told of it, and it is not told again."""
        for signal in self.desk.here.soon(room):
            self.send(Now(stream=stream, signal=signal))

    def missed(self, stream: StreamId) -> None:
        """Signals of this stream have passed by: say who is here now, and that totals may have changed."""
        follower = self.followers.get(stream)
        if follower is None or kind_of(stream) != "room":
            return
        self.tell_now(stream, RoomId(owner_of(stream)))
        rev = follower.channel.rev
        self.send(Now(stream=stream, signal=TallyChanged(since=rev, rev=rev, tallies=())))

    def _present(self, mine: RoomMine) -> Present:
        role = badge(_standing(self.person, mine))
        return Present(person=self.person, name=mine.name, standing=mine.standing, role=role)

    def renew(self) -> None:
        """Say that this tab is still in its rooms."""
        for room, mine in self.rooms.items():
            self.desk.here.enter(room, self.tab, self._present(mine))

    def deliver(self) -> None:
        """Room again in the transport: go on from the cursors."""
        for follower in list(self.followers.values()):
            self.desk.streams.fanout.deliver(follower)
        self._follow_next()

    def _forget(self, stream: StreamId, *, at_once: bool = False) -> None:
        follower = self.followers.pop(stream, None)
        if follower is not None:
            self.desk.streams.unfollow(follower)
        if kind_of(stream) != "room":
            # A backstage has its room's id, and going from one is not leaving the other.
            return
        room = RoomId(owner_of(stream))
        self.places.pop(room, None)
        if self.rooms.pop(room, None) is not None:
            self.desk.here.leave(room, self.tab, at_once=at_once)

    def close(self, *, leave: bool) -> None:
        """Follow nothing more. `leave` says whether the tab also left its rooms (a polling one comes back)."""
        for stream in list(self.followers):
            if leave:
                self._forget(stream)
            else:
                self.desk.streams.unfollow(self.followers.pop(stream))


def _standing(person: PersonId, mine: RoomMine) -> Standing:
    """Who somebody was in a room when they followed it: enough for what is only passing."""
    return Standing(
        person=person,
        member=True,
        roles=frozenset(mine.roles),
        admitted=mine.admitted,
        accepted=mine.accepted,
        muted_until_ms=mine.muted_until_ms,
    )


def receipt(ref: int, answer: Answer) -> Receipt:
    """The answer yes, as it is sent."""
    return Receipt(ref=ref, message=answer.message, seq=answer.seq, rev=answer.rev, at_ms=answer.at_ms)
