"""Ids of streams say what sort of stream it is, and whose."""

import pytest

from rooms.ids import (
    CommunityId,
    PersonId,
    RoomId,
    StreamId,
    backstage_stream,
    community_stream,
    kind_of,
    owner_of,
    person_stream,
    room_stream,
)

ID = "01JD3V5R00M000000000000000"


@pytest.mark.parametrize(
    ("stream", "kind"),
    [
        (room_stream(RoomId(ID)), "room"),
        (backstage_stream(RoomId(ID)), "backstage"),
        (community_stream(CommunityId(ID)), "community"),
        (person_stream(PersonId(ID)), "person"),
    ],
)
def test_a_streams_id_is_its_kind_and_its_owner(stream: StreamId, kind: str) -> None:
    assert stream == f"{kind}:{ID}"
    assert (kind_of(stream), owner_of(stream)) == (kind, ID)
