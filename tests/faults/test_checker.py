"""The checker finds each kind of broken promise in a short history made by hand, and nothing in one that is clean."""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from redis import Redis as PlainRedis

from tests.faults.__main__ import finished
from tests.faults.checker import check, judged
from tests.faults.checker.reading import read
from tests.faults.figures import Figure
from tests.faults.history import (
    Closed,
    Deed,
    Fault,
    Final,
    Frame,
    HeadRow,
    History,
    MessageRow,
    Opened,
    Page,
    Row,
    Sent,
    Wire,
    new_token,
)
from tests.faults.nodes import REDIS
from tests.faults.sources import in_redis
from tests.services import Redis

ROOM, STREAM = "0" * 26, f"room:{'0' * 26}"
ONE, TWO, THREE = "zq00000000000001z", "zq00000000000002z", "zq00000000000003z"


@dataclass
class Tale:
    """A history that is told step by step, on a clock that the teller moves."""

    history: History = field(default_factory=History)
    final: Final = field(default_factory=Final)
    now_ms: int = 1_000
    _refs: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def after(self, ms: int) -> None:
        self.now_ms += ms

    def opened(self, conn: int, person: str, node: int = 0) -> None:
        self.history.records.append(Opened(self.now_ms, conn, f"of {person}", person, node, f"session of {person}"))

    def closed(self, conn: int, code: int = 1006) -> None:
        self.history.records.append(Closed(self.now_ms, conn, code))

    def came(self, conn: int, *items: Wire) -> None:
        self.history.records.append(Frame(self.now_ms, conn, json.dumps(items).encode()))

    def sent(self, conn: int, **do: object) -> int:
        ref = next(self._refs)
        self.history.records.append(Sent(self.now_ms, conn, ref, dict(do)))
        return ref

    def followed(self, conn: int, seq: int = 0, **place: object) -> None:
        ref = self.sent(conn, t="stream.follow", stream=STREAM, **place)
        page: Wire = {"messages": [], "replies": []}
        snapshot = {} if place else {"snapshot": {"rev": 0, "page": page, "roster": {"people": []}}}
        self.came(
            conn,
            {"t": "following", "ref": ref, "stream": STREAM, "epoch": "e", "seq": seq, "resumed": bool(place)}
            | snapshot,
        )

    def post(self, conn: int, token: str, nonce: str = "", **how: Any) -> int:
        return self.sent(conn, t="message.post", room=ROOM, nonce=nonce or token, text=f"{token} words", **how)

    def receipt(self, conn: int, ref: int, seq: int, message: str) -> None:
        self.came(conn, {"t": "receipt", "ref": ref, "message": message, "seq": seq})

    def refusal(self, conn: int, ref: int, code: str) -> None:
        self.came(conn, {"t": "refusal", "ref": ref, "code": code})

    def event(self, conn: int, seq: int, event: Wire) -> None:
        self.came(conn, {"t": "event", "stream": STREAM, "seq": seq, "at_ms": 1, "event": event})

    def stored(self, seq: int, person: str, token: str | None, *, acl: int = 0, hidden: bool = False) -> Wire:
        """A message in the database; the event as it is delivered."""
        author = {"alias": f"m{seq}"} if hidden else {"person": person, "name": person}
        body: Wire = {"t": "message.posted", "message": f"m{seq}", "author": author}
        self.final.events.append(Row(STREAM, seq, acl, body))
        text = f"{token} words" if token else None
        self.final.messages[f"m{seq}"] = MessageRow(
            f"m{seq}", STREAM, seq, person, text, hidden=hidden, removed=None if token else "author"
        )
        self.final.heads[STREAM] = HeadRow("e", seq, acl, 0)
        return body | ({"text": text} if text else {})

    def told(self, seq: int, body: Wire, acl: int = 0) -> Wire:
        """Another event in the database."""
        self.final.events.append(Row(STREAM, seq, acl, body))
        self.final.heads[STREAM] = HeadRow("e", seq, acl, 0)
        return body

    @property
    def broken(self) -> set[str]:
        """The promises that the checker finds broken."""
        self.history.quiet_ms = self.history.quiet_ms or self.now_ms
        self.history.ended_ms = self.now_ms + 10_000
        return {violation.promise for violation in check(self.history, self.final)}


