"""Words as they travel: msgpack, numbered, and sealed with a key that only nodes of one server have."""

import hmac
from collections import OrderedDict

import msgspec

from server.streams.bus import Word

SEAL_BYTES = 16
# More than the largest room's people with their names; more is not even looked at.
ENVELOPE_BYTES = 1024 * 1024
# So many words of its node may overtake one. What comes later still, or twice, is not believed.
WINDOW = 16_384
# So many nodes are known by what they said: those that were heard last.
NODES = 1_000

_decode = msgspec.msgpack.Decoder(tuple[str, int, msgspec.Raw]).decode
_decode_word = msgspec.msgpack.Decoder(Word).decode
_encode = msgspec.msgpack.Encoder().encode


class Forged(Exception):  # noqa: N818 - what it is, not that something broke
    """An envelope that no node of this server has sealed."""


class _Said:
    """Which numbers of one node were heard: the newest, and a bit for each before it (RFC 4303, 3.4.3)."""

    __slots__ = ("_bits", "_newest")

    def __init__(self) -> None:
        self._newest = 0
        self._bits = 0

    def first_time(self, number: int) -> bool:
        """Whether this number is new. It is known from now on."""
        ahead = number - self._newest
        if ahead > 0:
            self._bits = (self._bits << min(ahead, WINDOW) | 1) & ((1 << WINDOW) - 1)
            self._newest = number
            return True
        if ahead <= -WINDOW or self._bits >> -ahead & 1:
            return False
        self._bits |= 1 << -ahead
        return True


class Envelopes:
    """Seals and opens envelopes for one node."""

    def __init__(self, key: bytes, node: str) -> None:
        """`key` is what all nodes of the server derive from its secret."""
        self._key = key
        self._node = node
        self._number = 0
        self._said: OrderedDict[str, _Said] = OrderedDict()

    def seal(self, channel: str, word: Word) -> bytes:
        """The envelope for a word on a channel, and for no other."""
        self._number += 1
        letter = _encode((self._node, self._number, msgspec.Raw(_encode(word))))
        return self._seal(channel, letter) + letter

    def open(self, channel: str, envelope: bytes) -> tuple[str, Word | None]:
        """Who sent it, and the word; None for one that only newer versions understand.

        Raises `Forged`, also for one that was opened before: kept and sent again, it would be believed again.
        """
        if len(envelope) > ENVELOPE_BYTES:
            raise Forged
        seal, letter = envelope[:SEAL_BYTES], envelope[SEAL_BYTES:]
        if not hmac.compare_digest(seal, self._seal(channel, letter)):
            raise Forged
        node, number, inside = _decode(letter)
        if not self._known(node).first_time(number):
            raise Forged
        try:
            return node, _decode_word(inside)
        except msgspec.ValidationError:
            return node, None

    def _known(self, node: str) -> _Said:
        said = self._said.setdefault(node, _Said())
        self._said.move_to_end(node)
        if len(self._said) > NODES:
            self._said.popitem(last=False)
        return said

    def _seal(self, channel: str, letter: bytes) -> bytes:
        return hmac.digest(self._key, channel.encode() + b"\0" + letter, "sha256")[:SEAL_BYTES]
