"""What a run has measured, promise by promise: pure functions over the history."""

from collections.abc import Iterator
from dataclasses import dataclass

from rooms.contract import Code
from tests.faults.checker.quiet import spans
from tests.faults.checker.reading import Conn, Reading, first_told
from tests.faults.history import Fault, Wire

# A refusal that a client tries again by itself, unseen by anybody.
UNSEEN = frozenset({"too_fast", "busy", "unavailable", "unknown"})


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure: of which promise, what it is, its bounds, and how many values it was made from.

    `bound` is the most that any may be, `bound_p95` what 95 in a hundred must be within, `least` what each must be.
    """

    promise: str
    what: str
    unit: str
    bound: float | None
    count: int
    p50: float
    p95: float
    most: float
    bound_p95: float | None = None
    least: float | None = None
    lowest: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether all its bounds do."""
        return (
            (self.bound is None or self.most <= self.bound)
            and (self.bound_p95 is None or self.p95 <= self.bound_p95)
            and (self.least is None or self.lowest >= self.least)
        )


def _figure(
    promise: str,
    what: str,
    values: list[float],
    *,
    bound: float | None = None,
    bound_p95: float | None = None,
    least: float | None = None,
    unit: str = "ms",
) -> Figure | None:
    if not values:
        return None
    ordered = sorted(values)

    def share(part: float) -> float:
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))]

    return Figure(
        promise,
        what,
        unit,
        bound,
        len(ordered),
        share(0.5),
        share(0.95),
        ordered[-1],
        bound_p95=bound_p95,
        least=least,
        lowest=ordered[0],
    )


def figures(reading: Reading) -> list[Figure]:
    """Every figure that this history has something to say about."""
    found = [
        _figure(
            "P8",
            "live on another node after a node was killed",
            _live_elsewhere(reading),
            bound=20_000,
            bound_p95=10_000,
        ),
        _figure("P8", "wait of the others for what was said meanwhile", _others_waited(reading), bound=1_000),
        _figure("P9", "to another node, all well", _crossed(reading, gone=False)),
        _figure("P9", "to another node, Redis gone", _crossed(reading, gone=True), bound=2_500),
        _figure("P9", "receipt with Redis gone", _receipts(reading, "redis"), bound=1_000),
        _figure("P9", "back to normal after Redis is back", _normal_again(reading), bound=5_000),
        _figure("P10", "refusal with the database gone", _refusals(reading), bound=2_500),
        _figure("P10", "sockets that stayed open with the database gone", _stayed(reading), least=99, unit="%"),
        *_rolling(reading),
        _figure("P14", "off the roster after leaving", _off_roster(reading, dead=False), bound=2_000),
        _figure("P14", "off the roster after their node died", _off_roster(reading, dead=True), bound=20_000),
        _figure("P18", "socket closed after signing out or being removed", _closed(reading), bound=2_000),
        _figure("P18", "told after being put out of a room", _told(reading), bound=2_000),
    ]
    return [one for one in found if one is not None]


def _of(reading: Reading, target: str, kinds: set[str]) -> Iterator[Fault]:
    for fault in reading.history.faults:
        if fault.kind in kinds and fault.target.startswith(target):
            yield fault


def _alone(reading: Reading, fault: Fault, *, before_ms: int = 2_000, after_ms: int = 0) -> bool:
    """Whether nothing else was wrong meanwhile, so that what is measured has one cause."""
    since, until = fault.began_ms - before_ms, (fault.ended_ms or reading.history.ended_ms) + after_ms
    return not any(
        other is not fault
        and other.kind not in {"jump", "untrusted", "rolling_restart"}
        and other.began_ms < until
        and (other.ended_ms or reading.history.ended_ms) > since
        for other in reading.history.faults
    )


def _live_elsewhere(reading: Reading) -> list[float]:
    found: list[float] = []
    for fault in _of(reading, "n", {"kill"}):
        if not _alone(reading, fault):
            continue
        cut = [c.opened.who for c in reading.open_at(fault.began_ms) if f"n{c.opened.node}" == fault.target]
        for who in cut:
            live = [at for c in reading.conns.values() if c.opened.who == who for at in _followings(c, fault.began_ms)]
            found += [min(live) - fault.began_ms] if live and not who.startswith("trio") else []
    return found


def _followings(conn: Conn, after_ms: int) -> list[int]:
    return [at for at, item in conn.items if item["t"] == "following" and at > after_ms][:1]


