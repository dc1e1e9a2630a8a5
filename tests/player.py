"""Plays a scenario through the real path, and keeps what each person in it was sent."""

import contextlib
from dataclasses import dataclass, field
from typing import Any, assert_never

import msgspec

from community.commands import (
    AcceptValues,
    Admit,
    ChangeName,
    ChangeRoom,
    CloseRoom,
    CommunityCommand,
    Leave,
    RemoveMember,
    SetRole,
)
from rooms.commands import EditMessage, Follow, LiveCommand, MarkRead, PostMessage, RemoveMessage, SetReaction
from rooms.contract import Refused
from rooms.events import MessagePosted
from rooms.ids import MessageId, PersonId, RoomId, StreamId, community_stream, person_stream, room_stream
from rooms.rights import Role
from rooms.room import author_of
from server.clock import new_id, wall_ms
from server.connection import Desk
from server.database.ports import Each, Say, Work
from server.erasing import Erasing
from server.here import Here
from server.live_reads import LiveReads
from server.streams.ledger import Ledger, lock_all
from server.streams.order import Answer
from server.streams.reading_sql import standing_in
from server.streams.room_sql import RoomRows
from server.streams.streams import Streams
from server.streams.transaction import Committed
from tests import scenario as form
from tests.scenario import REGULARS, PersonForm, Scenario, StepForm, Told
from tests.tab import Tab, ask_patiently, desk_on
from tests.world import World, new_nonce, until

Wire = dict[str, Any]

# Long after any test.
MUTED_MS = 4_000_000_000_000
SLUG = "tea"
# What was not sent by then is not sent at all.
DEADLINE_S = 5.0


@dataclass(slots=True)
class Viewer:
    """Somebody who looks on: what they began with, and the items that came after."""

    name: str
    tab: Tab
    before: Wire | None = None
    items: list[Wire] = field(default_factory=list)
    follows: bool = False
    away: bool = False
    # Where each stream stands for them, and the totals: what a client remembers.
    cursors: dict[str, tuple[str, int]] = field(default_factory=dict)
    rev: int = 0
    heard_rev: int = 0
    _looked_at: int = 0

    def news(self) -> list[Wire]:
        """What has come since it was last looked at, answers and presence left out."""
        return [item for item in self.tab.heard[self._looked_at :] if _is_news(item)]

    def take(self) -> list[Wire]:
        """The news, the room's first, and from now on looked at."""
        news = sorted(self.news(), key=lambda item: (item["t"] == "ended", item["stream"].startswith("person:")))
        self._looked_at = len(self.tab.heard)
        for item in news:
            self._remember(item)
        return news

    def _remember(self, item: Wire) -> None:
        stream = item["stream"]
        if item["t"] == "ended":
            self.follows = False
            return
        self.items.append(item)
        if item["t"] == "event":
            self.cursors[stream] = (self.cursors[stream][0], item["seq"])
        elif item["signal"]["t"] == "tally.changed":
            self.rev = self.heard_rev = item["signal"]["rev"]

    def enter(self, stream: StreamId, answer: Wire) -> None:
        """The answer to following a stream."""
        self.cursors[stream] = (answer["epoch"], answer["seq"])
        if not stream.startswith("room:"):
            return
        self.follows = True
        if self.before is None:
            self.before = answer
        else:
            self.items.append(answer)
        self.heard_rev = answer["rev"]
        if not answer["resumed"]:
            self.rev = answer["rev"]


