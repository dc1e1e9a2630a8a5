"""P4: every command has, within five seconds of a working connection, exactly one answer."""

from collections.abc import Iterator

from tests.faults.checker.reading import Conn, Reading, Violation, items, story
from tests.faults.history import Sent

ANSWER_MS = 5_000
# Commands that are not read: the server has 64 without their answer, or 200 came in this second.
UNREAD = 64


def answered(reading: Reading) -> Iterator[Violation]:
    """Never silence, and never two answers."""
    for conn in reading.conns.values():
        for sent in conn.sent:
            given = reading.answer_of(sent)
            if len(given) > 1:
                shown = items(sent.conn, given)
                yield Violation("P4", f"{len(given)} answers to one command", story(conn.opened, sent, shown))
            elif _silent(reading, conn, sent):
                last = items(sent.conn, conn.items[-2:])
                says = f"no answer within {ANSWER_MS} ms on a working connection"
                yield Violation("P4", says, story(conn.opened, sent, items(sent.conn, given), last))


def _silent(reading: Reading, conn: Conn, sent: Sent) -> bool:
    given = reading.answer_of(sent)
    until = sent.at_ms + ANSWER_MS
    until += reading.weather.late_ms(sent.at_ms, until)
    if given and given[0][0] <= until:
        return False
    watched = min(conn.ended_ms, reading.history.ended_ms)
    return watched > until and not reading.weather.path_broken(conn.opened, sent.at_ms, until)
