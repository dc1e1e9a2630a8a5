"""The newest events in memory: contiguous, bounded, renewed when words change, the same bytes for all."""

import msgpack
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.events import Author, MessageEdited, MessagePosted, MessageRemoved, RemovedBy
from rooms.ids import MessageId, StreamId
from server.streams import ring as rings
from server.streams.frames import Format, join_items, websocket_frame
from server.streams.reading_sql import Foreign
from server.streams.ring import Entry, Ring

ROOM = StreamId("room:" + "0" * 26)


def said(seq: int, text: str = "hello", message: str = "m") -> Entry:
    event = MessagePosted(message=MessageId(message), author=Author(name="Ada"), text=text)
    return Entry(seq, at_ms=seq, acl=0, event=event)


def payload(frame: bytes) -> bytes:
    return frame[2:] if frame[1] < 126 else frame[4:] if frame[1] == 126 else frame[10:]


def test_only_what_follows_the_head_without_a_hole_is_taken_in() -> None:
    ring = Ring(ROOM, 10)
    ring.append([said(9), said(11), said(11), said(13), said(12)])
    assert (ring.tail, ring.head) == (10, 12)
    assert [entry.seq for entry in ring.after(10)] == [11, 12]


def test_everybody_at_one_place_gets_the_same_bytes_object() -> None:
    ring = Ring(ROOM, 0)
    ring.append([said(1), said(2)])
    assert ring.frame(0, Format.JSON)[0] is ring.frame(0, Format.JSON)[0]


def test_both_formats_say_the_same() -> None:
    ring = Ring(ROOM, 0)
    ring.append([said(1, "é 😀"), said(2)])
    as_json = msgspec.json.decode(payload(ring.frame(0, Format.JSON)[0]))
    assert as_json == msgpack.unpackb(payload(ring.frame(0, Format.MSGPACK)[0]))


def test_a_frame_begins_at_the_cursor_and_says_where_its_reader_then_stands() -> None:
    ring = Ring(ROOM, 0)
    ring.append([said(n) for n in range(1, 6)])
    frame, cursor = ring.frame(3, Format.JSON)
    assert [item["seq"] for item in msgspec.json.decode(payload(frame))] == [4, 5]
    assert cursor == 5


def test_a_write_is_bounded_and_the_rest_comes_with_the_next() -> None:
    ring = Ring(ROOM, 0)
    ring.append([said(n, "x" * 4000) for n in range(1, 201)])
    seen: list[int] = []
    cursor = 0
    while cursor < ring.head:
        frame, cursor = ring.frame(cursor, Format.JSON)
        assert len(frame) <= rings.WRITE_BYTES + 8_192
        seen += [item["seq"] for item in msgspec.json.decode(payload(frame))]
    assert seen == list(range(1, 201))


def test_the_ring_forgets_the_oldest_but_keeps_enough_for_a_short_break() -> None:
    ring = Ring(ROOM, 0)
    ring.append([said(n) for n in range(1, rings.KEEP_MOST + 101)])
    assert ring.tail >= 100
    assert ring.bytes <= rings.RING_BYTES
    large = Ring(ROOM, 0)
    large.append([said(n, "x" * 16_000) for n in range(1, rings.KEEP_LEAST + 51)])
    assert large.head - large.tail == rings.KEEP_LEAST


def test_who_comes_back_from_many_places_does_not_fill_the_memory() -> None:
    ring = Ring(ROOM, 0)
    ring.append([said(n) for n in range(1, 201)])
    first, newest = ring.frame(0, Format.JSON)[0], ring.frame(199, Format.JSON)[0]
    for cursor in range(1, rings.FRAMES_KEPT):
        ring.frame(cursor, Format.JSON)
    assert ring.frame(199, Format.JSON)[0] is newest
    again = ring.frame(0, Format.JSON)[0]
    assert again == first
    assert again is not first


def test_the_ring_weighs_what_both_formats_keep_and_stays_within_its_bound() -> None:
    ring = Ring(ROOM, 0)
    for seq in range(1, 4_001):
        ring.append([said(seq, "x" * 2_000)])
        ring.frame(seq - 1, Format.MSGPACK)
    assert ring.bytes == sum(entry.size for entry in ring.after(ring.tail))
    assert ring.bytes <= rings.RING_BYTES + 8_192


