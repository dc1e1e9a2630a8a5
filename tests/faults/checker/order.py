"""P1 and P5: on every connection a contiguous run of each stream, and everybody agrees on what stands at a number."""

from collections.abc import Iterator

import msgspec

from tests.faults.checker.reading import At, Conn, Reading, Violation, items, story
from tests.faults.history import Wire

# Fields that hold words: these are as they are when they are delivered.
_WORDS = frozenset({"text", "mentions"})


def contiguous(reading: Reading) -> Iterator[Violation]:
    """Between a `following` and the end of the following, numbers rise by one; nothing comes before it."""
    for conn in reading.conns.values():
        yield from _contiguous(conn)


def _contiguous(conn: Conn) -> Iterator[Violation]:
    at: dict[str, int] = {}
    last: dict[str, tuple[int, Wire]] = {}
    for when, item in conn.items:
        match item["t"]:
            case "following":
                at[item["stream"]] = item["seq"]
                last[item["stream"]] = (when, item)
            case "ended":
                at.pop(item["stream"], None)
            case "event":
                stream, seq = item["stream"], item["seq"]
                if stream not in at:
                    # What was on its way when a follow was taken back, or asked for anew, is ignored by clients.
                    continue
                if seq != at[stream] + 1:
                    says = f"{conn.opened.who} was at {at[stream]} of {stream} and was sent {seq}"
                    shown = items(conn.opened.conn, [last[stream], (when, item)])
                    yield Violation("P1", says, story(conn.opened, shown))
                at[stream] = seq
                last[stream] = (when, item)


def essence(event: Wire) -> Wire:
    """What of an event never changes: its name, ids and who it is by."""
    return {name: value for name, value in event.items() if name not in _WORDS and value is not None}


def agreed(reading: Reading) -> Iterator[Violation]:
    """At each number of each stream everybody was sent the same event, and that one is stored."""
    first: dict[tuple[str, int], tuple[Conn, int, Wire]] = {}
    told: set[tuple[str, int]] = set()
    for conn in reading.conns.values():
        for when, item in reading.events(conn):
            key = item["stream"], item["seq"]
            known = first.setdefault(key, (conn, when, item))
            if essence(known[2]["event"]) != essence(item["event"]) and key not in told:
                told.add(key)
                shown = [*items(known[0].opened.conn, [known[1:]]), *items(conn.opened.conn, [(when, item)])]
                yield Violation("P1", f"two clients were sent different events as {key}", story(shown))
    for key, (conn, when, item) in first.items():
        row = reading.bodies.get(key)
        if key in told or (row is not None and essence(row.body) == essence(item["event"])):
            continue
        stored = "nothing" if row is None else msgspec.json.encode(row.body).decode()
        shown = [*items(conn.opened.conn, [(when, item)]), At(when, f"stored there: {stored}")]
        yield Violation("P1", f"what was sent as {key} is not what is stored there", story(shown))


def resumed(reading: Reading) -> Iterator[Violation]:
    """A cursor that is good is gone on from, at that very place; without one there is a snapshot."""
    for number, conn in reading.conns.items():
        asked = {sent.ref: sent for sent in conn.sent if sent.do["t"] == "stream.follow"}
        for when, item in conn.items:
            sent = asked.get(item.get("ref", -1)) if item["t"] == "following" else None
            if sent is None:
                continue
            why = _wrongly_followed(reading, sent.do, item)
            if why:
                yield Violation("P5", why, story(conn.opened, sent, items(number, [(when, _short(item))])))


def _wrongly_followed(reading: Reading, do: Wire, item: Wire) -> str | None:
    head = reading.head(do["stream"])
    after = do.get("after", 0)
    if item["resumed"] and (item["seq"] != after or item["epoch"] != do.get("epoch")):
        return f"asked to go on from {after}, it was told to go on from {item['seq']}"
    if not item["resumed"] and do["stream"].startswith("room:") and not item.get("snapshot"):
        return "continuity is not shown, and there is no snapshot"
    good = head is not None and do.get("epoch") == head.epoch and after <= head.head
    return "a good cursor was not gone on from" if good and not item["resumed"] else None


def _short(item: Wire) -> Wire:
    return {name: value for name, value in item.items() if name not in {"snapshot", "mine"}}