def _is_news(item: Wire) -> bool:
    # Who is here depends on the moment, and a scenario is the same every time.
    if item["t"] == "signal":
        return item["signal"]["t"] not in {"roster.changed", "typing.changed"}
    return item["t"] in {"event", "ended"}


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario as it went: names for ids, what each viewer was sent, and what they would see coming in now."""

    names: dict[str, str]
    viewers: dict[str, Viewer]
    after: dict[str, Wire]


class Player:
    """One performance, on one database."""

    def __init__(self, scenario: Scenario, world: World, streams: Streams) -> None:
        self.scenario = scenario
        self.world = world
        self.streams = streams
        # Presence that has nobody to tell: rosters come when they like, and a scenario is the same every time.
        self.desk = Desk(
            streams, Here(), desk_on(streams).limits, observe=lambda *_: None, touch=desk_on(streams).touch
        )
        self.forms = {**REGULARS, **scenario.people}
        self.messages: dict[str, MessageId] = {}
        self.viewers: dict[str, Viewer] = {}
        self._nonces: dict[str, Any] = {}

    @property
    def room(self) -> RoomId:
        """The room that it all happens in."""
        return self.world.rooms[SLUG]

    @property
    def stream(self) -> StreamId:
        """The room's stream."""
        return room_stream(self.room)

    @property
    def names(self) -> dict[str, str]:
        """The name for each id that has been heard of."""
        named: dict[str, str] = {id_: name for name, id_ in self.world.people.items()}
        named |= {id_: name for name, id_ in self.messages.items()}
        return {**named, self.room: SLUG, self.world.community: "eyes"}

    async def play(self) -> Played:
        """The whole scenario; fails at the first answer or item that is not as written."""
        await self._gather()
        for step in self.scenario.before:
            answer = await self._answer(step)
            assert answer["t"] == "receipt", f"{step.who}: {step.asks}: {answer}"
        for name in self.forms:
            await self._come_in(name)
        for number, step in enumerate(self.scenario.play, start=1):
            await self._step(step, f"step {number}, {step.who}: {step.asks}")
        after = {name: await self._look_again(viewer) for name, viewer in self.viewers.items() if viewer.follows}
        for viewer in self.viewers.values():
            assert viewer.news() == [], "nothing is sent that the scenario does not tell"
        return Played(self.names, self.viewers, after)

    # Setting up ---------------------------------------------------------------------------------------------------

    async def _gather(self) -> None:
        room = self.scenario.room
        await self.world.room(SLUG, room.visibility, closed=room.closed, hide_names=room.hide_names)
        for name, who in self.forms.items():
            person = await self.world.person(name, *who.roles, accepted=not who.listens)
            if who.room_roles:
                await self.world.person(name, *who.room_roles, room=SLUG)
            if who.let_in:
                await self.world.admit(person, self.room)
            await self.world.database.write(lambda: _stated(person, who))  # noqa: B023 - awaited in its turn

    async def _come_in(self, name: str) -> None:
        viewer = self.viewers[name] = Viewer(name, Tab(self.desk, self.world.people[name]))
        await self._follow(viewer, person_stream(viewer.tab.person))
        await self._follow(viewer, self.stream)

    async def _follow(self, viewer: Viewer, stream: StreamId, *, resume: bool = False) -> None:
        epoch, seq = viewer.cursors[stream] if resume else (None, 0)
        answer = await viewer.tab.done(Follow(stream=stream, epoch=epoch, after=seq))
        if answer["t"] == "refusal":
            assert answer["code"] == "not_found"
            return
        assert answer["resumed"] == resume
        viewer.enter(stream, answer)

    async def _ask_totals(self, viewer: Viewer) -> None:
        """Totals that changed while the line was down are asked for, as the protocol page says."""
        found = await LiveReads(self.world.database).tallies(viewer.tab.person, self.room, str(viewer.rev))
        tallies = [msgspec.to_builtins(tally) for tally in found.tallies]
        viewer.items.append({"t": "tallies", "tallies": {"rev": found.rev, "tallies": tallies}})
        viewer.rev = found.rev

    async def _look_again(self, viewer: Viewer) -> Wire:
        """What somebody sees who opens the room in another tab now."""
        return await Tab(self.desk, viewer.tab.person).follows(self.stream)

    # One step -----------------------------------------------------------------------------------------------------

    async def _step(self, step: StepForm, what: str) -> None:
        hears = {name for name, viewer in self.viewers.items() if viewer.follows and not viewer.away}
        answer = self._named(await self._answer(step))
        assert answer == step.gets, what
        for viewer in self.viewers.values():
            expected = _expected(viewer, step, hears=viewer.name in hears)
            await self._hear(viewer, expected, what)

    async def _hear(self, viewer: Viewer, expected: list[Told], what: str) -> None:
        with contextlib.suppress(TimeoutError):
            await until(lambda: len(viewer.news()) >= len(expected), within_s=DEADLINE_S)
        news = viewer.take()
        assert [self._told(item) for item in news] == expected, f"{what}: what {viewer.name} is sent"
        for told in expected:
            await self._act_on(viewer, next(iter(told)))
        if viewer.follows and not viewer.away and viewer.heard_rev > viewer.rev:
            await self._ask_totals(viewer)

    async def _act_on(self, viewer: Viewer, kind: str) -> None:
        """What a client does when its rights have changed."""
        if kind == "room.admitted" or (kind == "rights.changed" and not viewer.follows):
            await self._follow(viewer, self.stream)
        elif kind == "rights.changed":
            await self._follow(viewer, self.stream, resume=True)

    def _told(self, item: Wire) -> Told:
        """An item as scenarios write it."""
        if item["t"] == "ended":
            return {"ended": {}}
        what: Wire = self._with_names(item[item["t"]])
        return {what.pop("t"): what}

    def _with_names(self, value: Any) -> Any:
        match value:
            case dict():
                return {self._with_names(key): self._with_names(one) for key, one in value.items()}
            case list():
                return [self._with_names(one) for one in value]
            case str():
                return self.names.get(value, value)
        return value

    def _named(self, answer: Wire) -> Wire | str:
        if answer["t"] == "refusal":
            return str(answer["code"])
        return {name: self._with_names(value) for name, value in answer.items() if name not in {"t", "ref", "at_ms"}}

    # What is asked ------------------------------------------------------------------------------------------------

    async def _answer(self, step: StepForm) -> Wire:
        # Times are told apart by the millisecond, and SQLite's clock rounds.
        now = wall_ms()
        await until(lambda: wall_ms() > now + 2)
        verb = step.verb
        match verb:
            case form.Post() | form.Edit() | form.Remove() | form.React() | form.Mark():
                return await self._live(step.who, verb)
            case form.Erase():
                return await self._erase(step.who)
            case form.LetThrough():
                return await self._let_through(step.who, verb)
            case form.GoAway() | form.ComeBack():
                return await self._move(self.viewers[step.who], verb)
            case _:
                return await self._of_community(step.who, self._community_command(verb))

    async def _live(self, who: str, verb: form.Post | form.Edit | form.Remove | form.React | form.Mark) -> Wire:
        viewer = self.viewers.get(who)
        tab = viewer.tab if viewer else Tab(self.desk, self.world.people[who])
        answer = await tab.done(self._live_command(verb))
        if isinstance(verb, form.Post) and answer["t"] == "receipt":
            self.messages[verb.as_] = answer["message"]
        return answer

    def _live_command(self, verb: form.Post | form.Edit | form.Remove | form.React | form.Mark) -> LiveCommand:
        room, nonce = self.room, new_nonce()
        match verb:
            case form.Post(post=text):
                return PostMessage(
                    room=room,
                    nonce=self._nonces.setdefault(verb.nonce, nonce) if verb.nonce else nonce,
                    text=text,
                    reply_to=self.messages[verb.reply_to] if verb.reply_to else None,
                    mentions=self._people(verb.mentions),
                    hide_name=verb.hide_name,
                )
            case form.Edit(edit=name, text=text, mentions=named):
                mentions = self._people(named)
                return EditMessage(room=room, nonce=nonce, message=self.messages[name], text=text, mentions=mentions)
            case form.Remove(remove=name):
                return RemoveMessage(room=room, nonce=nonce, message=self.messages[name])
            case form.React(react=name, sign=sign, on=on):
                return SetReaction(room=room, nonce=nonce, message=self.messages[name], reaction=sign, on=on)
            case form.Mark(mark=seq):
                return MarkRead(room=room, seq=seq)
        assert_never(verb)

    def _people(self, named: tuple[str, ...]) -> tuple[PersonId, ...]:
        return tuple(self.world.people[name] for name in named)

    def _community_command(self, verb: form.OfCommunity) -> CommunityCommand:
        community, room, people = self.world.community, self.room, self.world.people
        match verb:
            case form.Rename(rename=title, purpose=purpose):
                return ChangeRoom(community=community, room=room, title=title, purpose=purpose)
            case form.ShowTo(show_to=visibility):
                return ChangeRoom(community=community, room=room, visibility=visibility)
            case form.HideNames(hide_names=on):
                return ChangeRoom(community=community, room=room, hide_names=on)
            case form.Close(close=closed):
                return CloseRoom(community=community, room=room, closed=closed)
            case form.Admit(admit=name, into=into):
                return Admit(community=community, room=room, person=people[name], admitted=into)
            case form.Give(give=role, to=name):
                where = room if verb.in_room else None
                return SetRole(community=community, person=people[name], role=role, room=where)
            case form.Take(take=role, of=name):
                where = room if verb.in_room else None
                return SetRole(community=community, person=people[name], role=role, room=where, held=False)
            case form.PutOut(put_out=name):
                return RemoveMember(community=community, person=people[name])
            case form.Leave():
                return Leave(community=community)
            case form.Accept():
                return AcceptValues(community=community)
            case form.CallMe(call_me=name):
                return ChangeName(community=community, name=name)
        assert_never(verb)

    async def _of_community(self, who: str, command: CommunityCommand) -> Wire:
        order = self.streams.order(community_stream(self.world.community), command, actor=self.world.people[who])
        try:
            await ask_patiently(self.streams, order)
        except Refused as refused:
            return {"t": "refusal", "code": refused.code}
        return {"t": "receipt"}

    async def _erase(self, who: str) -> Wire:
        erasing = Erasing(self.world.database, node=new_id(), told=self.streams.committed)
        try:
            begun = await erasing.begin(self.world.people[who], new_id())
        except Refused as refused:
            return {"t": "refusal", "code": refused.code}
        await erasing.carry_out(begun.id, begun.person)
        return {"t": "receipt"}

    async def _let_through(self, who: str, verb: form.LetThrough) -> Wire:
        new = self.messages[verb.let_through] = MessageId(new_id())
        done = await self.world.database.write(lambda: self._released(self.world.people[who], new, verb))
        self.streams.committed(done)
        return {"t": "receipt"}

    def _released(self, author: PersonId, new: MessageId, verb: form.LetThrough) -> Work[Committed]:
        rows = yield [*lock_all([self.stream]), Say("SELECT NOW_MS()")]
        ledger = Ledger(now_ms=rows[1][0][0])
        ledger.add(rows[0])
        who, _ = yield from standing_in(self.room, author)
        event = MessagePosted(message=new, author=author_of(who), text=verb.text, after=verb.after)
        stored = ledger.append(self.stream, event)
        kept = RoomRows()
        kept.event(stored, event, author)
        yield [one for one in (*kept.writes(), *ledger.writes()) if not isinstance(one, Each) or one.rows]
        return Committed([Answer(message=new, seq=stored.seq)], ledger.stored, ledger.heads)

    async def _move(self, viewer: Viewer, verb: form.GoAway | form.ComeBack) -> Wire:
        viewer.away = isinstance(verb, form.GoAway)
        if viewer.away:
            viewer.tab.close(leave=True)
        else:
            for stream in list(viewer.cursors):
                await self._follow(viewer, StreamId(stream), resume=True)
        return {"t": "receipt"}


