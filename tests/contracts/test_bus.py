"""What every bus between nodes does: in memory, over Redis, over a cluster, and over TLS with a user of its own."""

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis as PlainRedis

from rooms.ids import PersonId, StreamId
from rooms.signals import TypingChanged
from server.link_redis import ANSWER_S, connect
from server.settings import Settings
from server.streams import envelopes, lines_redis
from server.streams.bus import Beat, Bus, Carried, Ending, Notice, Passing, Word
from server.streams.bus_memory import MemoryBus, MemoryWire
from server.streams.bus_redis import RedisBus
from server.streams.envelopes import WINDOW, Envelopes, Forged
from server.telemetry import Metrics
from tests.faults.proxy import Edge
from tests.services import Redis, free_port
from tests.world import until

ROOM = StreamId("room:01TEA")
OTHER = StreamId("room:01CAKE")
PERSON = StreamId("person:01ADA")
KEY = b"k" * 32
NOTICE = Notice(ROOM, "e", 2, 1, 0, (Carried(2, 5, 1, '{"t":"message.posted"}'),))

# What docs/running.md gives a node's user.
MAY = "-@all +@connection +@pubsub +@hash +@sortedset +@keyspace +@scripting +@string -@dangerous"
MARK = "only a mark"

Make = Callable[[], Bus]


def _is_mark(word: Word) -> bool:
    return isinstance(word, Notice) and word.epoch == MARK