@pytest.fixture
def tale() -> Tale:
    """Ada on node 0 and Ben on node 1, both in the room from its beginning."""
    tale = Tale()
    tale.final.heads[STREAM] = HeadRow("e", 0, 0, 0)
    tale.opened(1, "ada")
    tale.opened(2, "ben", 1)
    tale.followed(1)
    tale.followed(2)
    tale.after(100)
    return tale


def said(tale: Tale, seq: int, token: str, **how: Any) -> Wire:
    """Ada says something, and all goes well."""
    ref = tale.post(1, token, **how)
    event = tale.stored(seq, "ada", token, hidden=bool(how.get("hide_name")))
    tale.after(20)
    tale.receipt(1, ref, seq, f"m{seq}")
    tale.event(1, seq, event)
    tale.event(2, seq, event)
    tale.after(20)
    return event


def changed(tale: Tale, kind: str, seq: int, body: Wire, **more: object) -> Wire:
    """Ada edits or removes her first message, and all goes well."""
    ref = tale.sent(1, t=kind, room=ROOM, nonce=f"{kind}{seq}", message="m1", **more)
    tale.receipt(1, ref, seq, "m1")
    event = tale.told(seq, body)
    delivered = event | ({"text": more["text"]} if "text" in more else {})
    tale.event(1, seq, delivered)
    tale.event(2, seq, delivered)
    text = more.get("text")
    tale.final.messages["m1"] = replace(
        tale.final.messages["m1"], text=str(text) if text else None, removed=None if text else "author"
    )
    tale.after(20)
    return event


def removal(tale: Tale, seq: int) -> None:
    changed(tale, "message.remove", seq, {"t": "message.removed", "message": "m1", "by": "author"})


def test_a_clean_history_breaks_nothing(tale: Tale) -> None:
    said(tale, 1, ONE)
    changed(tale, "message.edit", 2, {"t": "message.edited", "message": "m1"}, text=f"{TWO} words")
    removal(tale, 3)
    said(tale, 4, THREE, hide_name=True)
    tale.closed(2)
    tale.after(50)
    tale.opened(3, "ben", 1)
    tale.followed(3, 2, epoch="e", after=2)
    tale.event(3, 3, {"t": "message.removed", "message": "m1", "by": "author"})
    tale.event(3, 4, {"t": "message.posted", "message": "m4", "author": {"alias": "m4"}, "text": f"{THREE} words"})
    assert tale.broken == set()


def test_a_hole_in_what_is_sent(tale: Tale) -> None:
    said(tale, 1, ONE)
    event = tale.stored(2, "ada", TWO)
    tale.event(1, 2, event)
    tale.event(1, 4, event)
    assert "P1" in tale.broken


def test_two_clients_that_are_sent_different_events_at_one_number(tale: Tale) -> None:
    event = said(tale, 1, ONE)
    tale.event(1, 2, {**event, "message": "x"})
    tale.event(2, 2, {**event, "message": "y"})
    tale.stored(2, "ada", TWO)
    assert "P1" in tale.broken


def test_a_hole_in_what_is_stored(tale: Tale) -> None:
    tale.stored(1, "ada", ONE)
    tale.stored(3, "ada", TWO)
    assert "P1" in tale.broken


def test_a_client_that_never_comes_to_see_the_newest(tale: Tale) -> None:
    said(tale, 1, ONE)
    tale.event(1, 2, tale.stored(2, "ada", TWO))
    assert {"P1", "P9"} <= tale.broken


def test_totals_that_a_client_never_comes_to_see(tale: Tale) -> None:
    said(tale, 1, ONE)
    tale.final.messages["m1"].counts["heart"] = 1
    assert tale.broken == {"P1"}


