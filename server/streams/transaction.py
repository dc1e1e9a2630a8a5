"""One batch of orders, as a unit of work: lock, facts, decide, store.

On PostgreSQL a batch for rooms, one or several, is three round trips: the lock with all facts, the writes, the commit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from rooms.audit import Act, act_of
from rooms.commands import PostMessage, RoomCommand
from rooms.contract import Code, Refused
from rooms.events import OwnMessage
from rooms.ids import CommunityId, MessageId, Nonce, PersonId, RoomId, StreamId, owner_of, person_stream
from rooms.room import Counted, Facts, decide
from rooms.signals import Counts
from server.clock import new_id
from server.database.ports import Each, Row, Say, Statement, Work, in_parts, one_of
from server.streams.ledger import (
    HEAD_COLUMNS,
    Head,
    Ledger,
    Narrowed,
    Stored,
    deciding_state,
    lock_all,
    lock_rooms,
    open_stream,
)
from server.streams.order import Answer, Order, Resolved, Resolver
from server.streams.room_sql import RoomRows, Told, fact_statements, facts

Outcome: TypeAlias = Answer | Refused
# A nonce as the log knows it: where and by whom it was used, and which.
Known: TypeAlias = dict[tuple[StreamId, PersonId, Nonce], tuple[str | None, Answer]]

_encode = msgspec.json.Encoder().encode
_decode_answer = msgspec.json.Decoder(Answer).decode


@dataclass(slots=True)
class Committed:
    """What a batch came to. Only to be believed, and told, after the commit."""

    outcomes: list[Outcome]
    stored: list[Stored] = field(default_factory=list)
    heads: dict[StreamId, Head] = field(default_factory=dict)
    narrowed: list[Narrowed] = field(default_factory=list)
    tallies: dict[StreamId, dict[MessageId, Counts]] = field(default_factory=dict)
    # What is to be written down of privileged acts, in the same transaction.
    acts: list[tuple[CommunityId, Act]] = field(default_factory=list)


def _nonce_statement(orders: Sequence[Order]) -> Say:
    # Each key is looked up by the index: nonces are kept for ever, and there are very many.
    keys = [(o.stream, o.actor, o.nonce) for o in orders if o.nonce is not None and o.actor is not None]
    return Say(
        "SELECT n.stream, n.person, n.nonce, n.fingerprint, n.receipt FROM EACH_OF(?) AS k CROSS JOIN nonce AS n"
        " WHERE n.stream = k.value ->> 0 AND n.person = k.value ->> 1 AND n.nonce = k.value ->> 2",
        (_encode(keys).decode(),),
    )


def _known(rows: list[Row]) -> Known:
    return {
        (stream, person, nonce): (print_, _decode_answer(receipt)) for stream, person, nonce, print_, receipt in rows
    }


def _answered_before(known: Known, order: Order) -> Outcome | None:
    """The answer that this order had already, if it had one."""
    if order.nonce is None or order.actor is None:
        return None
    before = known.get((order.stream, order.actor, order.nonce))
    if before is None:
        return None
    fingerprint, answer = before
    if fingerprint is None:
        return Refused(Code.ERASED, **({} if answer.seq is None else {"seq": answer.seq}))
    return answer if fingerprint == order.fingerprint else Refused(Code.CONFLICT)


def _remember(done: list[tuple[Order, Answer]]) -> Each:
    return Each(
        "INSERT INTO nonce (stream, person, nonce, fingerprint, receipt) VALUES (?, ?, ?, ?, ?)",
        [(o.stream, o.actor, o.nonce, o.fingerprint, _encode(answer).decode()) for o, answer in done if o.nonce],
    )


class _RoomBatch:
    """The decisions of one batch, one after the other on the state so far of each room."""

    def __init__(self, ledger: Ledger, found: Mapping[RoomId, Facts]) -> None:
        self.ledger = ledger
        self.facts = found
        self.rows = RoomRows()
        self.done: list[tuple[Order, Answer]] = []
        self.acts: list[tuple[CommunityId, Act]] = []

    def settle(self, order: Order, known: Known) -> Outcome:
        """The answer to one order; what it changes is noted."""
        if order.stream not in self.ledger.heads:
            return Refused(Code.NOT_FOUND)
        before = _answered_before(known, order)
        if before is not None:
            return before
        try:
            answer = self._decided(order)
        except Refused as refused:
            return refused
        self.done.append((order, answer))
        if order.nonce is not None and order.actor is not None:
            known[order.stream, order.actor, order.nonce] = (order.fingerprint, answer)
        return answer

    def _decided(self, order: Order) -> Answer:
        command: RoomCommand = order.command  # type: ignore[assignment]  # `submit` sends rooms only room commands
        actor = order.actor
        if actor is None:
            raise Refused(Code.NOT_ALLOWED)
        room, head = RoomId(owner_of(order.stream)), self.ledger.heads[order.stream]
        state = deciding_state(head.state)
        outcome = decide(
            state,
            self.facts[room],
            command,
            who=actor,
            new=MessageId(new_id()),
            now_ms=max(self.ledger.now_ms, head.at_ms),
        )
        match outcome:
            case None:
                return Answer(message=getattr(command, "message", None), rev=head.rev, at_ms=self.ledger.now_ms)
            case Counted():
                rev = self.ledger.count(order.stream)
                self.rows.count(order.stream, outcome, rev)
                return Answer(message=outcome.message, rev=rev, at_ms=self.ledger.now_ms)
        self._write_down(state.community, command, actor)
        stored = self.ledger.append(order.stream, outcome)
        self.rows.event(stored, outcome, actor)
        message = getattr(outcome, "message", None)
        if isinstance(command, PostMessage) and command.hide_name:
            self.ledger.append(person_stream(actor), OwnMessage(room=room, message=message or MessageId("")))
        return Answer(message=message, seq=stored.seq, at_ms=stored.at_ms)

    def _write_down(self, community: CommunityId, command: RoomCommand, actor: PersonId) -> None:
        meant = self.facts[command.room].messages.get(getattr(command, "message", MessageId("")))
        act = act_of(command, by=actor, own=meant is not None and meant.author == actor)
        if act is not None:
            self.acts.append((community, act))


def _hidden_authors(orders: Sequence[Order]) -> list[StreamId]:
    """The person streams that a message with a hidden name will be told on."""
    return [
        person_stream(o.actor)
        for o in orders
        if o.actor is not None and isinstance(o.command, PostMessage) and o.command.hide_name
    ]


def room_batch(orders: Sequence[Order]) -> Work[Committed]:
    """Decide and store a batch of commands, in one room or in several."""
    streams = list(dict.fromkeys(order.stream for order in orders))
    locks = [lock_rooms(streams), *lock_all(_hidden_authors(orders))]
    asked = [Told(RoomId(owner_of(o.stream)), o.actor, o.command) for o in orders if o.actor is not None]
    rows = yield [*locks, Say("SELECT NOW_MS()"), _nonce_statement(orders), *fact_statements(asked)]
    ledger = Ledger(now_ms=rows[len(locks)][0][0])
    for locked in rows[: len(locks)]:
        ledger.add(locked)
    known = _known(rows[len(locks) + 1])
    batch = _RoomBatch(ledger, facts(rows[len(locks) + 2 :], asked))
    outcomes = [batch.settle(order, known) for order in orders]
    tallies: dict[StreamId, dict[MessageId, Counts]] = {}
    if batch.done:
        tallies = yield from _store_room(batch)
    return Committed(outcomes, ledger.stored, ledger.heads, ledger.narrowed, tallies, batch.acts)


def _store_room(batch: _RoomBatch) -> Work[dict[StreamId, dict[MessageId, Counts]]]:
    totals = batch.rows.totals()
    writes: list[Statement] = [*batch.rows.writes(), *batch.ledger.writes(), _remember(batch.done)]
    rows = yield [*(w for w in writes if not isinstance(w, Each) or w.rows), *([totals] if totals else [])]
    return batch.rows.tallies(rows[-1] if totals else [])


def community_batch(stream: StreamId, orders: Sequence[Order], resolver: Resolver) -> Work[Committed]:
    """Resolve and store a community's commands, each on what the one before left. They are rare, and read at will."""
    rows = yield [*lock_all([stream]), Say("SELECT NOW_MS()"), _nonce_statement(orders)]
    ledger = Ledger(now_ms=rows[1][0][0])
    ledger.add(rows[0])
    if stream not in ledger.heads:
        return Committed([Refused(Code.NOT_FOUND) for _ in orders])
    known = _known(rows[2])
    done = Committed([], ledger.stored, ledger.heads, ledger.narrowed)
    for order in orders:
        outcome = yield from _settle_community(order, ledger, known=known, resolver=resolver, acts=done.acts)
        done.outcomes.append(outcome)
    return done


