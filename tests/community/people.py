"""Members and rooms to decide about."""

from dataclasses import replace

from community.facts import Member, Room
from rooms.ids import CommunityId, PersonId, RoomId
from rooms.rights import Role, Visibility
from rooms.room import RoomState

EYES = CommunityId("01EYES00000000000000000000")
ADA = PersonId("01ADA000000000000000000000")
BEN = PersonId("01BEN000000000000000000000")
CLINIC = RoomId("01CLINIC000000000000000000")
TEAM_ROOM = RoomId("01TEAM00000000000000000000")
QUIET = RoomId("01QUIET0000000000000000000")

MEMBER = Member(person=ADA, name="Ada")
HOST = replace(MEMBER, roles=frozenset({Role.MEMBER, Role.HOST}))
MODERATOR = replace(MEMBER, roles=frozenset({Role.MEMBER, Role.MODERATOR}))
KEEPER = replace(MEMBER, roles=frozenset({Role.MEMBER, Role.KEEPER}))
GONE = replace(MEMBER, member=False)
BENS = replace(MEMBER, person=BEN, name="Ben")


def room(id_: RoomId = CLINIC, visibility: Visibility = Visibility.COMMUNITY, *, closed: bool = False) -> Room:
    return Room(id=id_, state=RoomState(community=EYES, slug="x", title="X", visibility=visibility, closed=closed))


ROOMS = (room(), room(TEAM_ROOM, Visibility.TEAM), room(QUIET, Visibility.INVITED))
