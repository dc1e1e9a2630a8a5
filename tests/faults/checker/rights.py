"""P18: what was committed after somebody's right had ended never reaches them, and nothing of theirs is stored."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.faults.checker.reading import At, Conn, Reading, Violation, deeds_of, first_told, items, story, tokens_in
from tests.faults.history import Deed, Fault, Sent, Wire

CLOSED_MS = 2_000
CLOSED_DEGRADED_MS = 5_000
ENDINGS = frozenset({"kick", "lower", "remove"})
FOR_EVER = 2**62
# So many earlier deeds are shown with a violation.
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Shut:
    """From the right's end, which is stored as `acl`, until somebody asked to let the person in again."""

    person: str
    stream: str
    acl: int
    deed: Deed
    again_ms: int
    # What was asked about this right up to then, and the faults that may have had one of these done late.
    before: tuple[Deed, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def shown(self) -> list[At]:
        """How the right ended, after what."""
        return [
            *(At(deed.asked_ms, str(deed)) for deed in self.before),
            *(At(fault.began_ms, str(fault)) for fault in self.faults),
            At(self.deed.asked_ms, f"{self.deed}, stored as acl {self.acl}"),
        ]


def shuts(reading: Reading) -> list[Shut]:
    """Each time that a person's right to a stream had ended, as it was stored and as it was seen."""
    stored: dict[tuple[str, str], list[int]] = defaultdict(list)
    for stream, acl, person in reading.final.narrowings:
        stored[person, stream].append(acl)
    found: list[Shut] = []
    for (person, stream), acls in stored.items():
        deeds = deeds_of(reading, person, stream)
        endings = [(n, deed) for n, deed in enumerate(deeds) if deed.kind in ENDINGS]
        # One for each: nothing else is asked of a right while it can still be done what was asked before.
        for acl, (n, deed) in zip(sorted(acls), endings, strict=False):
            again = next((later.asked_ms for later in deeds[n + 1 :] if later.kind not in ENDINGS), FOR_EVER)
            before = tuple(deeds[max(0, n - SHOWN) : n])
            found.append(Shut(person, stream, acl, deed, again, before, _faults(reading, (*before, deed))))
    return found


def _faults(reading: Reading, deeds: Iterable[Deed]) -> tuple[Fault, ...]:
    unanswered = [one for deed in deeds for one in deed.tries if one.status == 0]
    return tuple(fault for fault in reading.history.faults if any(one.held_up_by(fault) for one in unanswered))


def delivered(reading: Reading) -> Iterator[Violation]:
    """No time is allowed: not one event, and not one word of it, that was committed after the right had ended."""
    by_person: dict[str, list[Conn]] = defaultdict(list)
    for conn in reading.conns.values():
        by_person[conn.opened.person].append(conn)
    for shut in shuts(reading):
        late = _committed_later(reading, shut)
        for conn in by_person[shut.person]:
            yield from _came(reading, conn, shut, late=late)


def _committed_later(reading: Reading, shut: Shut) -> dict[str, int]:
    """The tokens of what was committed after the right's end, with their numbers."""
    late: dict[str, int] = {}
    for row in reading.final.events:
        if row.stream == shut.stream and row.acl >= shut.acl:
            message = reading.final.messages.get(str(row.body.get("message")))
            for token in tokens_in((message.text or "").encode()) if message else ():
                late[token] = row.seq
    return late


def _came(reading: Reading, conn: Conn, shut: Shut, *, late: dict[str, int]) -> Iterator[Violation]:
    number = conn.opened.conn
    for at, item in reading.events(conn, shut.stream):
        row = reading.bodies.get((shut.stream, item["seq"]))
        if row is not None and row.acl >= shut.acl and at < shut.again_ms:
            says = f"{conn.opened.who} was sent {item['seq']} of {shut.stream}, committed after their right had ended"
            shown = [*shut.shown, *items(number, [(at, item)])]
            yield Violation("P18", says, story(conn.opened, shown, At(at, f"stored: {row}")))
            return
    for frame in conn.frames:
        if shut.deed.asked_ms <= frame.at_ms < shut.again_ms and (words := set(tokens_in(frame.data)) & late.keys()):
            says = f"{conn.opened.who} was sent {sorted(words)}, said in {shut.stream} after their right had ended"
            shown_bytes = At(frame.at_ms, f"#{number} < {frame.data.decode(errors='replace')}")
            yield Violation("P18", says, story(conn.opened, At(shut.deed.asked_ms, str(shut.deed)), shown_bytes))
            return


def read(reading: Reading) -> Iterator[Violation]:
    """Whoever asks after their right has ended is told that there is no such thing."""
    for shut in shuts(reading):
        done = shut.deed.done_ms
        if done is None:
            continue
        for conn in reading.conns.values():
            if conn.opened.person == shut.person:
                yield from _followed(reading, conn, shut, done_ms=done)
        room = shut.stream.partition(":")[2]
        for page in reading.history.pages:
            asked_too_late = done < page.asked_ms and page.at_ms < shut.again_ms
            if page.person == shut.person and asked_too_late and page.status == 200 and f"/rooms/{room}/" in page.path:
                says = f"{page.who} was shown {page.path} after their right had ended"
                yield Violation("P18", says, story(At(done, str(shut.deed)), At(page.asked_ms, f"n{page.node}")))


def _followed(reading: Reading, conn: Conn, shut: Shut, *, done_ms: int) -> Iterator[Violation]:
    for sent in conn.sent:
        if sent.do.get("stream") != shut.stream or not done_ms < sent.at_ms < shut.again_ms:
            continue
        given = [(at, one) for at, one in reading.answer_of(sent) if one["t"] == "following" and at < shut.again_ms]
        if given:
            says = f"{conn.opened.who} could follow {shut.stream} after their right had ended"
            yield Violation("P18", says, story(conn.opened, shut.shown, sent, items(sent.conn, given)))


def written(reading: Reading) -> Iterator[Violation]:
    """Nothing that they send is stored: not under the rights of after the end, until they are let in again."""
    first = first_told(reading)
    for shut in shuts(reading):
        for row in reading.final.events:
            if row.stream != shut.stream or row.acl < shut.acl or row.body["t"] != "message.posted":
                continue
            message = reading.final.messages.get(row.body["message"])
            if message is None or message.author != shut.person:
                continue
            sent = _sent_of(reading, shut, message.id)
            # Told of before anybody asked to let them in again: it can't have been decided afterwards.
            if first.get((row.stream, row.seq), FOR_EVER) < shut.again_ms:
                says = f"{row.seq} of {shut.stream} is by somebody whose right to be there had ended"
                shown = [*shut.shown, At(0, f"stored: {row}")]
                yield Violation("P18", says, story(shown, list(sent)))


def _sent_of(reading: Reading, shut: Shut, message: str) -> list[Sent]:
    """All tries of the command that posted a message. One without a receipt is known by its words."""
    text = reading.final.messages[message].text or ""
    for token in tokens_in(text.encode()):
        said = reading.said.get(token)
        if said is not None:
            return list(said.command.sent)
    for command in reading.commands:
        if command.person == shut.person and any(one.get("message") == message for _, one in command.of("receipt")):
            return list(command.sent)
    return []


@dataclass(frozen=True, slots=True)
class Wait:
    """Somebody's wait for the end of a right to show: if it was too long, and if a fault excuses that."""

    conn: Conn
    says: str
    shown: tuple[object, ...]
    late: bool
    excused: bool


def closed(reading: Reading) -> Iterator[Violation]:
    """Whoever was shut out is told, and whoever was signed out or removed has no socket any more."""
    for wait in _waits(reading):
        if wait.late and not wait.excused:
            yield Violation("P18", wait.says, story(wait.conn.opened, *wait.shown))


def judged(reading: Reading) -> tuple[int, int]:
    """How many waits for the end of a right were within their bound, and how many longer and excused by a fault."""
    waits = list(_waits(reading))
    return sum(not wait.late for wait in waits), sum(wait.excused for wait in waits)


def _waits(reading: Reading) -> Iterator[Wait]:
    for shut in shuts(reading):
        if shut.deed.done_ms is not None and shut.deed.kind != "remove":
            yield from _told(reading, shut)
    for deed in reading.history.deeds:
        if deed.done_ms is not None and deed.kind in {"sign_out", "remove"}:
            for conn in reading.conns.values():
                yield from _still_open(reading, conn, deed)


def _bound(reading: Reading, since: int) -> int:
    degraded = reading.weather.degraded(since - CLOSED_DEGRADED_MS, since + CLOSED_MS)
    bound = CLOSED_DEGRADED_MS if degraded else CLOSED_MS
    return since + bound + reading.weather.late_ms(since, since + bound)


def _excused(reading: Reading, conn: Conn, since: int, until: int) -> bool:
    where = conn.opened
    return reading.weather.path_broken(where, since, until) or reading.weather.store_broken(where.node, since, until)


def _still_open(reading: Reading, conn: Conn, deed: Deed) -> Iterator[Wait]:
    meant = conn.opened.person == deed.person and deed.session in {"", conn.opened.session}
    if not meant or deed.done_ms is None or conn.ended_ms <= deed.done_ms:
        return
    since = max(deed.done_ms, conn.opened.at_ms)
    until = _bound(reading, since)
    ended = min(conn.ended_ms, reading.history.ended_ms)
    late = ended > until
    says = f"{conn.opened.who} still had a socket {int(ended) - since} ms after"
    shown = At(deed.done_ms, str(deed)), conn.closed
    yield Wait(conn, says, shown, late=late, excused=late and _excused(reading, conn, since, until))


def _told(reading: Reading, shut: Shut) -> Iterator[Wait]:
    done = shut.deed.done_ms or 0
    until = _bound(reading, done)
    for number, conn in reading.conns.items():
        if conn.opened.person != shut.person or not _followed_at(conn, shut.stream, done):
            continue
        told = [
            at
            for at, item in conn.items
            if item["t"] == "ended" and item["stream"] == shut.stream and at > shut.deed.asked_ms
        ]
        watched = min(conn.ended_ms, shut.again_ms, reading.history.ended_ms)
        late = (not told or told[0] > until) and watched > until
        says = f"{conn.opened.who} was not told in time that {shut.stream} is over for them"
        shown = At(done, str(shut.deed)), _endings(number, conn, shut)
        yield Wait(conn, says, shown, late=late, excused=late and _excused(reading, conn, done, until))


def _followed_at(conn: Conn, stream: str, at_ms: int) -> bool:
    follows = False
    for at, item in conn.items:
        if at > at_ms:
            break
        if item.get("stream") == stream and item["t"] in {"following", "ended"}:
            follows = item["t"] == "following"
    return follows


def _endings(number: int, conn: Conn, shut: Shut) -> list[At]:
    about: list[tuple[int, Wire]] = [
        (at, {"t": item["t"], "stream": shut.stream})
        for at, item in conn.items
        if item.get("stream") == shut.stream and item["t"] in {"following", "ended"}
    ]
    return items(number, about[-3:])
