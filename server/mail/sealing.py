"""A mail address as it lies in the database: sealed with a key of the server's, and the secrets of its links."""

import base64
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rooms.ids import PersonId

_NONCE_BYTES = 12


class Seal:
    """Closes and opens addresses. Whoever has the database alone reads none, and follows no link."""

    def __init__(self, *, reach: bytes, links: bytes) -> None:
        """Two keys of 32 bytes: one for addresses, one for links."""
        self._box = AESGCM(reach)
        self._links = links

    def close(self, address: str, person: PersonId) -> str:
        """The address, sealed for this person: in another's row it does not open."""
        nonce = os.urandom(_NONCE_BYTES)
        return base64.b64encode(nonce + self._box.encrypt(nonce, address.encode(), person.encode())).decode()

    def open(self, sealed: str, person: PersonId) -> str | None:
        """The address; None when it was sealed with another key, or for somebody else."""
        whole = base64.b64decode(sealed)
        try:
            return self._box.decrypt(whole[:_NONCE_BYTES], whole[_NONCE_BYTES:], person.encode()).decode()
        except InvalidTag:
            return None

    def confirm_secret(self, reach: str) -> str:
        """What is in the link that says: this address is mine."""
        return self._secret("confirm", reach)

    def stop_secret(self, reach: str) -> str:
        """What is in the link that stops all mails."""
        return self._secret("stop", reach)

    def counted_as(self, address: str) -> str:
        """What an address is counted by, so that nobody is written to without end; it says nothing of the address."""
        return self._secret("count", address.lower())

    def _secret(self, purpose: str, of: str) -> str:
        # Made, not stored: the mail is written when it is sent, and only the hash is kept. 256 bits.
        made = hmac.digest(self._links, f"{purpose}:{of}".encode(), "sha256")
        return base64.urlsafe_b64encode(made).decode().rstrip("=")