def test_totals_that_are_older_than_what_is_known_are_ignored(tale: Tale) -> None:
    said(tale, 1, ONE)
    tale.final.messages["m1"].counts["heart"] = 1
    newer = {"rev": 2, "tallies": [{"message": "m1", "counts": {"heart": 1}}]}
    older = {"t": "tally.changed", "since": 0, "rev": 1, "tallies": [{"message": "m1", "counts": {}}]}
    for conn, who in ((1, "ada"), (2, "ben")):
        path = f"/api/rooms/{ROOM}/tallies?since=0"
        data = json.dumps(newer).encode()
        tale.history.pages.append(Page(tale.now_ms, tale.now_ms, f"of {who}", who, 0, path, 200, data))
        tale.after(10)
        tale.came(conn, {"t": "signal", "stream": STREAM, "signal": older})
    assert tale.broken == set()


def test_an_acknowledged_message_that_is_not_stored(tale: Tale) -> None:
    tale.receipt(1, tale.post(1, ONE), 1, "m1")
    assert "P2" in tale.broken


def test_an_acknowledged_number_at_which_something_else_is_stored(tale: Tale) -> None:
    ref = tale.post(1, ONE)
    tale.receipt(1, ref, 1, "another")
    event = tale.stored(1, "ada", ONE)
    tale.event(1, 1, event)
    tale.event(2, 1, event)
    assert tale.broken == {"P2"}


def test_one_nonce_that_is_two_messages(tale: Tale) -> None:
    for seq in (1, 2):
        ref = tale.post(1, ONE)
        tale.receipt(1, ref, seq, f"m{seq}")
        event = tale.stored(seq, "ada", ONE)
        tale.event(1, seq, event)
        tale.event(2, seq, event)
    assert tale.broken == {"P3"}


def test_one_nonce_that_is_taken_for_other_words(tale: Tale) -> None:
    said(tale, 1, ONE)
    tale.receipt(1, tale.post(1, TWO, nonce=ONE), 1, "m1")
    assert tale.broken == {"P3"}


def test_a_command_without_an_answer(tale: Tale) -> None:
    tale.post(1, ONE)
    assert tale.broken == {"P4"}


def test_a_command_without_an_answer_on_a_way_that_was_stalled_is_excused(tale: Tale) -> None:
    tale.history.faults.append(Fault(tale.now_ms, "stall", "c0"))
    tale.post(1, ONE)
    assert tale.broken == set()


def test_a_command_with_two_answers(tale: Tale) -> None:
    ref = tale.post(1, ONE)
    tale.refusal(1, ref, "busy")
    tale.refusal(1, ref, "busy")
    assert tale.broken == {"P4"}


def test_a_refused_command_that_is_stored_all_the_same(tale: Tale) -> None:
    tale.refusal(1, tale.post(1, ONE), "unavailable")
    event = tale.stored(1, "ada", ONE)
    tale.event(1, 1, event)
    tale.event(2, 1, event)
    assert tale.broken == {"P4"}


@pytest.mark.parametrize(
    "place", [{"epoch": "e", "after": 1}, {}], ids=["the wrong place", "a snapshot for a good cursor"]
)
def test_a_cursor_that_is_not_gone_on_from(tale: Tale, place: Wire) -> None:
    said(tale, 1, ONE)
    said(tale, 2, TWO)
    tale.closed(2)
    tale.opened(3, "ben", 1)
    ref = tale.sent(3, t="stream.follow", stream=STREAM, epoch="e", after=1)
    tale.came(3, {"t": "following", "ref": ref, "stream": STREAM, "epoch": "e", "seq": 2, "resumed": bool(place)})
    assert "P5" in tale.broken


def test_an_event_that_comes_too_late(tale: Tale) -> None:
    event = tale.stored(1, "ada", ONE)
    tale.receipt(1, tale.post(1, ONE), 1, "m1")
    tale.event(1, 1, event)
    tale.after(4_000)
    tale.event(2, 1, event)
    assert tale.broken == {"P9"}


def test_a_stop_that_nobody_was_told_of(tale: Tale) -> None:
    tale.history.faults.append(Fault(tale.now_ms, "drain", "n1", tale.now_ms + 3_000))
    tale.after(100)
    tale.closed(2, 1012)
    assert tale.broken == {"P13"}


