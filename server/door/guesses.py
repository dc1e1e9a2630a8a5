"""Secrets that strangers show: a wrong one is counted by its sender's address, and too many are not looked at."""

from rooms.contract import Code, Refused
from server.door.limits import RateLimits


class Guesses:
    """Who may try a secret just now. `code`: it is short enough to be guessed, as a link's is not."""

    def __init__(self, limits: RateLimits) -> None:
        self._limits = limits

    async def may_try(self, address: str, *, code: bool) -> None:
        """Refused when the address has been wrong too often.

        Asked before anything is looked up: a guess that is refused learns nothing, whether it was right or wrong. And
        after, for many sent at the same moment were all allowed before the first of them was counted.
        """
        await self._limits.learn(address)
        retry_ms = self._limits.guessing(address, code=code)
        if retry_ms is not None:
            raise Refused(Code.TOO_FAST, retry_ms=retry_ms)

    async def wrong(self, address: str, *, code: bool) -> None:
        """Count a secret that opened nothing."""
        self._limits.wrong(address, code=code)
        # The other nodes know of it before the guesser does.
        await self._limits.learn(address)