def _expected(viewer: Viewer, step: StepForm, *, hears: bool) -> list[Told]:
    """What this person is to be sent: from the room, then from their own stream, then that it has ended."""
    # Rights narrow before what happened is told: whoever is shown out does not hear of it.
    from_room = step.all_see if hears and viewer.name not in step.ends else ()
    ended: tuple[Told, ...] = ({"ended": {}},) if viewer.name in step.ends else ()
    return [*from_room, *step.alone.get(viewer.name, ()), *ended]


def _stated(person: PersonId, who: PersonForm) -> Work[None]:
    mute_ms = MUTED_MS if who.muted else 0
    yield [
        Say(
            "UPDATE member SET standing = ?, shows_standing = ?, muted_until_ms = ? WHERE person = ?",
            (who.standing, int(who.shows_standing), mute_ms, person),
        ),
        *(statement for role in who.asked for statement in _awaits(person, role)),
    ]


def _awaits(person: PersonId, role: Role) -> list[Say]:
    """They came by a link to the role, which they made themselves, as far as that matters here."""
    link = new_id()
    return [
        Say(
            "INSERT INTO invitation"
            " (id, community, kind, secret_hash, role, label, uses, used, ends_ms, made_by, made_ms)"
            " SELECT ?, community, 'link', ?, ?, '', 1, 1, 1, person, 1 FROM member WHERE person = ?",
            (link, link, role.value, person),
        ),
        Say(
            "INSERT INTO asked_role (community, person, role, room, invitation, at_ms)"
            " SELECT community, person, ?, '', ?, 1 FROM member WHERE person = ?",
            (role.value, link, person),
        ),
    ]
