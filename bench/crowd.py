"""A crowd of followers and a few who write, on raw sockets, made to cost less than what it measures.

Some 25 followers are looked at closely: read at once, every event checked to follow the one before, and its time from
when it was due until it was here. What comes for the others is taken off their sockets every 50 milliseconds without
being looked at; at the end a last message is posted, and each must have had it with its number, which it can't have
without all before it. So all are counted. A message is stamped with the time at which it was due, not with that
at which it was sent, so that a generator or a server that falls behind is not flattered.
"""

import base64
import contextlib
import heapq
import os
import re
import select
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from bench.client import client_frame

SAMPLED = 25
BULK_S = 0.05
LAST_S = 0.1
AT_ONCE = 200
OPEN_S = 120.0
BUFFER = 1 << 20
# More than an event with its stamp, so that none is lost at the seam between two reads.
SEAM = 1_024
# The server reads at most 200 frames a second from one connection.
POSTS_A_SENDER = 100
FILLER = "Could we get a text when we are next but two? The vet does it."

# An event whose stamp is in the next read is looked for again with it.
_JSON_EVENT = re.compile(rb'"seq":(\d+),[^@]*@@(\d+)@@')
# A time in MessagePack may have any byte in it, an @ too.
_PACK_EVENT = re.compile(rb"\xa3seq([\x00-\x7f]|\xcc.|\xcd..|\xce....).{0,600}?@@(\d+)@@", re.DOTALL)
_JSON_SEQ = re.compile(rb'"seq":(\d+),')
_PACK_SEQ = re.compile(rb"\xa3seq([\x00-\x7f]|\xcc.|\xcd..|\xce....)", re.DOTALL)
_FOLLOWING = re.compile(rb'"stream":"([^"]+)","epoch":"([^"]+)","seq":(\d+)')
_LATER = re.compile(rb"(?i)retry-after: (\d+)")
_ANSWER = re.compile(rb'"t":"(receipt|refusal)","ref":(\d+)')


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of all values lie; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def _number(packed: bytes) -> int:
    return packed[0] if len(packed) == 1 else int.from_bytes(packed[1:], "big")


@dataclass(frozen=True, slots=True)
class Place:
    """A server to come to: its port, the room to follow, and the sessions of those who come."""

    port: int
    room: str
    tokens: list[str]


@dataclass(slots=True)
class Window:
    """What one stretch of measuring has found. Times are in milliseconds."""

    rate: float
    followers: int
    posted: int = 0
    delivered: int = 0
    refused: int = 0
    bytes: int = 0
    took_s: float = 0.0
    cpu_share: float = 0.0
    arrivals_ms: list[float] = field(default_factory=list)
    answers_ms: list[float] = field(default_factory=list)
    # From a message's receipt until it was at a follower; 0 when it was there before.
    after_receipt_ms: list[float] = field(default_factory=list)

    @property
    def deliveries_per_s(self) -> float:
        """Events that reached followers, a second."""
        return self.delivered / self.took_s if self.took_s else 0.0

    @property
    def complete(self) -> bool:
        """Whether everything that was posted reached everybody."""
        return self.delivered >= (self.posted - self.refused) * self.followers * 0.999


class Socket:
    """One connection of the crowd."""

    __slots__ = ("at", "form", "pending", "person", "raw", "sampled", "seam", "seq", "stage", "told")

    def __init__(self, raw: socket.socket, form: str, person: int, *, sampled: bool) -> None:
        self.raw = raw
        self.form = form
        self.person = person
        self.sampled = sampled
        self.seam = b""
        self.seq = 0
        self.at = 0.0
        # 0: the upgrade was sent, 1: the follows were sent, 2: follows.
        self.stage = 0
        self.told = 0
        self.pending = b""


# By number in the crowd and stream: an epoch, and a number.
Cursors: TypeAlias = dict[tuple[int, str], tuple[str, int]]


