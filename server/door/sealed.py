"""What a browser keeps for the server between two pages: it can neither read nor change it, and it runs out."""

import base64
import binascii
import os
from typing import TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.clock import wall_ms

_NONCE_BYTES = 12
# A cookie of more than 4 KiB is no browser's.
_LIMIT = 4_096


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be sealed. It is opened again until `until_ms`, by this machine's clock."""

    until_ms: int


T = TypeVar("T", bound=Sealed)


class Seal:
    """Seals and opens what is of one purpose."""

    def __init__(self, key: bytes, purpose: str) -> None:
        """`key` has 32 bytes; what was sealed for another purpose does not open."""
        self._cipher = AESGCM(key)
        self._purpose = purpose.encode()

    def closed(self, what: Sealed) -> str:
        """`what`, in characters that fit a cookie."""
        nonce = os.urandom(_NONCE_BYTES)
        hidden = self._cipher.encrypt(nonce, msgspec.json.encode(what), self._purpose)
        return base64.urlsafe_b64encode(nonce + hidden).decode().rstrip("=")

    def opened(self, text: str | None, kind: type[T]) -> T | None:
        """What was sealed; None when it is not ours, was changed, or has run out."""
        if not text or len(text) > _LIMIT:
            return None
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            plain = self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], self._purpose)
            what = msgspec.json.decode(plain, type=kind)
        except (binascii.Error, ValueError, InvalidTag, msgspec.DecodeError):
            return None
        return what if what.until_ms > wall_ms() else None
