"""The demo's people, sessions and links, found again at each start: all come from the server's one secret.

So nothing has to be written down, links go on working when the demo starts again, and nothing is there twice.
"""

import base64

from rooms.ids import PersonId
from server.audit_sql import Chain
from server.door.keys import Keys

# As long as the secrets that the door makes: 192 bits.
_SECRET_BYTES = 24


class Keyring:
    """What opens the demo's doors."""

    def __init__(self, secret: str) -> None:
        self._keys = Keys(secret)

    @property
    def fingerprint(self) -> bytes:
        """The key by which a command's second sending is known, the same as the running server's."""
        return self._keys.derive("fingerprint")

    def chain(self) -> Chain:
        """The chains of what was done by right, the same as the running server's."""
        return self._keys.chain()

    def person(self, name: str) -> PersonId:
        """The id of somebody in the demo."""
        return self._keys.person_of(f"demo {name}")

    def token(self, name: str) -> str:
        """The session by which the script speaks for somebody."""
        return self._secret(f"demo session {name}")

    def link(self, name: str) -> str:
        """The secret of the link that signs somebody in."""
        return self._secret(f"demo link {name}")

    @property
    def invitation(self) -> str:
        """The secret of the link by which anybody may come in."""
        return self._secret("demo invitation")

    def _secret(self, purpose: str) -> str:
        return base64.urlsafe_b64encode(self._keys.derive(purpose)[:_SECRET_BYTES]).decode()
