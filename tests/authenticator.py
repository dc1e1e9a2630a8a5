"""A device that keeps passkeys, in software: it signs what a browser would have it sign, also what it never should."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

HERE, VERIFIED, NEW_KEY = 0x01, 0x04, 0x40


def text(found: bytes) -> str:
    """Bytes as browsers write them."""
    return base64.urlsafe_b64encode(found).decode().rstrip("=")


def plain(written: str) -> bytes:
    """What `text` was made of."""
    return base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))


@dataclass(slots=True)
class Authenticator:
    """One device with one passkey, asked by a page of `origin`."""

    origin: str
    rp: str = "localhost"
    flags: int = HERE | VERIFIED
    count: int = 0
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(20))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user: str = ""

    def make(self, options: str) -> str:
        """A new passkey, as a page would send it."""
        asked = json.loads(options)
        self.user = asked["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        made = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + cbor2.dumps(public)
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._data(self.flags | NEW_KEY) + made}
        return self._answer(
            {
                "clientDataJSON": text(self._client("webauthn.create", asked["challenge"])),
                "attestationObject": text(cbor2.dumps(attestation)),
                "transports": ["internal"],
            }
        )

    def sign(self, options: str) -> str:
        """An answer by the passkey, as a page would send it."""
        client, data = self._client("webauthn.get", json.loads(options)["challenge"]), self._data(self.flags)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": text(client),
                "authenticatorData": text(data),
                "signature": text(signature),
                "userHandle": self.user,
            }
        )

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _answer(self, response: dict[str, Any]) -> str:
        credential = text(self.credential)
        said = {"id": credential, "rawId": credential, "type": "public-key", "clientExtensionResults": {}}
        return json.dumps({**said, "response": response})
