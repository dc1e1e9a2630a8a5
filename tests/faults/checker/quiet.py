"""P9, P13 and the end of it all: words arrive in time, everybody comes to see the same, and a stop is told first."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from tests.faults.checker.reading import Conn, Reading, Violation, first_told, items, story
from tests.faults.history import Fault, HeadRow, Page, Wire

# What another node stored is seen after so long at most, also with Redis gone.
DELIVERED_MS = 2_500
# After everything was mended, so long.
CONVERGED_MS = 5_000
STOPPED_MS = 25_000
MOVING = 4503


@dataclass(slots=True)
class _Span:
    """A stretch in which a connection followed a stream, and what came in it."""

    conn: Conn
    since_ms: int
    seq: int
    until_ms: float
    came: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """Somebody's wait for an event that was told at `told_ms`: if it was too long, and if a fault excuses that."""

    span: _Span
    stream: str
    seq: int
    told_ms: int
    late: bool
    excused: bool


def spans(reading: Reading) -> dict[str, list[_Span]]:
    """By stream, who followed it when."""
    found: dict[str, list[_Span]] = defaultdict(list)
    for conn in reading.conns.values():
        open_: dict[str, _Span] = {}
        for at, item in conn.items:
            stream = item.get("stream", "")
            if item["t"] in {"following", "ended"} and stream in open_:
                open_.pop(stream).until_ms = at
            if item["t"] == "following":
                open_[stream] = _Span(conn, at, item["seq"], conn.ended_ms)
                found[stream].append(open_[stream])
            elif item["t"] == "event" and stream in open_:
                open_[stream].came[item["seq"]] = at
    return found


def _waits(reading: Reading) -> Iterator[Wait]:
    by_stream = spans(reading)
    for (stream, seq), told_ms in sorted(first_told(reading).items(), key=lambda one: one[1]):
        until = told_ms + DELIVERED_MS
        until += reading.weather.late_ms(told_ms, until)
        for span in by_stream[stream]:
            if span.since_ms < told_ms and span.seq < seq and span.until_ms > until < reading.history.ended_ms:
                late = span.came.get(seq, 2**62) > until
                excused = late and _excused(reading, span.conn, told_ms, until)
                yield Wait(span, stream, seq, told_ms, late=late, excused=excused)


def delivered_in_time(reading: Reading) -> Iterator[Violation]:
    """Whoever follows a stream on a healthy way sees an event at most 2.5 s after anybody was told of it."""
    told: set[tuple[int, str]] = set()
    for wait in _waits(reading):
        key = wait.span.conn.opened.conn, wait.stream
        if wait.late and not wait.excused and key not in told:
            told.add(key)
            yield _late(reading, wait.span, stream=wait.stream, seq=wait.seq, told_ms=wait.told_ms)


def judged(reading: Reading) -> tuple[int, int]:
    """How many waits for an event were within their bound, and how many were longer and excused by a fault."""
    waits = list(_waits(reading))
    return sum(not wait.late for wait in waits), sum(wait.excused for wait in waits)


def _excused(reading: Reading, conn: Conn, since: int, until: int) -> bool:
    where = conn.opened
    return reading.weather.path_broken(where, since, until) or reading.weather.store_broken(where.node, since, until)


def _late(reading: Reading, span: _Span, *, stream: str, seq: int, told_ms: int) -> Violation:
    number = span.conn.opened.conn
    came = span.came.get(seq)
    how = f"came {came - told_ms} ms later" if came else "never came"
    others = [
        (at, item)
        for conn in reading.conns.values()
        for at, item in reading.events(conn, stream)
        if item["seq"] == seq and at == told_ms
    ]
    mine = [(at, item) for at, item in reading.events(span.conn, stream) if item["seq"] in {seq - 1, seq}]
    says = f"{seq} of {stream} {how} to {span.conn.opened.who}, who followed it on n{span.conn.opened.node}"
    return Violation("P9", says, story(span.conn.opened, items(number, mine), items(-1, others[:1])))


@dataclass(slots=True)
class View:
    """A stream as a client has it, folded from what came: small, plain, and independent of the client's own."""

    epoch: str
    seq: int
    rev: int = 0
    # The right to it has ended.
    over: bool = False
    texts: dict[str, str | None] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)

    def begin(self, following: Wire) -> None:
        """What `following` says. A resumed one changes nothing but the place."""
        self.epoch, self.seq, self.over = following["epoch"], following["seq"], False
        snapshot = following.get("snapshot")
        if snapshot is None:
            return
        self.rev, self.texts, self.counts = snapshot["rev"], {}, {}
        page = snapshot["page"]
        for view in (*page["messages"], *page["replies"]):
            self.texts[view["message"]] = view.get("text")
            self.counts[view["message"]] = view.get("counts", {})

    def happened(self, item: Wire) -> None:
        """An event, if it follows what is known."""
        if item["seq"] != self.seq + 1:
            return
        self.seq += 1
        event = item["event"]
        match event["t"]:
            case "message.posted":
                self.texts[event["message"]] = event.get("text")
                # Between nodes totals may come before their message.
                self.counts.setdefault(event["message"], {})
            case "message.edited":
                if self.texts.get(event["message"]) is not None and "text" in event:
                    self.texts[event["message"]] = event["text"]
            case "message.removed":
                self.texts[event["message"]] = None

    def tallied(self, totals: Wire) -> None:
        """Totals, from a signal or asked for, that leave no gap before them and are no older than what is known."""
        known = totals["rev"] <= self.rev if "since" in totals else totals["rev"] < self.rev
        if known or totals.get("since", 0) > self.rev:
            return
        self.rev = totals["rev"]
        for tally in totals["tallies"]:
            self.counts[tally["message"]] = tally["counts"]