def _waits(reading: Reading, since: int, until: int, *, other_node: bool) -> Iterator[tuple[float, int]]:
    """How long after somebody was told of each event the others had it, and on which node; in a span of time."""
    origin = _origin(reading)
    by_stream = spans(reading)
    for (stream, seq), at in first_told(reading).items():
        if not since <= at <= until:
            continue
        for span in by_stream[stream]:
            came = span.came.get(seq)
            node = span.conn.opened.node
            if came is not None and span.since_ms < at and not (other_node and node == origin.get((stream, seq), node)):
                yield float(max(0, came - at)), node


def _origin(reading: Reading) -> dict[tuple[str, int], int]:
    """On which node each event was acknowledged first."""
    found: dict[tuple[str, int], tuple[int, int]] = {}
    for number, conn in reading.conns.items():
        streams = {sent.ref: f"room:{sent.do['room']}" for sent in conn.sent if "nonce" in sent.do}
        for at, item in conn.items:
            if item["t"] == "receipt" and item.get("seq") and item["ref"] in streams:
                key = streams[item["ref"]], item["seq"]
                found[key] = min(found.get(key, (at, number)), (at, number))
    return {key: reading.conns[number].opened.node for key, (_, number) in found.items()}


def _others_waited(reading: Reading) -> list[float]:
    found: list[float] = []
    for fault in _of(reading, "n", {"kill"}):
        if _alone(reading, fault):
            waits = _waits(reading, fault.began_ms, fault.began_ms + 5_000, other_node=False)
            found += [wait for wait, node in waits if f"n{node}" != fault.target]
    return found


def _crossed(reading: Reading, *, gone: bool) -> list[float]:
    if gone:
        faults = [one for one in _of(reading, "redis", {"kill", "pause"}) if _alone(reading, one)]
        return [
            wait
            for one in faults
            for wait, _ in _waits(reading, one.began_ms, one.ended_ms or one.began_ms, other_node=True)
        ]
    calm = _calm(reading)
    return [wait for since, until in calm for wait, _ in _waits(reading, since, until, other_node=True)]


def _calm(reading: Reading) -> list[tuple[int, int]]:
    """Spans in which nothing was wrong, nor had been just before."""
    began = min((conn.opened.at_ms for conn in reading.conns.values()), default=0)
    edges = sorted((f.began_ms, f.ended_ms or f.began_ms) for f in reading.history.faults if f.kind != "untrusted")
    spans_: list[tuple[int, int]] = []
    free = began + 3_000
    for since, until in edges:
        if since - 500 > free:
            spans_.append((free, since - 500))
        free = max(free, until + 5_000)
    if reading.history.quiet_ms > free:
        spans_.append((free, reading.history.quiet_ms))
    return spans_


def _receipts(reading: Reading, target: str) -> list[float]:
    found: list[float] = []
    for fault in _of(reading, target, {"kill", "pause"}):
        if not _alone(reading, fault):
            continue
        for conn in reading.conns.values():
            for sent in conn.sent:
                if fault.began_ms <= sent.at_ms <= (fault.ended_ms or 0) and "nonce" in sent.do:
                    found += [float(at - sent.at_ms) for at, one in reading.answer_of(sent) if one["t"] == "receipt"]
    return found


def _normal_again(reading: Reading) -> list[float]:
    return [float((fault.ended_ms or 0) - fault.began_ms) for fault in _of(reading, "all", {"untrusted"})]


def _refusals(reading: Reading) -> list[float]:
    found: list[float] = []
    for fault in _of(reading, "pg", {"stop", "kill", "pause"}):
        if not _alone(reading, fault):
            continue
        for conn in reading.conns.values():
            for sent in conn.sent:
                inside = fault.began_ms <= sent.at_ms <= (fault.ended_ms or 0)
                if inside and "nonce" in sent.do:
                    found += [float(at - sent.at_ms) for at, one in reading.answer_of(sent) if _for_want_of_it(one)]
    return found


def _for_want_of_it(answer: Wire) -> bool:
    """Whether something was refused for another reason than that too much is being asked."""
    return bool(answer["t"] == "refusal" and answer["code"] != Code.TOO_FAST)


def _stayed(reading: Reading) -> list[float]:
    found: list[float] = []
    for fault in _of(reading, "pg", {"stop", "kill", "pause"}):
        if _alone(reading, fault):
            open_ = reading.open_at(fault.began_ms)
            stayed = [conn for conn in open_ if conn.ended_ms > (fault.ended_ms or 0)]
            found += [100 * len(stayed) / len(open_)] if open_ else []
    return found


