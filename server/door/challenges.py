"""What a passkey is asked to sign: a number drawn for this one time, which says until when and for what it holds.

It is sealed with a key that all nodes have, so any node takes what another gave out, and a stranger who asks for very
many costs no row. Only one that was answered rightly is written down, and is never taken again.
"""

import hmac
import secrets
from hashlib import sha256

from rooms.contract import Code, Refused
from rooms.ids import PersonId

LASTS_MS = 5 * 60_000
# Twice what guessing would need: nobody ever meets the same twice.
_DRAWN_BYTES = 32
_TIME_BYTES = 8
_SEAL_BYTES = 32

SIGN_IN = "sign in"


def adding(person: PersonId, session: str) -> str:
    """What a challenge is for by which this person, on this session, adds a passkey."""
    return f"add {person} {session}"


class Challenges:
    """Gives challenges out and takes them back. Times are the database's."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, purpose: str, *, now_ms: int) -> bytes:
        """A new challenge, for five minutes."""
        said = secrets.token_bytes(_DRAWN_BYTES) + (now_ms + LASTS_MS).to_bytes(_TIME_BYTES, "big")
        return said + self._seal(said, purpose)

    def ends_ms(self, challenge: bytes, purpose: str) -> int:
        """When a challenge runs out that was given out for this purpose. Refused when it never was."""
        said, seal = challenge[:-_SEAL_BYTES], challenge[-_SEAL_BYTES:]
        if not hmac.compare_digest(seal, self._seal(said, purpose)):
            raise Refused(Code.PASSKEY_REFUSED)
        return int.from_bytes(said[_DRAWN_BYTES:], "big")

    def _seal(self, said: bytes, purpose: str) -> bytes:
        # The length of the drawn part is fixed, so no two pairs of challenge and purpose are sealed alike.
        return hmac.digest(self._key, len(said).to_bytes(2, "big") + said + purpose.encode(), "sha256")


def challenge_hash(challenge: bytes) -> str:
    """How a challenge is kept that was answered."""
    return sha256(challenge).hexdigest()
