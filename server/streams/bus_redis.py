"""The bus over Redis: one channel a stream, one for all nodes, and 64 that all persons share."""

import asyncio
from collections import deque
from collections.abc import Callable
from zlib import crc32

import msgspec
import structlog

from rooms.ids import StreamId, kind_of
from server.clock import monotonic_ms
from server.link_redis import ANSWER_S, CONNECT_S, FAULTS, Client, closed_is_fault, make_ready
from server.streams import lines_redis
from server.streams.bus import Beat, Ending, Word
from server.streams.envelopes import Envelopes, Forged
from server.streams.lines_redis import Line
from server.telemetry import Metrics
from server.together import Mistakes, Seldom, going_on, until_one_ends

# Streams of persons are many and quiet: they have no channels of their own.
PERSON_CHANNELS = 64
# More than this unsent, and nothing of it is worth sending: the others will ask SQL.
QUEUE_LIMIT = 10_000
BATCH = 256
# Own beats come twice a second. A line on which nothing has come for so long is made anew.
SILENCE_MS = 3_000
AGAIN_S = 0.25

log = structlog.get_logger("hearth.bus")


class RedisBus:
    """One node's end of the bus."""

    def __init__(self, client: Client, envelopes: Envelopes, *, node: str, prefix: str, metrics: Metrics) -> None:
        """`prefix` begins the name of every channel, and is another for another server on the same Redis."""
        self.node = node
        self.alone = False
        self.lost = 0
        self._client = client
        self._envelopes = envelopes
        self._prefix = prefix
        self._metrics = metrics
        self._hear: Callable[[Word], None] = lambda _word: None
        self._gap: Callable[[StreamId | None], None] = lambda _stream: None
        self._queue: deque[tuple[str, bytes]] = deque()
        self._queued = asyncio.Event()
        # What is to be heard, by channel; what the line has been asked for so far is the carrier's.
        self._wanted: dict[str, StreamId | None] = {self._nodes: None}
        self._wanted |= {f"{prefix}:person:{number:02}": None for number in range(PERSON_CHANNELS)}
        self._changed = asyncio.Event()
        self._heard_ms = 0
        self._refused, self._lost = Seldom(), Seldom()
        self._mistakes = Mistakes(log)
        # Whether the line of now has ever worked: that there still is none is not said four times a second.
        self._carried = True

    @property
    def _nodes(self) -> str:
        return f"{self._prefix}:nodes"

    def _channel(self, stream: StreamId) -> str:
        if kind_of(stream) == "person":
            return f"{self._prefix}:person:{crc32(stream.encode()) % PERSON_CHANNELS:02}"
        return f"{self._prefix}:{stream}"

    # Saying -----------------------------------------------------------------------------------------------------

    def tell(self, word: Word) -> None:
        """Put the word in line; what can't be sent in time is dropped, and counted."""
        channel = self._nodes if isinstance(word, Beat | Ending) else self._channel(word.stream)
        if len(self._queue) >= QUEUE_LIMIT:
            self._drop(len(self._queue))
            self._queue.clear()
        self._queue.append((channel, self._envelopes.seal(channel, word)))
        self._queued.set()

    def _drop(self, count: int) -> None:
        self.lost += 1
        self._metrics.bus_words.labels("lost").inc(count)

    async def _say(self) -> None:
        """Send what is in line, all that collected meanwhile in one go."""
        while going_on():
            await self._queued.wait()
            self._queued.clear()
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
                try:
                    with closed_is_fault():
                        async with asyncio.timeout(ANSWER_S):
                            await lines_redis.publish(self._client, batch)
                except FAULTS:
                    await self._find_back(len(batch))
                except Exception as error:  # noqa: BLE001 - as below: the driver's odd moments are not worth the node
                    self._mistakes.say("bus words not sent", error)
                    await self._find_back(len(batch))
                else:
                    self._metrics.bus_words.labels("told").inc(len(batch))

    async def _find_back(self, unsent: int) -> None:
        """Have connections made before more is said. What was in line is dropped, and what is when there are none."""
        self._forget(unsent)
        try:
            await make_ready(self._client, lines_redis.connections(self._client))
        except FAULTS:
            self._forget()
        except Exception as error:  # noqa: BLE001 - as above
            self._mistakes.say("bus connections not made", error)
            self._forget()

    def _forget(self, unsent: int = 0) -> None:
        self._drop(unsent + len(self._queue))
        self._queue.clear()

    # Hearing ----------------------------------------------------------------------------------------------------

    def listen(self, hear: Callable[[Word], None], gap: Callable[[StreamId | None], None]) -> None:
        """Call `hear` for each word from another node, and `gap` when some may be missing."""
        self._hear, self._gap = hear, gap

    def follow(self, stream: StreamId) -> None:
        """Hear what is said about a stream. When its channel opens, a gap is reported; a person's is open already."""
        channel = self._channel(stream)
        if channel not in self._wanted:
            self._wanted[channel] = stream
            self._changed.set()

    def leave(self, stream: StreamId) -> None:
        """Hear nothing more of the stream."""
        if kind_of(stream) != "person" and self._wanted.pop(self._channel(stream), None) is not None:
            self._changed.set()

    async def run(self) -> None:
        """Say and hear, for as long as the node lives."""
        await until_one_ends(self._say(), self._hear_always())

    async def _hear_always(self) -> None:
        """Line after line: one that breaks, or on which nothing comes, is followed by another."""
        while going_on():
            line = lines_redis.line(self._client)
            try:
                with closed_is_fault():
                    await self._hear_on(line)
            except FAULTS as broken:
                if self._carried and self._lost.is_due():
                    log.warning("bus line lost", error=type(broken).__name__)
            except Exception as error:  # noqa: BLE001 - the edge of a loop
                # One task of the driver reads while another asks: a line that breaks just then can raise anything. What
                # helps is a new line, and not the end of the node.
                self._mistakes.say("bus line failed", error)
            finally:
                self._carried = False
                await self._let_go(line)
            await asyncio.sleep(AGAIN_S)

    @staticmethod
    async def _let_go(line: Line) -> None:
        try:
            with closed_is_fault():
                async with asyncio.timeout(CONNECT_S):
                    await line.close()
        except FAULTS:
            # It is broken already.
            log.debug("bus line was not closed")

    async def _hear_on(self, line: Line) -> None:
        self._heard_ms = monotonic_ms()
        asked = set(self._wanted)
        async with asyncio.timeout(CONNECT_S):
            await line.ask(asked, ())
        self._carried = True
        log.info("bus line open")
        try:
            await until_one_ends(line.read(self._heard), self._keep_asking(line, asked), self._mind_silence())
        finally:
            self._gap(None)

    async def _mind_silence(self) -> None:
        """A line that was cut without a word, or whose server is frozen, is only quiet."""
        while True:
            await asyncio.sleep(AGAIN_S)
            if monotonic_ms() - self._heard_ms > SILENCE_MS:
                raise TimeoutError("nothing is heard, not even our own beats")

    async def _keep_asking(self, line: Line, asked: set[str]) -> None:
        """Have the line carry what is wanted by now."""
        while True:
            more, less = self._wanted.keys() - asked, asked - self._wanted.keys()
            await line.ask(more, less)
            asked |= more
            asked -= less
            self._changed.clear()
            if self._wanted.keys() == asked:
                await self._changed.wait()

    def _heard(self, channel: str, envelope: bytes | None) -> None:
        if envelope is None:
            # Only from here on is the channel heard, whether it is new or the line was made anew without a word.
            if channel in self._wanted:
                self._gap(self._wanted[channel])
            return
        try:
            node, word = self._envelopes.open(channel, envelope)
        except (Forged, msgspec.DecodeError):
            self._metrics.bus_words.labels("forged").inc()
            # Whoever can publish what we refuse must not fill our logs with it: the counter says how much it was.
            if self._refused.is_due():
                log.warning("bus envelope refused")
            return
        self._heard_ms = monotonic_ms()
        if word is None:
            self._metrics.bus_words.labels("foreign").inc()
            # A newer node has said something about this stream, or about us all: SQL knows what.
            self._gap(self._wanted.get(channel))
        elif node != self.node or isinstance(word, Beat):
            self._metrics.bus_words.labels("heard").inc()
            self._hear(word)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()