def test_a_hidden_name_that_is_told(tale: Tale) -> None:
    ref = tale.post(1, ONE, hide_name=True)
    tale.receipt(1, ref, 1, "m1")
    event = tale.stored(1, "ada", ONE)
    tale.event(1, 1, event)
    tale.event(2, 1, event)
    assert tale.broken == {"P16"}


def test_what_another_person_alone_is_told(tale: Tale) -> None:
    tale.came(2, {"t": "signal", "stream": "person:ada", "signal": {"t": "place.moved"}})
    assert tale.broken == {"P16"}


def test_words_that_stand_where_none_belong(tale: Tale) -> None:
    said(tale, 1, ONE)
    tale.final.leaks = [("the log of n0", ONE)]
    assert tale.broken == {"P16"}


def test_removed_words_that_stand_where_none_belong(tale: Tale) -> None:
    said(tale, 1, ONE)
    removal(tale, 2)
    tale.final.leaks = [("the table event", ONE)]
    assert tale.broken == {"P17"}


def test_removed_words_that_are_sent_later(tale: Tale) -> None:
    said(tale, 1, ONE)
    removal(tale, 2)
    tale.after(3_000)
    tale.came(2, {"t": "something", "text": ONE})
    assert tale.broken == {"P17"}


def test_replaced_words_that_are_shown_to_who_asks_afterwards(tale: Tale) -> None:
    said(tale, 1, ONE)
    changed(tale, "message.edit", 2, {"t": "message.edited", "message": "m1"}, text=f"{TWO} words")
    page = Page(tale.now_ms + 1, tale.now_ms + 5, "of ben", "ben", 1, "/api/rooms/x/messages", 200, ONE.encode())
    tale.history.pages.append(page)
    assert tale.broken == {"P17"}


def test_a_removal_that_says_more_than_the_id(tale: Tale) -> None:
    said(tale, 1, ONE)
    body = {"t": "message.removed", "message": "m1", "by": "author", "text": "?"}
    changed(tale, "message.remove", 2, body)
    assert "P17" in tale.broken


def kicked(tale: Tale, *, again_ms: int | None = None) -> Deed:
    """Ben is put out of the room, and told so."""
    deed = Deed(tale.now_ms, "kick", "ben", STREAM, done_ms=tale.now_ms + 20)
    tale.history.deeds.append(deed)
    tale.final.narrowings.append((STREAM, 1, "ben"))
    if again_ms is not None:
        tale.history.deeds.append(Deed(tale.now_ms + again_ms, "admit", "ben", STREAM, done_ms=tale.now_ms + again_ms))
    tale.after(50)
    return deed


def out(tale: Tale) -> None:
    tale.came(2, {"t": "ended", "stream": STREAM, "code": "not_found"})


def said_by_ada(tale: Tale, seq: int, token: str) -> Wire:
    """Ada says something, and is the only one who is told."""
    ref = tale.post(1, token)
    tale.receipt(1, ref, seq, f"m{seq}")
    event = tale.stored(seq, "ada", token, acl=1)
    tale.event(1, seq, event)
    return event


def test_a_kick_that_works(tale: Tale) -> None:
    said(tale, 1, ONE)
    kicked(tale)
    out(tale)
    said_by_ada(tale, 2, TWO)
    assert tale.broken == set()


def test_an_event_of_after_a_kick(tale: Tale) -> None:
    kicked(tale)
    tale.event(2, 1, said_by_ada(tale, 1, ONE))
    out(tale)
    assert tale.broken == {"P18"}


def test_a_word_of_after_a_kick_in_whatever_form(tale: Tale) -> None:
    kicked(tale)
    out(tale)
    said_by_ada(tale, 1, ONE)
    tale.came(2, {"t": "something", "text": ONE})
    assert tale.broken == {"P18"}


def test_words_of_meanwhile_may_be_read_once_somebody_is_let_in_again(tale: Tale) -> None:
    kicked(tale, again_ms=1_000)
    out(tale)
    event = said_by_ada(tale, 1, ONE)
    tale.after(1_200)
    tale.followed(2, 0, epoch="e", after=0)
    tale.event(2, 1, event)
    assert tale.broken == set()