class End:
    """A node's end of the bus, and what it has heard."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.words: list[Word] = []
        self.gaps: list[StreamId | None] = []
        bus.listen(self.words.append, self.gaps.append)
        self._running = asyncio.ensure_future(bus.run())

    def heard(self) -> list[Word]:
        """What was said, without beats and what only tells that this end hears."""
        return [word for word in self.words if not (isinstance(word, Beat) or _is_mark(word))]

    async def until_carried(self) -> None:
        """Wait until this end hears itself: only then does it hear the others."""

        def echoed() -> bool:
            self.bus.tell(Beat(self.bus.node, self.bus.lost))
            return any(isinstance(word, Beat) and word.node == self.bus.node for word in self.words)

        await until(echoed)

    async def hear_of(self, stream: StreamId, teller: "End") -> None:
        """Follow a stream, and wait until what another says of it is heard."""
        self.bus.follow(stream)
        mark = Notice(stream, MARK, 0, 0, 0)
        await teller.say_until(mark, lambda: mark in self.words)

    async def say_until(self, word: Word, so: Callable[[], object]) -> None:
        """Say a word again and again, until it is so."""

        def said() -> object:
            self.bus.tell(word)
            return so()

        await until(said)

    async def close(self) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        await self.bus.close()


def over_redis(settings: Settings, *, key: bytes = KEY) -> Bus:
    node = f"node-{id(object())}-{len(_made)}"
    _made.append(node)
    return RedisBus(connect(settings), Envelopes(key, node), node=node, prefix="hearth:test", metrics=Metrics())


_made: list[str] = []


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    with Redis() as server:
        yield server


@pytest.fixture(scope="module")
def cluster() -> Iterator[Redis]:
    with Redis("--cluster-enabled", "yes", "--cluster-port", str(free_port())) as server:
        with PlainRedis(port=server.port) as admin:
            admin.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        yield server


@pytest.fixture(
    params=["memory", pytest.param("redis", marks=pytest.mark.redis), pytest.param("cluster", marks=pytest.mark.redis)]
)
def make(request: pytest.FixtureRequest) -> Make:
    if request.param == "memory":
        wire = MemoryWire()
        return lambda: MemoryBus(wire)
    server: Redis = request.getfixturevalue(request.param)
    settings = Settings(redis_url=server.url, redis_cluster=request.param == "cluster")
    return lambda: over_redis(settings)


@contextlib.asynccontextmanager
async def ends(*made: Bus) -> AsyncIterator[list[End]]:
    """Ends that run, and hear."""
    running = [End(bus) for bus in made]
    try:
        for end in running:
            await end.until_carried()
        yield running
    finally:
        for end in running:
            await end.close()


async def test_a_word_about_a_stream_reaches_the_other_nodes_that_follow_it_and_not_its_own(make: Make) -> None:
    async with ends(make(), make(), make()) as (here, there, elsewhere):
        for end in (here, there):
            await end.hear_of(ROOM, elsewhere)
        here.bus.tell(NOTICE)
        await until(lambda: there.heard() == [NOTICE])
        await here.until_carried()
        await elsewhere.until_carried()
        assert not here.heard()
        assert not elsewhere.heard()


async def test_signals_ends_of_sessions_and_words_about_persons_reach_everyone(make: Make) -> None:
    typing = Passing(ROOM, TypingChanged(people=()), 3)
    ending = Ending(PersonId("01ADA"), None)
    own = Notice(PERSON, "e", 1, 0, 0)
    async with ends(make(), make()) as (here, there):
        for stream in (ROOM, PERSON):
            await there.hear_of(stream, here)
        for word in (typing, ending, own):
            here.bus.tell(word)
        # Each on a channel of its own: between those a cluster keeps no order.
        await until(lambda: len(there.heard()) == 3)
        assert {typing, ending, own} == set(there.heard())


async def test_a_stream_that_was_left_is_heard_no_more(make: Make) -> None:
    async with ends(make(), make()) as (here, there):
        for stream in (ROOM, OTHER):
            await there.hear_of(stream, here)
        there.bus.leave(ROOM)
        other = Notice(OTHER, "e", 1, 0, 0)

        def only_the_other_is_heard() -> bool:
            heard = there.heard()
            there.words.clear()
            here.bus.tell(NOTICE)
            here.bus.tell(other)
            return other in heard and NOTICE not in heard

        await until(only_the_other_is_heard)


@pytest.mark.redis
async def test_a_gap_is_told_when_a_stream_begins_to_be_heard_and_when_the_line_was_lost(redis: Redis) -> None:
    async with ends(over_redis(Settings(redis_url=redis.url))) as [here]:
        here.bus.follow(ROOM)
        await until(lambda: ROOM in here.gaps)
        here.gaps.clear()
        with PlainRedis(port=redis.port) as admin:
            admin.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await until(lambda: None in here.gaps and ROOM in here.gaps)


@pytest.mark.redis
async def test_a_bus_comes_back_by_itself_after_redis_was_gone_and_says_what_it_lost() -> None:
    with Redis() as redis:
        settings = Settings(redis_url=redis.url)
        async with ends(over_redis(settings), over_redis(settings)) as (here, there):
            redis.kill()
            await here.say_until(NOTICE, lambda: here.bus.lost)
            redis.start()
            there.words.clear()
            there.bus.follow(ROOM)
            await here.say_until(NOTICE, lambda: NOTICE in there.words)


@pytest.mark.redis
async def test_whatever_breaks_a_line_there_is_another(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    read, broken = lines_redis._Plain.read, [RuntimeError("two read at once"), AttributeError("no connection")]

    async def reads(line: Any, heard: Any) -> None:
        if broken:
            raise broken.pop()
        await read(line, heard)

    monkeypatch.setattr(lines_redis._Plain, "read", reads)
    settings = Settings(redis_url=redis.url)
    async with ends(over_redis(settings), over_redis(settings)) as (here, there):
        assert not broken
        await there.hear_of(ROOM, here)


@pytest.mark.redis
async def test_a_frozen_redis_holds_nobody_up_and_is_heard_again_when_it_goes_on() -> None:
    with Redis() as redis:
        settings = Settings(redis_url=redis.url)
        async with ends(over_redis(settings), over_redis(settings)) as (here, there):
            redis.pause()
            await here.say_until(NOTICE, lambda: here.bus.lost)
            # Longer than a line may be silent: both make new ones, which the frozen server takes without a word.
            there.gaps.clear()
            await until(lambda: there.gaps)
            redis.go_on()
            there.bus.follow(ROOM)
            await here.say_until(NOTICE, lambda: NOTICE in there.words)


@pytest.mark.redis
async def test_whatever_breaks_while_words_are_sent_the_next_are_sent_again(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish, broken = lines_redis.publish, [TypeError("unhashable"), RuntimeError("two at once")]

    async def publishes(client: Any, letters: Any) -> None:
        if broken:
            raise broken.pop()
        await publish(client, letters)

    settings = Settings(redis_url=redis.url)
    async with ends(over_redis(settings), over_redis(settings)) as (here, there):
        monkeypatch.setattr(lines_redis, "publish", publishes)
        await there.hear_of(ROOM, here)
        assert not broken
        assert here.bus.lost


async def test_much_that_has_come_in_at_once_leaves_others_their_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    heard, turns = list[str](), [0]

    class Full:
        """What the driver has read already; it waits for nothing."""

        async def get_message(self, *, timeout: float) -> dict[str, object]:  # noqa: ASYNC109 - the driver's own
            if len(heard) >= 50 * lines_redis.HEARD_AT_ONCE:
                raise ConnectionResetError
            return {"type": "message", "channel": b"hearth:test:nodes", "data": b"x"}

    async def others() -> None:
        while True:
            turns[0] += 1
            await asyncio.sleep(0)

    line = lines_redis._Plain(connect(Settings(redis_url="redis://127.0.0.1:1/0")))  # type: ignore[arg-type]
    monkeypatch.setattr(line, "_pubsub", Full())
    other = asyncio.ensure_future(others())
    with pytest.raises(ConnectionResetError):
        await line.read(lambda channel, _envelope: heard.append(channel))
    other.cancel()
    assert turns[0] >= 50


@pytest.mark.redis
async def test_words_go_out_also_where_it_takes_longer_to_connect_than_an_answer_may(redis: Redis) -> None:
    # There and back takes less than an answer may, and a greeting goes there and back more than once.
    far = Edge("far", redis.port, delay_s=ANSWER_S * 0.3)
    settings = Settings(redis_url=f"redis://127.0.0.1:{await far.open()}/0")
    try:
        async with ends(over_redis(settings), over_redis(settings)) as (here, there):
            far.snap()
            await there.hear_of(ROOM, here)
    finally:
        await far.close()


@pytest.mark.redis
async def test_what_no_node_of_ours_has_sealed_is_not_believed(redis: Redis) -> None:
    settings = Settings(redis_url=redis.url)
    stranger = over_redis(settings, key=b"s" * 32)
    async with ends(over_redis(settings), over_redis(settings)) as (here, there):
        await there.hear_of(ROOM, here)
        strange = End(stranger)
        try:
            await strange.until_carried()
            stranger.tell(NOTICE)
            # It hears itself say more, so what it said before has been sent.
            strange.words.clear()
            await strange.until_carried()
            last = Notice(ROOM, "e", 9, 0, 0)
            here.bus.tell(last)
            await until(there.heard)
            assert there.heard() == [last]
        finally:
            await strange.close()


@pytest.mark.redis
async def test_what_was_kept_and_is_sent_again_is_not_believed_again(redis: Redis) -> None:
    settings = Settings(redis_url=redis.url)
    async with ends(over_redis(settings), over_redis(settings)) as (here, there):
        await there.hear_of(ROOM, here)
        with PlainRedis(port=redis.port) as thief:
            kept = thief.pubsub()
            kept.subscribe(f"hearth:test:{ROOM}", "hearth:test:nodes")
            ending = Ending(PersonId("ada"), None)
            here.bus.tell(NOTICE)
            here.bus.tell(ending)
            await until(lambda: {NOTICE, ending} <= set(there.words))
            letters = []
            while (message := kept.get_message(timeout=0.1)) is not None:
                if message["type"] == "message":
                    letters.append((message["channel"], message["data"]))
            assert {channel for channel, _ in letters} >= {b"hearth:test:nodes", f"hearth:test:{ROOM}".encode()}
            for channel, letter in letters * 2:
                thief.publish(channel, letter)
            kept.close()
        last = Notice(ROOM, "e", 9, 0, 0)
        await here.say_until(last, lambda: last in there.words)
        # What goes to all nodes comes by another channel than this: what was sent last there has come, too.
        await there.until_carried()
        assert (there.words.count(NOTICE), there.words.count(ending)) == (1, 1)


def test_words_may_overtake_each_other_and_each_is_believed_once() -> None:
    teller, hearer = Envelopes(KEY, "teller"), Envelopes(KEY, "hearer")
    sealed = [teller.seal("channel", Notice(ROOM, "e", head, 0, 0)) for head in range(WINDOW + 2)]
    for number in (2, 1, 3, WINDOW + 1):
        assert hearer.open("channel", sealed[number])[1] == Notice(ROOM, "e", number, 0, 0)
    # The first is overtaken by more than a word ever is, and of the others each is known.
    for number in (0, 1, 2, 3, WINDOW + 1):
        with pytest.raises(Forged):
            hearer.open("channel", sealed[number])
    assert hearer.open("channel", sealed[4])[1] == Notice(ROOM, "e", 4, 0, 0)


def test_who_was_heard_last_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelopes, "NODES", 2)
    old, hearer = Envelopes(KEY, "old"), Envelopes(KEY, "hearer")
    kept = old.seal("channel", NOTICE)
    hearer.open("channel", kept)
    for number in range(5):
        # Others come and go, and the old one goes on talking.
        hearer.open("channel", Envelopes(KEY, f"node {number}").seal("channel", NOTICE))
        hearer.open("channel", old.seal("channel", NOTICE))
    with pytest.raises(Forged):
        hearer.open("channel", kept)


def _certificate(folder: Path) -> tuple[Path, Path]:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    words += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(words, check=True, capture_output=True)
    return key, certificate


@pytest.mark.redis
async def test_it_goes_over_tls_with_a_user_who_may_do_no_more_than_a_node_needs(tmp_path: Path) -> None:
    key, certificate = _certificate(tmp_path)
    words = ["--user", "default", "off"]
    words += ["--user", "hearth", "on", ">secret", "~hearth:*", "&hearth:*", *MAY.split()]
    with SecureRedis(key, certificate, *words) as redis:
        url = f"rediss://hearth:secret@127.0.0.1:{redis.port}/0?ssl_ca_certs={certificate}"
        settings = Settings(redis_url=url)
        async with ends(over_redis(settings), over_redis(settings)) as (here, there):
            await there.hear_of(ROOM, here)


class SecureRedis(Redis):
    """A Redis that is reached over TLS alone."""

    def __init__(self, key: Path, certificate: Path, *settings: str) -> None:
        super().__init__(*settings)
        at = self._words.index("--port")
        self._words[at : at + 2] = ["--port", "0", "--tls-port", str(self.port)]
        self._words += ["--tls-cert-file", str(certificate), "--tls-key-file", str(key), "--tls-auth-clients", "no"]

    def _answers(self) -> bool:
        return "Ready to accept connections" in self.log.read_text()
