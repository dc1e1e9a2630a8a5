"""Words as they travel: msgpack, sealed with a key that only nodes of one server have."""

import hmac

import msgspec

from server.streams.bus import Word

SEAL_BYTES = 16

_decode = msgspec.msgpack.Decoder(tuple[str, msgspec.Raw]).decode
_decode_word = msgspec.msgpack.Decoder(Word).decode
_encode = msgspec.msgpack.Encoder().encode


class Forged(Exception):  # noqa: N818 - what it is, not that something broke
    """An envelope that no node of this server has sealed."""


class Envelopes:
    """Seals and opens envelopes for one node."""

    def __init__(self, key: bytes, node: str) -> None:
        """`key` is what all nodes of the server derive from its secret."""
        self._key = key
        self._node = node

    def seal(self, channel: str, word: Word) -> bytes:
        """The envelope for a word on a channel, and for no other."""
        letter = _encode((self._node, msgspec.Raw(_encode(word))))
        return self._seal(channel, letter) + letter

    def open(self, channel: str, envelope: bytes) -> tuple[str, Word | None]:
        """Who sent it, and the word; None for one that only newer versions understand. Raises `Forged`."""
        seal, letter = envelope[:SEAL_BYTES], envelope[SEAL_BYTES:]
        if not hmac.compare_digest(seal, self._seal(channel, letter)):
            raise Forged
        node, inside = _decode(letter)
        try:
            return node, _decode_word(inside)
        except msgspec.ValidationError:
            return node, None

    def _seal(self, channel: str, letter: bytes) -> bytes:
        return hmac.digest(self._key, channel.encode() + b"\0" + letter, "sha256")[:SEAL_BYTES]
