"""P16 and P17: words that were taken out, and names that were hidden, are on no path.

Held messages come with a later version. What is here already looks at every byte for words whose reader had no right
to them (`rights`), so a held message needs only its own rule for who may see it and when.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from tests.faults.checker.reading import At, Conn, Reading, Violation, items, story, tokens_in
from tests.faults.history import Frame, Wire

GONE_MS = 2_000
GONE_DEGRADED_MS = 5_000


def removed(reading: Reading) -> Iterator[Violation]:
    """Words that were removed or replaced are nowhere in what is sent after their time."""
    gone = _gone(reading)
    for conn in reading.conns.values():
        for frame in conn.frames:
            yield from _stale(reading, conn, frame, gone=gone)
    for page in reading.history.pages:
        for token in set(tokens_in(page.data)) & gone.keys():
            if page.asked_ms > gone[token].at_ms:
                says = f"{page.who} was shown {token} by a request made after it was taken out"
                yield Violation("P17", says, story(gone[token], At(page.asked_ms, f"{page.path} on n{page.node}")))
    yield from _after_the_event(reading)


def _gone(reading: Reading) -> dict[str, At]:
    """When each token was taken out for good: the first moment at which somebody was told that it is done."""
    texts: dict[str, list[tuple[int, str]]] = defaultdict(list)
    ends: dict[str, int] = {}
    for command in reading.commands:
        receipts = [(at, one) for at, one in command.of("receipt") if one.get("seq")]
        if not receipts:
            continue
        at, receipt = receipts[0]
        do = command.sent[0].do
        if do["t"] == "message.remove":
            ends[receipt["message"]] = at
        elif "text" in do:
            texts[receipt["message"]] += [(receipt["seq"], token) for token in tokens_in(str(do["text"]).encode())]
    found: dict[str, At] = {}
    done = _done_ms(reading)
    for message, said in texts.items():
        said.sort()
        for (_, token), (seq, _) in pairwise(said):
            found[token] = At(done[message, seq], f"{token} of {message} was replaced")
        if message in ends and said:
            found[said[-1][1]] = At(ends[message], f"{said[-1][1]} of {message} was removed")
    return found


def _done_ms(reading: Reading) -> dict[tuple[str, int], int]:
    """When somebody was first told of each change to a message."""
    return {
        (one["message"], one["seq"]): at
        for command in reading.commands
        for at, one in reversed(command.of("receipt"))
        if one.get("seq") and one.get("message")
    }


def _stale(reading: Reading, conn: Conn, frame: Frame, *, gone: dict[str, At]) -> Iterator[Violation]:
    for token in set(tokens_in(frame.data)) & gone.keys():
        since = gone[token].at_ms
        if frame.at_ms <= since + GONE_MS:
            continue
        degraded = reading.weather.degraded(since, frame.at_ms)
        until = since + (GONE_DEGRADED_MS if degraded else GONE_MS)
        until += reading.weather.late_ms(since, until)
        # What was sent before may have waited on the way, and a node that was frozen has heard of nothing.
        if frame.at_ms <= until or _unheard(reading, conn, since, frame.at_ms):
            continue
        says = f"{conn.opened.who} was sent {token} {frame.at_ms - since} ms after it was taken out"
        shown = At(frame.at_ms, f"#{frame.conn} < {frame.data.decode(errors='replace')}")
        yield Violation("P17", says, story(conn.opened, gone[token], shown))


def _unheard(reading: Reading, conn: Conn, since: int, until: int) -> bool:
    """Whether this client or its node may not have heard of it: felt until five seconds after the trouble has ended."""
    where = conn.opened
    return bool(
        reading.weather.during(
            (f"n{where.node}", f"c{where.node}", f"p{where.node}", "pg", where.who),
            max(since, until - GONE_DEGRADED_MS),
            until,
            after_ms=GONE_DEGRADED_MS,
        )
    )


def _after_the_event(reading: Reading) -> Iterator[Violation]:
    """On one connection nothing that comes after the removal has the words, whatever the time."""
    for number, conn in reading.conns.items():
        taken: dict[str, tuple[int, Wire]] = {}
        for at, item in conn.items:
            if item["t"] != "event":
                continue
            event = item["event"]
            if event["t"] == "message.removed":
                taken[event["message"]] = (at, item)
                if set(event) - {"t", "message", "by"}:
                    yield Violation("P17", "the removal says more than the id", story(items(number, [(at, item)])))
            elif event.get("message") in taken and event.get("text"):
                shown = items(number, [taken[event["message"]], (at, item)])
                yield Violation("P17", "words come after their removal", story(conn.opened, shown))


def hidden(reading: Reading) -> Iterator[Violation]:
    """With the name hidden neither the person nor the name is in what is sent, and each person is told alone."""
    secret = {
        one["message"]
        for command in reading.commands
        if command.sent[0].do.get("hide_name")
        for _, one in command.of("receipt")
    }
    for number, conn in reading.conns.items():
        for at, item in conn.items:
            stream = item.get("stream", "")
            if stream.startswith("person:") and stream != f"person:{conn.opened.person}":
                says = f"{conn.opened.who} was sent what only another person is told"
                yield Violation("P16", says, story(conn.opened, items(number, [(at, item)])))
            for message, author in _authors(item):
                if message in secret and ("person" in author or "name" in author):
                    says = f"{conn.opened.who} was sent who said {message}, which hides its author's name"
                    yield Violation("P16", says, story(conn.opened, items(number, [(at, _about(item, message))])))


def _authors(item: Wire) -> Iterator[tuple[str, Wire]]:
    if item["t"] == "event" and "author" in item["event"]:
        yield item["event"]["message"], item["event"]["author"]
    snapshot = item.get("snapshot") or {}
    page = snapshot.get("page", {})
    for view in (*page.get("messages", ()), *page.get("replies", ())):
        yield view["message"], view["author"]


def _about(item: Wire, message: str) -> Wire:
    return item if item["t"] == "event" else {"t": item["t"], "about": message}


def leaked(reading: Reading) -> Iterator[Violation]:
    """Nobody's words are in a log, in Redis or in another table than those that are for words."""
    gone = _gone(reading)
    for where, token in reading.final.leaks:
        said = reading.said.get(token)
        promise = "P17" if token in gone else "P16"
        shown = list(said.command.sent[:1]) if said else []
        yield Violation(promise, f"{token} stands in {where}", story(shown))