def views(reading: Reading) -> dict[tuple[str, str], View]:
    """What each client has of each stream in the end, over all its connections."""
    happened: list[tuple[int, str, Wire]] = []
    for conn in reading.conns.values():
        happened += [(at, conn.opened.who, item) for at, item in conn.items]
    happened += [(page.at_ms, page.who, _totals(page)) for page in reading.history.pages if "/tallies" in page.path]
    found: dict[tuple[str, str], View] = {}
    # Within a millisecond totals that were asked for go first: what was told just then may follow them, and a client
    # that had it the other way round asks again.
    for _, who, item in sorted(happened, key=lambda one: (one[0], one[2]["t"] != "tallies")):
        key = who, item.get("stream", "")
        match item["t"]:
            case "following":
                found.setdefault(key, View(item["epoch"], item["seq"])).begin(item)
            case "event" if key in found:
                found[key].happened(item)
            case "ended" if key in found:
                # What is known stays known; it may be gone on from.
                found[key].over = True
            case "signal" if key in found and item["signal"]["t"] == "tally.changed":
                found[key].tallied(item["signal"])
            case "tallies" if key in found:
                found[key].tallied(item["totals"])
    return found


def _totals(page: Page) -> Wire:
    room = page.path.split("/rooms/")[1].partition("/")[0]
    totals = msgspec.json.decode(page.data) if page.status == 200 else {"rev": 0, "tallies": []}
    return {"t": "tallies", "stream": f"room:{room}", "totals": totals}


def converged(reading: Reading) -> Iterator[Violation]:
    """Five seconds after everything was mended each client that is connected has what is stored."""
    still = {conn.opened.who: conn for conn in reading.open_at(reading.history.ended_ms)}
    for (who, stream), view in views(reading).items():
        head = reading.head(stream)
        if who not in still or head is None or view.over:
            continue
        why = _unlike(reading, view, stream=stream, head=head)
        if why:
            conn = still[who]
            last = [(at, item) for at, item in conn.items if item.get("stream") == stream][-2:]
            yield Violation(
                "P1", f"{who} has not come to see {stream} as it is: {why}", story(conn.opened, _cut(conn, last))
            )


def _cut(conn: Conn, found: list[tuple[int, Wire]]) -> object:
    return items(
        conn.opened.conn, [(at, {**item, "snapshot": "…"} if "snapshot" in item else item) for at, item in found]
    )


def _unlike(reading: Reading, view: View, *, stream: str, head: HeadRow) -> str | None:
    if (view.epoch, view.seq) != (head.epoch, head.head):
        return f"they stand at {view.seq}, its head is {head.head}"
    for id_, text in view.texts.items():
        message = reading.final.messages.get(id_)
        if message is None:
            return f"message {id_} is not stored"
        if text != message.text:
            return f"message {id_} is {text!r} to them and {message.text!r} in the database"
        if message.removed is None and view.counts.get(id_, {}) != message.counts:
            known = f"{view.counts.get(id_)} to them at revision {view.rev}"
            return f"{id_} has {known}, and {message.counts} in the database at {head.rev}"
    return None


def drained(reading: Reading) -> Iterator[Violation]:
    """A node that is told to stop tells each client first, and is gone within its time."""
    for fault in reading.history.faults:
        if fault.kind == "drain":
            yield from _drained(reading, fault)


def _drained(reading: Reading, fault: Fault) -> Iterator[Violation]:
    node = int(fault.target[1:])
    for conn in reading.open_at(fault.began_ms):
        where = conn.opened
        until = fault.began_ms + STOPPED_MS
        if where.node != node or conn.closed is None or conn.closed.by_us:
            continue
        others = reading.weather.during(
            (f"n{node}", f"c{node}", where.who),
            fault.began_ms,
            min(until, conn.closed.at_ms),
            after_ms=1_000,
            but=frozenset({"drain", "jump"}),
        )
        told = any(item["t"] == "moving" for at, item in conn.items if at >= fault.began_ms)
        if others or (told and conn.closed.code == MOVING) or conn.closed.code == 4401:
            continue
        says = f"{where.who} was not sent elsewhere by n{node} before it stopped (closed with {conn.closed.code})"
        yield Violation("P13", says, story(where, fault, conn.closed, items(where.conn, conn.items[-1:])))
        return


def stood_at(reading: Reading, who: str, stream: str) -> int | None:
    """Where a client stands on a stream in the end; None when it does not follow it."""
    view = views(reading).get((who, stream))
    return view.seq if view else None
