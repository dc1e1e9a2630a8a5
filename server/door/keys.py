"""Keys derived from the server's one secret, a different one for each purpose, and the hashes kept of secrets."""

import hashlib
import hmac
from collections.abc import Sequence

from rooms.ids import PersonId
from server.audit_sql import Chain
from server.settings import Settings

# Crockford's base 32, as ids are written.
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Keys:
    """What the server's secret is used for at the door. The secret itself is in the settings, never in SQL."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def derive(self, purpose: str) -> bytes:
        """A key for one purpose, from which neither the secret nor another key can be found."""
        return hmac.digest(self._secret, f"hearth:{purpose}".encode(), "sha256")

    def chain(self) -> Chain:
        """The chains of what was done by right, which nobody can forge without the secret."""
        return Chain(self.derive("audit"))

    def code_hash(self, code: str) -> str:
        """How a six-letter code is kept. With the key, because all codes there are could be tried in a minute."""
        return "code:" + hmac.digest(self.derive("code"), code.encode(), "sha256").hex()

    def words_hash(self, words: Sequence[str]) -> str:
        """How the words of a way back are kept. With the key, as above: all there are can be tried in days."""
        return "words:" + hmac.digest(self.derive("way back"), " ".join(words).encode(), "sha256").hex()

    def identity_hash(self, issuer: str, subject: str) -> str:
        """How somebody whom an organisation signs in is kept. With the key, as subjects are often staff numbers."""
        # Neither an address nor a subject of a provider's holds a line end, so no two are written alike.
        return hmac.digest(self.derive("identity"), f"{issuer}\n{subject}".encode(), "sha256").hex()

    def person_of(self, nonce: str) -> PersonId:
        """The id of the person who joins under this nonce: the same each time the same request is sent again."""
        number = int.from_bytes(hmac.digest(self.derive("join"), nonce.encode(), "sha256")[:16], "big")
        # 128 bits make 26 signs, the first of them below 8, as in every other id.
        return PersonId("".join(_SIGNS[(number >> (5 * place)) & 31] for place in range(25, -1, -1)))


def chain_of(settings: Settings) -> Chain:
    """The chains of the server with these settings, for the command line."""
    return Keys(settings.secret_key.get_secret_value()).chain()


def secret_hash(secret: str) -> str:
    """How a link's or a session's secret is kept. It is long and random, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()