class Crowd:
    """Followers of one room, and senders into it."""

    def __init__(
        self,
        place: Place,
        *,
        forms: tuple[str, ...] = ("json",),
        streams: Callable[[int], list[str]],
        cursors: Cursors | None = None,
        sends_to: int | None = None,
    ) -> None:
        """`forms` are given out in turn; `streams` says what the nth of the crowd follows, `cursors` from where.

        Those who only write are on the node at port `sends_to`, if it is another one.
        """
        self._sends_to = sends_to or place.port
        self.place = place
        # Where each came to stand, to come back with.
        self.cursors: Cursors = {}
        self.resumed = 0
        self.turned_away = 0
        self._from = cursors or {}
        self._again: list[tuple[float, int]] = []
        self.followers: list[Socket] = []
        self.senders: list[Socket] = []
        self.opened_s = 0.0
        # The share of its core that the generator used while all came.
        self.opened_share = 0.0
        self._forms = forms
        self._streams = streams
        self._poll = select.epoll()
        self._by_fd: dict[int, Socket] = {}
        self._buffer = bytearray(BUFFER)
        self._view = memoryview(self._buffer)
        self._refs = 0
        self._every = 1
        self._due: dict[int, float] = {}
        self._answered: dict[int, float] = {}
        self._window: Window | None = None

    # Coming -----------------------------------------------------------------------------------------------------

    def come(self, count: int, *, up_to: int = 0) -> None:
        """Open `count` followers, and wait until each follows and has had everything up to number `up_to`.

        Whoever is told to come later does, after as long as they were told.
        """
        began, cpu = time.perf_counter(), time.process_time()
        self._every = max(1, count // SAMPLED)
        self._again = [(0.0, number) for number in range(count)]
        opening: set[Socket] = set()
        while opening or self._again:
            now = time.perf_counter()
            if now - began > OPEN_S:
                raise TimeoutError(f"{len(opening) + len(self._again)} of {count} do not follow after {OPEN_S:.0f} s")
            while self._again and self._again[0][0] <= now and len(opening) < AT_ONCE:
                _, number = heapq.heappop(self._again)
                opening.add(self._connect(number, form=self._forms[number % len(self._forms)], follows=True))
            for fd, _ in self._poll.poll(0.01):
                one = self._by_fd[fd]
                if one in opening and self._opened(one, up_to):
                    opening.discard(one)
        self.opened_s = time.perf_counter() - began
        self.opened_share = (time.process_time() - cpu) / self.opened_s

    def _opened(self, one: Socket, up_to: int = 0) -> bool:
        """Whether it is done with coming in: it follows, or was told to come later."""
        self._hear(one)
        if one.stage == 0 and b"\r\n\r\n" in one.pending:
            if not one.pending.startswith(b"HTTP/1.1 101"):
                self._come_later(one)
                return True
            one.pending = one.pending.partition(b"\r\n\r\n")[2]
            if one.told < 0:
                one.stage = 2
                return True
            self._follow(one)
        if one.stage == 1 and b'"refusal"' in one.pending:
            one.pending = b""
            self.turned_away += 1
            self._follow(one)
        if one.stage == 1 and one.pending.count(b"following") >= one.told:
            one.seq = max(one.seq, self._seq_in(one, one.pending))
            if one.seq >= up_to:
                self._follows(one)
        return one.stage == 2

    @staticmethod
    def _hear(one: Socket) -> None:
        with contextlib.suppress(BlockingIOError):
            data = one.raw.recv(BUFFER)
            if not data:
                raise ConnectionError(f"closed while it came in: {one.pending[-200:]!r}")
            one.pending += data

    def _come_later(self, one: Socket) -> None:
        told = _LATER.search(one.pending)
        if told is None:
            raise ConnectionError(one.pending.partition(b"\r\n")[0].decode())
        self.turned_away += 1
        self._poll.unregister(one.raw)
        one.raw.close()
        heapq.heappush(self._again, (time.perf_counter() + int(told[1]), one.person))

    def _follow(self, one: Socket) -> None:
        streams = self._streams(one.person)
        one.told = len(streams)
        for ref, stream in enumerate(streams):
            epoch, after = self._from.get((one.person, stream), (None, 0))
            one.raw.send(_ask(one.form, ref, {"t": "stream.follow", "stream": stream, "epoch": epoch, "after": after}))
        one.stage = 1

    def _follows(self, one: Socket) -> None:
        one.stage = 2
        self.resumed += one.pending.count(b'"resumed":true') >= one.told
        for stream, epoch, seq in _FOLLOWING.findall(one.pending):
            self.cursors[one.person, stream.decode()] = (epoch.decode(), int(seq))
        one.pending = b""
        self.followers.append(one)
        if not one.sampled:
            self._poll.unregister(one.raw)

    def send_with(self, count: int) -> None:
        """Have so many connections that only write."""
        while len(self.senders) < count:
            one = self._connect(len(self.senders), form="json", follows=False)
            while one.stage < 2:
                for fd, _ in self._poll.poll(1.0):
                    if self._by_fd[fd] is one:
                        self._opened(one)
            self.senders.append(one)

    def _connect(self, number: int, *, form: str, follows: bool) -> Socket:
        port = self.place.port if follows else self._sends_to
        raw = socket.create_connection(("127.0.0.1", port))
        raw.settimeout(0)
        one = Socket(raw, form, number, sampled=follows and number % self._every == 0)
        if not follows:
            one.told = -1
        raw.send(_upgrade(port, self.place.tokens[number % len(self.place.tokens)], form))
        self._by_fd[raw.fileno()] = one
        self._poll.register(raw, select.EPOLLIN)
        return one

    def close(self) -> None:
        """Leave."""
        self.leave()

    def leave(self) -> None:
        """Close everything."""
        for one in (*self.followers, *self.senders):
            one.raw.close()
        self._poll.close()

    # Measuring --------------------------------------------------------------------------------------------------

    def run(self, rate: float, *, warm_s: float, seconds: float, drain_s: float = 3.0) -> Window:
        """Post at `rate` a second, and see how it arrives at all followers."""
        self.send_with(max(4, int(rate / POSTS_A_SENDER) + 1))
        if warm_s:
            self._go(Window(rate, len(self.followers)), rate, warm_s, drain_s=drain_s)
        return self._go(Window(rate, len(self.followers)), rate, seconds, drain_s=drain_s)

    def _go(self, window: Window, rate: float, seconds: float, *, drain_s: float) -> Window:
        self._window = window
        start_seq = [one.seq for one in self.followers]
        began, cpu = time.perf_counter(), time.process_time()
        end = began + seconds
        due, bulk_at, last_at, sent = began, began, 0.0, 0
        skims = False
        bulk = self._in_turn(skims=False)
        while True:
            now = time.perf_counter()
            while due <= now and due < end:
                self._post(self.senders[sent % len(self.senders)], due)
                sent += 1
                due += 1 / rate
            if now >= bulk_at:
                # A few at a time, so that those looked at closely and the senders are not kept waiting.
                if next(bulk, None) is None:
                    bulk, bulk_at = self._in_turn(skims=skims), now + BULK_S
            elif now < end:
                self._listen(max(0.0, min(due, bulk_at, end) - now))
            self._listen(0)
            if now >= end:
                skims = True
                if now >= last_at:
                    # Whatever was taken off unseen, its number is seen now.
                    self._post(self.senders[sent % len(self.senders)], now)
                    last_at = now + LAST_S
                if self._settled(sent, start_seq) or now > end + drain_s:
                    break
        window.posted = sent
        window.took_s = seconds
        window.cpu_share = (time.process_time() - cpu) / (time.perf_counter() - began)
        meant = sent - window.refused
        window.delivered = sum(
            min(one.seq - before, meant) for one, before in zip(self.followers, start_seq, strict=True)
        )
        return window

    def _settled(self, sent: int, start_seq: list[int]) -> bool:
        assert self._window is not None
        meant = sent - self._window.refused
        return all(one.seq - before >= meant for one, before in zip(self.followers, start_seq, strict=True))

    def _in_turn(self, *, skims: bool) -> Iterator[int]:
        for number, one in enumerate(self.followers):
            if not one.sampled:
                (self._skim if skims else self._discard)(one)
            if number % 100 == 99:
                yield number

    def _listen(self, wait_s: float) -> None:
        for fd, _ in self._poll.poll(wait_s):
            one = self._by_fd[fd]
            if one.told < 0:
                self._answers(one)
            else:
                self._read(one)

    def _post(self, sender: Socket, due: float) -> None:
        self._refs += 1
        self._due[self._refs] = due
        text = f"@@{int(due * 1e9)}@@ {FILLER}"
        nonce = f"{self._refs:022d}"
        do = {"t": "message.post", "room": self.place.room, "nonce": nonce, "text": text}
        sender.raw.send(_ask("json", self._refs, do))

    def _answers(self, one: Socket) -> None:
        assert self._window is not None
        data = one.seam + self._take(one)
        now = time.perf_counter()
        end = 0
        for found in _ANSWER.finditer(data):
            due = self._due.pop(int(found[2]), None)
            if due is not None:
                self._window.answers_ms.append((now - due) * 1000)
                self._answered[int(due * 1e9)] = now
                self._window.refused += found[1] == b"refusal"
            end = found.end()
        one.seam = data[end:][-SEAM:]

    def _read(self, one: Socket) -> None:
        """Look at every event of one that is looked at closely."""
        assert self._window is not None
        data = one.seam + self._take(one)
        now_ns = time.perf_counter_ns()
        pattern = _JSON_EVENT if one.form == "json" else _PACK_EVENT
        for found in pattern.finditer(data):
            seq = int(found[1]) if one.form == "json" else _number(found[1])
            if seq <= one.seq:
                continue
            if seq != one.seq + 1:
                raise AssertionError(f"a hole: {seq} after {one.seq}")
            one.seq = seq
            stamp = int(found[2])
            self._window.arrivals_ms.append((now_ns - stamp) / 1e6)
            answered = self._answered.get(stamp, now_ns / 1e9)
            self._window.after_receipt_ms.append(max(0.0, (now_ns / 1e9 - answered) * 1000))
        one.seam = data[-SEAM:]

    def _discard(self, one: Socket) -> None:
        """Take off all there is, in the kernel and unseen."""
        assert self._window is not None
        with contextlib.suppress(BlockingIOError):
            while size := one.raw.recv_into(self._view, BUFFER, socket.MSG_TRUNC):
                self._window.bytes += size
        one.seam = b""

    def _skim(self, one: Socket) -> None:
        """Read all there is, and see how far it goes."""
        assert self._window is not None
        last = b""
        with contextlib.suppress(BlockingIOError):
            while size := one.raw.recv_into(self._buffer):
                self._window.bytes += size
                last = (last + bytes(self._view[max(0, size - SEAM) : size]))[-SEAM:]
        if last:
            data = one.seam + last
            one.seq = max(one.seq, self._seq_in(one, data))
            one.seam = last

    @staticmethod
    def _seq_in(one: Socket, data: bytes) -> int:
        if one.form == "json":
            return max((int(found) for found in _JSON_SEQ.findall(data)), default=0)
        return max((_number(found) for found in _PACK_SEQ.findall(data)), default=0)

    def _take(self, one: Socket) -> bytes:
        assert self._window is not None
        try:
            data = one.raw.recv(BUFFER)
        except BlockingIOError:
            return b""
        if not data:
            raise ConnectionError("closed by the server")
        self._window.bytes += len(data)
        return data


def _upgrade(port: int, token: str, form: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET /live HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: hearth.v1.{form}\r\n"
        f"Authorization: Bearer {token}\r\n\r\n"
    ).encode()


def _ask(form: str, ref: int, do: Mapping[str, object]) -> bytes:
    ask = {"ref": ref, "do": do}
    if form == "json":
        return client_frame(msgspec.json.encode(ask))
    frame = client_frame(msgspec.msgpack.encode(ask))
    return bytes((0x82,)) + frame[1:]