def _rolling(reading: Reading) -> Iterator[Figure | None]:
    refused: list[float] = []
    again: list[float] = []
    for fault in _of(reading, "all", {"rolling_restart"}):
        since, until = fault.began_ms, fault.ended_ms or 0
        opened: dict[str, int] = {}
        for conn in reading.conns.values():
            refused += [float(_seen(reading, conn, since, until))]
            if since <= conn.opened.at_ms <= until:
                opened[conn.opened.who] = opened.get(conn.opened.who, 0) + 1
        again += [float(times) for times in opened.values()]
    yield _figure("P13", "refusals that a person saw, by connection", refused, bound=0, unit="times")
    yield _figure("P13", "connections of one client in a restart of three nodes", again, bound=3, unit="times")


def _seen(reading: Reading, conn: Conn, since: int, until: int) -> int:
    """How often somebody here was refused what they could do at any other time."""
    codes = [
        one["code"]
        for sent in conn.sent
        if since <= sent.at_ms <= until and "nonce" in sent.do
        for _, one in reading.answer_of(sent)
        if one["t"] == "refusal"
    ]
    expected = UNSEEN | {"conflict", "not_found", "not_allowed", "already_removed", "reply_to_reply"}
    return sum(code not in expected for code in codes)


def _off_roster(reading: Reading, *, dead: bool) -> list[float]:
    """How long people stay on the rosters that others see after they have gone, as far as nobody of them is left."""
    gone = list(_gone(reading, dead=dead))
    found: list[float] = []
    for who, at, last_ms in gone:
        for conn in reading.conns.values():
            if conn.opened.person == who or not conn.opened.at_ms < at < conn.ended_ms:
                continue
            found += [float(seen - at) for seen in _roster_without(conn, who, at, last_ms)]
    return found


def _gone(reading: Reading, *, dead: bool) -> Iterator[tuple[str, int, int]]:
    """Who went for good, when, and until when they stayed away."""
    by_person: dict[str, list[Conn]] = {}
    for conn in reading.conns.values():
        by_person.setdefault(conn.opened.person, []).append(conn)
    kills = [(fault.target, fault.began_ms) for fault in _of(reading, "n", {"kill"})]
    for person, conns in by_person.items():
        for conn in conns:
            if conn.closed is None:
                continue
            at = conn.closed.at_ms
            back = min((one.opened.at_ms for one in conns if one.opened.at_ms > at), default=reading.history.ended_ms)
            alone = not any(one is not conn and one.opened.at_ms < at < one.ended_ms for one in conns)
            killed = any(target == f"n{conn.opened.node}" and 0 <= at - since < 1_000 for target, since in kills)
            if alone and back - at > 3_000 and killed == dead and (dead or conn.closed.code == 4401):
                yield person, at, back


def _roster_without(conn: Conn, who: str, at: int, until: int) -> Iterator[int]:
    """When each roster of this connection that had somebody was told without them."""
    having: set[str] = set()
    for when, item in conn.items:
        if when > until:
            return
        roster = _roster(item)
        if roster is None:
            continue
        stream, people = item["stream"], {one["person"] for one in roster["people"]}
        if who in people:
            having.add(stream)
        elif stream in having:
            having.discard(stream)
            if when >= at:
                yield when


def _roster(item: dict) -> dict | None:  # type: ignore[type-arg]
    if item["t"] == "signal" and item["signal"]["t"] == "roster.changed":
        found = item["signal"]
    elif item.get("snapshot"):
        found = item["snapshot"]["roster"]
    else:
        return None
    return found if found.get("named_all", True) else None


def _closed(reading: Reading) -> list[float]:
    return [
        float(conn.closed.at_ms - deed.done_ms)
        for deed in reading.history.deeds
        if deed.kind in {"sign_out", "remove"} and deed.done_ms is not None
        for conn in reading.conns.values()
        if conn.opened.person == deed.person
        and deed.session in {"", conn.opened.session}
        and conn.opened.at_ms < deed.done_ms
        and conn.closed is not None
        and conn.closed.code == 4401
        and conn.closed.at_ms >= deed.asked_ms
        and not reading.weather.degraded(deed.asked_ms, deed.done_ms + 2_000)
    ]


def _told(reading: Reading) -> list[float]:
    found: list[float] = []
    for deed in reading.history.deeds:
        if deed.kind not in {"kick", "lower"} or deed.done_ms is None:
            continue
        if reading.weather.degraded(deed.asked_ms, deed.done_ms + 2_000):
            continue
        for conn in reading.conns.values():
            if conn.opened.person == deed.person and conn.opened.at_ms < deed.asked_ms:
                told = [at for at, item in conn.items if item["t"] == "ended" and item["stream"] == deed.stream]
                found += [float(max(0, at - deed.done_ms)) for at in told if at >= deed.asked_ms][:1]
    return found