def test_readers_at_ever_new_places_do_not_fill_the_memory_with_frames() -> None:
    ring = Ring(ROOM, 0)
    ring.append([said(n, "x" * 500) for n in range(1, 501)])
    frames = {id(frame): frame for frame in (ring.frame(cursor, Format.JSON)[0] for cursor in range(400))}
    assert len(frames) == 400
    assert len(ring._frames) <= rings.FRAMES_KEPT


@pytest.mark.parametrize("form", list(Format))
def test_words_that_are_edited_or_removed_change_in_what_is_kept(form: Format) -> None:
    ring = Ring(ROOM, 0)
    ring.append([said(1, "secret"), said(2, "other", "n")])
    assert b"secret" in ring.frame(0, form)[0]
    ring.append([Entry(3, at_ms=3, acl=0, event=MessageEdited(message=MessageId("m"), text="milder"))])
    assert b"secret" not in ring.frame(0, form)[0]
    assert ring.frame(0, form)[0].count(b"milder") == 2
    ring.append([Entry(4, at_ms=4, acl=0, event=MessageRemoved(message=MessageId("m"), by=RemovedBy.TEAM))])
    assert b"milder" not in ring.frame(0, form)[0]
    assert b"other" in ring.frame(0, form)[0]


def test_an_event_of_a_later_version_keeps_its_body() -> None:
    ring = Ring(ROOM, 0)
    ring.append([Entry(1, at_ms=5, acl=0, event=Foreign('{"t":"stage.begun","n":1}'))])
    for form, decode in ((Format.JSON, msgspec.json.decode), (Format.MSGPACK, msgpack.unpackb)):
        [item] = decode(payload(ring.frame(0, form)[0]))
        assert item == {"t": "event", "stream": ROOM, "seq": 1, "at_ms": 5, "event": {"t": "stage.begun", "n": 1}}


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536])
@pytest.mark.parametrize("form", list(Format))
def test_a_frame_has_the_header_of_its_length(length: int, form: Format) -> None:
    frame = websocket_frame(b"x" * length, form)
    assert frame[0] == (0x82 if form.binary else 0x81)
    assert payload(frame) == b"x" * length
    told = frame[1] if frame[1] < 126 else int.from_bytes(frame[2 : 4 if frame[1] == 126 else 10], "big")
    assert told == length


@given(st.integers(min_value=0, max_value=70_000))
def test_a_list_of_any_length_is_read_back_by_another_decoder(count: int) -> None:
    assert len(msgpack.unpackb(join_items([b"\x01"] * count, Format.MSGPACK))) == count


def test_what_lies_just_behind_the_ring_can_be_put_back() -> None:
    ring = Ring(ROOM, 10)
    ring.append([said(11)])
    ring.prepend([said(7), said(8)])
    assert ring.tail == 10
    ring.prepend([said(n) for n in (8, 9, 10, 11)])
    assert (ring.tail, ring.head) == (7, 11)
    assert [entry.seq for entry in ring.after(7)] == [8, 9, 10, 11]
    assert ring.bytes == sum(entry.size for entry in ring.after(7))


def test_words_that_were_removed_while_they_were_read_do_not_come_back() -> None:
    ring = Ring(ROOM, 10)
    removed = MessageRemoved(message=MessageId("m"), by=RemovedBy.AUTHOR)
    edited = MessageEdited(message=MessageId("n"), text="new words")
    ring.append([Entry(11, at_ms=1, acl=0, event=removed), Entry(12, at_ms=1, acl=0, event=edited)])
    ring.prepend([said(9, "better unsaid", "m"), said(10, "old words", "n")])
    frame = ring.frame(8, Format.JSON)[0]
    assert b"better unsaid" not in frame
    assert b"old words" not in frame
    assert frame.count(b"new words") == 2


@pytest.mark.parametrize("bound", [("KEEP_MOST", 3), ("RING_BYTES", 1_200)])
def test_a_ring_is_full_when_what_is_put_back_would_be_dropped_again(
    bound: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rings, "KEEP_LEAST", 2)
    monkeypatch.setattr(rings, *bound)
    ring = Ring(ROOM, 10)
    while ring.tail == 10:
        assert not ring.full
        ring.append([said(ring.head + 1)])
    assert ring.full
    tail, head = ring.tail, ring.head
    ring.prepend([said(tail - 1), said(tail)])
    assert (ring.tail, ring.head) == (tail, head)
    ring.shrink()
    assert not ring.full
