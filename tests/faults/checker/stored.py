"""P1 to P3 in the database: no hole and no repeat, nothing acknowledged is lost, nothing is done twice or denied."""

from collections import defaultdict
from collections.abc import Iterator

from tests.faults.checker.reading import At, Command, Reading, Violation, items, story, tokens_in
from tests.faults.history import Row, Sent, Wire


def numbered(reading: Reading) -> Iterator[Violation]:
    """Each stream's stored events are 1, 2, 3 … up to its head."""
    by_stream: dict[str, list[Row]] = defaultdict(list)
    for row in reading.final.events:
        by_stream[row.stream].append(row)
    for stream, rows in by_stream.items():
        head = reading.head(stream)
        numbers = sorted(row.seq for row in rows)
        wanted = list(range(1, (head.head if head else 0) + 1))
        if numbers != wanted:
            missing = sorted(set(wanted) - set(numbers))[:5]
            beyond = sorted(set(numbers) - set(wanted))[:5]
            says = f"{stream} has its head at {len(wanted)}; missing {missing}, beyond it {beyond}"
            yield Violation("P1", says, story([At(0, f"stored: {row}") for row in rows[-3:]]))


def acknowledged(reading: Reading) -> Iterator[Violation]:
    """What a receipt names is stored, at that number, as that message, by who asked."""
    for command in reading.commands:
        for at, receipt in command.of("receipt"):
            why = _lost(reading, command, receipt)
            if why:
                yield Violation("P2", why, _told(command, at, receipt))
                break


def _lost(reading: Reading, command: Command, receipt: Wire) -> str | None:
    do = command.sent[0].do
    if do["t"] == "reaction.set":
        head = reading.head(command.stream)
        return f"acknowledged as revision {receipt['rev']}, which is not reached" if _beyond(receipt, head) else None
    seq = receipt.get("seq")
    if seq is None:
        return None if do["t"] == "message.remove" else "acknowledged without a number"
    row = reading.bodies.get((command.stream, seq))
    if row is None:
        return f"acknowledged as {seq} of {command.stream}, where nothing is stored"
    if row.body.get("message") != receipt.get("message"):
        return f"acknowledged as {seq} of {command.stream}, where something else is stored: {row.body}"
    message = reading.final.messages.get(str(receipt.get("message")))
    if message is None or (do["t"] == "message.post" and message.author != command.person):
        return f"acknowledged as a message that is not stored as theirs: {message}"
    return None


def _beyond(receipt: Wire, head: object) -> bool:
    return bool(receipt.get("rev", 0) > getattr(head, "rev", 0))


def once(reading: Reading) -> Iterator[Violation]:
    """One nonce is one message for ever: the same receipt each time, one row, and other words are a conflict."""
    stored = reading.by_token()
    posted = _posted(reading)
    for command in reading.commands:
        yield from _once(reading, command)
        token = next(iter(tokens_in(str(command.sent[0].do.get("text", "")).encode())), None)
        rows = stored.get(token, []) if token and command.sent[0].do["t"] == "message.post" else []
        if len(rows) > 1:
            says = f"what was sent under one nonce is stored {len(rows)} times"
            shown = [At(0, f"stored: {row}") for row in rows]
            yield Violation("P3", says, story(command.sent, items(command.sent[0].conn, command.answers), shown))
    for (stream, message), rows_of in posted.items():
        if len(rows_of) > 1:
            says = f"message {message} of {stream} was posted at {[row.seq for row in rows_of]}"
            yield Violation("P3", says, story([At(0, f"stored: {row}") for row in rows_of]))


def _posted(reading: Reading) -> dict[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in reading.final.events:
        if row.body["t"] == "message.posted":
            found[row.stream, row.body["message"]].append(row)
    return found


def _once(reading: Reading, command: Command) -> Iterator[Violation]:
    receipts = command.of("receipt")
    named = {(one.get("message"), one.get("seq")) for _, one in receipts}
    if len(named) > 1:
        says = f"one nonce was acknowledged as {sorted(map(str, named))}"
        yield Violation("P3", says, story(command.sent, items(command.sent[0].conn, receipts)))
    done = {str(sent.do) for sent in command.sent if _had(reading, sent, "receipt")}
    if len(done) > 1:
        says = "one nonce was acknowledged for two different commands"
        yield Violation("P3", says, story(command.sent, items(command.sent[0].conn, command.answers)))


def _had(reading: Reading, sent: Sent, kind: str) -> bool:
    return any(answer["t"] == kind for _, answer in reading.answer_of(sent))


def never_denied(reading: Reading) -> Iterator[Violation]:
    """What was refused each time it was asked, and never `unknown` or left open, is not stored."""
    stored = reading.by_token()
    for command in reading.commands:
        if command.sent[0].do["t"] not in {"message.post", "message.edit"} or not _always_refused(reading, command):
            continue
        for sent in command.sent:
            for token in tokens_in(str(sent.do["text"]).encode()):
                if token in stored and _is_this(command, stored[token][0].id):
                    says = "it was refused each time it was asked, and is stored"
                    shown = items(sent.conn, command.answers)
                    yield Violation("P4", says, story(command.sent, shown, At(0, f"stored: {stored[token][0]}")))


def _is_this(command: Command, message: str) -> bool:
    do = command.sent[0].do
    return bool(do["t"] == "message.post" or do.get("message") == message)


def _always_refused(reading: Reading, command: Command) -> bool:
    for sent in command.sent:
        given = [answer for _, answer in reading.answer_of(sent)]
        if not given or any(
            one["t"] != "refusal" or one["code"] in {"unknown", "conflict", "internal"} for one in given
        ):
            return False
    return True


def _told(command: Command, at: int, receipt: Wire) -> tuple[str, ...]:
    before = [sent for sent in command.sent if sent.at_ms <= at][-3:]
    return story(before, items(before[-1].conn if before else 0, [(at, receipt)]))