def _settle_community(
    order: Order, ledger: Ledger, *, known: Known, resolver: Resolver, acts: list[tuple[CommunityId, Act]]
) -> Work[Outcome]:
    before = _answered_before(known, order)
    if before is not None:
        return before
    now_ms = max(ledger.now_ms, ledger.heads[order.stream].at_ms)
    try:
        resolved = yield from resolver(order, now_ms)
    except Refused as refused:
        return refused
    answer = yield from _store_resolved(order, resolved, ledger)
    if order.actor is not None and not resolved.is_nothing:
        act = act_of(order.command, by=order.actor, noted=resolved.noted)
        acts += [(CommunityId(owner_of(order.stream)), act)] if act is not None else []
    acts += [(CommunityId(owner_of(order.stream)), act) for act in resolved.acts]
    if order.nonce is not None and order.actor is not None:
        known[order.stream, order.actor, order.nonce] = (order.fingerprint, answer)
    return answer


def _store_resolved(order: Order, resolved: Resolved, ledger: Ledger) -> Work[Answer]:
    """Write what an order came to: in one trip, or two when other streams have to be locked first."""
    community = owner_of(order.stream)
    rows = [*resolved.rows, *(open_stream(opened, community, state) for opened, state in resolved.opens)]
    others = {stream for stream, _ in (*resolved.also, *resolved.narrow)}
    missing = list(others - ledger.heads.keys())
    if missing:
        locked = yield [*rows, *lock_all(missing)]
        for found in locked[len(rows) :]:
            ledger.add(found)
        rows = []
    for narrowed, person in resolved.narrow:
        if narrowed in ledger.heads:
            ledger.narrow(narrowed, person)
    seq = [ledger.append(order.stream, event).seq for event in resolved.events]
    for other, event in resolved.also:
        ledger.append(other, event)
    answer = Answer(
        message=resolved.answer.message, seq=seq[-1] if seq else None, rev=resolved.answer.rev, at_ms=ledger.now_ms
    )
    writes = [*rows, *ledger.writes(), _remember([(order, answer)])]
    yield [write for write in writes if not isinstance(write, Each) or write.rows]
    return answer


def read_heads(streams: Sequence[StreamId]) -> Work[dict[StreamId, Head]]:
    """Where these streams stand; those that do not exist are left out."""
    parts = [one_of("id", part) for part in in_parts(streams)]
    found = yield [Say(f"SELECT {HEAD_COLUMNS} FROM stream WHERE {part.sql}", part.values) for part in parts]
    return {StreamId(row[0]): Head.of(row) for rows in found for row in rows}