@pytest.mark.parametrize(
    "asks",
    [
        lambda tale: tale.followed(2, 0, epoch="e", after=0),
        lambda tale: tale.history.pages.append(
            Page(tale.now_ms, tale.now_ms + 1, "of ben", "ben", 1, f"/api/rooms/{ROOM}/messages", 200, b"{}")
        ),
    ],
    ids=["follow", "request"],
)
def test_a_door_that_opens_after_a_kick(tale: Tale, asks: Callable[[Tale], None]) -> None:
    kicked(tale)
    out(tale)
    tale.after(50)
    asks(tale)
    assert tale.broken == {"P18"}


def test_a_message_of_who_was_put_out(tale: Tale) -> None:
    kicked(tale)
    out(tale)
    ref = tale.post(2, ONE)
    tale.receipt(2, ref, 1, "m1")
    tale.event(1, 1, tale.stored(1, "ben", ONE, acl=1))
    assert tale.broken == {"P18"}


def test_a_kick_that_nobody_tells(tale: Tale) -> None:
    kicked(tale)
    assert tale.broken == {"P18"}


def test_a_socket_that_outlives_its_session(tale: Tale) -> None:
    tale.history.deeds.append(Deed(tale.now_ms, "sign_out", "ben", session="session of ben", done_ms=tale.now_ms))
    tale.after(3_000)
    tale.closed(2, 4401)
    assert tale.broken == {"P18"}


def test_what_is_not_given_back(tale: Tale) -> None:
    tale.final.before = [{"tasks": 10.0, "files": 10.0, "memory_bytes": 1e8}]
    tale.final.after = [{"tasks": 90.0, "files": 10.0, "memory_bytes": 1e8}]
    assert tale.broken == {"P15"}


def test_a_violation_tells_the_history_that_shows_it(tale: Tale) -> None:
    tale.post(1, ONE)
    tale.history.quiet_ms = tale.now_ms
    tale.history.ended_ms = tale.now_ms + 10_000
    [violation] = check(tale.history, tale.final)
    assert ONE in str(violation)
    assert "Opened" in str(violation)


def test_a_figure_holds_when_all_of_it_is_within_its_bounds() -> None:
    def figure(most: float, **bounds: float) -> Figure:
        return Figure("P8", "x", "ms", bounds.pop("bound", None), 3, 1.0, 2.0, most, lowest=0.5, **bounds)

    assert figure(3.0).holds
    assert figure(3.0, bound=3.0, bound_p95=2.0, least=0.5).holds
    assert not figure(3.1, bound=3.0).holds
    assert not figure(3.0, bound_p95=1.9).holds
    assert not figure(3.0, least=0.6).holds


def test_what_was_clean_on_other_code_is_run_again(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    assert finished(kept, "aaa") == set()
    kept.write_text("aaa 1.0\naaa 1.1\nbbb 1.2\n")
    assert finished(kept, "aaa") == {"1.0", "1.1"}
    assert finished(kept, "ccc") == set()


@pytest.mark.redis
async def test_no_word_that_redis_holds_is_overlooked() -> None:
    words = [new_token() for _ in range(600)]
    with Redis(*REDIS) as redis:
        with PlainRedis(port=redis.port, socket_timeout=10) as client:
            for n in range(0, 600, 3):
                client.hset(f"key {n}", mapping={f"field {m}": f"{words[n + m]} and so on " * 3 for m in range(3)})
        found = await in_redis(redis.port)
    assert {token for _, token in found} == set(words)


def test_waits_are_counted_as_in_time_or_as_excused(tale: Tale) -> None:
    said(tale, 1, ONE)
    tale.history.ended_ms = tale.now_ms + 10_000
    assert judged(read(tale.history, tale.final)) == {"P9": (2, 0), "P18": (0, 0)}
    # Ben's node was out when Ada said more.
    tale.history.faults.append(Fault(tale.now_ms, "pause", "n1", tale.now_ms + 100))
    tale.event(1, 2, tale.stored(2, "ada", TWO))
    tale.history.ended_ms = tale.now_ms + 10_000
    assert judged(read(tale.history, tale.final)) == {"P9": (3, 1), "P18": (0, 0)}
