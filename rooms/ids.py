"""Names for the identifiers that could be mixed up; all of them are opaque strings."""

from typing import NewType

CommunityId = NewType("CommunityId", str)
PersonId = NewType("PersonId", str)
RoomId = NewType("RoomId", str)
MessageId = NewType("MessageId", str)
TabId = NewType("TabId", str)

# 22 characters made by the sender: 128 random bits in base64url.
Nonce = NewType("Nonce", str)

# "room:<id>", "community:<id>", "backstage:<room id>", "person:<id>".
StreamId = NewType("StreamId", str)


def room_stream(room: RoomId) -> StreamId:
    """The stream that carries what is said in `room`."""
    return StreamId(f"room:{room}")


def backstage_stream(room: RoomId) -> StreamId:
    """The stream where the team of `room` talks among itself."""
    return StreamId(f"backstage:{room}")


def community_stream(community: CommunityId) -> StreamId:
    """The stream that tells a community's members about its rooms and roles."""
    return StreamId(f"community:{community}")


def person_stream(person: PersonId) -> StreamId:
    """The stream that only one person may follow."""
    return StreamId(f"person:{person}")


def kind_of(stream: StreamId) -> str:
    """The part of a stream's id before the colon: what sort of stream it is."""
    return stream.partition(":")[0]


def owner_of(stream: StreamId) -> str:
    """The part of a stream's id after the colon: whose stream it is."""
    return stream.partition(":")[2]
