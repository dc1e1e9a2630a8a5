"""The table of rights for what is asked of a community: every command, by everybody, in every state.

What each command does, and its other refusals, is tested at the door; here only who may.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from types import MappingProxyType

import pytest

from community.commands import (
    AcceptValues,
    Admit,
    ChangeCommunity,
    ChangeName,
    ChangeRoom,
    CloseRoom,
    CommunityCommand,
    ConnectIdentity,
    DisconnectIdentity,
    EndSessions,
    FinishSetup,
    HoldReason,
    InvitationKind,
    Join,
    Leave,
    MakeInvitation,
    OpenRoom,
    RemoveMember,
    RevokeInvitation,
    SetHold,
    SetKeeping,
    SetRole,
    SignInVouched,
    TellPeople,
)
from community.reach import NewsKind
from rooms.audit import What, is_privileged
from rooms.contract import Code, Refused
from rooms.ids import PersonId, RoomId, community_stream
from rooms.rights import RIGHTS, Deed, Role
from server.clock import new_id
from server.contractgen.shapes import members, tag
from server.database.database_sqlite import SqliteDatabase
from server.database.ports import Database, Say, Work
from tests.rules.expected_rights import EXPECTED
from tests.streams.stage import TITLES, Room, Somebody, Stage, a_few, answers_to, everybody
from tests.tab import ask_patiently, desk_on
from tests.world import streams_on, world_on

PLAIN = "abcdefgh"
MEMBER = next(title for title in TITLES if title.name == "member")
NOWHERE = RoomId("0" * 26)
INVITATION = "01JD3V5ENV0000000000000000"


@pytest.fixture
async def stage(database: Database) -> AsyncIterator[Stage]:
    cast = everybody() if isinstance(database, SqliteDatabase) else a_few()
    world = await world_on(database)
    # She stays, so that no keeper is the last one; he is whom it is done to.
    keeper = await world.person("Ruth", Role.KEEPER)
    await world.person("Ben")
    async with streams_on(database) as streams:
        stage = Stage(world, desk_on(streams), cast)
        await stage.set()
        await database.write(lambda: _invitation(stage, keeper))
        yield stage


def _invitation(stage: Stage, keeper: PersonId) -> Work[None]:
    yield [
        Say(
            "INSERT INTO invitation (id, community, kind, secret_hash, role, label, uses, used, ends_ms, made_by,"
            " made_ms) VALUES (?, ?, 'link', 'x', 'member', '', 0, 0, 1, ?, 1)",
            (INVITATION, stage.world.community, keeper),
        )
    ]


def open_room(stage: Stage, who: Somebody, room: Room) -> OpenRoom:
    id_ = RoomId(new_id())
    return OpenRoom(community=stage.world.community, room=id_, slug=id_.lower(), title="A new room")


def change_room(stage: Stage, who: Somebody, room: Room) -> ChangeRoom:
    return ChangeRoom(community=stage.world.community, room=room.id, title=f"Changed by {who.id}")


def close_room(stage: Stage, who: Somebody, room: Room) -> CloseRoom:
    return CloseRoom(community=stage.world.community, room=room.id, closed=not room.closed)


def admit(stage: Stage, who: Somebody, room: Room) -> Admit:
    return Admit(community=stage.world.community, room=room.id, person=stage.world.people["Ben"])


def set_role(stage: Stage, who: Somebody, room: Room) -> SetRole:
    return SetRole(community=stage.world.community, person=stage.world.people["Ben"], role=Role.HOST)


def remove_member(stage: Stage, who: Somebody, room: Room) -> RemoveMember:
    return RemoveMember(community=stage.world.community, person=stage.world.people["Ben"])


def end_sessions(stage: Stage, who: Somebody, room: Room) -> EndSessions:
    return EndSessions(community=stage.world.community, person=stage.world.people["Ben"])


def make_invitation(stage: Stage, who: Somebody, room: Room) -> MakeInvitation:
    return MakeInvitation(
        community=stage.world.community,
        invitation=new_id(),
        kind=InvitationKind.LINK,
        secret_hash=new_id(),
        ends_in_s=60,
    )


def revoke_invitation(stage: Stage, who: Somebody, room: Room) -> RevokeInvitation:
    return RevokeInvitation(community=stage.world.community, invitation=INVITATION)


def change_community(stage: Stage, who: Somebody, room: Room) -> ChangeCommunity:
    return ChangeCommunity(
        community=stage.world.community,
        name=f"Changed by {who.id}",
        purpose="To see",
        values=(),
        runs_it="St Brannock",
        contact="the desk",
    )


def finish_setup(stage: Stage, who: Somebody, room: Room) -> FinishSetup:
    return FinishSetup(community=stage.world.community)


def set_keeping(stage: Stage, who: Somebody, room: Room) -> SetKeeping:
    return SetKeeping(community=stage.world.community, room=room.id, days=200 + stage.cast.index(who))


def set_hold(stage: Stage, who: Somebody, room: Room) -> SetHold:
    return SetHold(community=stage.world.community, room=room.id, reason=HoldReason.COURT)


def tell_people(stage: Stage, who: Somebody, room: Room) -> TellPeople:
    return TellPeople(
        community=stage.world.community, room=room.id, news=new_id(), kind=NewsKind.COMING, says="Tea.", when=""
    )


def accept_values(stage: Stage, who: Somebody, room: Room) -> AcceptValues:
    return AcceptValues(community=stage.world.community)


def change_name(stage: Stage, who: Somebody, room: Room) -> ChangeName:
    # Ids have letters and digits that look alike, and so are no names.
    first, second = divmod(stage.cast.index(who), len(PLAIN))
    return ChangeName(community=stage.world.community, name=f"Guest {PLAIN[first]}{PLAIN[second]}")


def leave(stage: Stage, who: Somebody, room: Room) -> Leave:
    return Leave(community=stage.world.community)


Make = Callable[[Stage, Somebody, Room], CommunityCommand]

# In an order in which what is done before changes nobody's right to what comes after.
ASKED: tuple[Make, ...] = (
    open_room,
    tell_people,
    change_room,
    close_room,
    admit,
    set_role,
    make_invitation,
    revoke_invitation,
    change_community,
    end_sessions,
    finish_setup,
    set_keeping,
    set_hold,
    remove_member,
    change_name,
    accept_values,
    leave,
)
DEEDS: Mapping[Make, Deed] = MappingProxyType({make: Deed(tag(make.__annotations__["return"]) or "") for make in ASKED})


def test_every_command_of_a_community_is_asked() -> None:
    # Who comes in is nobody yet, and what comes with an organisation's word is no right: both are tested at the door.
    at_the_door = {Join, SignInVouched, ConnectIdentity, DisconnectIdentity}
    assert {make.__annotations__["return"] for make in ASKED} | at_the_door == set(members(CommunityCommand))


async def answer(stage: Stage, who: Somebody, command: CommunityCommand) -> Code | None:
    """What a command is refused for; None when it is done."""
    streams = stage.desk.streams
    try:
        await ask_patiently(streams, streams.order(community_stream(stage.world.community), command, actor=who.id))
    except Refused as refused:
        return refused.code
    return None


def attempts(stage: Stage, make: Make) -> list[tuple[Somebody, Room, Code | None]]:
    """Everybody who asks, in every room where it is about one, and what is expected."""
    in_room = RIGHTS[DEEDS[make]].in_room
    rooms = stage.rooms if in_room else stage.rooms[:1]
    return [(who, room, expected(DEEDS[make], who, room)) for who in stage.cast for room in rooms]


def expected(deed: Deed, who: Somebody, room: Room) -> Code | None:
    """What this deed is refused for. Roles in a room count there alone."""
    case = room.case(who)
    if who.title.in_rooms and not RIGHTS[deed].in_room:
        case = room.case(Somebody(title=MEMBER, said_yes=who.said_yes, muted=who.muted, let_in=who.let_in))
    return EXPECTED[deed].answer(case)


async def test_every_command_is_done_or_refused_as_the_table_says_and_a_refusal_leaves_no_trace(stage: Stage) -> None:
    refusals = [(make, *one) for make in ASKED for one in attempts(stage, make) if one[2] is not None]
    before = await stage.everything_stored()
    codes = await answers_to([answer(stage, who, make(stage, who, room)) for make, who, room, _ in refusals])
    wrong = {
        f"{DEEDS[make]} by {who} in {room}": (code, meant)
        for (make, who, room, meant), code in zip(refusals, codes, strict=True)
        if code != meant
    }
    assert wrong == {}
    assert await stage.everything_stored() == before

    for make in ASKED:
        done = [(who, room) for who, room, meant in attempts(stage, make) if meant is None]
        answers = await answers_to([answer(stage, who, make(stage, who, room)) for who, room in done])
        refused = {f"{who} in {room}": code for (who, room), code in zip(done, answers, strict=True) if code}
        assert (bool(done), refused) == (True, {}), DEEDS[make]
        written = {(What(row[4]), row[3]) for row in (await stage.everything_stored())["audit"]}
        by = {who for what, who in written if what.value == DEEDS[make].value}
        # Some find that it is so already, and have done nothing.
        assert by <= {who.id for who, _ in done}
        assert bool(by) == is_privileged(DEEDS[make]), f"{DEEDS[make]} is written down when a role is needed for it"


async def test_a_room_of_nowhere_is_refused_to_hosts_as_one_that_is_not_theirs(stage: Stage) -> None:
    keeper = next(who for who in stage.cast if who.title.name == "keeper" and who.said_yes)
    for make in (change_room, close_room, admit):
        nowhere = Room(visibility=stage.rooms[0].visibility, closed=False, id=NOWHERE)
        assert await answer(stage, keeper, make(stage, keeper, nowhere)) == Code.NOT_FOUND
