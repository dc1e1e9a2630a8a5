"""Items become frames: encoded once per wire format, and the same bytes go to everybody who stands at one place."""

from collections.abc import Sequence
from enum import Enum

import msgspec
from msgspec import Struct

from server.wire import SUBPROTOCOL_JSON, SUBPROTOCOL_MSGPACK

_json = msgspec.json.Encoder().encode
_pack = msgspec.msgpack.Encoder().encode


class Format(Enum):
    """How a connection wants its frames; the value is the subprotocol's name."""

    JSON = SUBPROTOCOL_JSON
    MSGPACK = SUBPROTOCOL_MSGPACK

    @property
    def binary(self) -> bool:
        """Whether frames of this format are binary."""
        return self is Format.MSGPACK


def encode_item(item: Struct, form: Format) -> bytes:
    """One item, to be put into a list with others, or a part of one."""
    return _pack(item) if form is Format.MSGPACK else _json(item)


def join_items(items: Sequence[bytes], form: Format) -> bytes:
    """The payload of a server frame: the list of these items."""
    if form is Format.JSON:
        return b"[" + b",".join(items) + b"]"
    return _array_header(len(items)) + b"".join(items)


def _array_header(count: int) -> bytes:
    if count < 16:
        return bytes((0x90 | count,))
    if count < 1 << 16:
        return b"\xdc" + count.to_bytes(2, "big")
    return b"\xdd" + count.to_bytes(4, "big")


def websocket_frame(payload: bytes, form: Format) -> bytes:
    """A whole server-to-client frame (RFC 6455, 5.2): final, unmasked, and so the same for every client."""
    first = 0x82 if form.binary else 0x81
    length = len(payload)
    if length < 126:
        return bytes((first, length)) + payload
    if length < 1 << 16:
        return bytes((first, 126)) + length.to_bytes(2, "big") + payload
    return bytes((first, 127)) + length.to_bytes(8, "big") + payload
